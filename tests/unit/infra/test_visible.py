"""What strangers wrote moves nothing in the line in which it is shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import terminal
from infra.visible import inert_json, visible, visible_lines

TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
OBEYED = "\x1b\x07\r\x00\x7f\x85\x9b\u2028"


@pytest.mark.parametrize("mark", [*TURNING, *OBEYED, "\t", "\n"])
def test_marks_are_shown_by_their_number(mark: str) -> None:
    assert visible(f"a{mark}b") == f"a<U+{ord(mark):04X}>b"


def test_letters_of_any_direction_stay_as_they_are() -> None:
    for text in ("k-1 ع١ שׁ İstanbul", "ا\u064b", "e\u0301", "a\u200cb"):
        assert visible(text) == text
    assert visible_lines("a\nb\u202e") == "a\nb<U+202E>"


@given(st.text(st.characters(codec="utf-8")))
def test_a_json_document_says_the_same(text: str) -> None:
    document = inert_json(json.dumps([text, {text: 1}], ensure_ascii=False))
    assert json.loads(document) == [text, {text: 1}]
    assert not set(TURNING) & set(document)


def test_the_terminal_shows_marks_and_obeys_none(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"reference": f"k{TURNING}{OBEYED}[red]x[/red]"}]
    terminal.print_rows(rows, as_json=False)
    terminal.print_json(rows)
    terminal.print_pretty_json(rows)
    terminal.say(f"{TURNING}{OBEYED}.csv")
    shown = capsys.readouterr()
    assert not set(TURNING + OBEYED) & set(shown.out + shown.err)
    assert "[red]x[/red]" in shown.out, "what stands in brackets is text"
