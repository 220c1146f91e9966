"""The numbers of the rules (version 1 as in the domain's table), and which version is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from events import money

UNMET_DAYS = {
    "protection": 7,
    "food": 14,
    "health": 14,
    "winterisation": 21,
    "basic-needs": 30,
    "rent": 30,
    "hygiene": 30,
    "education": 45,
    "livelihood": 90,
}


@dataclass(frozen=True)
class Rules:
    """One version of the policy's numbers. Days and amounts as their names say."""

    exclusive_household: Sequence[str] = ("basic-needs", "rent", "food", "hygiene", "winterisation")
    exclusive_beneficiary: Sequence[str] = ("education", "livelihood")
    modality_classes: Sequence[Sequence[str]] = (("cash", "voucher"), ("in-kind",))
    as_part: Sequence[Sequence[str]] = ()
    excluding_programmes: Sequence[Sequence[str]] = ()
    two_people_above: Mapping[str, str] | None = None
    one_off_days: int = 28
    one_off_days_by_purpose: Mapping[str, int] = field(
        default_factory=lambda: {"education": 120, "livelihood": 365}
    )
    season_from: str = "11-01"
    season_to: str = "04-01"
    season_year_starts_month: int = 8
    least_overlap_days: int = 7
    reservation_days: int = 30
    base_currency: str = "TRY"
    rates: Mapping[str, str] = field(default_factory=dict)
    shared_identifier_recipients: int = 5
    weak_weights: Mapping[str, int] = field(default_factory=lambda: {"weak.name-birth": 10})
    weak_threshold: int = 10
    weak_threshold_apart: int | None = None
    unmet_days: Mapping[str, int] = field(default_factory=lambda: dict(UNMET_DAYS))
    also_met_by: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {"food": ("basic-needs",), "hygiene": ("basic-needs",)}
    )
    lapsed_days: int = 30
    lapsed_reasons: Sequence[str] = (
        "programme-closed",
        "moved",
        "document-expired",
        "non-collection",
    )
    basket_by_size: Sequence[str] = ()
    basket_further: str = "0"
    basket_purposes: Sequence[str] = ("basic-needs", "rent", "food", "hygiene")
    basket_modalities: Sequence[str] = ("cash", "voucher")
    dismissal_days: int = 180
    acknowledge_working_days: int = 3
    reply_days: int = 10
    notice_days: int = 15
    decision_days: int = 30
    appeal_days: int = 30
    appeal_answer_days: int = 30

    def exclusive(self, purpose: str) -> bool:
        """Whether records of this purpose are matched at all."""
        return purpose in self.exclusive_household or purpose in self.exclusive_beneficiary

    def per_beneficiary(self, purpose: str) -> bool:
        """Whether this purpose is matched by beneficiary; by household otherwise."""
        return purpose in self.exclusive_beneficiary

    def meet_as_part(self, one: str, other: str) -> bool:
        """Whether one of two purposes is declared a part of the other."""
        return any({one, other} == {*pair} for pair in self.as_part)

    def exclude(self, one: str, other: str) -> bool:
        """Whether two programmes exclude each other."""
        return any({one, other} == {*pair} for pair in self.excluding_programmes)

    def classes_meet(self, one: str, other: str) -> bool:
        """Whether two modalities are in one class; a service is in none."""
        return any(one in group and other in group for group in self.modality_classes)

    def rate(self, currency: str) -> Fraction | None:
        """Base currency for one unit of `currency`, if the policy says."""
        if currency == self.base_currency:
            return Fraction(1)
        return Fraction(self.rates[currency]) if currency in self.rates else None

    def base_amount(self, value: Fraction) -> str:
        """A value in base currency as a decimal string, rounded half up to the minor unit."""
        return money.from_minor(self.base_minor(value), self.base_currency)

    def base_minor(self, value: Fraction) -> int:
        """A value in base currency in whole minor units, rounded half up."""
        return money.half_up(value * 10 ** money.exponent(self.base_currency))

    def window(
        self, purpose: str, frequency: str, covers_from: date, covers_to: date
    ) -> tuple[date, date]:
        """The effective window: declared, the longer one of a one-off, or the winter season."""
        if frequency != "one-off":
            return covers_from, covers_to
        if purpose == "winterisation":
            late = covers_from.month >= self.season_year_starts_month
            first_year = covers_from.year if late else covers_from.year - 1
            return self._season(first_year, self.season_from), self._season(
                first_year, self.season_to
            )
        days = self.one_off_days_by_purpose.get(purpose, self.one_off_days)
        return covers_from, max(covers_to, covers_from + timedelta(days=days))

    def _season(self, first_year: int, month_day: str) -> date:
        later = int(month_day[:2]) < self.season_year_starts_month
        return date.fromisoformat(f"{first_year + later}-{month_day}")

    def cap(self, size: int) -> Fraction | None:
        """The basket of a household of `size` for a month, in base currency; None if off."""
        if not self.basket_by_size:
            return None
        listed = Fraction(self.basket_by_size[min(size, len(self.basket_by_size)) - 1])
        return listed + max(0, size - len(self.basket_by_size)) * Fraction(self.basket_further)


@dataclass(frozen=True)
class PolicyVersion:
    """A signed policy, in force for coverage that begins on or after `in_force_from`."""

    in_force_from: date
    rules: Rules


def rules_of(given: Mapping[str, Any]) -> Rules:
    """Rules from JSON; what is not given has version 1's value."""
    names = {f.name for f in fields(Rules)}
    return Rules(**{name: value for name, value in given.items() if name in names})


def in_force(signed: Sequence[PolicyVersion], day: date) -> Rules:
    """The newest signed version, in the order of the journal, whose date of effect has come."""
    return [version for version in signed if version.in_force_from <= day][-1].rules
