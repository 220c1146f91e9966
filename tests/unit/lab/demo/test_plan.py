"""The demo's plan against the whole chain as a function: what is planted is what is found."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from events import codec
from events.identity import TURKISH, identifier, is_placeholder
from events.model import ADMINISTRATION, ClockStep, PolicyRules, Programme, Stage
from events.outputs import FindingRevision, Row
from events.weak import DEFAULT_THRESHOLD, DEFAULT_WEIGHTS
from lab.demo.aid import Aid, at_risk, days_of, overlap, winter
from lab.demo.compare import (
    by_family,
    differing_counts,
    differing_findings,
    differing_prevention,
    found_pair,
)
from lab.demo.focal import DESK, FocalPersons
from lab.demo.offers import OFFERS, ORGANISATIONS
from lab.demo.plan import EVERYDAY, FAMILIES, Counts, Plan, make_plan
from lab.population.households import districts, people_of
from lab.demo.records import Recorder
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
    """A plan told to a system without a broker, day by day."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.system = System(rules=RULES)
        self.recorder = Recorder(dict.fromkeys(ORGANISATIONS, b"r" * 32), lambda: ZERO_NONCE)
        self.recorder.prepare(plan.aids(), TOKENISER)
        self.rows: list[tuple[Aid, Row]] = []
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.focal = FocalPersons(plan, self.recorder.references, lambda: ZERO_NONCE)
        self.read = 0
        self._register()
        for day, by_org in plan.days.items():
            if day != plan.year.first:
                self.step(day)
            for org, aids in by_org.items():
                self.rows += zip(aids, self.send(org, aids), strict=True)
            self._answer_cases()

    def _answer_cases(self) -> None:
        fresh = self.system.outputs[self.read :]
        self.read = len(self.system.outputs)
        notices = [notice for output in fresh for notice in output["notices"]]
        for org, account, lines in self.focal.answer(notices):
            message = self.system.message(org, [line.data for line in lines], signer=account)
            self._count(org, self.system.send(message)[-1])

    def _register(self) -> None:
        self.system.register(*ORGANISATIONS)
        register_desk(self.system)
        self.counts[ADMINISTRATION]["accepted"] += 2 * len(ORGANISATIONS) + 1
        self.step(self.plan.year.first)
        self.counts[ADMINISTRATION]["accepted"] -= 1  # genesis sets this day in the real demo
        for offer in OFFERS:
            record = Programme(
                kind="programme", nonce=ZERO_NONCE, version=1, programme=offer.programme,
                owner=offer.org, complements=offer.complements,
            )  # fmt: skip
            self._count(offer.org, self._submit(offer.org, [codec.record_line(record)]))

    def step(self, day: date) -> None:
        step = ClockStep(kind="clock-step", nonce=ZERO_NONCE, version=1, day=day)
        self._count(ADMINISTRATION, self._submit(ADMINISTRATION, [codec.record_line(step)]))

    def send(self, org: str, aids: list[Aid]) -> list[Row]:
        rows = self._submit(org, [codec.record_line(self.recorder.record(aid)) for aid in aids])
        self._count(org, rows)
        return rows

    def _submit(self, org: str, lines: list[bytes]) -> list[Row]:
        return self.system.send(self.system.message(org, lines))[-1]

    def _count(self, org: str, rows: list[Row]) -> None:
        self.counts[org].update(row["disposition"] for row in rows)

    def findings(self) -> list[FindingRevision]:
        return list(self.system.findings().values())


def register_desk(system: System) -> None:
    """The account of the administration's desk."""
    key = public_hex(DESK)
    row = system.control("key", org=ADMINISTRATION, public_key=key, user=DESK, role="administrator")
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
    assert len(missed) == sum(p.reason == "deadline-missed" for p in plan.planted) > 0


def test_every_record_is_answered_as_planned(told: Told) -> None:
    for aid, row in told.rows:
        verdict = row["answer"]["verdict"] if row["answer"] else ""
        said = row["disposition"], row["reason"], verdict
        assert said == (aid.disposition, aid.reason, aid.verdict), told.plan.family_of[aid.where]


def test_the_counts_by_organisation_are_as_planned(plan: Plan, told: Told) -> None:
    rows = [
        {"org": org, **{name: counts[name] for name in ("accepted", "duplicate", "rejected")}}
        for org, counts in told.counts.items()
    ]
    assert list(differing_counts(plan, rows, told.focal.spoken)) == []


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
    name = str(found_pair(first, references))
    without = [row for row in rows if row is not first]
    assert next(differing_findings(plan, without, references)).endswith(name)
    assert "found, not planted" in "".join(differing_findings(plan, [*rows, first], references))
    wrong = FindingRevision(**{**first, "amount_at_risk": "0.01"})
    both = list(differing_findings(plan, [*without, wrong], references))
    assert len(both) == 2
    assert any("0.01" in line for line in both)


