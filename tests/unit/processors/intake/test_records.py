"""Intake refuses single records: each reason, with the field's name and never a value."""

from typing import Any

import pytest

from events import codec
from events.model import ADMINISTRATION
from events.outputs import Row
from events.placeholder_list import PLACEHOLDERS
from events.rejection import MESSAGES, Reason, explain
from events.stage_signing import content_of
from tests.kit import ZERO_NONCE, System, assistance, public_hex, spoken, token

LINE = "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01"
SECRET = "99291417710"


def record(**changes: Any) -> dict[str, Any]:
    """A good record with changes; None removes a field."""
    return {k: v for k, v in (spoken(LINE)[2] | changes).items() if v is not None}


def some(count: int) -> list[bytes]:
    """Lines of good records with ids of their own."""
    ids = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(count))
    return [codec.dumps(record(assistance_id=one)) for one in ids]


def sent(*lines: bytes, org: str = "KIZ") -> list[Row]:
    """The rows of one submission, between two good ones that must not be touched by it."""
    system = System.ready()
    rows = system.send(system.message(org, lines))[-1]
    assert system.conserved()
    assert SECRET.encode() not in system.blocks[-1]
    assert SECRET.encode() not in codec.dumps(system.outputs[-1])
    return rows


def refused(line: bytes, org: str = "KIZ") -> tuple[str, str]:
    """(reason, field) of one refused record; its good neighbours are accepted."""
    good = some(2)
    rows = sent(good[0], line, good[1])
    assert [row["row"] for row in rows] == [1, 2, 3]
    assert [row["disposition"] for row in rows] == ["accepted", "rejected", "accepted"]
    return rows[1]["reason"], rows[1]["field"]


BAD_LINES: list[tuple[bytes, str, str]] = [
    (b"", "malformed-record", ""),
    (b"{", "malformed-record", ""),
    (b"\xff\xfe", "malformed-record", ""),
    (b'{"kind":"assistance","kind":"assistance"}', "malformed-record", ""),
    (b'{"a":{"b":1,"b":2}}', "malformed-record", ""),
    (b'{"amount":NaN}', "malformed-record", ""),
    (b'"\\ud800"', "malformed-record", ""),
    (b"[" * 5_000, "malformed-record", ""),
    (b"[" * 900 + b" " + b"]" * 900, "malformed-record", ""),
    (b"{} x", "malformed-record", ""),
    (b"null", "invalid-value", ""),
    (b"[]", "invalid-value", ""),
    (b'"text"', "invalid-value", ""),
    (b"{}", "unknown-kind", ""),
    (b'{"kind":null}', "unknown-kind", ""),
    (b'{"kind":7}', "unknown-kind", ""),
    (b'{"kind":"genesis"}', "unknown-kind", ""),
    (b'{"kind":"99291417710"}', "unknown-kind", ""),
]


@pytest.mark.parametrize(("line", "reason", "field"), BAD_LINES, ids=lambda x: str(x)[:24])
def test_bad_line(line: bytes, reason: str, field: str) -> None:
    assert refused(line) == (reason, field)


