"""`tekil demo`: a whole system, a year of an invented city's aid, and a check of what was found.

sizes.py      how large it is               findings.py      pairs that must be found
year.py       its days                      links.py         pairs of whom one is not sure
offers.py     who gives what                gaps.py          gaps, and what looks like one
aid.py        a record as it is told        near_misses.py   pairs that must not be found
scene.py      one story, told in records    base.py          ordinary aid, laid out apart
records.py    → records of the model        cases.py         what becomes of each case
home.py       the folder it may use         plan.py          the year: all of it, day by day
register.py   keys, partners, accounts      casework.py      says what is due about cases
feed.py       the line to the broker        compare.py       planted against found
driver.py     steps through the year        verify.py        reads the views
progress.py   shows how far it is           report.py        prints the result

What is planted and the registry share no code and no rule: who lays two payments out chooses
the days that they share and the amount at risk, and the registry has to find them.
"""

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final

import programs
from events.model import ADMINISTRATION, SUPERVISOR
from infra import terminal
from infra.errors import UsageProblem
from infra.local import supervisor
from infra.settings import Settings
from lab.demo import home, register, report
from lab.demo.driver import Driver
from lab.demo.feed import Feed
from lab.demo.offers import ORGANISATIONS
from lab.demo.plan import YEAR_DAYS, Plan, make_plan
from lab.demo.progress import YearProgress
from lab.demo.sizes import HOUSEHOLDS, LEAST_HOUSEHOLDS, SEED
from lab.demo.verify import Result, verify
from lab.population.households import districts
from lab.signals import ended_by_signals
from office import bootstrap, evaluations
from processors.clock import day_of

__all__ = ["HOUSEHOLDS", "SEED", "run"]

EQUAL: Final = 0
DIFFERENT: Final = 1


def run(
    settings: Settings, households: int = HOUSEHOLDS, as_json: bool = False, seed: int = SEED
) -> int:
    """The whole demo; 0 if what was planted is what was found, else 1. The system stays up.

    Anything that ends it before, also Ctrl-C, stops the system. Raises UsageProblem,
    NotReady, SystemUnavailable, KafkaUnavailable, ClickHouseUnavailable.
    """
    if households < LEAST_HOUSEHOLDS:
        raise UsageProblem(f"A demo has at least {LEAST_HOUSEHOLDS} households.")
    # kafka-python writes a traceback for a connection that it closes itself; what goes
    # wrong reaches us as an exception
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    seconds: dict[str, float] = {}
    with ended_by_signals(), home.held(settings):
        home.make_ready(settings, terminal.say)
        today = day_of(int(datetime.now(UTC).timestamp() * 1000))
        try:
            with _timed(seconds, "start"):
                _start(settings, today - timedelta(days=YEAR_DAYS))
            result, plan = _carry_out(settings, today, households, seed, seconds)
        except BaseException:  # Ctrl-C too: what was started here is stopped here
            _stop(settings)
            raise
    if as_json:
        terminal.print_json(report.as_json(settings, plan, result, seconds))
    else:
        report.show(settings, result, seconds)
    return DIFFERENT if result.differences else EQUAL


def _start(settings: Settings, first_day: date) -> None:
    """Start everything in an empty home; if it cannot be started, the home is empty again."""
    try:
        home.begin(settings)

        def prepare() -> None:
            bootstrap.prepare(settings, test_mode=True, first_day=first_day, progress=terminal.say)

        bootstrap.prepare_keyservers(settings, terminal.say)
        programs.up(settings, terminal.say, prepare)
    except BaseException:
        # `up` has stopped what it had started; the logs stay, as its message may name them
        home.clear(settings, keep_logs=True)
        raise


def _carry_out(
    settings: Settings, today: date, households: int, seed: int, seconds: dict[str, float]
) -> tuple[Result, Plan]:
    with _timed(seconds, "plan"):
        plan = make_plan(seed, households, today - timedelta(days=YEAR_DAYS), districts())
    report.announce(plan)
    with _timed(seconds, "register"):
        register.register(settings)
    recorder = register.recorder(settings)
    with _timed(seconds, "tokens"):
        scheme = register.tokenise(settings, recorder, plan)
    signers = register.signers(settings, scheme)
    with (
        _timed(seconds, "publish"),
        YearProgress(plan.year.first, plan.year.last) as progress,
        closing(Feed(settings, (*ORGANISATIONS, ADMINISTRATION, SUPERVISOR))) as feed,
    ):
        driver = Driver(feed, signers, recorder, register.nonce, time.monotonic, progress.step)
        driver.publish(plan)
    with _timed(seconds, "verify"):
        result = verify(settings, plan, recorder, driver.about_cases)
    result.differences.extend(driver.differences)
    with _timed(seconds, "report"):  # after the counting: the bodies' own records are not planned
        reported = evaluations.report(settings)
    result.differences.extend(
        f"report of {row.signed_by}: {row.reason}"
        for row in reported
        if row.disposition == "rejected"
    )
    return result, plan


def _stop(settings: Settings) -> None:
    if supervisor.is_up(settings):
        terminal.say("stopping what the demo started")
    # a second Ctrl-C must not leave half of it
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        supervisor.down(settings)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[name] = time.monotonic() - began
