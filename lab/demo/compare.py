"""What was planted against what is found: pure, and the difference is named by reference."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from events import money
from events.ids import case_id
from lab.demo.aid import NOBODY, Planted, Reference
from lab.demo.cases import SILENCE, Handled
from lab.demo.casework import finding_of
from lab.demo.plan import EVERYDAY, FAMILIES, Counts, Plan

References = Mapping[tuple[str, str], Reference]
"""(organisation, id) → the organisation's own reference."""
IdOf = Callable[[str, Reference], str]
"""(kind, reference) → id."""
Rows = Sequence[Mapping[str, Any]]

STATUSES: Final = ("open", "confirmed", "dismissed", "withdrawn")


class Finding(NamedTuple):
    """A finding as both sides can say it; `one` before `two` in text order of references.

    `two` is NOBODY for a gap; a text is '' where there is no such thing.
    """

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


def planted_finding(planted: Planted) -> Finding:
    """What the plan says."""
    one, two = _in_order(planted.one, planted.two)
    end = planted.overlap_to.isoformat() if planted.overlap_to else ""
    amount = "" if planted.amount is None else money.from_minor(planted.amount, "TRY")
    start = planted.overlap_from.isoformat()
    return Finding(planted.kind, planted.strength, one, two, start, end, amount)


def found_finding(row: Mapping[str, Any], references: References) -> Finding:
    """What a row of v1_findings says; an id that nobody sent stands for itself."""
    sides = [(row[f"org_{side}"], row[f"assistance_{side}"]) for side in "ab"]
    one, two = _in_order(*(references.get(side, side) for side in sides))
    return Finding(
        row["kind"],
        row["strength"],
        one,
        two,
        row["overlap_from"],
        row["overlap_to"] or "",
        row["amount_at_risk"] or "",
    )


def _in_order(one: Reference, two: Reference) -> tuple[Reference, Reference]:
    return (one, two) if two == NOBODY or one <= two else (two, one)


def differing_findings(plan: Plan, rows: Rows, references: References) -> Iterator[str]:
    """Every finding that one side has, with its status, and the other has not."""
    for status in STATUSES:
        planted = [planted_finding(p) for p in plan.planted if p.status == status]
        found = [found_finding(row, references) for row in rows if row["status"] == status]
        if status == "withdrawn":  # its window and amount are those it once had
            planted, found = _without_figures(planted), _without_figures(found)
        yield from _both_ways(Counter(planted), Counter(found), status, plan.family_of)


def _without_figures(findings: Iterable[Finding]) -> list[Finding]:
    return [one._replace(overlap_from="", overlap_to="", amount="") for one in findings]


def _both_ways(
    planted: Counter[Finding],
    found: Counter[Finding],
    status: str,
    family_of: Mapping[Reference, str],
) -> Iterator[str]:
    for one in sorted((planted - found).elements()):
        yield f"planted, not found ({family_of[one.one]}, {status}): {one}"
    for one in sorted((found - planted).elements()):
        yield f"found, not planted ({family_of.get(one.one, EVERYDAY)}, {status}): {one}"


def differing_cases(plan: Plan, cases: Rows, parties: Rows, id_of: IdOf) -> Iterator[str]:
    """Every case whose state differs, with what is known of it on the last day.

    Rows of v1_cases and v1_case_parties.
    """
    answered: dict[str, list[str]] = defaultdict(list)
    for row in parties:
        days = row["acknowledged_day"] or "-", row["replied_day"] or "-"
        answered[row["case_id"]].append(f"{row['org']} {' '.join(days)}")
    found = {
        row["case_id"]: _state(
            row["status"], row["late"], row["notified_day"] or "-", answered[row["case_id"]]
        )
        for row in cases
    }
    planted = {case_id(finding_of(one.planted[0], id_of)): one for one in plan.handled if one.case}
    for case, handled in planted.items():
        expected = _planned_state(handled)
        if found.get(case) != expected:
            name = f"{handled.story.family}, {handled.course.name}: {handled.planted[0].one[1]}"
            yield f"case of {name}: planned {expected}, found {found.get(case)}"
    for case in sorted(found.keys() - planted.keys()):
        yield f"case {case} was not planned: {found[case]}"


def _planned_state(handled: Handled) -> str:
    case = handled.case
    if case is None:
        return ""
    parties = [
        f"{party.org} {_day(party.acknowledged)} {_day(party.replied)}" for party in case.parties
    ]
    return _state(case.status, case.late, _day(case.notified), parties)


def _state(status: str, late: str, notified: str, parties: Iterable[str]) -> str:
    return f"{status}, late: {late or '-'}, notified {notified}; {', '.join(sorted(parties))}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "-"


def differing_decisions(plan: Plan, rows: Rows) -> Iterator[str]:
    """What was decided, appealed or missed another number of times than planned, by its effect.

    Rows of v1_decisions.
    """
    planned: Counter[tuple[str, ...]] = Counter()
    for one in plan.handled:
        for act in one.acts:
            if act.step == "appeal":
                planned["appeal", act.org, "", act.reason, act.effect] += 1
            elif act.effect:
                planned["decision", act.org, act.step, act.reason, act.effect] += 1
        if one.course.silent:
            planned["deadline", one.silent_org, "dismiss", SILENCE, "applied"] += 1
    names = "act", "org", "decision", "reason", "effect"
    found = Counter(tuple(str(row[name]) for name in names) for row in rows)
    for said in sorted(planned.keys() | found.keys()):
        if planned[said] != found[said]:
            text = " ".join(part for part in said if part)
            yield f"{text}: planned {planned[said]}, counted {found[said]}"


def differing_counts(plan: Plan, rows: Rows, about_cases: Mapping[str, int]) -> Iterator[str]:
    """Organisations whose records became something else than planned; a row for each of them.

    `about_cases` counts what each sent about cases, beside its lists.
    """
    found = {
        row["org"]: Counts(int(row["accepted"]), int(row["duplicate"]), int(row["rejected"]))
        for row in rows
    }
    expected = plan.counts()
    for org, records in about_cases.items():
        planned = expected.get(org, NOTHING)
        expected[org] = replace(planned, accepted=planned.accepted + records)
    for org in sorted(expected.keys() | found.keys()):
        if expected.get(org, NOTHING) != found.get(org, NOTHING):
            yield f"records of {org}: planned {expected.get(org)}, counted {found.get(org)}"


NOTHING: Final = Counts()


def differing_rejections(plan: Plan, rows: Rows) -> Iterator[str]:
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


def failing_checks(rows: Rows) -> Iterator[str]:
    """The checks of v1_integrity that do not agree; a check that saw nothing is one of them."""
    if not rows:
        yield "v1_integrity has no row"
    for row in rows:
        if not row["ok"]:
            yield f"integrity {row['check_name']}: {row['left_count']} and {row['right_count']}"


def by_family(plan: Plan, rows: Rows, references: References) -> list[FamilyCount]:
    """The lines of the report, one for each family and one for everyday aid."""
    found: Counter[tuple[str, str]] = Counter(
        (plan.family_of.get(found_finding(row, references).one, EVERYDAY), str(row["status"]))
        for row in rows
    )
    planted = Counter(p.family for p in plan.planted if p.status != "withdrawn")
    stories = Counter(one.story.family for one in plan.handled) | {EVERYDAY: len(plan.households)}

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
