"""The policy: the numbers of the rules, proposed by one body and signed by another."""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from events import money
from events.model.types import (
    Amount,
    Assurance,
    Currency,
    Day,
    Digest,
    EndReason,
    Modality,
    Model,
    ProgrammeId,
    Purpose,
    Rate,
    Record,
    Token,
    TokenType,
)

MAX_PURPOSE_PAIRS: Final = 45
MAX_PROGRAMME_PAIRS: Final = 1_000
Days = Annotated[int, Field(ge=1, le=1000)]
Percent = Annotated[int, Field(ge=1, le=100)]

UNMET_DAYS: Final = {
    Purpose.PROTECTION: 7,
    Purpose.FOOD: 14,
    Purpose.HEALTH: 14,
    Purpose.WINTERISATION: 21,
    Purpose.BASIC_NEEDS: 30,
    Purpose.RENT: 30,
    Purpose.HYGIENE: 30,
    Purpose.EDUCATION: 45,
    Purpose.LIVELIHOOD: 90,
}
"""Days after which an assessed need without help is a gap."""

ALSO_MET_BY: Final[dict[Purpose, tuple[Purpose, ...]]] = {
    Purpose.FOOD: (Purpose.BASIC_NEEDS,),
    Purpose.HYGIENE: (Purpose.BASIC_NEEDS,),
}
"""Purpose of a need → other purposes that meet it too."""


class Sum(Model):
    """An amount of money in its currency."""

    amount: Amount
    currency: Currency


PurposePairs = Annotated[tuple[tuple[Purpose, Purpose], ...], Field(max_length=MAX_PURPOSE_PAIRS)]
ProgrammePairs = Annotated[
    tuple[tuple[ProgrammeId, ProgrammeId], ...], Field(max_length=MAX_PROGRAMME_PAIRS)
]


