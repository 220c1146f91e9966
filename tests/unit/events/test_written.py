"""What stands in a cell: read as it was meant, or refused, never otherwise."""

import contextlib
import datetime
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from events.rejection import Reason, Refusal
from events.written import Written, as_written, says_none, unmarked, was_number

INVISIBLE = ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202c", "\u2066",
             "\u2069", "\u2060", "\ufeff", "\u00ad", "\u0640", "\ufe0f", "\u061c",
             "\u034f"]  # fmt: skip
DASHES = ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\uff0d", "\ufe63"]
SPACES = [" ", "\u00a0", "\u202f", "\u2009", "\u3000"]
ZEROS = ["0", "\u0660", "\u06f0", "\uff10", "\u0966"]
CHARS = "ABCabcŞşIİıü0123456789-/._ "
REFERENCES = st.text(CHARS, min_size=1, max_size=20).map(str.strip).filter(bool)


def marked(draw: st.DataObject, text: str) -> str:
    """The text as somebody pastes it: the same to the eye."""
    zero = draw.draw(st.sampled_from(ZEROS))
    made = []
    for char in text:
        made.append(draw.draw(st.sampled_from(["", "", "", *INVISIBLE])))
        if char in "0123456789":
            made.append(chr(ord(zero) + int(char)))
        elif char == "-":
            made.append(draw.draw(st.sampled_from(DASHES)))
        elif char == " ":
            made.append(draw.draw(st.sampled_from(SPACES)))
        else:
            made.append(char)
    guard = draw.draw(st.sampled_from(["{}", " {} ", '="{}"', "'{}", '"{}"', "\u200f{}\u00a0"]))
    return str(guard.format("".join(made) + draw.draw(st.sampled_from(["", *INVISIBLE]))))


@given(REFERENCES, st.data())
def test_marks_change_nothing(text: str, data: st.DataObject) -> None:
    assert unmarked(marked(data, text)) == unicodedata.normalize("NFC", text)


@given(REFERENCES)
def test_what_has_no_marks_stays_as_it_is(text: str) -> None:
    assert unmarked(text) == unicodedata.normalize("NFC", text)


@given(st.text())
@example('"="0""')
@example("'\u200e'x")
def test_twice_is_as_good_as_once(text: str) -> None:
    assert unmarked(unmarked(text)) == unmarked(text)


def stored(digits: str, shown: int) -> list[object]:
    """What a spreadsheet and its exports make of digits that were typed into a number cell."""
    number = int(digits[:15].ljust(len(digits), "0"))
    scientific = f"{number:.{shown}E}"
    return [
        number, float(number), str(number) + ".0", scientific, scientific.replace(".", ","),
        scientific.lower(), "#" * 8,
    ]  # fmt: skip


@given(st.text("0123456789", min_size=6, max_size=22), st.integers(0, 16), st.integers(0, 6))
def test_a_number_cell_has_all_its_digits_but_zeros_before_them_or_is_refused(
    digits: str, shown: int, form: int
) -> None:
    meant = digits.lstrip("0")
    assume(len(meant) >= 6)
    with contextlib.suppress(Refusal):
        found = as_written(stored(meant, shown)[form], "x")
        assert found == Written(meant, was_number=True)


@pytest.mark.parametrize(
    "cell",
    ["2,02605E+12", "2.02605E+12", "2E+12", "1,5E12", "9.3e+10", "1,2E-05", 10.0**15, 10**15, -1,
     1.5, float("nan"), float("inf"), 2.0**60, "########", "#YOK", "#N/A", "#DEĞER!",
     datetime.date(2026, 5, 1), datetime.datetime(2026, 5, 1)],
)  # fmt: skip
def test_what_a_spreadsheet_took_away_is_not_guessed(cell: object) -> None:
    with pytest.raises(Refusal) as caught:
        as_written(cell, "reference")
    assert (caught.value.reason, caught.value.field) == (Reason.DIGITS_LOST, "reference")


@pytest.mark.parametrize(
    ("cell", "text"),
    [("H-014", "H-014"), ("3E12", "3E12"), ("12.5", "12.5"), ("1.234", "1.234"), (" k 1 ", "k 1"),
     ("=1+1", "=1+1"), ("#12", "#12"), ("9,9291417710E+10", "99291417710"), (1001.0, "1001"),
     ("123456.0", "123456"), ('="0012"', "0012"), ("'0012", "0012")],
)  # fmt: skip
def test_what_is_read(cell: object, text: str) -> None:
    assert as_written(cell, "x").text == text


def test_only_numbers_lose_zeros() -> None:
    assert [was_number(cell) for cell in (12, 12.0, "123456.0", "1,2E+1")] == [True] * 4
    assert [was_number(cell) for cell in ("12", "0012", '="12"', "k1", True)][:4] == [False] * 4


@pytest.mark.parametrize(
    "cell", ["-", "–", "yok", "YOK", "N/A", "BİLİNMİYOR", "لا يوجد", "\u200e-"]
)
def test_none_is_said_in_many_words(cell: str) -> None:
    assert says_none(cell)


@pytest.mark.parametrize("cell", ["k1", "0", "x", "X", "A-1", 0, "yoksul"])
def test_a_reference_is_not_none(cell: object) -> None:
    assert not says_none(cell)
