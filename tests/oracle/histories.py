"""Random histories over a small, dense world, as submittable records: `histories()`."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.acting import SHORT, mixed_with, threads
from tests.oracle.choices import BOOLEANS, integers, one_of
from tests.oracle.joining import agreeing, joined
from tests.oracle.told import (
    ADMIN,
    DISTRICTS,
    FIRST_DAY,
    HOUSEHOLDS,
    NO_DIGEST,
    ORGS,
    PEOPLE,
    PROGRAMMES,
    SUPERVISOR,
    Record,
    Say,
    Step,
    StepTo,
    Told,
    subject,
)
from tests.oracle.world import ID_FIELDS

MODALITIES = ("cash",) * 6 + ("voucher",) * 3 + ("in-kind", "in-kind", "service")


def _subjects(draw: st.DrawFn, households: Sequence[Sequence[str]]) -> list[Record]:
    names = draw(one_of(households))
    kept = draw(one_of(["all", "all", "all", "strong", "strong", "one", "unnamed"]))
    rest = names[1:] if draw(integers(0, 3)) else names[1:2]
    others = draw(one_of(["member", "member", "member", "beneficiary"]))
    found = [subject("recipient", names[0], kept)]
    odd = draw(integers(0, 11))
    for place, name in enumerate(rest):
        how = {0: "none", 1: "passport", 2: "unnamed"}.get(odd, kept)
        found.append(subject(others if place == 0 else "member", name, how))
    if odd == 3:
        found.append(subject("beneficiary", names[0], kept))
    return found


# -- records ------------------------------------------------------------------------------------

COVERS = (
    ("2025-01-01", "2025-02-01"), ("2025-01-01", "2025-02-01"), ("2025-01-01", "2025-02-01"),
    ("2025-01-10", "2025-02-10"), ("2025-02-01", "2025-03-01"), ("2025-01-28", "2025-02-25"),
    ("2025-01-03", "2025-01-07"), ("2025-01-15", "2025-01-16"), ("2024-12-10", "2025-01-20"),
    ("2025-01-20", "2025-03-20"),
)  # fmt: skip
PURPOSES = (
    *["basic-needs"] * 4, "rent", "rent", "food", "food", "food", "hygiene", "winterisation",
    "education", "education", "education", "livelihood", "health", "protection", "other",
)  # fmt: skip
LIVES: Sequence[Sequence[str]] = (
    *[("delivered",)] * 12, *[("planned",)] * 4, *[("planned", "delivered")] * 3,
    *[("planned", "cancelled")] * 4, ("planned", "planned"), ("planned", "amended"),
    ("planned", "amended", "delivered"), *[("delivered", "amended")] * 3,
    ("delivered", "returned"), ("delivered", "returned", "returned"), ("delivered", "cancelled"),
    ("planned", "delivered", "cancelled"), ("delivered", "delivered"),
    ("planned", "planned", "cancelled"), ("planned", "cancelled", "planned", "delivered"),
    ("delivered", "cancelled", "amended"), ("amended", "delivered"),
    ("planned", "planned", "planned"),
)  # fmt: skip
AMOUNTS = ("900", "3000", "4500", "6000.50", "7999.99", "9000")


@dataclass(frozen=True)
class _Theme:
    """What a history is about, so that its records meet."""

    purposes: Sequence[str]
    households: Sequence[Sequence[str]]
    orgs: Sequence[str]


def fact(kind: str, version: int, key: str, **fields: Any) -> Record:
    """A record of a kind; its thing, if it has a key, gets a UUID from it."""
    digest = hashlib.sha256(key.encode()).digest()[:16]
    thing = {ID_FIELDS[kind]: str(uuid.UUID(bytes=digest, version=4))} if key else {}
    return {"kind": kind, "nonce": "0" * 32, "version": version} | thing | fields


def _content(draw: st.DrawFn, theme: _Theme, org: str) -> Record:
    """What an assistance or an inquiry says about what is given to whom."""
    start, end = draw(one_of(COVERS))
    return {
        "programme": f"{org}-{draw(one_of(PROGRAMMES))}",
        "purpose": draw(one_of(theme.purposes)),
        "modality": draw(
            one_of(["cash"] * 6 + ["voucher"] * 3 + ["in-kind", "in-kind", "service"])
        ),
        "frequency": draw(one_of(["monthly", "monthly", "one-off"])),
        "covers_from": start,
        "covers_to": end,
        "district": draw(one_of(DISTRICTS)),
        "subjects": _subjects(draw, theme.households),
    }


@st.composite
def _assistance(draw: st.DrawFn, theme: _Theme, name: str) -> list[Say]:
    org = draw(one_of(theme.orgs))
    content: Record = _content(draw, theme, org)
    content |= {
        "amount": draw(one_of(AMOUNTS)),
        "currency": draw(one_of(["TRY"] * 8 + ["EUR", "USD"])),
    }
    if not draw(integers(0, 11)):
        content["protected"] = draw(BOOLEANS)
    if not draw(integers(0, 3)):
        content["household_size"] = draw(integers(1, 6))
        if draw(BOOLEANS):
            content["household_as_of"] = draw(one_of(["2024-12-01", "2025-01-15"]))
    life = draw(one_of(LIVES))
    version, said = (1 if life[0] == "planned" else 2), []
    for place, stage in enumerate(life):
        if place and stage in ("amended", "delivered", "planned") and draw(BOOLEANS):
            content = content | _change(draw, theme)
        more: Record = {"stage": stage}
        if stage == "returned":
            whole = place == len(life) - 1 and draw(BOOLEANS)
            more["returned_amount"] = content["amount"] if whole else "700.25"
        said.append(Say(org, fact("assistance", version, f"a|{org}|{name}", **content | more)))
        version += 1
    if len(said) > 1 and not draw(integers(0, 4)):
        said.reverse()
    return said


def _change(draw: st.DrawFn, theme: _Theme) -> Record:
    """What an amendment changes."""
    what = draw(integers(0, 5))
    if what <= 1:
        start, end = draw(one_of(COVERS))
        return {"covers_from": start, "covers_to": end}
    if what == 2:
        return {"amount": draw(one_of(AMOUNTS))}
    if what == 3:
        return {"subjects": _subjects(draw, theme.households)}
    if what == 4:
        return {"purpose": draw(one_of(theme.purposes))}
    return {"protected": draw(BOOLEANS), "household_size": draw(integers(1, 6))}


def _day(offset: int) -> str:
    return (date.fromisoformat(FIRST_DAY) + timedelta(days=offset)).isoformat()


@st.composite
def _inquiry(draw: st.DrawFn, theme: _Theme, name: str) -> list[Say]:
    org = draw(one_of(theme.orgs))
    content = _content(draw, theme, org) | {"reason": "application"}
    return [Say(org, fact("inquiry", 1, f"q|{org}|{name}", **content))]


@st.composite
def _need(draw: st.DrawFn, theme: _Theme, name: str) -> list[Say]:
    org = draw(one_of(theme.orgs))
    fields: Record = {
        "purpose": draw(one_of(theme.purposes)),
        "assessed_on": _day(draw(integers(-60, 40))),
        "district": DISTRICTS[0],
        "subjects": _subjects(draw, theme.households),
    }
    if not draw(integers(0, 7)):
        fields["protected"] = draw(BOOLEANS)
    said = [Say(org, fact("need", 1, f"n|{org}|{name}", **fields))]
    change = draw(integers(0, 7))
    if change < 2:
        more: Record = _change(draw, theme)
        if change:
            more = {"closed_on": _day(draw(integers(40, 70)))}
        kept = {"closed_on", "purpose", "subjects"}
        fields |= {field: value for field, value in more.items() if field in kept}
        said.append(Say(org, fact("need", 2, f"n|{org}|{name}", **fields)))
    return said


REASONS = (
    "programme-closed", "programme-closed", "moved", "document-expired", "non-collection",
    "formal-employment", "graduated", "deceased",
)  # fmt: skip


@st.composite
def _enrolment(draw: st.DrawFn, theme: _Theme, name: str) -> list[Say]:
    org = draw(one_of(theme.orgs))
    fields: Record = {
        "programme": f"{org}-{draw(one_of(PROGRAMMES))}",
        "started_on": _day(draw(integers(-120, 10))),
        "subjects": _subjects(draw, theme.households),
    }
    ended = {
        "ended_on": _day(draw(integers(10, 30)) - draw(integers(0, 1)) * 20),
        "end_reason": draw(one_of(REASONS)),
    }
    if ended["ended_on"] < fields["started_on"]:
        ended["ended_on"] = fields["started_on"]
    shape = draw(integers(0, 4))
    if not shape:
        return [Say(org, fact("enrolment", 1, f"e|{org}|{name}", **fields))]
    said = [Say(org, fact("enrolment", 2, f"e|{org}|{name}", **fields, **ended))]
    if shape == 1:
        said.insert(0, Say(org, fact("enrolment", 1, f"e|{org}|{name}", **fields)))
    return said


# -- what the administration says, and successions ----------------------------------------------


@st.composite
def _succession(draw: st.DrawFn, theme: _Theme, name: str) -> list[Say]:
    former, successor = draw(one_of([("X1", "P1"), ("X1", "P1"), ("P3", "P6")]))
    sides = [("former", former), ("successor", successor)]
    subjects = [{"role": role, "tokens": PEOPLE[who][:1]} for role, who in sides]
    orgs = draw(st.lists(one_of(theme.orgs), min_size=1, max_size=2))
    said = [
        Say(org, fact("succession", 1, f"s|{org}|{name}|{place}", subjects=subjects))
        for place, org in enumerate(orgs)
    ]
    return said


@st.composite
def _quarantine(draw: st.DrawFn, name: str) -> list[Say]:
    token = draw(one_of([PEOPLE["P1"][0], PEOPLE["P4"][0], PEOPLE["P1"][2]]))
    subjects = [{"role": "quarantined", "tokens": [token]}]
    return [
        Say(ADMIN, fact("quarantine", n, f"z|{name}", status=status, subjects=subjects))
        for n, status in enumerate(("active", "lifted")[: draw(integers(1, 2))], 1)
    ]


@st.composite
def _policy(draw: st.DrawFn, rules: Mapping[str, Any], version: int, with_acts: bool) -> list[Say]:
    changes: Record = draw(
        one_of(
            [
                {"least_overlap_days": 20},
                {"least_overlap_days": 2, "one_off_days": 40},
                {"basket_by_size": ["5000"], "basket_further": "500"},
                {"unmet_days": {"basic-needs": 10, "food": 60, "rent": 20}, "lapsed_days": 10},
                {
                    "shared_identifier_recipients": 3,
                    "weak_threshold": 5,
                    "weak_threshold_apart": 10,
                },
                {"modality_classes": [["cash"], ["voucher", "in-kind"]]},
                {"exclusive_household": ["basic-needs", "rent"], "exclusive_beneficiary": ["food"]},
                {"reservation_days": 10, "rates": {"EUR": "50", "USD": "40.5"}},
                *(SHORT if with_acts else ()),
            ]
        )
    )
    policy = {
        "kind": "policy",
        "nonce": "0" * 32,
        "version": version,
        "in_force_from": draw(one_of(["2024-06-01", "2025-01-10", "2025-02-01"])),
        "rules": dict(rules) | changes,
    }
    signature = {
        "kind": "policy-signature",
        "nonce": "0" * 32,
        "version": 1,
        "policy_version": version,
        "policy_digest": NO_DIGEST,
    }
    said = [Say(ADMIN, policy)]
    return [*said, Say(SUPERVISOR, signature)] if draw(integers(0, 3)) else said


@st.composite
def _declared(draw: st.DrawFn, theme: _Theme) -> list[list[Say]]:
    """Programmes with a purpose and what they complement, declared by their owners."""
    found = []
    for place, org in enumerate(theme.orgs):
        other = theme.orgs[place - 1]
        complements = draw(one_of([[], [], [f"{other}-AID"], [f"{org}-EK", f"{other}-AID"]]))
        for code in PROGRAMMES if draw(BOOLEANS) else PROGRAMMES[:1]:
            record = {
                "kind": "programme",
                "nonce": "0" * 32,
                "version": 2,
                "programme": f"{org}-{code}",
                "owner": org,
                "purpose": theme.purposes[0],
            }
            if code != "EK" and complements:
                record["complements"] = complements
            found.append([Say(org, record)])
    return found


@st.composite
def _households(draw: st.DrawFn) -> list[Sequence[str]]:
    near = draw(one_of(HOUSEHOLDS))
    found = draw(st.lists(one_of(near), min_size=1, max_size=3))
    if not draw(integers(0, 3)):
        found.append(draw(one_of(draw(one_of(HOUSEHOLDS)))))
    return found


@st.composite
def histories(draw: st.DrawFn, most: int = 11, with_acts: bool = True) -> Told:
    """A history of up to `most` assistances, and some of everything else.

    Without `with_acts` nobody says anything about findings.
    """
    theme = _Theme(
        draw(st.lists(one_of(PURPOSES), min_size=1, max_size=2)),
        draw(_households()),
        draw(st.lists(one_of(ORGS), min_size=2, max_size=3, unique=True)),
    )
    rules = draw(_rules(with_acts))
    lives = draw(_declared(theme))
    for name in range(draw(integers(5, most))):
        lives.append(draw(_assistance(theme, str(name))))
    many = ((_inquiry, 0, 1), (_need, 1, 4), (_enrolment, 1, 4), (_succession, 0, 1))
    for strategy, least, share in many:
        for number in range(draw(integers(least, share))):
            lives.append(draw(strategy(theme, str(number))))
    _ask_about_own(lives)
    if not draw(integers(0, 3)):
        lives.append(draw(_policy(rules, 2, with_acts)))
    if not draw(integers(0, 4)):
        lives.append(draw(_quarantine("0")))
    steps = draw(mixed_with(lives, draw(threads(theme.orgs)))) if with_acts else draw(_mixed(lives))
    rules |= draw(one_of(APART))
    rules |= draw(joined(theme.purposes, theme.orgs, rules))
    return Told(rules, tuple(draw(agreeing(rules, steps))), with_acts=with_acts)


def _ask_about_own(lives: Sequence[Sequence[Say]]) -> None:
    """An inquiry is about an assistance of the asker's own, if that one has two or more."""
    said = [life[0] for life in lives]
    for asked in [one for one in said if one.record["kind"] == "inquiry"]:
        own = [o for o in said if o.org == asked.org and o.record["kind"] == "assistance"]
        if len(own) > 1:
            asked.record["about"] = own[-1].record["assistance_id"]


