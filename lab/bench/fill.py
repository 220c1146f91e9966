"""A registry's store as it is after many households were paid once.

One household of each purpose is really folded in memory; what that wrote is stamped with
the others' tokens and ids, byte for byte, and one more household is folded to see that the
stamp gives the same bytes. So a change of how the state lies in the store is followed, or
the run stops.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from infra.ports import Store
from lab.bench import load, processes
from lab.bench.children import tell
from lab.bench.stages import Intake, Registry
from processors.registry import keys as st

BATCH: Final = 2_000
RAW_KEYS: Final = 100_000
RAW_CHUNK: Final = 6_000
"""The token keys of a full block."""
TEMPLATE: Final = 1 << 40
"""Far from any household's number."""
QUIET_SHARE: Final = 0.05
SETTLE_SECONDS: Final = 120

Written = dict[bytes, bytes]


class MemoryStore:
    """A `Store` in a dictionary."""

    def __init__(self) -> None:
        self.data: Written = {}

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See `Store.get_many`."""
        return [self.data.get(key) for key in keys]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """See `Store.write`."""
        for key, value in changes.items():
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value

    def close(self) -> None:
        """Nothing to release."""


def fill(store: Store, households: int) -> None:
    """Put `households` that were paid in month 0 into the registry's store."""
    stamps = [Stamp(TEMPLATE + number) for number in range(len(load.PURPOSES))]
    check(stamps)
    said = time.monotonic()
    for start in range(0, households, BATCH):
        changes: Written = {}
        for household in range(start, min(households, start + BATCH)):
            changes |= stamps[household % len(stamps)].of(household)
        store.write(changes)
        if time.monotonic() - said > 5:
            said = time.monotonic()
            tell(f"filling the store: {start * load.STRONG_TOKENS:,} tokens")


def check(stamps: Sequence["Stamp"]) -> None:
    """Raise ValueError if a stamped household is not what folding it writes."""
    for household in (7, 123_456):
        if stamps[household % len(stamps)].of(household) != really_folded(household):
            raise ValueError("the filled store would not be what folding writes: see Stamp")


def really_folded(household: int) -> Written:
    """What the registry writes for one household's first payment, but for the world."""
    inside, outside = MemoryStore(), Intake(MemoryStore())
    registry = Registry(inside)
    for block in outside.begin():
        registry.fold(block)
    before = set(inside.data)
    registry.fold(outside.block(list(load.submissions([(household, 0)], load.signer()))))
    return {key: value for key, value in inside.data.items() if key not in before}


class Stamp:
    """One household's writes with the places where its tokens and ids stand."""

    def __init__(self, household: int) -> None:
        old = _names(household)
        self._pairs = [
            (key, value, _places(old, key), _places(old, value))
            for key, value in really_folded(household).items()
        ]
        self._old = old

    def of(self, household: int) -> Written:
        """The same writes for another household of the same purpose."""
        new = _names(household)
        return {
            self._stamped(key, new, in_key): self._stamped(value, new, in_value)
            for key, value, in_key, in_value in self._pairs
        }

    def _stamped(self, text: bytes, new: Sequence[bytes], places: Sequence[int]) -> bytes:
        for place in places:
            text = text.replace(self._old[place], new[place])
        return text


def _names(household: int) -> list[bytes]:
    """All by which a household's writes differ from another's."""
    strong, weak = load.tokens(household)
    who = (household, 0)
    record = load.assistance_id(who)
    return [
        record.encode(),
        st.record_key(load.ORG, record)[1:],
        str(load.record(who)["nonce"]).encode(),
        *(token.encode() for token in strong),
        *(token.encode() for token in weak),
        *(bytes.fromhex(token) for token in (*strong, *weak)),
        # whoever shares a telephone is told by the first half of a number's token
        *(bytes.fromhex(token)[:8] for token in strong),
    ]


def _places(names: Sequence[bytes], text: bytes) -> list[int]:
    return [place for place, name in enumerate(names) if name in text]


# -- the store itself ----------------------------------------------------------------------------


def settle() -> None:
    """Wait until the store's own threads are quiet: a bulk fill is compacted behind our back."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        before = processes.usage(os.getpid()).cpu_seconds
        time.sleep(1)
        if processes.usage(os.getpid()).cpu_seconds - before < QUIET_SHARE:
            return
    tell("the store is still compacting")


def raw_rates(store: Store, households: int, runs: int) -> list[float]:
    """get + put of token keys a second, in batches as large as a block's."""
    rates = []
    count = min(RAW_KEYS, households * load.STRONG_TOKENS // runs)
    for run in range(runs):
        keys = list(_some_keys(households, count, run))
        began = time.perf_counter()
        for start in range(0, len(keys), RAW_CHUNK):
            chunk = keys[start : start + RAW_CHUNK]
            values = store.get_many(chunk)
            store.write(dict(zip(chunk, values, strict=True)))
        rates.append(len(keys) / (time.perf_counter() - began))
    return rates


def _some_keys(households: int, count: int, run: int) -> Iterator[bytes]:
    """Keys of tokens all over the store, others in each run."""
    wanted = count // load.STRONG_TOKENS
    for number in range(wanted):
        household = (number * households // wanted + run) % households
        for token in load.tokens(household)[0]:
            yield st.token_key(f"tr.tckimlik:{token}")
