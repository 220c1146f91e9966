"""Journals that an earlier version wrote, what it said of them, and what this version says.

The files and their format: tests/data/journals/v0/README.md. Nothing of the earlier version is
needed to read them, and of this one only the journal and the two folds.
"""

import base64
import gzip
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from events import codec, sealing
from events.journal import Block, decode_block
from processors import intake
from processors.intake.conduct import PLAN
from processors.intake.state import versions_key
from processors.overlay import Overlay
from processors.policies import Policies
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from tests.fakes.store import MemoryStore

FOLDER = Path(__file__).parents[1] / "data" / "journals" / "v0"
Fields = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What two folds make of a journal: the registry's output of each block, intake's world."""

    outputs: list[Fields]
    intake: Fields
    versions: str
    """SHA-256 of all that intake knows to be accepted, with the hash of each content."""


@dataclass(frozen=True)
class OldJournal:
    """A journal, the keys of its sealed records, and what the version that wrote it said."""

    name: str
    blocks: list[bytes]
    keys: dict[str, bytes]
    then: Expected
    is_again: bool
    """The blocks of another journal, after some of their keys were erased."""

    def opener(self, block: Block, item: Fields) -> list[Fields] | None:
        """The subjects of a record; None if they were erased."""
        try:
            sealed = base64.b64decode(item["sealed"])
            text = sealing.unseal(self.keys.get(block.keys_id), block.keys_id, item["k"], sealed)
        except sealing.Erased:
            return None
        found: list[Fields] = orjson.loads(text)
        return found

    def items(self) -> Iterator[Fields]:
        """All items as they were written, in the versions of that day."""
        for value in self.blocks:
            yield from map(orjson.loads, value.split(b"\n")[1:])

    def erased(self) -> int:
        """How many sealed records can no longer be opened."""
        blocks = map(decode_block, self.blocks)
        sealed = ((block, item) for block in blocks for item in block.items if "k" in item)
        return sum(self.opener(block, item) is None for block, item in sealed)


@lru_cache
def manifest() -> Fields:
    """Which kinds there were, and how often each thing stands in the fixture."""
    found: Fields = orjson.loads((FOLDER / "manifest.json").read_bytes())
    return found


@lru_cache
def journals() -> dict[str, OldJournal]:
    """All journals, by name."""
    found: dict[str, OldJournal] = {}
    for line in gzip.decompress((FOLDER / "journals.jsonl.gz").read_bytes()).splitlines():
        read = orjson.loads(line)
        same = found[read["blocks_of"]].blocks if "blocks_of" in read else None
        found[read["name"]] = OldJournal(
            name=read["name"],
            blocks=same or [block.encode() for block in read["blocks"]],
            keys={name: base64.b64decode(keys) for name, keys in read["keys"].items()},
            then=Expected(**read["expected"]),
            is_again=same is not None,
        )
    return found


@lru_cache
def folded_now(name: str) -> Expected:
    """What the folds of this version say of a journal, from two empty stores."""
    old, stores = journals()[name], (MemoryStore(), MemoryStore())
    asked, registry = intake.IntakeState(Overlay(stores[0])), RegistryState(Overlay(stores[1]))
    outputs = []
    for value in old.blocks:
        block = registry.common.trust.read(value, registry.common.head)
        assert block is not None
        assert asked.world.trust.read(value, asked.world.head) == block
        intake.evolve(asked, block, old.opener)
        stores[0].write(asked.save())
        outputs.append(orjson.loads(codec.dumps(fold_block(registry, block, old.opener))))
        stores[1].write(registry.save())
    knows = {name: getattr(asked.world, name, None) for name in old.then.intake}
    knows |= policies_as_then(asked.world.policies)
    # since 0029 the keys stand with those of the stages, and genesis' say so
    signers = asked.world.trust.signers.items()
    knows["keys"] = {
        key_id: {name: value for name, value in key.items() if name != "root"}
        for key_id, key in signers
    }
    versions = {k.decode(): orjson.loads(v) for k, v in stores[0].data.items() if k[:2] == b"v:"}
    plans = plans_as_then(old)
    for key, known in versions.items():
        known.pop(PLAN, None)
        known |= {PLAN: plans[key]} if key in plans else {}
    digest = hashlib.sha256(codec.canonical(versions)).hexdigest()
    return Expected(outputs, orjson.loads(codec.dumps(knows)), digest)


def plans_as_then(old: OldJournal) -> dict[str, str]:
    """Key of an assistance's versions → the day on which intake, then, saw its open plan begin.

    It forgot a renewal, and began anew what had lapsed (docs/decisions/0021).
    """
    org, day, found, tops = "", date.min, dict[str, str](), Counter[str]()
    policies = Policies()
    for item in (item for value in old.blocks for item in decode_block(value).items):
        policies = policies.fold(item)
        match item:
            case {"t": "genesis", "genesis": {"first_day": first}}:
                day = date.fromisoformat(first)
            case {"t": "tick", "day": begun}:
                day = date.fromisoformat(begun)
            case {"t": "sub", "manifest": manifest_line}:
                org = orjson.loads(manifest_line)["org"]
            case {"t": "rec", "rec": {"kind": "assistance"} as rec}:
                key = versions_key(org, "assistance", rec["assistance_id"]).decode()
                stage, is_late = rec["stage"], rec["version"] < tops[key]
                lapsed = day - timedelta(days=policies.newest.rules["reservation_days"])
                is_open = key in found and found[key] > lapsed.isoformat()
                if stage == "planned" and not is_late and not is_open:
                    found[key] = day.isoformat()
                elif stage in ("delivered", "returned") or (stage == "cancelled" and not is_late):
                    found.pop(key, None)
                tops[key] = max(tops[key], rec["version"])
    return found


def policies_as_then(found: Policies) -> Fields:
    """The policies in the shape in which intake kept them then."""
    return {
        "policies": {str(one.version): one.rules for one in found.signed},
        "proposed": {
            str(one.version): {"digest": one.digest, "rules": one.rules}
            for one in found.waiting.values()
        },
        "policy_version": found.last,
        "supervised": found.supervised,
    }


def as_then(then: Any, now: Any) -> Any:
    """What is said now, without the fields that nobody knew then; no row is left out."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {name: as_then(then[name], now[name]) for name in then if name in now}
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [as_then(one, other) for one, other in zip(then, now, strict=True)]
    return now


