"""Weak combinations: which there are, what slips they survive, what they leave out."""

from hypothesis import given
from hypothesis import strategies as st

from events.dates import Birth
from events.identity import is_strong, is_token_type
from events.weak import NAMES, NAMES_BIRTH, TYPES, weak_identifiers

BIRTH = Birth(1990, 4, 3)


def shared(a: list[tuple[str, str]], b: list[tuple[str, str]]) -> set[str]:
    return {kind for kind, _ in set(a) & set(b)}


def test_each_type_gives_one_text() -> None:
    found = weak_identifiers("Ayşe", "Yılmaz", BIRTH, names_alone=True)
    assert found == [
        ("weak.names-birth", "osa|ylmz|1990|3|4"),
        ("weak.names-year-month", "osa|ylmz|1990|4"),
        ("weak.names-year-day", "osa|ylmz|1990|3"),
        ("weak.names-month-day", "osa|ylmz|4|3"),
        ("weak.names-year", "osa|ylmz|1990"),
        ("weak.first-birth", "osa|1990-04-03"),
        ("weak.last-birth", "ylmz|1990-04-03"),
        ("weak.lower-name-birth", "osa|1990-04-03"),
        ("weak.higher-name-birth", "ylmz|1990-04-03"),
        ("weak.initials-birth", "o|y|1990-04-03"),
        ("weak.first-initial-birth", "o|1990-04-03"),
        ("weak.last-initial-birth", "y|1990-04-03"),
        ("weak.names", "osa|ylmz"),
    ]


def test_types_are_weak_and_known_as_token_types() -> None:
    assert len(set(TYPES)) == len(TYPES) == 13
    assert all(is_token_type(kind) and not is_strong(kind) for kind in TYPES)


def test_script_and_spelling_do_not_matter() -> None:
    latin = weak_identifiers("Muhammed", "Abdurrahman", BIRTH)
    assert weak_identifiers("محمد", "عبد الرحمن", BIRTH) == latin


def test_swapped_names_and_swapped_day_and_month_share_one_text() -> None:
    swapped = weak_identifiers("Yılmaz", "Kemal", Birth(1990, 3, 4))
    assert shared(weak_identifiers("Kemal", "Yılmaz", BIRTH), swapped) == {
        NAMES_BIRTH,
        "weak.names-year",
    }


def test_swapped_names_with_a_slip_in_one_share_the_other() -> None:
    a = weak_identifiers("Kemal", "Yılmaz", BIRTH)
    b = weak_identifiers("Yılmaz", "Kemla Ali", BIRTH)
    assert shared(a, b) == {"weak.higher-name-birth", "weak.initials-birth"}


def test_another_surname_leaves_the_given_name_and_the_date() -> None:
    a, b = weak_identifiers("Kemal", "Koç", BIRTH), weak_identifiers("Kemal", "Demir", BIRTH)
    assert shared(a, b) == {
        "weak.first-birth",
        "weak.higher-name-birth",
        "weak.first-initial-birth",
    }


def test_what_is_missing_is_left_out() -> None:
    assert [kind for kind, _ in weak_identifiers("Kemal", "Koç", Birth(1990))] == [
        "weak.names-year"
    ]
    assert weak_identifiers("Kemal", "Koç", None) == []
    assert [kind for kind, _ in weak_identifiers("Kemal", "Koç", None, names_alone=True)] == [NAMES]
    assert [kind for kind, _ in weak_identifiers("", "Koç", BIRTH, names_alone=True)] == [
        "weak.last-birth",
        "weak.lower-name-birth",
        "weak.higher-name-birth",
        "weak.last-initial-birth",
    ]
    assert weak_identifiers("", "", BIRTH) == []


@given(st.text(), st.text(), st.booleans())
def test_a_type_stands_at_most_once_and_in_order(first: str, last: str, alone: bool) -> None:
    kinds = [kind for kind, _ in weak_identifiers(first, last, BIRTH, names_alone=alone)]
    assert kinds == [kind for kind in TYPES if kind in kinds]
