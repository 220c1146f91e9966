"""The catalogue, its schemas and examples, and what a change of a schema means."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

import events
from events.catalog import (
    BY_NAME,
    CATALOG,
    SENT,
    TOPICS,
    Entry,
    Topic,
    TopicSpec,
    identity_of,
    receipts_topic,
)
from events.codec import MAX_SUBMISSION_BYTES, dumps, parse_record
from events.model import ADMINISTRATION, SUPERVISOR, Genesis, KeyRole, Record
from events.rejection import Refusal
from infra.kafka import topic_config
from processors.intake import checks, quotas
from processors.intake.accounts import Signer, check_kind
from processors.intake.state import versions_key
from producers.facts import ORG_OF_ROLE
from tests import compat, schemas
from tests.kit import System, public_hex
from tests.schemas import write

FOLDER = Path(events.__file__).parent
MAKE = "not up to date: run `make schemas`"


def texts(folder: str) -> dict[str, str]:
    """File name → text of a folder of `events`."""
    return {path.name: path.read_text("utf-8") for path in (FOLDER / folder).glob("*.json")}


def names() -> list[str]:
    """File names of all that has a schema."""
    return [schemas.file_name(name, version) for name, version, _ in schemas.owners()]


# -- up to date, owned, valid --------------------------------------------------------------------


def test_files_are_up_to_date_and_each_has_an_owner() -> None:
    found, made = texts("schemas"), schemas.schemas()
    assert sorted(found) == sorted(made) == sorted(names()) == sorted(texts("examples"))
    assert found == made, MAKE


@pytest.mark.parametrize("name", names())
def test_examples_validate_and_are_read_by_their_model(name: str) -> None:
    schema = json.loads(texts("schemas")[name])
    examples = json.loads(texts("examples")[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    model = {schemas.file_name(n, v): m for n, v, m in schemas.owners()}[name]
    assert examples
    for example in examples:
        validator.validate(example)
        read = model.model_validate_json(dumps(example))
        plain = read.model_dump(mode="json", exclude_none=True, exclude_unset=True)
        assert plain == example, "an example says each thing as it is written"
        # both are strict: one unknown field is one too many
        worse = example | {"surname": "Ayşe"}
        assert list(validator.iter_errors(worse))
        with pytest.raises(ValueError, match="surname"):
            model.model_validate_json(dumps(worse))


def example(name: str, place: int = 0) -> dict[str, Any]:
    """One of the examples of the newest version."""
    file = schemas.file_name(name, BY_NAME[name].version)
    found: dict[str, Any] = json.loads(texts("examples")[file])[place]
    return found


def with_accounts() -> System:
    """A system in which each side's account has a key named by its role."""
    system = System.ready()
    for org, role in ACCOUNTS.items():
        signer = SUPERVISOR if org == SUPERVISOR else ADMINISTRATION
        row = system.control(
            "key", 1, signer, org=org, public_key=public_hex(role), user="someone", role=role
        )
        assert row["disposition"] == "accepted"
    return system


ACCOUNTS = {ADMINISTRATION: "administrator", SUPERVISOR: "supervisor", "KIZ": "focal-person"}
PARTNER = {"partner"}
SIDES = {"partner": "KIZ", "administration": ADMINISTRATION, "supervisor": SUPERVISOR}


def said(system: System, org: str, record: dict[str, Any]) -> tuple[str, str]:
    """(disposition, reason) of a record, signed as its kind needs it."""
    signer = ACCOUNTS[org] if record["kind"] == "decision" else org
    row = system.send(system.message(org, [dumps(record)], signer=signer))[-1][0]
    return row["disposition"], row["reason"]


def test_examples_of_records_are_accepted_at_the_door() -> None:
    system = with_accounts()
    system.register("KEYA")
    known = {"kind": "release", "submission_id": system_submission(system)}
    proposed = {"kind": "policy-signature"}
    names = [entry.name for entry in CATALOG if entry.model is not Genesis]
    last = (
        "erasure",
        "policy-signature",
        "token-epoch",
    )  # after what is signed, and what is refused then
    for name in sorted(names, key=last.__contains__):
        count = len(json.loads(texts("examples")[f"{name}.v{BY_NAME[name].version}.json"]))
        for place in range(count):
            record = example(name, place)
            if name == "key":
                record["public_key"] = public_hex("accounts" if "user" in record else "more")
            if name == "case-step" or "partner" in BY_NAME[name].signers:
                org = "KIZ"
            else:
                org = SIDES[sorted(BY_NAME[name].signers)[0]]
            if name == "evaluations":
                org = "KEYA"  # which an example before it registers for its key server
            if name in ("partner", "programme"):
                record["version"] = 2  # the kit has registered them
            if name == "release":
                record |= known
            if name == "erasure":
                record["records"][0]["id"] = example("assistance")["assistance_id"]
            if name == "policy-signature":
                digest = system.intake.world.policies.waiting[2].digest
                record |= proposed | {"policy_digest": digest}
            assert said(system, org, record) == ("accepted", ""), (name, place)


