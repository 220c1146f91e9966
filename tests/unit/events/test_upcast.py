"""Strict at the door, tolerant at the log: old versions, newer versions, extra fields."""

from importlib.resources import files
from typing import Any

import orjson
import pytest

import events
from events import upcast
from events.catalog import CATALOG
from events.foldable import folds
from events.journal import decode_block, encode_block
from events.model import PolicyRules
from events.stage_signing import content_of
from processors.registry.rules import Rules
from tests.fakes.store import MemoryStore
from tests.kit import ZERO_NONCE, System, token
from tests.speech import told

RENT = "rent/cash/m 600 2026-05 R=P01"


def renamed(record: dict[str, Any]) -> dict[str, Any]:
    """A made-up change: version 1 called the amount `value`."""
    record["amount"] = record.pop("value")
    return record


def split(record: dict[str, Any]) -> dict[str, Any]:
    """Another one: version 2 had no currency."""
    return record | {"currency": "TRY"}


STEPS = {("thing", 1): renamed, ("thing", 2): split}
VERSIONS = {"thing": 3, "other": 1}


def up(name: str, version: int, record: dict[str, Any]) -> dict[str, Any]:
    return upcast.upcast(name, version, record, versions=VERSIONS, steps=STEPS)


def test_steps_are_chained_from_any_version() -> None:
    current = {"amount": "1", "currency": "TRY", "unknown": [1]}
    assert up("thing", 1, {"value": "1", "unknown": [1]}) == current
    assert up("thing", 2, {"amount": "1", "unknown": [1]}) == current
    assert up("thing", 3, current) is current


def test_the_record_that_was_read_is_not_changed() -> None:
    old = {"value": "1"}
    up("thing", 1, old)
    assert old == {"value": "1"}


@pytest.mark.parametrize(
    ("name", "version"), [("thing", 4), ("other", 2), ("thing", 0), ("referral", 1)]
)
def test_what_is_not_known_is_not_guessed(name: str, version: int) -> None:
    with pytest.raises(upcast.NotImplementedVersion, match=f"does not implement '{name}'"):
        up(name, version, {})


def test_a_missing_step_is_named() -> None:
    with pytest.raises(upcast.NotImplementedVersion, match="step of 'thing' from version 1"):
        upcast.upcast("thing", 1, {}, versions=VERSIONS, steps={})


def test_each_version_in_the_catalogue_can_be_reached_from_the_first() -> None:
    for entry in CATALOG:
        for version in range(upcast.FIRST_VERSION, entry.version):
            assert (entry.name, version) in upcast.STEPS
    assert {name for name, _ in upcast.STEPS} <= set(upcast.VERSIONS)


# -- the steps there are -------------------------------------------------------------------------

OLD_RULES = {"least_overlap_days": 3, "placeholder_tokens": [], "rates": {"EUR": "40"}}


def test_the_rules_of_an_old_policy_and_genesis_get_the_defaults_of_version_2() -> None:
    policy = upcast.upcast("policy", 1, {"kind": "policy", "version": 2, "rules": OLD_RULES})
    genesis = upcast.upcast("genesis", 1, {"kind": "genesis", "policy": OLD_RULES})
    assert policy["rules"] == genesis["policy"]
    assert policy["rules"] == upcast.POLICY_RULES_2 | OLD_RULES
    assert policy["rules"]["unmet_days"]["food"] == 14
    assert policy["version"] == 2


def test_the_written_out_rules_are_fields_of_the_model_that_version_1_lacked() -> None:
    frozen = files(events) / "schemas" / "frozen" / "policy.v1.json"
    old = orjson.loads(frozen.read_bytes())["$defs"]["PolicyRules"]["properties"]
    assert not set(old) & set(upcast.POLICY_RULES_2)
    PolicyRules.model_validate_json(orjson.dumps(upcast.POLICY_RULES_2))
    frozen = files(events) / "schemas" / "frozen" / "policy.v2.json"
    second = orjson.loads(frozen.read_bytes())["$defs"]["PolicyRules"]["properties"]
    assert second.keys() - old.keys() == upcast.POLICY_RULES_2.keys()


