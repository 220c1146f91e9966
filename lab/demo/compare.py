"""What was planted against what is found: pure, and the difference is named by reference."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from events import money
from lab.demo.aid import Planted, Reference
from lab.demo.plan import EVERYDAY, FAMILIES, Counts, Plan

References = Mapping[tuple[str, str], Reference]
"""(organisation, assistance id) → the organisation's own reference."""


STATUSES: Final = ("open", "confirmed", "dismissed", "withdrawn")


class Pair(NamedTuple):
    """A finding as both sides can say it; `one` before `two` in text order of references."""

    kind: str
    strength: str
    one: Reference
    two: Reference
    overlap_from: str
    overlap_to: str
    amount: str

    def __str__(self) -> str:
        amount = self.amount or "no amount"
        return (
            f"{self.kind} {self.strength} {self.one[1]} – {self.two[1]}"
            f" [{self.overlap_from}, {self.overlap_to}) {amount}"
        )


@dataclass(frozen=True, slots=True)
class FamilyCount:
    """One line of the report: `found` is what stands among the family's records.

    What stands is open, confirmed or dismissed; `decided` are the last two.
    """

    family: str
    is_finding: bool
    stories: int
    planted: int
    found: int
    decided: int
    withdrawn: int


def planted_pair(planted: Planted) -> Pair:
    """What the planter says."""
    one, two = sorted((planted.one, planted.two))
    start, end = planted.overlap
    amount = "" if planted.amount is None else money.from_minor(planted.amount, "TRY")
    return Pair(
        planted.kind, planted.strength, one, two, start.isoformat(), end.isoformat(), amount
    )


def found_pair(row: Mapping[str, Any], references: References) -> Pair:
    """What a row of v1_findings says; an id that nobody sent stands for itself."""
    sides = [(row[f"org_{side}"], row[f"assistance_{side}"]) for side in "ab"]
    one, two = sorted(references.get(side, side) for side in sides)
    amount = row["amount_at_risk"] or ""
    return Pair(
        row["kind"], row["strength"], one, two, row["overlap_from"], row["overlap_to"], amount
    )


def differing_findings(
    plan: Plan, rows: Sequence[Mapping[str, Any]], references: References
) -> Iterator[str]:
    """Every finding that one side has, with its status, and the other has not."""
    for status in STATUSES:
        planted = [planted_pair(p) for p in plan.planted if p.status == status]
        found = [found_pair(row, references) for row in rows if row["status"] == status]
        if status == "withdrawn":  # its window and amount are those it once had
            planted, found = _without_figures(planted), _without_figures(found)
        yield from _both_ways(Counter(planted), Counter(found), status, plan.family_of)


def _without_figures(pairs: Iterable[Pair]) -> list[Pair]:
    return [pair._replace(overlap_from="", overlap_to="", amount="") for pair in pairs]


def _both_ways(
    planted: Counter[Pair], found: Counter[Pair], status: str, family_of: Mapping[Reference, str]
) -> Iterator[str]:
    for pair in sorted((planted - found).elements()):
        yield f"planted, not found ({family_of[pair.one]}, {status}): {pair}"
    for pair in sorted((found - planted).elements()):
        yield f"found, not planted ({family_of.get(pair.one, EVERYDAY)}, {status}): {pair}"


def differing_counts(
    plan: Plan, rows: Sequence[Mapping[str, Any]], spoken: Mapping[str, int]
) -> Iterator[str]:
    """Organisations whose records became something else than planned; a row for each of them.

    `spoken` counts what each said about cases, beside what was planned.
    """
    found = {
        row["org"]: Counts(int(row["accepted"]), int(row["duplicate"]), int(row["rejected"]))
        for row in rows
    }
    expected = plan.counts()
    for org, said in spoken.items():
        planned = expected.get(org, NOTHING)
        expected[org] = replace(planned, accepted=planned.accepted + said)
    for org in sorted(expected.keys() | found.keys()):
        if expected.get(org, NOTHING) != found.get(org, NOTHING):
            yield f"records of {org}: planned {expected.get(org)}, counted {found.get(org)}"


NOTHING: Final = Counts()


def differing_rejections(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Reason codes whose number differs; `rows` are (reason, records)."""
    planned = Counter(aid.reason for aid in plan.aids() if aid.disposition == "rejected")
    found = Counter({str(row["reason"]): int(row["records"]) for row in rows})
    for reason in sorted(planned.keys() | found.keys()):
        if planned[reason] != found[reason]:
            yield f"rejected as {reason}: planned {planned[reason]}, counted {found[reason]}"


def differing_prevention(plan: Plan, row: Mapping[str, Any]) -> Iterator[str]:
    """Payments that were given up after `covered`: their number and sum."""
    aids = plan.prevented()
    planned = len(aids), money.from_minor(sum(aid.amount for aid in aids), "TRY")
    found = int(row["payments"]), str(row["amount"] or "0.00")
    if planned != found:
        yield f"prevented payments and TRY: planned {planned}, found {found}"


def failing_checks(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The checks of v1_integrity that do not agree; a check that saw nothing is one of them."""
    if not rows:
        yield "v1_integrity has no row"
    for row in rows:
        if not row["ok"]:
            yield f"integrity {row['check_name']}: {row['left_count']} and {row['right_count']}"


def by_family(
    plan: Plan, rows: Sequence[Mapping[str, Any]], references: References
) -> list[FamilyCount]:
    """The lines of the report, one for each family and one for everyday aid."""
    found: Counter[tuple[str, str]] = Counter(
        (plan.family_of.get(found_pair(row, references).one, EVERYDAY), str(row["status"]))
        for row in rows
    )
    planted = Counter(p.family for p in plan.planted if p.status != "withdrawn")
    stories = Counter(story.family for story in plan.stories) | {EVERYDAY: len(plan.households)}

    def line(family: str, *, is_finding: bool) -> FamilyCount:
        decided = found[family, "confirmed"] + found[family, "dismissed"]
        return FamilyCount(
            family=family,
            is_finding=is_finding,
            stories=stories[family],
            planted=planted[family],
            found=found[family, "open"] + decided,
            decided=decided,
            withdrawn=found[family, "withdrawn"],
        )

    lines = [line(family.name, is_finding=family.is_finding) for family in FAMILIES]
    return [*lines, line(EVERYDAY, is_finding=False)]
