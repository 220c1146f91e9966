"""A file's header row → which cell belongs to which column of a template (pure)."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from events import identity
from events.rejection import Reason, Refusal, Refusals
from producers.lists import titles
from producers.lists.columns import LastDay, Order
from producers.lists.templates import Column, Template
from producers.lists.titles import Meaning, key
from producers.lists.values import Cell, is_empty

MAX_HEADER_CHARS: Final = 40
MAX_NAMED: Final = 20
MAX_DOCUMENTS: Final = 3
COVERS_TO: Final = "covers_to"
CONSTANT: Final = "="
_TELLING: Final = re.compile(r"\d{4}|@")
_DOCUMENT: Final = (identity.SCHEME_FIELD, identity.NUMBER_FIELD)

Mapped = Mapping[str, str | None]
"""A partner's own headers → our columns; None leaves one out, `=value` is the same in all rows."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cells of a file's column belong. `column` is None for one that is left out.

    `document`: which of a person's documents it is about, from 0. `order`: the order of days
    that the header names.
    """

    column: Column | None = None
    document: int = 0
    order: Order | None = None

    @property
    def name(self) -> str:
        """The key of its values in a row: the column's name, `.2` behind it for a second document.

        '' for a column that is left out.
        """
        if self.column is None:
            return ""
        return self.column.name + (f".{self.document + 1}" if self.document else "")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a header row says about the cells below it.

    `constants`: column → what stands in all rows. `kinds`: the kind of each document that a
    header names (passport, unhcr). `last_day`: what is known of the last day; None where it has to
    be asked, about `asked`, the header; `says_last_day`: the header itself says it. `guesses`:
    (header, column) of those in no template.
    """

    places: tuple[Place, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[int, str] = field(default_factory=dict)
    last_day: LastDay | None = LastDay.EXCLUSIVE
    asked: str = ""
    guesses: tuple[tuple[str, str], ...] = ()
    says_last_day: bool = False

    @property
    def names(self) -> tuple[str | None, ...]:
        """The column of each cell of a row; None for one that is left out."""
        return tuple(place.column.name if place.column else None for place in self.places)


@dataclass(slots=True)
class _Reader:
    template: Template
    mapping: dict[str, str | None]
    constants: dict[str, str]
    refusals: list[Refusal] = field(default_factory=list)
    guesses: list[tuple[str, str]] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)
    last_days: set[LastDay | None] = field(default_factory=set)
    asked: str = ""
    says_last_day: bool = False

    def meaning(self, title: str, position: int) -> tuple[Meaning | None, int]:
        """What a header means, and the number of the document where the mapping says one."""
        theirs = key(title)
        if theirs in self.mapping:
            ours = self.mapping[theirs]
            name, _, number = (ours or "").partition(".")
            found = titles.meaning(title, self.template)
            notes = found.notes if found and found.column == name else titles.Notes()
            return (Meaning(name, notes), int(number or 1) - 1) if ours else (None, 0)
        found = titles.meaning(title, self.template)
        if found is None:
            self.refusals.append(self._unknown(title, position))
        elif found.is_guess:
            self.guesses.append((shown(title, position), found.column))
        return found, -1

    def heard(self, title: str, position: int, found: Meaning) -> None:
        """What a header says beside its column."""
        if found.notes.currency:
            self.currencies.add(found.notes.currency)
        if found.column == COVERS_TO:
            exact = key(title).startswith(key(COVERS_TO)) and key(title) not in self.mapping
            last_day = found.notes.last_day or (LastDay.EXCLUSIVE if exact else None)
            self.last_days.add(last_day)
            self.says_last_day = found.notes.last_day is not None
            if last_day is None:
                self.asked = shown(title, position)

    def _unknown(self, title: str, position: int) -> Refusal:
        if candidates := titles.unsure(title, self.template):
            return Refusal(Reason.UNSURE_COLUMN, shown(title, position), ", ".join(candidates))
        near = titles.nearest(title, self.template)
        return Refusal(Reason.UNKNOWN_FIELD, shown(title, position), near and f"{near}?")


def layout(header: Sequence[Cell], template: Template, mapping: Mapped) -> Layout:
    """The columns of a file, in its order.

    Columns that mean the same are merged by row; number columns of two kinds of documents, or each
    with a kind of its own, are two documents of one person. Raises Refusals with all that is
    wrong: unknown-field (with the nearest column), unsure-column, missing-field. An empty header
    cell is unknown only if data stands below it, which the grouping notices.
    """
    constants, ours = _mapped(mapping, template)
    reader = _Reader(template, ours, constants)
    if not any(_is_known(str(cell), template, ours) for cell in header if not is_empty(cell)):
        # not one known header: the file has none, and its first row may be a person's
        raise Refusals([Refusal(Reason.MISSING_FIELD, template.key)])
    found: list[tuple[Meaning | None, int]] = []
    for position, cell in enumerate(header, 1):
        meant = (None, 0) if is_empty(cell) else reader.meaning(str(cell), position)
        if meant[0]:
            reader.heard(str(cell), position, meant[0])
        found.append(meant)
    kinds, numbers = _documents(found)
    places = tuple(
        Place(template.by_name[meant.column], number, meant.notes.order) if meant else Place()
        for (meant, _), number in zip(found, numbers, strict=True)
    )
    _give_currency(reader)
    _find_missing(reader, places)
    if reader.refusals:
        raise Refusals(reader.refusals[:MAX_NAMED])
    last_day, *others = reader.last_days or {LastDay.EXCLUSIVE}
    if others:
        raise Refusals([Refusal(Reason.DUPLICATE_COLUMN, COVERS_TO)])
    return Layout(
        places,
        MappingProxyType(reader.constants),
        MappingProxyType(kinds),
        last_day,
        reader.asked,
        tuple(reader.guesses),
        reader.says_last_day,
    )


