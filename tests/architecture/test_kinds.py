"""One table of kinds: each kind has its place in every package that reads kinds, or a reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest

import events
from events.catalog import CATALOG, SENT, Entry
from events.model import Record
from processors.intake.kinds import HANDLERS, handler_of
from processors.registry import kinds as registry_kinds
from tests.kit import System
from tests.schemas import file_name

EVENTS = Path(events.__file__).parent
LEAST_REASON = 30
"""Characters of a sentence that says why a kind is ignored."""


@dataclass(frozen=True)
class KindsMap:
    """A module's handlers by kind, and the kinds that it ignores, each with its reason."""

    name: str
    handlers: Mapping[str, Any]
    ignored: Mapping[str, str]

    @classmethod
    def of(cls, module: str, handlers: str = "HANDLERS") -> "KindsMap":
        """From a module by its dotted name."""
        found = import_module(module)
        return cls(module, getattr(found, handlers), found.IGNORED)


MAPS = {
    "intake": KindsMap.of("processors.intake.kinds"),
    "registry": KindsMap.of("processors.registry.kinds"),
    "projections": KindsMap.of("projections.kinds"),
    "lists": KindsMap.of("producers.lists.templates", "TEMPLATES"),
}
"""All packages that do something by kind, as `Entry.handled_by` names them."""


def lacking(entries: Iterable[Entry], maps: Mapping[str, KindsMap]) -> list[str]:
    """What a table of kinds and the packages' maps do not agree on; each names its place."""
    known = {entry.name: entry for entry in entries}
    found = []
    for name, one in maps.items():
        for kind, entry in known.items():
            is_handled, reason = kind in one.handlers, one.ignored.get(kind)
            if not is_handled and reason is None:
                found.append(f"{one.name}: {kind} has no handler, and no reason in IGNORED")
            if is_handled and reason is not None:
                found.append(f"{one.name}: {kind} has a handler, and stands in IGNORED")
            if reason is not None and (len(reason) < LEAST_REASON or not reason.endswith(".")):
                found.append(f"{one.name}: the reason to ignore {kind} is no sentence")
            if is_handled != (name in entry.handled_by):
                found.append(f"events.catalog: handled_by of {kind} is wrong about {name}")
        strangers = (one.handlers.keys() | one.ignored.keys()) - known.keys()
        found += [f"{one.name}: {kind} is no kind of the table" for kind in sorted(strangers)]
    for kind, entry in known.items():
        for folder in ("schemas", "schemas/frozen", "examples"):
            if not (EVENTS / folder / file_name(kind, entry.version)).exists():
                found.append(f"events/{folder}: {kind} has no file of version {entry.version}")
    return found


def test_each_kind_has_its_place_everywhere() -> None:
    assert lacking(SENT, MAPS) == []
    assert {entry.name for entry in CATALOG} - {entry.name for entry in SENT} == {"genesis"}
    assert {name for entry in SENT for name in entry.handled_by} == set(MAPS)


class Weather(Record):
    """A kind that nobody knows."""

    kind: Literal["weather"]
    weather_id: str


WEATHER = Entry(
    name="weather",
    model=Weather,
    id_field="weather_id",
    signers=frozenset({"partner"}),
    handled_by=frozenset(MAPS),
)


def test_an_invented_kind_is_named_at_each_place_that_lacks_it() -> None:
    expected = [
        line
        for name, one in MAPS.items()
        for line in (
            f"{one.name}: weather has no handler, and no reason in IGNORED",
            f"events.catalog: handled_by of weather is wrong about {name}",
        )
    ]
    for folder in ("schemas", "schemas/frozen", "examples"):
        expected.append(f"events/{folder}: weather has no file of version 1")
    assert lacking([*SENT, WEATHER], MAPS) == expected


@pytest.mark.parametrize(
    ("handlers", "ignored", "problem"),
    [
        ({"need": 1, "gone": 1}, {}, "here: gone is no kind of the table"),
        ({"need": 1}, {}, ""),
        ({"need": 1}, {"need": "It is of no use here at all, ever."}, "has a handler, and stands"),
        ({}, {"need": "no use"}, "the reason to ignore need is no sentence"),
        ({}, {"need": "It is of no use here at all, ever."}, "wrong about registry"),
    ],
)
def test_what_else_is_wrong_is_named(
    handlers: dict[str, Any], ignored: dict[str, str], problem: str
) -> None:
    need = [entry for entry in SENT if entry.name == "need"]
    found = lacking(need, {"registry": KindsMap("here", handlers, ignored)})
    assert any(problem in one for one in found) if problem else found == []


def test_a_kind_without_a_place_stops_the_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError, match="weather"):
        handler_of("weather")
    line = "NEED KIZ n1 rent 2025-01-01 R=P01"
    system = System.ready()
    monkeypatch.delitem(registry_kinds.HANDLERS, "need")
    with pytest.raises(KeyError, match="need"):
        system.say(line)
    monkeypatch.delitem(HANDLERS, "key")
    with pytest.raises(KeyError, match="key"):
        system.register("NEW")
