"""What is said of a number itself: it was replaced by another, or it is no one person's."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from events.model.types import MAX_TOKENS, Model, Record, Token, Uuid


class NumberHolder(Model):
    """One side of a succession: the tokens of the number that was, or of the one that is."""

    role: Literal["former", "successor"]
    tokens: Annotated[tuple[Token, ...], Field(min_length=1, max_length=MAX_TOKENS)]


class Succession(Record):
    """A person's identity number was replaced by another (98… became 99…). Sealed like subjects."""

    kind: Literal["succession"]
    succession_id: Uuid
    subjects: Annotated[tuple[NumberHolder, NumberHolder], Field()]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        former, successor = self.subjects
        if (former.role, successor.role) != ("former", "successor"):
            raise ValueError("subjects")
        if set(former.tokens) & set(successor.tokens):
            raise ValueError("subjects.tokens")
        return self


class QuarantinedNumber(Model):
    """The tokens of a number that is switched off. Sealed like subjects."""

    role: Literal["quarantined"]
    tokens: Annotated[tuple[Token, ...], Field(min_length=1, max_length=MAX_TOKENS)]


class Quarantine(Record):
    """Switches a number off for matching, or on again. Nothing else ever does."""

    kind: Literal["quarantine"]
    quarantine_id: Uuid
    status: Literal["active", "lifted"] = "active"
    subjects: tuple[QuarantinedNumber]
