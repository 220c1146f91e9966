"""A rebuild goes through whatever was erased: all kinds of records, all of them or some."""

from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.kit import System
from tests.oracle.compare import folded
from tests.oracle.histories import histories
from tests.oracle.told import Told

HISTORIES = 80


def dispositions(system: System) -> list[str]:
    return [r["disposition"] for o in system.outputs for s in o["submissions"] for r in s["rows"]]


@settings(
    max_examples=HISTORIES,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(histories(with_acts=True), st.integers(0, 2**32), st.sampled_from((0.0, 0.5, 0.9)))
def test_what_was_erased_matches_nobody_and_stops_nothing(
    told: Told, seed: int, kept: float
) -> None:
    system, chance = folded(told), Random(seed)
    keys = dict(system.keys)
    system.keys = {name: key for name, key in keys.items() if chance.random() < kept}
    rebuilt = system.restarted(0)
    assert rebuilt.blocks == system.blocks
    assert dispositions(rebuilt) == dispositions(system)
    if not system.keys:
        assert rebuilt.findings() == {}