def lines(output: Fields, without: tuple[str, ...] = ()) -> list[str]:
    """An output as text, each row a line of canonical JSON."""
    found = []
    for name in sorted(output.keys() - set(without)):
        value = output[name]
        rows = value if isinstance(value, list) else [value]
        found += [f"{output['seq']} {name} {codec.canonical(row).decode()}" for row in rows]
    return found


def excess_by_block(outputs: list[Fields]) -> Iterator[dict[tuple[str, str], str | None]]:
    """(case, month) → the excess that stands after each block, of cases with nothing confirmed."""
    findings: dict[str, Fields] = {}
    amounts: dict[tuple[str, str], str | None] = {}
    for output in outputs:
        findings |= {one["finding_id"]: one for one in output["findings"]}
        amounts |= {(one["case_id"], one["month"]): one["amount"] for one in output["excess"]}
        confirmed = {f["case_id"] for f in findings.values() if f["status"] == "confirmed"}
        yield {
            key: amount
            for key, amount in amounts.items()
            if key[0] not in confirmed and amount != "0.00"
        }


def counted(found: list[OldJournal]) -> Fields:
    """What stands in journals and in what was said of them, as the manifest counts it."""
    records, findings, effects, rows, refused = (Counter[str]() for _ in range(5))
    for item in (item for old in found if not old.is_again for item in old.items()):
        if item["t"] in ("rec", "genesis"):
            records[item["rec"]["kind"] if item["t"] == "rec" else "genesis"] += 1
    for outputs in (old.then.outputs for old in found):
        last = {one["finding_id"]: one for output in outputs for one in output["findings"]}
        findings.update(f"{f['kind']} {f['strength']} {f['status']}" for f in last.values())
        for output in outputs:
            effects.update(f"{one['act']} {one['effect']}" for one in output["decisions"])
            for one in output["submissions"]:
                refused.update([one["reason"]] if one["reason"] else [])
                rows.update(row["reason"] or row["disposition"] for row in one["rows"])
    return {
        "records": dict(records),
        "findings": dict(findings),
        "effects": dict(effects),
        "rows": dict(rows),
        "refused_messages": dict(refused),
    }
