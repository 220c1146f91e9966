"""What decisions leave behind: each attempt a row, and the excess over what was confirmed."""

import uuid

from events import codec
from events.model import ADMINISTRATION
from tests.kit import ZERO_NONCE
from tests.unit.processors.registry.desk import KIZ, Desk


def test_a_confirmed_pair_stays_in_the_excess_and_is_shown_apart() -> None:
    desk = Desk().pays(1)
    assert desk.confirmed() == ["0.00"]
    assert desk.decides("confirm", "none") == "applied"
    assert (desk.excess(), desk.confirmed()) == (["6000.00"], ["6000.00"])
    assert (desk.case()["status"], desk.case()["findings"]) == ("closed", 0)
    assert desk.decides("dismiss", "moved") == "applied"
    assert (desk.excess(), desk.confirmed()) == (["0.00"], ["0.00"])


def test_a_confirmed_pair_that_is_revised_is_open_again_and_counts_as_that() -> None:
    desk = Desk().pays(1)
    desk.decides("confirm", "none")
    desk.system.say("AMEND STK NAKIT s1 basic-needs/cash/m 4000 2025-01 R=P01 version=3")
    assert desk.statuses() == ["open"]
    assert (desk.excess(), desk.confirmed()) == (["4000.00"], ["0.00"])


def test_the_excess_is_in_the_district_of_the_finding_that_opened_the_case() -> None:
    desk = Desk().pays(1)
    assert desk.districts() == {"TUR034026"}
    desk.system.say("UNH AID u1 basic-needs/cash/m 4000 2025-01 R=P01 district=TUR034018")
    assert desk.districts() == {"TUR034026"}
    amended = KIZ.format(n=1, month="2025-01")
    desk.system.say(f"AMEND {amended} version=3 district=TUR034018")
    assert desk.districts() == {"TUR034018"}


def test_every_attempt_is_a_row_of_its_own() -> None:
    """The account says the same of the same revision again, as facts.decision would name it."""
    desk = Desk().pays(1)
    finding, name = desk.first(), str(uuid.UUID(int=99, version=4))
    record = {
        "kind": "decision", "nonce": ZERO_NONCE, "decision_id": name, "decision": "confirm",
        "finding_id": finding["finding_id"], "revision": finding["revision"],
    }  # fmt: skip
    for version, reason in ((1, "stop-next"), (2, "stop-next"), (3, "none"), (4, "none")):
        line = codec.dumps(record | {"version": version, "reason": reason})
        signer = f"{ADMINISTRATION}/ayse"
        desk.system.send(desk.system.message(ADMINISTRATION, [line], signer=signer))
    rows = desk.decisions()
    assert [(row["version"], row["reason"], row["effect"]) for row in rows] == [
        (1, "stop-next", "notice-missing"),
        (2, "stop-next", "notice-missing"),
        (3, "none", "applied"),
        (4, "none", "stale-revision"),
    ]
    assert {(row["decision_id"], row["user"], row["role"]) for row in rows} == {
        (name, "ayse", "administrator")
    }
    assert len({(row["act"], row["decision_id"], *row["caused_by"]) for row in rows}) == 4


def test_two_missed_deadlines_of_one_day_are_two_rows() -> None:
    desk = Desk().pays(1)
    desk.system.say("UNH AID u1 rent/cash/m 4000 2025-01 R=P01")
    desk.system.say("BEL AID b1 rent/cash/m 4000 2025-01 R=P01")
    desk.step_to(6)
    rows = desk.decisions()
    assert len(rows) > 1
    assert {row["act"] for row in rows} == {"deadline"}
    assert len({tuple(row["caused_by"]) for row in rows}) == 1
    assert len({(row["act"], row["decision_id"], *row["caused_by"]) for row in rows}) == len(rows)