BAD_FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "Ayşe"}, "unknown-field", "name"),
    ({"adı": "Ayşe"}, "unknown-field", "?"),
    ({SECRET: 1}, "unknown-field", "?"),
    ({f"x{SECRET}": 1}, "unknown-field", "?"),
    ({f"Ayşe Yılmaz {SECRET}": 1}, "unknown-field", "?"),
    ({"purpose": None}, "missing-field", "purpose"),
    ({"programme": None}, "missing-field", "programme"),
    ({"nonce": None}, "missing-field", "nonce"),
    ({"nonce": "0" * 31}, "invalid-value", "nonce"),
    ({"version": 0}, "invalid-value", "version"),
    ({"version": True}, "invalid-value", "version"),
    ({"version": "2"}, "invalid-value", "version"),
    ({"version": 2.0}, "invalid-value", "version"),
    ({"version": 1_000_001}, "invalid-value", "version"),
    ({"assistance_id": SECRET}, "invalid-value", "assistance_id"),
    ({"programme": "KIZ"}, "invalid-value", "programme"),
    ({"stage": "paid"}, "invalid-value", "stage"),
    ({"amount": 600}, "invalid-value", "amount"),
    ({"amount": 600.5}, "invalid-value", "amount"),
    ({"amount": "-600"}, "invalid-value", "amount"),
    ({"amount": "0600"}, "invalid-value", "amount"),
    ({"amount": "6e2"}, "invalid-value", "amount"),
    ({"amount": "600\n"}, "invalid-value", "amount"),
    ({"amount": "٦٠٠"}, "invalid-value", "amount"),
    ({"amount": "600.123"}, "invalid-value", "amount"),
    ({"amount": "600.5", "currency": "JPY"}, "invalid-value", "amount"),
    ({"currency": "try"}, "invalid-value", "currency"),
    ({"covers_from": "01.05.2026"}, "invalid-value", "covers_from"),
    ({"covers_from": 20260501}, "invalid-value", "covers_from"),
    ({"covers_from": "2026-02-30"}, "invalid-value", "covers_from"),
    ({"covers_from": "0001-01-02"}, "invalid-value", "covers_from"),
    ({"covers_from": "9999-01-01", "covers_to": "9999-02-01"}, "invalid-value", "covers_from"),
    ({"covers_to": "2026-05-01"}, "invalid-value", "covers_to"),
    ({"covers_to": "2099-05-01"}, "invalid-value", "covers_to"),
    ({"event_date": "9999-12-31"}, "invalid-value", "event_date"),
    ({"district": "Küçükçekmece"}, "invalid-value", "district"),
    ({"household_size": 0}, "invalid-value", "household_size"),
    ({"override_reason": "because"}, "invalid-value", "override_reason"),
    ({"returned_amount": "1"}, "invalid-value", "returned_amount"),
    ({"stage": "returned"}, "invalid-value", "returned_amount"),
    ({"stage": "returned", "returned_amount": "600.01"}, "invalid-value", "returned_amount"),
    ({"subjects": []}, "invalid-value", "subjects"),
    ({"subjects": [{"role": "member", "tokens": []}]}, "invalid-value", "subjects"),
    ({"subjects": [{"role": "recipient"}] * 2}, "invalid-value", "subjects"),
    ({"subjects": [{"role": "recipient", "name": "x"}]}, "unknown-field", "subjects.0.name"),
    (
        {"subjects": [{"role": "recipient", "tokens": [["tr.tckimlik", SECRET]]}]},
        "invalid-value",
        "subjects.0.tokens.0.1",
    ),
    (
        {"subjects": [{"role": "recipient", "tokens": [[SECRET, "0" * 32]]}]},
        "invalid-value",
        "subjects.0.tokens.0.0",
    ),
    (
        {"subjects": [{"role": "recipient", "tokens": [["tr.tckimlik", "A" * 32]]}]},
        "invalid-value",
        "subjects.0.tokens.0.1",
    ),
    ({"lawful_basis_code": "Ayşe"}, "invalid-value", "lawful_basis_code"),
]


@pytest.mark.parametrize(("changes", "reason", "field"), BAD_FIELDS, ids=lambda x: str(x)[:36])
def test_bad_field(changes: dict[str, Any], reason: str, field: str) -> None:
    assert refused(codec.dumps(record(**changes))) == (reason, field)


def test_null_is_not_given() -> None:
    line = codec.dumps(spoken(LINE)[2] | {"unit": None, "household_size": None})
    assert [row["disposition"] for row in sent(line)] == ["accepted"]
    # and says the same as a field that is not there
    system = System.ready()
    system.say(LINE)
    assert system.send(system.message("KIZ", [line]))[0][0]["disposition"] == "duplicate"


def test_a_partners_dictionary_keys_do_not_leak() -> None:
    fact = {
        "kind": "policy",
        "nonce": ZERO_NONCE,
        "version": 2,
        "in_force_from": "2026-01-01",
        "rules": {"rates": {SECRET: "1"}},
    }
    assert refused(codec.dumps(fact)) == ("invalid-value", "rules.rates.?.?")


def test_digest_mismatch_is_of_one_record_and_is_not_read() -> None:
    system = System.ready()
    good = some(2)
    message = system.message("KIZ", good)
    value = (message.value or b"").replace(b'"600"', b'"601"', 1)
    rows = system.send(system.raw(message.headers, value))[-1]
    assert [row["disposition"] for row in rows] == ["rejected", "accepted"]
    assert (rows[0]["reason"], rows[0]["id"]) == ("digest-mismatch", "")
    # the record as it was signed is still welcome
    assert system.send(system.message("KIZ", good))[-1][0]["disposition"] == "accepted"


def test_lines_are_compared_as_received() -> None:
    system = System.ready()
    line = codec.dumps(record())
    message = system.message("KIZ", [line])
    spaced = (message.value or b"").replace(line, line.replace(b'{"kind"', b'{ "kind"'))
    assert spaced != message.value
    assert system.send(system.raw(message.headers, spaced))[0][0]["reason"] == "digest-mismatch"


# -- who may say what ----------------------------------------------------------------------------

CONTROL: list[dict[str, Any]] = [
    {"kind": "partner", "org": "NEW", "name": "n", "mailbox": "a@b.example"},
    {"kind": "key", "org": "KIZ", "public_key": public_hex("X")},
    {"kind": "policy", "in_force_from": "2026-01-01", "rules": {}},
    {"kind": "clock-step", "day": "2025-01-02"},
]