APART: Sequence[Record] = ({}, {"weak_threshold_apart": 10}, *[{"weak_threshold_apart": 15}] * 4)
"""What genesis asks of the weights where numbers differ; the weights make 5 or 10."""


@st.composite
def _rules(draw: st.DrawFn, with_acts: bool) -> Record:
    rules: Record = {
        "weak_weights": {"weak.name-birth": 10, "weak.mother": 5, "weak.birth": 5},
        "shared_identifier_recipients": draw(one_of([2, 3, 5])),
    }
    if draw(integers(0, 2)):
        rules |= {"basket_by_size": ["3000", "4000"], "basket_further": "500"}
    if draw(BOOLEANS):
        rules["rates"] = {"EUR": "48.123"}
    if with_acts and draw(BOOLEANS):
        rules |= draw(one_of(SHORT))
    return rules


@st.composite
def _mixed(draw: st.DrawFn, lives: Sequence[Sequence[Say]]) -> list[Step]:
    """The lives side by side, each in its order, with days that pass and some said twice."""
    left = [list(life) for life in lives]
    found: list[Step] = []
    day = 0
    while left:
        place = draw(integers(0, len(left) - 1))
        said = left[place].pop(0)
        found.append(said)
        if not left[place]:
            left.pop(place)
        passing = draw(one_of([0] * 10 + [1, 5, 12, 31]))
        if passing and day + passing <= 90:
            day += passing
            found.append(StepTo(_day(day)))
        if not draw(integers(0, 15)):
            found.append(said)
    last = draw(one_of([0, 20, 45, 60]))
    return [*found, StepTo(_day(day + last))] if last else found
