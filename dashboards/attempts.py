"""How often a password may be tried, so that nobody guesses it and nobody shuts its owner out.

Who logged in once has a device cookie, and from then on a count of its own, which only who holds
that cookie fills (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). All others share
counts: of an account from one address, and of an account from everywhere.
"""

from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

OWN: Final = RateLimitItemPerMinute(5)
"""From one device, or of one account from one address without one."""
ACCOUNT: Final = RateLimitItemPerMinute(30)
Count = tuple[RateLimitItem, tuple[str, ...]]


class Attempts:
    """The counts of a process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def begin(self, counts: list[Count]) -> float | None:
        """Count an attempt before it is looked at; the time (Unix) to wait for where it is one
        too many, and then nothing is counted."""
        full = [count for count in counts if not self._limiter.test(count[0], *count[1])]
        if full:
            return max(self._limiter.get_window_stats(c[0], *c[1]).reset_time for c in full)
        for item, names in counts:
            self._limiter.hit(item, *names)
        return None

    def succeeded(self, counts: list[Count]) -> None:
        """A right password clears the count of its own, not those that others fill too."""
        item, names = counts[0]
        self._limiter.clear(item, *names)


def counts(account: str, device: str, address: str) -> list[Count]:
    """What an attempt counts against.

    `account` is empty if there is none of that name: those are all one. `device` is the name in
    a cookie of this account's, or empty.
    """
    if device:
        return [(OWN, ("device", device))]
    return [
        (OWN, ("own", account, address)),
        (ACCOUNT, ("account", account)),
    ]