def system_submission(system: System) -> str:
    """The id of a submission of KIZ that the system has seen."""
    system.say("KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01")
    manifest = next(item for item in reversed(system.items()) if item["t"] == "sub")["manifest"]
    return str(json.loads(manifest)["submission_id"])


def test_writing_leaves_exactly_what_was_made(tmp_path: Path) -> None:
    (tmp_path / "frozen").mkdir()
    (tmp_path / "gone.v1.json").write_text("{}")
    (tmp_path / "same.v1.json").write_text("1\n")
    changed = write(tmp_path, {"same.v1.json": "1\n", "new.v1.json": "2\n"})
    assert changed == ["gone.v1.json", "new.v1.json"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["frozen", "new.v1.json", "same.v1.json"]


# -- the catalogue: every field of it is held by something -----------------------------------------


def _name(entry: Entry) -> None:
    assert entry.model.model_fields["kind"].annotation is not None
    assert get_args(entry.model.model_fields["kind"].annotation) == (entry.name,)
    assert BY_NAME[entry.name] is entry


def _version(entry: Entry) -> None:
    assert schemas.file_name(entry.name, entry.version) in texts("schemas")
    for version in range(1, entry.version + 1):
        assert schemas.file_name(entry.name, version) in texts("schemas/frozen")


def _model(entry: Entry) -> None:
    example = json.loads(texts("examples")[schemas.file_name(entry.name, entry.version)])[0]
    assert (entry in SENT) == issubclass(entry.model, Record)
    if entry in SENT:
        assert type(parse_record(dumps(example))) is entry.model


def _topic(entry: Entry) -> None:
    # partners and the administration send to one topic; only genesis is born in the journal
    assert entry.topic is (Topic.JOURNAL if entry.model is Genesis else Topic.SUBMISSIONS)
    assert entry.topic in {spec.topic for spec in TOPICS}


def _id_field(entry: Entry) -> None:
    # of a policy and of genesis there is but one thing
    assert (entry.id_field == "") == (entry.name in ("policy", "genesis"))
    assert entry.id_field in {"", *entry.model.model_fields}
    fields = example(entry.name)
    assert identity_of(entry.name, fields) == str(fields.get(entry.id_field, entry.name))


def _retention_months(entry: Entry) -> None:
    assert entry.bears_persons == ("subjects" in entry.model.model_fields)
    assert entry.retention_months == (24 if entry.bears_persons else None)


def _month_field(entry: Entry) -> None:
    # quarantines are the administration's own; all others that bear persons are counted
    assert (entry.month_field is not None) == (entry.bears_persons and entry.signers == PARTNER)
    assert entry.month_field in {None, "", *entry.model.model_fields}


def _is_shared(entry: Entry) -> None:
    keys = {versions_key(org, entry.name, "x") for org in ("KIZ", "STK")}
    assert len(keys) == (1 if entry.is_shared else 2)


def _has_version_limit(entry: Entry) -> None:
    versions = {str(version): "" for version in range(1, quotas.MAX_VERSIONS + 1)}
    if entry.has_version_limit:
        with pytest.raises(Refusal, match="quota-exceeded"):
            checks.check_quotas({"kind": entry.name}, versions)
    else:
        checks.check_quotas({"kind": entry.name}, versions)


def _roles(entry: Entry) -> None:
    assert entry.roles <= set(KeyRole)
    for role in KeyRole:
        signer = Signer(ORG_OF_ROLE.get(role, "KIZ"), "someone", role)
        if signer.side not in entry.signers:
            continue
        if role in entry.roles:
            check_kind(signer, entry.name)
        else:
            with pytest.raises(Refusal, match="not-allowed"):
                check_kind(signer, entry.name)


def _needs_account(entry: Entry) -> None:
    signer = Signer(SIDES[sorted(entry.signers)[0]])
    if entry.needs_account:
        with pytest.raises(Refusal, match="account-needed"):
            check_kind(signer, entry.name)
    else:
        check_kind(signer, entry.name)


def _is_answered(entry: Entry) -> None:
    assert entry.is_answered == (entry.name in ("assistance", "inquiry"))


def _handled_by(entry: Entry) -> None:
    """tests/architecture/test_kinds.py compares it with the packages' maps."""
    assert bool(entry.handled_by) == (entry in SENT)


def _signers(entry: Entry) -> None:
    assert entry.signers
    assert entry.signers <= set(SIDES)
    if entry.model is Genesis:
        return
    system = with_accounts()
    record = example(entry.name)
    if entry.name == "evaluations":  # who runs no key server counts at none
        system.control(**example("partner", 1) | {"org": "KIZ", "version": 2})
    refused = set()
    for side, org in SIDES.items():
        fact = record | {"nonce": side.encode().hex()[:14].rjust(32, "0")}
        if entry.name == "key":  # the supervisor's are its own, all others the administration's
            fact |= {"org": SUPERVISOR if side == "supervisor" else "KIZ"}
        if entry.name == "case-step" and side == "administration":
            fact = {k: v for k, v in fact.items() if k != "fact"} | {"step": "notified"}
        if said(system, org, fact)[1] == "not-allowed":
            refused.add(side)
    assert refused == set(SIDES) - entry.signers


ENTRY_CHECKS: dict[str, Callable[[Entry], None]] = {
    "name": _name,
    "version": _version,
    "model": _model,
    "topic": _topic,
    "id_field": _id_field,
    "is_shared": _is_shared,
    "retention_months": _retention_months,
    "month_field": _month_field,
    "has_version_limit": _has_version_limit,
    "roles": _roles,
    "needs_account": _needs_account,
    "is_answered": _is_answered,
    "handled_by": _handled_by,
    "signers": _signers,
}


@pytest.mark.parametrize("entry", CATALOG, ids=lambda e: e.name)
@pytest.mark.parametrize("field", [field.name for field in fields(Entry)])
def test_entry(entry: Entry, field: str) -> None:
    ENTRY_CHECKS[field](entry)


def test_a_name_stands_once() -> None:
    assert len(BY_NAME) == len(CATALOG)


def _config(spec: TopicSpec, key: str) -> str | None:
    config = topic_config(spec)
    assert config["message.timestamp.type"] == "LogAppendTime"
    return config.get(key)


def _has_size(spec: TopicSpec) -> None:
    assert _config(spec, "max.message.bytes") == str(spec.max_message_bytes)
    # the largest submission with its headers
    assert spec.max_message_bytes > MAX_SUBMISSION_BYTES + 2_000


def _has_days(spec: TopicSpec) -> None:
    expected = -1 if spec.retention_days is None else spec.retention_days * 86_400_000
    assert _config(spec, "retention.ms") == str(expected)
    # the journal is the truth, and what it is read with must not go before it
    kept = spec.topic in (Topic.JOURNAL, Topic.KEYS, Topic.FINDINGS)
    assert (spec.retention_days is None) == kept


def _has_topic(spec: TopicSpec) -> None:
    assert "_" not in spec.topic
    assert "." not in spec.topic
    assert [other.topic for other in TOPICS].count(spec.topic) == 1


def _flushes(spec: TopicSpec) -> None:
    assert _config(spec, "flush.messages") == ("1" if spec.flush_every_message else None)
    assert spec.flush_every_message == (spec.topic in (Topic.JOURNAL, Topic.KEYS))


def _per_partner(spec: TopicSpec) -> None:
    assert spec.per_partner == (spec.topic is Topic.RECEIPTS)
    assert receipts_topic("KIZ") == f"{Topic.RECEIPTS}-kiz"


TOPIC_CHECKS: dict[str, Callable[[TopicSpec], None]] = {
    "topic": _has_topic,
    "retention_days": _has_days,
    "max_message_bytes": _has_size,
    "flush_every_message": _flushes,
    "per_partner": _per_partner,
}


@pytest.mark.parametrize("spec", TOPICS, ids=lambda s: s.topic)
@pytest.mark.parametrize("field", [field.name for field in fields(TopicSpec)])
def test_topic(spec: TopicSpec, field: str) -> None:
    TOPIC_CHECKS[field](spec)


def test_every_topic_has_a_specification() -> None:
    assert {spec.topic for spec in TOPICS} == set(Topic)


# -- changes -------------------------------------------------------------------------------------

FROZEN = texts("schemas/frozen")


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_what_was_published_is_still_accepted(name: str) -> None:
    current = texts("schemas").get(name)
    if current is None:
        kind, _, version = name.removesuffix(".json").rpartition(".v")
        assert BY_NAME[kind].version > int(version), "a schema was removed without a successor"
        return
    found = compat.changes(json.loads(FROZEN[name]), json.loads(current))
    assert compat.verdict(found) == "safe", found


def test_everything_current_is_frozen() -> None:
    assert set(texts("schemas")) <= set(FROZEN)
