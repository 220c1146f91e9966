"""Is there a ClickHouse? The one question that starting up asks over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final

from infra.settings import Settings

PROBE_TIMEOUT_SECONDS: Final = 3


def is_ready(settings: Settings) -> bool:
    """True if the ClickHouse of these settings answers its `/ping`."""
    # No proxy: an `http_proxy` of the environment is not meant for loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{settings.clickhouse}/ping", timeout=PROBE_TIMEOUT_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False  # not yet: the caller knows how long it wants to ask
