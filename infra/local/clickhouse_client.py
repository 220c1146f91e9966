"""Is there a ClickHouse? The one question that starting up asks over HTTP."""

from infra import web
from infra.settings import Settings


def is_ready(settings: Settings) -> bool:
    """True if the ClickHouse of these settings answers its `/ping`."""
    return web.answers(f"{settings.clickhouse}/ping")
