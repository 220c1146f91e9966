"""The journal as those read it who do not fold it: what counts, who may sign, where it stands."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

from events.catalog import Topic
from events.journal import Block, Head, block_digest, decode_block
from events.trust import Trust
from infra.safe_files import put
from infra.scan import bounds, scan
from infra.settings import Settings
from infra.stage import rewritten

Progress = Callable[[int, int], None]
_ABOUT_KEYS: Final = (b'"t":"genesis"', b'"kind":"key"', b'"kind":"stage-key"')


@dataclass(slots=True)
class Standing:
    """Where the journal stands after the message before `offset`, and which keys count then."""

    offset: int = 0
    head: Head = field(default_factory=Head)
    clock_ms: int = 0
    last: str = ""
    """SHA-256 hex of the message before `offset`, whether it counts or not."""
    trust: Trust = field(default_factory=Trust)

    def take(self, message: Any, marks: tuple[bytes, ...] = ()) -> Block | None:
        """Go on behind a message; its block, if it counts and holds one of the marks.

        Blocks without a mark are followed, not parsed, but for their first line.
        """
        value, self.offset = message.value, message.offset + 1
        self.last = block_digest(value or b"")
        if not self.trust.counts(value, self.head):
            return None
        self.head = Head(self.head.seq + 1, self.last)
        self.clock_ms = orjson.loads(value.split(b"\n", 1)[0])["clock_ms"]
        if any(mark in value for mark in _ABOUT_KEYS):
            self.trust.fold(decode_block(value))
        return decode_block(value) if any(mark in value for mark in marks) else None


def blocks(
    settings: Settings, marks: tuple[bytes, ...], progress: Progress = lambda done, of: None
) -> Iterator[Block]:
    """The blocks that count and hold one of the marks, from the first.

    Raises KafkaUnavailable, and ChainBroken if the first ones are gone.
    """
    standing, [(first, end)] = Standing(), bounds(settings, Topic.JOURNAL)
    _check(first, standing)
    for message in scan(settings, Topic.JOURNAL, first, end):
        block = standing.take(message, marks)
        if block is not None:
            yield block
        progress(message.offset + 1 - first, end - first)


def standing(settings: Settings, reader: str = "office") -> Standing:
    """The journal as it stands now; what a reader has read is kept in a file.

    Raises KafkaUnavailable, and ChainBroken if what has to be read is gone: who does not know the
    first keys would take anybody's word.
    """
    path = settings.folder("run") / f"journal-{reader}.json"
    [(first, end)] = bounds(settings, Topic.JOURNAL)
    found = _kept(settings, path.read_bytes(), first, end) if path.exists() else Standing()
    _check(first, found)
    before = found.offset
    for message in scan(settings, Topic.JOURNAL, before):
        found.take(message)
    if found.offset != before:
        put(path, orjson.dumps(asdict(found)))
    return found


def _check(first: int, standing: Standing) -> None:
    if first > standing.offset:
        raise rewritten(f"{Topic.JOURNAL} begins at {first}, {standing.offset} is needed")


def _kept(settings: Settings, content: bytes, first: int, end: int) -> Standing:
    """The snapshot, if the journal still holds what it was made of; else the beginning."""
    known = orjson.loads(content)
    at = known["offset"]
    held = next(scan(settings, Topic.JOURNAL, at - 1, at), None) if first < at <= end else None
    if held is None or block_digest(held.value or b"") != known["last"]:
        return Standing()
    made = {"head": Head(**known["head"]), "trust": Trust(**known["trust"])}
    return Standing(**known | made)
