"""Signatures against Wycheproof's vectors, and the domain that binds them."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import signing

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "wycheproof_ed25519_test.json").read_text("utf-8")
)
GROUPS: list[dict[str, Any]] = VECTORS["testGroups"]
CASES = [(group["publicKey"]["pk"], case) for group in GROUPS for case in group["tests"]]


def test_all_vectors_are_here() -> None:
    assert len(CASES) == VECTORS["numberOfTests"] == 151
    results = [case["result"] for _, case in CASES]
    assert set(results) == {"valid", "invalid"}
    assert min(map(results.count, set(results))) > 50


@pytest.mark.parametrize(("public", "case"), CASES, ids=[str(c["tcId"]) for _, c in CASES])
def test_wycheproof(public: str, case: dict[str, Any]) -> None:
    key, message, signature = (bytes.fromhex(text) for text in (public, case["msg"], case["sig"]))
    assert signing.verify(key, signature, message) == (case["result"] == "valid"), case["comment"]


@pytest.mark.parametrize("public", [b"", b"\0" * 31, b"\0" * 33, b"\xff" * 32])
def test_a_bad_key_verifies_nothing_and_raises_nothing(public: bytes) -> None:
    assert signing.verify(public, b"\0" * 64, b"x") is False


def test_a_manifests_signature_is_of_its_domain_alone() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public, line = signing.public_bytes(private), b'{"v":1}'
    signature = signing.sign_manifest(private, line)
    assert signing.verify_manifest(public, signature, line)
    assert signing.verify(public, signature, b"tekil-submission-v1\n" + line)
    assert not signing.verify(public, signature, line)
    assert not signing.verify_manifest(public, private.sign(line), line)
    assert not signing.verify_manifest(public, signature, line + b" ")
    assert len(signing.key_id(public)) == 16
