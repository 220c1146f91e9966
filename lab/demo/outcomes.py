"""What becomes of the planted findings: who replies, who does not, and what is decided. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

from lab.demo.aid import Outcome, Planted, Year
from lab.demo.scene import Story

DECIDED_PERCENT: Final = 80
SILENT_PERCENT: Final = 8
UNDECIDED_DAYS: Final = 45
"""What came up in the last days is not decided yet."""
PLAIN_RECORDS: Final = 2

_OUTCOMES: Final = (
    Outcome("confirmed", "partner-correction"),
    Outcome("confirmed", "none"),
    Outcome("confirmed", "none"),
    Outcome("confirmed", "refer-audit"),
    Outcome("dismissed", "top-up"),
    Outcome("dismissed", "different-household"),
    Outcome("dismissed", "data-error"),
    Outcome("dismissed", "not-paid"),
)
_SILENCE: Final = Outcome("dismissed", "deadline-missed")


def decide(seed: int, year: Year, stories: Sequence[Story]) -> list[Story]:
    """The stories with what becomes of them.

    Only of plain ones, two payments and one finding, so that nothing changes after the decision.
    """
    rng = Random(seed + 1)
    return [_decided(rng, story) if _is_plain(year, story) else story for story in stories]


def _is_plain(year: Year, story: Story) -> bool:
    if len(story.aids) != PLAIN_RECORDS or len(story.planted) != 1:
        return False
    (planted,) = story.planted
    if planted.status != "open" or planted.strength == "possible":
        return False
    return max(aid.sent for aid in story.aids) < year.last - timedelta(days=UNDECIDED_DAYS)


def _decided(rng: Random, story: Story) -> Story:
    dice = rng.randrange(100)
    if dice < SILENT_PERCENT:
        outcome = _SILENCE
    elif dice < SILENT_PERCENT + DECIDED_PERCENT:
        outcome = rng.choice(_OUTCOMES)
    else:
        return story
    (planted,) = story.planted
    return replace(story, planted=(_with(planted, outcome),))


def _with(planted: Planted, outcome: Outcome) -> Planted:
    return replace(planted, status=outcome.status, reason=outcome.reason)
