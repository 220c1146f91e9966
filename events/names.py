"""Names in several scripts → one consonant skeleton (pure).

Muhammed, Mohammad, Mehmet and محمد have to meet although nobody spells them alike. The
skeleton keeps what the spellings share: the consonants, in classes, that a vowel begins
the name, and that an a or e ends it. It is coarse (Salim and Salem are one), so it stands
only beside parts of a birth date and never alone.

The rules N1 to N12 are numbered as in docs/CANONICAL.md, which describes them for other
languages. Every result is a fixed point: the skeleton of a skeleton is itself.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_NAME_CHARS: Final = 200
"""Further characters of a name are not read."""
MAX_SKELETON_CHARS: Final = 64
"""Longer skeletons are cut."""

# N1: letters that Unicode does not decompose, or that would decompose wrongly
_BEFORE: Final = str.maketrans({
    "İ": "i", "I": "i", "ı": "i", "ə": "e", "Ə": "e", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d",
    "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "ئ": "ء", "ؤ": "ء",
})  # fmt: skip
_MARKS: Final = frozenset("'`´‘’ʼʹʻʾʿ")  # inside words; all other marks part words
_SORANI_E: Final = re.compile("ه\u200c")

# N4: Arabic letters with one reading
_ARABIC: Final = str.maketrans({
    "ب": "b", "پ": "p", "ت": "t", "ٹ": "t", "ث": "s", "ج": "c", "چ": "c", "ح": "h", "خ": "h",
    "د": "d", "ذ": "z", "ر": "r", "ڕ": "r", "ز": "z", "ژ": "c", "س": "s", "ش": "s", "ص": "s",
    "ض": "z", "ط": "t", "ظ": "z", "غ": "h", "ف": "f", "ڤ": "v", "ق": "k", "ك": "k", "ک": "k",
    "گ": "h", "ل": "l", "ڵ": "l", "م": "m", "ن": "n", "ھ": "h", "ہ": "h", "ا": "a", "ى": "a",
    "ة": "a", "ە": "e", "ۆ": "o", "ێ": "i", "ۊ": "u", "ء": "", "ع": "",
})  # fmt: skip
# N5
_CYRILLIC: Final = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "h", "д": "d", "е": "e", "є": "ie", "ж": "c",
    "з": "z", "и": "i", "і": "i", "ї": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "c",
    "ш": "s", "щ": "sc", "ь": "", "ъ": "", "ы": "i", "э": "e", "ю": "iu", "я": "ia",
})  # fmt: skip
# N3
_WRITTEN_I_ENDS: Final = frozenset(  # Persian keyboards write a final alef maqsura as ya
    ("مصطفی", "مرتضی", "موسی", "عیسی", "یحیی", "مجتبی", "لیلی", "سلمی", "کبری", "هدی", "بشری")
)
_NOT_ARTICLE: Final = ("الله", "الهام", "الیاس", "الناز", "الیف", "البرت")
_RUN: Final = re.compile(r"[a-z]+|[\u0620-\u06d5]+|[\u0430-\u045f\u0491]+")
"""A word is a run of letters of one script; other letters and marks part words."""

# N6: letter groups of Latin spellings, longest first, with the class they stand for
_LATIN: Final = (
    (re.compile(r"^([ie]s)(?=ha(?:k|q|gh))"), r"\1\0"),  # Ishaq: s and h, not sh
    (re.compile(r"^(f[ae]t)(?=h)"), r"\1\0"),  # Fathi: t and h, not th
    (re.compile(r"^ramadan"), "ramazan"),  # one letter, d to some and z to others
    (re.compile(r"^r([iae])d[wv]an$"), r"r\1zvan"),
    (re.compile(r"^m([uo])rtada$"), r"m\1rtaza"),
    (re.compile(r"^fad(h?)([ie]?)l$"), "fazl"),
    (re.compile(r"ee"), "i"),
    (re.compile(r"s[cz]h"), "sc"),
    (re.compile(r"sh"), "s"),
    (re.compile(r"[kc]?kh"), "h"),
    (re.compile(r"gh|g"), "h"),  # Oleh and Oleg; Arabic gh goes with them
    (re.compile(r"th"), "s"),
    (re.compile(r"dh"), "z"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"tch|dzh|dj|dch|zh|ch"), "c"),
    (re.compile(r"c(?=[tl])"), "k"),
    (re.compile(r"(?<=[aeiou])x(?=[aeiou]|$)"), "ks"),
    (re.compile(r"x"), "h"),
    (re.compile(r"q"), "k"),
    (re.compile(r"j"), "c"),
    (re.compile(r"w"), "v"),
)

_JOINED_ARTICLE: Final = re.compile(r"[ae]l(?=[hkmncszrfbd]|ahm)(?!mas|bor|bru|dar|cin|nur|nar)")
_CONSONANT: Final = re.compile(r"[b-df-hj-np-tv-z]")
_SILENT_H: Final = frozenset(("sarah", "caleh", "laleh", "hannah"))


@lru_cache(maxsize=65_536)
def skeleton(name: str) -> str:
    """The skeleton of a given name or surname: at most 64 letters of a-z, '' if nothing is left.

    Never raises. Equal for spellings that differ in script, case, diacritics, vowels,
    doubled letters, the article and word breaks.
    """
    found = _skeleton(name)
    if len(found) > MAX_SKELETON_CHARS:
        found = found[:MAX_SKELETON_CHARS]
        while _skeleton(found) != found:  # a cut may part a group, such as the o after a v
            found = found[:-1]
    return found


def _skeleton(name: str) -> str:
    return _consonants("".join(_transcribed(word) for word in _without_articles(_words(name))))


def _words(name: str) -> list[str]:
    """N1: lower case, without diacritics, apart where the script changes or no letter is."""
    text = _SORANI_E.sub("ە", name[:MAX_NAME_CHARS]).translate(_BEFORE)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = []
    for char in text.translate(_BEFORE):
        if char in _MARKS or unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf", "Lm"):
            continue
        kept.append(char if char.isalpha() else " ")
    return _RUN.findall("".join(kept))


def _without_articles(words: list[str]) -> list[str]:
    """N2: words that are only an article go, unless the name is nothing else."""
    kept = []
    for place, word in enumerate(words):
        after = words[place + 1][:1] if place + 1 < len(words) else ""
        if after and (word in ("al", "el", "ul", "ال") or _is_assimilated(word, after)):
            continue
        kept.append(word)
    return kept


def _is_assimilated(word: str, after: str) -> bool:
    """`ad` before a d, `ar` before an r: the article as it is spoken (as-Salam, ed-Din)."""
    return len(word) in (2, 3) and word[0] in "aeu" and word[1] == after and word[2:] in ("", "h")


def _transcribed(word: str) -> str:
    """N3 to N6: a word in the Latin letters of the classes, with its vowels."""
    if word[0].isascii():
        return _from_latin(word)
    if word[0] < "\u0600":
        return _only_letters(word.translate(_CYRILLIC))
    return _only_letters(_from_arabic(word))


def _only_letters(text: str) -> str:
    """Letters that no table knows go."""
    return "".join(char for char in text if "a" <= char <= "z")


def _from_arabic(word: str) -> str:
    """N3: article, abd, din, Hüseyin and Allah as Arabic script writes them; then N4."""
    word = word.replace("ي", "ی").replace("ك", "ک")
    if word.startswith("ال") and len(word) >= 5 and not word.startswith(_NOT_ARTICLE):
        word = word[2:]
    if word.startswith("عبدال") and len(word) >= 7:
        word = "عبد" + word[5:]
    if word.endswith("الدین") and len(word) > 5:
        word = word[:-5] + "دین"
    if word in _WRITTEN_I_ENDS:
        word = word[:-1] + "ا"
    word = word.replace("حسین", "hosin")
    if word.endswith("الله"):
        word = word[:-4] + "la"
    return "".join(_arabic_letter(word, place) for place in range(len(word))).translate(_ARABIC)


def _arabic_letter(word: str, place: int) -> str:
    """N4: the letters that are a vowel or a consonant by their place; others as they stand."""
    char, before, after = word[place], word[place - 1 : place], word[place + 1 : place + 2]
    if char == "ه":
        ends = not after and bool(before) and before not in "اوی"
        return "a" if ends and place > 1 else "h"
    if char == "و":
        beyond = word[place + 2 : place + 3]
        speaks = (
            before == "ا"
            or after in ("ا", "ى", "ة", "ە", "ێ")
            or (after == "ی" and beyond not in ("ا",))
        )
        return "vo" if not place or (after and speaks) else "o"
    if char == "ی":
        return "y" if not place and after else "i"
    if char == "ع":
        return "" if place else "a"
    if char == before and char not in "اوی":
        return "o" + char  # written twice: a vowel is between the two
    return char


def _from_latin(word: str) -> str:
    """N6: letter groups, an article written together with its name, a silent h at the end."""
    for pattern, instead in _LATIN:
        word = pattern.sub(instead, word)
    word = word.replace("\0", "")
    if _JOINED_ARTICLE.match(word) and len(_CONSONANT.findall(word)) >= 4:
        word = word[2:]
    word = re.sub(r"(?<=[aou])ll[ao]h?$", "lla", word)
    if word.endswith(("ah", "eh")) and (
        len(re.findall(r"([b-df-hj-np-tv-xz])\1?", word[:-1])) > 2 or word in _SILENT_H
    ):
        word = word[:-1]
    return word


def _consonants(word: str) -> str:
    """N7 to N12: the transcribed words of a name as one skeleton."""
    # N7 abd al-, N8 -ed-din, N9 Hüseyin
    word = re.sub(r"^[ae][bv]d[aeiou]+l(?=.)", "abd", word)
    word = re.sub(r"^evd(?=[aeiou])", "abd", word)
    word = re.sub(r"[aeiou]*(?:tt|dd|ld)[aeiouy]+n$", "dn", word)
    word = re.sub(r"h[iou]+s+[aeiy]+n", "h\0sn", word)
    # N10: y is a consonant at the beginning only, v before a vowel or at the beginning only
    word = re.sub(r"^i(?=[aeou])", "y", word)
    glide = int(word.startswith("y"))
    word = word[:glide] + word[glide:].replace("y", "i")
    word = re.sub(r"(?<=.)v(?![aeiou])", "o", word)
    word = re.sub(r"([b-df-hj-np-tvz])\1+", r"\1", word)
    # N11: of the vowels stay that one begins the word, and that an a or e ends it
    last = "a" if word[-1:] in ("a", "e") and len(word) > 1 else ""
    first = "o" if word[:1] in tuple("aeiou") else ""
    core = re.sub(r"[aeiou]+", "-", word).strip("-")
    if not last:
        core = re.sub(r"(b|d)\1+$", r"\1", re.sub(r"t$", "d", re.sub(r"p$", "b", core)))
    return first + _written(core) + last


def _written(core: str) -> str:
    """N12: an o parts what would be read as one letter or one group; after h it marks Hüseyin."""
    core = re.sub(r"(.)-(?=\1)", r"\1o", core).replace("-", "")
    core = re.sub(r"(?<=[sktdzcp])(?=h)", "o", core)
    core = re.sub(r"c(?=[tl])", "co", core).replace("v", "vo")
    return core.replace("\0sn", "osin")
