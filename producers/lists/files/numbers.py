"""A number as its format shows it: rounded, with its zeros, in percent; or refused (pure).

Source: ECMA-376 part 1, 18.8.31 (numFmts). Read are, with any number of digits: General and @,
`0`, `0.00`, `#,##0.00`, the same with a currency mark, colour, accounting spaces and brackets for
negative numbers; `0.00%`; `0.00E+00` where no digit is lost; masks of zeros with spaces, dashes and
brackets (`00000000000`, `0000 000 00 00`). Everything else shows something else than is stored:
fractions, conditions, thousands cut off (`0,`), words, formats that show nothing.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from producers.lists.files.cells import GENERAL

EXACT_BELOW: Final = 10**15
"""A spreadsheet keeps 15 digits: of a longer number the last ones are zeros that nobody wrote."""
GENERAL_BELOW: Final = 10**11
"""From 12 digits on General shows 2.02605E+12."""

_COLOURS: Final = re.compile(
    r"\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|siyah|mavi|kırmızı|yeşil)\]",
    re.IGNORECASE,
)
_CURRENCY: Final = re.compile(r"\[\$([^\]-]*)(?:-[0-9A-Fa-f]+)?\]")
_QUOTED: Final = re.compile(r'"([^"]*)"|\\(.)')
_SPACING: Final = re.compile(r"_.|\*.")
_MARKS: Final = re.compile(
    r"(?:TL|TRY|₺|USD|US\$|\$|EUR|€|GBP|£|SYP|ل\.س\.?|IQD|د\.ع\.?)?", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"[#0?]*(?:,[#0?]{3})*(?:\.([#0?]*))?")
_PERCENT: Final = re.compile(r"[#0?]*(?:,[#0?]{3})*(?:\.([#0?]*))?%")
_SCIENTIFIC: Final = re.compile(r"[#0]*(?:\.([#0]*))?E[+-]0+", re.IGNORECASE)
_MASK: Final = re.compile(r"[0 ()+\-]*0[0 ()+\-]*")
_UNITS: Final = tuple(Decimal(1).scaleb(-places) for places in range(16))


class Way(Enum):
    """How a section of a format shows a number."""

    GENERAL = auto()
    NUMBER = auto()
    PERCENT = auto()
    SCIENTIFIC = auto()
    MASK = auto()
    DASH = auto()
    """Accounting's dash, in the place of a zero."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Section:
    """One of the sections of a format: for positive, negative and zero numbers."""

    way: Way
    decimals: int = 0
    mask: str = ""
    shows_sign: bool = False
    shows_zero: bool = True


class Lost(Exception):
    """Digits of the number are not shown."""


class NotShown(Exception):
    """The number is shown as something else, in a format that is not read."""


def as_shown(number: float, number_format: str) -> float | str:
    """A number as its format shows it; text where it has zeros in front, or percent.

    Raises Lost and NotShown.
    """
    if number_format == GENERAL or number_format == "@":
        return _general(number)
    if abs(number) >= EXACT_BELOW:
        raise Lost
    section = _section(number, number_format)
    if section.way is Way.NUMBER:
        return _rounded(number, section)
    if section.way is Way.GENERAL:
        return _general(number)
    if section.way is Way.MASK:
        return _masked(number, section.mask)
    if section.way is Way.PERCENT:
        return f"{_exact(number * 100).quantize(_UNITS[section.decimals], ROUND_HALF_UP)}%"
    if section.way is Way.SCIENTIFIC:
        if number and float(f"{number:.{section.decimals}e}") != number:
            raise Lost
        return number
    if section.way is Way.DASH and not number:
        return 0.0
    raise NotShown


@lru_cache(1 << 12)
def shows_text(number_format: str) -> bool:
    """True if a text in this format is shown as it is stored."""
    sections = _sections(number_format)
    if len(sections) > 3:
        return _plain(sections[3]) == "@"
    if "@" in sections[-1]:
        return _plain(sections[-1]) == "@"
    return True


def _general(number: float) -> float:
    if number.is_integer():
        if abs(number) >= GENERAL_BELOW:
            raise Lost
        return number
    if 0 < abs(number) < 1e-9:
        raise Lost  # shown as 1E-10
    return float(f"{number:.15g}")


