"""`tekil demo`: a whole system, a year of an invented city's aid, and a check of what was found.

population.py  who lives where              scene.py         one story, told in records
offers.py      who gives what               findings.py      stories that must be found
names.py       names                        near_misses.py   stories that must not
aid.py         a record as the planter      base.py          ordinary aid, laid out apart
               sees it, with its own sums   plan.py          the year: all of it, day by day
records.py     aid → records of the model   compare.py       planted against found
home.py        the folder it may use        verify.py        reads the views
register.py    keys, partners, programmes   progress.py      shows how far it is
feed.py        the line to the broker       report.py        prints the result
driver.py      steps through the year

The planted findings and the registry share no code: the one is laid out, the other folds.
"""

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final

import programs
from events.model import ADMINISTRATION
from infra import terminal
from infra.errors import UsageProblem
from infra.local import supervisor
from infra.settings import Settings
from infra.signals import ended_by_signals
from lab.demo import home, register, report
from lab.demo.driver import Driver
from lab.demo.feed import Feed
from lab.demo.offers import ORGANISATIONS
from lab.demo.plan import FULL_HOUSEHOLDS, LEAST_HOUSEHOLDS, YEAR_DAYS, Plan, make_plan
from lab.demo.population import districts
from lab.demo.progress import YearProgress
from lab.demo.verify import Result, verify
from office import bootstrap, evaluations
from processors.clock import day_of

SEED: Final = 1453
HOUSEHOLDS: Final = FULL_HOUSEHOLDS
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
        closing(Feed(settings, (*ORGANISATIONS, ADMINISTRATION))) as feed,
    ):
        driver = Driver(feed, signers, recorder, register.nonce, time.monotonic, progress.step)
        driver.publish(plan)
    with _timed(seconds, "verify"):
        result = verify(settings, plan, recorder.references, driver.spoken)
    result.differences.extend(driver.differences)
    with _timed(seconds, "report"):  # after the counting: the bodies' own records are not planned
        said = evaluations.report(settings)
    result.differences.extend(
        f"report of {row.signed_by}: {row.reason}" for row in said if row.disposition == "rejected"
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
