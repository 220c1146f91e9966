"""The embedded key servers as services: their names, and whether they answer."""

from __future__ import annotations

from typing import Final

from infra import web
from infra.settings import LOOPBACK, Settings

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
    address = f"http://{LOOPBACK}:{settings.keyserver_port(number)}/healthz"
    return web.ask(address) == (200, b"ok %d\n" % number)
