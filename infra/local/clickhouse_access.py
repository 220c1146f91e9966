"""What the user `analyst` may read: the published views, never the tables behind them.

The tables hold protected records, and the embedded engine has no users. So a
statement of the analyst passes three gates, each closed unless something opens it:

1. `canonical`: the text is cut into tokens and written anew from them. What is not
   understood is refused, and nothing that could be read in two ways is left: no
   comments, no `;`, no escapes but hexadecimal ones, no SETTINGS, no INTO OUTFILE.
2. `unresolved`: the engine's own parser shows the tree of that text without running
   anything. Each table must be a published view, each function one that computes.
   This comes before any analysis, because the analysis of a scalar subquery runs it,
   and its error message would show values.
3. `resolved`: the engine's analyzer shows the same tree with all names resolved; each
   table in it must again be a published view. The view's own inside is not expanded.

The session that then runs the statement is read-only (`readonly = 2`) for good.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from infra.local.clickhouse_protocol import ClickHouseError

PUBLISHED: Final = re.compile(r"tekil(_[a-z0-9]{1,24})?[.]v[0-9]+_[a-z0-9_]+")
SYSTEM_TABLES: Final = frozenset(
    {
        "system.collations", "system.columns", "system.contributors",
        "system.data_type_families", "system.databases", "system.formats", "system.functions",
        "system.licenses", "system.numbers", "system.numbers_mt", "system.one",
        "system.settings", "system.table_functions", "system.tables", "system.time_zones",
        "system.zeros",
    }
)  # fmt: skip
INFORMATION_SCHEMA: Final = re.compile(r"(information_schema|INFORMATION_SCHEMA)\.\w+")
_FREE: Final = "database IN (''system'', ''information_schema'', ''INFORMATION_SCHEMA'')"
_OPEN: Final = f"''^{PUBLISHED.pattern}$''"
LISTED: Final = (
    f"{{'system.tables': '{_FREE} OR match(concat(database, ''.'', name), {_OPEN})',"
    f" 'system.columns': '{_FREE} OR match(concat(database, ''.'', table), {_OPEN})'}}"
)
"""The engine's filters for a session that lists published views alone, also with SHOW TABLES."""
TABLE_FUNCTIONS: Final = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "values", "generate_series", "generateSeries"}
)
# Functions of these categories compute from their arguments and nothing else.
FUNCTION_CATEGORIES: Final = frozenset(
    {
        "Aggregate Functions", "Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison",
        "Conditional", "Dates and Times", "Distance", "Encoding", "Financial", "Geo",
        "Geo Polygon", "Hash", "IP Address", "JSON", "Logical", "Map", "Mathematical", "Null",
        "Random Number", "Rounding", "String", "String Replacement", "String Search",
        "String Splitting", "Time Window", "Tuple", "Type Conversion", "URL", "UUID",
    }
)  # fmt: skip
# "Other" and "Internal" hold both harmless functions and ones that read files or settings.
OTHER_FUNCTIONS: Final = frozenset(
    {
        "_CAST", "bar", "byteSize", "caseWithExpression", "countDigits", "currentDatabase",
        "currentUser", "defaultValueOfArgumentType", "defaultValueOfTypeName", "exists",
        "finalizeAggregation", "formatReadableDecimalSize", "formatReadableQuantity",
        "formatReadableSize", "formatReadableTimeDelta", "getSubcolumn", "grouping", "identity",
        "ignore", "isConstant", "isDecimalOverflow", "lowCardinalityKeys", "materialize",
        "neighbor", "nested", "rowNumberInAllBlocks", "rowNumberInBlock", "runningAccumulate",
        "runningDifference", "toColumnTypeName", "toTypeName", "transform", "uptime", "version",
        "visibleWidth",
    }
)  # fmt: skip
REFUSED_FUNCTIONS: Final = frozenset({"chdb", "formatRow", "formatRowNoNewline", "flameGraph"})
IN_FUNCTION: Final = re.compile(r"(global)?(not)?(null)?in(ignoreset)?", re.IGNORECASE)

SETTINGS: Final = frozenset(
    {
        "cast_string_to_dynamic_use_inference", "date_time_input_format",
        "date_time_output_format", "extremes", "final", "format_csv_delimiter",
        "group_by_overflow_mode", "join_use_nulls", "limit", "max_block_size",
        "max_execution_time", "max_result_bytes", "max_result_rows", "max_rows_to_read",
        "max_threads", "offset", "result_overflow_mode", "session_timezone",
        "use_uncompressed_cache",
    }
)  # fmt: skip
# Not `output_format_schema`: it names a file to write.
FORMAT_SETTINGS: Final = re.compile(
    r"output_format_(arrow|csv|decimal|json|markdown|native|parquet|pretty|tsv|values|write)_\w+"
)
MAX_LITERAL_BYTES: Final = 1024**2


def may_set(name: str) -> bool:
    """True if the analyst may send this setting with a statement."""
    return name in SETTINGS or bool(FORMAT_SETTINGS.fullmatch(name))


def denied(what: str) -> ClickHouseError:
    """The refusal of something that the analyst may not do."""
    return ClickHouseError(
        497, f"analyst: Not enough privileges: {what}. Read the views v1_*", "ACCESS_DENIED"
    )


