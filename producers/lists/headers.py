"""A file's header row → which cell belongs to which column of a template (pure)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from events.rejection import Reason, Refusal
from producers.lists.templates import Template, fold
from producers.lists.values import Cell, is_empty

MAX_HEADER_CHARS: Final = 40
_TELLING: Final = re.compile(r"\d{4}|@")

Layout = tuple[str | None, ...]
"""The column name of each cell of a row; None for a cell that the mapping leaves out."""


def layout(header: Sequence[Cell], template: Template, mapping: Mapping[str, str | None]) -> Layout:
    """The columns of a file, in its order.

    Raises Refusal for the whole file: unknown-field (by name), duplicate-column,
    missing-field (a required column). An empty header cell is unknown only if data stands
    below it, which the grouping notices.
    """
    known: dict[str, str | None] = {**template.headers(), **_mapped(mapping, template)}
    names: list[str | None] = []
    titles = [fold(str(cell)) for cell in header]
    if not any(title in known for title in titles):
        # not one known header: the file has none, and its first row may be a person's
        raise Refusal(Reason.MISSING_FIELD, template.key)
    for position, (cell, title) in enumerate(zip(header, titles, strict=True), 1):
        if is_empty(cell):
            names.append(None)
            continue
        if title not in known:
            raise Refusal(Reason.UNKNOWN_FIELD, shown(str(cell), position))
        name = known[title]
        if name is not None and name in names:
            raise Refusal(Reason.DUPLICATE_COLUMN, name)
        names.append(name)
    for column in template.columns:
        if column.required and column.name not in names:
            raise Refusal(Reason.MISSING_FIELD, column.name)
    return tuple(names)


def known(template: Template, mapping: Mapping[str, str | None]) -> Callable[[str], bool]:
    """Tells a title that is known from other text, so that the header is found among lines."""
    titles = {**template.headers(), **_mapped(mapping, template)}
    return lambda text: fold(text) in titles


def unnamed(header: Sequence[Cell]) -> frozenset[int]:
    """Positions (from 0) without a header, where no data may stand."""
    return frozenset(i for i, cell in enumerate(header) if is_empty(cell))


def shown(title: str, position: int) -> str:
    """A header as it may be shown: its position instead, if it looks like somebody's data."""
    plain = " ".join(title.split())
    if len(plain) > MAX_HEADER_CHARS or _TELLING.search(plain) or not plain.isprintable():
        return f"column {position}"
    return plain


def _mapped(mapping: Mapping[str, str | None], template: Template) -> dict[str, str | None]:
    columns = template.by_name
    found: dict[str, str | None] = {}
    for position, (theirs, ours) in enumerate(mapping.items(), 1):
        if ours is not None and ours not in columns:
            raise Refusal(Reason.UNKNOWN_FIELD, shown(ours, position))
        found[fold(theirs)] = ours
    return found
