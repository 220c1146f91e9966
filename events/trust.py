"""Who may say what: the keys of all senders and stages, folded from the journal. Pure.

Every reader of the journal asks it whether a block counts. A block is intake's own, and what it
says of a submission was signed by its sender; what the registry and the receipts say is theirs.
In a journal that names no key of a stage (begun before 0029), that stage need not sign, until a
record introduces its first key; after that record it must.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Final, Self

import orjson

from events import signing
from events.catalog import Topic
from events.foldable import folds
from events.journal import Block, Head, decode_block, follows
from events.model import ADMINISTRATION, SUPERVISOR, SigningStage
from events.stage_signing import content_of, is_signed_by, key_id_of
from events.upcast import NotImplementedVersion

Key = dict[str, Any]
FIRST: Final = -1
"""As if the block before the first one had introduced it: genesis names it itself."""
NEVER: Final = 1 << 62
_GENESIS_LINE: Final = b'{"t":"genesis"'


class FalseBlock(Exception):
    """A block that intake signed says of a submission what its sender did not sign."""


@dataclass(slots=True)
class Trust:
    """The keys that count after a block.

    `signers`: id → org, public (hex), version, status; user and role of an account; root,
    the role that genesis gives a body's first key.
    `stages`: id → stage, public, version, begins, ends: the blocks that introduced and ended it.
    """

    signers: dict[str, Key] = field(default_factory=dict)
    stages: dict[str, Key] = field(default_factory=dict)

    def copy(self) -> Self:
        """A twin whose changes do not reach this one (a key itself never changes)."""
        return type(self)(dict(self.signers), dict(self.stages))

    # -- reading --------------------------------------------------------------------------------

    def read(self, value: bytes | None, head: Head) -> Block | None:
        """The block that follows `head`; None for a message that does not count.

        Raises FalseBlock, and what `decode_block` does, for one that intake did sign.
        """
        if value is None or not follows(value, head):
            return None
        known = self if head.seq else self._of_genesis(value)
        if known.must_sign(SigningStage.INTAKE, Topic.JOURNAL, head.seq):
            is_own = known.admits(SigningStage.INTAKE, Topic.JOURNAL, head.seq, value)
            return _checked(value, known.signers) if is_own else None
        try:  # anybody may have written it
            block = _checked(value, known.signers)
        except (FalseBlock, NotImplementedVersion, ValueError, LookupError, TypeError):
            return None
        return block if folds(block) else None

    def counts(self, value: bytes | None, head: Head) -> bool:
        """True if `read` gives a block for it, which is not parsed where its signature says so."""
        must = self.must_sign(SigningStage.INTAKE, Topic.JOURNAL, head.seq)
        if head.seq and must and value is not None:
            admits = self.admits(SigningStage.INTAKE, Topic.JOURNAL, head.seq, value)
            return admits and follows(value, head)
        return self.read(value, head) is not None

    def is_repeat(self, value: bytes | None, head: Head) -> bool:
        """True if a message that is not the block after `head` is one of intake's nevertheless:

        a worker that woke up wrote it, or somebody copied it. Where intake need not sign, whatever
        has the shape of a block of before counts as that.
        """
        try:
            seq = orjson.loads((value or b"").split(b"\n", 1)[0])["seq"]
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return False
        if value is None or type(seq) is not int or not 0 <= seq <= head.seq:
            return False
        if self.must_sign(SigningStage.INTAKE, Topic.JOURNAL, seq):
            return self.admits(SigningStage.INTAKE, Topic.JOURNAL, seq, value)
        try:
            return folds(decode_block(value))
        except (NotImplementedVersion, ValueError, LookupError, TypeError):
            return False

    def must_sign(self, stage: SigningStage, topic: str, seq: int) -> bool:
        """True if the stage had a key by then: from there on, what it says unsigned is not its.

        No block is before the first: whoever claims one says it of that.
        """
        return any(_began(key, max(seq, 0), topic) for key in self._of(stage).values())

    def admits(
        self, stage: SigningStage, topic: str, seq: int, value: bytes, place: str = ""
    ) -> bool:
        """True if the stage may say this about block `seq`, or as block `seq` of the journal.

        `place` names the message in its topic, where that is not `seq` alone.
        """
        if not self.must_sign(stage, topic, seq):
            return True
        key = self._of(stage).get(key_id_of(value))
        if key is None or not (_began(key, seq, topic) and _goes_on(key, seq, topic)):
            return False
        return is_signed_by(bytes.fromhex(key["public"]), topic, place or str(seq), value)

    def ever_signed(self, stage: SigningStage, topic: str, value: bytes, place: str) -> bool:
        """True if any key that the stage ever had signed this as `place` of the topic."""
        key = self._of(stage).get(key_id_of(value))
        return key is not None and is_signed_by(bytes.fromhex(key["public"]), topic, place, value)

    def able(self, stage: SigningStage, topic: str, seq: int) -> list[str]:
        """The ids of the keys with which the stage may say so, the newest last."""
        keys = self._of(stage).items()
        found = [
            (key["begins"], key_id)
            for key_id, key in keys
            if _began(key, seq, topic) and _goes_on(key, seq, topic)
        ]
        return [key_id for _, key_id in sorted(found)]

    def active(self, stage: SigningStage) -> list[str]:
        """The ids of a stage's keys that nothing has ended."""
        return [key_id for key_id, key in self._of(stage).items() if key["ends"] == NEVER]

    def _of(self, stage: SigningStage) -> dict[str, Key]:
        return {key_id: key for key_id, key in self.stages.items() if key["stage"] == stage}

    @classmethod
    def _of_genesis(cls, value: bytes) -> Self:
        """What the first block says of the keys that sign it; nothing, if that cannot be read."""
        found = cls()
        for line in content_of(value).split(b"\n")[1:2]:
            if line.startswith(_GENESIS_LINE):
                try:
                    found.begin(orjson.loads(line)["genesis"])
                except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                    return cls()
        return found

    # -- folding --------------------------------------------------------------------------------

    def fold(self, block: Block) -> bool:
        """Take over what a block that counts says of keys; True if it says anything."""
        about_keys = False
        for item in block.items:
            about = item["rec"]["kind"] if item["t"] == "rec" else item["t"]
            if about == "genesis":
                self.begin(item["genesis"])
            elif about == "key":
                self.add_signer(item["rec"])
            elif about == "stage-key":
                self.add_stage(item["rec"], block.seq)
            about_keys = about_keys or about in ("genesis", "key", "stage-key")
        return about_keys

    def begin(self, genesis: dict[str, Any]) -> None:
        """The keys that genesis names."""
        for root in genesis["root_keys"]:
            org = SUPERVISOR if root["role"] == "supervisor" else ADMINISTRATION
            first = {"org": org, "public_key": root["public_key"], "version": 1}
            self.add_signer(first | {"root": root["role"]})
        for first in genesis.get("stage_keys", ()):
            self.add_stage({**first, "version": 1}, FIRST)

    def add_signer(self, rec: dict[str, Any]) -> None:
        """A version of a key of an organisation or account; nothing if a newer one is known."""
        _add_signer(self.signers, rec)

    def add_stage(self, rec: dict[str, Any], seq: int) -> None:
        """A version of a stage's key, said in block `seq`."""
        key_id = _id_of(rec)
        known = self.stages.get(key_id)
        if known and rec["version"] < known["version"]:
            return
        ended = rec.get("status", "active") == "revoked"
        self.stages[key_id] = {
            "stage": rec["stage"],
            "public": rec["public_key"],
            "version": rec["version"],
            "begins": known["begins"] if known else seq,
            "ends": min(known["ends"] if known else NEVER, seq if ended else NEVER),
        }


