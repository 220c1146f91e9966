"""What the attacker takes out of bytes: the attack proves nothing if he overlooks a key."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.attack import harvest
from tests.attack.attacker import recover
from tests.attack.loot import Loot
from tests.attack.people import shared_key_tokens, world

TOKEN = bytes(range(16))
KEY = bytes(range(100, 132))


@pytest.mark.parametrize(
    "data",
    [
        b'["tr.tckimlik","' + TOKEN.hex().encode() + b'"]',
        TOKEN.hex().upper().encode(),
        (TOKEN + KEY[:16]).hex().encode(),
    ],
)
def test_tokens_in_text(data: bytes) -> None:
    loot = Loot()
    loot.text(data)
    assert TOKEN in loot.tokens


def test_tokens_in_a_store_at_any_place() -> None:
    loot = Loot()
    loot.raw(b"t" + TOKEN + b"\n\x00\x01")
    assert TOKEN in loot.tokens


@pytest.mark.parametrize(
    "data",
    [
        KEY,
        b'{"key": "' + KEY.hex().encode() + b'"}',
        b"key=" + base64.b64encode(KEY) + b"\n",
        b'"' + base64.urlsafe_b64encode(KEY).rstrip(b"=") + b'"',
    ],
)
def test_keys_in_files(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(data)
    loot = Loot()
    harvest.folder(tmp_path, loot)
    assert KEY in loot.keys


def test_private_keys() -> None:
    pem = Ed25519PrivateKey.from_private_bytes(KEY).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    loot = Loot()
    loot.key_file("k", pem)
    assert KEY in loot.keys


def test_keys_of_sealed_records() -> None:
    loot = Loot()
    loot.keys_message(TOKEN * 2 + KEY)
    assert loot.secrets == {TOKEN * 2, KEY}


@pytest.mark.parametrize("epoch", ["e1", "e2"])
def test_a_secret_of_a_store_is_tried_as_a_key(epoch: str) -> None:
    everyone = world(2_000)
    loot = Loot(secrets={KEY})
    loot.tokens |= shared_key_tokens(KEY, everyone.strong, epoch)
    assert recover(loot, everyone.candidates, everyone.known).share_of(everyone.strong) == 1
    assert recover(loot, everyone.candidates, []).tokens == {}, "somebody has to be known"
