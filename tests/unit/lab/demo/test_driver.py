"""The demo's driver on a system without a broker: order, window, answers, silence."""

from dataclasses import replace

import pytest

from events.codec import header
from events.model import ADMINISTRATION, SUPERVISOR, Assurance
from events.outputs import OUTPUT_VERSION, Receipt
from infra.errors import SystemUnavailable
from lab.demo import driver as driver_module
from lab.demo.aid import Aid
from lab.demo.cases import ACCOUNTS
from lab.demo.driver import Driver, Step
from lab.demo.feed import Headers
from lab.demo.offers import ORGANISATIONS
from lab.demo.plan import Plan, make_plan
from lab.demo.records import Recorder
from lab.population.households import districts
from producers.batching import Signer
from producers.tokens import HmacTokeniser
from tests.fakes.tokeniser import FakeTokeniser
from tests.kit import FIRST_DAY, ZERO_NONCE, System, private_key, public_hex
from tests.unit.lab.demo.test_plan import RULES, register_accounts

TOKENISER = HmacTokeniser(b"k" * 32)


class PureWire:
    """`Wire` on the chain as a function. Answers wait until they are asked for."""

    def __init__(self, *, mute: bool = False) -> None:
        self.system = System(rules=RULES)
        self.system.register(*ORGANISATIONS)
        register_accounts(self.system)
        self.orgs: list[str] = []
        self.mute = mute
        self.now = 0.0
        self.most_waiting = self.waiting = 0
        self._answers: list[Receipt] = []

    def send(self, headers: Headers, value: bytes) -> None:
        org = header(headers, "ce_source")
        self.orgs.append(org)
        self.waiting += value.count(b"\n")
        self.most_waiting = max(self.most_waiting, self.waiting)
        self.system.send(self.system.raw(headers, value))
        output = self.system.outputs[-1]
        self._answers.append(
            Receipt(
                v=OUTPUT_VERSION,
                receipt_id="",
                org=org,
                seq=output["seq"],
                submissions=output["submissions"],
                notices=output["notices"],
            )
        )

    def clock(self) -> float:
        return self.now

    def drained(self) -> list[Receipt]:
        answers, self._answers, self.waiting = self._answers, [], 0
        return answers

    def receipts(self, seconds: float) -> list[Receipt]:
        self.now += seconds
        if self.mute or not seconds:
            return []
        answers, self._answers, self.waiting = self._answers, [], 0
        return answers


def drive(wire: PureWire, plan: Plan) -> tuple[Driver, list[Step]]:
    steps: list[Step] = []
    recorder = recorder_of(plan)
    driver = Driver(wire, signers(), recorder, lambda: ZERO_NONCE, wire.clock, steps.append)
    driver.publish(plan)
    return driver, steps


def signers(**foreign: str) -> dict[str, Signer]:
    """Who signs; `foreign` names the organisations that sign with another one's key."""
    bodies = (*ORGANISATIONS, ADMINISTRATION, SUPERVISOR)
    who = dict(zip(bodies, bodies, strict=True)) | ACCOUNTS
    return {
        name: Signer(org, private_key(foreign.get(name, name)), Assurance.HMAC, "e1")
        for name, org in who.items()
    }


def recorder_of(plan: Plan) -> Recorder:
    recorder = Recorder(dict.fromkeys(ORGANISATIONS, b"r" * 32), lambda: ZERO_NONCE)
    recorder.prepare(plan.entries(), TOKENISER)
    return recorder


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(11, 400, FIRST_DAY, districts())


def test_each_organisation_asks_for_its_own_people(plan: Plan) -> None:
    """And at once: nothing is left to be asked for record by record."""
    recorder = Recorder(dict.fromkeys(ORGANISATIONS, b"r" * 32), lambda: ZERO_NONCE)
    asked = {}
    for org in ORGANISATIONS:
        tokeniser = FakeTokeniser()
        recorder.prepare((one for one in plan.entries() if one.org == org), tokeniser)
        asked[org] = tokeniser.asked
    assert all(asked.values())
    assert all(recorder.record(entry).subjects for entry in plan.entries())


def test_a_year_is_published_day_by_day_and_every_answer_is_as_planned(plan: Plan) -> None:
    wire = PureWire()
    driver, steps = drive(wire, plan)
    assert driver.differences == []
    days = [step.day for step in steps]
    assert days[: len(plan.days)] == list(plan.days)
    total = sum(1 for _ in plan.entries())
    assert steps[-1] == Step(plan.year.last, total, total, total)
    assert wire.orgs[: len(ORGANISATIONS)] == list(ORGANISATIONS)  # programmes first
    # genesis has set the first day; beside the days there is only what the desks say of cases
    acts = [act for one in plan.handled for act in one.acts if act.org == ADMINISTRATION]
    assert driver.about_cases[ADMINISTRATION] == len(acts) > 100
    steps_of_the_clock = len(plan.days) - 1
    assert 0 < wire.orgs.count(ADMINISTRATION) - steps_of_the_clock <= len(acts)
    assert wire.system.outputs[-1]["day"] == plan.year.last.isoformat()


def test_no_more_is_sent_than_may_wait(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "IN_FLIGHT_RECORDS", 30)
    wire = PureWire()
    drive(wire, plan)
    a_day = max(sum(map(len, by_org.values())) for by_org in plan.days.values())
    assert 30 < wire.most_waiting <= 30 + a_day + 40  # a day more, and the programmes


def test_another_answer_than_planned_is_named(plan: Plan) -> None:
    day, by_org = next((day, by_org) for day, by_org in plan.days.items() if by_org)
    org, aids = next(iter(by_org.items()))
    assert isinstance(aids[0], Aid)
    wrong = replace(aids[0], verdict="covered")
    days = plan.days | {day: by_org | {org: [wrong, *aids[1:]]}}
    driver, _ = drive(PureWire(), replace(plan, days=days))
    (line,) = driver.differences
    assert wrong.reference in line
    assert "expected accepted covered, got accepted clear" in line


def test_a_submission_refused_as_a_whole_is_named(plan: Plan) -> None:
    wire = PureWire()
    wire.system.register("BELA")  # whose key has ended
    public = public_hex("BELA")
    wire.system.control("key", 2, org="BELA", public_key=public, status="revoked")
    recorder = recorder_of(plan)
    driver = Driver(wire, signers(), recorder, lambda: ZERO_NONCE, wire.clock, lambda step: None)
    driver.publish(plan)
    assert driver.differences
    assert all("BELA" in line for line in driver.differences if "revoked-key" in line)
    assert any("revoked-key" in line for line in driver.differences)


def test_silence_is_trouble_after_a_minute(plan: Plan) -> None:
    with pytest.raises(SystemUnavailable, match="No answer for 60 seconds"):
        drive(PureWire(mute=True), plan)
