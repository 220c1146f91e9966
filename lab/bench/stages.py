"""Intake and the registry's fold alone, on a real RocksDB, each in a process of its own; no broker.

All that the stages do is in the clock but for waiting for the broker: intake verifies,
validates, seals and writes its state; the registry parses the block, opens the subjects,
folds, encodes what it says and writes its state. The intake run leaves its blocks in a
folder, and the fold's run reads them there, so that neither carries the other's memory.
"""

import hashlib
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec, signing
from events.attributed import place_of
from events.catalog import Topic
from events.journal import Head, block_digest, encode_block
from events.model import (
    ADMINISTRATION,
    Assurance,
    FirstStageKey,
    Genesis,
    PolicyRules,
    RootKey,
    SigningStage,
)
from events.outputs import split
from events.stage_signing import signed
from infra.garbage import collect_rarely
from infra.ports import Store
from infra.rocksdb import RocksStore
from lab.bench import load, processes, trusting
from lab.bench.children import tell, write_result
from lab.bench.figures import Figure
from processors import intake
from processors.overlay import Overlay
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from processors.stages.base import subjects_of
from producers.batching import Line, Signer, Submission

KEYS_ID: Final = "0" * 32
KEY: Final = bytes(range(32))
BLOCK_SUBMISSIONS: Final = 2
"""Of 500 records: a full block."""
PHASES: Final = ("parse", "open_and_fold", "encode", "write")
TURNS: Final = 3


class Intake:
    """An intake on a store of its own, spoken to by function calls."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = intake.IntakeState(Overlay(store))
        self._offset = 0

    def begin(self) -> list[bytes]:
        """Genesis, and the block that registers the organisation and its programme."""
        root = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tekil-bench-root").digest())
        public = signing.public_bytes(root).hex()
        draft = intake.genesis_draft(
            Genesis(
                kind="genesis",
                first_day=load.FIRST_DAY,
                test_mode=True,
                root_keys=(RootKey(role="administrator", public_key=public),),
                policy=PolicyRules(),
                stage_keys=_stage_keys(),
            )
        )
        intake.apply_draft(self._state, draft)
        key = signing.public_bytes(load.signer().private_key).hex()
        facts: list[dict[str, Any]] = [
            {"kind": "partner", "org": load.ORG, "name": load.ORG, "mailbox": "b@bench.example"},
            {"kind": "key", "org": load.ORG, "public_key": key},
            {"kind": "programme", "programme": load.programme(load.ORG), "owner": load.ORG},
        ]
        lines = (codec.dumps({"version": 1, "nonce": "0" * 32} | fact) for fact in facts)
        sign = Signer(ADMINISTRATION, root, Assurance.HMAC, "none")
        control = sign.submission(tuple(Line(line, None) for line in lines))
        return [self._journal(draft), self.block([control])]

    def block(self, submissions: Sequence[Submission[Any]]) -> bytes:
        """The block that the submissions become. ValueError if a record was refused."""
        messages = []
        for submission in submissions:
            messages.append(intake.Message(self._offset, 0, submission.headers, submission.value))
            self._offset += 1
        draft = intake.decide(self._state, messages)
        if refused := [item for item in draft.items if item["t"] in ("rej", "bad", "dup")]:
            raise ValueError(f"refused: {refused[0]}")
        return self._journal(draft)

    def _journal(self, draft: intake.Draft) -> bytes:
        world = self._state.world
        content = encode_block(
            head=world.head,
            source=draft.source,
            clock_ms=world.clock_ms,
            keys_id=KEYS_ID,
            keys_offset=0,
            keys_digest="",
            items=draft.sealed(KEYS_ID, KEY * len(draft.to_seal)),
        )
        value = signed(load.stage_key(), Topic.JOURNAL, str(world.head_seq), content)
        intake.advance(self._state, Head(world.head_seq + 1, block_digest(value)), draft)
        self._store.write(self._state.save())
        return value


def _stage_keys() -> tuple[FirstStageKey, ...]:
    public = signing.public_bytes(load.stage_key()).hex()
    return tuple(FirstStageKey(stage=stage, public_key=public) for stage in SigningStage)


class Registry:
    """A registry on a store of its own; `seconds` is how long each phase took so far."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = RegistryState(Overlay(store))
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self.cpu_seconds = 0.0

    def fold(self, value: bytes) -> int:
        """Fold one block and write the state; returns how many findings were said."""
        began, cpu_began = time.perf_counter(), time.process_time()
        block = self._state.common.trust.read(value, self._state.common.head)
        if block is None:
            raise ValueError("the block does not follow")
        keys = KEY * len(block.items)
        began = self._lap("parse", began)
        output = fold_block(self._state, block, partial(subjects_of, keys))
        began = self._lap("open_and_fold", began)
        for message in split(output):
            place = place_of(message)
            signed(load.stage_key(), Topic.FINDINGS, place, codec.dumps(message))
        began = self._lap("encode", began)
        self._store.write(self._state.save())
        self._lap("write", began)
        self.cpu_seconds += time.process_time() - cpu_began
        return len(output["findings"])

    def _lap(self, phase: str, began: float) -> float:
        now = time.perf_counter()
        self.seconds[phase] += now - began
        return now