@pytest.mark.parametrize("threshold", [10, 14])
def test_an_old_policy_asks_its_own_threshold_also_where_numbers_differ(threshold: int) -> None:
    old = upcast.POLICY_RULES_2 | OLD_RULES | {"weak_threshold": threshold}
    defaults = PolicyRules().model_dump(mode="json", exclude={"weak_threshold_apart"})
    policy = upcast.upcast("policy", 2, {"kind": "policy", "rules": defaults | old})
    genesis = upcast.upcast("genesis", 2, {"kind": "genesis", "policy": defaults | old})
    for current in (policy["rules"], genesis["policy"]):
        assert current == defaults | old, "nothing is added: hashes of what was signed stay"
        assert Rules.of(1, 0, current).weak_threshold_apart == threshold


RULES_4 = {"as_part", "excluding_programmes", "two_people_above"}


def test_a_policy_of_before_version_4_lets_no_other_purposes_or_programmes_meet() -> None:
    defaults = PolicyRules().model_dump(mode="json", exclude=RULES_4)
    for name, version in (("policy", 3), ("genesis", 5)):
        field = "rules" if name == "policy" else "policy"
        current = upcast.upcast(name, version, {"kind": name, field: defaults})[field]
        assert current == defaults, "nothing is added: hashes of what was signed stay"
        rules = Rules.of(1, 0, current)
        assert (rules.parts, rules.excludes, rules.two_people_above) == ({}, {}, None)


def test_an_inquiry_of_before_version_3_has_no_reason_and_folds() -> None:
    system = System.ready()
    ask = told("ASK KIZ TEMEL q1 rent/cash/m 2026-05 R=P01")[2]
    record = {k: v for k, v in ask.items() if k not in ("nonce", "subjects", "reason")}
    value = block_of(system, *submission(system, record, sv=2))
    assert folds(decode_block(value))
    assert system.read(value)
    assert "reason" not in upcast.upcast("inquiry", 2, record)
    # the door asks for it
    del ask["reason"]
    row = system.submit("KIZ", ask)[0]
    assert (row["reason"], row["field"]) == ("missing-field", "reason")


def test_a_partner_of_version_1_runs_no_key_server_and_genesis_3_opens_no_epoch() -> None:
    system = System.ready()
    body = {"kind": "partner", "version": 2, "org": "KIZ", "name": "KIZ", "mailbox": "a@b.example"}
    assert system.read(block_of(system, *submission(system, body)))
    assert system.intake.world.partners["KIZ"] == 2
    assert (system.intake.world.key_servers, system.intake.world.epochs) == ({}, {})
    genesis = next(item for item in system.items() if item["t"] == "genesis")
    older = upcast.upcast_item(genesis | {"sv": 3})
    assert older["genesis"] == genesis["genesis"]


def test_a_journal_that_was_begun_with_version_1_is_read_by_both_folds() -> None:
    system = System(supervised=False)
    header, genesis = content_of(system.blocks[0]).split(b"\n")
    item = orjson.loads(genesis)
    del item["sv"]
    later = {*upcast.POLICY_RULES_2, "weak_threshold_apart", *RULES_4}
    item["genesis"]["policy"] = {
        k: v for k, v in item["genesis"]["policy"].items() if k not in later
    }
    old = System(supervised=False)
    old.intake_store, old.registry_store = MemoryStore(), MemoryStore()
    old.reopen()
    del item["genesis"]["stage_keys"]
    old.signed = False
    assert old.read(header + b"\n" + orjson.dumps(item))
    today = {k: v for k, v in system.intake.world.rules.items() if k not in RULES_4}
    assert old.intake.world.rules == {k: v for k, v in today.items() if v is not None}
    assert old.policy(2, "2025-01-01", held_records=30)["disposition"] == "accepted"
    assert old.intake.world.rules["held_records"] == 30, "no supervisor: one signature is all"


# -- in the folds --------------------------------------------------------------------------------


