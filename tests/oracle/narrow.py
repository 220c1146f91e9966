"""Random histories narrowed to what is rare in `histories()`."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.acts import Act, Everybody
from tests.oracle.histories import fact, histories
from tests.oracle.told import ADMIN, NO_DIGEST, ORGS, PEOPLE, SUPERVISOR, Record, Say, Told, subject

Change = Callable[[Record], Record]


def _without(told: Told, *kinds: str) -> Told:
    rest = [s for s in told.steps if not (isinstance(s, Say) and s.record["kind"] in kinds)]
    return replace(told, steps=tuple(rest))


def _beginning(told: Told, first: Sequence[Say]) -> Told:
    return replace(told, steps=(*first, *told.steps))


def _changed(told: Told, change: Change) -> Told:
    """The history with other fields in its records."""
    steps = (
        replace(step, record=step.record | change(step.record)) if isinstance(step, Say) else step
        for step in told.steps
    )
    return replace(told, steps=tuple(steps))


# -- policies ------------------------------------------------------------------------------------


@st.composite
def two_policies(draw: st.DrawFn) -> Told:
    """With a policy that nobody else signs, and a later one that both bodies sign."""
    told = _without(draw(histories()), "policy", "policy-signature")
    never: Record = {"least_overlap_days": 20, "one_off_days": 60}
    first = [_policy(told, 2, "2024-06-01", never), _policy(told, 3, "2025-06-01", {})]
    signature = fact("policy-signature", 1, "", policy_version=3, policy_digest=NO_DIGEST)
    return _beginning(told, [*first, Say(SUPERVISOR, signature)])


def _policy(told: Told, version: int, day: str, changes: Record) -> Say:
    rules = dict(told.rules) | changes
    return Say(ADMIN, fact("policy", version, "", in_force_from=day, rules=rules))


# -- numbers -------------------------------------------------------------------------------------


@st.composite
def successions(draw: st.DrawFn) -> Told:
    """Assistance alone, with numbers that succeeded each other twice, as one or two bodies say."""
    told = _without(draw(histories()), "need", "enrolment")
    first = []
    for former, successor in (("P2", "X1"), ("X1", "P1"), ("P1", "P3")):
        sides = [("former", former), ("successor", successor)]
        subjects = [{"role": role, "tokens": PEOPLE[who][:1]} for role, who in sides]
        for org in draw(st.permutations(ORGS))[: draw(st.integers(1, 2))]:
            key = f"chain|{org}|{former}"
            first.append(Say(org, fact("succession", 1, key, subjects=subjects)))
    return _beginning(told, first)


@st.composite
def quarantine(draw: st.DrawFn) -> Told:
    """With numbers switched off from the first day on; no telephone is shared by too many."""
    told = _without(draw(histories()), "quarantine", "policy", "policy-signature")
    told = replace(told, rules=dict(told.rules) | {"shared_identifier_recipients": 50})
    names = draw(st.lists(st.sampled_from(["P1", "P2", "P3", "P4"]), min_size=2, unique=True))
    tokens = [PEOPLE[name][0] for name in names]
    subjects = [{"role": "quarantined", "tokens": [token]} for token in tokens]
    said = [
        fact("quarantine", 1, f"z|{place}", status="active", subjects=[one])
        for place, one in enumerate(subjects)
    ]
    return _beginning(told, [Say(ADMIN, record) for record in said])


@st.composite
def namesakes(draw: st.DrawFn) -> Told:
    """Rent for people who share weak tokens; their numbers differ, or are missing, or are off."""
    told = _without(draw(histories()), "policy", "policy-signature")

    def change(record: Record) -> Record:
        if record["kind"] != "assistance":
            return {}
        who = draw(st.sampled_from([("P1", "all"), ("P5", "all"), ("P6", "all"), ("P8", "all"),
                                    ("P5", "unnamed"), ("X1", "all")]))  # fmt: skip
        return {
            "purpose": "rent",
            "modality": "cash",
            "covers_from": "2025-01-01",
            "covers_to": "2025-02-01",
            "subjects": [subject("recipient", *who)],
        }

    apart = {"weak_threshold_apart": draw(st.sampled_from([10, 11]))}
    return _changed(replace(told, rules=dict(told.rules) | apart), change)


# -- gaps and money ------------------------------------------------------------------------------


@st.composite
def gaps(draw: st.DrawFn) -> Told:
    """Basic-needs for those who need food, in one programme of each, with days that coincide."""
    days = ("2025-01-07", "2025-02-01", "2025-02-10")

    def change(record: Record) -> Record:
        match record["kind"]:
            case "assistance":
                return {"purpose": "basic-needs", "programme": f"{record['programme'][:3]}-AID"}
            case "need":
                purpose = draw(st.sampled_from(["food", "basic-needs"]))
                return {"purpose": purpose, "assessed_on": draw(st.sampled_from(days))}
            case "enrolment":
                started = draw(st.sampled_from(["2024-10-01", days[1]]))
                ended = {"ended_on": days[1]} if "ended_on" in record else {}
                return {
                    "programme": f"{record['programme'][:3]}-AID",
                    "started_on": started,
                } | ended
            case "programme":
                return {"purpose": "food"}
        return {}

    return _changed(draw(histories()), change)


@st.composite
def halves(draw: st.DrawFn) -> Told:
    """Amounts and windows that make half a kuruş."""
    windows = [("2025-01-03", "2025-01-07"), ("2025-01-10", "2025-02-10")]

    def change(record: Record) -> Record:
        if record["kind"] != "assistance":
            return {}
        start, end = draw(st.sampled_from(windows))
        return {
            "amount": draw(st.sampled_from(["0.06", "90.00"])),
            "frequency": "one-off",
            "covers_from": start,
            "covers_to": end,
        }

    return _changed(draw(histories()), change)


@st.composite
def sums(draw: st.DrawFn) -> Told:
    """Three families, of which the second has a certain link to the others, and a cap of 3,000."""
    families = (("P1", "P2"), ("P2", "P1", "P3"), ("P3", "P2"))

    def change(record: Record) -> Record:
        if record["kind"] != "assistance":
            return {}
        names = draw(st.sampled_from(families))
        roles = ("recipient", "member", "member")
        return {
            "purpose": draw(st.sampled_from(["basic-needs", "rent"])),
            "modality": "cash",
            "frequency": "monthly",
            "amount": draw(st.sampled_from(["1500", "3000"])),
            "covers_from": "2025-01-01",
            "covers_to": "2025-02-01",
            "subjects": [
                subject(role, name, "one") for role, name in zip(roles, names, strict=False)
            ],
        }

    told = _changed(_without(draw(histories()), "need", "enrolment"), change)
    basket = {"basket_by_size": ["3000"], "basket_further": "0"}
    return replace(told, rules=dict(told.rules) | basket)


@st.composite
def amended_purposes(draw: st.DrawFn) -> Told:
    """Rent that is amended to hygiene."""

    def change(record: Record) -> Record:
        if record["kind"] != "assistance":
            return {}
        return {"purpose": "hygiene" if record["stage"] == "amended" else "rent"}

    return _changed(_without(draw(histories()), "need", "enrolment"), change)


# -- what meets though it differs, and large sums ------------------------------------------------


@st.composite
def parts(draw: st.DrawFn) -> Told:
    """Purposes of which one is part of the other, a child's among them; no plan complements."""
    pair = draw(st.sampled_from([("basic-needs", "food"), ("education", "rent")]))

    def change(record: Record) -> Record:
        if record["kind"] not in ("assistance", "inquiry", "need"):
            return {}
        return {"purpose": draw(st.sampled_from(pair))}

    told = _changed(_without(draw(histories()), "policy", "policy-signature", "programme"), change)
    return replace(told, rules=dict(told.rules) | {"as_part": [pair]})


