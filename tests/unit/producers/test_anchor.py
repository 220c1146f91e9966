"""By what a partner knows its receipts: the file it was given, and the keys that came since."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from events import codec
from events.catalog import receipts_topic
from events.model import ADMINISTRATION
from events.stage_signing import signed
from infra.errors import UsageProblem
from infra.settings import Settings
from processors.receipts import senders_of_keys
from producers import anchor as module
from producers.anchor import (
    Anchor,
    anchor_path,
    organisations,
    organisations_of,
    proven,
    write_anchor,
)
from tests.kit import ORGS, ZERO_NONCE, System, chain, private_key, public_hex


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(module, "scan", lambda *_: iter(()))
    return Settings(home=tmp_path)


@pytest.fixture
def system() -> System:
    return System.ready()


def receipt(seq: int, **more: Any) -> bytes:
    told = {"v": 1, "receipt_id": "", "org": "KIZ", "seq": seq, "submissions": [], "notices": []}
    return codec.dumps(told | more)


def rotated(system: System, **more: Any) -> dict[str, Any]:
    """The proof of a next key of receipts, as the receipts stage tells it."""
    fields = {"stage": "receipts", "public_key": public_hex("next"), "version": 1} | more
    line = codec.dumps({"kind": "stage-key", "nonce": ZERO_NONCE} | fields)
    message = system.message(ADMINISTRATION, [line])
    assert system.send(message)[0][0]["disposition"] == "accepted"
    [sub] = senders_of_keys(chain(system.blocks)[-1])
    value = message.value or b""
    assert value.decode().startswith(sub["manifest"])
    return {"submission": value.decode(), "sig": sub["sig"]}


def by_next(seq: int, **more: Any) -> bytes:
    return signed(private_key("next"), receipts_topic("KIZ"), str(seq), receipt(seq, **more))


def test_only_what_the_system_wrote_is_a_receipt(settings: Settings, system: System) -> None:
    path = write_anchor(settings, "KIZ", system.registry.common.trust)
    assert path.stat().st_mode & 0o777 == 0o600
    reader = Anchor(settings, "KIZ")
    good = system.signed_receipt("KIZ", 3, receipt(3))
    assert reader.receipt(good) == orjson.loads(receipt(3))
    for other in (None, b"", b"\xff", receipt(3), by_next(3), good.replace(b'"seq":3', b'"seq":4')):
        assert reader.receipt(other) is None
    assert reader.skipped == 6


def test_the_file_holds_no_key_of_anybody_else(settings: Settings, system: System) -> None:
    path = write_anchor(settings, "KIZ", system.registry.common.trust)
    known = orjson.loads(path.read_bytes())
    assert {key["org"] for key in known["signers"].values()} == {"ADMIN"}
    assert {key["stage"] for key in known["stages"].values()} == {"receipts"}


def test_the_next_key_comes_in_a_receipt_and_is_kept(settings: Settings, system: System) -> None:
    write_anchor(settings, "KIZ", system.registry.common.trust)
    proof = rotated(system)
    seq = system.registry.common.head_seq - 1
    reader = Anchor(settings, "KIZ")
    assert reader.receipt(by_next(seq, stage_keys=[proof])) is not None
    assert reader.receipt(by_next(seq + 1)) is not None
    assert Anchor(settings, "KIZ").receipt(by_next(seq + 2)) is not None
    assert reader.skipped == 0


def test_a_key_that_came_while_nobody_read_is_looked_up(
    settings: Settings, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_anchor(settings, "KIZ", system.registry.common.trust)
    proof = rotated(system)
    seq = system.registry.common.head_seq - 1
    earlier = [b"junk", by_next(seq, stage_keys=[proof])]
    messages = [type("M", (), {"value": value}) for value in earlier]
    monkeypatch.setattr(module, "scan", lambda *_: iter(messages))
    assert Anchor(settings, "KIZ").receipt(by_next(seq + 5)) is not None


def test_a_copied_proof_says_nothing_of_when_it_counts(settings: Settings, system: System) -> None:
    write_anchor(settings, "KIZ", system.registry.common.trust)
    proof = rotated(system)
    seq = system.registry.common.head_seq - 1
    reader = Anchor(settings, "KIZ")
    far = receipt(seq + 1_000, stage_keys=[proof])
    place = str(seq + 1_000)
    for forged in (far, signed(private_key("thief"), receipts_topic("KIZ"), place, far)):
        assert reader.receipt(forged) is None
    assert reader.receipt(by_next(seq, stage_keys=[proof])) is not None
    assert reader.receipt(by_next(seq + 1)) is not None


def test_an_ended_key_signs_no_later_receipt(settings: Settings, system: System) -> None:
    write_anchor(settings, "KIZ", system.registry.common.trust)
    reader = Anchor(settings, "KIZ")
    begun = rotated(system)
    seq = system.registry.common.head_seq - 1
    assert reader.receipt(by_next(seq, stage_keys=[begun]))
    ended = rotated(system, public_key=public_hex("receipts"), version=2, status="revoked")
    assert reader.receipt(by_next(seq + 1, stage_keys=[ended]))
    old = system.signed_receipt
    assert reader.receipt(old("KIZ", seq, receipt(seq)))
    assert reader.receipt(old("KIZ", seq + 1, receipt(seq + 1))) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof | {"sig": "eA=="},
        lambda proof: proof | {"submission": swapped(proof, public_hex("next"), public_hex("x"))},
        lambda proof: proof | {"submission": swapped(proof, "receipts", "registry")},
        lambda proof: proof | {"submission": swapped(proof, "ADMIN", "KIZ")},
        lambda proof: proof | {"submission": proof["submission"] + "\n{}"},
        lambda proof: {"submission": "", "sig": ""},
        lambda proof: {"submission": 1, "sig": None},
        lambda proof: "no proof",
    ],
)
def test_a_key_that_the_administration_did_not_sign_is_not_taken(
    system: System, change: Any
) -> None:
    trust = system.registry.common.trust.copy()
    proof = rotated(system)
    assert [one["public_key"] for one in proven(proof, trust)] == [public_hex("next")]
    assert proven(change(proof), trust) == []


def swapped(proof: dict[str, Any], old: str, new: str) -> str:
    text: str = proof["submission"]
    assert old in text
    return text.replace(old, new)


def test_the_file_lists_the_organisations(settings: Settings, system: System) -> None:
    trust = system.registry.common.trust
    elsewhere = settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    assert organisations(elsewhere, "KIZ") == frozenset()
    write_anchor(settings, "KIZ", trust, organisations_of(trust))
    assert organisations(elsewhere, "KIZ") == frozenset(ORGS)
    # a later key of receipts is written into it, and the list stays
    write_anchor(settings, "KIZ", trust)
    assert organisations(elsewhere, "KIZ") == frozenset(ORGS)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b'{"organisations":3}', b'{"v":1}'])
def test_a_file_of_before_or_a_damaged_one_lists_nobody(
    settings: Settings, content: bytes | None
) -> None:
    path = anchor_path(settings, "KIZ")
    if content is not None:
        path.write_bytes(content)
    elsewhere = settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    assert organisations(elsewhere, "KIZ") == frozenset()


def test_a_machine_that_runs_the_system_knows_whose_files_it_wrote(
    settings: Settings, system: System
) -> None:
    trust = system.registry.common.trust
    write_anchor(settings, "STK", trust, {"STK"})
    write_anchor(settings, "KIZ", trust, {"KIZ", "STK"})
    assert organisations(settings, "STK") == {"KIZ", "STK"}


def test_a_partner_elsewhere_needs_its_own_file(settings: Settings, system: System) -> None:
    elsewhere = settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    with pytest.raises(UsageProblem, match="tekil partner file KIZ"):
        Anchor(elsewhere, "KIZ")
    path = write_anchor(settings, "STK", system.registry.common.trust)
    anchor_path(settings, "KIZ").write_bytes(path.read_bytes())
    with pytest.raises(UsageProblem, match="the file of STK"):
        Anchor(elsewhere, "KIZ")
    path.write_bytes(b"{}")
    with pytest.raises(UsageProblem, match="cannot be read"):
        Anchor(elsewhere, "STK")
