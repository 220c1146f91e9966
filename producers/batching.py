"""Record lines → signed submissions within the limits (pure)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec, signing
from events.model import Assurance
from producers.records import uuid_of

# a digest with its quotes and comma, and what is left of the manifest beside the digests
DIGEST_BYTES: Final = 67
MANIFEST_BYTES: Final = 400
Tag = TypeVar("Tag")


@dataclass(frozen=True, slots=True)
class Line(Generic[Tag]):
    """A record line, the caller's own mark on it, and how often it was refused before."""

    data: bytes
    tag: Tag
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Submission(Generic[Tag]):
    """One signed Kafka message and the lines in it, in order."""

    submission_id: str
    headers: list[tuple[str, bytes]]
    value: bytes
    lines: tuple[Line[Tag], ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs and under which token scheme."""

    org: str
    private_key: Ed25519PrivateKey
    assurance: Assurance
    epoch: str

    def submission(self, lines: tuple[Line[Tag], ...]) -> Submission[Tag]:
        """Sign one submission. Its id follows from what is in it, so a retry is the same one."""
        submission_id = self._id_of(lines)
        headers, value = codec.encode_submission(
            org=self.org,
            submission_id=submission_id,
            assurance=self.assurance,
            tokens_epoch=self.epoch,
            lines=[line.data for line in lines],
            private_key=self.private_key,
        )
        return Submission(submission_id, headers, value, lines)

    def _id_of(self, lines: tuple[Line[Tag], ...]) -> str:
        # with the key, as the manifest holds it: equal ids must mean equal bytes. With the
        # refusals, as records sent again after the cause is mended want a new answer.
        key_id = signing.key_id(signing.public_bytes(self.private_key))
        text = (
            f"tekil-submission-id-v1\n{self.org}\n{key_id}\n{self.assurance.value}\n{self.epoch}\n"
        )
        sums = hashlib.sha256(text.encode())
        for line in lines:
            sums.update(f"{codec.digest(line.data)} {line.refusals}\n".encode())
        return uuid_of(sums.digest())


def batches(lines: Iterable[Line[Tag]]) -> Iterator[tuple[Line[Tag], ...]]:
    """Lines in groups that fit one submission (records and bytes), in order.

    Raises ValueError for a line that fits into none; no record of the model is that long.
    """
    batch: list[Line[Tag]] = []
    size = MANIFEST_BYTES
    for line in lines:
        length = len(line.data) + 1 + DIGEST_BYTES
        if MANIFEST_BYTES + length > codec.MAX_SUBMISSION_BYTES:
            raise ValueError("a record is larger than a submission may be")
        if batch and (
            len(batch) == codec.MAX_RECORDS or size + length > codec.MAX_SUBMISSION_BYTES
        ):
            yield tuple(batch)
            batch, size = [], MANIFEST_BYTES
        batch.append(line)
        size += length
    if batch:
        yield tuple(batch)
