"""One read-only statement of an analyst, for `tekil query`."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from clickhouse_connect.driver.exceptions import Error, OperationalError

from infra.clickhouse import ANALYST, ClickHouseUnavailable, connect, first_line
from infra.settings import Settings

MAX_ROWS: Final = 100_000
MINOR_DIGITS: Final = 2


class QueryFailed(Exception):
    """ClickHouse refused the statement: a mistake in it, or something an analyst may not do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names with their ClickHouse types, and rows of Python values in that order.

    `truncated` is True if there were more than the rows asked for.
    """

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool = False

    def plain(self) -> list[dict[str, Any]]:
        """Rows as dicts of JSON values: amounts as decimal strings, days as ISO dates."""
        return [dict(zip(self.columns, map(plain, row), strict=True)) for row in self.rows]


def plain(value: Any) -> Any:
    """A value of a result as JSON can hold it; an amount with two decimals at least."""
    if isinstance(value, Decimal):
        return _amount(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def _amount(value: Decimal) -> str:
    """`6000.000` → `6000.00`: the third decimal, which few currencies have, only if it is used."""
    text = f"{value:f}"
    whole, point, decimals = text.partition(".")
    if not point:
        return text
    return f"{whole}.{decimals[:MINOR_DIGITS]}{decimals[MINOR_DIGITS:].rstrip('0')}"


def query(settings: Settings, sql: str, *, max_rows: int = MAX_ROWS) -> Answer:
    """Run one statement as the analyst, who can read the views v1_* and change nothing.

    Raises QueryFailed with the server's words, ClickHouseUnavailable.
    """
    statement = sql.strip().rstrip(";").rstrip()
    if not statement:
        raise QueryFailed("the statement is empty")
    client = connect(settings, ANALYST)
    try:
        with client.query_row_block_stream(statement) as stream:
            rows: list[tuple[Any, ...]] = []
            for block in stream:
                rows.extend(tuple(row) for row in block[: max_rows + 1 - len(rows)])
                if len(rows) > max_rows:
                    break
            source = stream.source
            types = [kind.name for kind in source.column_types]
            return Answer(list(source.column_names), types, rows[:max_rows], len(rows) > max_rows)
    except OperationalError as error:
        raise ClickHouseUnavailable(first_line(error)) from error
    except Error as error:
        raise QueryFailed(first_line(error)) from error
    finally:
        client.close()
