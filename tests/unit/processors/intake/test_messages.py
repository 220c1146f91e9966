"""Intake refuses whole messages: each reason, with a pointer, never with content."""

import base64
import json
from collections.abc import Callable

import pytest

from events import codec
from events.model import ADMINISTRATION, Assurance
from events.outputs import SubmissionOutcome
from events.rejection import Reason
from processors import intake
from tests.kit import System, private_key, public_hex, spoken

LINE = "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01"
RECORD = codec.dumps(spoken(LINE)[2])
UUID = "00000000-0000-4000-8000-000000000001"

Change = Callable[[System, intake.Message], intake.Message]


def with_header(name: str, value: bytes | None, *, add: bool = False) -> Change:
    """The message with a header replaced, removed (None) or added a second time."""

    def change(system: System, message: intake.Message) -> intake.Message:
        headers = [h for h in message.headers if add or h[0] != name]
        if value is not None:
            headers.append((name, value))
        return system.raw(headers, message.value)

    return change


def with_value(edit: Callable[[bytes], bytes | None]) -> Change:
    """The message with another value under the same headers."""

    def change(system: System, message: intake.Message) -> intake.Message:
        return system.raw(message.headers, edit(message.value or b""))

    return change


def with_manifest(**fields: object) -> Change:
    """The message with another manifest, signed well (headers are made equal)."""

    def change(system: System, message: intake.Message) -> intake.Message:
        first, *lines = (message.value or b"").split(b"\n")
        line = codec.dumps(json.loads(first) | fields)
        signature = base64.b64encode(private_key("KIZ").sign(b"tekil-submission-v1\n" + line))
        headers = [h for h in message.headers if h[0] != "tekil-sig"] + [("tekil-sig", signature)]
        return system.raw(headers, b"\n".join([line, *lines]))

    return change


def outcome_of(system: System, message: intake.Message) -> SubmissionOutcome:
    """What became of one message."""
    system.send(message)
    (outcome,) = system.outputs[-1]["submissions"]
    assert system.conserved()
    return outcome


M, H, S = Reason.MALFORMED, Reason.HEADER_MISMATCH, Reason.BAD_SIGNATURE
CASES: list[tuple[str, Change, Reason, str]] = [
    ("tombstone", with_value(lambda v: None), M, ""),
    ("nothing", with_value(lambda v: b""), M, ""),
    ("bad JSON", with_value(lambda v: b"{" + v), M, ""),
    ("not UTF-8", with_value(lambda v: v.replace(b"KIZ", b"K\xffZ", 1)), M, ""),
    ("null", with_value(lambda v: b"null\n" + RECORD), M, ""),
    ("a list", with_value(lambda v: b"[]\n" + RECORD), M, ""),
    ("twice the same key", with_value(lambda v: v.replace(b'{"v":1', b'{"v":1,"v":1', 1)), M, ""),
    ("unknown field", with_manifest(extra=1), M, ""),
    ("unknown version", with_manifest(v=2), M, ""),
    ("version as text", with_manifest(v="1"), M, ""),
    ("a digest too short", with_manifest(digests=["00"]), M, ""),
    ("digests in capitals", with_manifest(digests=["A" * 64]), M, ""),
    ("a line too many", with_value(lambda v: v + b"\n" + RECORD), M, "digests"),
    ("a newline too many", with_value(lambda v: v + b"\n"), M, "digests"),
    ("a line too few", with_value(lambda v: v.split(b"\n")[0]), M, "digests"),
    ("huge digests list", with_manifest(digests=["0" * 64] * 5_000), Reason.TOO_MANY_RECORDS, ""),
    ("501 records", with_manifest(digests=["0" * 64] * 501), Reason.TOO_MANY_RECORDS, ""),
    ("no record", with_manifest(digests=[]), Reason.EMPTY, ""),
    ("too large", with_value(lambda v: v + b" " * 1_000_000), Reason.TOO_LARGE, ""),
    ("other id", with_header("ce_id", UUID.encode()), H, "ce_id"),
    ("other source", with_header("ce_source", b"STK"), H, "ce_source"),
    ("other type", with_header("ce_type", b"x"), H, "ce_type"),
    ("other specification", with_header("ce_specversion", b"0.3"), H, "ce_specversion"),
    ("other key", with_header("tekil-key", b"0" * 16), H, "tekil-key"),
    ("no id", with_header("ce_id", None), H, "ce_id"),
    ("two ids", with_header("ce_id", UUID.encode(), add=True), H, "ce_id"),
    ("two equal sources", with_header("ce_source", b"KIZ", add=True), H, "ce_source"),
    ("not ASCII", with_header("ce_source", "KİZ".encode()), H, "ce_source"),
    ("no signature", with_header("tekil-sig", None), S, ""),
    ("not base64", with_header("tekil-sig", b"*" * 88), S, ""),
    ("too short", with_header("tekil-sig", base64.b64encode(b"x" * 63)), S, ""),
    ("zeros", with_header("tekil-sig", base64.b64encode(bytes(64))), S, ""),
    (
        "manifest changed after signing",
        with_value(lambda v: v.replace(b'"tokens_epoch":"e1"', b'"tokens_epoch":"e2"')),
        S,
        "",
    ),
    (
        "the same manifest written otherwise",
        with_value(lambda v: v.replace(b'{"v":1', b'{ "v":1', 1)),
        S,
        "",
    ),
]


