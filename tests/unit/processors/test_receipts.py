"""Receipts: each partner is told of its own submissions, and nothing else."""

from events import codec
from events.ids import receipt_id
from events.outputs import RegistryOutput, SubmissionOutcome
from processors.receipts import HEARTBEAT_SEQS, joined, receipts_of
from tests.kit import System, spoken

RENT = "rent/cash/m 600 2026-05 R=P01"
ANSWER = {
    "verdict",
    "basis",
    "purpose",
    "window_from",
    "window_to",
    "focal",
    "policy",
    "assurance",
    "answered_day",
}


def block(seq: int, *orgs: str) -> RegistryOutput:
    """An output with one refused submission of each organisation."""
    refused = [
        SubmissionOutcome(
            org=org,
            submission_id="",
            offset=0,
            assurance="",
            records=1,
            reason="unknown-key",
            field="",
            rows=[],
        )
        for org in orgs
    ]
    return RegistryOutput(
        part=0,
        parts=1,
        v=1,
        seq=seq,
        block="",
        day="",
        submissions=refused,
        findings=[],
        verdicts=[],
        cases=[],
        decisions=[],
        excess=[],
        notices=[],
    )


def test_a_block_concerns_those_who_sent_it() -> None:
    receipts = receipts_of(block(5, "STK", "KIZ", "STK", "", "NOBODY"), ["KIZ", "BEL", "STK"])
    assert [(r["org"], len(r["submissions"])) for r in receipts] == [("KIZ", 1), ("STK", 2)]
    assert {s["org"] for r in receipts for s in r["submissions"] if r["org"] == "STK"} == {"STK"}
    assert [r["seq"] for r in receipts] == [5, 5]
    assert [r["receipt_id"] for r in receipts] == [receipt_id("KIZ", 5), receipt_id("STK", 5)]


def test_everybody_gets_a_heartbeat_each_thousand_blocks() -> None:
    beats = [
        seq for seq in range(2 * HEARTBEAT_SEQS + 1) if receipts_of(block(seq), ["KIZ", "BEL"])
    ]
    assert beats == [HEARTBEAT_SEQS - 1, 2 * HEARTBEAT_SEQS - 1]
    receipts = receipts_of(block(HEARTBEAT_SEQS - 1, "KIZ"), ["KIZ", "BEL"])
    assert [(r["org"], len(r["submissions"])) for r in receipts] == [("BEL", 0), ("KIZ", 1)]


def test_ids_tell_partners_and_blocks_apart() -> None:
    ids = {receipt_id(org, seq) for org in ("KIZ", "KIZ1", "STK") for seq in (1, 11, 111)}
    assert len(ids) == 9


def test_who_joined() -> None:
    system = System()
    system.register("KIZ", "STK")
    assert joined(system.outputs[-1]) == ["KIZ", "STK"]
    system.control("partner", 1, org="KIZ", name="KIZ", mailbox="focal@kiz.example")
    assert joined(system.outputs[-1]) == []  # a duplicate
    system.control("partner", 1, org="BEL", name="BEL", mailbox="not an address")
    assert joined(system.outputs[-1]) == []  # refused


def test_a_receipt_discloses_the_answer_and_nothing_of_the_other() -> None:
    system = System.ready()
    system.say(f"KIZ TEMEL k1 {RENT} M=P02,P03 district=TUR034018 household_size=7")
    system.say(f"STK RENT s1 {RENT.replace('600', '800')}")
    told, receipt = receipts_of(system.outputs[-1], ["KIZ", "STK"])
    assert (told["org"], told["submissions"], receipt["org"]) == ("KIZ", [], "STK")
    answer = receipt["submissions"][0]["rows"][0]["answer"]
    assert answer is not None
    assert set(answer) == ANSWER
    text = codec.dumps(receipt).decode()
    _, _, theirs = spoken(f"KIZ TEMEL k1 {RENT}")
    for secret in ("600", "TUR034018", "TEMEL", theirs["assistance_id"], "household", "KIZ"):
        assert secret not in text
    # the other side is asked about the case, and learns as little
    assert [(one["kind"], one["assistance_id"]) for one in told["notices"]] == [
        ("case-opened", theirs["assistance_id"])
    ]
    text = codec.dumps(told).decode()
    _, _, ours = spoken(f"STK RENT s1 {RENT}")
    for secret in ('"800', "RENT", ours["assistance_id"], "household", "STK"):
        assert secret not in text
