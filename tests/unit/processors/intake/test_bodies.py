"""Two bodies: neither can speak for the other, and a policy needs both."""

from typing import Any

import orjson
import pytest

from events import codec
from events.model import ADMINISTRATION, SUPERVISOR
from processors.intake.state import FACTS, LAYOUT, IntakeState
from processors.layout import OtherLayout
from processors.overlay import Overlay
from tests.kit import ZERO_NONCE, System, public_hex, token, told

LINE = "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01"


def said(system: System, signer: str, **fact: Any) -> tuple[str, str]:
    """(reason, field) of a key record; two empty texts if it was accepted."""
    row = system.control("key", fact.pop("version", 1), signer, **fact)
    return row["reason"], row["field"]


# -- keys ----------------------------------------------------------------------------------------


def test_neither_body_adds_a_key_to_the_other() -> None:
    system = System.ready()
    key = public_hex("new")
    assert said(system, ADMINISTRATION, org=SUPERVISOR, public_key=key) == ("not-allowed", "org")
    assert said(system, SUPERVISOR, org=ADMINISTRATION, public_key=key) == ("not-allowed", "org")
    assert said(system, SUPERVISOR, org="KIZ", public_key=key) == ("not-allowed", "org")
    assert said(system, SUPERVISOR, org=SUPERVISOR, public_key=key) == ("", "")
    again = {"org": SUPERVISOR, "public_key": key, "version": 2, "status": "revoked"}
    assert said(system, ADMINISTRATION, **again) == ("not-allowed", "org")
    assert said(system, SUPERVISOR, **again) == ("", "")


def test_a_system_begun_without_a_supervisor_never_gets_one() -> None:
    system = System.ready(supervised=False)
    row = system.control("partner", org=SUPERVISOR, name="x", mailbox="a@b.example")
    assert (row["reason"], row["field"]) == ("not-allowed", "org")
    key = public_hex(SUPERVISOR)
    assert said(system, ADMINISTRATION, org=SUPERVISOR, public_key=key) == ("not-allowed", "org")


@pytest.mark.parametrize(
    ("org", "role"),
    [
        ("KIZ", "administrator"),
        ("KIZ", "supervisor"),
        (ADMINISTRATION, "supervisor"),
        (ADMINISTRATION, "focal-person"),
        (SUPERVISOR, "administrator"),
    ],
)
def test_a_role_belongs_to_its_body(org: str, role: str) -> None:
    signer = SUPERVISOR if org == SUPERVISOR else ADMINISTRATION
    fact = {"org": org, "public_key": public_hex("u"), "user": "u", "role": role}
    assert said(System.ready(), signer, **fact) == ("not-allowed", "role")


def test_a_key_stays_its_accounts() -> None:
    system = System.ready()
    fact = {"org": "KIZ", "public_key": public_hex("u"), "user": "u", "role": "focal-person"}
    assert said(system, ADMINISTRATION, **fact) == ("", "")
    other = fact | {"user": "somebody", "version": 2}
    assert said(system, ADMINISTRATION, **other) == ("not-allowed", "user")
    unnamed = {"org": "KIZ", "public_key": public_hex("u"), "version": 2}
    assert said(system, ADMINISTRATION, **unnamed) == ("not-allowed", "user")
    assert said(system, ADMINISTRATION, **fact, version=2, status="revoked") == ("", "")


@pytest.mark.parametrize("org", [ADMINISTRATION, SUPERVISOR])
def test_each_body_keeps_a_key_of_its_own_whatever_accounts_it_has(org: str) -> None:
    system = System.ready()
    role = {ADMINISTRATION: "administrator", SUPERVISOR: "supervisor"}[org]
    account = {"org": org, "public_key": public_hex("u"), "user": "u", "role": role}
    assert said(system, org, **account) == ("", "")
    last = {"org": org, "public_key": public_hex(org), "version": 2, "status": "revoked"}
    assert said(system, org, **last) == ("not-allowed", "status")


def test_a_policy_that_refuses_an_assurance_can_be_taken_back() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", refused_assurance=["hmac"])
    message = system.message("KIZ", [codec.dumps(told(LINE)[2])])
    assert system.send(message) == [[]]
    assert system.outputs[-1]["submissions"][0]["reason"] == "assurance-refused"
    assert system.policy(3, "2025-01-01")["disposition"] == "accepted"
    assert system.say(LINE)["disposition"] == "accepted"


# -- the policy ----------------------------------------------------------------------------------


