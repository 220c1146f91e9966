"""What a change of a schema means: breaking, safe, or unknown."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import events
from tests import compat

FROZEN = Path(events.__file__).parent / "schemas" / "frozen"

BASE: dict[str, Any] = {
    "type": "object",
    "title": "T",
    "additionalProperties": False,
    "required": ["a", "b"],
    "$defs": {"Role": {"type": "string", "enum": ["x", "y"], "title": "Role"}},
    "properties": {
        "a": {"type": "string", "pattern": "^a$", "maxLength": 5},
        "b": {"type": "integer", "minimum": 1, "maximum": 9},
        "c": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "d": {"$ref": "#/$defs/Role", "default": "x"},
        "e": {"type": "array", "items": {"$ref": "#/$defs/Role"}, "maxItems": 3},
        "f": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        "g": {"type": "object", "additionalProperties": {"type": "string"}},
        "h": {"const": "h", "type": "string"},
    },
}


def at(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets (None: removes) what stands at a dotted path."""

    def edit(schema: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for step in way:
            schema = schema[step] if not isinstance(schema, list) else schema[int(step)]
        if value is None:
            del schema[last]
        else:
            schema[last] = value

    return edit


CHANGES: list[tuple[str, Any, str]] = [
    ("title", "Another", "safe"),
    ("properties/a/description", "words", "safe"),
    ("properties/z", {"type": "string"}, "safe"),
    ("required", ["a"], "safe"),
    ("additionalProperties", True, "safe"),
    ("additionalProperties", None, "safe"),
    ("properties/a/maxLength", 6, "safe"),
    ("properties/a/maxLength", None, "safe"),
    ("properties/b/minimum", 0, "safe"),
    ("properties/e/maxItems", 4, "safe"),
    ("$defs/Role/enum", ["x", "y", "z"], "safe"),
    ("properties/c/anyOf", [{"type": "string"}, {"type": "null"}, {"type": "integer"}], "safe"),
    ("properties/g/additionalProperties", True, "safe"),
    ("properties/h/const", None, "safe"),
    ("required", ["a", "b", "c"], "breaking"),
    ("properties/c", None, "breaking"),
    ("properties/a/type", "integer", "breaking"),
    ("properties/a/maxLength", 4, "breaking"),
    ("properties/a/minLength", 1, "breaking"),
    ("properties/b/minimum", 2, "breaking"),
    ("properties/b/maximum", 8, "breaking"),
    ("$defs/Role/enum", ["x"], "breaking"),
    ("properties/h/const", "i", "breaking"),
    ("properties/a/const", "a", "breaking"),
    ("properties/a/enum", ["a"], "breaking"),
    ("properties/c/anyOf", [{"type": "string"}], "breaking"),
    ("properties/e/items", {"type": "integer"}, "breaking"),
    ("properties/e/items", False, "breaking"),
    ("properties/g/additionalProperties", False, "breaking"),
    ("properties/f/prefixItems/1/type", "string", "breaking"),
    ("properties/a/pattern", "^a+$", "unknown"),
    ("properties/a/pattern", None, "unknown"),
    ("properties/a/format", "date", "unknown"),
    ("properties/d/default", "y", "unknown"),
    ("properties/f/prefixItems", [{"type": "string"}], "unknown"),
    ("properties/c/anyOf", None, "unknown"),
    ("properties/a/not", {"const": "q"}, "unknown"),
    ("oneOf", [{}], "unknown"),
]


@pytest.mark.parametrize(("path", "value", "verdict"), CHANGES)
def test_verdict_of_a_change(path: str, value: Any, verdict: str) -> None:
    new = copy.deepcopy(BASE)
    at(path, value)(new)
    assert new != BASE
    found = compat.changes(BASE, new)
    assert compat.verdict(found) == verdict, found
    if verdict != "safe":
        assert found


def test_no_change_is_no_change() -> None:
    assert compat.changes(BASE, copy.deepcopy(BASE)) == []
    assert compat.verdict([]) == "safe"


def test_breaking_goes_before_unknown_and_places_are_named() -> None:
    new = copy.deepcopy(BASE)
    at("properties/a/pattern", "x")(new)
    at("$defs/Role/enum", ["x"])(new)
    found = compat.changes(BASE, new)
    assert compat.verdict(found) == "breaking"
    assert [(c.path, c.verdict) for c in found] == [
        ("$.a", "unknown"),
        ("$.d", "breaking"),
        ("$.e.items", "breaking"),
    ]


def test_an_inlined_definition_is_the_same_schema() -> None:
    new = copy.deepcopy(BASE)
    new["properties"]["d"] = {**BASE["$defs"]["Role"], "default": "x"}
    assert compat.changes(BASE, new) == []


def test_a_schema_that_holds_itself_ends() -> None:
    tree = {"$ref": "#/$defs/T", "$defs": {"T": {"properties": {"t": {"$ref": "#/$defs/T"}}}}}
    assert compat.changes(tree, copy.deepcopy(tree)) == []


def test_the_real_schemas_bite() -> None:
    old = json.loads((FROZEN / "assistance.v1.json").read_text("utf-8"))
    new = copy.deepcopy(old)
    new["required"].append("unit")
    new["$defs"]["Purpose"]["enum"].remove("rent")
    found = compat.changes(old, new)
    assert {change.path for change in found} == {"$", "$.purpose"}
    assert compat.verdict(found) == "breaking"
