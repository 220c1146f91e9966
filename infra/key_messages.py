"""Messages of aid-keys as those read them who need a block's keys, also after an erasure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from events.catalog import Topic
from events.erasure import LEDGER, MARK, Ledger, Left, Named, Remains, Subjects, erased_by
from events.journal import Block
from events.stage_signing import content_of
from events.trust import Trust
from infra import journal
from infra.scan import scan
from infra.settings import Settings


class Message(NamedTuple):
    """A message of aid-keys."""

    key: bytes | None
    value: bytes | None


def is_of(message: Message, block: Block) -> bool:
    """True for the message with a block's keys; one of before 0029 names them by their id alone."""
    if block.keys_digest:
        return hashlib.sha256(message.value or b"").hexdigest() == block.keys_digest
    return message.key == block.keys_id.encode()


@dataclass(frozen=True, slots=True)
class KeysAgain:
    """What carried-out erasures wrote: offsets under each id, the first and the last of the last
    run, and what is left of the erased.

    Empty for a topic from which nothing was erased.
    """

    offsets: dict[str, int] = field(default_factory=dict)
    first: int = 0
    last: int = -1
    remains: Remains = field(default_factory=Remains)
    erased: dict[Named, int] = field(default_factory=dict)

    def offset_of(self, block: Block) -> int:
        """Where the block's keys should lie now."""
        return self.offsets.get(block.keys_id, block.keys_offset)

    def left_of(self, block: Block) -> Left | None:
        """The keys of a block of which records were erased, if signed records say so."""
        left = self.remains.left.get(block.keys_id)
        return left if left is not None and left.covered(block, self.erased) else None


def keys_again(settings: Settings, reader: str) -> KeysAgain:
    """What erasures left in aid-keys.

    `reader` names the snapshot of the journal that is used. Raises SystemUnavailable.
    """
    return again_in(scan(settings, Topic.KEYS), *_said(settings, reader))


def _said(settings: Settings, reader: str) -> tuple[Trust, dict[Named, int]]:
    """Who may sign, and what both bodies erased, by the journal as it stands now."""
    trust = journal.standing(settings, f"{reader}-keys").trust
    return trust, erased_by(journal.blocks(settings, (MARK,)))


def again_in(messages: Iterable[Any], trust: Trust, erased: dict[Named, int]) -> KeysAgain:
    """The last run that was ended: what lies behind its ledger is of blocks that came later."""
    offsets: dict[str, int] = {}
    left: dict[str, Left] = {}
    found = KeysAgain(erased=erased)
    for message in messages:
        name = (message.key or b"").decode(errors="replace")
        if name == LEDGER:
            ledger = Ledger.read(message.value, trust)
            if ledger is not None:
                remains = Remains(dict(left), ledger.stand_ins)
                found = KeysAgain(dict(offsets), ledger.first, message.offset, remains, erased)
            continue
        offsets[name] = message.offset
        one = Left.read(message.value, name, trust)
        if one is not None:
            left[name] = one
    return found


class KeysNow:
    """Each block's keys as aid-keys holds them, for who reads the journal once or again."""

    def __init__(self, messages: Iterable[Any], trust: Trust, erased: dict[Named, int]) -> None:
        """`messages` are all that aid-keys holds (kafka-python's records)."""
        self._messages: dict[int, Message] = {}
        self._under: dict[bytes | None, list[int]] = {}
        self.again = again_in(self._kept(messages), trust, erased)

    @classmethod
    def of(cls, settings: Settings, reader: str) -> Self:
        """Of a system as it stands now. Raises SystemUnavailable."""
        said = _said(settings, reader)
        return cls(scan(settings, Topic.KEYS), *said)

    def _kept(self, messages: Iterable[Any]) -> Iterator[Any]:
        for message in messages:
            self._messages[message.offset] = Message(message.key, message.value)
            self._under.setdefault(message.key, []).append(message.offset)
            yield message

    def message(self, block: Block) -> Message | None:
        """As it was written with the block; None if it is not there any more."""
        named = self._messages.get(block.keys_offset)
        if named is not None and is_of(named, block):
            return named
        # written again, or of an old journal, whose keys were compacted
        under = self._under.get(block.keys_id.encode(), ())
        own = (self._messages[offset] for offset in reversed(under))
        return next((one for one in own if is_of(one, block)), None)

    def left(self, block: Block) -> Mapping[int, Subjects]:
        """What stands for the block's erased people, by the place of their keys."""
        left = self.again.left_of(block)
        return left.people if left is not None else {}

    def keys(self, block: Block) -> bytes | None:
        """The block's keys, of which erased ones are zeros; None if they are lost."""
        left = self.again.left_of(block)
        if left is not None:
            return left.keys
        found = self.message(block)
        return content_of(found.value or b"") if found is not None else None
