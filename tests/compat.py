"""What a change of a JSON Schema means for those who send by the old one. Pure.

The question is one-sided: does the new schema accept all that the old one accepted,
with the same meaning? `breaking` needs a new version of the event type, `safe` does
not. What this module does not know it calls `unknown`, and unknown fails: somebody has
to look, and then to teach it. Follows getsentry/sentry-kafka-schemas,
`scripts/json_schema_changes.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

Verdict = Literal["breaking", "safe", "unknown"]
Schema = dict[str, Any]

_WORDS: Final = frozenset({"title", "description", "examples", "$schema", "$comment"})
# keyword → True if a greater number accepts more
_LIMITS: Final = {
    "maxLength": True,
    "maxItems": True,
    "maximum": True,
    "exclusiveMaximum": True,
    "maxProperties": True,
    "minLength": False,
    "minItems": False,
    "minimum": False,
    "exclusiveMinimum": False,
    "minProperties": False,
}
_SCHEMAS: Final = ("items", "propertyNames", "additionalProperties")
_MISSING: Final = object()
_Roots = tuple[dict[str, Any], dict[str, Any]]
_Above = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what it means, and in words."""

    path: str
    verdict: Verdict
    what: str


def changes(old: Schema, new: Schema) -> list[Change]:
    """All differences between two schemas, in a fixed order."""
    return list(_compare("$", old, new, (old, new), ()))


def verdict(found: list[Change]) -> Verdict:
    """The worst of the changes; nothing changed is safe."""
    verdicts = {change.verdict for change in found}
    return "breaking" if "breaking" in verdicts else "unknown" if "unknown" in verdicts else "safe"


def _resolved(schema: Any, root: Schema) -> Any:
    while isinstance(schema, dict) and "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root["$defs"][name], **rest}
    return schema


def _compare(path: str, old: Any, new: Any, roots: _Roots, above: _Above) -> Iterator[Change]:
    old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    if (old, new) in above:
        return  # a schema that holds itself
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield Change(path, "unknown", "a schema became a truth value or ceased to be one")
        return
    above = (*above, (old, new))
    for key in sorted(old.keys() | new.keys()):
        if key == "$defs" or key in _WORDS:
            continue
        one, two = old.get(key, _MISSING), new.get(key, _MISSING)
        if key in _SCHEMAS:
            yield from _subschema(path, key, one, two, roots, above)
        elif key == "properties":
            yield from _properties(path, one, two, new, roots, above)
        elif key == "prefixItems":
            yield from _tuple(path, one, two, roots, above)
        elif key == "anyOf":
            yield from _alternatives(path, one, two, roots, above)
        elif one != two:
            yield _keyword(path, key, one, two)


def _keyword(path: str, key: str, old: Any, new: Any) -> Change:
    what = f"{key}: {_said(old)} → {_said(new)}"
    if key in _LIMITS:
        if _MISSING in (old, new):
            return Change(path, "breaking" if old is _MISSING else "safe", what)
        return Change(path, "safe" if (new > old) == _LIMITS[key] else "breaking", what)
    if key in ("enum", "required"):
        more = set(new if new is not _MISSING else ()) - set(old if old is not _MISSING else ())
        less = set(old if old is not _MISSING else ()) - set(new if new is not _MISSING else ())
        if key == "enum" and _MISSING in (old, new):
            return Change(path, "breaking" if old is _MISSING else "safe", what)
        stricter = less if key == "enum" else more
        return Change(path, "breaking" if stricter else "safe", what)
    if key in ("type", "const"):
        return Change(path, "safe" if new is _MISSING else "breaking", what)
    return Change(path, "unknown", what)


def _subschema(
    path: str, key: str, old: Any, new: Any, roots: _Roots, above: _Above
) -> Iterator[Change]:
    # no keyword, `true` and `{}` accept anything
    old, new = (True if part is _MISSING or part == {} else part for part in (old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compare(f"{path}.{key}", old, new, roots, above)
    elif old != new:
        looser = new is True or old is False
        yield Change(path, "safe" if looser else "breaking", f"{key}: {_said(old)} → {_said(new)}")


def _properties(
    path: str,
    old: Any,
    new: Any,
    parent: Schema,
    roots: tuple[Schema, Schema],
    above: tuple[Any, ...],
) -> Iterator[Change]:
    old, new = ({} if part is _MISSING else part for part in (old, new))
    for name in sorted(old.keys() | new.keys()):
        here = f"{path}.{name}"
        if name not in new:
            refused = parent.get("additionalProperties") is False
            yield Change(here, "breaking" if refused else "unknown", "property removed")
        elif name not in old:
            # that it is required is a change of `required`
            yield Change(here, "safe", "property added")
        else:
            yield from _compare(here, old[name], new[name], roots, above)


def _tuple(path: str, old: Any, new: Any, roots: _Roots, above: _Above) -> Iterator[Change]:
    if _MISSING in (old, new) or len(old) != len(new):
        yield Change(path, "unknown", "prefixItems: another length")
        return
    for place, (one, two) in enumerate(zip(old, new, strict=True)):
        yield from _compare(f"{path}[{place}]", one, two, roots, above)


def _alternatives(path: str, old: Any, new: Any, roots: _Roots, above: _Above) -> Iterator[Change]:
    if _MISSING in (old, new):
        yield Change(path, "unknown", "anyOf appeared or went")
        return
    ones = [_resolved(part, roots[0]) for part in old]
    twos = [_resolved(part, roots[1]) for part in new]
    lost, gained = [p for p in ones if p not in twos], [p for p in twos if p not in ones]
    if len(lost) == len(gained) == 1:
        yield from _compare(f"{path}.anyOf", lost[0], gained[0], roots, above)
    elif lost:
        verdict_: Verdict = "unknown" if gained else "breaking"
        yield Change(path, verdict_, f"anyOf: {len(lost)} lost, {len(gained)} gained")
    elif gained:
        yield Change(path, "safe", f"anyOf: {len(gained)} gained")


def _said(value: Any) -> str:
    return "nothing" if value is _MISSING else str(value)[:60]
