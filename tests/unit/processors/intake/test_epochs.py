"""Epochs at the door: opened once, closed for ever, and whose tokens may come in."""

import uuid
from datetime import date
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from events import codec
from events.model import ADMINISTRATION, Assurance, FirstEpoch, Genesis, PolicyRules
from events.outputs import Row
from producers import facts
from tests.kit import ZERO_NONCE, System, public_hex, spoken, token, told

KEY = "ab" * 32
LINE = "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01"


def opened(*names: str, closed: tuple[str, ...] = ()) -> System:
    """A system with epochs, in the order of their opening; some of them closed again."""
    system = System.ready()
    for name in names:
        assert said(system, name) == ("accepted", "", "")
    for name in closed:
        assert said(system, name, 2, close=True) == ("accepted", "", "")
    return system


def said(system: System, name: str, version: int = 1, **more: Any) -> tuple[str, str, str]:
    """What a record about an epoch is answered."""
    signer, key = more.pop("signer", ADMINISTRATION), more.pop("key", KEY)
    fact = facts.token_epoch(name, key, more.pop("placeholders", ()), **more)
    return answered(system.control(**fact, version=version, signer=signer))


def answered(row: Row) -> tuple[str, str, str]:
    return row["disposition"], row["reason"], row["field"]


def sent(
    system: System,
    epoch: str,
    line: str = LINE,
    *,
    assurance: Assurance = Assurance.HMAC,
    **fields: Any,
) -> tuple[str, str]:
    """(reason of the message, reason of its only record) of a submission under an epoch."""
    org, _, record = told(line)
    lines = [codec.dumps(record | fields)]
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{epoch} {assurance} {lines} {system.offset}"))
    message = system.message(org, lines, assurance=assurance, epoch=epoch, submission_id=name)
    system.send(message)
    (outcome,) = system.outputs[-1]["submissions"]
    assert system.conserved()
    return outcome["reason"], outcome["rows"][0]["reason"] if outcome["rows"] else ""


TAKEN = ("", "")


def test_until_an_epoch_is_opened_no_name_is_refused() -> None:
    for epoch in ("e1", "e9", "a-b-c", "old-name", "-"):
        assert sent(System.ready(), epoch) == TAKEN


@pytest.mark.parametrize(
    ("epoch", "reason"),
    [
        ("e1", "epoch-closed"),
        ("e1-e2", "epoch-closed"),
        ("e1-e9", "epoch-closed"),
        ("e2", ""),
        ("e2-e3", ""),
        ("e3", ""),
        ("e3-e2", "unknown-epoch"),
        ("e2-e2", "unknown-epoch"),
        ("e2-e9", "unknown-epoch"),
        ("e2-e3-e4", "unknown-epoch"),
        ("e9", "unknown-epoch"),
        ("e2-", "unknown-epoch"),
        ("-", "unknown-epoch"),
        ("e2-none", "unknown-epoch"),
    ],
)
def test_of_partners_only_open_epochs_come_in_the_older_first(epoch: str, reason: str) -> None:
    system = opened("e1", "e2", "e3", "e4", closed=("e1",))
    assert sent(system, epoch) == (reason, "")
    field = system.outputs[-1]["submissions"][0]["field"]
    assert field == ("tokens_epoch" if reason else "")


def test_the_two_bodies_may_always_speak() -> None:
    system = opened("e1", closed=("e1",))
    record = {"kind": "partner", "nonce": ZERO_NONCE, "version": 1, "org": "NEW", "name": "New"}
    line = codec.dumps(record | {"mailbox": "a@b.example"})
    (rows,) = system.send(system.message(ADMINISTRATION, [line], epoch="e1"))
    assert rows[0]["disposition"] == "accepted"


