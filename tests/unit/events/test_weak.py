"""Weak combinations: which there are, what slips they survive, what they leave out."""

from hypothesis import given
from hypothesis import strategies as st

from events.dates import Birth
from events.identity import is_strong, is_token_type
from events.weak import (
    BIRTH_SEX,
    DAY_PART,
    DEFAULT_THRESHOLD,
    DEFAULT_WEIGHTS,
    MONTH_PART,
    RECIPIENT_TYPES,
    TOLERANT_THRESHOLD,
    TYPES,
    weak_identifiers,
)

BIRTH = Birth(1990, 4, 3)
PARTS = {MONTH_PART, DAY_PART}
DATED = {"weak.names-year", MONTH_PART, DAY_PART}


def shared(a: list[tuple[str, str]], b: list[tuple[str, str]]) -> set[str]:
    return {kind for kind, _ in set(a) & set(b)}


def weight(kinds: set[str]) -> int:
    return sum(DEFAULT_WEIGHTS.get(kind, 0) for kind in kinds)


def test_each_type_gives_one_text() -> None:
    assert weak_identifiers("Ayşe", "Yılmaz", BIRTH, sex="f") == [
        ("weak.names-birth", "osa|ylmz|1990-04-03"),
        ("weak.names-year-month", "osa|ylmz|1990|4"),
        ("weak.names-year-day", "osa|ylmz|1990|3"),
        ("weak.names-month-day", "osa|ylmz|4|3"),
        ("weak.names-year", "osa|ylmz|1990"),
        ("weak.first-birth", "osa|1990-04-03"),
        ("weak.last-birth", "ylmz|1990-04-03"),
        ("weak.first-start-birth", "os|1990-04-03"),
        ("weak.last-start-birth", "yl|1990-04-03"),
        ("weak.lower-start-birth", "os|1990-04-03"),
        ("weak.higher-start-birth", "yl|1990-04-03"),
        ("weak.names-month-part", "osa|ylmz|2"),
        ("weak.names-day-part", "osa|ylmz|1"),
        ("weak.initials-birth-sex", "o|y|1990-04-03|f"),
    ]


def test_types_are_weak_and_known_as_token_types() -> None:
    assert len(set(TYPES)) == len(TYPES) == 14
    assert all(is_token_type(kind) and not is_strong(kind) for kind in TYPES)
    assert set(RECIPIENT_TYPES) < set(TYPES)
    assert set(DEFAULT_WEIGHTS) < set(RECIPIENT_TYPES)


def test_script_and_spelling_do_not_matter() -> None:
    latin = weak_identifiers("Muhammed", "Abdurrahman", BIRTH)
    assert weak_identifiers("محمد", "عبد الرحمن", BIRTH) == latin


def test_swapped_names_share_what_has_no_column() -> None:
    found = shared(
        weak_identifiers("Kemal", "Yılmaz", BIRTH), weak_identifiers("Yılmaz", "Kemal", BIRTH)
    )
    assert {kind for kind in TYPES if "first" in kind or "last" in kind}.isdisjoint(found)
    assert TOLERANT_THRESHOLD <= weight(found) < DEFAULT_THRESHOLD


def test_swapped_day_and_month_leave_the_names_and_the_year() -> None:
    a = weak_identifiers("Kemal", "Yılmaz", BIRTH)
    assert shared(a, weak_identifiers("Kemal", "Yılmaz", Birth(1990, 3, 4))) == DATED


def test_swapped_names_with_a_slip_in_one_share_the_starts() -> None:
    a = weak_identifiers("Kemal", "Yılmaz", BIRTH)
    b = weak_identifiers("Yılmaz", "Kemla Ali", BIRTH)
    assert shared(a, b) == {"weak.lower-start-birth", "weak.higher-start-birth"}


def test_a_slip_in_one_name_is_enough_only_where_the_policy_is_tolerant() -> None:
    a, b = weak_identifiers("Kemal", "Yılmaz", BIRTH), weak_identifiers("Kemal", "Yılmas", BIRTH)
    assert TOLERANT_THRESHOLD <= weight(shared(a, b)) < DEFAULT_THRESHOLD
    assert weight(shared(a, a)) >= DEFAULT_THRESHOLD


def test_another_surname_leaves_the_given_name_and_the_date() -> None:
    a, b = weak_identifiers("Kemal", "Koç", BIRTH), weak_identifiers("Kemal", "Demir", BIRTH)
    assert shared(a, b) == {
        "weak.first-birth",
        "weak.first-start-birth",
        "weak.higher-start-birth",
    }


def test_what_is_missing_is_left_out() -> None:
    assert [kind for kind, _ in weak_identifiers("Kemal", "Koç", Birth(1990), sex="m")] == [
        "weak.names-year"
    ]
    assert [kind for kind, _ in weak_identifiers("", "Koç", BIRTH, sex="m")] == [
        "weak.last-birth",
        "weak.last-start-birth",
        "weak.lower-start-birth",
        "weak.higher-start-birth",
    ]
    assert weak_identifiers("", "", BIRTH) == weak_identifiers("", "Koç", None) == []
    assert BIRTH_SEX not in dict(weak_identifiers("Kemal", "Koç", BIRTH, sex="x"))


def test_without_a_date_one_stands_in_all_parts() -> None:
    undated = weak_identifiers("Kemal", "Koç", None)
    assert len(undated) == 12
    assert {kind for kind, _ in undated} == PARTS
    assert shared(undated, weak_identifiers("Kemal", "Koç", BIRTH)) == PARTS
    half = weak_identifiers("Kemal", "Koç", Birth(1990, 0, 31))  # of 1990-13-31
    assert {kind for kind, _ in half} == {"weak.names-year-day", *DATED}
    assert [text for kind, text in half if kind == DAY_PART] == ["kc|kml|6"]
    assert shared(half, weak_identifiers("Kemal", "Koç", BIRTH)) == {"weak.names-year", MONTH_PART}


@given(
    st.text(),
    st.text(),
    st.builds(Birth, st.just(1990), st.integers(0, 12), st.integers(0, 31)) | st.none(),
    st.sampled_from(["", "f", "m", "?"]),
)
def test_types_stand_in_order_and_fit_a_record(
    first: str, last: str, born: Birth | None, sex: str
) -> None:
    found = weak_identifiers(first, last, born, sex=sex)
    kinds = [kind for kind, _ in found]
    assert kinds == [kind for kind in TYPES for _ in range(kinds.count(kind))]
    assert {kind for kind in kinds if kinds.count(kind) > 1} <= PARTS
    assert len(set(found)) == len(found) <= 17
