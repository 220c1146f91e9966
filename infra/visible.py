"""Text of strangers as a line shows it: nothing in it moves, hides or commands (pure).

A reference or file name may hold marks that turn the direction of writing (Unicode's UAX 9), so
that a line seems to say something else, or codes that a terminal obeys.
"""

from typing import Final

_TURNING: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_SHOWN: Final = {code: f"<U+{code:04X}>" for code in (*_TURNING, *_CONTROLS)}
_IN_LINES: Final = {code: shown for code, shown in _SHOWN.items() if code != 0x0A}
_IN_JSON: Final = {code: f"\\u{code:04x}" for code in _SHOWN if code >= 0x20}


def visible(text: str) -> str:
    """`text` as one line, with each such character by its number: <U+202E>."""
    return text.translate(_SHOWN)


def visible_lines(text: str) -> str:
    """The same for a text of several lines."""
    return text.translate(_IN_LINES)


def inert_json(document: str) -> str:
    """A JSON document that says the same, with such characters escaped as JSON does."""
    return document.translate(_IN_JSON)
