"""A log made of lists, and a small maker of blocks and answers for the projections' tests."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from events.journal import Block, Head, decode_block, encode_block
from events.outputs import FindingRevision, RegistryOutput, SubmissionOutcome, VerdictRow
from events.outputs import Row as OutcomeRow
from projections.follow import FINDINGS, JOURNAL
from projections.log import Message
from projections.tables import BY_NAME
from projections.tables.columns import Facts

FIRST_DAY = "2026-05-01"
PERSON_KEY = bytes(range(32))
SECRET = "c2VhbGVkLXN1YmplY3Rz"
Item = dict[str, Any]
KNOWN: Item = {"kind": "assistance", "id": "x", "version": 1}
"""What a duplicate names."""
GENESIS: Item = {"first_day": FIRST_DAY, "test_mode": True, "policy": {}, "root_keys": []}


def rows_of(facts: Facts, table: str) -> list[Item]:
    """The rows that these facts make in a table, by column name."""
    declared = BY_NAME[table]
    found = facts.get(table, [])
    columns = declared.values(found) if found else []
    return [dict(zip(declared.types, row, strict=True)) for row in zip(*columns, strict=True)]


def made_id(text: str) -> str:
    """A UUID that is the same for the same text."""
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def assistance(reference: str, **more: Any) -> Item:
    """The public part of an assistance record as it stands in a block."""
    record = {
        "kind": "assistance",
        "version": 2,
        "assistance_id": made_id(reference),
        "programme": "KIZ-TEMEL",
        "stage": "delivered",
        "purpose": "basic-needs",
        "level": "household",
        "modality": "cash",
        "delivery_mechanism": "card",
        "frequency": "monthly",
        "covers_from": "2026-05-01",
        "covers_to": "2026-06-01",
        "amount": "6000.50",
        "currency": "TRY",
        "value_estimated": False,
        "district": "TUR034026",
        "protected": False,
    }
    return record | more


def submission(
    org: str, name: str, offset: int, rows: Sequence[Item], epoch: str = "e1"
) -> list[Item]:
    """A `sub` item and its rows; a row is an item without `row`, or a public record."""
    manifest = {
        "v": 1,
        "org": org,
        "submission_id": made_id(name),
        "key_id": "0" * 16,
        "assurance": "single",
        "tokens_epoch": epoch,
        "digests": ["0" * 64 for row in rows if row.get("t") != "tick"],
    }
    items: list[Item] = [
        {"t": "sub", "offset": offset, "manifest": orjson.dumps(manifest).decode(), "sig": "eA=="}
    ]
    number = 0
    for row in rows:
        if row.get("t") == "tick":
            items.append(row)
            continue
        number += 1
        if "t" in row:
            items.append({**(KNOWN if row["t"] == "dup" else {}), **row, "row": number})
        else:
            items.append({"t": "rec", "row": number, "rec": row, "k": number - 1, "sealed": SECRET})
    return items


def refused(offset: int, records: int, org: str = "STK") -> Item:
    """A message that was refused as a whole."""
    return {
        "t": "bad",
        "offset": offset,
        "org": org,
        "id": made_id(f"bad {offset}"),
        "records": records,
        "reason": "bad-signature",
        "field": "",
    }


def answer(verdict: str = "clear", **more: Any) -> Any:
    """An answer with nothing found."""
    given = {
        "verdict": verdict,
        "basis": "",
        "purpose": "basic-needs",
        "window_from": "",
        "window_to": "",
        "focal": "",
        "policy": 1,
        "assurance": "single",
        "answered_day": FIRST_DAY,
    }
    return given | more


def finding(name: str, revision: int = 1, **more: Any) -> FindingRevision:
    """A revision of a double-coverage finding."""
    given = {
        "finding_id": hashlib.sha256(name.encode()).hexdigest()[:32],
        "revision": revision,
        "kind": "double-coverage",
        "strength": "certain",
        "status": "open",
        "person": [1, 1, 0],
        "org_a": "KIZ",
        "assistance_a": made_id("k1"),
        "org_b": "STK",
        "assistance_b": made_id("s1"),
        "purpose": "basic-needs",
        "overlap_from": "2026-05-01",
        "overlap_to": "2026-06-01",
        "amount_at_risk": "6000.00",
        "currency": "TRY",
        "district": "TUR034026",
        "opened_day": FIRST_DAY,
        "changed_day": FIRST_DAY,
        "caused_by": [1, 1],
        "policy": 1,
        "case_id": "",
        "records": [],
        "late_org": "",
    }
    return given | more  # type: ignore[return-value]


@dataclass
class Chain:
    """Grows a journal and the answers to it. `offset` is the next one of aid-submissions."""

    head: Head = field(default_factory=Head)
    day: str = FIRST_DAY
    offset: int = 0
    taken: int = 0
    blocks: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    def block(self, *items: Item, foreign: bool = False) -> Block:
        """Append the next block; a foreign one is made on a head that is not the journal's."""
        head = Head(self.head.seq, "f" * 64) if foreign else self.head
        source = (self.taken, self.offset)
        value = encode_block(
            head=head, source=source, clock_ms=0, keys_id="", keys_offset=-1, items=items
        )
        block = decode_block(value)
        if not foreign:
            self.taken = self.offset
            self.head = block.head
        self.blocks.append(value)
        return block

    def genesis(self) -> None:
        """Block 0 and its answer."""
        self.step({"t": "genesis", "genesis": GENESIS})

    def step(
        self, *items: Item, findings: Sequence[FindingRevision] = ()
    ) -> tuple[Block, RegistryOutput]:
        """A block and the registry's answer to it."""
        block = self.block(*items)
        output = registry_says(block, self.day, findings)
        self.day = output["day"]
        self.answers.append(orjson.dumps(output))
        return block, output