def test_a_count_that_differs_is_named(plan: Plan) -> None:
    lines = list(differing_counts(plan, [], {}))
    assert len(lines) == len(ORGANISATIONS) + 1
    assert Counts(0, 0, 0) not in plan.counts().values()


# -- the plan itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("month", range(1, 13))
def test_a_year_may_begin_in_any_month(month: int) -> None:
    plan = make_plan(month, 400, date(2025, month, 28), districts())
    assert all(plan.year.first <= aid.sent <= plan.year.last for aid in plan.aids())


def test_the_same_seed_gives_the_same_plan() -> None:
    one, two = (make_plan(3, 400, FIRST, districts()) for _ in range(2))
    assert list(one.aids()) == list(two.aids())
    assert one.planted == two.planted
    assert list(one.aids()) != list(make_plan(4, 400, FIRST, districts()).aids())


def test_too_few_households_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        make_plan(3, 399, FIRST, districts())


def test_people_have_valid_numbers_of_their_own_and_all_districts_are_there(plan: Plan) -> None:
    numbers = [person.number for person in people_of(plan.households)]
    assert len(set(numbers)) == len(numbers)
    assert any(number.startswith("99") for number in numbers)
    for number in numbers:
        assert identifier("", number) == (TURKISH, number)
        assert not is_placeholder(TURKISH, number)
    assert {home.district for home in plan.households} == set(districts())
    assert len(districts()) == 39
    assert {len(home.people) for home in plan.households} >= set(range(1, 8))


def test_names_are_turkish_and_arabic(plan: Plan) -> None:
    names = " ".join(person.name for person in people_of(plan.households))
    assert any("؀" <= char <= "ۿ" for char in names)
    assert any(char in "ğışİŞÖÜ" for char in names)


def test_no_record_of_everyday_aid_can_meet_another(plan: Plan) -> None:
    by_person: dict[tuple[str, str, bool], list[Aid]] = defaultdict(list)
    for aid in plan.aids():
        if plan.family_of[aid.where] != EVERYDAY or aid.stage is Stage.PLANNED:
            continue
        for seat in aid.seats:
            key = seat.person.number, aid.offer.purpose.value, aid.offer.is_money
            by_person[key].append(aid)
    for (_, purpose, _), aids in by_person.items():
        for one, two in combinations(aids, 2):
            same_child = purpose == "education" and one.seats[1] != two.seats[1]
            assert same_child or days_of(overlap(one.effective, two.effective)) <= 0, (one, two)


def test_all_organisations_and_many_programmes_give_aid(plan: Plan) -> None:
    assert {aid.org for aid in plan.aids()} == set(ORGANISATIONS)
    assert {aid.offer.programme for aid in plan.aids()} == {offer.programme for offer in OFFERS}


def test_every_programme_is_owned_by_an_organisation() -> None:
    assert {offer.org for offer in OFFERS} == set(ORGANISATIONS)


# -- the planter's arithmetic --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 11, 1), (date(2025, 11, 1), date(2026, 4, 1))),
        (date(2026, 3, 31), (date(2025, 11, 1), date(2026, 4, 1))),
        (date(2026, 8, 1), (date(2026, 11, 1), date(2027, 4, 1))),
    ],
)
def test_winter(day: date, expected: tuple[date, date]) -> None:
    assert winter(day) == expected


def test_the_amount_at_risk_is_that_of_the_published_examples(plan: Plan) -> None:
    """S02 and S16 of the acceptance scenarios."""
    rent = next(aid for aid in plan.aids() if aid.offer.programme == "BELA-KIRA")
    assert (
        _risk(rent, (9300_00, "2026-05-01", "2026-06-01"), (6000_00, "2026-05-17", "2026-06-16"))
        == 3000_00
    )
    assert (
        _risk(rent, (9000_00, "2026-05-01", "2026-06-01"), (8000_00, "2026-05-10", "2026-06-10"))
        == 5677_42
    )


def _risk(aid: Aid, *sides: tuple[int, str, str]) -> int | None:
    one, two = (
        replace(aid, amount=amount, covers=(date.fromisoformat(start), date.fromisoformat(end)))
        for amount, start, end in sides
    )
    return at_risk(one, two)