@pytest.mark.parametrize(("name", "change", "reason", "field"), CASES, ids=lambda c: str(c)[:30])
def test_refused_message(name: str, change: Change, reason: Reason, field: str) -> None:
    system = System.ready()
    message = change(system, system.message("KIZ", [RECORD]))
    outcome = outcome_of(system, message)
    assert (outcome["reason"], outcome["field"]) == (reason.value, field)
    assert outcome["rows"] == []
    assert outcome["records"] == max(1, (message.value or b"").count(b"\n"))
    # nothing of it counts, and the same thing sent well is accepted
    assert system.say(LINE)["disposition"] == "accepted"


def test_a_refused_message_is_kept_as_a_pointer_only() -> None:
    system = System.ready()
    message = system.message("KIZ", [RECORD])
    secret = b"99291417710"
    system.send(
        system.raw(message.headers, b'{"v":1,"99291417710":"x"}\n' + RECORD),
        system.raw([("ce_source", b"99291417710"), ("ce_id", secret)], secret),
    )
    assert secret not in system.blocks[-1]
    assert codec.dumps(system.outputs[-1]).find(secret) == -1
    first, second = system.items()[-2:]
    assert set(first) == {"t", "offset", "org", "id", "records", "reason", "field"}
    assert (first["org"], second["org"], second["id"]) == ("", "", ""), "nobody signed them"


def test_unknown_partner_and_unknown_key() -> None:
    system = System.ready()
    system.control("key", org="NEW", public_key=public_hex("NEW"))
    line = codec.dumps(spoken("NEW AID n1 rent/cash/m 600 2026-05 R=P01")[2])
    outcome = outcome_of(system, system.message("NEW", [line]))
    assert outcome["reason"] == "unknown-partner"
    # a registered organisation, but a key that nobody registered
    outcome = outcome_of(system, system.message("KIZ", [RECORD], signer="NOBODY"))
    assert outcome["reason"] == "unknown-key"


def test_another_organisations_key_signs_nothing_of_mine() -> None:
    system = System.ready()
    outcome = outcome_of(system, system.message("KIZ", [RECORD], signer="STK"))
    assert outcome["reason"] == "unknown-key"
    # even if the manifest names my key
    key_id = dict(system.message("KIZ", [RECORD]).headers)["tekil-key"].decode()
    forged = with_manifest(key_id=key_id)(system, system.message("KIZ", [RECORD], signer="STK"))
    signed = b"tekil-submission-v1\n" + (forged.value or b"").split(b"\n")[0]
    bad = base64.b64encode(private_key("STK").sign(signed))
    headers = [h for h in forged.headers if h[0] not in ("tekil-sig", "tekil-key")]
    headers += [("tekil-sig", bad), ("tekil-key", key_id.encode())]
    assert outcome_of(system, system.raw(headers, forged.value))["reason"] == "bad-signature"


