"""A rebuild is the same, byte for byte, in any process."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from random import Random

from events import codec
from tests.fakes.store import MemoryStore
from tests.kit import ORGS, System, spoken

ROOT = Path(__file__).parents[2]
RECORDS = 400


def scripted() -> System:
    """A system after a few hundred records of few families, with steps and a policy."""
    system, chance = System.ready(), Random(7)
    for number in range(RECORDS):
        org, stage = chance.choice(ORGS), chance.choice(("", "", "", "PLAN "))
        people = chance.sample(range(40), 4)
        who = f"R=P{people[0]} M=P{people[1]},P{people[2]} B=P{people[3]}"
        what = chance.choice(("rent/cash/m", "food/voucher/1", "education/cash/m"))
        line = f"{stage}{org} AID r{number} {what} {chance.randint(1, 9999)} 2026-05 {who}"
        lines = [codec.dumps(spoken(line)[2])]
        if number % 7 == 0:
            lines.append(lines[0])
        if number % 11 == 0:
            lines.append(b"{}")
        system.send(system.message(org, lines))
        if number % 50 == 49:
            system.step(f"2025-01-{number // 50 + 2:02}")
    system.policy(2, "2026-01-01", least_overlap_days=3)
    return system


def fingerprint(system: System) -> str:
    """SHA-256 over all blocks, all outputs and both stores."""
    total = hashlib.sha256()
    for value in system.blocks:
        total.update(value)
    for output in system.outputs:
        total.update(codec.dumps(output))
    for store in (system.intake_store, system.registry_store):
        assert isinstance(store, MemoryStore)
        for key in sorted(store.data):
            total.update(key + b"\0" + store.data[key])
    return total.hexdigest()


def test_two_rebuilds_are_equal_to_the_first_run() -> None:
    system = scripted()
    assert sum(f["status"] == "open" for f in system.findings().values()) > 50
    for stored in (0, len(system.blocks) // 2, len(system.blocks)):
        assert fingerprint(system.restarted(stored)) == fingerprint(system)


def test_the_hash_seed_of_the_process_changes_nothing() -> None:
    prints = {
        subprocess.run(
            [sys.executable, "-m", "tests.replay.test_rebuild"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert prints == {fingerprint(scripted()) + "\n"}


def test_a_rebuild_after_everything_was_erased_goes_through() -> None:
    system = scripted()
    system.keys = {}
    erased = system.restarted(0)
    assert erased.blocks == system.blocks
    # what was submitted, and what became of it, is the same; nobody can be matched any more
    rows, again = (
        [r["disposition"] for o in one.outputs for s in o["submissions"] for r in s["rows"]]
        for one in (system, erased)
    )
    assert again == rows
    assert erased.findings() == {}


if __name__ == "__main__":
    print(fingerprint(scripted()))
