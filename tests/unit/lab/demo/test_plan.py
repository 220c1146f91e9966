"""The demo's plan against the whole chain as a function: what is planted is what is found."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from events import codec
from events.model import ADMINISTRATION, SUPERVISOR, ClockStep, PolicyRules, Programme
from events.outputs import CaseRevision, FindingRevision, Row
from events.weak import DEFAULT_THRESHOLD, DEFAULT_WEIGHTS
from lab.demo.aid import Entry, expected_answer
from lab.demo.cases import ACCOUNTS, RARE
from lab.demo.casework import Casework
from lab.demo.compare import (
    by_family,
    differing_cases,
    differing_counts,
    differing_decisions,
    differing_findings,
    differing_prevention,
    found_finding,
)
from lab.demo.offers import OFFERS, ORGANISATIONS
from lab.demo.plan import EVERYDAY, FAMILIES, Counts, Plan, make_plan
from lab.demo.records import Recorder
from lab.population.households import districts
from producers.tokens import HmacTokeniser, placeholder_tokens
from tests.kit import ZERO_NONCE, System, public_hex

FIRST = date(2025, 11, 22)
TOKENISER = HmacTokeniser(b"k" * 32)
RULES = PolicyRules(
    placeholder_tokens=placeholder_tokens(TOKENISER),
    weak_weights=dict(DEFAULT_WEIGHTS),
    weak_threshold=DEFAULT_THRESHOLD,
)
"""As the first policy has them (office/bootstrap.py)."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(7, 400, FIRST, districts())


