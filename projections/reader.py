"""Runs the named queries as a user who only reads. A shell: it knows the network and the clock."""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError

from infra.clickhouse import ANALYST, ClickHouseUnavailable, User, connect, first_line
from infra.settings import Settings
from projections.queries import Query, ViewRow

MAX_CACHED: Final = 500


class Reader:
    """One client that all threads share (it has no session), and short-lived answers."""

    def __init__(self, settings: Settings, user: User = ANALYST) -> None:
        self._settings = settings
        self._user: User = user
        self._client: Client | None = None
        self._lock = threading.Lock()
        self._cache: dict[tuple[str, str], tuple[float, list[ViewRow]]] = {}
        self.last_good_ms = 0

    def rows(self, query: Query, **values: Any) -> list[ViewRow]:
        """The rows of a query as dicts; from memory if its answer may be that old.

        Raises ClickHouseUnavailable: it does not answer, or is not the version we know.
        """
        key = (query.sql, repr(sorted(values.items())))
        now = time.monotonic()
        kept = self._cache.get(key)
        if kept is not None and now - kept[0] < query.cache_seconds:
            return kept[1]
        found = self._ask(query.sql, values)
        if query.cache_seconds:
            if len(self._cache) >= MAX_CACHED:
                self._cache = {}
            self._cache[key] = (now, found)
        self.last_good_ms = int(datetime.now(UTC).timestamp() * 1000)
        return found

    def _ask(self, sql: str, values: Mapping[str, Any]) -> list[ViewRow]:
        client = self._connected()
        try:
            answer = client.query(sql, parameters=dict(values))
            rows = answer.result_rows  # read here, and not before
        except OperationalError as error:
            self._forget()
            raise ClickHouseUnavailable(first_line(error)) from error
        except Error as error:
            raise ClickHouseUnavailable(first_line(error)) from error
        return [dict(zip(answer.column_names, row, strict=True)) for row in rows]

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = connect(self._settings, self._user)
            return self._client

    def _forget(self) -> None:
        """The next query connects anew: the endpoint may have been restarted."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def close(self) -> None:
        """Give the connection back."""
        self._forget()