def _exact(number: float) -> Decimal:
    """The fifteen digits that a spreadsheet has: 3099.9999999999995 is 3100."""
    return Decimal(f"{number:.15g}")


def _rounded(number: float, section: Section) -> float:
    if number.is_integer():
        if not number and not section.shows_zero:
            raise NotShown
        return number
    shown = _exact(number).quantize(_UNITS[section.decimals], ROUND_HALF_UP)
    if not shown and not section.shows_zero:
        raise NotShown
    return float(shown)


def _masked(number: float, mask: str) -> str | float:
    if number < 0:
        raise NotShown
    digits = str(int(_exact(number).quantize(_UNITS[0], ROUND_HALF_UP)))
    places = mask.count("0")
    if mask == "0" * places:
        return digits.zfill(places)
    if len(digits) > places:
        raise NotShown  # where the digits before the mask stand is the program's affair
    left = iter(digits.zfill(places))
    return "".join(next(left) if char == "0" else char for char in mask).strip()


@lru_cache(1 << 12)
def _read(number_format: str) -> tuple[Section, ...]:
    return tuple(_section_of(text) for text in _sections(number_format)[:3])


def _section(number: float, number_format: str) -> Section:
    """The section that shows a number. Raises NotShown for one that loses its sign."""
    sections = _read(number_format)
    if number < 0:
        if len(sections) == 1:
            return sections[0]
        if sections[1].way is Way.NUMBER and not sections[1].shows_sign:
            raise NotShown  # red, and without its minus
        return sections[1]
    if sections[0].way is Way.NUMBER and sections[0].shows_sign:
        raise NotShown  # -5 in the place of 5
    return sections[2] if not number and len(sections) > 2 else sections[0]


def _sections(number_format: str) -> list[str]:
    """The sections of a format, split at semicolons outside of quotes."""
    found, start, quoted = [], 0, False
    for place, char in enumerate(number_format):
        if char == '"':
            quoted = not quoted
        elif char == ";" and not quoted and number_format[place - 1 : place] != "\\":
            found.append(number_format[start:place])
            start = place + 1
    return [*found, number_format[start:]]


def _plain(section: str) -> str:
    """A section without colours, spacing and currency marks; quotes around other text stay."""
    text = _COLOURS.sub("", section)
    text = _CURRENCY.sub(lambda found: f'"{found[1]}"' if found[1] else "", text)
    text = _SPACING.sub("", text)
    return _QUOTED.sub(_literal, text).replace("\u00a0", " ").strip(" ₺$€£")


def _literal(found: re.Match[str]) -> str:
    text = (found[1] if found[1] is not None else found[2]).replace("\u00a0", " ")
    if _MARKS.fullmatch(text.strip()):
        return ""
    return text if text in tuple(" -()") else '"'


def _section_of(section: str) -> Section:
    text = _plain(section)
    if not text or text == "@" or text.lower() in ("general", "genel", "standard", "standart"):
        return Section(Way.GENERAL if text else Way.UNKNOWN)
    if text.strip("?").strip() == "-":
        return Section(Way.DASH)
    inner = text.strip("()- ")
    shows_sign = "-" in text or text.startswith("(")
    if found := _NUMBER.fullmatch(inner):
        return _number_or_mask(text, inner, found[1] or "", shows_sign)
    if found := _PERCENT.fullmatch(inner.replace(" ", "")):
        return Section(Way.PERCENT, len(found[1] or ""))
    if found := _SCIENTIFIC.fullmatch(inner):
        return Section(Way.SCIENTIFIC, len(found[1] or ""))
    if _MASK.fullmatch(text):
        return Section(Way.MASK, mask=text)
    return Section(Way.UNKNOWN)


def _number_or_mask(text: str, inner: str, decimals: str, shows_sign: bool) -> Section:
    whole = inner.partition(".")[0]
    if len(decimals) >= len(_UNITS):
        return Section(Way.UNKNOWN)
    if whole.count("0") > 1:  # zeros in front that the number has not
        if "." in inner or set(text) - {"0"}:
            return Section(Way.MASK, mask=text) if _MASK.fullmatch(text) else Section(Way.UNKNOWN)
        return Section(Way.MASK, mask=whole)
    shows_zero = "0" in inner
    return Section(Way.NUMBER, len(decimals), shows_sign=shows_sign, shows_zero=shows_zero)
