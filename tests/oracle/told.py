"""Histories as they are told, before any door, and the small world that they are about.

A `Told` has the genesis rules and the steps in order: what an organisation says (a record in
wire form, with a nonce of zeros) and steps of the clock. The same `Told` can be fed to the fold
(register `ORGS`, `ADMIN` and `SUPERVISOR` with their keys, and `PROGRAMMES` of each organisation,
version 1, without purpose) and, by `facts_of`, to the oracle. A policy signature's digest stands
as `NO_DIGEST`: who feeds the fold fills it with `signed_with`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from tests.oracle.acts import Act, Everybody, Known, Speaker, Spoken
from tests.oracle.facts import Fact, Tick, genesis
from tests.oracle.oracle import Run
from tests.oracle.world import ID_FIELDS

Record: TypeAlias = dict[str, Any]
FIRST_DAY = "2025-01-01"
ORGS = ("BEL", "ESN", "KIZ", "STK", "SYD", "UNH")
PROGRAMMES = ("AID", "EK", "TEMEL")
ADMIN, SUPERVISOR = "ADMIN", "SUPERVISOR"
NO_DIGEST = "0" * 64
DISTRICTS = ("TUR034026", "TUR034018")


@dataclass(frozen=True)
class Say:
    """An organisation publishes one record."""

    org: str
    record: Record


@dataclass(frozen=True)
class StepTo:
    """The test clock is stepped to `day`, one day at a time."""

    day: str


Step: TypeAlias = Say | StepTo | Act | Everybody


@dataclass(frozen=True)
class Told:
    """A whole history before any door: rules of genesis, then the steps.

    Without `with_acts` nobody says anything about findings, and no deadline is meant to run.
    """

    rules: Mapping[str, Any]
    steps: tuple[Step, ...]
    first_day: str = FIRST_DAY
    with_acts: bool = False


def facts_of(told: Told) -> list[Fact | Tick]:
    """What stands in the journal if the door accepts all but exact repeats."""
    found: list[Fact | Tick] = [genesis(told.first_day, told.rules)]
    day, seen = date.fromisoformat(told.first_day), set()
    run, speaker = Run(deadlines=told.with_acts), Speaker()
    for step in told.steps:
        if isinstance(step, Act | Everybody):
            for fact in found[len(run.history) :]:
                run.take(fact)
            for spoken in speaker.spoken(step, _known(run)):
                found.append(_fact(len(found), spoken))
            continue
        if isinstance(step, StepTo):
            while day < date.fromisoformat(step.day):
                day += timedelta(days=1)
                found.append(Tick(len(found), 0, day.isoformat()))
            continue
        record = step.record
        name = ID_FIELDS.get(record["kind"], "policy_version")
        key = step.org, record["kind"], record.get(name), record["version"]
        if key in seen:
            continue
        seen.add(key)
        public = {k: v for k, v in record.items() if k not in ("nonce", "subjects")}
        subjects = record.get("subjects", ())
        found.append(Fact(len(found), 0, step.org, "", "hmac", public, subjects))
    return found


def _known(run: Run) -> list[Known]:
    """The findings that are or were, as the oracle knows them."""
    found = []
    for name, revision in run.statuses.revisions.items():
        standing = run.statuses.standing.get(name)
        status = standing.row.status if standing else "withdrawn"
        asked = standing is not None and standing.row.asked
        case = run.cases.named(name)
        place = str(run.cases.cases.index(case)) if case else ""
        found.append(Known(name, status, asked, revision, place))
    return found


def _fact(seq: int, spoken: Spoken) -> Fact:
    about = "case" if spoken.record["kind"] == "case-step" else "finding"
    record = {name: value for name, value in spoken.record.items() if name != "nonce"}
    record[about] = spoken.known.finding
    return Fact(seq, 0, spoken.org, spoken.user, "hmac", record)


def signed_with(told: Told, digest_of: Callable[[Record], str]) -> Told:
    """The history with each policy signature's digest: `digest_of` the policy record it means."""
    policies = {
        step.record["version"]: step.record
        for step in told.steps
        if isinstance(step, Say) and step.record["kind"] == "policy"
    }

    def filled(step: Step) -> Step:
        if not isinstance(step, Say) or step.record["kind"] != "policy-signature":
            return step
        digest = digest_of(policies[step.record["policy_version"]])
        return replace(step, record=step.record | {"policy_digest": digest})

    return replace(told, steps=tuple(filled(step) for step in told.steps))


# -- people -------------------------------------------------------------------------------------


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def tokens(*names: str) -> list[list[str]]:
    """Tokens written `type/what`; the same name gives the same token."""
    return [[name.partition("/")[0], _hex(name)] for name in names]


PEOPLE: Mapping[str, list[list[str]]] = {
    "P1": tokens(
        *("tr.tckimlik/1", "sy.passport/1", "weak.phone/1", "weak.name-birth/1", "case.unhcr/1"),
        *("weak.mother/6", "weak.birth/6"),
    ),
    "P2": tokens("tr.tckimlik/2", "case.unhcr/1", "weak.name-birth/2"),
    "P3": tokens("tr.tckimlik/3", "weak.iban/1"),
    "P4": tokens("tr.tckimlik/4", "weak.phone/1", "case.unhcr/2"),
    "P5": tokens(
        *("tr.tckimlik/5", "weak.phone/2", "weak.iban/1", "case.unhcr/2"),
        *("weak.mother/6", "weak.birth/6"),
    ),
    "P6": tokens("tr.tckimlik/6", "weak.mother/6", "weak.birth/6", "weak.phone/1"),
    "P7": tokens("weak.name-birth/7", "weak.phone/1", "weak.iban/1"),
    "P8": tokens("weak.mother/6", "weak.birth/6"),
    "X1": tokens("tr.tckimlik/x1", "weak.name-birth/1"),
}
"""P1 and X1, and P1, P5 and P6, share weak tokens and have different numbers."""
HOUSEHOLDS: Sequence[Sequence[Sequence[str]]] = (
    (("P1", "P2", "P3"), ("P1", "P2", "P3"), ("P2", "P1", "P3"), ("P1",), ("P2",)),
    (("P1", "P2", "P3"), ("P4", "P2", "P3"), ("P6", "P3"), ("P3", "P2", "P6"), ("P2", "P5")),
    (("P4", "P5"), ("P5", "P4", "P6"), ("P1", "P4"), ("P5", "P3"), ("P6", "P5", "P4")),
    (("P7",), ("P7", "P6"), ("P8", "P7"), ("P8",), ("P6",), ("P1",), ("P4",)),
    (("X1", "P2"), ("X1",), ("P1", "P3"), ("P1",), ("P3", "P2"), ("P6", "P3")),
    (("P1",), ("P1", "P3"), ("X1",), ("P5",), ("P6",), ("P5", "P2"), ("P6", "P4"), ("P8",)),
)  # fmt: skip
"""Groups of households (recipient first) that meet in many ways."""
KEPT = {
    "all": ("",),
    "strong": ("tr.", "sy."),
    "one": ("tr.",),
    "passport": ("sy.",),
    "unnamed": ("weak.", "case."),
    "none": ("?",),
}


def subject(role: str, name: str, kept: str) -> Record:
    tokens = [token for token in PEOPLE[name] if token[0].startswith(KEPT[kept])]
    return {"role": role, "tokens": tokens}
