"""A submission: what is signed of it, and the record that lets a held one through."""

from typing import Literal

from events.model.types import (
    Assurance,
    Digest,
    Epoch,
    KeyId,
    Model,
    OrgCode,
    Record,
    Uuid,
)


class Manifest(Model):
    """Line 1 of a submission: what is signed. `digests` are SHA-256 hex of the record lines."""

    v: Literal[1]
    org: OrgCode
    submission_id: Uuid
    key_id: KeyId
    assurance: Assurance
    tokens_epoch: Epoch
    digests: tuple[Digest, ...]


class Release(Record):
    """Lets a submission through that was held because too many of its records were refused."""

    kind: Literal["release"]
    org: OrgCode
    submission_id: Uuid
