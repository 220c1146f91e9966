"""Tokens of a second epoch beside the first ones change nothing that the fold says."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from events.outputs import RegistryOutput
from tests.kit import System
from tests.oracle.compare import folded
from tests.oracle.histories import histories
from tests.oracle.told import Say, Told

HISTORIES = 50
Whose = Callable[[dict[str, Any]], bool]
"""Says of a record if it carries the tokens of both epochs."""


def everybody(record: dict[str, Any]) -> bool:
    return True


def half_of_all_things(record: dict[str, Any]) -> bool:
    """By its id, so that all versions carry the same; a quarantine has to name every epoch."""
    name = str(record.get(f"{record['kind']}_id"))
    return record["kind"] == "quarantine" or hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def in_two_epochs(told: Told, whose: Whose) -> Told:
    """The history with a second token beside each, where `whose` says so."""
    return replace(told, steps=tuple(_doubled(step, whose) for step in told.steps))


def _doubled(step: Any, whose: Whose) -> Any:
    if not isinstance(step, Say) or "subjects" not in step.record or not whose(dict(step.record)):
        return step
    subjects = [
        {**subject, "tokens": [one for token in subject["tokens"] for one in _both(token)]}
        for subject in step.record["subjects"]
    ]
    return replace(step, record={**step.record, "subjects": subjects})


def _both(token: list[str]) -> list[list[str]]:
    kind, value = token
    # on either side of the first in text order, as real ones are
    return [token, [kind, hashlib.sha256(f"e2 {value}".encode()).hexdigest()[:32]]]


def said(output: RegistryOutput) -> dict[str, Any]:
    """All that is said but what follows from the bytes of blocks and submissions."""
    rows = [submission["rows"] for submission in output["submissions"]]
    names = ("findings", "verdicts", "cases", "decisions", "excess", "notices")
    return {"rows": rows} | {name: output[name] for name in names}  # type: ignore[literal-required]


def run(how_many: int, check: Callable[[Told], bool], *, with_acts: bool = True) -> int:
    """Check so many random histories; for how many of them it was true that something was seen."""
    seen = 0

    @seed(18)
    @settings(
        max_examples=how_many,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(with_acts=with_acts))
    def one(told: Told) -> None:
        nonlocal seen
        seen += check(told)

    one()
    return seen


@pytest.mark.parametrize("whose", [everybody, half_of_all_things])
def test_one_number_in_two_epochs_is_one_number(whose: Whose) -> None:
    def holds(told: Told) -> bool:
        once, twice = folded(told), folded(in_two_epochs(told, whose))
        assert list(map(said, twice.outputs)) == list(map(said, once.outputs))
        return bool(once.findings())

    assert run(HISTORIES, holds) >= HISTORIES // 3


def test_the_comparison_bites() -> None:
    def differs(told: Told) -> bool:
        wrong = in_two_epochs(told, everybody)
        lost = replace(wrong, steps=tuple(map(_parted, wrong.steps)))
        return list(map(said, folded(lost).outputs)) != list(map(said, folded(told).outputs))

    assert run(40, differs)


def _parted(step: Any) -> Any:
    """Half of all things with the new tokens alone: they do not meet the others."""
    if not isinstance(step, Say) or "subjects" not in step.record:
        return step
    return replace(step, record=_with(dict(step.record), int(half_of_all_things(step.record))))


def _with(record: dict[str, Any], epoch: int) -> dict[str, Any]:
    """A record that has both tokens, with those of one epoch (0 or 1) alone."""
    subjects = [{**one, "tokens": one["tokens"][epoch::2]} for one in record["subjects"]]
    return {**record, "subjects": subjects}


# -- live records are published again ------------------------------------------------------------

KINDS = ("quarantine", "succession", "assistance", "need", "enrolment")
"""In the order of an overlap's beginning: what is switched off has to be so in both epochs."""
Thing = tuple[str, dict[str, Any]]


def newest(told: Told, system: System) -> list[Thing]:
    """(organisation, record) of the highest accepted version of each thing, tokens of e1."""
    accepted = {
        (submission["org"], row["kind"], row["id"], row["version"])
        for output in system.outputs
        for submission in output["submissions"]
        for row in submission["rows"]
        if row["disposition"] == "accepted"
    }
    found: dict[tuple[str, str, str], Thing] = {}
    for step in told.steps:
        if not isinstance(step, Say) or step.record["kind"] not in KINDS:
            continue
        record = dict(step.record)
        kind, version = record["kind"], record["version"]
        key = step.org, kind, str(record[f"{kind}_id"])
        _, known = found.get(key, ("", {"version": 0}))
        if (*key, version) in accepted and version > known["version"]:
            found[key] = step.org, record
    ordered = sorted(found.values(), key=lambda one: KINDS.index(one[1]["kind"]))
    return [one for one in ordered if one[1].get("stage") != "cancelled"]


def published_again(system: System, things: list[Thing]) -> list[Thing]:
    """Each as its next version; nothing may come of it but its own answer."""
    again = []
    for org, record in things:
        fresh = record | {"version": record["version"] + 1}
        (row,) = system.submit(org, fresh)
        output = said(system.outputs[-1])
        assert row["disposition"] == "accepted", row
        for name in ("findings", "cases", "excess"):
            assert output[name] == [], (name, output[name], fresh)
        for verdict in output["verdicts"]:
            assert (verdict["assistance_id"], verdict["version"]) == (row["id"], fresh["version"])
        again.append((org, fresh))
    return again


@pytest.mark.parametrize("with_acts", [True, False])
def test_records_that_are_published_again_change_nothing(with_acts: bool) -> None:
    def holds(told: Told) -> bool:
        system = folded(told)
        things = newest(told, system)
        both = [(org, dict(_doubled(Say(org, one), everybody).record)) for org, one in things]
        again = published_again(system, both)
        if not with_acts:  # a confirmed succession is confirmed for the tokens of its time
            published_again(system, [(org, _with(one, 1)) for org, one in reversed(again)])
        return bool(system.findings())

    assert run(HISTORIES, holds, with_acts=with_acts) >= HISTORIES // 3
