"""Parts of tables that a full disk may have left broken: found, before anybody trusts the tables.

The embedded engine writes a merged part and forgets the ones it came from; where the disk takes no
byte more, it can put a part in place of which a file is empty. Reading that table fails from then
on, and at its next start the engine sets the part aside without a word: rows are gone. All tables
follow from the topics, so they are made anew.
"""

import logging
from collections.abc import Iterator
from typing import Final

import orjson
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from infra import disk
from infra.clickhouse import ClickHouseUnavailable, first_line
from infra.settings import Settings

logger = logging.getLogger("tekil.projector")

_ROWS: Final = "JSONCompactEachRow"
_SHOWN: Final = 5
_LATELY_SECONDS: Final = 3_600
"""At a start nobody knows how long ago the disk was full: what was written since then is read."""
_LEEWAY_SECONDS: Final = 60

_LATELY: Final = (
    "SELECT DISTINCT table, name FROM system.parts WHERE active"
    " AND database = currentDatabase() AND modification_time >= now() - {seconds:UInt32}"
    " ORDER BY table, name"
)
_ASIDE: Final = (
    "SELECT table, name FROM system.detached_parts WHERE database = currentDatabase()"
    " AND startsWith(reason, 'broken')"
)


class Parts:
    """Looks after the parts of one database. Does nothing where the engine is not our own."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self._settings, self._client = settings, client
        self._is_full: bool | None = None  # not looked at yet
        self._seconds = 0.0

    def look(self, now: float) -> list[str]:
        """While there is too little room nothing is merged; once there is, the broken parts.

        `now`: seconds of a clock that only goes on. Raises ClickHouseUnavailable.
        """
        if not self._settings.embedded_clickhouse:
            return []
        is_full = disk.look(self._settings).level is disk.Level.FULL
        if is_full == self._is_full:
            return []
        if is_full:
            self._seconds = now
            self._ask("SYSTEM STOP MERGES")
            self._is_full = True
            return []
        was_full = self._is_full
        lately = int(now - self._seconds) + _LEEWAY_SECONDS
        found = self.broken(lately) if was_full else []
        # also at the first look: one that died on a full disk may have stopped them
        self._ask("SYSTEM START MERGES")
        self._is_full = False
        return found

    def broken(self, lately_seconds: int = _LATELY_SECONDS) -> list[str]:
        """The broken parts among those written in the last seconds, and all that were set aside.

        Raises ClickHouseUnavailable.
        """
        if not self._settings.embedded_clickhouse:
            return []
        try:
            return [*self._set_aside(), *self._failing(lately_seconds)]
        except Error as error:
            raise ClickHouseUnavailable(first_line(error)) from error

    def _set_aside(self) -> Iterator[str]:
        for table, name in self._client.query(_ASIDE).result_rows:
            yield f"{table}, part {name}, which was set aside"

    def _failing(self, seconds: int) -> Iterator[str]:
        for table, name in self._client.query(_LATELY, {"seconds": seconds}).result_rows:
            if why := self._what_fails(table, name):
                yield f"{table}, part {name}: {why}"

    def _what_fails(self, table: str, part: str) -> str:
        """What a part lacks; '' if nothing, or if it was merged into another one meanwhile."""
        try:
            said = self._client.raw_query(f"CHECK TABLE `{table}` PART '{part}'", fmt=_ROWS)
        except Error as error:
            if error.name == "NO_SUCH_DATA_PART":
                return ""
            raise
        rows = [orjson.loads(line) for line in said.splitlines()]
        return "; ".join(str(message) for _, is_passed, message in rows if not int(is_passed))

    def _ask(self, statement: str) -> None:
        try:
            self._client.command(statement)
        except Error as error:
            raise ClickHouseUnavailable(first_line(error)) from error


def tell(broken: list[str]) -> None:
    """Say which parts are broken, and what is done about it."""
    for part in broken[:_SHOWN]:
        logger.error("the disk did not keep %s", part)
    logger.error("%d broken parts: the tables are made anew from the topics", len(broken))
