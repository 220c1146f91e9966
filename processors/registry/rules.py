"""The matching rules: effective windows, classes, overlap, amount at risk. Pure.

Days are ordinals (`date.toordinal`), windows half open, money whole minor units.
The words are those of docs/domain.md; the numbers come from the policy in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final, Literal

from events import money
from events.model import Modality, Purpose
from events.outputs import MeetsBy

ONE_OFF: Final = "one-off"
WINTERISATION: Final = "winterisation"


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of days."""

    start: int
    end: int

    @property
    def days(self) -> int:
        """How many days the window has; 0 or less if it is empty."""
        return self.end - self.start

    def meet(self, other: "Window") -> "Window":
        """The days that both windows have (may be empty)."""
        return Window(max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Basket:
    """The minimum expenditure basket: the most that its purposes may add up to in a month.

    `by_size` are minor units for households of 1, 2, … persons, `further` for each beyond.
    """

    by_size: tuple[int, ...]
    further: int
    purposes: frozenset[str]
    modalities: frozenset[str]

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> "Basket | None":
        """From the policy record; None while no basket is published."""
        currency = rules["base_currency"]
        sizes = tuple(money.to_minor(amount, currency) for amount in rules["basket_by_size"])
        if not sizes:
            return None
        return cls(
            by_size=sizes,
            further=money.to_minor(rules["basket_further"], currency),
            purposes=frozenset(rules["basket_purposes"]),
            modalities=frozenset(rules["basket_modalities"]),
        )

    def cap(self, size: int) -> int:
        """Minor units a month for a household of `size` persons (at least 1)."""
        beyond = max(0, size - len(self.by_size))
        return self.by_size[min(size, len(self.by_size)) - 1] + beyond * self.further


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The days of a case's way (docs/domain.md)."""

    dismissal: int
    acknowledge_working: int
    reply: int
    notice: int
    decision: int
    appeal: int
    appeal_answer: int

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> "CaseRules":
        """From the policy record."""
        return cls(
            dismissal=rules["dismissal_days"],
            acknowledge_working=rules["acknowledge_working_days"],
            reply=rules["reply_days"],
            notice=rules["notice_days"],
            decision=rules["decision_days"],
            appeal=rules["appeal_days"],
            appeal_answer=rules["appeal_answer_days"],
        )


@dataclass(frozen=True, slots=True)
class WeakRules:
    """What a policy says of weak tokens: type → weight, and from which weight two may be one.

    `weak_threshold_apart` is the same for two who stand apart (`links.stand_apart`), never lower.
    A telephone that `shared_recipients` people share says nothing any more.
    """

    weak_weights: Mapping[str, int]
    weak_threshold: int
    weak_threshold_apart: int
    shared_recipients: int


@dataclass(frozen=True, slots=True)
class Rules(WeakRules):
    """A policy version, in the shape in which pairs are judged."""

    version: int
    in_force_from: int
    household: frozenset[str]
    beneficiary: frozenset[str]
    classes: Mapping[str, int]
    one_off_days: int
    one_off_by_purpose: Mapping[str, int]
    season_from: tuple[int, int]
    season_to: tuple[int, int]
    season_year_month: int
    least_overlap_days: int
    reservation_days: int
    base_currency: str
    rates: Mapping[str, Fraction]
    unmet_days: Mapping[str, int]
    also_met_by: Mapping[str, tuple[str, ...]]
    meets: Mapping[str, frozenset[str]]
    """Purpose of an assistance → the needs that it meets."""
    lapsed_days: int
    lapsed_reasons: frozenset[str]
    upload_late_days: int
    suspect_households: int
    suspect_days: int
    basket: Basket | None
    cases: CaseRules
    parts: Mapping[str, frozenset[str]]
    """Purpose → those that it meets though they differ."""
    excludes: Mapping[str, frozenset[str]]
    """Programme → those of which nobody in it may be."""
    two_people_above: tuple[int, str] | None
    """Minor units and currency of the excess above which two accounts confirm."""

    @classmethod
    def of(cls, version: int, in_force_from: int, rules: Mapping[str, Any]) -> "Rules":
        """From the policy record as it stands in the journal."""

        def month_day(text: str) -> tuple[int, int]:
            return int(text[:2]), int(text[3:])

        return cls(
            version=version,
            in_force_from=in_force_from,
            household=frozenset(rules["exclusive_household"]),
            beneficiary=frozenset(rules["exclusive_beneficiary"]),
            classes={
                modality: number
                for number, members in enumerate(rules["modality_classes"])
                for modality in members
            },
            one_off_days=rules["one_off_days"],
            one_off_by_purpose=dict(rules["one_off_days_by_purpose"]),
            season_from=month_day(rules["season_from"]),
            season_to=month_day(rules["season_to"]),
            season_year_month=rules["season_year_starts_month"],
            least_overlap_days=rules["least_overlap_days"],
            reservation_days=rules["reservation_days"],
            base_currency=rules["base_currency"],
            rates={code: Fraction(rate) for code, rate in rules["rates"].items()},
            shared_recipients=rules["shared_identifier_recipients"],
            weak_weights=dict(rules["weak_weights"]),
            weak_threshold=rules["weak_threshold"],
            weak_threshold_apart=rules.get("weak_threshold_apart") or rules["weak_threshold"],
            unmet_days=dict(rules["unmet_days"]),
            also_met_by={need: tuple(by) for need, by in rules["also_met_by"].items()},
            meets=_meets(rules["also_met_by"]),
            lapsed_days=rules["lapsed_days"],
            lapsed_reasons=frozenset(rules["lapsed_reasons"]),
            upload_late_days=rules["upload_late_days"],
            suspect_households=rules["suspect_households"],
            suspect_days=rules["suspect_days"],
            basket=Basket.of(rules),
            cases=CaseRules.of(rules),
            parts=_both_ways(rules.get("as_part", ())),
            excludes=_both_ways(rules.get("excluding_programmes", ())),
            two_people_above=_sum(rules.get("two_people_above")),
        )

    def met_by(self, purpose: str) -> frozenset[str]:
        """The purposes of assistance that meet a need."""
        return frozenset((purpose, *self.also_met_by.get(purpose, ())))


def _both_ways(pairs: Sequence[Sequence[str]]) -> dict[str, frozenset[str]]:
    names = {name for pair in pairs for name in pair}
    return {one: frozenset(n for pair in pairs if one in pair for n in pair if n != one)
            for one in sorted(names)}  # fmt: skip


def _sum(given: Mapping[str, str] | None) -> tuple[int, str] | None:
    if given is None:
        return None
    return money.to_minor(given["amount"], given["currency"]), given["currency"]


def _meets(also_met_by: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    purposes = [purpose.value for purpose in Purpose]
    return {
        given: frozenset(
            need for need in purposes if given == need or given in also_met_by.get(need, ())
        )
        for given in purposes
    }


@dataclass(frozen=True, slots=True)
class Transfer:
    """What the rules need to know of one record's current content. `amount` is net of returns."""

    org: str
    assistance_id: str
    programme: str
    purpose: str
    modality: str
    one_off: bool
    declared: Window
    amount: int
    currency: str
    district: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two transfers that may not stand together.

    `by` is the rule by which they meet, `at_beneficiary` how their people are matched.
    """

    kind: Literal["double-coverage", "repeated-payment"]
    by: MeetsBy
    at_beneficiary: bool
    window: Window
    amount_at_risk: int | None
    currency: str
    policy: int


def season(
    year_from: int, rules_from: tuple[int, int], rules_to: tuple[int, int], year_month: int
) -> Window:
    """The winter season of the year that begins in month `year_month` of `year_from`."""

    def place(month: int, day: int) -> int:
        return date(year_from if month >= year_month else year_from + 1, month, day).toordinal()

    return Window(place(*rules_from), place(*rules_to))


def effective_window(transfer: Transfer, rules: Rules) -> Window:
    """The days that a transfer is taken to cover.

    Recurrent: as declared. One-off: the longer of the declared window and the
    policy's days; one-off winterisation: the whole season.
    """
    declared = transfer.declared
    if not transfer.one_off:
        return declared
    if transfer.purpose == WINTERISATION:
        start = date.fromordinal(declared.start)
        year = start.year if start.month >= rules.season_year_month else start.year - 1
        return season(year, rules.season_from, rules.season_to, rules.season_year_month)
    days = rules.one_off_by_purpose.get(transfer.purpose, rules.one_off_days)
    return Window(declared.start, max(declared.end, declared.start + days))


def outer_window(transfer: Transfer) -> Window:
    """A window that holds the effective one under every possible policy.

    It stands in the token index, so that records which cannot overlap are never read.
    """
    declared = transfer.declared
    if not transfer.one_off:
        return declared
    return Window(declared.start - 366, max(declared.end, declared.start + 1_000))


def at_beneficiary(purpose: str, rules: Rules) -> bool:
    """True if the purpose is matched by beneficiary, not by household."""
    return purpose in rules.beneficiary


def matched_at_beneficiary(a: Transfer, b: Transfer, rules: Rules) -> bool:
    """True if two transfers are matched by beneficiary, as both purposes are."""
    return at_beneficiary(a.purpose, rules) and at_beneficiary(b.purpose, rules)


def judge(a: Transfer, b: Transfer, rules: Rules) -> Overlap | None:
    """What two linked transfers would be if both were delivered; None if they may stand together.

    `rules` are those in force on the later `covers_from` of the two. That the
    programmes are not declared complementary is for the caller to know.
    """
    by = meets_by(a, b, rules)
    if by is None:
        return None
    window_a, window_b = effective_window(a, rules), effective_window(b, rules)
    window = window_a.meet(window_b)
    if window.days < least_overlap(window_a, window_b, rules):
        return None
    same_programme = a.org == b.org and a.programme == b.programme
    return Overlap(
        kind="repeated-payment" if same_programme else "double-coverage",
        by=by,
        at_beneficiary=matched_at_beneficiary(a, b, rules),
        window=window,
        amount_at_risk=_amount_at_risk(a, window_a, b, window_b, window, rules),
        currency=rules.base_currency,
        policy=rules.version,
    )


def meets_by(a: Transfer, b: Transfer, rules: Rules) -> MeetsBy | None:
    """The rule by which two transfers meet, whenever they are; None: by none."""
    if b.programme in rules.excludes.get(a.programme, ()) and not (_is_apart(a) or _is_apart(b)):
        return "excluding-programmes"
    class_a, class_b = rules.classes.get(a.modality), rules.classes.get(b.modality)
    if class_a is None or class_a != class_b:
        return None
    if a.purpose != b.purpose:
        return "as-part" if b.purpose in rules.parts.get(a.purpose, ()) else None
    is_exclusive = a.purpose in rules.household or a.purpose in rules.beneficiary
    return "purpose" if is_exclusive else None


def _is_apart(transfer: Transfer) -> bool:
    """True for what no pair of programmes excludes: protection, and what is done for somebody."""
    return transfer.purpose == Purpose.PROTECTION or transfer.modality == Modality.SERVICE


def least_overlap(a: Window, b: Window, rules: Rules) -> int:
    """The days that two windows must have in common: the policy's, or a shorter one's whole."""
    return min(rules.least_overlap_days, a.days, b.days)


def _amount_at_risk(
    a: Transfer, window_a: Window, b: Transfer, window_b: Window, overlap: Window, rules: Rules
) -> int | None:
    share_a = in_base_currency(a, Fraction(overlap.days, window_a.days), rules)
    share_b = in_base_currency(b, Fraction(overlap.days, window_b.days), rules)
    if share_a is None or share_b is None:
        return None
    return money.half_up(min(share_a, share_b))


def in_base_currency(transfer: Transfer, share: Fraction, rules: Rules) -> Fraction | None:
    """The share of the amount in the base currency's minor units; None without a rate."""
    return to_base(transfer.amount * share, transfer.currency, rules)


def to_base(amount: Fraction, currency: str, rules: Rules) -> Fraction | None:
    """Minor units of a currency in those of the base currency; None without a rate."""
    if currency == rules.base_currency:
        return amount
    rate = rules.rates.get(currency)
    if rate is None:
        return None
    steps = money.exponent(rules.base_currency) - money.exponent(currency)
    return amount * rate * Fraction(10) ** steps
