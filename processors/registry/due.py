"""What falls due on which day: a list of facts under each day, taken when it begins."""

from processors.registry import keys
from processors.registry.memory import RegistryState

_KEY_BYTES = 17
_BITS = 64


def put(state: RegistryState, day: int, fact: bytes) -> None:
    """Remember that a fact (its store key) falls due on a day that is still to come."""
    if day <= state.common.today:
        return
    key = keys.due_key(day)
    bucket = _bucket(key, fact)
    before = state.overlay.get(bucket) or b""
    if fact not in _split(before):
        state.overlay.put(bucket, before + fact)


def take(state: RegistryState, day: int) -> list[bytes]:
    """The store keys of all that falls due on a day, in order; they are forgotten."""
    key = keys.due_key(day)
    buckets = [key + number.to_bytes() for number in range(_BITS)]
    state.overlay.load(buckets)
    found: list[bytes] = []
    for bucket in buckets:
        value = state.overlay.get(bucket)
        if value:
            found += _split(value)
            state.overlay.put(bucket, None)
    return sorted(found)


def _bucket(key: bytes, fact: bytes) -> bytes:
    """A day has 64 lists, so that none is rewritten whole for each of 100,000 facts."""
    return key + (fact[1] % _BITS).to_bytes()


def _split(value: bytes) -> list[bytes]:
    return [value[at : at + _KEY_BYTES] for at in range(0, len(value), _KEY_BYTES)]
