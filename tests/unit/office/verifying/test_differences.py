"""The first difference of two things: where, and what is shown of it."""

from typing import Any

import pytest

from office.verifying.differences import Difference, Said, first, named, record_at, shown


@pytest.mark.parametrize(
    ("expected", "found", "path", "values"),
    [
        ({"a": 1}, {"a": 2}, "a", (1, 2)),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, "a[1].b", ("x", "y")),
        ({"a": 1}, {}, "a", (1, "(not there)")),
        ({}, {"a": None}, "a", ("(not there)", None)),
        ([1], [1, 2], "[1]", ("(not there)", 2)),
        ([1, 2], [1], "[1]", (2, "(not there)")),
        (1, True, "", (1, True)),
        (1, 1.0, "", (1, 1.0)),
        (None, {}, "", (None, {})),
    ],
)
def test_it_is_named(expected: Any, found: Any, path: str, values: tuple[Any, Any]) -> None:
    difference = first(expected, found)
    assert difference is not None
    assert (named(difference[0]), *difference[1:]) == (path, *values)


@pytest.mark.parametrize("value", [None, {}, {"a": [1, "x", {"b": None}]}, [[]], "x", 0])
def test_the_same_is_the_same(value: Any) -> None:
    assert first(value, value) is None


def test_records_on_the_way_are_named() -> None:
    output = {"submissions": [{"org": "KIZ", "rows": [{"kind": "need", "id": "n", "version": 2}]}]}
    path = ("submissions", 0, "rows", 0, "reason")
    assert record_at(path, output) == "org=KIZ kind=need id=n version=2"
    assert record_at(path, {}, output) == record_at(path, output)
    assert record_at((), {}) == ""


def test_tokens_are_never_shown() -> None:
    rec = {"kind": "x", "placeholder_tokens": [["t", "SECRET"]], "a": [{"subjects": "SECRET"}]}
    for value, field in ((rec, ""), ([rec], "items"), ("SECRET", "rules.placeholder_tokens[0]")):
        assert "SECRET" not in shown(value, field)
    assert shown(Said("others"), "subjects") == "others"
    assert len(shown("x" * 9999)) < 200


def test_a_line_says_all() -> None:
    told = Difference("aid-findings", 7, 5, 1, 2, record="org=KIZ", field="a.b")
    assert str(told) == "aid-findings, offset 7, block 5, org=KIZ: a.b: expected 1, found 2"
    assert (
        str(Difference("_cursor", "journal", -1, 1, 2)) == "_cursor, journal: expected 1, found 2"
    )
