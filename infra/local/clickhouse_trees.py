"""What the engine's trees name: gates 2 and 3 read the dumps of `EXPLAIN QUERY TREE`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from infra.local.clickhouse_protocol import denied

IN_FUNCTION: Final = re.compile(r"(global)?(not)?(null)?in(ignoreset)?", re.IGNORECASE)
NODE: Final = re.compile(r"([A-Z_ ]+) id: \d+(?:, (.*))?")
IDENTIFIER_NODE: Final = "IDENTIFIER"
# Below these headings an identifier is an expression. Anywhere else it counts as a table.
EXPRESSION_PARENTS: Final = frozenset(
    {
        "LIST", "SORT", "WHERE", "PREWHERE", "HAVING", "QUALIFY", "LIMIT", "OFFSET",
        "LIMIT BY LIMIT", "LIMIT BY OFFSET", "JOIN EXPRESSION", "FILL FROM", "FILL TO",
        "FILL STEP", "FILL STALENESS", "FRAME BEGIN OFFSET", "FRAME END OFFSET",
    }
)  # fmt: skip
NAMED_HEADINGS: Final = ("EXPRESSION", "REPLACEMENT NAME")  # the engine writes a name behind


@dataclass(frozen=True)
class Named:
    """What a tree names: possible tables, functions and table functions; SETTINGS or not."""

    tables: frozenset[str]
    functions: frozenset[str]
    table_functions: frozenset[str]
    has_settings: bool


@dataclass
class _Line:
    """A line above the one being read: its indent, heading, name, and children so far."""

    indent: int
    heading: str
    name: str
    children: int = 0


def _value(rest: str, key: str) -> str:
    """The value of `key: value` in a node's line; names hold neither colon nor comma."""
    found = re.findall(rf"(?:^|, ){key}: ([^,]*)", rest)
    if len(found) != 1:
        raise denied("a name that is not understood")
    return str(found[0])


def read_tree(lines: Iterable[str]) -> Named:
    """What a dump of `EXPLAIN QUERY TREE` names. Raises ClickHouseError if it is unclear."""
    tables: set[str] = set()
    functions: set[str] = set()
    table_functions: set[str] = set()
    has_settings = False
    above: list[_Line] = []
    for line in filter(str.strip, lines):
        text = line.strip(" ")
        indent = len(line.rstrip(" ")) - len(text)
        while above and above[-1].indent >= indent:
            above.pop()
        if above:
            above[-1].children += 1
        node = NODE.fullmatch(text)
        heading, rest = (node[1], node[2] or "") if node else (text, "")
        name = ""
        if heading == "FUNCTION":
            name = _value(rest, "function_name")
            functions.add(name)
        elif heading == "TABLE_FUNCTION":
            table_functions.add(_value(rest, "table_function_name"))
        elif heading == "TABLE":
            tables.add(_value(rest, "table_name"))
        elif heading == IDENTIFIER_NODE and _is_table_position(above):
            tables.add(_value(rest, "identifier"))
        has_settings = has_settings or heading.startswith("SETTINGS")
        above.append(_Line(indent, heading, name))
    return Named(frozenset(tables), frozenset(functions), frozenset(table_functions), has_settings)


def _is_table_position(above: list[_Line]) -> bool:
    """True if an identifier below these lines can be a table's name."""
    if not above:
        return True
    parent = above[-1].heading
    if parent == "LIST" and len(above) > 2 and IN_FUNCTION.fullmatch(above[-3].name):
        return above[-1].children == 2  # x IN y: y may be a table
    return parent not in EXPRESSION_PARENTS and not parent.startswith(NAMED_HEADINGS)


RESOLVED: Final = re.compile(
    r" *(?:TABLE|TABLE_FUNCTION) id: \d+.*?, table(?:_function)?_name: (.*)"
)


def read_tables(lines: Iterable[str]) -> set[str]:
    """Each table and table function of a resolved tree. A line too many can only refuse."""
    found = (RESOLVED.fullmatch(line) for line in lines)
    return {match[1].partition(",")[0] for match in found if match}
