"""Erasures in a `tests.kit.System`: said by both bodies, and carried out."""

import hashlib
import itertools
import uuid
from collections.abc import Sequence

from events import codec
from events.erasure import Named, erased_by
from events.model import ADMINISTRATION, SUPERVISOR
from events.outputs import Row
from processors.erasing import remains
from tests.fakes.store import MemoryStore
from tests.kit import System, chain


def erase(
    system: System, *records: Named, by: Sequence[str] = (ADMINISTRATION, SUPERVISOR)
) -> list[Row]:
    """Have the bodies say that the people of these records are erased."""
    named = [one._asdict() for one in records]
    digest = hashlib.sha256(codec.dumps(named)).digest()
    name = str(uuid.UUID(bytes=digest[:16], version=4))
    said = {"erasure_id": name, "reason": "request", "records": named}
    return [system.control("erasure", 1, body, **said) for body in by]


def carried_out(system: System) -> System:
    """A system rebuilt after its erasures were carried out: without the keys of the erased.

    It shares nothing with the one before.
    """
    numbers = itertools.count(len(system.remains.left) + 1)
    left = remains(
        lambda: iter(chain(system.blocks)),
        lambda block: system.keys.get(block.keys_id),
        erased_by(chain(system.blocks)),
        system.remains,
        lambda: hashlib.sha256(b"stand-in %d" % next(numbers)).hexdigest()[:32],
    )
    twin = System(rules=system.rules, test_mode=system.test_mode, supervised=system.supervised)
    twin.signed, twin.remains = system.signed, left
    twin.intake_store, twin.registry_store = MemoryStore(), MemoryStore()
    twin.blocks, twin.outputs = [], []
    twin.keys = system.keys | {name: one.keys for name, one in left.left.items()}
    twin.offset, twin.clock_ms, twin.names = system.offset, system.clock_ms, dict(system.names)
    twin.reopen()
    twin.registry.common.stand_ins = dict(left.stand_ins)
    for value in system.blocks:
        twin.read(value)
    return twin
