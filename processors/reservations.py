"""Until when a plan reserves: one answer for the door's quota and for the registry. Pure.

Source: docs/domain.md ("reservation"), docs/decisions/0010 (41).
"""

from collections.abc import Sequence


def lapse_day(announced: Sequence[int], reservation_days: int) -> int:
    """The day (ordinal) on which a plan lapses; 0 if it was never announced.

    `announced` are the days of the planned versions of one life, in the order in which they
    came: the first holds for `reservation_days`, a later one in time for as long again, once.
    """
    if not announced:
        return 0
    until = announced[0] + reservation_days
    is_renewed = any(day < until for day in announced[1:])
    return until + reservation_days if is_renewed else until
