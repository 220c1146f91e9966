"""The tokens that a partner has already: an encrypted SQLite file for each epoch.

A file tells its finder how many tokens there are and nothing else: rows are found by an HMAC of
the identifier and hold the token under AES-GCM, both under keys of this partner, epoch and joint
key. Whatever is wrong with a file makes it an empty one, never an error and never a wrong token.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.safe_files import make_once
from producers.tokenising.inputs import token_input
from producers.tokenising.pinned import PinnedEpoch
from producers.tokens import KEY_BYTES, TOKEN_BYTES, Identifier

KEY_FILE: Final = "token-cache.key"
MAX_ENTRIES: Final = 2_000_000
"""Some 250 MB; a partner's people of several years."""

Notify = Callable[[str], None]

_ROW_KEY_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_ASKED_AT_ONCE: Final = 500
_COUNTED_AFTER: Final = 10_000
_KEPT: Final = 0.9
"""What stays of a full cache: so not every batch has to make room."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS about
    (only INTEGER PRIMARY KEY CHECK (only = 1), mark BLOB NOT NULL, run INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS token (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS token_used ON token (used);
"""


_FILE_IS_GOOD: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
"""What is wrong with the machine or the moment, and not with what stands in the file."""


class _Keys(NamedTuple):
    """Three keys that follow from the local one, for one epoch under one joint key."""

    rows: bytes
    value: AESGCM
    mark: bytes

    @classmethod
    def of(cls, local: bytes, pinned: PinnedEpoch) -> "_Keys":
        # another joint key has other tokens: nothing of its cache can be read here
        info = f"tekil-token-cache-v1\n{pinned.epoch}\n{pinned.public_key}".encode()
        derived = HKDF(SHA256(), 2 * KEY_BYTES + _ROW_KEY_BYTES, None, info).derive(local)
        value = AESGCM(derived[KEY_BYTES : 2 * KEY_BYTES])
        return cls(derived[:KEY_BYTES], value, derived[2 * KEY_BYTES :])


