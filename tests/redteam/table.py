"""What an attack is, and what may come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.redteam.place import Place


class Outcome(StrEnum):
    """What came of an attack."""

    HELD = "held"
    BROKEN = "broken"
    ACCEPTED = "accepted"
    UNTRIED = "not tried"


class Untried(Exception):
    """This machine does not allow the attack; the message says why."""


@dataclass(frozen=True)
class Attack:
    """One row of the table.

    `rows`: the rows of docs/threats.md that it tries, by their names. `run` does it, says what
    was seen, and raises (AssertionError, or whatever the system threw) where what `holds` says
    does not. With a reason in `accepted`, `run` shows that the attacker gets what that names;
    without `run` there is nothing that a test on one machine could try.
    """

    name: str
    rows: tuple[str, ...]
    does: str
    holds: str
    run: Callable[[Place], str] | None = None
    accepted: str = ""

    def __post_init__(self) -> None:
        if not (self.run or self.accepted):
            raise ValueError(f"{self.name} tries nothing and says of nothing why")


@dataclass(frozen=True)
class Round:
    """Attacks after which all must be as it was.

    `upsets`: they stop or restart processes on purpose, so that restarts are no sign.
    """

    name: str
    attacks: tuple[Attack, ...]
    upsets: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one attack."""

    attack: Attack
    outcome: Outcome
    seen: str
    seconds: float = 0.0
