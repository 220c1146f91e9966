"""A named statement over the views v1_*, and whoever runs it. Pure."""

from dataclasses import dataclass
from typing import Any, Protocol

ViewRow = dict[str, Any]
"""A row of a view: name of its column → Python value."""


@dataclass(frozen=True, slots=True)
class Query:
    """A statement. `cache_seconds` > 0: an answer that old may be shown again."""

    sql: str
    cache_seconds: float = 0.0


class Source(Protocol):
    """Where the views' rows come from."""

    def rows(self, query: Query, **values: Any) -> list[ViewRow]:
        """The rows of a query. Raises ClickHouseUnavailable."""
        ...