@pytest.mark.parametrize("fact", CONTROL, ids=lambda f: str(f["kind"]))
def test_control_records_are_the_administrations(fact: dict[str, Any]) -> None:
    version = 2 if fact["kind"] == "policy" else 1
    system = System.ready()
    row = system.control(version=version, signer="KIZ", **fact)
    assert (row["disposition"], row["reason"]) == ("rejected", "not-allowed")
    assert row["kind"] == fact["kind"]
    assert system.control(version=version, **fact)["disposition"] == "accepted"


def test_the_administration_publishes_no_assistance() -> None:
    system = System.ready()
    row = system.submit(ADMINISTRATION, record())[0]
    assert row["reason"] == "not-allowed"


def test_nobody_registers_the_administration() -> None:
    row = System.ready().control("partner", org=ADMINISTRATION, name="x", mailbox="a@b.example")
    assert (row["reason"], row["field"]) == ("not-allowed", "org")


def test_programmes() -> None:
    system = System.ready()
    unknown = system.say("KIZ NONE k1 rent/cash/m 600 2026-05 R=P01")
    assert (unknown["reason"], unknown["field"]) == ("unknown-programme", "programme")
    other = system.submit("KIZ", record(programme="STK-RENT"))[0]
    assert (other["reason"], other["field"]) == ("not-your-programme", "programme")
    mine = system.control("programme", 1, "KIZ", programme="KIZ-NONE", owner="KIZ")
    assert (mine["disposition"], mine["id"]) == ("accepted", "KIZ-NONE")
    assert system.say("KIZ NONE k1 rent/cash/m 600 2026-05 R=P01")["disposition"] == "accepted"
    theirs = system.control("programme", 2, "KIZ", programme="STK-RENT", owner="STK")
    assert (theirs["reason"], theirs["field"]) == ("not-your-programme", "owner")
    stranger = system.control("programme", 1, programme="NEW-A", owner="NEW")
    assert (stranger["reason"], stranger["field"]) == ("unknown-partner", "owner")
    disguised = system.control("programme", 1, "KIZ", programme="STK-NEW", owner="KIZ")
    assert (disguised["reason"], disguised["field"]) == ("invalid-value", "owner")


def test_placeholder_tokens_of_the_policy() -> None:
    assert len(PLACEHOLDERS) >= 4
    system = System.ready()
    early = system.say("KIZ TEMEL k0 rent/cash/m 600 2026-05 R=FILLER")
    system.policy(2, "2025-01-01", placeholder_tokens=[token("FILLER")])
    for line in (LINE.replace("P01", "FILLER"), f"{LINE} M=P02,FILLER"):
        row = system.say(line)
        assert (row["reason"], row["field"]) == ("placeholder-identifier", "subjects")
    other = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 600", "2026-05", "R=P01")
    other["subjects"][0]["tokens"] = [["us.ssn", token("FILLER")[1]]]
    assert system.submit("KIZ", other)[0]["disposition"] == "accepted"
    # what was accepted before stays a duplicate
    again = system.say("KIZ TEMEL k0 rent/cash/m 600 2026-05 R=FILLER")
    assert (again["disposition"], again["answer"]) == ("duplicate", early["answer"])


# -- duplicates and conflicts --------------------------------------------------------------------


def test_content_is_compared_without_nonce_and_order_of_people() -> None:
    system = System.ready()
    line = f"{LINE} M=P02,P03"
    system.say(line)
    _, _, shuffled = spoken(f"{LINE} M=P03,P02")
    shuffled["nonce"] = "f" * 32
    shuffled["subjects"].reverse()
    assert system.submit("KIZ", shuffled)[0]["disposition"] == "duplicate"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "601"},
        {"district": "TUR034018"},
        {"stage": "amended"},
        {"household_size": 4},
        {"protected": True},
        {"subjects": [{"role": "recipient", "tokens": [token("P02")]}]},
        {"subjects": [{"role": "recipient", "tokens": []}]},
    ],
)
def test_id_conflict(changes: dict[str, Any]) -> None:
    system = System.ready()
    system.say(LINE)
    row = system.submit("KIZ", record(**changes))[0]
    assert (row["disposition"], row["reason"], row["field"]) == (
        "rejected",
        "id-conflict",
        "version",
    )
    assert (row["kind"], row["version"]) == ("assistance", 2)
    assert system.submit("KIZ", record(version=3, **changes))[0]["disposition"] == "accepted"


def test_an_id_belongs_to_its_organisation() -> None:
    system = System.ready()
    system.say(LINE)
    theirs = record(programme="STK-RENT", amount="1")
    assert system.submit("STK", theirs)[0]["disposition"] == "accepted"