# -- intake alone --------------------------------------------------------------------------------


def measure_intake(folder: Path, records: int, known: int) -> dict[str, Any]:
    """Records a second of intake; its blocks stay in `folder`/blocks."""
    blocks = folder / "blocks"
    blocks.mkdir()
    store = RocksStore(folder / "intake")
    numbers = itertools.count()

    def keep(value: bytes) -> None:
        (blocks / f"{next(numbers):06d}").write_bytes(value)

    try:
        stage = Intake(store)
        for value in stage.begin():
            keep(value)
        rates, cpu = [], []
        for turn in range(TURNS):
            tell(f"intake alone, run {turn + 1} of {TURNS}")
            people = load.returning(records, known=known, new_from=known, turn=turn)
            seconds = cpu_seconds = 0.0
            for batch in _batches(load.submissions(people, load.signer())):
                began, cpu_began = time.perf_counter(), time.process_time()
                value = stage.block(batch)
                seconds += time.perf_counter() - began
                cpu_seconds += time.process_time() - cpu_began
                keep(value)
            rates.append(records / seconds)
            cpu.append(cpu_seconds * 1000 / records)
    finally:
        store.close()
    return {
        "records_per_run": records,
        "rate": Figure.of(rates, "records/s").plain(),
        "cpu_seconds_per_1000_records": Figure.of(cpu, "s").plain(),
        "peak_mib": processes.peak_mib(),
    }


def _batches(submissions: Iterator[Submission[load.Who]]) -> Iterator[list[Submission[load.Who]]]:
    while batch := list(itertools.islice(submissions, BLOCK_SUBMISSIONS)):
        yield batch


# -- the fold alone ------------------------------------------------------------------------------


def measure_fold(folder: Path, records: int, known: int) -> dict[str, Any]:
    """The fold of the blocks in `folder`, with `known` households in the store before."""
    from lab.bench import fill  # it folds with the classes above

    store = RocksStore(folder / "registry")
    try:
        stage = Registry(store)
        paths = sorted((folder / "blocks").iterdir())
        control = len(Intake(fill.MemoryStore()).begin())
        for path in paths[:control]:
            stage.fold(path.read_bytes())
        began = time.monotonic()
        fill.fill(store, known)
        fill.settle()
        filled_seconds = time.monotonic() - began
        raw = fill.raw_rates(store, known, TURNS)
        stage.seconds = dict.fromkeys(PHASES, 0.0)
        runs = list(_fold_runs(stage, paths[control:]))
        rates = [records / seconds for seconds, _ in runs]
        cpu = [cpu_seconds * 1000 / records for _, cpu_seconds in runs]
        total = sum(stage.seconds.values())
    finally:
        store.close()
    entries = [rate * load.STRONG_TOKENS for rate in rates]
    return {
        "tokens_in_state": known * load.STRONG_TOKENS,
        "records_per_run": records,
        "fill_seconds": round(filled_seconds, 1),
        "token_entries": Figure.of(entries, "strong tokens/s").plain(),
        "rate": Figure.of(rates, "records/s").plain(),
        "store_get_put": Figure.of(raw, "get+put/s").plain(),
        "cpu_seconds_per_1000_records": Figure.of(cpu, "s").plain(),
        "share_of_time": {name: round(s / total, 3) for name, s in stage.seconds.items()},
        "peak_mib": processes.peak_mib(),
    }


def _fold_runs(stage: Registry, paths: Sequence[Path]) -> Iterator[tuple[float, float]]:
    """Seconds, and CPU seconds, of each run."""
    each = len(paths) // TURNS
    for turn in range(TURNS):
        tell(f"the registry's fold, run {turn + 1} of {TURNS}")
        before, cpu_before = sum(stage.seconds.values()), stage.cpu_seconds
        findings = 0
        for path in paths[turn * each : (turn + 1) * each]:
            findings += stage.fold(path.read_bytes())
        if findings:
            raise ValueError("the load was made to hold no finding")
        yield sum(stage.seconds.values()) - before, stage.cpu_seconds - cpu_before


def main() -> None:
    """`python -m lab.bench.stages intake|fold|trust FOLDER RECORDS KNOWN RESULT` (by run.py)."""
    what, folder, records, known, result = sys.argv[1:]
    collect_rarely()  # as the workers do
    measure = {"intake": measure_intake, "fold": measure_fold, "trust": trusting.measure}[what]
    write_result(Path(result), measure(Path(folder), int(records), int(known)))


if __name__ == "__main__":
    main()
