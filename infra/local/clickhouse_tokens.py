"""Gate 1 of a reader's statement: its text is cut into tokens and written anew from them.

What is not understood is refused, and nothing that could be read in two ways is left: no
comments, no `;`, no escapes but hexadecimal ones, no SETTINGS, no INTO OUTFILE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from infra.local.clickhouse_protocol import denied

MAX_LITERAL_BYTES: Final = 1024**2
TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<number>0x[0-9a-fA-F]+
             | [0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?
             | \.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<quoted>`[^`\\\x00-\x1f\x7f]+`|"[^"\\\x00-\x1f\x7f]+")
  | (?P<string>'(?:[^'\\]|\\.|'')*')
  | (?P<mark>->|::|\|\||<=>|<>|<=|>=|==|!=|[-+*/%=<>()\[\]{},.?:@|])
    """,
    re.VERBOSE | re.DOTALL,
)  # fmt: skip
ESCAPES: Final = {"\\": "\\", "'": "'", '"': '"', "`": "`", "/": "/", "=": "="}
CONTROL_ESCAPES: Final = "abefnrtv0N"
SAFE_IDENTIFIER: Final = re.compile(r"[^\x00-\x1f\x7f\\`\"':,;{}]+")
FORBIDDEN_WORDS: Final = frozenset({"settings", "outfile", "infile", "into", "format"})


@dataclass(frozen=True)
class Token:
    """A token: its kind (word, quoted, string, number, mark) and its decoded text."""

    kind: str
    text: str

    def written(self) -> str:
        """This token in a form that every reader reads alike."""
        if self.kind == "quoted":
            return f"`{self.text}`"
        if self.kind == "string":
            return "'" + "".join(_safe(character) for character in self.text) + "'"
        return self.text


def _safe(character: str) -> str:
    """A character of a literal; in hexadecimal if it could mean something to any reader."""
    plain = character.isascii() and (character.isalnum() or character in " _%.-")
    return character if plain or not character.isascii() else f"\\x{ord(character):02X}"


def _decode(literal: str) -> str:
    """The value of a string literal.

    Control characters are refused: in a tree dump, a line break could hide what follows.
    """

    def one(found: re.Match[str]) -> str:
        mark = found[0]
        if mark == "''":
            return "'"
        if mark[1] == "x" and len(mark) == 4 and mark[2] in "234567":
            return bytes.fromhex(mark[2:]).decode()
        if mark[1] in "x" + CONTROL_ESCAPES:
            raise denied("a control character or byte in a literal; use char(10)")
        # The engine keeps the backslash of an escape that means nothing to it (LIKE, \\d).
        return ESCAPES.get(mark[1], mark)

    text = re.sub(r"''|\\x[0-9a-fA-F]{2}|\\.", one, literal[1:-1], flags=re.DOTALL)
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise denied("a control character in a literal; use char(10)")
    return text


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a statement, without comments. Raises ClickHouseError at the first doubt."""
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise denied(f"the character {text[at]!r} outside of quotes")
        at, kind, raw = found.end(), str(found.lastgroup), found[0]
        if kind == "quoted":
            if not SAFE_IDENTIFIER.fullmatch(raw[1:-1]):
                raise denied("a quoted name with one of \\ ` \" ' : , ; { }")
            yield Token(kind, raw[1:-1])
        elif kind == "string":
            if len(raw) > MAX_LITERAL_BYTES:
                raise denied("a literal of that size; send it as a parameter")
            yield Token(kind, _decode(raw))
        elif kind != "space":
            yield Token(kind, raw)


@dataclass(frozen=True)
class Canonical:
    """A statement written anew, and the output format that it asked for (or '')."""

    text: str
    format: str
    words: tuple[str, ...]  # as tokens, for the few statements that are no SELECT


def canonical(text: str, parameters: Mapping[str, str]) -> Canonical:
    """Gate 1. Raises ClickHouseError (497) for whatever could be read in two ways."""
    found = list(tokens(text.rstrip().removesuffix(";")))
    wanted = ""
    if _ends_with_format(found):
        wanted = found[-1].text
        found = found[:-2]
    _check_words(found)
    _check_parameters(found, parameters)
    written = [token.written() for token in found]
    return Canonical(_joined(found), wanted, tuple(written))


def _ends_with_format(found: list[Token]) -> bool:
    return (
        len(found) > 2
        and found[-2].kind == found[-1].kind == "word"
        and found[-2].text.upper() == "FORMAT"
        and found[-3].text != "."
    )


def _joined(found: list[Token]) -> str:
    """Tokens with spaces where two would grow together; a dot stays close to its names."""
    parts: list[str] = []
    before = ""
    for token in found:
        now = token.written()
        if parts and before != "." and now != ".":
            parts.append(" ")
        parts.append(now)
        before = now
    return "".join(parts)


def _check_words(found: list[Token]) -> None:
    before = ""
    for place, token in enumerate(found):
        word = token.text.lower()
        is_call = found[place + 1 : place + 2] == [Token("mark", "(")]
        if (
            token.kind == "word"
            and word in FORBIDDEN_WORDS
            and before != "."
            and not (word == "format" and is_call)
        ):
            raise denied(f"{token.text.upper()} in the statement")
        before = token.text if token.kind == "mark" else ""


def _check_parameters(found: list[Token], parameters: Mapping[str, str]) -> None:
    """A parameter of type Identifier becomes a name: it obeys the rule for names."""
    if any(t.kind in ("word", "quoted") and t.text.lower() == "identifier" for t in found):
        for value in parameters.values():
            if not re.fullmatch(r"[A-Za-z0-9_.]*", value):
                raise denied("a parameter with other characters than letters beside an Identifier")
