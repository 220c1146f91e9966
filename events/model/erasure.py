"""Erasure: which records' people are forgotten, said by both bodies in the same words."""

from typing import Annotated, Final, Literal

from pydantic import Field

from events.model.types import Model, OrgCode, Record, Uuid

MAX_ERASED: Final = 1_000


class ErasedRecord(Model):
    """A partner's record, in all its versions so far; it takes no further one."""

    org: OrgCode
    kind: Literal["assistance", "need", "enrolment", "inquiry"]
    id: Uuid


class Erasure(Record):
    """The people of some records are erased once both bodies have said so.

    Each says it under the same id with the same reason and records. What the records say
    beside their people stays, and so does what was answered and decided.
    """

    kind: Literal["erasure"]
    erasure_id: Uuid
    reason: Literal["retention", "consent-withdrawn", "request", "court-order", "data-error"]
    records: Annotated[tuple[ErasedRecord, ...], Field(min_length=1, max_length=MAX_ERASED)]