def test_an_epoch_is_opened_once_and_closed_for_ever() -> None:
    system = System.ready()
    assert said(system, "e1", close=True) == ("rejected", "invalid-value", "status")
    assert said(system, "e1", 2) == ("rejected", "invalid-value", "version")
    assert said(system, "e1") == ("accepted", "", "")
    assert said(system, "e1") == ("duplicate", "", "")
    assert said(system, "e1", key="cd" * 32) == ("rejected", "id-conflict", "version")
    assert said(system, "e1", 2, key="cd" * 32) == ("rejected", "invalid-value", "public_key")
    assert said(system, "e1", 2, placeholders=[tuple(token("X"))]) == ("accepted", "", "")
    assert said(system, "e1", 4, close=True) == ("rejected", "invalid-value", "version")
    assert said(system, "e1", 3, close=True) == ("accepted", "", "")
    assert said(system, "e1", 4) == ("rejected", "invalid-value", "status")
    assert said(system, "e1", 4, close=True) == ("rejected", "invalid-value", "status")
    assert sent(system, "e1") == ("epoch-closed", "")


@pytest.mark.parametrize("name", ["none", "", "E1", "e-1", "epoch123"])
def test_a_name_is_one_to_seven_letters_and_digits(name: str) -> None:
    disposition, reason, field = said(System.ready(), name)
    assert (disposition, reason) == ("rejected", "invalid-value")
    assert field in ("epoch", "")


def test_only_the_administration_speaks_of_epochs() -> None:
    system = System.ready()
    for signer in ("KIZ", "SUPERVISOR"):
        assert said(system, "e1", signer=signer)[:2] == ("rejected", "not-allowed")


def test_an_epochs_placeholders_are_refused_until_it_is_closed() -> None:
    system = opened("e1")
    placeholder = token("P01")
    assert said(system, "e2", placeholders=[(placeholder[0], placeholder[1])])[0] == "accepted"
    assert sent(system, "e1-e2") == ("", "placeholder-identifier")
    assert said(system, "e2", 2, close=True)[0] == "accepted"
    assert sent(system, "e1") == TAKEN


def test_placeholders_of_epochs_stand_beside_the_policys() -> None:
    system = opened("e1")
    assert said(system, "e2", placeholders=[("tr.tckimlik", token("P02")[1])])[0] == "accepted"
    system.policy(2, "2025-01-01", placeholder_tokens=[token("P01")])
    assert sent(system, "e1") == ("", "placeholder-identifier")
    assert sent(system, "e1", LINE.replace("P01", "P02")) == ("", "placeholder-identifier")
    assert sent(system, "e1", LINE.replace("P01", "P03")) == TAKEN


def test_a_held_submission_forgets_nothing_of_the_epochs() -> None:
    system = opened("e1")
    assert said(system, "e2", placeholders=[("tr.tckimlik", token("X")[1])])[0] == "accepted"
    good = [codec.dumps(spoken(LINE.replace("k1", f"k{n}"))[2]) for n in range(20)]
    bad = [line.replace(token("P01")[1].encode(), token("X")[1].encode()) for line in good]
    (rows,) = system.send(system.message("KIZ", bad, epoch="e2"))
    assert {row["reason"] for row in rows} == {"submission-held"}
    assert sent(system, "e2") == TAKEN
    assert sent(system, "e9") == ("unknown-epoch", "")


# -- none: a submission without any token ---------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        "NEED KIZ n1 rent 2026-05-01 R=P01",
        "ENROL KIZ TEMEL e1 2026-01-01 R=P01",
        "SUCCEED KIZ u1 P01 P02",
        "ASK KIZ TEMEL q1 rent/cash/m 2026-05 R=P01",
    ],
)
def test_a_record_with_a_token_needs_an_epoch(line: str) -> None:
    assert sent(opened("e1"), "none", line) == ("", "epoch-missing")
    assert sent(System.ready(), "none", line) == ("", "epoch-missing")
    assert sent(opened("e1"), "e1", line) == TAKEN


def test_what_was_accepted_once_stays_a_duplicate() -> None:
    system = opened("e1")
    assert sent(system, "e1") == TAKEN
    record = spoken(LINE)[2]
    (rows,) = system.send(
        system.message(
            "KIZ",
            [codec.dumps(record)],
            epoch="none",
            submission_id="00000000-0000-4000-8000-000000000007",
        )
    )
    assert rows[0]["disposition"] == "duplicate"


