"""Sealed subjects: bound to their place, and erasable one by one."""

import pytest

from events import sealing
from events.journal import decode_block
from processors.stages.base import subjects_of
from tests.kit import System, token

KEYS = b"".join(bytes([number]) * sealing.KEY_BYTES for number in (1, 2, 3))
ID = "a" * 32


def sealed(place: int) -> bytes:
    """The ciphertext of record `place`."""
    key = KEYS[place * sealing.KEY_BYTES : (place + 1) * sealing.KEY_BYTES]
    return sealing.seal(key, ID, place, b"secret")


def test_what_was_sealed_opens_at_its_place_alone() -> None:
    assert [sealing.unseal(KEYS, ID, place, sealed(place)) for place in range(3)] == [b"secret"] * 3
    with pytest.raises(ValueError, match="does not open"):
        sealing.unseal(KEYS, ID, 0, sealed(1))
    with pytest.raises(ValueError, match="does not open"):
        sealing.unseal(KEYS, "b" * 32, 0, sealed(0))
    with pytest.raises(ValueError, match="does not open"):
        sealing.unseal(KEYS[:32] * 3, ID, 1, sealed(1))
    changed = bytes([sealed(0)[0] ^ 1]) + sealed(0)[1:]
    with pytest.raises(ValueError, match="does not open"):
        sealing.unseal(KEYS, ID, 0, changed)


@pytest.mark.parametrize("keys", [None, b"", bytes(96), KEYS[:31]])
def test_erased(keys: bytes | None) -> None:
    with pytest.raises(sealing.Erased):
        sealing.unseal(keys, ID, 0, sealed(0))


def test_one_record_is_erased_and_its_neighbours_stay() -> None:
    keys = KEYS[:32] + bytes(32) + KEYS[64:]
    assert sealing.unseal(keys, ID, 0, sealed(0)) == b"secret"
    with pytest.raises(sealing.Erased):
        sealing.unseal(keys, ID, 1, sealed(1))
    assert sealing.unseal(keys, ID, 2, sealed(2)) == b"secret"


def test_the_subjects_of_a_journalled_record() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01 M=P02")
    block = decode_block(system.blocks[-1])
    item = block.items[-1]
    people = system.opener(block, item)
    assert people == [
        {"role": "recipient", "tokens": [token("P01")]},
        {"role": "member", "tokens": [token("P02")]},
    ]
    assert subjects_of(None, block, item) is None
    with pytest.raises(ValueError, match="does not open"):
        subjects_of(KEYS, block, item)
