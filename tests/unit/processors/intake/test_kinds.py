"""Every kind of record at the door: who may say it, and what of it lies open in the journal."""

import hashlib
import uuid
from typing import Any

import pytest

from events import codec
from events.model import ADMINISTRATION, SUPERVISOR
from processors.intake import quotas
from tests.kit import ZERO_NONCE, System, public_hex, spoken, token
from tests.speech import told

UUID = "3f0c9a52-7d1e-4b6a-9c55-0e1d2c3b4a59"
FINDING = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
LINES = {
    "need": "NEED KIZ n1 rent 2025-01-01 R=P01 M=P02",
    "enrolment": "ENROL KIZ TEMEL e1 2025-01-01 R=P01",
    "succession": "SUCCEED KIZ s1 P01 P02",
    "inquiry": "ASK KIZ TEMEL q1 rent/cash/m 2026-05 R=P01",
}
DECISION: dict[str, Any] = {
    "finding_id": FINDING,
    "revision": 1,
    "decision": "dismiss",
    "reason": "top-up",
}
STEP: dict[str, Any] = {"step_id": UUID, "case_id": FINDING}
APPEAL: dict[str, Any] = {
    "appeal_id": UUID,
    "finding_id": FINDING,
    "revision": 1,
    "ground": "moved",
}


def account(system: System, org: str, role: str, user: str = "ayse") -> str:
    """Register an account's key; the name under which the kit knows it."""
    signer = SUPERVISOR if org == SUPERVISOR else ADMINISTRATION
    row = system.control(
        "key", 1, signer, org=org, public_key=public_hex(user), user=user, role=role
    )
    assert row["disposition"] == "accepted", row
    return user


def sent(
    system: System, org: str, kind: str, fields: dict[str, Any], signer: str = ""
) -> tuple[str, str]:
    """(reason, field) of a record; two empty texts if it was accepted."""
    line = codec.dumps({"kind": kind, "nonce": ZERO_NONCE, "version": 1} | fields)
    place = hashlib.sha256(f"{org}|{signer}".encode() + line).digest()
    submission_id = str(uuid.UUID(bytes=place[:16], version=4))
    message = system.message(org, [line], signer=signer, submission_id=submission_id)
    row = system.send(message)[-1][0]
    return row["reason"], row["field"]


OK = ("", "")


# -- records about families ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", LINES)
def test_a_record_becomes_a_fact_once_with_its_people_sealed(kind: str) -> None:
    system = System.ready()
    assert system.say(LINES[kind])["disposition"] == "accepted"
    assert system.say(LINES[kind])["disposition"] == "duplicate"
    recs = [item["rec"] for item in system.items() if item["t"] == "rec"]
    (found,) = [rec for rec in recs if rec["kind"] == kind]
    assert "subjects" not in found
    assert "nonce" not in found
    assert token("P01")[1].encode() not in b"".join(system.blocks)
    # other people under the same version are another content
    org, _, record = told(LINES[kind].replace("P01", "P09"))
    assert system.submit(org, record)[0]["reason"] == "id-conflict"
    assert system.conserved()


@pytest.mark.parametrize("kind", LINES)
def test_ids_belong_to_their_organisation_and_the_administration_says_none(kind: str) -> None:
    system = System.ready()
    system.say(LINES[kind])
    record = told(LINES[kind])[2]
    if "programme" in record:
        record["programme"] = "STK-NAKIT"
    assert system.submit("STK", record | {"version": 1})[0]["disposition"] == "accepted"
    for org in (ADMINISTRATION, SUPERVISOR):
        assert system.submit(org, record)[0]["reason"] == "not-allowed"


@pytest.mark.parametrize("kind", ["enrolment", "inquiry"])
def test_a_programme_must_be_the_organisations_own(kind: str) -> None:
    system = System.ready()
    record = told(LINES[kind])[2]
    theirs = system.submit("KIZ", record | {"programme": "STK-NAKIT"})[0]
    assert (theirs["reason"], theirs["field"]) == ("not-your-programme", "programme")
    unknown = system.submit("KIZ", record | {"programme": "KIZ-NONE"})[0]
    assert (unknown["reason"], unknown["field"]) == ("unknown-programme", "programme")