def known(template: Template, mapping: Mapped) -> Callable[[str], bool]:
    """Tells a title that is known from other text, so that the header is found among lines."""
    ours = _mapped(mapping, template)[1]
    return lambda title: _is_known(title, template, ours)


def unnamed(header: Sequence[Cell]) -> frozenset[int]:
    """Positions (from 0) without a header, where no data may stand."""
    return frozenset(i for i, cell in enumerate(header) if is_empty(cell))


def shown(title: str, position: int) -> str:
    """A header as it may be shown: its position instead, if it looks like somebody's data."""
    plain = " ".join(title.split())
    if len(plain) > MAX_HEADER_CHARS or _TELLING.search(plain) or not plain.isprintable():
        return f"column {position}"
    return plain


def _is_known(title: str, template: Template, mapping: Mapping[str, str | None]) -> bool:
    return key(title) in mapping or titles.meaning(title, template) is not None


def _documents(found: Sequence[tuple[Meaning | None, int]]) -> tuple[dict[int, str], list[int]]:
    """The kinds of a person's documents by number, and the number for each column of a file.

    Columns that say a kind each (id_scheme twice) are documents in their order; else all plain
    numbers are one document, and each kind that a header names another.
    """
    named = [meant.column if meant else "" for meant, _ in found]
    schemes, all_numbers = (Counter(named)[name] for name in _DOCUMENT)
    by_pairs = schemes > 1 and all_numbers > 1
    if by_pairs and schemes != all_numbers:  # nobody can tell which kind is of which number
        raise Refusals([Refusal(Reason.DUPLICATE_COLUMN, identity.NUMBER_FIELD)])
    families: dict[str, int] = {}
    seen: Counter[str] = Counter()
    numbers = []
    for meant, said in found:
        number = 0
        if meant and meant.column in _DOCUMENT:
            if said > 0:
                number = said
            elif by_pairs:
                number = seen[meant.column]
                seen[meant.column] += 1
            elif meant.column == identity.NUMBER_FIELD:
                number = families.setdefault(meant.document, len(families))
        numbers.append(min(number, MAX_DOCUMENTS - 1))
    if by_pairs:
        return {
            number: meant.document
            for (meant, _), number in zip(found, numbers, strict=True)
            if meant and meant.document
        }, numbers
    return {number: kind for kind, number in families.items() if kind}, numbers


def _give_currency(reader: _Reader) -> None:
    """`Tutar (TL)` says the currency of all rows; a currency column has to agree with it."""
    if not reader.currencies or "currency" not in reader.template.by_name:
        return
    said = {reader.constants.get("currency", ""), *reader.currencies} - {""}
    if len(said) > 1:
        reader.refusals.append(Refusal(Reason.DUPLICATE_COLUMN, "currency"))
    reader.constants["currency"] = min(said)


def _find_missing(reader: _Reader, places: Sequence[Place]) -> None:
    names = {place.name for place in places} | reader.constants.keys()
    for column in reader.template.columns:
        if column.required and column.name not in names:
            reader.refusals.append(Refusal(Reason.MISSING_FIELD, column.name))


def _mapped(mapping: Mapped, template: Template) -> tuple[dict[str, str], dict[str, str | None]]:
    """A mapping's constants by column, and its headers' columns by their key."""
    constants: dict[str, str] = {}
    found: dict[str, str | None] = {}
    refusals = []
    for position, (theirs, ours) in enumerate(mapping.items(), 1):
        if ours is not None and ours.startswith(CONSTANT):
            name = theirs if _is_column(theirs, template) else _column_of(theirs, template)
            if name and name != template.key:
                constants[name] = ours.removeprefix(CONSTANT).strip()
            else:
                refusals.append(Refusal(Reason.UNKNOWN_FIELD, shown(theirs, position)))
        elif ours is not None and not _is_column(ours, template):
            refusals.append(Refusal(Reason.UNKNOWN_FIELD, shown(ours, position)))
        else:
            found[key(theirs)] = ours
    if refusals:
        raise Refusals(refusals)
    return constants, found


def _is_column(name: str, template: Template) -> bool:
    """True for a column's name, and for `id_number.2` of another document."""
    plain, _, number = name.partition(".")
    if number and (plain not in _DOCUMENT or number not in _numbers()):
        return False
    return plain in template.by_name


def _column_of(title: str, template: Template) -> str:
    meant = titles.meaning(title, template)
    return meant.column if meant else ""


def _numbers() -> Iterator[str]:
    return (str(number) for number in range(2, MAX_DOCUMENTS + 1))
