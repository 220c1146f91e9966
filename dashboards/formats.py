"""Money, shares, days and ages as the three languages write them. Pure.

Latin digits everywhere; time zone Europe/Istanbul; day ranges come half open and are shown
with their last day. Source: the design language's table of formats; the rest is CLDR by Babel.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from dashboards.words import LOCALES, say, word
from events import money
from events.texts import Lang

ISTANBUL: Final = timezone(timedelta(hours=3), "Europe/Istanbul")
"""UTC+3 without summer time since 2016; nothing older is shown."""
NONE: Final = "–"
DAY_SECONDS: Final = 86_400


def figure(lang: Lang, value: Decimal, digits: int) -> str:
    """A number with so many decimals, halves up; U+2212 for minus."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    pattern = f"#,##0.{'0' * digits}"
    text: str = format_decimal(rounded, format=pattern, locale=LOCALES[lang])
    return text.replace("-", "−")


def ratio(lang: Lang, part: int, whole: int) -> str:
    """How many of one for each of the other, with one decimal; – for no whole."""
    return figure(lang, Decimal(part) / whole, 1) if whole else NONE


def share(lang: Lang, part: int, whole: int) -> str:
    """One decimal: `%2,4` in Turkish, `2.4%` elsewhere; – where there is no whole."""
    if not whole:
        return NONE
    percent = figure(lang, Decimal(100 * part) / whole, 1)
    return f"%{percent}" if lang == "tr" else f"{percent}%"


def amount(lang: Lang, value: Decimal | None, code: str, *, exact: bool = False) -> str:
    """The figure alone: whole units in a list, with its decimals on a finding."""
    return NONE if value is None else figure(lang, value, money.exponent(code) if exact else 0)


def with_currency(lang: Lang, value: Decimal | None, code: str, *, exact: bool = False) -> str:
    """`3.000,00 TL`, `TRY 3,000.00`, `3,000.00 ل.ت`."""
    if value is None:
        return NONE
    text, unit = amount(lang, value, code, exact=exact), word(lang, "currency", code)
    return f"{unit} {text}" if lang == "en" else f"{text} {unit}"


def day(lang: Lang, value: date | None) -> str:
    """`20 Kas 2026`; – for no day."""
    return _date(lang, value, "d MMM y") if value else NONE


def month(lang: Lang, value: date, *, short: bool = False) -> str:
    """`Kas 2026`, or `Kas` under an axis; of a month of two words its letter and number: `ت2`."""
    name = _date(lang, value, "MMM")
    first, _, second = name.partition(" ")
    if short and second:
        return first[0] + ("1" if second == "الأول" else "2")
    return name if short else f"{name} {value.year}"


def period(lang: Lang, start: date | None, end: date | None) -> str:
    """A half-open range with its last day: [17 Oct, 1 Nov) is `17 – 31 Eki 2026`."""
    if start is None or end is None:
        return NONE
    last = end - timedelta(days=1)
    if last <= start:
        return day(lang, start)
    same_year = start.year == last.year
    shown = "d" if same_year and start.month == last.month else "d MMM" if same_year else "d MMM y"
    return f"{_date(lang, start, shown)} – {day(lang, last)}"


def _date(lang: Lang, value: date, pattern: str) -> str:
    return str(format_date(value, pattern, locale=LOCALES[lang]))


def _local(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ISTANBUL)


def local_day(epoch_ms: int) -> date:
    """The day in Istanbul."""
    return _local(epoch_ms).date()


def instant(lang: Lang, epoch_ms: int) -> str:
    """`20 Kas 2026 09.12`, in Istanbul."""
    pattern = "d MMM y HH.mm" if lang == "tr" else "d MMM y HH:mm"
    return str(format_datetime(_local(epoch_ms), pattern, ISTANBUL, LOCALES[lang]))


def age(lang: Lang, seconds: float) -> str:
    """How long ago: `6 dk önce`, `6 min ago`, `قبل 6 دقائق`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return say(lang, "just_now")
    if whole < 3_600:
        text = say(lang, "minutes", n=whole // 60)
    elif whole < 2 * DAY_SECONDS:
        text = say(lang, "hours", n=whole // 3_600)
    else:
        text = say(lang, "days", n=whole // DAY_SECONDS)
    return say(lang, "ago", text=text)


def turkish_key(text: str) -> list[int]:
    """A key that sorts by the Turkish alphabet (ç after c, ı before i, …)."""
    order = "0123456789aâbcçdefgğhıiîjklmnoöpqrsştuûüvwxyz"
    folded = text.replace("I", "ı").replace("İ", "i").lower()
    return [order.index(c) if c in order else -1 for c in folded]
