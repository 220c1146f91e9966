"""Birth dates as lists have them → year, month and day, or only a year (pure).

Day comes before month, as in Turkey, Syria, Ukraine and Iran: a date that is only valid
with the month first is refused, and so is a year of two digits. Years lie in 1900 to 2099,
so a date of the Persian or the lunar calendar is refused instead of being read as one of
ours. 1 January (and day 0 of month 0) is how registrations write that only the year is
known; it counts as the year alone, as otherwise strangers would share a full birth date.

A refusal names the column, never the value.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from events.rejection import Reason, Refusal

BIRTH_FIELD: Final = "birth_date"
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
MAX_DATE_CHARS: Final = 40

# midnight: a day that was read as a time. `plain` writes T, and every other letter small.
_TIME: Final = r"(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?z?)?"
_YEAR_FIRST: Final = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})" + _TIME)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})" + _TIME)
_NAMED_MONTH: Final = re.compile(r"(\d{1,2})[ .-]+([a-z]{3,9})[ .,-]+(\d{4})")
_MONTH_FIRST_BY_NAME: Final = re.compile(r"([a-z]{3,9})\.? +(\d{1,2}),? +(\d{4})")
_YEAR: Final = re.compile(r"\d{4}")
_EIGHT: Final = re.compile(r"\d{8}")
_SERIAL: Final = re.compile(r"(\d{5})(?:\.0+)?")
_EXCEL_EPOCH: Final = datetime.date(1899, 12, 30)

# As `plain` writes them. A month is known by its name or the name's first three letters.
_MONTHS: Final = (
    ("ocak", "january"),
    ("subat", "february"),
    ("mart", "march"),
    ("nisan", "april"),
    ("mayis", "may"),
    ("haziran", "june"),
    ("temmuz", "july"),
    ("agustos", "august"),
    ("eylul", "september"),
    ("ekim", "october"),
    ("kasim", "november"),
    ("aralik", "december"),
)
_MONTH: Final = {
    form: number
    for number, names in enumerate(_MONTHS, 1)
    for name in names
    for form in (name, name[:3])
} | {"sept": 9}


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date; parts that are not known are 0 (`birth` leaves out month and day only)."""

    year: int
    month: int = 0
    day: int = 0

    @property
    def is_full(self) -> bool:
        """True if all three parts are known."""
        return bool(self.year and self.month and self.day)

    @property
    def text(self) -> str:
        """The canonical form: `1990-03-25`, or `1990` for a year alone."""
        if not self.is_full:
            return f"{self.year:04}"
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


def birth(text: str) -> Birth:
    """The birth date that `text` means.

    Raises Refusal naming `birth_date`: missing-field for an empty text,
    placeholder-identifier for 1 January 1900, invalid-value for everything that is no
    date or could be two dates.
    """
    written = plain(text[: MAX_DATE_CHARS + 1])
    if not written:
        raise Refusal(Reason.MISSING_FIELD, BIRTH_FIELD)
    if len(written) > MAX_DATE_CHARS:
        raise Refusal(Reason.INVALID_VALUE, BIRTH_FIELD)
    found = _read(written)
    if found is None:
        raise Refusal(Reason.INVALID_VALUE, BIRTH_FIELD)
    return _known(*found)


def named(text: str) -> tuple[int, int, int] | None:
    """(year, month, day) of a date with its month by name (25 Mart 1990); None for other forms."""
    written = plain(text[: MAX_DATE_CHARS + 1])
    if match := _NAMED_MONTH.fullmatch(written):
        return int(match[3]), _MONTH.get(match[2], 0), int(match[1])
    if match := _MONTH_FIRST_BY_NAME.fullmatch(written):
        return int(match[3]), _MONTH.get(match[1], 0), int(match[2])
    return None


def _read(written: str) -> tuple[int, int, int] | None:
    """(year, month, day) as written; None if it has no form that is read."""
    if match := _YEAR_FIRST.fullmatch(written):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _DAY_FIRST.fullmatch(written):
        return int(match[4]), int(match[3]), int(match[1])
    if match := _NAMED_MONTH.fullmatch(written):
        return int(match[3]), _MONTH.get(match[2], -1), int(match[1])
    if match := _MONTH_FIRST_BY_NAME.fullmatch(written):
        return int(match[3]), _MONTH.get(match[1], -1), int(match[2])
    if _YEAR.fullmatch(written):
        return int(written), 0, 0
    if _EIGHT.fullmatch(written):
        return _eight(written)
    if match := _SERIAL.fullmatch(written):
        day = _EXCEL_EPOCH + datetime.timedelta(days=int(match[1]))
        return day.year, day.month, day.day
    return None


def _eight(written: str) -> tuple[int, int, int]:
    """yyyymmdd or ddmmyyyy. Never both: 19 and 20 as the middle are a year, and no month."""
    if FIRST_YEAR <= int(written[4:]) <= LAST_YEAR and int(written[4:6]) > 12:
        return int(written[4:]), int(written[2:4]), int(written[:2])
    return int(written[:4]), int(written[4:6]), int(written[6:])


def _known(year: int, month: int, day: int) -> Birth:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(Reason.INVALID_VALUE, BIRTH_FIELD)
    if (year, month, day) == (FIRST_YEAR, 1, 1):
        raise Refusal(Reason.PLACEHOLDER, BIRTH_FIELD)
    if (month, day) in ((0, 0), (1, 1)):
        return Birth(year)
    try:
        datetime.date(year, month, day)
    except ValueError:
        raise Refusal(Reason.INVALID_VALUE, BIRTH_FIELD) from None
    return Birth(year, month, day)


def plain(text: str) -> str:
    """ASCII digits, plain small letters, one kind of dash; without invisible marks."""
    kept = []
    for char in unicodedata.normalize("NFKD", text.translate(_TURKISH).casefold()):
        category = unicodedata.category(char)
        if category in ("Cf", "Mn"):
            continue
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category == "Pd" or char in "−/.٫،,:":
            kept.append(_DASHES.get(char, "-" if category == "Pd" else char))
        else:
            kept.append(" " if char.isspace() else char)
    return _ISO_T.sub("T", " ".join("".join(kept).split()))


_TURKISH: Final = str.maketrans("İIı", "iii")
_DASHES: Final = {"−": "-", "٫": ".", "،": ","}
_ISO_T: Final = re.compile(r"(?<=\d)t(?=\d)")
