"""What one organisation has sent: the bytes of each version and the first answer to it.

A SQLite file per organisation (mode 0600). It is keyed by (kind, id) with the derived
assistance id, never by the partner's reference, which may be an identity number.
A version stands here as `sending` before it is published: if the process dies here, the
next run sends the same bytes under the same version, and the registry knows them.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

from events import codec
from events.outputs import Answer
from producers.versions import REJECTED, SENDING, Sent, Thing

_ASKED_AT_ONCE: Final = 400
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sent (
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    hash BLOB NOT NULL, line BLOB NOT NULL, status TEXT NOT NULL,
    refusals INTEGER NOT NULL, answer BLOB, people BLOB NOT NULL DEFAULT x'',
    reference BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (kind, id, version)
)
"""


class Ledger:
    """The ledger of one organisation. One process at a time writes; others wait 30 s."""

    def __init__(self, path: Path) -> None:
        # made before SQLite opens it, so that it is never readable by others, not even shortly
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(_SCHEMA)
        self._complete()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; later calls are errors."""
        self._db.close()

    def _complete(self) -> None:
        """Add what a ledger of an older version lacks."""
        names = {row[1] for row in self._db.execute("PRAGMA table_info(sent)")}
        for name in {"people", "reference"} - names:
            self._db.execute(f"ALTER TABLE sent ADD COLUMN {name} BLOB NOT NULL DEFAULT x''")

    def versions(self, things: Iterable[Thing]) -> dict[Thing, list[Sent]]:
        """All versions of each thing, lowest first; a thing never sent has an empty list."""
        found: dict[Thing, list[Sent]] = {thing: [] for thing in things}
        by_kind: dict[str, list[str]] = {}
        for kind, id_ in found:
            by_kind.setdefault(kind, []).append(id_)
        for kind, ids in by_kind.items():
            for start in range(0, len(ids), _ASKED_AT_ONCE):
                for sent in self._select(kind, ids[start : start + _ASKED_AT_ONCE]):
                    found[kind, sent.id].append(sent)
        return found

    def sealed_references(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The sealed reference of each of these ids of which one is kept."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            part = wanted[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(part))
            found |= self._db.execute(
                f"SELECT id, max(reference) FROM sent WHERE id IN ({marks}) AND reference != x''"
                " GROUP BY id",
                part,
            )
        return found

    def sending(self, records: Iterable[Sent]) -> None:
        """Remember versions before they are published; one transaction, on disk when it returns.

        A version that was rejected or held before gives way to what is sent now under its number.
        """
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO sent"
                " (kind, id, version, hash, line, status, refusals, people, reference)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET hash = excluded.hash, line = excluded.line,"
                " status = excluded.status, people = excluded.people,"
                " reference = excluded.reference"
                " WHERE status IN ('rejected', 'held')",
                map(_values, records),
            )

    def answered(self, answers: Iterable[tuple[Thing, int, str, Answer | None]]) -> None:
        """Store (thing, version, status, answer); the first answer to a version stays.

        `status` is the disposition, or `held` (`producers.answers.RecordAnswer.status`).
        """
        rows = [
            (status, status == REJECTED, codec.dumps(answer) if answer else None, *thing, version)
            for thing, version, status, answer in answers
        ]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "UPDATE sent SET status = ?, refusals = refusals + ?, answer = coalesce(answer, ?)"
                " WHERE kind = ? AND id = ? AND version = ? AND status IN ('sending', 'rejected')",
                rows,
            )

    def _select(self, kind: str, ids: Sequence[str]) -> list[Sent]:
        marks = ",".join("?" * len(ids))
        rows = self._db.execute(
            "SELECT kind, id, version, hash, line, status, refusals, answer, people,"
            " reference FROM sent"
            f" WHERE kind = ? AND id IN ({marks}) ORDER BY version",
            (kind, *ids),
        )
        return [_sent(*row) for row in rows]


def _values(one: Sent) -> tuple[object, ...]:
    return (
        one.kind, one.id, one.version, one.hash, one.line, SENDING, one.refusals, one.people,
        one.reference,
    )  # fmt: skip


def _sent(
    kind: str,
    id_: str,
    version: int,
    content_hash: bytes,
    line: bytes,
    status: str,
    refusals: int,
    answer: bytes | None,
    people: bytes,
    reference: bytes,
) -> Sent:
    said = codec.strict_loads(answer) if answer else None
    return Sent(kind, id_, version, content_hash, line, status, refusals, said, people, reference)
