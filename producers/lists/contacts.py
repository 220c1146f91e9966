"""Telephones and accounts as cells hold them: several in one, with words, without `+` (pure).

They only ever say *possible*, so the first that is one is taken; the caller leaves out a cell in
which none is. Nothing is repaired: what is tried is written in the cell.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from events import identity
from events.rejection import Reason, Refusal
from events.written import unmarked

Identifier = tuple[str, str]

# Between two numbers. A dash parts only with spaces on both sides: 0532-111-22-33 is one number.
_BETWEEN: Final = re.compile(
    r"[/,;|&\n\r\t]+|\s-\s|\b(?:ve|veya|ya da|and|or)\b|(?<![\w])و(?:أو)?(?![\w])", re.IGNORECASE
)
_REMARK: Final = re.compile(r"\([^()]*[^\W\d_][^()]*\)")
_WORDS_AROUND: Final = re.compile(r"^[^\d+(]*|[^\d)]*$")
_LETTER: Final = re.compile(r"[^\W\d_]")
_ABROAD: Final = re.compile(r"(?:9[679]\d|98|93|380|252|249|20)\d{8,10}")
"""Written without + or 00: country codes of those who fled, none of which begins a Turkish number
of this length (963955000001)."""
_MOST_PARTS: Final = 8


def phone(text: str) -> Identifier:
    """The first telephone number of a cell. Raises Refusal as `identity.phone` does."""
    return _first(text, _one_phone, "phone")


def account(text: str) -> Identifier:
    """The first account of a cell. Raises Refusal as `identity.account` does."""
    return _first(text, _one_account, "iban")


def _first(text: str, one: Callable[[str], Identifier], column: str) -> Identifier:
    refused = Refusal(Reason.INVALID_IDENTIFIER, column)
    for part in _parts(text):
        try:
            return one(part)
        except Refusal as refusal:
            if refusal.reason is Reason.PLACEHOLDER:
                refused = refusal
    raise refused


def _parts(text: str) -> Iterator[str]:
    """The cell as a whole, and the parts of it."""
    whole = unmarked(text)
    yield whole
    parts = _BETWEEN.split(_REMARK.sub(" ", whole))
    yield from (part.strip() for part in parts[:_MOST_PARTS] if part.strip())


def _one_phone(text: str) -> Identifier:
    bare = _WORDS_AROUND.sub("", text)
    if _LETTER.search(bare):  # not 0532-CALL-ME, nor an extension's word
        raise Refusal(Reason.INVALID_IDENTIFIER, "phone")
    try:
        return identity.phone(bare)
    except Refusal as refusal:
        digits = identity.normalise(bare)
        if refusal.reason is Reason.INVALID_IDENTIFIER and _ABROAD.fullmatch(digits):
            return identity.phone(f"+{digits}")
        raise


def _one_account(text: str) -> Identifier:
    return identity.account(re.sub(r"^\W*iban(?:\s*no)?\W*", "", text, flags=re.IGNORECASE))