def test_records_without_tokens_say_no_epoch_and_need_no_assurance() -> None:
    system = opened("e1", closed=("e1",))
    system.policy(2, "2025-01-01", refused_assurance=["hmac"])
    nobody = [{"role": "recipient", "tokens": []}]
    assert sent(system, "none", subjects=nobody) == TAKEN
    programme = {"kind": "programme", "nonce": ZERO_NONCE, "programme": "KIZ-NEW", "owner": "KIZ"}
    step = {
        "kind": "case-step",
        "nonce": ZERO_NONCE,
        "step_id": "1" * 8 + "-1111" * 3 + "-" + "1" * 12,
    }
    step |= {"case_id": "0" * 32, "step": "acknowledged"}
    lines = [codec.dumps(record | {"version": 1}) for record in (programme, step)]
    (rows,) = system.send(system.message("KIZ", lines, epoch="none"))
    assert [row["disposition"] for row in rows] == ["accepted"] * 2
    assert sent(system, "none", LINE.replace("k1", "k2")) == ("", "epoch-missing")
    assert sent(system, "e2", LINE.replace("k1", "k2")) == ("assurance-refused", "")


# -- evaluations ----------------------------------------------------------------------------------


COUNT: dict[str, Any] = facts.evaluations(1, date(2026, 5, 1), "KIZ", "e1", 1200)
BODY: dict[str, Any] = {
    "kind": "partner",
    "org": "KEYA",
    "name": "KEYA",
    "mailbox": "keys@keya.example",
}


def bodies(**numbers: int) -> System:
    """A system in which these bodies run the key servers of these numbers; 0: none."""
    system = System.ready()
    system.register(*numbers)
    for org, number in numbers.items():
        if number:
            fact = BODY | {"org": org, "version": 2, "key_server": number}
            assert answered(system.control(**fact))[0] == "accepted"
    return system


def test_a_key_servers_body_says_how_often_it_was_asked() -> None:
    system = bodies(KEYA=1)
    outputs = len(system.outputs)
    assert answered(system.control(**COUNT, signer="KEYA"))[0] == "accepted"
    more = COUNT | {"evaluations": 1300}
    assert answered(system.control(**more, signer="KEYA"))[1:] == ("id-conflict", "version")
    assert answered(system.control(**more, version=2, signer="KEYA"))[0] == "accepted"
    for output in system.outputs[outputs:]:
        assert (output["findings"], output["verdicts"], output["cases"]) == ([], [], [])
    other = facts.evaluations(2, date(2026, 5, 1), "KIZ", "e1", 1)
    assert other["evaluations_id"] != COUNT["evaluations_id"]


NOT_ITS = ("rejected", "not-your-key-server", "server")


@pytest.mark.parametrize("signer", ["KEYB", "STK", "KIZ"])
def test_nobody_counts_at_another_bodys_server(signer: str) -> None:
    """Or a rival could make KIZ look as if it tried numbers."""
    system = bodies(KEYA=1, KEYB=2)
    assert answered(system.control(**COUNT, signer=signer)) == NOT_ITS
    assert answered(system.control(**COUNT, signer=ADMINISTRATION))[1] == "not-allowed"
    assert answered(system.control(**COUNT, signer="KEYA"))[0] == "accepted"


def test_who_runs_no_key_server_counts_at_none() -> None:
    assert answered(bodies(KEYA=0).control(**COUNT, signer="KEYA")) == NOT_ITS


def test_a_body_lets_its_key_server_go_or_takes_another() -> None:
    system = bodies(KEYA=1)
    assert answered(system.control(**BODY, version=3))[0] == "accepted", "it runs none any more"
    assert answered(system.control(**COUNT, signer="KEYA")) == NOT_ITS
    moved = BODY | {"version": 4, "key_server": 7}
    assert answered(system.control(**moved))[0] == "accepted"
    assert answered(system.control(**COUNT, signer="KEYA")) == NOT_ITS
    seventh = facts.evaluations(7, date(2026, 5, 1), "KIZ", "e1", 3)
    assert answered(system.control(**seventh, signer="KEYA"))[0] == "accepted"


def test_one_body_follows_another_while_both_epochs_are_open() -> None:
    """KEYB runs server 1 of the next epoch; KEYA that of the last one goes on counting."""
    system = bodies(KEYA=1, KEYB=1)
    after = facts.evaluations(1, date(2026, 5, 1), "KIZ", "e2", 9)
    assert answered(system.control(**COUNT, signer="KEYA"))[0] == "accepted"
    assert answered(system.control(**after, signer="KEYB"))[0] == "accepted"


