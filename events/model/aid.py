"""What partners say about families: assistance, needs, enrolments, inquiries."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from events import money
from events.model.types import (
    MAX_COVERAGE_DAYS,
    MAX_SUBJECTS,
    Amount,
    Code,
    Currency,
    Day,
    District,
    EndReason,
    Frequency,
    InquiryReason,
    Level,
    Mechanism,
    Modality,
    OverrideReason,
    ProgrammeId,
    Purpose,
    Record,
    ReturnedReason,
    Role,
    Stage,
    Subject,
    Uuid,
)

Subjects = Annotated[tuple[Subject, ...], Field(min_length=1, max_length=MAX_SUBJECTS)]


def _one_recipient(subjects: tuple[Subject, ...]) -> None:
    if sum(subject.role is Role.RECIPIENT for subject in subjects) != 1:
        raise ValueError("subjects")


class Assistance(Record):
    """One assistance of one programme to one household or person, at one stage.

    Every stage is a full record; the highest version's content is the truth.
    `covers_from`–`covers_to` is half open; `amount` is a decimal string.
    """

    kind: Literal["assistance"]
    assistance_id: Uuid
    programme: ProgrammeId
    stage: Stage
    purpose: Purpose
    level: Level = Level.HOUSEHOLD
    modality: Modality
    delivery_mechanism: Mechanism = Mechanism.OTHER
    frequency: Frequency
    instalment_no: Annotated[int, Field(ge=1, le=1000)] | None = None
    instalment_of: Annotated[int, Field(ge=1, le=1000)] | None = None
    covers_from: Day
    covers_to: Day
    event_date: Day | None = None
    amount: Amount
    currency: Currency
    value_estimated: bool = False
    quantity: Amount | None = None
    unit: Code | None = None
    household_size: Annotated[int, Field(ge=1, le=100)] | None = None
    household_as_of: Day | None = None
    district: District
    subjects: Subjects
    protected: bool = False
    override_reason: OverrideReason | None = None
    returned_amount: Amount | None = None
    returned_reason: ReturnedReason | None = None
    replaces: Uuid | None = None
    lawful_basis_code: Code | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (
            not self.covers_from
            < self.covers_to
            <= self.covers_from + timedelta(days=MAX_COVERAGE_DAYS)
        ):
            raise ValueError("covers_to")
        _one_recipient(self.subjects)
        if self.returned_amount is None and self.stage is Stage.RETURNED:
            raise ValueError("returned_amount")
        if self.returned_amount is not None and self.stage in (Stage.PLANNED, Stage.DELIVERED):
            raise ValueError("returned_amount")
        try:
            paid = money.to_minor(self.amount, self.currency)
            returned = money.to_minor(self.returned_amount or "0", self.currency)
        except ValueError:
            raise ValueError("amount") from None
        if returned > paid:
            raise ValueError("returned_amount")
        return self


class Need(Record):
    """An assessed need of a household or person that is not met yet, as far as is known.

    Closed by its organisation with `closed_on`; the registry itself says when it was met.
    """

    kind: Literal["need"]
    need_id: Uuid
    purpose: Purpose
    assessed_on: Day
    closed_on: Day | None = None
    district: District
    household_size: Annotated[int, Field(ge=1, le=100)] | None = None
    protected: bool = False
    subjects: Subjects

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.closed_on is not None and self.closed_on < self.assessed_on:
            raise ValueError("closed_on")
        _one_recipient(self.subjects)
        return self


class Enrolment(Record):
    """A household's or person's time in a programme: from `started_on` to before `ended_on`."""

    kind: Literal["enrolment"]
    enrolment_id: Uuid
    programme: ProgrammeId
    started_on: Day
    ended_on: Day | None = None
    end_reason: EndReason | None = None
    district: District | None = None
    protected: bool = False
    subjects: Subjects

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.ended_on is None) != (self.end_reason is None):
            raise ValueError("end_reason")
        if self.ended_on is not None and self.ended_on < self.started_on:
            raise ValueError("ended_on")
        _one_recipient(self.subjects)
        return self


class Inquiry(Record):
    """A question without a plan: answered like a plan, holds nothing, and is counted.

    `about` names the asker's own assistance that is meant: that one does not cover it.
    """

    kind: Literal["inquiry"]
    inquiry_id: Uuid
    reason: InquiryReason
    about: Uuid | None = None
    programme: ProgrammeId
    purpose: Purpose
    modality: Modality
    frequency: Frequency
    covers_from: Day
    covers_to: Day
    district: District
    subjects: Subjects

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        last = self.covers_from + timedelta(days=MAX_COVERAGE_DAYS)
        if not self.covers_from < self.covers_to <= last:
            raise ValueError("covers_to")
        _one_recipient(self.subjects)
        return self
