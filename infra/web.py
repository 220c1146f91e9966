"""A look at a server of ours on loopback: what it answers, or that it does not."""

import http.client
import urllib.error
import urllib.request
from typing import Final

PROBE_SECONDS: Final = 3.0
MAX_BYTES: Final = 1 << 20


def ask(address: str, seconds: float = PROBE_SECONDS) -> tuple[int, bytes] | None:
    """Status and body that an address answers with; None if it does not answer in time.

    No proxy: an `http_proxy` of the environment is not meant for loopback.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=seconds) as answer:
            return answer.status, answer.read(MAX_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(MAX_BYTES)
    except (OSError, http.client.HTTPException):
        return None  # not yet, or not any more: the caller knows how long it wants to ask


def answers(address: str) -> bool:
    """Whether an address answers with 200."""
    found = ask(address)
    return found is not None and found[0] == 200
