"""Text that a spreadsheet program shows and does not execute (pure; OWASP, CSV injection)."""

import re
from typing import Final

from infra.visible import visible

# where a cell begins, or begins for a program that splits at semicolons: behind what looks empty
# one of = + - @ | %, also in full width
_COMMAND: Final = re.compile(
    r"(^|;)(?=[\t\r\n]|[\s\u00ad\u200b-\u200d\u2060\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05])"
)
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PLAIN: Final = re.compile(r'[+\-]?(?:\d[\d .,]*)?|="[\w .,/-]*"')
"""A telephone, an amount, nothing, and a number that ="0012" keeps whole: they do nothing."""


def commands(cell: str) -> bool:
    """True if a spreadsheet program may take some of the text for a formula that does something.

    Also behind a semicolon: where a program splits a CSV file there, another cell begins.
    """
    return bool(_COMMAND.search(cell)) and not _PLAIN.fullmatch(cell)


def inert(cell: str) -> str:
    """A cell of a CSV file with an apostrophe before what would act, turned by nothing."""
    cell = straight(cell)
    return _COMMAND.sub(r"\1'", cell) if commands(cell) else cell


def straight(text: str) -> str:
    """A text in which each mark that turns a whole run of writing stands by its number.

    The marks of a single place (U+200E, U+200F) stay: Arabic and Hebrew lists are full of them.
    """
    return _TURNING.sub(lambda mark: visible(mark[0]), text)
