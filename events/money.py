"""Amounts as whole minor units (kuruş, cents). No floats anywhere."""

from fractions import Fraction
from typing import Final

# ISO 4217 exponents that are not 2, for the currencies partners report in.
EXPONENTS: Final = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0,
}  # fmt: skip


def exponent(currency: str) -> int:
    """Digits after the decimal point of `currency` (ISO 4217)."""
    return EXPONENTS.get(currency, 2)


def to_minor(amount: str, currency: str) -> int:
    """`'9300.5'`, TRY → 930050 kuruş.

    Raises ValueError if the text has more decimals than the currency has.
    """
    whole, _, decimals = amount.partition(".")
    digits = exponent(currency)
    if len(decimals) > digits:
        raise ValueError(f"{currency} has {digits} decimals")
    return int(whole + decimals.ljust(digits, "0"))


def from_minor(minor: int, currency: str) -> str:
    """930050, TRY → `'9300.50'`; the inverse of `to_minor`."""
    digits = exponent(currency)
    if not digits:
        return str(minor)
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 10**digits}.{minor % 10**digits:0{digits}d}"


def half_up(value: Fraction) -> int:
    """The nearest whole minor unit of a non-negative value, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
