"""How often somebody may try to log in. Pure: the clock is an argument."""

from dataclasses import dataclass, field
from typing import Final

MAX_FAILURES: Final = 5
WINDOW_SECONDS: Final = 60.0


@dataclass
class Attempts:
    """Failed logins of the last minute. One limit for all: the page has one door, on loopback."""

    failures: list[float] = field(default_factory=list)

    def wait_seconds(self, now: float) -> int:
        """0 if a login may be tried now, else how long to wait."""
        self.failures = [at for at in self.failures if now - at < WINDOW_SECONDS]
        if len(self.failures) < MAX_FAILURES:
            return 0
        return int(WINDOW_SECONDS - (now - self.failures[0])) + 1

    def failed(self, now: float) -> None:
        """Remember a failure; the oldest are of no more use."""
        self.failures = [*self.failures[-(MAX_FAILURES - 1) :], now]

    def succeeded(self) -> None:
        """A right password clears the slate."""
        self.failures = []
