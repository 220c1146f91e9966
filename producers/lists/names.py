"""A name's text: is it in letters of one that can be? (pure)

What was read in a wrong encoding makes other tokens than the name, and no payment of the same
person meets it: it is refused, not guessed at.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from producers.lists.files import encodings

_ICELANDIC: Final = re.compile("[þðÞÐýÝ]")
"""What ş, ğ, ı become where windows-1254 was taken for windows-1252: Ayþe, Ýbrahim."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_TURKISH: Final = frozenset("çğıöşüâîûÇĞİÖŞÜÂÎÛ")
_ONLY_TURKISH: Final = frozenset("ığşİĞŞ")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u017f\u018f\u0259\u0218-\u021b\u1e00-\u1eff]")
"""Latin letters that names are written in: no clicks, no letters of phonetics."""


def is_name(text: str) -> bool:
    """True if a text can be a name in Latin or Arabic letters."""
    if text.isascii():
        return "?" not in text  # letters that an encoding lacked
    return _is_name(text)


@lru_cache(1 << 12)
def is_damaged(text: str) -> bool:
    """True for a text, of whatever kind, that an encoding has spoilt for certain."""
    return "\ufffd" in text or encodings.looks_twice(text)


@lru_cache(1 << 14)
def _is_name(text: str) -> bool:
    plain = unicodedata.normalize("NFC", text)
    if any(char in "?\ufffd\x1a" or "\x80" <= char < "\xa0" for char in plain):
        return False
    if _ICELANDIC.search(plain) or encodings.looks_twice(plain):
        return False
    return all(_is_word(word) for word in _WORD.findall(plain))


def _is_word(word: str) -> bool:
    scripts = {_script(char) for char in word} - {"MODIFIER"}
    if scripts - {"LATIN", "ARABIC"} or len(scripts) > 1:
        return False
    # ãÍãÏ is windows-1256 that was taken for a Latin page, which has no ı, ğ or ş: no plain letter
    is_plain = any(map(str.isascii, word)) or not _ONLY_TURKISH.isdisjoint(word)
    is_initial = len(word) == 1 and word in _TURKISH
    return "ARABIC" in scripts or is_plain or is_initial


def _script(char: str) -> str:
    found = unicodedata.name(char, "NONE").partition(" ")[0]
    return "OTHER" if found == "LATIN" and not _LATIN.match(char) else found