class TokenCache:
    """One epoch's cache. Several processes may have it open, and several threads use it.

    `used` of a row is the run (a count of openings) that saw it last: coarse, so that reading a
    row writes at most once in a run.
    """

    def __init__(
        self,
        path: Path,
        local_key: bytes,
        pinned: PinnedEpoch,
        *,
        max_entries: int = MAX_ENTRIES,
        notify: Notify = lambda text: None,
    ) -> None:
        self._path, self._epoch, self._max = path, pinned.epoch, max_entries
        self._keys, self._notify = _Keys.of(local_key, pinned), notify
        self._lock = threading.Lock()
        self._run = self._uncounted = 0
        self._db: sqlite3.Connection | None = None
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not _is_good(error):
                self._set_aside(error)
            # once more: anew, or because two processes began at the same moment
            with self._guarded():
                self._open()
        except OSError as error:
            self._unused(error)

    def close(self) -> None:
        """Close the file; from now on nothing is known and nothing kept."""
        with self._lock:
            self._shut()

    def get(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        """The tokens that are here."""
        found: dict[Identifier, str] = {}
        with self._lock, self._guarded() as db:
            if db is not None:
                for start in range(0, len(identifiers), _ASKED_AT_ONCE):
                    self._read(db, identifiers[start : start + _ASKED_AT_ONCE], found)
        return found

    def put(self, tokens: Iterable[tuple[Identifier, str]]) -> None:
        """Keep these, in one transaction; those that were used longest ago make room."""
        rows = []
        for identifier, token in tokens:
            key, nonce = self._row_key(identifier), secrets.token_bytes(_NONCE_BYTES)
            sealed = self._keys.value.encrypt(nonce, bytes.fromhex(token), key)
            rows.append((key, nonce + sealed, self._run))
        with self._lock, self._guarded() as db:
            if db is not None:
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    db.executemany("INSERT OR REPLACE INTO token VALUES (?, ?, ?)", rows)
                self._bound(db, len(rows))

    def _read(
        self, db: sqlite3.Connection, asked: Sequence[Identifier], found: dict[Identifier, str]
    ) -> None:
        by_key = {self._row_key(identifier): identifier for identifier in asked}
        marks = ",".join("?" * len(by_key))
        touched = []
        for key, value, used in db.execute(
            f"SELECT key, value, used FROM token WHERE key IN ({marks})", tuple(by_key)
        ).fetchall():
            token = self._opened(key, value)
            if token is not None:
                found[by_key[key]] = token
                if used != self._run:
                    touched.append((self._run, key))
        if touched:
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.executemany("UPDATE token SET used = ? WHERE key = ?", touched)

    def _opened(self, key: bytes, value: object) -> str | None:
        """The token in a row; None for one that was not written as it stands there."""
        if not isinstance(value, bytes):
            return None
        try:
            token = self._keys.value.decrypt(value[:_NONCE_BYTES], value[_NONCE_BYTES:], key)
        except (InvalidTag, ValueError):
            return None
        return token.hex() if len(token) == TOKEN_BYTES else None

    def _row_key(self, identifier: Identifier) -> bytes:
        text = token_input(self._epoch, *identifier)
        return hmac.digest(self._keys.rows, text, hashlib.sha256)[:_ROW_KEY_BYTES]

    def _bound(self, db: sqlite3.Connection, added: int) -> None:
        self._uncounted -= added
        if self._uncounted > 0:
            return
        (count,) = db.execute("SELECT count(*) FROM token").fetchone()
        if count > self._max:
            too_many = count - int(self._max * _KEPT)
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.execute(
                    "DELETE FROM token WHERE key IN"
                    " (SELECT key FROM token ORDER BY used, key LIMIT ?)",
                    (too_many,),
                )
            count -= too_many
        # another process may be adding too: counted again before it can be many
        self._uncounted = min(_COUNTED_AFTER, self._max - count + 1)

    # -- the file ----------------------------------------------------------------------------------

    def _open(self) -> None:
        # made before SQLite opens it, so that it is never readable by others, not even shortly
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.executescript(_SCHEMA)
            with db:
                db.execute("BEGIN IMMEDIATE")
                row = db.execute("SELECT mark, run FROM about").fetchone()
                if row is None or row[0] != self._keys.mark or not isinstance(row[1], int):
                    if row is not None:
                        self._notify(
                            f"The token cache {self._path} is under another key: begun anew."
                        )
                    db.execute("DELETE FROM token")
                    row = (self._keys.mark, 0)
                self._run = row[1] + 1
                db.execute(
                    "INSERT OR REPLACE INTO about VALUES (1, ?, ?)", (self._keys.mark, self._run)
                )
        except BaseException:
            db.close()
            raise
        self._db = db

    def _shut(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection | None]:
        """The database, or None; what goes wrong with it costs evaluations, and no more."""
        try:
            yield self._db
        except sqlite3.DatabaseError as error:
            self._shut()
            if _is_good(error):
                self._unused(error)
            else:
                self._set_aside(error)

    def _unused(self, error: Exception) -> None:
        self._notify(f"The token cache {self._path} is not used in this run: {error}.")

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self._notify(f"The token cache {self._path} was damaged ({error}) and is begun anew.")
        with contextlib.suppress(OSError):
            os.replace(self._path, self._path.with_name(f"{self._path.name}.damaged"))
        _remove(self._path)


def open_caches(
    folder: Path, pinned: Sequence[PinnedEpoch], notify: Notify = lambda text: None
) -> list[TokenCache]:
    """The caches of these epochs in a partner's folder; those of all other epochs are deleted."""
    kept = {_name(one) for one in pinned}
    for path in sorted(folder.glob("tokens-*.sqlite*")):
        if path.name.partition(".sqlite")[0] + ".sqlite" not in kept:
            path.unlink(missing_ok=True)
    key = _local_key(folder / KEY_FILE, notify)
    return [TokenCache(folder / _name(one), key, one, notify=notify) for one in pinned]


def _is_good(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in _FILE_IS_GOOD  # the extended codes' first byte


def _name(pinned: PinnedEpoch) -> str:
    return f"tokens-{pinned.epoch}.sqlite"


def _local_key(path: Path, notify: Notify) -> bytes:
    make_once(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        notify(f"{path} does not hold {KEY_BYTES} bytes: the token cache is begun anew.")
        path.unlink()
        make_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    return key


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.unlink(f"{path}{ending}")
