"""What headers mean: the templates' titles and a dictionary of synonyms (`synonyms.json`).

A header's case, marks, punctuation and spaces do not matter. What stands in brackets behind it is a
note: a currency, the order of a day's numbers, whether the last day is covered. A note that is not
known is never passed over.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from producers.lists.columns import LastDay, Order
from producers.lists.templates import Template, fold

SYNONYMS: Final[Mapping[str, Any]] = MappingProxyType(
    json.loads(Path(__file__).with_name("synonyms.json").read_text("utf-8"))
)
CLOSE: Final = 0.6
"""How alike a header and a title have to be (difflib's ratio) for the title to be named."""
_BRACKETS: Final = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_PARTED: Final = re.compile(r"[/,;:|]|\s[-–—]\s")


def key(title: str) -> str:
    """A title without case, marks, punctuation and spaces: T.C. KİMLİK NO → tckimlikno."""
    seen = "".join(char for char in title if unicodedata.category(char) != "Cf")
    return fold(unicodedata.normalize("NFKC", seen)).replace("_", "")


@dataclass(frozen=True, slots=True)
class Notes:
    """What is written behind a header: a currency code, an order of days, the last day."""

    currency: str = ""
    order: Order | None = None
    last_day: LastDay | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """A header's column, its notes, and how it is known.

    `document`: a number of that kind of document. `is_guess`: from the dictionary of synonyms.
    """

    column: str
    notes: Notes = Notes()
    document: str = ""
    is_guess: bool = False


def meaning(title: str, template: Template) -> Meaning | None:
    """What a header means in a template; None for one that is not known, or not surely."""
    for base, written in _readings(title):
        found = _titles(template).get(key(base))
        notes = _notes(written, found.column if found else "", template)
        if found and notes is not None:
            return Meaning(found.column, notes, found.document, found.is_guess)
    return None


def unsure(title: str, template: Template) -> tuple[str, ...]:
    """The columns that a header might mean; () for one that is no such word."""
    return tuple(name for name in _unsure().get(key(title), ()) if name in template.by_name)


def nearest(title: str, template: Template) -> str:
    """The column with the title that is most like a header; '' if none is like it."""
    base = _BRACKETS.sub(" ", title)
    titles = _titles(template)
    found = difflib.get_close_matches(key(base)[:80], titles, 1, CLOSE)
    if found:
        return titles[found[0]].column
    words = {key(word) for word in base.split()}
    named = [known for known in titles if known in words and len(known) > 2]
    return titles[named[0]].column if named else ""


def _readings(title: str) -> Iterator[tuple[str, list[str]]]:
    """A title as a whole, and parted into what it says and the notes behind it."""
    notes = [note for note in _BRACKETS.findall(title) if note.strip(" *.")]
    if all(map(_says_nothing, title)) and all(map(key, notes)):
        yield title, []
    base = " ".join(_BRACKETS.sub(" ", title).split())
    if all(map(_says_nothing, base)):
        yield base, notes
    if (parted := _PARTED.search(base)) and parted.start():
        yield base[: parted.start()], [*notes, base[parted.end() :]]
    words = base.split()
    for count in (1, 2, 3):
        if len(words) > count:
            yield " ".join(words[:-count]), [*notes, " ".join(words[-count:])]


def _notes(written: list[str], column: str, template: Template) -> Notes | None:
    """What notes say about a column; None if one of them says something that is not known."""
    currency, order, last_day = "", None, None
    if not column:
        return None
    form = template.by_name[column].form.name
    for note in written:
        word = note.strip() if note.strip() in _SIGNS else key(note)
        if form == "DECIMAL" and word in _table("units"):
            currency = _table("units")[word]
        elif form in ("DATE", "BIRTH") and word in _table("orders"):
            order = Order(_table("orders")[word]) if _table("orders")[word] else None
        elif column == "covers_to" and word in _table("last_day"):
            last_day = LastDay(_table("last_day")[word])
        elif word not in _harmless():
            return None
    return Notes(currency, order, last_day)


_SIGNS: Final = frozenset("₺$€")


def _says_nothing(char: str) -> bool:
    """True unless a sign of a title (%, ₺) says something that its letters do not."""
    return unicodedata.category(char)[0] != "S" and char not in "%#&@"


@cache
def _table(name: str) -> Mapping[str, str]:
    """A section of the dictionary, turned round: word → code."""
    return {
        word if word in _SIGNS else key(word): code
        for code, words in SYNONYMS[name].items()
        for word in words
    }


@cache
def _harmless() -> frozenset[str]:
    return frozenset(map(key, SYNONYMS["notes"]))


@cache
def _unsure() -> Mapping[str, list[str]]:
    return {key(word): columns for word, columns in SYNONYMS["unsure"].items()}


_KNOWN: Final[dict[str, Mapping[str, Meaning]]] = {}


def _titles(template: Template) -> Mapping[str, Meaning]:
    """Key → meaning, of a template. Raises ValueError for a title of two columns."""
    if template.kind not in _KNOWN:
        _KNOWN[template.kind] = _read_titles(template)
    return _KNOWN[template.kind]


def _read_titles(template: Template) -> Mapping[str, Meaning]:
    found: dict[str, Meaning] = {}
    for title, column in template.headers().items():
        _add(found, title, Meaning(column))
    for column, languages in SYNONYMS["columns"].items():
        if column in template.by_name:
            for word in (word for words in languages.values() for word in words):
                _add(found, word, Meaning(column, is_guess=True))
    if "id_number" in template.by_name:
        for document, words in SYNONYMS["documents"].items():
            for word in words:
                _add(found, word, Meaning("id_number", document=document, is_guess=True))
    return found


def _add(found: dict[str, Meaning], title: str, meant: Meaning) -> None:
    known = found.setdefault(key(title), meant)
    if (known.column, known.document) != (meant.column, meant.document):
        raise ValueError(f"header {title} means both {known.column} and {meant.column}")