def block_of(system: System, *items: dict[str, Any]) -> bytes:
    """The next block, with items that were written by another program."""
    world = system.intake.world
    content = encode_block(
        head=world.head,
        source=(world.source_next, world.source_next),
        clock_ms=world.clock_ms,
        keys_id="",
        keys_offset=-1,
        items=items,
    )
    return system.signed_block(content, world.head_seq)


def submission(system: System, record: dict[str, Any], **more: Any) -> tuple[dict[str, Any], ...]:
    """The items of a submission of one record."""
    system.say(f"KIZ TEMEL k0 {RENT.replace('P01', 'P77')}")
    manifest = next(item for item in reversed(system.items()) if item["t"] == "sub")
    return manifest, {"t": "rec", "row": 1, "rec": record} | more


PROGRAMME = {"kind": "programme", "version": 5, "programme": "KIZ-NEW", "owner": "KIZ"}


def test_an_old_record_reaches_both_folds_in_todays_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System.ready()
    old = {"kind": "programme", "version": 5, "code": "KIZ-NEW", "owner": "KIZ"}
    items = submission(system, old)
    value = block_of(system, *items)
    monkeypatch.setitem(upcast.VERSIONS, "programme", 2)

    def step(record: dict[str, Any]) -> dict[str, Any]:
        if "code" in record:
            record = record | {"programme": record.pop("code"), "complements": []}
        return record

    monkeypatch.setitem(upcast.STEPS, ("programme", 1), step)
    assert system.read(value)
    assert system.intake.world.programmes["KIZ"] >= 1
    assert (system.registry.programme("KIZ-NEW") or {})["version"] == 5
    # what is written from now on says its version, and reads back as it is
    row = system.control("programme", 1, "KIZ", programme="KIZ-MORE", owner="KIZ")
    assert row["disposition"] == "accepted"
    written = [i for i in system.items() if i.get("rec", {}).get("kind") in (None, "programme")]
    assert [(i["t"], i["sv"]) for i in written if "sv" in i] == [("genesis", 6), ("rec", 2)]


def decode_items(value: bytes) -> list[dict[str, Any]]:
    """The items of a block as they were written."""
    return [orjson.loads(line) for line in content_of(value).split(b"\n")[1:]]


@pytest.mark.parametrize(
    ("record", "more"),
    [(PROGRAMME, {"sv": 2}), (PROGRAMME | {"kind": "referral"}, {}), (PROGRAMME, {"sv": 0})],
)
def test_a_newer_record_stops_both_folds(record: dict[str, Any], more: dict[str, Any]) -> None:
    system = System.ready()
    items = submission(system, record, **more)
    value = block_of(system, *items)
    before = system.intake.world.head, system.registry.common.head
    with pytest.raises(upcast.NotImplementedVersion, match="does not implement"):
        system.read(value)
    with pytest.raises(upcast.NotImplementedVersion, match="does not implement"):
        decode_block(value)
    assert (system.intake.world.head, system.registry.common.head) == before


def test_a_newer_genesis_stops_too() -> None:
    first = decode_items(System().blocks[0])[0]
    with pytest.raises(upcast.NotImplementedVersion, match="'genesis' version 9"):
        upcast.upcast_item(first | {"sv": 9})


def test_unknown_extra_fields_are_tolerated_in_the_log_and_refused_at_the_door() -> None:
    system = System.ready()
    extra = PROGRAMME | {"complements": [], "phone": "blue"}
    items = submission(system, extra, note="of a later program")
    value = block_of(system, *items)
    assert system.read(value)
    assert system.registry.programme("KIZ-NEW") is not None
    row = system.submit("KIZ", extra | {"nonce": ZERO_NONCE, "version": 6})[0]
    assert (row["reason"], row["field"]) == ("unknown-field", "phone")


def test_version_one_is_not_written() -> None:
    system = System.ready()
    system.say(f"KIZ TEMEL k1 {RENT}")
    said = {
        (item["t"] if item["t"] != "rec" else item["rec"]["kind"], item["sv"])
        for item in system.items()
        if "sv" in item
    }
    assert said == {("genesis", 6), ("partner", 2)}
    assert token("P01")[1] not in str(system.items())