def test_duplicates_within_one_submission_and_one_block() -> None:
    system = System.ready()
    line = codec.dumps(record())
    conflict = codec.dumps(record(amount="1"))
    rows = system.send(system.message("KIZ", [line, line, conflict]), system.message("KIZ", [line]))
    said = [[row["disposition"] for row in submission] for submission in rows]
    assert said == [["accepted", "duplicate", "rejected"], ["duplicate"]]
    assert rows[0][1]["answer"] == rows[0][0]["answer"] == rows[1][0]["answer"]


def test_policy_versions_are_dense_and_the_first_is_genesis() -> None:
    system = System.ready()
    assert system.policy(1, "2025-01-01", reservation_days=1)["reason"] == "id-conflict"
    assert system.policy(3, "2025-01-01")["reason"] == "invalid-value"
    assert system.policy(2, "2025-01-01")["disposition"] == "accepted"
    assert system.policy(2, "2025-01-01")["disposition"] == "duplicate"
    assert system.policy(2, "2025-01-02")["reason"] == "id-conflict"
    assert system.policy(3, "2025-01-01")["disposition"] == "accepted"
    assert system.policy(2, "2025-01-01")["disposition"] == "duplicate"


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"season_from": "02-30"}, "season_from"),
        ({"season_from": "11-01", "season_to": "10-01"}, "season_to"),
        ({"season_from": "11-01", "season_to": "11-01"}, "season_to"),
        ({"weak_threshold_apart": 9}, "weak_threshold_apart"),
        ({"weak_threshold": 11, "weak_threshold_apart": 10}, "weak_threshold_apart"),
        ({"least_overlap_days": 0}, "rules.least_overlap_days"),
        ({"rates": {"EUR": 47.5}}, "rules.rates.?"),
        ({"exclusive_household": ["gold"]}, "rules.exclusive_household.0"),
    ],
)
def test_a_policy_that_would_stop_the_fold_is_refused(rules: dict[str, Any], field: str) -> None:
    row = System.ready().policy(2, "2025-01-01", **rules)
    assert (row["reason"], row["field"]) == ("invalid-value", field)


@pytest.mark.parametrize("kind", ["partner", "key", "programme", "policy", "clock-step"])
def test_rows_name_control_records_whatever_became_of_them(kind: str) -> None:
    facts: dict[str, dict[str, Any]] = {
        "partner": {"org": "NEW", "name": "n", "mailbox": "a@b.example"},
        "key": {"org": "KIZ", "public_key": public_hex("X")},
        "programme": {"programme": "KIZ-NEW", "owner": "KIZ"},
        "policy": {"in_force_from": "2026-01-01", "rules": {}},
        "clock-step": {"day": "2025-01-03"},
    }
    system = System.ready()
    version = 2 if kind == "policy" else 1
    first = system.control(kind, version, **facts[kind])
    second = system.control(kind, version, **facts[kind])
    assert (first["disposition"], second["disposition"]) == ("accepted", "duplicate")
    assert first["id"] == second["id"] != ""


# -- what lies in the journal --------------------------------------------------------------------


def test_no_token_and_no_nonce_lies_open() -> None:
    system = System.ready()
    for line in (f"{LINE} M=P02", "STK RENT s1 rent/cash/m 600 2026-05 R=P02 M=P01"):
        system.say(line)
    text = b"".join(system.blocks) + codec.dumps(system.outputs)
    for person in ("P01", "P02"):
        assert token(person)[1].encode() not in text
    assert ZERO_NONCE.encode() not in text.replace(b"0" * 64, b"")
    sealed = [
        item
        for item in system.items()
        if item["t"] == "rec" and item["rec"]["kind"] == "assistance"
    ]
    assert len(sealed) == 2
    assert all("subjects" not in item["rec"] for item in sealed)


def test_each_record_has_its_own_place_among_the_keys() -> None:
    system = System.ready()
    draft_places = []
    lines = some(4)
    lines.insert(2, b"{}")
    system.send(system.message("KIZ", lines))
    for line in content_of(system.blocks[-1]).split(b"\n")[1:]:
        item = codec.strict_loads(line)
        if item["t"] == "rec":
            draft_places.append(item["k"])
            assert item["sealed"]
    assert draft_places == [0, 1, 2, 3]


# -- the list of reasons -------------------------------------------------------------------------


def test_every_reason_has_a_sentence_in_each_language() -> None:
    assert all(set(texts) == set(Reason) for texts in MESSAGES.values())
    for reason in Reason:
        for lang in ("tr", "en", "ar"):
            text = explain(reason, "amount", lang)
            assert len(text) > 10
            assert "{" not in text
