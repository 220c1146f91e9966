"""events/vectors/tokens.json: what a partner's own code is measured by is what ours does."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import events
from events import signing
from keyserver.oprf import group, messages, rfc9497, threshold
from keyserver.oprf.messages import HeldEpoch
from keyserver.oprf.rfc9497 import Mode
from keyserver.oprf.shares import KeyShare
from producers.tokenising import inputs
from tests.fakes.dice import stream
from tests.oprf import derive_key_pair

FILE = Path(str(events.__file__)).parent / "vectors" / "tokens.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
HELD = HeldEpoch.model_validate(VECTORS["committee"])
SHARES = [
    KeyShare(int(server), HELD.generation, group.deserialize_secret(bytes.fromhex(secret)))
    for server, secret in VECTORS["shares"].items()
]


def test_inputs_and_tokens_under_the_whole_key() -> None:
    secret = group.deserialize_secret(bytes.fromhex(VECTORS["secret"]))
    for vector in VECTORS["tokens"]:
        text = inputs.token_input(HELD.epoch, vector["type"], vector["number"])
        assert text.decode() == vector["input"]
        assert inputs.token(rfc9497.evaluate(secret, text, Mode.VOPRF)) == vector["token"]


def test_the_shares_public_keys_follow_from_the_commitments() -> None:
    found = {str(n): key.hex() for n, key in HELD.committee.share_public_keys.items()}
    assert found == VECTORS["share_public_keys"]
    for share in SHARES:
        share.check(HELD.committee)


@pytest.mark.parametrize("pair", list(itertools.combinations(SHARES, 2)))
def test_any_two_servers_give_the_tokens(pair: tuple[KeyShare, KeyShare]) -> None:
    random = stream(1)
    texts = [vector["input"].encode() for vector in VECTORS["tokens"]]
    batch = threshold.blind_batch(texts, random)
    answers = {share.server: threshold.answer(share, batch.elements, random) for share in pair}
    found = threshold.finalize_batch(
        batch, threshold.combine(HELD.committee, batch.elements, answers)
    )
    assert [inputs.token(output) for output in found] == [v["token"] for v in VECTORS["tokens"]]


def test_the_signed_request() -> None:
    asked = VECTORS["request"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(asked["private_key"]))
    body = asked["body"].encode()
    assert messages.Evaluate.model_validate_json(body).epoch == HELD.epoch
    text = messages.signed_text(
        asked["server"], asked["org"], asked["request"], asked["time"], body
    )
    assert signing.public_bytes(key).hex() == asked["public_key"]
    assert key.sign(text).hex() == asked["signature"]


def test_the_vectors_key_is_nobodys_secret() -> None:
    """It is derived from a seed that counts up, so that nobody takes it for a real one."""
    secret, _ = derive_key_pair(bytes(range(32)), b"tekil test vectors", Mode.VOPRF)
    assert secret.hex() == VECTORS["secret"]