@pytest.mark.parametrize("kind", LINES)
def test_token_types_and_placeholders_are_checked_for_every_kind(kind: str) -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", placeholder_tokens=[token("FILLER")])
    row = system.say(LINES[kind].replace("P01", "FILLER"))
    assert (row["reason"], row["field"]) == ("placeholder-identifier", "subjects")
    record = told(LINES[kind])[2]
    record["subjects"][0]["tokens"] = [["tr.tckn", "0" * 32]]
    row = system.submit("KIZ", record)[0]
    assert (row["reason"], row["field"]) == ("invalid-value", "subjects.tokens")


def test_a_telephone_succeeds_nobody() -> None:
    record = told(LINES["succession"])[2]
    record["subjects"][0]["tokens"] = [["weak.phone", "0" * 32]]
    row = System.ready().submit("KIZ", record)[0]
    assert (row["reason"], row["field"]) == ("invalid-value", "subjects.tokens")


@pytest.mark.parametrize("kind", LINES)
def test_one_number_on_many_records_of_a_kind(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MAX_PER_TOKEN_AND_MONTH", 2)
    system = System.ready()
    for number in range(2):
        assert system.say(LINES[kind].replace("1 ", f"{number} ", 1))["reason"] == ""
    row = system.say(LINES[kind].replace("1 ", "9 ", 1))
    assert (row["reason"], row["field"]) == ("quota-exceeded", "id_number")
    # the other kinds, and other people, go on
    other = "NEED KIZ n7 food 2025-01-01 R=P07"
    assert system.say(other)["disposition"] == "accepted"
    assert system.say("KIZ TEMEL k1 rent/cash/m 6 2026-05 R=P01")["disposition"] == "accepted"


def test_a_case_number_typed_on_many_rows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MAX_PER_TOKEN_AND_MONTH", 2)
    system, rows = System.ready(), []
    for number in range(3):
        record = spoken(f"KIZ TEMEL k{number} rent/cash/m 6 2026-05 R=P0{number}")[2]
        record["subjects"][0]["tokens"] += [["case.kiz", "a" * 32], ["weak.phone", "b" * 32]]
        rows += system.submit("KIZ", record)
    assert [(row["reason"], row["field"]) for row in rows][2] == ("quota-exceeded", "case_number")
    # a telephone is shared by whole offices: it is not counted
    record = spoken("KIZ TEMEL k8 rent/cash/m 6 2026-05 R=P08")[2]
    record["subjects"][0]["tokens"] += [["weak.phone", "b" * 32]]
    assert system.submit("KIZ", record)[0]["disposition"] == "accepted"


def test_versions_of_any_kind_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MAX_VERSIONS", 2)
    system = System.ready()
    rows = [system.say(f"{LINES['need']} version={n}") for n in (1, 2, 3)]
    assert [row["reason"] for row in rows] == ["", "", "quota-exceeded"]


def test_protected_is_the_default_of_protection_where_a_record_has_the_field() -> None:
    system = System.ready()
    system.say("NEED KIZ n1 protection 2025-01-01 R=P01")
    system.say("NEED KIZ n2 rent 2025-01-01 R=P02")
    record = told("NEED KIZ n3 protection 2025-01-01 R=P03")[2] | {"protected": False}
    assert system.submit("KIZ", record)[0]["disposition"] == "accepted"
    system.say("ASK KIZ TEMEL q1 protection/cash/m 2026-05 R=P01")
    row = system.control(
        "programme", 1, "KIZ", programme="KIZ-SAFE", owner="KIZ", purpose="protection"
    )
    assert row["disposition"] == "accepted"
    recs = [item["rec"] for item in system.items() if item["t"] == "rec"]
    assert [rec["protected"] for rec in recs if rec["kind"] == "need"] == [True, False, False]
    assert all("protected" not in r for r in recs if r["kind"] in ("inquiry", "programme"))


# -- cases ---------------------------------------------------------------------------------------


def test_a_decision_needs_a_persons_key() -> None:
    system = System.ready()
    fields = DECISION | {"decision_id": UUID}
    assert sent(system, ADMINISTRATION, "decision", fields) == ("account-needed", "")
    assert sent(system, SUPERVISOR, "decision", fields) == ("account-needed", "")
    assert sent(system, "KIZ", "decision", fields) == ("not-allowed", "")
    account(system, "KIZ", "focal-person", "field")
    assert sent(system, "KIZ", "decision", fields, "field") == ("not-allowed", "")
    account(system, ADMINISTRATION, "protection-desk", "desk")
    assert sent(system, ADMINISTRATION, "decision", fields, "desk") == ("not-allowed", "role")
    account(system, ADMINISTRATION, "administrator", "ayse")
    assert sent(system, ADMINISTRATION, "decision", fields, "ayse") == OK
    account(system, SUPERVISOR, "supervisor", "deniz")
    assert sent(system, SUPERVISOR, "decision", fields, "deniz") == OK


def test_an_account_signs_nothing_but_what_a_person_says() -> None:
    system = System.ready()
    account(system, ADMINISTRATION, "administrator", "ayse")
    account(system, "KIZ", "focal-person", "field")
    day = {"day": "2025-01-02"}
    assert sent(system, ADMINISTRATION, "clock-step", day, "ayse") == ("not-allowed", "role")
    key = {"org": "KIZ", "public_key": public_hex("x")}
    assert sent(system, ADMINISTRATION, "key", key, "ayse") == ("not-allowed", "role")
    plan = spoken("PLAN KIZ TEMEL k1 rent/cash/m 6 2026-05 R=P01")[2]
    row = system.send(system.message("KIZ", [codec.dumps(plan)], signer="field"))[-1][0]
    assert (row["reason"], row["field"]) == ("not-allowed", "role")
    assert sent(system, "KIZ", "case-step", STEP | {"step": "acknowledged"}, "field") == OK


@pytest.mark.parametrize(
    ("org", "fields", "said"),
    [
        ("KIZ", {"step": "acknowledged"}, OK),
        ("KIZ", {"step": "replied", "fact": "paid-as-recorded"}, OK),
        ("KIZ", {"step": "notified"}, ("not-allowed", "step")),
        (ADMINISTRATION, {"step": "notified"}, OK),
        (ADMINISTRATION, {"step": "acknowledged"}, ("not-allowed", "step")),
        (SUPERVISOR, {"step": "notified"}, ("not-allowed", "")),
        ("KIZ", {"step": "replied"}, ("invalid-value", "fact")),
    ],
)
def test_case_steps(org: str, fields: dict[str, str], said: tuple[str, str]) -> None:
    assert sent(System.ready(), org, "case-step", STEP | fields) == said


@pytest.mark.parametrize(
    ("org", "by", "said"),
    [
        ("KIZ", "partner", OK),
        ("KIZ", "household", OK),
        (ADMINISTRATION, "household", OK),
        (ADMINISTRATION, "partner", ("not-allowed", "by")),
        (SUPERVISOR, "household", ("not-allowed", "")),
    ],
)
def test_appeals(org: str, by: str, said: tuple[str, str]) -> None:
    assert sent(System.ready(), org, "appeal", APPEAL | {"by": by}) == said


def test_quarantine_is_the_administrations_and_its_token_is_sealed() -> None:
    system = System.ready()
    subjects = [{"role": "quarantined", "tokens": [token("P01")]}]
    fields: dict[str, Any] = {"quarantine_id": UUID, "subjects": subjects}
    assert sent(system, "KIZ", "quarantine", fields) == ("not-allowed", "")
    assert sent(system, ADMINISTRATION, "quarantine", fields) == OK
    lifted = fields | {"version": 2, "status": "lifted"}
    assert sent(system, ADMINISTRATION, "quarantine", lifted) == OK
    assert token("P01")[1].encode() not in b"".join(system.blocks)


def test_release_names_a_submission_that_was_seen() -> None:
    system = System.ready()
    fields = {"org": "KIZ", "submission_id": UUID}
    unknown = ("unknown-submission", "submission_id")
    assert sent(system, ADMINISTRATION, "release", fields) == unknown
    assert sent(system, "KIZ", "release", fields) == ("not-allowed", "")
