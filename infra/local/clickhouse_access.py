"""What analysts and the page may read: the published views, never the tables behind them.

The tables hold protected records, and the embedded engine has no users. So a
statement of theirs passes three gates, each closed unless something opens it:

1. `clickhouse_tokens`: the text is cut into tokens and written anew from them. Nothing that
   could be read in two ways is left.
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
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from infra.local.clickhouse_protocol import ClickHouseError, denied
from infra.local.clickhouse_tokens import Canonical
from infra.local.clickhouse_trees import read_tables, read_tree

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
REFUSED_FUNCTIONS: Final = frozenset(
    {
        "chdb", "formatRow", "formatRowNoNewline", "flameGraph",
        # they take the square of their arguments' length, and no limit of time stops them
        "arrayLevenshteinDistance", "arrayLevenshteinDistanceWeighted", "arraySimilarity",
        "damerauLevenshteinDistance", "editDistance", "editDistanceUTF8", "jaroSimilarity",
        "jaroWinklerSimilarity",
    }
)  # fmt: skip

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


def may_set(name: str) -> bool:
    """True if the analyst may send this setting with a statement."""
    return name in SETTINGS or bool(FORMAT_SETTINGS.fullmatch(name))


def check_settings(settings: Mapping[str, str], highest: Mapping[str, int]) -> None:
    """Raises ClickHouseError (452) for a setting that is not open, or above its `highest`."""
    for name, value in settings.items():
        if not may_set(name):
            raise _constraint(f"Setting {name} should not be changed")
        limit = highest.get(name)
        if limit is not None and not _is_within(value, limit):
            raise _constraint(f"Setting {name} should be between 1 and {limit}")


def _constraint(text: str) -> ClickHouseError:
    return ClickHouseError(452, text, "SETTING_CONSTRAINT_VIOLATION")


def _is_within(value: str, highest: int) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= highest


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


# -- functions ------------------------------------------------------------------------------------
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