def test_an_older_version_that_comes_late_moves_no_key_server() -> None:
    system = System.ready()
    system.register("KEYA")
    for version, number in ((5, 1), (3, 2)):
        fact = BODY | {"version": version, "key_server": number}
        assert answered(system.control(**fact))[0] == "accepted"
    assert system.intake.world.key_servers == {"KEYA": 1}


def test_a_state_from_the_journal_knows_whose_each_key_server_is() -> None:
    system = bodies(KEYA=1, KEYB=2)
    for stored in range(len(system.blocks) + 1):
        assert system.restarted(stored).intake.world.key_servers == {"KEYA": 1, "KEYB": 2}


@pytest.mark.parametrize("fields", [{"server": 0}, {"server": 256}, {"evaluations": -1}])
def test_a_count_has_its_bounds(fields: dict[str, int]) -> None:
    fact = COUNT | fields
    assert answered(bodies(KEYA=1).control(**fact, signer="KEYA"))[:2] == (
        "rejected",
        "invalid-value",
    )


# -- from the first day on ------------------------------------------------------------------------

BEGUN = (FirstEpoch(epoch="e1", public_key=KEY), FirstEpoch(epoch="e2", public_key="cd" * 32))


def test_what_genesis_opens_counts_and_nothing_else() -> None:
    assert sent(System.ready(epochs=BEGUN[:1]), "e1") == TAKEN
    assert sent(System.ready(epochs=BEGUN[:1]), "e2") == ("unknown-epoch", "")
    system = System.ready(epochs=BEGUN)
    assert sent(system, "e2-e1") == ("unknown-epoch", "")
    for epoch in ("e1", "e2", "e1-e2"):
        assert sent(System.ready(epochs=BEGUN), epoch) == TAKEN


def test_an_epoch_of_genesis_is_said_again_and_closed_like_any_other() -> None:
    system = System.ready(epochs=BEGUN[:1])
    assert said(system, "e1", key="cd" * 32) == ("rejected", "invalid-value", "public_key")
    assert said(system, "e1", placeholders=[tuple(token("P01"))]) == ("accepted", "", "")
    assert sent(system, "e1") == ("", "placeholder-identifier")
    assert said(system, "e2", key="cd" * 32) == ("accepted", "", "")
    assert sent(system, "e1-e2", LINE.replace("P01", "P02")) == TAKEN
    assert said(system, "e1", 2, close=True) == ("accepted", "", "")
    assert sent(system, "e1") == ("epoch-closed", "")
    # one that was never said again can be closed as well
    other = System.ready(epochs=BEGUN)
    assert said(other, "e1", 1, close=True) == ("accepted", "", "")
    assert (sent(other, "e1"), sent(other, "e2")) == (("epoch-closed", ""), TAKEN)


def test_no_more_epochs_begin_than_may_overlap() -> None:
    with pytest.raises(ValidationError):
        Genesis(
            kind="genesis",
            first_day=date(2025, 1, 1),
            test_mode=True,
            root_keys=System().root_keys(),
            policy=PolicyRules(),
            epochs=(*BEGUN, FirstEpoch(epoch="e3", public_key=KEY)),
        )


# -- a restart ------------------------------------------------------------------------------------


def test_a_state_from_the_journal_knows_the_same_epochs() -> None:
    system = opened("e1", "e2", closed=("e1",))
    for stored in range(len(system.blocks) + 1):
        twin = system.restarted(stored)
        assert twin.intake.world.epochs == system.intake.world.epochs
        assert sent(twin, "e1") == ("epoch-closed", "")
        assert sent(twin, "e2") == TAKEN


def test_a_state_of_before_epochs_is_read() -> None:
    system = System.ready()
    saved = {k: v for k, v in system.intake.save().items() if v is not None}
    world = codec.dumps({k: v for k, v in _world(saved[b"w"]).items() if k != "epochs"})
    system.intake_store.write(saved | {b"w": world})
    system.reopen()
    assert system.intake.world.epochs == {}
    assert public_hex("KIZ") in {
        key["public"] for key in system.intake.world.trust.signers.values()
    }


def _world(value: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(value)
    return found
