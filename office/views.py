"""The views, once they show all that the journal holds now."""

from contextlib import closing
from typing import Any, Final

from infra.errors import SystemUnavailable
from infra.settings import Settings
from projections.queries import Query, ViewRow
from projections.reader import Reader
from projections.writer import wait_until_current

VIEWS_SECONDS: Final = 60.0


def rows(settings: Settings, query: Query, **values: Any) -> list[ViewRow]:
    """The rows of a query. Raises SystemUnavailable, also if the views stay behind the journal."""
    if not wait_until_current(settings, VIEWS_SECONDS):
        raise SystemUnavailable(f"The views are behind the journal after {VIEWS_SECONDS:.0f} s.")
    with closing(Reader(settings)) as reader:
        return reader.rows(query, **values)
