"""Skeletons of names: what meets, what does not, and what holds for every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.names import MAX_NAME_CHARS, MAX_SKELETON_CHARS, skeleton
from tests.matching.pairs import Half, Measured, Pair, colliding, halves, measured, pairs

LETTERS = "abcdefghijklmnopqrstuvwxyzçşğıİöüABDEHLKVIÇŞĞÖÜ -'"
ARABIC = "احمدعبدالهويىةسينروكئگژچپڤەۆێڕڵءأآ"
CYRILLIC = "йцукенгґшщзхїфівапролджєячсмитьбюЙЄЮ'"
NAMES = (
    st.text()
    | st.text(alphabet=LETTERS + ARABIC + CYRILLIC, max_size=30)
    | st.text(alphabet="abdelhvwxyocstniu اله", max_size=20)
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Muhammed", "mhmd"),
        ("محمّد", "mhmd"),
        ("Mehmet", "mhmd"),
        ("IŞIK", "osk"),
        ("Işık", "osk"),
        ("Hasan", "hsn"),
        ("Hüseyin", "hosin"),
        ("حسین", "hosin"),
        ("عبد الرحمن", "obdrhmn"),
        ("Abdel Rahman", "obdrhmn"),
        ("Abdurrahman", "obdrhmn"),
        ("Олександр", "olksndr"),
        ("Alexander", "olksndr"),
        ("Xelîl", "hlol"),
        ("Davut", "dvod"),
        ("داود", "dvod"),
        ("Fatimah", "ftma"),
        ("فاطمة", "ftma"),
        ("İshak", "osohk"),
        ("إسحاق", "osohk"),
        ("", ""),
        ("  -- 12", ""),
        ("李", ""),
    ],
)
def test_a_name_has_this_skeleton(name: str, expected: str) -> None:
    assert skeleton(name) == expected


def test_the_feminine_ending_tells_names_apart() -> None:
    assert skeleton("Samir") != skeleton("Samira")
    assert skeleton("سمير") != skeleton("سميرة")


def test_initials_are_the_first_letter() -> None:
    assert [skeleton(name)[:1] for name in ("Ayşe", "عمر", "Юлія", "")] == ["o", "o", "y", ""]


@given(NAMES)
def test_a_skeleton_is_its_own_skeleton_and_short(name: str) -> None:
    found = skeleton(name)
    assert skeleton(found) == found
    assert len(found) <= MAX_SKELETON_CHARS
    assert all("a" <= char <= "z" for char in found)


@given(st.text(alphabet=LETTERS + ARABIC + CYRILLIC, max_size=30))
def test_case_says_nothing(name: str) -> None:
    assert skeleton(name.upper()) == skeleton(name) == skeleton(name.lower())


@pytest.mark.parametrize("letter", ["v", "b", "щ", "ب", "sh", "vh"])
def test_a_long_name_is_cut_where_the_rest_stands_by_itself(letter: str) -> None:
    found = skeleton("".join(letter + vowel for vowel in "aeiou") * MAX_NAME_CHARS)
    assert MAX_SKELETON_CHARS - 2 <= len(found) <= MAX_SKELETON_CHARS
    assert skeleton(found) == found


def test_the_pairs_are_many_and_say_same_or_different() -> None:
    found = pairs()
    assert sum(pair.same for pair in found) >= 300
    assert sum(not pair.same for pair in found) >= 150
    assert {code for pair in found for code in pair.languages} == {"tr", "ar", "fa", "ku", "uk"}
    assert len({frozenset((pair.a, pair.b)) for pair in found}) == len(found)


@pytest.mark.parametrize(
    ("half", "expected"),
    [("tuning", Measured(256, 252, 115, 29)), ("other", Measured(233, 225, 119, 25))],
)
def test_the_pairs_meet_as_docs_matching_reports(half: Half, expected: Measured) -> None:
    assert measured(halves()[half]) == expected


def test_few_different_names_have_one_skeleton() -> None:
    assert colliding(pairs()) == (347, 165_600)


def test_names_joined_over_several_pairs_are_one() -> None:
    some = [
        Pair("Ali", "Elî", ("ku",), True),
        Pair("Elî", "علي", ("ku", "ar"), True),
        Pair("Samir", "Samer", ("ar",), False),
    ]
    assert colliding(some) == (1, 3)