def test_a_signature_is_bound_to_its_domain() -> None:
    system = System.ready()
    message = system.message("KIZ", [RECORD])
    line = (message.value or b"").split(b"\n")[0]
    plain = base64.b64encode(private_key("KIZ").sign(line))
    changed = with_header("tekil-sig", plain)(system, message)
    assert outcome_of(system, changed)["reason"] == "bad-signature"


def test_a_revoked_key_and_its_successor() -> None:
    system = System.ready()
    system.control("key", 2, org="KIZ", public_key=public_hex("KIZ"), status="revoked")
    assert outcome_of(system, system.message("KIZ", [RECORD]))["reason"] == "revoked-key"
    system.control("key", 1, org="KIZ", public_key=public_hex("KIZ-2"))
    outcome = outcome_of(system, system.message("KIZ", [RECORD], signer="KIZ-2"))
    assert (outcome["reason"], outcome["rows"][0]["disposition"]) == ("", "accepted")
    # the first version sent again is a duplicate and revives nothing
    again = system.control("key", 1, org="KIZ", public_key=public_hex("KIZ"))
    assert again["disposition"] == "duplicate"
    # nor does a later one: whoever ended it may have had a thief in mind
    later = system.control("key", 3, org="KIZ", public_key=public_hex("KIZ"))
    assert (later["reason"], later["field"]) == ("revoked-key", "public_key")
    assert outcome_of(system, system.message("KIZ", [RECORD]))["reason"] == "revoked-key"


def test_versions_of_a_key_in_another_order() -> None:
    system = System.ready()
    system.control("key", 2, org="KIZ", public_key=public_hex("KIZ-2"), status="revoked")
    system.control("key", 1, org="KIZ", public_key=public_hex("KIZ-2"))
    message = system.message("KIZ", [RECORD], signer="KIZ-2")
    assert outcome_of(system, message)["reason"] == "revoked-key"


def test_submission_conflict() -> None:
    system = System.ready()
    other = codec.dumps(spoken(LINE.replace("k1", "k2"))[2])
    first = system.message("KIZ", [RECORD], submission_id=UUID)
    assert outcome_of(system, first)["reason"] == ""
    conflict = system.message("KIZ", [other], submission_id=UUID)
    assert outcome_of(system, conflict)["reason"] == "submission-conflict"
    # sent again unchanged it is read again, and its records are duplicates
    again = outcome_of(system, system.raw(first.headers, first.value))
    assert [row["disposition"] for row in again["rows"]] == ["duplicate"]
    # another organisation may use the same id
    mine = codec.dumps(spoken("STK AID s1 rent/cash/m 600 2026-05 R=P09")[2])
    outcome = outcome_of(system, system.message("STK", [mine], submission_id=UUID))
    assert outcome["reason"] == ""


def test_a_refused_message_does_not_take_its_id() -> None:
    system = System.ready()
    unsigned = system.message("KIZ", [RECORD], submission_id=UUID, signer="STK")
    assert outcome_of(system, unsigned)["reason"] == "unknown-key"
    assert outcome_of(system, system.message("KIZ", [RECORD], submission_id=UUID))["reason"] == ""


def test_assurance_refused_by_the_policy() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", refused_assurance=["single"])
    outcome = outcome_of(system, system.message("KIZ", [RECORD], assurance=Assurance.SINGLE))
    assert outcome["reason"] == "assurance-refused"
    outcome = outcome_of(system, system.message("KIZ", [RECORD], assurance=Assurance.HMAC))
    assert outcome["rows"][0]["disposition"] == "accepted"


def test_five_hundred_records_are_taken() -> None:
    system = System.ready()
    named = (LINE.replace("k1", f"k{n}").replace("P01", f"P{n}") for n in range(500))
    lines = [codec.dumps(spoken(line)[2]) for line in named]
    outcome = outcome_of(system, system.message("KIZ", lines))
    assert [row["disposition"] for row in outcome["rows"]] == ["accepted"] * 500


def test_the_administrations_key_is_no_partners() -> None:
    system = System.ready()
    outcome = outcome_of(system, system.message("KIZ", [RECORD], signer=ADMINISTRATION))
    assert outcome["reason"] == "unknown-key"