class PolicyRules(Model):
    """The numbers of the matching rules (days), which a deployment can change by an event."""

    exclusive_household: tuple[Purpose, ...] = (
        Purpose.BASIC_NEEDS,
        Purpose.RENT,
        Purpose.FOOD,
        Purpose.HYGIENE,
        Purpose.WINTERISATION,
    )
    exclusive_beneficiary: tuple[Purpose, ...] = (Purpose.EDUCATION, Purpose.LIVELIHOOD)
    modality_classes: tuple[tuple[Modality, ...], ...] = (
        (Modality.CASH, Modality.VOUCHER),
        (Modality.IN_KIND,),
    )
    as_part: PurposePairs = ()
    """Pairs of purposes that meet though they differ, as one is part of the other."""
    excluding_programmes: ProgrammePairs = ()
    """Pairs of programmes of which nobody may be in both, whatever they are for."""
    one_off_days: Annotated[int, Field(ge=1, le=1000)] = 28
    one_off_days_by_purpose: dict[Purpose, Annotated[int, Field(ge=1, le=1000)]] = Field(
        default_factory=lambda: {Purpose.EDUCATION: 120, Purpose.LIVELIHOOD: 365}
    )
    season_from: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$")] = "11-01"
    season_to: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$")] = "04-01"
    season_year_starts_month: Annotated[int, Field(ge=1, le=12)] = 8
    least_overlap_days: Annotated[int, Field(ge=1, le=366)] = 7
    reservation_days: Annotated[int, Field(ge=1, le=366)] = 30
    base_currency: Currency = "TRY"
    rates: dict[Currency, Rate] = Field(default_factory=dict)
    placeholder_tokens: tuple[Token, ...] = ()
    refused_assurance: tuple[Assurance, ...] = ()
    shared_identifier_recipients: Annotated[int, Field(ge=2, le=1000)] = 5
    weak_weights: dict[TokenType, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default_factory=lambda: {"weak.name-birth": 10}
    )
    weak_threshold: Annotated[int, Field(ge=1, le=10_000)] = 10
    weak_threshold_apart: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """For two people whose numbers of one type differ; None: as `weak_threshold`."""
    suspect_households: Annotated[int, Field(ge=1, le=10_000)] = 10
    suspect_days: Days = 90
    unmet_days: dict[Purpose, Days] = Field(default_factory=lambda: dict(UNMET_DAYS))
    also_met_by: dict[Purpose, tuple[Purpose, ...]] = Field(
        default_factory=lambda: dict(ALSO_MET_BY)
    )
    lapsed_days: Days = 30
    lapsed_reasons: tuple[EndReason, ...] = (
        EndReason.PROGRAMME_CLOSED,
        EndReason.MOVED,
        EndReason.DOCUMENT_EXPIRED,
        EndReason.NON_COLLECTION,
    )
    basket_by_size: tuple[Amount, ...] = ()
    basket_further: Amount = "0"
    basket_purposes: tuple[Purpose, ...] = (
        Purpose.BASIC_NEEDS,
        Purpose.RENT,
        Purpose.FOOD,
        Purpose.HYGIENE,
    )
    basket_modalities: tuple[Modality, ...] = (Modality.CASH, Modality.VOUCHER)
    held_records: Annotated[int, Field(ge=1, le=500)] = 20
    held_percent: Percent = 20
    open_reservations: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    cancel_plans: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    cancel_percent: Percent = 50
    inquiries_a_day: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    upload_late_days: Days = 15
    dismissal_days: Days = 180
    acknowledge_working_days: Days = 3
    reply_days: Days = 10
    notice_days: Days = 15
    decision_days: Days = 30
    appeal_days: Days = 30
    appeal_answer_days: Days = 30
    two_people_above: Sum | None = None
    """Two accounts confirm in a case whose excess is above it; None: one is enough."""

    @model_validator(mode="after")
    def _dates(self) -> Self:
        for name in ("season_from", "season_to"):
            try:
                date.fromisoformat(f"2001-{getattr(self, name)}")
            except ValueError:
                raise ValueError(name) from None
        if self._in_season_year("season_from") >= self._in_season_year("season_to"):
            raise ValueError("season_to")
        return self

    @model_validator(mode="after")
    def _apart(self) -> Self:
        apart = self.weak_threshold_apart
        if apart is not None and apart < self.weak_threshold:
            raise ValueError("weak_threshold_apart")
        return self

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        exclusive = {*self.exclusive_household, *self.exclusive_beneficiary}
        # what is never matched is not matched as a part either
        if not _are_pairs(self.as_part) or not exclusive.issuperset(chain(*self.as_part)):
            raise ValueError("as_part")
        if not _are_pairs(self.excluding_programmes):
            raise ValueError("excluding_programmes")
        return self

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        above = self.two_people_above
        if above is None:
            return self
        try:
            money.to_minor(above.amount, above.currency)
        except ValueError:
            raise ValueError("two_people_above") from None
        if above.currency not in (self.base_currency, *self.rates):
            raise ValueError("two_people_above")
        return self

    def _in_season_year(self, name: str) -> tuple[bool, str]:
        """Sorts as the days lie in a season's year: both in its first calendar year, or later."""
        day: str = getattr(self, name)
        return int(day[:2]) < self.season_year_starts_month, day


def _are_pairs(pairs: Sequence[tuple[str, str]]) -> bool:
    """True if each is of two that differ, and none stands twice, either way round."""
    return len({frozenset(pair) for pair in pairs if pair[0] != pair[1]}) == len(pairs)


class Policy(Record):
    """A version of the policy, in force for coverage that begins on or after `in_force_from`."""

    kind: Literal["policy"]
    in_force_from: Day
    rules: PolicyRules


class PolicySignature(Record):
    """The second signature under a policy: it is in force only when both bodies have signed.

    `policy_digest` is the content hash of the policy record that is signed.
    """

    kind: Literal["policy-signature"]
    policy_version: Annotated[int, Field(ge=2, le=1_000_000)]
    policy_digest: Digest