def row_of(system: System, signer: str, **fact: Any) -> tuple[str, str]:
    """(reason, field) of a policy's signature."""
    row = system.control("policy-signature", 1, signer, **fact)
    return row["reason"], row["field"]


def test_a_policy_is_in_force_only_when_both_have_signed() -> None:
    system = System.ready()
    before = system.intake.world.rules
    assert system.propose(2, "2025-01-01", held_records=50)["disposition"] == "accepted"
    assert system.intake.world.rules is before
    assert system.sign(2)["disposition"] == "accepted"
    assert system.intake.world.rules["held_records"] == 50


def test_the_door_follows_a_policy_from_its_day_on() -> None:
    system = System.ready()
    system.policy(2, "2025-01-10", refused_assurance=["hmac"], placeholder_tokens=[token("P07")])
    system.step("2025-01-09")
    assert system.say(LINE)["disposition"] == "accepted"
    assert system.say(LINE.replace("k1", "k7").replace("P01", "P07"))["disposition"] == "accepted"
    system.step("2025-01-10")
    message = system.message("KIZ", [codec.dumps(told(LINE)[2])])
    assert system.send(message) == [[]]
    system.policy(3, "2025-01-01", placeholder_tokens=[token("P07")])
    row = system.say(LINE.replace("k1", "k8").replace("P01", "P07"))
    assert row["reason"] == "placeholder-identifier", "signed last, and its day has come"


def test_a_signature_is_under_one_content() -> None:
    system = System.ready()
    system.propose(2, "2025-01-01", held_records=50)
    rec = next(i["rec"] for i in reversed(system.items()) if i["t"] == "rec")
    right = codec.content_hash(rec, []).hex()
    wrong = codec.content_hash(rec | {"in_force_from": "2025-01-02"}, []).hex()
    fact = {"policy_version": 2, "policy_digest": right}
    admins = row_of(system, ADMINISTRATION, **fact)
    assert admins == ("not-allowed", "")
    other = row_of(system, SUPERVISOR, **fact | {"policy_digest": wrong})
    assert other == ("unknown-policy", "policy_digest")
    unknown = row_of(system, SUPERVISOR, **fact | {"policy_version": 3})
    assert unknown == ("unknown-policy", "policy_version")
    assert row_of(system, SUPERVISOR, **fact) == ("", "")
    assert system.control("policy-signature", 1, SUPERVISOR, **fact)["disposition"] == "duplicate"


def test_an_older_proposal_cannot_be_signed_after_a_newer_one() -> None:
    system = System.ready()
    system.propose(2, "2025-01-01", held_records=50)
    digest = system.intake.world.policies.waiting[2].digest
    assert system.propose(3, "2025-01-01", held_records=60)["disposition"] == "accepted"
    assert system.sign(3)["disposition"] == "accepted"
    late = row_of(system, SUPERVISOR, policy_version=2, policy_digest=digest)
    assert late == ("unknown-policy", "policy_version")
    assert system.intake.world.rules["held_records"] == 60
    assert system.propose(4, "2025-01-01")["disposition"] == "accepted"


def test_the_placeholders_of_a_proposal_do_not_count_yet() -> None:
    system = System.ready()
    system.propose(2, "2025-01-01", placeholder_tokens=[token("P01")])
    assert system.say(LINE)["disposition"] == "accepted"
    system.sign(2)
    assert system.say(LINE.replace("k1", "k2"))["reason"] == "placeholder-identifier"


@pytest.mark.parametrize("stored", [0, 2, 4])
def test_a_state_that_was_rebuilt_knows_accounts_and_proposals(stored: int) -> None:
    system = System.ready()
    fact = {"org": "KIZ", "public_key": public_hex("u"), "user": "u", "role": "focal-person"}
    said(system, ADMINISTRATION, **fact)
    system.policy(2, "2025-01-01", held_records=50)
    system.propose(3, "2025-01-01", held_records=60)
    twin = system.restarted(stored)
    assert twin.intake.world == system.intake.world
    assert twin.sign(3)["disposition"] == "accepted"
    assert ZERO_NONCE not in str(twin.intake.world.trust)


# -- the state -----------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", [None, 0, LAYOUT + 1])
def test_a_state_of_another_layout_is_not_read(layout: int | None) -> None:
    system = System.ready()
    saved = orjson.loads(system.intake_store.get_many([FACTS])[0] or b"")
    saved["layout"] = layout
    if layout is None:
        del saved["layout"]
    system.intake_store.write({FACTS: orjson.dumps(saved)})
    with pytest.raises(OtherLayout, match=f"its layout is {layout or 0}, this version's is"):
        IntakeState(Overlay(system.intake_store))