_BEFORE_FOLDING: Final = frozenset({Topic.JOURNAL, Topic.KEYS})
"""A block is written before it is folded, what is said about it afterwards."""


def _began(key: Key, seq: int, topic: str) -> bool:
    return bool(key["begins"] < seq if topic in _BEFORE_FOLDING else key["begins"] <= seq)


def _goes_on(key: Key, seq: int, topic: str) -> bool:
    return bool(seq <= key["ends"] if topic in _BEFORE_FOLDING else seq < key["ends"])


def _id_of(rec: dict[str, Any]) -> str:
    return signing.key_id(bytes.fromhex(rec["public_key"]))


def _add_signer(signers: dict[str, Key], rec: dict[str, Any]) -> None:
    key_id = _id_of(rec)
    known = signers.get(key_id)
    if known is None or rec["version"] >= known["version"]:
        key = {
            "org": rec["org"],
            "public": rec["public_key"],
            "version": rec["version"],
            "status": rec.get("status", "active"),
        }
        account = {name: rec[name] for name in ("user", "role", "root") if rec.get(name)}
        signers[key_id] = key | account


def _checked(value: bytes, signers: dict[str, Key]) -> Block:
    block = decode_block(value)
    if signers:  # genesis names the first: without one there is nobody to check
        _check_senders(block, signers)
    return block


def _check_senders(block: Block, signers: dict[str, Key]) -> None:
    """Raise FalseBlock unless each submission is signed by a key in force at its place."""
    known = signers
    for item in block.items:
        if item["t"] == "sub" and not _is_senders(item, known):
            raise FalseBlock(
                f"block {block.seq} says of offset {item['offset']} what no sender signed"
            )
        if item["t"] == "rec" and item["rec"]["kind"] == "key":
            known = dict(known) if known is signers else known
            _add_signer(known, item["rec"])


def _is_senders(item: dict[str, Any], signers: dict[str, Key]) -> bool:
    try:
        manifest, signature = orjson.loads(item["manifest"]), base64.b64decode(item["sig"])
        key = signers[manifest["key_id"]]
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, ValueError):
        return False
    line = item["manifest"].encode()
    return (
        key["org"] == manifest["org"]
        and key["status"] == "active"
        and signing.verify_manifest(bytes.fromhex(key["public"]), signature, line)
    )
