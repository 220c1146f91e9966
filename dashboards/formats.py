"""Numbers, money, days and ages as the three languages write them. Pure.

Latin digits everywhere; time zone Europe/Istanbul; day ranges come half open and are shown
with their last day. Source: the design language's table of formats.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from events import money

Lang = Literal["tr", "en", "ar"]
LANGS: Final[tuple[Lang, ...]] = ("tr", "en", "ar")
ISTANBUL_SECONDS: Final = 3 * 3_600
ISTANBUL: Final = timezone(timedelta(seconds=ISTANBUL_SECONDS), "Europe/Istanbul")
"""UTC+3 without summer time since 2016; nothing older is shown."""
NONE: Final = "–"
DAY_SECONDS: Final = 86_400

_MONTHS: Final[dict[Lang, tuple[str, ...]]] = {
    "tr": (
        "Oca", "Şub", "Mar", "Nis", "May", "Haz", "Tem", "Ağu", "Eyl", "Eki", "Kas", "Ara",
    ),
    "en": (
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ),
    "ar": (
        "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران",
        "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول",
    ),
}  # fmt: skip
_SHORT_AR: Final = (
    "ك2", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "ت1", "ت2", "ك1",
)  # fmt: skip
_CURRENCY: Final[dict[Lang, dict[str, str]]] = {
    "tr": {"TRY": "TL"},
    "en": {},
    "ar": {"TRY": "ل.ت"},
}
_AR_UNITS: Final = {
    "minute": ("دقيقة", "دقيقتين", "دقائق", "دقيقة"),
    "hour": ("ساعة", "ساعتين", "ساعات", "ساعة"),
    "day": ("يوم", "يومين", "أيام", "يومًا"),
}
_UNITS: Final[dict[str, dict[str, str]]] = {
    "tr": {"minute": "dk", "hour": "saat", "day": "gün"},
    "en": {"minute": "min", "hour": "h", "day": "days"},
}


def count(lang: Lang, number: int) -> str:
    """`48.216` in Turkish, `48,216` elsewhere; U+2212 for minus."""
    text = f"{abs(number):,}"
    if lang == "tr":
        text = text.replace(",", ".")
    return f"−{text}" if number < 0 else text


def share(lang: Lang, part: int, whole: int) -> str:
    """One decimal: `%2,4` in Turkish, `2.4%` elsewhere; – where there is no whole."""
    if not whole:
        return NONE
    percent = (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"%{percent}".replace(".", ",") if lang == "tr" else f"{percent}%"


def currency(lang: Lang, code: str) -> str:
    """The word for a currency: TL for TRY in Turkish."""
    return _CURRENCY[lang].get(code, code)


def amount(lang: Lang, value: Decimal | None, code: str, *, exact: bool = False) -> str:
    """The figure alone: whole units in a list, with its decimals on a finding."""
    if value is None:
        return NONE
    digits = money.exponent(code) if exact else 0
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    whole, _, decimals = f"{abs(rounded):f}".partition(".")
    text = count(lang, int(whole))
    if decimals:
        text += ("," if lang == "tr" else ".") + decimals
    return f"−{text}" if rounded < 0 else text


def with_currency(lang: Lang, value: Decimal | None, code: str, *, exact: bool = False) -> str:
    """`3.000,00 TL`, `TRY 3,000.00`, `3,000.00 ل.ت`."""
    if value is None:
        return NONE
    figure, unit = amount(lang, value, code, exact=exact), currency(lang, code)
    return f"{unit} {figure}" if lang == "en" else f"{figure} {unit}"


def day(lang: Lang, value: date | None) -> str:
    """`20 Kas 2026`; – for no day."""
    return f"{value.day} {_MONTHS[lang][value.month - 1]} {value.year}" if value else NONE


def month(lang: Lang, value: date, *, short: bool = False) -> str:
    """`Kas 2026`, or `Kas` under an axis."""
    if short:
        return (_SHORT_AR if lang == "ar" else _MONTHS[lang])[value.month - 1]
    return f"{_MONTHS[lang][value.month - 1]} {value.year}"


def period(lang: Lang, start: date | None, end: date | None) -> str:
    """A half-open range with its last day: [17 Oct, 1 Nov) is `17 – 31 Eki 2026`."""
    if start is None or end is None:
        return NONE
    last = end - timedelta(days=1)
    if last <= start:
        return day(lang, start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} – {day(lang, last)}"
    if start.year == last.year:
        return f"{start.day} {_MONTHS[lang][start.month - 1]} – {day(lang, last)}"
    return f"{day(lang, start)} – {day(lang, last)}"


def local_day(epoch_ms: int) -> date:
    """The day in Istanbul."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ISTANBUL).date()


def instant(lang: Lang, epoch_ms: int) -> str:
    """`20 Kas 2026 09.12`, in Istanbul."""
    local = datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ISTANBUL)
    clock = f"{local.hour:02d}{'.' if lang == 'tr' else ':'}{local.minute:02d}"
    return f"{day(lang, local.date())} {clock}"


def plural_ar(number: int) -> int:
    """CLDR category as an index: 0 one, 1 two, 2 few, 3 many, 4 other (as zero is)."""
    if number in (1, 2):
        return number - 1
    rest = number % 100
    if 3 <= rest <= 10:
        return 2
    return 3 if rest >= 11 else 4


def quantity(lang: Lang, number: int, unit: Literal["minute", "hour", "day"]) -> str:
    """`15 gün`, `15 days`, `15 يومًا`; Arabic says one and two without a digit."""
    if lang == "ar":
        words = _AR_UNITS[unit]
        if number in (1, 2):
            return words[number - 1]
        return f"{count(lang, number)} {(*words, words[0])[plural_ar(number)]}"
    if lang == "en" and unit == "day" and number == 1:
        return "1 day"
    return f"{count(lang, number)} {_UNITS[lang][unit]}"


def age(lang: Lang, seconds: float) -> str:
    """How long ago: `6 dk önce`, `6 min ago`, `قبل 6 دقائق`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return {"tr": "az önce", "en": "just now", "ar": "الآن"}[lang]
    if whole < 3_600:
        text = quantity(lang, whole // 60, "minute")
    elif whole < 2 * DAY_SECONDS:
        text = quantity(lang, whole // 3_600, "hour")
    else:
        text = quantity(lang, whole // DAY_SECONDS, "day")
    return {"tr": f"{text} önce", "en": f"{text} ago", "ar": f"قبل {text}"}[lang]


def turkish_key(text: str) -> list[int]:
    """A key that sorts by the Turkish alphabet (ç after c, ı before i, …)."""
    order = "0123456789aâbcçdefgğhıiîjklmnoöpqrsştuûüvwxyz"
    folded = text.replace("I", "ı").replace("İ", "i").lower()
    return [order.index(c) if c in order else -1 for c in folded]
