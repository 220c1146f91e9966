"""Each fault that is planted in the fold is found by the oracle, on a random history."""

from dataclasses import replace

import pytest

from tests.oracle.faults import FAULTS
from tests.oracle.planting import Fault, planted
from tests.oracle.seeding import found_by, judged, shows

SEARCHED = 60
"""Histories that are tried where the noted one shows its fault no more."""
CHOSEN = sorted({(fault.strategy, fault.history) for fault in FAULTS})


def _name(fault: Fault) -> str:
    return fault.name


@pytest.mark.parametrize("fault", FAULTS, ids=_name)
def test_the_oracle_finds_the_fault(fault: Fault) -> None:
    assert found_by(fault, SEARCHED) is not None


@pytest.mark.parametrize(("strategy", "number"), CHOSEN)
def test_without_a_fault_the_same_histories_agree(strategy: str, number: int) -> None:
    assert judged(number, strategy)[2] == []


def test_where_the_noted_history_shows_nothing_others_are_tried() -> None:
    fault = FAULTS[0]
    shown = [number for number in range(fault.history + 1) if shows(fault, number)]
    assert found_by(replace(fault, history=shown[0] - 1), SEARCHED) == shown[0]
    assert found_by(replace(fault, history=shown[0] - 1), shown[0]) is None


def test_every_fault_can_be_planted() -> None:
    """A refactoring that moves a fault's text is told of here, for all at once, in a second."""
    for fault in FAULTS:
        with planted(fault):
            pass


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 26


@pytest.mark.parametrize(
    ("text", "instead", "says"),
    [
        ("no such text", "", "0 places"),
        ("return", "pass", "places"),
        ('"""An assessed need."""', '"""A need."""', "no function"),
    ],
)
def test_a_fault_that_is_not_planted_is_no_fault(text: str, instead: str, says: str) -> None:
    with (
        pytest.raises(ValueError, match=says),
        planted(Fault("a typing error", "records", 0, text, instead)),
    ):
        raise AssertionError("planted")
