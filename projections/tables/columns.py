"""A table as data: each column is written once, with its type, comment and source.

A row is made from a `Fact`: an item of a message, and what its reader knows beside it (where it
stands, who signed it, the day). Each column says from which of the two it takes its value, and
values are taken column by column: nobody knows a column by its position.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, Final

Item = Mapping[str, Any]
Fact = tuple[Item, Item]
"""An item of a message, and the context in which its reader met it."""
Facts = dict[str, list[Fact]]
"""Table name → facts, one for each row."""

CODE: Final = "LowCardinality(String)"
TEXT: Final = "String"
LIST: Final = "Array(String)"
DAY: Final = "Date"
MAYBE_DAY: Final = "Nullable(Date)"
MONEY: Final = "Decimal(18, 3)"
MAYBE_MONEY: Final = "Nullable(Decimal(18, 3))"
SEQ: Final = "UInt64"
MAYBE_SEQ: Final = "Nullable(UInt64)"
NUMBER: Final = "UInt32"
MAYBE_NUMBER: Final = "Nullable(UInt32)"
BYTE: Final = "UInt8"
FLAG: Final = "Bool"

as_day = lru_cache(maxsize=8_192)(date.fromisoformat)
as_decimal = lru_cache(maxsize=8_192)(Decimal)
_READ: Final[Mapping[str, Callable[[Any], object]]] = {
    DAY: as_day,
    MAYBE_DAY: as_day,
    MONEY: as_decimal,
    MAYBE_MONEY: as_decimal,
}
"""How a message's text becomes the column's value; other types are taken as they are."""
_REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class Column:
    """`values` takes it from the facts' items, or from their contexts if `in_context` is true."""

    name: str
    type: str
    comment: str
    values: Callable[[Sequence[Item]], list[Any]]
    in_context: bool = False


def field(
    name: str, type_: str, comment: str, source: str = "", *, default: object = _REQUIRED
) -> Column:
    """A column with the item's field of that name, or of the name `source`.

    Without a `default` the field has to be there; a nullable column's default is NULL, which
    an empty text means too.
    """
    key, read = source or name, _READ.get(type_)
    take = itemgetter(key)

    def required(items: Sequence[Item]) -> list[Any]:
        return list(map(take, items) if read is None else map(read, map(take, items)))

    def optional(items: Sequence[Item]) -> list[Any]:
        return [item.get(key, default) for item in items]

    def nullable(items: Sequence[Item]) -> list[Any]:
        texts = [item.get(key) for item in items]
        return texts if read is None else [read(text) if text else None for text in texts]

    if type_.startswith("Nullable"):
        return Column(name, type_, comment, nullable)
    return Column(name, type_, comment, required if default is _REQUIRED else optional)


def made(name: str, type_: str, comment: str, value: Callable[[Item], Any]) -> Column:
    """A column whose value is made from the whole item."""
    return Column(name, type_, comment, lambda items: list(map(value, items)))


def within(key: str, column: Column) -> Column:
    """The same column, taken from the item that stands in an item under `key`."""
    take, values = itemgetter(key), column.values
    return replace(column, values=lambda items: values(list(map(take, items))))


def context(name: str, type_: str, comment: str, source: str = "") -> Column:
    """A column with what the reader knows under that name, as a value of the column's type."""
    take = itemgetter(source or name)
    return Column(name, type_, comment, lambda items: list(map(take, items)), in_context=True)


@dataclass(frozen=True)
class Table:
    """One table. A row that is written twice has the same key, and one of the two is kept."""

    name: str
    comment: str
    order_by: str
    columns: tuple[Column, ...]
    engine: str
    kinds: tuple[str, ...] = ()
    """Kinds of record whose accepted versions are its rows."""
    group: str = "core"
    """Tables that came together and share a cursor: that of a new group begins at 0, and the
    projector, which starts at the least, fills it from the beginning of the log.
    """

    @cached_property
    def types(self) -> dict[str, str]:
        """Column name → ClickHouse type."""
        return {column.name: column.type for column in self.columns}

    def values(self, facts: Sequence[Fact]) -> list[list[object]]:
        """The columns' values for these rows, in the order of `columns`.

        Raises KeyError or ValueError for an item that lacks a field or holds no such value.
        """
        items, contexts = zip(*facts, strict=True)
        return [c.values(contexts if c.in_context else items) for c in self.columns]


def table(
    name: str,
    comment: str,
    order_by: str,
    *columns: Column,
    engine: str = "ReplacingMergeTree",
    kinds: str = "",
    group: str = "core",
) -> Table:
    """A table whose key is `order_by`, names with commas; `kinds` are names with spaces."""
    return Table(name, comment, order_by, columns, engine, tuple(kinds.split()), group)
