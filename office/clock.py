"""The journal's clock: step it to a day, also where a pause makes it necessary."""

from collections.abc import Callable
from datetime import date

from events.model import ADMINISTRATION
from infra import journal
from infra.errors import UsageProblem
from infra.genesis import load_genesis
from infra.settings import Settings
from office.control_records import Outcome, publish
from processors import clock


def tick(settings: Settings, day: date) -> Outcome:
    """Step the clock of a system in test mode up to a day. UsageProblem for a real one."""
    genesis = load_genesis(settings)
    if genesis is None or not genesis.test_mode:
        raise UsageProblem("Only a system in test mode has a clock to step: tekil up --test-mode")
    return _step(settings, day)


def step_if_behind(settings: Settings, now_ms: int, progress: Callable[[str], None]) -> date | None:
    """Sign the clock-step that a pause of more than 26 hours needs; returns the day, if any.

    Without it intake would not believe the broker's append times (docs/design.md, rule 2).
    """
    genesis = load_genesis(settings)
    if genesis is None or genesis.test_mode:
        return None
    behind_ms = now_ms - (last_ms(settings) or now_ms)
    if behind_ms <= clock.MAX_JUMP_MS:
        return None
    day = clock.day_of(now_ms)
    progress(
        f"the clock stood still for {behind_ms // 3_600_000} hours; "
        f"signing a step to {day} with the administrator's key"
    )
    _step(settings, day)
    return day


def last_ms(settings: Settings) -> int | None:
    """The clock of the journal's last block; None for an empty journal."""
    return journal.standing(settings).clock_ms or None


def _step(settings: Settings, day: date) -> Outcome:
    fact = {"kind": "clock-step", "day": day.isoformat()}
    return publish(settings, ADMINISTRATION, [fact])[0]
