"""The embedded key servers as services: their names, and whether they answer."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final

from infra.settings import LOOPBACK, Settings

PROBE_TIMEOUT_SECONDS: Final = 3
NUMBERS: Final = (1, 2, 3)
PREFIX: Final = "keyserver-"


def name(number: int) -> str:
    """What the service of this number is called."""
    return f"{PREFIX}{number}"


def names(settings: Settings) -> list[str]:
    """Those that `tekil up` runs. They end at once if their folders were not made before."""
    return [name(number) for number in settings.keyserver_numbers]


def is_ready(settings: Settings, number: int) -> bool:
    """True if this embedded key server answers for itself."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"http://{LOOPBACK}:{settings.keyserver_port(number)}/healthz"
    try:
        with opener.open(address, timeout=PROBE_TIMEOUT_SECONDS) as answer:
            return bool(answer.read(16) == b"ok %d\n" % number)
    except (urllib.error.URLError, OSError):
        return False  # not yet: the caller knows how long it wants to ask
