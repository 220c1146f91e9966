"""What stands in a cell → the characters that were meant, or a refusal: one rule for all (pure).

References, numbers of persons, case numbers, telephones and accounts are copied from documents,
chats and right-to-left sheets, and spreadsheets change them. What nobody sees does not count;
what a spreadsheet took away is not guessed. docs/CANONICAL.md has the rule ("As written").
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from events.rejection import Reason, Refusal

EXACT_DIGITS: Final = 15
"""So many digits a number cell keeps (IEEE 754 doubles, and what spreadsheets show of them)."""

# Unicode's Default_Ignorable_Code_Point without category Cf, tatweel, and the empty Braille cell
_IGNORED: Final = re.compile(
    "[\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)
_TO_ASCII: Final = 0xFEE0
_MINUS: Final = "\u2212"
_GUARDED: Final = re.compile(r'=?"([^"]*)"')
_SCIENTIFIC: Final = re.compile(
    r"(\d)(?:[.,](\d+))?E\+(\d{1,3})|(\d)[.,](\d+)E(\d{1,3})|\d[.,]\d+E-\d{1,3}", re.IGNORECASE
)
_FLOAT: Final = re.compile(r"(\d{6,})\.0+")
# how a column that is too narrow and a formula that failed look once they are text
_BROKEN: Final = re.compile(
    r"#{2,}|#(?:N/A|NA|REF!|VALUE!|NAME\?|NUM!|DIV/0!|NULL!|SPILL!|YOK|BAŞV!|DEĞER!|AD\?|SAYI!"
    r"|SAYI/0!|BOŞ!)"
)
_ONE_I: Final = str.maketrans("İIı", "iii")
_NONE: Final = frozenset(
    word.strip()
    for word in """
    . | .. | ... | - | -- | --- | ---- | / | // | * | ? | yok | yoktur | yok. | n/a | n.a. | n.a
    | na | nan | none | null | boş | bos | belirsiz | bilinmiyor | belirtilmemiş
    | belirtilmemis | unknown | not available | numarası yok | kimliği yok | telefonu yok
    | لا يوجد | لايوجد | غير متوفر | غير معروف | لا شيء
    """.translate(_ONE_I).split("|")
)


@dataclass(frozen=True, slots=True)
class Written:
    """The characters of a cell; `was_number`: zeros before them may have been lost."""

    text: str
    was_number: bool = False


def unmarked(text: str) -> str:
    """The text without what nobody sees and what protects it from a spreadsheet.

    NFC; without invisible characters, tatweel, `="…"`, `"…"` and an apostrophe before it; decimal
    digits of all scripts and full-width forms as ASCII, every dash as `-`, every space as ` `,
    none at the ends. A text without such marks stays as it is. Twice is as good as once.
    """
    if text.isascii() and text[:1].isalnum() and text[-1:].isalnum():
        return text  # as most are written
    found = text.strip()
    if not found.isascii():
        found = _plain(_IGNORED.sub("", unicodedata.normalize("NFC", found))).strip()
        found = unicodedata.normalize("NFC", found)
    while found and (inner := _unguarded(found)) != found:
        found = inner
    return found


def _unguarded(text: str) -> str:
    if match := _GUARDED.fullmatch(text):
        return match[1].strip()
    return text[1:].strip() if text[0] == "'" else text


def _plain(text: str) -> str:
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if category == "Cf":
            continue
        if category == "Nd":
            char = str(unicodedata.decimal(char))
        elif category == "Pd" or char == _MINUS:
            char = "-"
        elif category == "Zs":
            char = " "
        elif ord(char) in _FULL_WIDTH:
            char = chr(ord(char) - _TO_ASCII)
        kept.append(char)
    return "".join(kept)


def as_written(cell: object, column: str) -> Written:
    """What a cell says: a text without its marks, or a number with all of its digits.

    Raises Refusal(digits-lost) naming the column for a number that a spreadsheet has shortened,
    rounded, or made a day of, and for what a broken cell shows; ValueError for
    what is neither text nor number.
    """
    if isinstance(cell, bool):
        raise ValueError("a truth value")
    if isinstance(cell, int | float):
        if not 0 <= cell < 10**EXACT_DIGITS or cell != int(cell):
            raise Refusal(Reason.DIGITS_LOST, column)
        return Written(str(int(cell)), was_number=True)
    if not isinstance(cell, str):
        raise Refusal(Reason.DIGITS_LOST, column)  # 1/5 became the first of May
    if cell.isascii() and cell.isalnum():
        return Written(cell)  # as most are written
    text = unmarked(cell)
    if text[:1].isdigit():
        return _number(text, column)
    if _BROKEN.fullmatch(text.upper()):
        raise Refusal(Reason.DIGITS_LOST, column)
    return Written(text)


def _number(text: str, column: str) -> Written:
    if match := _FLOAT.fullmatch(text):
        digits = match[1]
    elif match := _SCIENTIFIC.fullmatch(text):
        groups = [group for group in match.groups(default="") if group]
        if not groups or len("".join(groups[1:-1])) != int(groups[-1]):
            raise Refusal(Reason.DIGITS_LOST, column)
        digits = "".join(groups[:-1])
    else:
        return Written(text)
    if len(digits) > EXACT_DIGITS:
        raise Refusal(Reason.DIGITS_LOST, column)
    return Written(digits, was_number=True)


def was_number(cell: object) -> bool:
    """True if a cell that `as_written` reads is a number, or was one when it became text."""
    if isinstance(cell, str):
        if cell.isalnum():
            return False  # as most are written
        return as_written(cell, "").was_number
    return isinstance(cell, int | float)


def says_none(cell: object) -> bool:
    """True for what people write where there is no number: a dash, `yok`, `n/a`, `لا يوجد`."""
    if not isinstance(cell, str) or not 0 < len(cell) <= _MOST_OF_NONE:
        return False
    if cell[0].isalnum() and cell[0].translate(_ONE_I).casefold() not in _NONE_BEGINS:
        return False
    return _is_none(unmarked(cell))


def _is_none(text: str) -> bool:
    return not text or text.translate(_ONE_I).casefold() in _NONE


_NONE_BEGINS: Final = frozenset(word[0] for word in _NONE if word)
_MOST_OF_NONE: Final = 40
