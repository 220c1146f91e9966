"""What is looked for: numbers, telephones and full names, in every form that could hold them.

A first or a last name alone is no needle: thousands share it. Case does not matter (of ASCII; the
other letters are there in both cases).
"""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import ahocorasick

from events.identity import folded
from events.names import skeleton

LEAST_JOINED: Final = 8
"""A canonical name without its space is a needle from so many letters on."""
LEAST_NAMES: Final = 6
MARGIN: Final = 512
"""No needle is longer, and no run of characters around one is looked at further."""

_RANDOM_HEX: Final = frozenset({32, 40, 64, 96, 128})
"""Lengths of tokens, nonces, digests, keys and signatures in hex."""
_LEAST_RANDOM: Final = 8
"""So many different characters stand beside a number in random hex, and not in padding."""
_HEX: Final = frozenset("0123456789abcdef")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORD: Final = _LETTERS | _HEX | frozenset("+/_=")
_UPPER: Final = str.maketrans({"i": "İ", "ı": "I"})
_LOWER: Final = str.maketrans({"İ": "i", "I": "ı"})


class Form(NamedTuple):
    """A needle in one form. `edge` says where it counts: anywhere, in digits, or as words."""

    needle: str
    name: str
    edge: str = ""


class Needles:
    """A set of needles; `hits` gives those that stand in some bytes."""

    def __init__(self) -> None:
        self._trie = ahocorasick.Automaton()
        self._ready = False
        self.count = 0

    def number(self, number: str) -> None:
        """An identity number. As an integer of a table it is seen by the engine alone."""
        self._text(number, number, "utf-8", "digits")
        self._encoded(number)

    def phone(self, e164: str) -> None:
        """A Turkish telephone number: +90 and ten digits."""
        national = e164.removeprefix("+90")
        a, b, c, d = national[:3], national[3:6], national[6:8], national[8:]
        written = [
            national,
            f"{a} {b} {c} {d}",
            f"{a} {b} {c}{d}",
            f"{a}-{b}-{c}-{d}",
            f"({a}) {b}",
        ]
        for text in written[:4]:
            self._text(e164, text, "utf-8", "digits")
        self._text(e164, f"{written[4]} {c} {d}", "utf-8", "digits")
        self._encoded(national, e164)

    def account(self, iban: str) -> None:
        """A bank account: an IBAN without spaces, and in the groups of four as it is printed."""
        self._text(iban, iban, "utf-8", "digits")
        groups = " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
        self._text(iban, groups, "utf-8", "digits")
        self._encoded(iban)

    def name(self, first: str, last: str) -> None:
        """A full name in either order, as typed and canonicalised."""
        label = f"{first} {last}"
        for one, two in ((first, last), (last, first)):
            for case in _cases(one, two):
                for between in (" ", ", ", ",", ";", "\t", "|"):
                    self._name(label, between.join(case), "as typed")
                self._name(label, '","'.join(case), "as typed")
            for way, form in (("folded", folded), ("skeleton", skeleton)):
                parts = form(one), form(two)
                if all(parts):
                    for between in (" ", "|", ""):
                        self._canonical(label, between.join(parts), way, joined=not between)

    def text(self, text: str) -> None:
        """Any other text, as it is."""
        self._text(text, text, "utf-8", "")

    def hits(self, data: bytes) -> Iterator[Form]:
        """Each needle's form, as often as it stands in the bytes."""
        if not self._ready:
            self._trie.make_automaton()
            self._ready = True
        text = data.lower().decode("latin-1")
        for last, (length, form) in self._trie.iter(text):
            if _counts(form.edge, text, last + 1 - length, last + 1):
                yield form

    def _name(self, label: str, text: str, way: str) -> None:
        if len(text) >= LEAST_NAMES:
            self._text(label, text, way, "words")

    def _canonical(self, label: str, text: str, way: str, *, joined: bool) -> None:
        if len(text) >= LEAST_JOINED and not (joined and set(text) <= _HEX):
            self._text(label, text, way, "word" if joined else "words")

    def _text(self, needle: str, text: str, way: str, edge: str) -> None:
        self._add(text.encode(), Form(needle, way, edge))
        little, big = text.encode("utf-16-le"), text.encode("utf-16-be")
        # without the zero at the end, which the next character's order decides
        self._add(little.removesuffix(b"\0"), Form(needle, f"{way}, utf-16-le"))
        self._add(big.removeprefix(b"\0"), Form(needle, f"{way}, utf-16-be"))
        escaped = json.dumps(text)[1:-1]
        if escaped != text:
            self._add(escaped.encode(), Form(needle, f"{way}, escaped", edge))

    def _encoded(self, text: str, needle: str = "") -> None:
        self._add(text.encode().hex().encode(), Form(needle or text, "hex"))
        for place in range(3):
            self._add(in_base64(text.encode(), place), Form(needle or text, "base64"))

    def _add(self, pattern: bytes, form: Form) -> None:
        word = pattern.lower().decode("latin-1")
        if word not in self._trie:
            self._trie.add_word(word, (len(word), form))
            self.count += 1


def in_base64(content: bytes, place: int) -> bytes:
    """The characters of base64 that content gives alone, `place` bytes after a group's begin."""
    whole = base64.b64encode(bytes(place) + content + bytes(2))
    first = (place * 8 + 5) // 6
    return whole[first : (place + len(content)) * 8 // 6]


def of(
    numbers: Iterable[str],
    phones: Iterable[str] = (),
    names: Iterable[tuple[str, str]] = (),
    accounts: Iterable[str] = (),
) -> Needles:
    """Needles for many people, each once."""
    found = Needles()
    for number in dict.fromkeys(numbers):
        found.number(number)
    for phone in dict.fromkeys(phones):
        found.phone(phone)
    for first, last in dict.fromkeys(names):
        found.name(first, last)
    for account in dict.fromkeys(accounts):
        found.account(account)
    return found


def of_texts(texts: Sequence[str]) -> Needles:
    """Needles that are looked for as they are."""
    found = Needles()
    for text in texts:
        found.text(text)
    return found


def _cases(one: str, two: str) -> set[tuple[str, str]]:
    """As typed, in capitals and in small letters, by Turkish and by English rules."""
    turkish = [tuple(p.translate(_UPPER).upper() for p in (one, two))]
    turkish.append(tuple(p.translate(_LOWER).lower() for p in (one, two)))
    found = {(one, two), (one.upper(), two.upper()), (one.lower(), two.lower())}
    return found | {(first, last) for first, last in turkish}


def _counts(edge: str, text: str, start: int, end: int) -> bool:
    """Whether a needle counts where it stands: random characters hold any short text at times."""
    if edge == "digits":
        return not _in_random_hex(text, start, end)
    if edge in ("words", "word"):
        beside = text[max(start - 1, 0) : start] + text[end : end + 1]
        return _LETTERS.isdisjoint(beside) if edge == "words" else _WORD.isdisjoint(beside)
    return True


def _in_random_hex(text: str, start: int, end: int) -> bool:
    """True inside a token, a digest or a UUID; False where what surrounds it is mere padding."""
    low, high = start, end
    while low > 0 and start - low < MARGIN and text[low - 1] in _HEX:
        low -= 1
    while high < len(text) and high - end < MARGIN and text[high] in _HEX:
        high += 1
    if high - low == 12 and text[low - 1 : low] == "-":  # a UUID's last part
        before = text[max(low - 24, 0) : low].split("-")
        return [len(part) for part in before] == [8, 4, 4, 4, 0]
    beside = set(text[low:start] + text[end:high])
    return high - low in _RANDOM_HEX and len(beside) >= _LEAST_RANDOM
