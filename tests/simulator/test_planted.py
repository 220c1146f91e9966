"""Bugs planted on purpose, one at least for each guard: the simulator finds every one."""

import pytest

from tests.simulator.planted import BUGS, OFTEN
from tests.simulator.running import play
from tests.simulator.schedule import Result

FIRST, MOST = 1000, 500
GUARDS = {
    "signature", "seq", "prev", "fork", "digest", "erasure", "cursor", "part", "poison", "disk",
}  # fmt: skip


def test_each_guard_has_a_bug() -> None:
    assert {name.partition(":")[0] for name in BUGS} == GUARDS


@pytest.mark.parametrize("name", BUGS)
def test_it_is_found(name: str) -> None:
    often = OFTEN.get(name.partition(":")[0], ())
    with BUGS[name]():
        results = play(range(FIRST, FIRST + MOST), often)
        found = next((one for one in results if one.failures), None)
    assert found is not None, f"{MOST} schedules without {name}: nothing differed"
    after = next(play([found.seed], often))
    assert not after.failures, f"{after.failures}: not by the bug"


def test_the_last_result_says_what_happened() -> None:
    result: Result = next(play([FIRST]))
    assert not result.failures
    assert sum(result.exits.values()) >= sum(result.deaths.values())