def registry_says(
    block: Block, day: str, findings: Sequence[FindingRevision] = ()
) -> RegistryOutput:
    """What a registry would answer: dispositions, and *clear* to every assistance."""
    submissions: list[SubmissionOutcome] = []
    verdicts: list[VerdictRow] = []
    names = {"rec": "accepted", "dup": "duplicate", "rej": "rejected"}
    for item in block.items:
        kind = item["t"]
        if kind == "tick":
            day = item["day"]
        elif kind in ("sub", "bad"):
            submissions.append(_outcome(item))
        elif kind in names:
            said = {"row": item["row"], "disposition": names[kind], "answer": None}
            told: OutcomeRow = said | {
                "kind": "",
                "id": "",
                "version": 1,
                "reason": "",
                "field": "",
            }  # type: ignore[assignment]
            submissions[-1]["rows"].append(told)
            if kind == "rec" and item["rec"]["kind"] == "assistance":
                verdicts.append(_verdict(submissions[-1]["org"], item["rec"], day))
    return {
        "v": 1,
        "seq": block.seq,
        "part": 0,
        "parts": 1,
        "block": block.digest,
        "day": day,
        "submissions": submissions,
        "findings": list(findings),
        "verdicts": verdicts,
        "cases": [],
        "decisions": [],
        "excess": [],
        "notices": [],
    }


def _outcome(item: Item) -> SubmissionOutcome:
    manifest: Item = orjson.loads(item["manifest"]) if item["t"] == "sub" else {}
    return {
        "org": manifest["org"] if manifest else item["org"],
        "submission_id": manifest["submission_id"] if manifest else item["id"],
        "offset": item["offset"],
        "assurance": manifest.get("assurance", ""),
        "records": len(manifest["digests"]) if manifest else item["records"],
        "reason": item.get("reason", ""),
        "field": item.get("field", ""),
        "rows": [],
    }


def _verdict(org: str, record: Item, day: str) -> VerdictRow:
    return {
        "org": org,
        "assistance_id": record["assistance_id"],
        "version": record["version"],
        "outcome": "delivered",
        "amount": record["amount"],
        "currency": record["currency"],
        "answer": answer(answered_day=day),
    }


class ListLog:
    """The port `projections.log.Log` on two lists; `cuts` says how many messages a poll gives.

    Between polls it alternates the topics, so that answers also come before their blocks.
    """

    def __init__(
        self, journal: Sequence[bytes], findings: Sequence[bytes], cuts: Sequence[int] = ()
    ) -> None:
        self.messages = {JOURNAL: list(journal), FINDINGS: list(findings)}
        self.at = {JOURNAL: 0, FINDINGS: 0}
        self.held: set[str] = set()
        self.unread: dict[str, int] = {}
        """Messages that the log holds and does not give yet."""
        self._cuts = list(cuts)

    def bounds(self, source: str) -> tuple[int, int]:
        return 0, len(self.messages[source]) + self.unread.get(source, 0)

    def read_one(self, source: str, offset: int) -> bytes | None:
        return self.messages[source][offset]

    def seek(self, source: str, offset: int) -> None:
        self.at[source] = offset

    def poll(self, timeout_ms: int) -> list[Message]:
        count = self._cuts.pop(0) if self._cuts else 1_000
        if count < 0:  # the next one waits: what was taken so far is written
            return []
        found: list[Message] = []
        for source in (FINDINGS, JOURNAL):
            if source not in self.held:
                at = self.at[source]
                more = self.messages[source][at : at + count]
                found += [(source, at + place, value) for place, value in enumerate(more)]
                self.at[source] = at + len(more)
        return found

    def hold(self, source: str, on: bool) -> None:
        (self.held.add if on else self.held.discard)(source)

    def close(self) -> None:
        self.held.clear()
