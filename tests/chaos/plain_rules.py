"""What two payments are to each other: docs/domain.md, policy 1, written down a second time.

Nothing here knows how the product computes it; days are `datetime.date`, money whole kuruş.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

HOUSEHOLD = {"basic-needs", "rent", "food", "hygiene", "winterisation"}
BENEFICIARY = {"education", "livelihood"}
MODALITY_CLASS = {"cash": "money", "voucher": "money", "in-kind": "goods"}
ONE_OFF_DAYS = {"education": 120, "livelihood": 365}
LEAST_OVERLAP = 7
RESERVATION = timedelta(days=30)
POLICY = 1
CURRENCY = "TRY"
RANK = {"certain": 0, "probable": 1, "possible": 2}

Content = dict[str, Any]


@dataclass(frozen=True)
class Meeting:
    """What two payments would be if both were delivered."""

    kind: str
    strength: str
    start: date
    end: date
    amount: str | None

    @property
    def days(self) -> int:
        """How long both cover."""
        return (self.end - self.start).days


def window(content: Content) -> tuple[date, date]:
    """The days that a payment is taken to cover."""
    start, end = (
        date.fromisoformat(content["covers_from"]),
        date.fromisoformat(content["covers_to"]),
    )
    if content["frequency"] != "one-off":
        return start, end
    if content["purpose"] == "winterisation":
        year = start.year if start.month >= 8 else start.year - 1
        return date(year, 11, 1), date(year + 1, 4, 1)
    days = ONE_OFF_DAYS.get(content["purpose"], 28)
    return start, max(end, start + timedelta(days=days))


def kurus(content: Content) -> int:
    """What stayed with the family, in kuruş."""
    kept = Decimal(content["amount"]) - Decimal(content.get("returned_amount") or "0")
    return int(kept * 100)


def tokens_with(content: Content, *roles: str) -> set[str]:
    """The strong tokens of the people in these roles (all roles if none is named)."""
    return {
        f"{kind}/{value}"
        for person in content["subjects"]
        if not roles or person["role"] in roles
        for kind, value in person["tokens"]
        if not kind.startswith(("weak.", "case."))
    }


def served(content: Content) -> set[str]:
    """The tokens of whom the payment is for."""
    if content["purpose"] in BENEFICIARY and any(
        person["role"] == "beneficiary" for person in content["subjects"]
    ):
        return tokens_with(content, "beneficiary")
    return tokens_with(content, "recipient")


def one_family(a: Content, b: Content) -> str:
    """How sure it is that both pay one family (beneficiary): certain, probable, possible, ''."""
    if served(a) & served(b):
        return "certain"
    if a["purpose"] in BENEFICIARY:
        return ""
    listed = bool(served(a) & tokens_with(b)) + bool(served(b) & tokens_with(a))
    if listed == 2:
        return "certain"
    shared = min(
        sum(bool(_strong(person) & tokens_with(other)) for person in one["subjects"])
        for one, other in ((a, b), (b, a))
    )
    if listed or shared > 1:
        return "probable"
    return "possible" if shared else ""


def _strong(person: dict[str, Any]) -> set[str]:
    return tokens_with({"subjects": [person]})


def meeting(org_a: str, a: Content, org_b: str, b: Content) -> Meeting | None:
    """What the two would be if both were delivered; None if they may stand together."""
    purpose = a["purpose"]
    if purpose != b["purpose"] or purpose not in HOUSEHOLD | BENEFICIARY:
        return None
    one, two = MODALITY_CLASS.get(a["modality"]), MODALITY_CLASS.get(b["modality"])
    strength = one_family(a, b)
    if one is None or one != two or not strength:
        return None
    (start_a, end_a), (start_b, end_b) = window(a), window(b)
    start, end = max(start_a, start_b), min(end_a, end_b)
    days, days_a, days_b = (end - start).days, (end_a - start_a).days, (end_b - start_b).days
    if days < min(LEAST_OVERLAP, days_a, days_b):
        return None
    same = (org_a, a["programme"]) == (org_b, b["programme"])
    amount = None
    if a["currency"] == b["currency"] == CURRENCY:
        amount = min(pro_rata(kurus(a), days, days_a), pro_rata(kurus(b), days, days_b))
    return Meeting(
        "repeated-payment" if same else "double-coverage",
        strength,
        start,
        end,
        None if amount is None else f"{Decimal(amount) / 100:.2f}",
    )


def pro_rata(amount: int, days: int, of_days: int) -> int:
    """The share of an amount, half up. (Rounding keeps order, so the smaller stays the smaller.)"""
    with localcontext() as context:
        context.prec = 60
        return int((Decimal(amount * days) / of_days).to_integral_value(ROUND_HALF_UP))


def whole_months(start: date, end: date) -> tuple[date, date]:
    """The calendar months that a window touches."""
    last = end - timedelta(days=1)
    return start.replace(day=1), (last.replace(day=1) + timedelta(days=31)).replace(day=1)