@st.composite
def excluding(draw: st.DrawFn) -> Told:
    """Two programmes that exclude each other, for many purposes, in all forms; both complement."""
    names = tuple(f"{org}-AID" for org in ORGS[:2])

    def change(record: Record) -> Record:
        if record["kind"] not in ("assistance", "inquiry"):
            return {}
        purpose = draw(st.sampled_from(["rent", "food", "education", "health", "protection"]))
        modality = draw(st.sampled_from(["cash", "cash", "in-kind", "service"]))
        found: Record = {"purpose": purpose, "modality": modality}
        return found | ({"protected": False} if record["kind"] == "assistance" else {})

    told = _without(draw(histories()), "policy", "policy-signature", "programme", "enrolment")
    told = replace(told, steps=tuple(s for s in told.steps if not isinstance(s, Act | Everybody)))
    first = [
        Say(org, fact("programme", 2, "", programme=mine, owner=org, complements=[other]))
        for org, mine, other in zip(ORGS[:2], names, names[::-1], strict=True)
    ]
    told = _beginning(_in_two_programmes(_changed(told, change)), first)
    return replace(told, rules=dict(told.rules) | {"excluding_programmes": [names]})


def _in_two_programmes(told: Told) -> Told:
    """All that is given is given by two organisations, in one programme each."""

    def moved(said: Say) -> Say:
        if said.record["kind"] not in ("assistance", "inquiry"):
            return said
        org = ORGS[ORGS.index(said.org) % 2]
        return Say(org, said.record | {"programme": f"{org}-AID"})

    steps = (moved(step) if isinstance(step, Say) else step for step in told.steps)
    return replace(told, steps=tuple(steps))


@st.composite
def large_sums(draw: st.DrawFn) -> Told:
    """One family's rent in two months, which is confirmed, with a sum above which two do it."""

    def change(record: Record) -> Record:
        if record["kind"] != "assistance":
            return {}
        start = draw(st.sampled_from(["2025-01-01", "2025-01-01", "2025-02-01"]))
        return {
            "purpose": "rent",
            "modality": "cash",
            "frequency": "monthly",
            "amount": "3000",
            "currency": "TRY",
            "covers_from": start,
            "covers_to": {"2025-01-01": "2025-02-01"}.get(start, "2025-03-01"),
            "subjects": [subject("recipient", "P1", "one")],
        }

    told = _changed(_without(draw(histories()), "need", "enrolment"), change)
    said = (("decision", "confirm"), ("reason", "none"))
    steps = tuple(
        replace(step, fields=said) if isinstance(step, Act) and step.kind == "decision" else step
        for step in told.steps
    )
    above = {"amount": draw(st.sampled_from(["3000", "6000", "9000", "12000"])), "currency": "TRY"}
    return replace(told, steps=steps, rules=dict(told.rules) | {"two_people_above": above})


NARROW = {
    "parts": parts(),
    "excluding": excluding(),
    "large sums": large_sums(),
    "amended purposes": amended_purposes(),
    "sums": sums(),
    "two policies": two_policies(),
    "successions": successions(),
    "quarantine": quarantine(),
    "namesakes": namesakes(),
    "gaps": gaps(),
    "halves": halves(),
}