class Told:
    """A plan told to a system without a broker, day by day, as the driver does it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.system = System(rules=RULES)
        self.recorder = Recorder(dict.fromkeys(ORGANISATIONS, b"r" * 32), lambda: ZERO_NONCE)
        self.recorder.prepare(plan.entries(), TOKENISER)
        self.rows: list[tuple[Entry, Row]] = []
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        recorder = self.recorder
        self.casework = Casework(plan, recorder.references, recorder.id_of, lambda: ZERO_NONCE)
        self.read = 0
        self._register()
        for day, by_org in plan.days.items():
            if day != plan.year.first:
                self.step(day)
            for org, entries in by_org.items():
                self.rows += zip(entries, self.send(org, entries), strict=True)
            if plan.year.is_case_day(day):
                self._work_on_cases(day)

    def _work_on_cases(self, day: date) -> None:
        fresh = self.system.outputs[self.read :]
        self.read = len(self.system.outputs)
        notices = [notice for output in fresh for notice in output["notices"]]
        for org, account, lines in self.casework.on(day, notices):
            message = self.system.message(org, [line.data for line in lines], signer=account)
            self._count(org, self.system.send(message)[-1])

    def _register(self) -> None:
        self.system.register(*ORGANISATIONS)
        register_accounts(self.system)
        self.counts[ADMINISTRATION]["accepted"] += 2 * len(ORGANISATIONS)
        for body in ACCOUNTS.values():
            self.counts[body]["accepted"] += 1
        self.step(self.plan.year.first)
        self.counts[ADMINISTRATION]["accepted"] -= 1  # genesis sets this day in the real demo
        for offer in OFFERS:
            record = Programme(
                kind="programme", nonce=ZERO_NONCE, version=1, programme=offer.programme,
                owner=offer.org, purpose=offer.purpose, complements=offer.complements,
            )  # fmt: skip
            self._count(offer.org, self._submit(offer.org, [codec.record_line(record)]))

    def step(self, day: date) -> None:
        step = ClockStep(kind="clock-step", nonce=ZERO_NONCE, version=1, day=day)
        self._count(ADMINISTRATION, self._submit(ADMINISTRATION, [codec.record_line(step)]))

    def send(self, org: str, entries: list[Entry]) -> list[Row]:
        records = [self.recorder.record(entry) for entry in entries]
        rows = self._submit(org, [codec.record_line(record) for record in records])
        self._count(org, rows)
        return rows

    def _submit(self, org: str, lines: list[bytes]) -> list[Row]:
        return self.system.send(self.system.message(org, lines))[-1]

    def _count(self, org: str, rows: list[Row]) -> None:
        self.counts[org].update(row["disposition"] for row in rows)

    def findings(self) -> list[FindingRevision]:
        return list(self.system.findings().values())

    def cases(self) -> list[CaseRevision]:
        outputs = self.system.outputs
        return list({case["case_id"]: case for out in outputs for case in out["cases"]}.values())


def register_accounts(system: System) -> None:
    """The accounts of the two bodies, each registered by its own."""
    for user, body in ACCOUNTS.items():
        role = "administrator" if body == ADMINISTRATION else "supervisor"
        row = system.control(
            "key", signer=body, org=body, public_key=public_hex(user), user=user, role=role
        )
        assert row["disposition"] == "accepted", row


@pytest.fixture(scope="module")
def told(plan: Plan) -> Told:
    return Told(plan)


def test_every_planted_finding_is_found_and_nothing_else(plan: Plan, told: Told) -> None:
    assert list(differing_findings(plan, told.findings(), told.recorder.references)) == []
    statuses = Counter(f["status"] for f in told.findings())
    assert statuses == Counter(p.status for p in plan.planted)
    assert statuses["confirmed"] > 0 < statuses["dismissed"]


def test_silence_is_what_dismisses_where_it_was_planted(plan: Plan, told: Told) -> None:
    missed = [
        row
        for output in told.system.outputs
        for row in output["decisions"]
        if row["act"] == "deadline"
    ]
    assert len(missed) == sum(bool(one.course.silent) for one in plan.handled) > 3


def test_every_case_stands_where_it_was_planned(plan: Plan, told: Told) -> None:
    """Notified, acknowledged and replied on its days; late where that was planted."""
    cases, id_of = told.cases(), told.recorder.id_of
    parties = [{"case_id": case["case_id"], **p} for case in cases for p in case["parties"]]
    assert list(differing_cases(plan, cases, parties, id_of)) == []
    late = Counter(case["late"] for case in cases if case["status"] == "open")
    assert 0 < late["administration"] + late["supervisor"] < late[""]
    steps = Counter(
        (bool(party["acknowledged_day"]), bool(party["replied_day"])) for party in parties
    )
    assert set(steps) == {(False, False), (True, False), (True, True)}
    assert {bool(case["notified_day"]) for case in cases if case["status"] == "open"} == {
        True,
        False,
    }
    assert list(differing_cases(plan, [*cases[1:], {**cases[0], "late": "x"}], parties, id_of))
    assert list(differing_cases(plan, cases[1:], parties, id_of))
    assert list(differing_cases(plan, cases, parties[1:], id_of))


def test_every_decision_has_the_effect_that_was_planned(plan: Plan, told: Told) -> None:
    rows = [row for output in told.system.outputs for row in output["decisions"]]
    assert list(differing_decisions(plan, rows)) == []
    said = {(row["act"], row["org"], row["effect"]) for row in rows}
    assert ("decision", ADMINISTRATION, "waits-for-second") in said
    assert ("decision", SUPERVISOR, "applied") in said
    assert {row["act"] for row in rows} == {"decision", "appeal", "deadline"}
    assert list(differing_decisions(plan, rows[1:]))


def test_each_rare_course_is_there_twice(plan: Plan) -> None:
    courses = Counter(one.course.name for one in plan.handled)
    assert all(courses[course.name] >= 2 for course in RARE)


def test_every_record_is_answered_as_planned(told: Told) -> None:
    for entry, row in told.rows:
        verdict = row["answer"]["verdict"] if row["answer"] else ""
        answer = row["disposition"], row["reason"], verdict
        assert answer == expected_answer(entry), told.plan.family_of[entry.where]


def test_the_counts_by_organisation_are_as_planned(plan: Plan, told: Told) -> None:
    rows = [
        {"org": org, **{name: counts[name] for name in ("accepted", "duplicate", "rejected")}}
        for org, counts in told.counts.items()
    ]
    assert list(differing_counts(plan, rows, told.casework.recorded)) == []


def test_prevented_payments_are_those_planned(plan: Plan, told: Told) -> None:
    last = {
        (v["org"], v["assistance_id"], v["version"]): v
        for output in told.system.outputs
        for v in output["verdicts"]
    }
    prevented = [
        v
        for v in last.values()
        if v["outcome"] == "cancelled-after-verdict" and v["answer"]["verdict"] == "covered"
    ]
    amount = sum(round(float(v["amount"]) * 100) for v in prevented)
    row = {"payments": len(prevented), "amount": f"{amount // 100}.{amount % 100:02d}"}
    assert list(differing_prevention(plan, row)) == []
    assert plan.prevented()


def test_the_report_has_a_line_for_every_family(plan: Plan, told: Told) -> None:
    lines = by_family(plan, told.findings(), told.recorder.references)
    assert [line.family for line in lines] == [*(f.name for f in FAMILIES), EVERYDAY]
    for line in lines:
        assert line.found == line.planted, line
        assert bool(line.planted) == line.is_finding, line


def test_a_finding_too_many_too_few_or_with_another_figure_is_named(plan: Plan, told: Told) -> None:
    rows, references = told.findings(), told.recorder.references
    first = next(row for row in rows if row["status"] == "open")
    name = str(found_finding(first, references))
    without = [row for row in rows if row is not first]
    assert next(differing_findings(plan, without, references)).endswith(name)
    assert "found, not planted" in "".join(differing_findings(plan, [*rows, first], references))
    wrong = FindingRevision(**{**first, "amount_at_risk": "0.01"})
    both = list(differing_findings(plan, [*without, wrong], references))
    assert len(both) == 2
    assert any("0.01" in line for line in both)


def test_a_count_that_differs_is_named(plan: Plan) -> None:
    lines = list(differing_counts(plan, [], {}))
    assert len(lines) == len(ORGANISATIONS) + 2
    assert Counts(0, 0, 0) not in plan.counts().values()


# -- the plan itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("month", range(1, 13))
def test_a_year_may_begin_in_any_month(month: int) -> None:
    plan = make_plan(month, 400, date(2025, month, 28), districts())
    assert all(plan.year.first <= one.sent <= plan.year.last for one in plan.entries())


def test_the_same_seed_gives_the_same_plan() -> None:
    one, two = (make_plan(3, 400, FIRST, districts()) for _ in range(2))
    assert list(one.entries()) == list(two.entries())
    assert one.planted == two.planted
    assert list(one.entries()) != list(make_plan(4, 400, FIRST, districts()).entries())


def test_too_few_households_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        make_plan(3, 399, FIRST, districts())


def test_all_organisations_and_many_programmes_give_aid(plan: Plan) -> None:
    assert {aid.org for aid in plan.aids()} == set(ORGANISATIONS)
    assert {aid.offer.programme for aid in plan.aids()} == {offer.programme for offer in OFFERS}


def test_every_programme_is_owned_by_an_organisation() -> None:
    assert {offer.org for offer in OFFERS} == set(ORGANISATIONS)
