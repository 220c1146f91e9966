"""A few faults of processes, and poison, under load. `make chaos` is the long run, of the disk and
the network too."""

import copy
import warnings

from tests.chaos.faults import Faults
from tests.chaos.ground import grounded_system
from tests.chaos.judge import Judgement
from tests.chaos.load import Load
from tests.chaos.system import FIRST_DAY, Office, signing_keys

SEED = 7
LEAST_IN_FLIGHT = 5


def test_a_few_faults_of_each_kind_change_nothing() -> None:
    with grounded_system() as (settings, ground):
        load = Load(SEED, signing_keys(settings), FIRST_DAY)
        with Office(settings, load) as office:
            faults = Faults(settings, office, SEED, lambda _text: None, ground)
            faults.short_round()
            faults.round(("poison",))
            faults.finish()
        for kind, why in faults.skipped.items():
            warnings.warn(f"{kind} was skipped: {why}", stacklevel=1)
        judgement = Judgement(settings)
        assert judgement.differences(office.sent) == []
        assert len(judgement.in_flight(faults.hits)) >= LEAST_IN_FLIGHT, faults.hits
        the_judgement_bites(judgement, office)


def the_judgement_bites(judgement: Judgement, office: Office) -> None:
    """One altered finding, answer, disposition or submission is seen wherever it is said."""
    plain = judgement.plain
    finding = next(iter(plain.findings.values()))
    answer = next(answer for aid in plain.aids.values() for answer in aid.answers.values())
    row = next(o["rows"][0] for o in reversed(plain.outcomes) if o["rows"])
    for thing, field, value, places in (
        (finding, "overlap_to", "2031-01-01", {"aid-findings", "ClickHouse"}),
        (finding, "revision", 99, {"aid-findings", "ClickHouse"}),
        (answer, "verdict", "review", {"receipts", "aid-findings", "ClickHouse"}),
        (row, "disposition", "lost", {"receipts", "aid-findings", "ClickHouse"}),
    ):
        before = copy.copy(thing)
        thing[field] = value
        assert {line.partition(":")[0] for line in judgement.differences(office.sent)} == places
        thing.update(before)
    offset = max(office.sent)
    judgement.submitted = [r for r in judgement.submitted if r.offset != offset]
    [line] = judgement.differences(office.sent)
    assert line.startswith("sent:")
