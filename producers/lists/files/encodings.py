"""The bytes of a whole text file → the encoding that it is in, or none for certain (pure).

A decision over all of the file, never over its beginning alone:

1. A mark at the start says UTF-8 or UTF-16. Without one, zeros at every second byte say UTF-16.
2. Bytes that are UTF-8 throughout are UTF-8. If more letters beyond ASCII are whole than broken,
   it is UTF-8 with damage: a bad byte spoils its cell, not the file.
3. Otherwise each *word* with bytes beyond ASCII is held against the pages that spreadsheet programs
   of this region write. The one page in which every word is a word of its language is the file's.
   If none is, or more than one, nobody knows: refused, and the officer says it (`--encoding`).

Then UTF-8 that was written twice ("GÃ¼lÅŸen") is undone, if that holds for all of the text.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

KNOWN: Final = ("utf-8", "utf-16", "windows-1254", "windows-1256", "cp857", "windows-1252")
"""What a file may be said to be in."""

TWICE: Final = "utf-8, written twice"
DAMAGED: Final = "utf-8, damaged"

_HIGH: Final = re.compile(rb"[\x80-\xff]")
_WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SEQUENCE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)  # RFC 3629, section 4
_RUN: Final = re.compile(r"[^\x00-\x7f]+")
_LIKELY: Final = re.compile(
    "[\u00a0-\u017f\u018f\u0218-\u021b\u0259\u0600-\u06ff\u200b-\u200f\u2010-\u2026\u20ac\u20ba]+"
)
"""What stands in lists of this region: Ü’ would be Syriac if it had been written twice."""
_TURKISH: Final = "çğıöşüâîûÇĞİÖŞÜÂÎÛéÉ"
_APOSTROPHE: Final = b"\x92\xa0"
"""An apostrophe and a space that does not break, inside words of the windows pages."""
_MARKS: Final = rb"|[\x80\x85\x91-\x97\xa0\xab\xb0\xb4\xbb]+"
"""Marks that stand alone, alike in the windows pages: they decide nothing."""
_MAX_WORDS: Final = 1 << 16
"""So many different words decide: more of them would say nothing new."""


def _turkish_page(page: str) -> re.Pattern[bytes]:
    is_windows = page != "cp857"
    high = _TURKISH.encode(page, "ignore") + (_APOSTROPHE if is_windows else b"")
    return re.compile(b"[A-Za-z%b]+" % re.escape(high) + (_MARKS if is_windows else b""))


def _arabic_page() -> re.Pattern[bytes]:
    letters = bytes(
        byte
        for byte in range(0x80, 0x100)
        if "\u0600" <= bytes([byte]).decode("cp1256") <= "\u06ff"
    )
    joiners = b"\x9d\x9e"
    return re.compile(b"[%b]+" % re.escape(letters + _APOSTROPHE + joiners) + _MARKS)


_PAGES: Final = {
    "windows-1254": _turkish_page("cp1254"),
    "windows-1256": _arabic_page(),
    "cp857": _turkish_page("cp857"),
}


@dataclass(slots=True)
class Evidence:
    """What was seen of a file so far; `take` each line. Lines count from 1."""

    lines: int = 0
    whole: int = 0
    broken: int = 0
    first_high: int = 0
    first_broken: int = 0
    is_marked: bool = False
    _words: dict[bytes, int] = field(default_factory=dict)

    def take(self, line: bytes) -> None:
        """One more line."""
        self.lines += 1
        if line.isascii():
            return
        if self.lines == 1 and line.startswith(codecs.BOM_UTF8):
            self.is_marked = True
            line = line.removeprefix(codecs.BOM_UTF8)
            if line.isascii():
                return
        self.first_high = self.first_high or self.lines
        whole = _SEQUENCE.findall(line)
        self.whole += len(whole)
        left = len(_HIGH.findall(line)) - sum(map(len, whole))
        if left:
            self.broken += left
            self.first_broken = self.first_broken or self.lines
        if len(self._words) < _MAX_WORDS:
            for word in _WORD.findall(line):
                self._words.setdefault(word[:200], self.lines)

    def decided(self) -> tuple[str, int]:
        """The encoding, and 0; or '' and the line that nobody can be certain of."""
        if not self.broken:
            return "utf-8", 0
        if self.whole > self.broken or self.is_marked:
            return DAMAGED, 0
        seen = self._words.items()
        doubts = {
            page: next((line for word, line in seen if not form.fullmatch(word)), 0)
            for page, form in _PAGES.items()
        }
        fitting = [page for page, line in doubts.items() if not line]
        if len(fitting) == 1 and not self.whole:
            return fitting[0], 0
        return "", max(doubts.values()) or self.first_broken


def utf16(start: bytes) -> str:
    """The byte order of UTF-16 without a mark, by where zeros stand in a file's start; or ''."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd * 4 > half and not even:
        return "utf-16-le"
    if even * 4 > half and not odd:
        return "utf-16-be"
    return ""


# -- UTF-8 that was taken for another page and written again -------------------------------------


def _backwards(page: str) -> dict[int, int]:
    """Character → its byte in a page; a byte without a character stands for itself."""
    found = {}
    for byte in range(0x80, 0x100):
        try:
            found[ord(bytes([byte]).decode(page))] = byte
        except UnicodeDecodeError:
            found[byte] = byte
    return found


_BACKWARDS: Final = tuple(_backwards(page) for page in ("cp1252", "cp1254", "cp1256"))


@lru_cache(1 << 12)
def once(run: str) -> str:
    """A run of characters beyond ASCII as it was before it was written twice; '' if it was not."""
    for page in _BACKWARDS:
        try:
            before = bytes(page[ord(char)] for char in run).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            continue
        if _LIKELY.fullmatch(before):
            return before
    return ""


def undone(text: str) -> str:
    """A text whose runs all were written twice, as it was before."""
    return _RUN.sub(lambda run: once(run[0]) or run[0], text)


def looks_twice(text: str) -> bool:
    """True if some run of a text was written twice."""
    return not text.isascii() and any(once(run) for run in _RUN.findall(text))


def all_twice(texts: Iterable[str]) -> bool:
    """True if every run of characters beyond ASCII was written twice, and there is one."""
    seen = False
    for run in _runs(texts):
        if not once(run):
            return False
        seen = True
    return seen


def _runs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if not text.isascii():
            yield from _RUN.findall(text)