# -- gate 1: tokens ---------------------------------------------------------------------
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


# -- the few statements that are no SELECT ------------------------------------------------
SHOW: Final = re.compile(
    r"SHOW (DATABASES|TABLES( (FROM|IN) `?\w+`?)?)( (NOT )?I?LIKE '[^']*')?", re.IGNORECASE
)
ABOUT_TABLE: Final = re.compile(
    r"(DESCRIBE|DESC|EXISTS)( TABLE| VIEW)? (?P<name>`?\w+`?(\.`?\w+`?)?)", re.IGNORECASE
)
SELECT_STARTS: Final = frozenset({"SELECT", "WITH", "FROM"})


def is_select(statement: Canonical) -> bool:
    """True for a SELECT, which the tree gates must see; False for a harmless question.

    Raises ClickHouseError (497) for anything else.
    """
    starts = [word for word in statement.words if word != "("]
    if starts and starts[0].upper() in SELECT_STARTS:
        return True
    if SHOW.fullmatch(statement.text):
        return False
    if ABOUT_TABLE.fullmatch(statement.text):
        return False
    raise denied("a statement that is no SELECT")


def asked_table(statement: Canonical) -> str | None:
    """The table that DESCRIBE or EXISTS asks about, if that is what the statement is."""
    found = ABOUT_TABLE.fullmatch(statement.text)
    return found["name"].replace("`", "") if found else None


# -- names ------------------------------------------------------------------------------
def may_read(table: str) -> bool:
    """True if `database.table` is open to the analyst."""
    return bool(
        PUBLISHED.fullmatch(table) or table in SYSTEM_TABLES or INFORMATION_SCHEMA.fullmatch(table)
    )


def qualified(name: str, database: str) -> str:
    """`database.table` of a name in a statement."""
    return name if "." in name else f"{database}.{name}"


# -- gates 2 and 3: the engine's trees ------------------------------------------------------
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


class Functions:
    """The functions that the analyst may call, from the engine's own list of them."""

    def __init__(
        self, rows: Iterable[tuple[str, str, str, bool]], combinators: Iterable[str]
    ) -> None:
        """`rows` of system.functions: name, alias_to, categories, is_aggregate."""
        listed = list(rows)
        categories = {name: kinds for name, _, kinds, _ in listed}
        opened = [row for row in listed if self._is_open(row[1] or row[0], categories)]
        self._all = frozenset(row[0].lower() for row in opened) | {
            name.lower() for name in OTHER_FUNCTIONS
        }
        self._aggregates = frozenset(row[0].lower() for row in opened if row[3])
        self._combinators = tuple(sorted((c.lower() for c in combinators), key=len, reverse=True))

    @staticmethod
    def _is_open(name: str, categories: Mapping[str, str]) -> bool:
        if name in REFUSED_FUNCTIONS:
            return False
        return name in OTHER_FUNCTIONS or categories.get(name, "") in FUNCTION_CATEGORIES

    def allow(self, name: str) -> bool:
        """True for an open function, or an open aggregate with combinators (sumIf, uniqMerge)."""
        name = name.lower()
        if name in self._all:
            return True
        for combinator in self._combinators:
            base = name.removesuffix(combinator)
            if base != name and (base in self._aggregates or self._is_combined(base)):
                return True
        return False

    def _is_combined(self, name: str) -> bool:
        return any(
            name != (base := name.removesuffix(c)) and base in self._aggregates
            for c in self._combinators
        )


Explain = Callable[[str], list[str]]  # a statement -> the lines of its answer
Exists = Callable[[str, str], bool]  # database, name -> is there such a table?


def check_select(
    text: str, database: str, functions: Functions, explain: Explain, exists: Exists
) -> None:
    """Gates 2 and 3 for a canonical SELECT. Raises ClickHouseError (497), or the engine's own."""
    named = read_tree(explain(f"EXPLAIN QUERY TREE run_passes = 0 {text}"))
    if named.has_settings:
        raise denied("SETTINGS in the statement")
    for function in sorted(named.functions):
        if not functions.allow(function):
            raise denied(f"the function {function}")
    for function in sorted(named.table_functions):
        if function not in TABLE_FUNCTIONS:
            raise denied(f"the table function {function}")
    for name in sorted(named.tables):
        # A name of no table is a subquery's (WITH x AS …) or an error that the engine reports.
        if not may_read(qualified(name, database)) and ("." in name or exists(database, name)):
            raise denied(f"the table {name}")
    resolved = read_tables(explain(f"EXPLAIN QUERY TREE {text}"))
    for name in sorted(resolved):
        if not may_read(name) and name not in TABLE_FUNCTIONS:
            raise denied(f"the table {name}")


RESOLVED: Final = re.compile(
    r" *(?:TABLE|TABLE_FUNCTION) id: \d+.*?, table(?:_function)?_name: (.*)"
)


def read_tables(lines: Iterable[str]) -> set[str]:
    """Each table and table function of a resolved tree. A line too many can only refuse."""
    found = (RESOLVED.fullmatch(line) for line in lines)
    return {match[1].partition(",")[0] for match in found if match}
