"""What a late policy would change: counted as if it had been there from the first day on."""

from dataclasses import astuple
from datetime import date
from typing import Any

import pytest

from events.model import PolicyRules
from events.outputs import FindingRevision
from infra import journal
from infra.key_messages import KeysNow
from infra.settings import Settings
from office import retroactive
from office.policies import Draft
from processors.policies import Policies
from tests.fakes.logs import SystemLogs
from tests.kit import System

DAY = date(2025, 3, 1)
SAID = (
    "KIZ TEMEL k1 rent/cash/m 600 2025-05-01,2025-06-01 R=P01",
    "STK NAKIT s1 rent/cash/m 900 2025-05-28,2025-06-28 R=P01",  # 4 days with k1
    "KIZ TEMEL k2 rent/cash/m 600 2025-05-01,2025-06-01 R=P02",
    "STK NAKIT s2 rent/cash/m 900 2025-05-20,2025-06-20 R=P02",  # 12 days with k2
    "KIZ TEMEL k3 rent/cash/m 600 2025-05 R=P03",
    "STK NAKIT s3 rent/cash/m 900 2025-05 R=P03",  # 31 days with k3
    "KIZ TEMEL k4 food/cash/1 100 2025-05-01,2025-05-02 R=P04",
    "STK NAKIT s4 food/cash/1 200 2025-05-10,2025-05-11 R=P04",  # one-off: by `one_off_days`
)


def told(*policies: tuple[str, dict[str, Any]], **rules: Any) -> System:
    """A system with these first rules and signed policies, to which everything was said."""
    system = System.ready(rules=PolicyRules(**rules))
    for version, (day, changes) in enumerate(policies, 2):
        system.policy(version, day, **changes)
    for line in SAID:
        assert system.say(line)["disposition"] == "accepted"
    return system


def change(
    system: System, patch: pytest.MonkeyPatch, day: date = DAY, **changes: Any
) -> retroactive.Change:
    SystemLogs(system).install(patch)
    rules = PolicyRules().model_dump(mode="json") | changes
    steps: list[tuple[int, int]] = []
    draft = Draft(day, rules, is_late=True, policies=Policies())
    found = retroactive.change(Settings(), draft, lambda *step: steps.append(step))
    blocks = len(system.blocks)
    assert steps == [(number, blocks) for number in range(1, blocks + 1)]
    return found


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        ({}, (3, 0, 0, 0)),
        ({"least_overlap_days": 3}, (3, 0, 0, 1)),
        ({"least_overlap_days": 13}, (3, 1, 0, 0)),
        ({"one_off_days": 21}, (3, 0, 1, 0)),
        ({"exclusive_household": ["food"]}, (3, 2, 0, 0)),
    ],
)
def test_what_would_open_close_and_change(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], counted: tuple[int, ...]
) -> None:
    system = told()
    before = system.open_rows()
    assert astuple(change(system, monkeypatch, **changes)) == counted
    assert system.open_rows() == before


def test_it_counts_from_its_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = change(told(), monkeypatch, date(2025, 6, 1), least_overlap_days=3)
    assert astuple(found) == (3, 0, 0, 0)


@pytest.mark.parametrize("day", ["2025-02-01", "2025-04-01"])
@pytest.mark.parametrize("least", [2, 13, 40])
def test_it_has_the_last_word_on_its_days_whatever_was_signed(
    monkeypatch: pytest.MonkeyPatch, day: str, least: int
) -> None:
    """The same as a system that had it from the beginning, and nothing else."""
    system = told((day, {"least_overlap_days": 9}), ("2025-01-15", {"least_overlap_days": 20}))
    SystemLogs(system).install(monkeypatch)
    rules = PolicyRules().model_dump(mode="json") | {"least_overlap_days": least}
    draft = Draft(DAY, rules, is_late=True, policies=Policies())
    blocks = journal.blocks(Settings(), retroactive.ALL)
    shadow = retroactive.shadow(
        blocks, KeysNow.of(Settings(), "test"), draft, System().registry_store
    )
    seen = {f["finding_id"] for f in retroactive.standing(shadow).values() if f["status"] == "open"}
    truth = told(least_overlap_days=least).findings().values()
    assert seen == {f["finding_id"] for f in truth if f["status"] == "open"}


def test_a_decision_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    system = told()
    finding = next(f for f in system.findings().values() if f["purpose"] == "food")
    decided = FindingRevision(**finding)
    decided["status"] = "dismissed"
    name = finding["finding_id"]
    assert astuple(retroactive.compare({name: decided}, {name: finding})) == (0, 0, 0, 0)
    assert astuple(retroactive.compare({name: decided}, {})) == (0, 0, 0, 0)
