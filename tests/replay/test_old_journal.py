"""This version reads the journals of the one before the rooms were rebuilt, and says the same.

Fields that came later are not compared; whatever was said then has to be said again, value by
value. A difference here means that a running system would say something else after an upgrade.
"""

from copy import deepcopy
from itertools import product
from typing import Any

import pytest

from tests.replay.old_journal import (
    as_then,
    counted,
    excess_by_block,
    folded_now,
    journals,
    lines,
    manifest,
)

NAMES = sorted(journals())
EXCESS = ("excess",)
"""Compared apart: later versions also count what was confirmed, which here was left out."""


@pytest.mark.parametrize("name", NAMES)
def test_the_registry_says_what_was_said_then(name: str) -> None:
    then, now = journals()[name].then.outputs, folded_now(name).outputs
    assert len(now) == len(then)
    for before, after in zip(then, now, strict=True):
        assert lines(as_then(before, after), EXCESS) == lines(before, EXCESS)


@pytest.mark.parametrize("name", NAMES)
def test_the_excess_of_a_case_without_a_confirmed_finding_is_the_same(name: str) -> None:
    then, now = journals()[name].then.outputs, folded_now(name).outputs
    assert list(excess_by_block(now)) == list(excess_by_block(then))


@pytest.mark.parametrize("name", NAMES)
def test_intake_knows_what_it_knew_then(name: str) -> None:
    then, now = journals()[name].then, folded_now(name)
    for field, value in then.intake.items():
        known = now.intake[field]
        assert as_then(value, known) == value, field
        if isinstance(value, dict):
            assert known.keys() == value.keys(), field
    assert now.versions == then.versions, "what was accepted then would be no duplicate now"


# -- what the fixture holds -----------------------------------------------------------------------

KINDS = (
    "assistance", "need", "enrolment", "succession", "inquiry", "programme", "partner", "key",
    "policy", "policy-signature", "quarantine", "release", "clock-step", "token-epoch",
    "evaluations", "case-step", "decision", "appeal", "genesis",
)  # fmt: skip
"""The catalogue as it was then: not today's."""
PAIRS = product(("double-coverage", "repeated-payment"), ("certain", "probable", "possible"))
ALONE = product(("over-cap", "unmet-need", "lapsed-coverage"), ("certain",))
STATUSES = ("open", "confirmed", "dismissed", "withdrawn")
EFFECTS = (
    "decision applied", "decision waits-for-second", "decision notice-missing",
    "decision stale-revision", "decision not-open", "decision no-appeal",
    "decision unknown-finding", "appeal applied", "appeal not-decided", "appeal already-appealed",
    "appeal too-late", "appeal not-a-side", "appeal stale-revision", "appeal unknown-finding",
    "deadline applied",
)  # fmt: skip


def test_the_manifest_counts_what_is_there() -> None:
    found = counted(list(journals().values()))
    assert {name: manifest()[name] for name in found} == found


def test_each_kind_of_record_finding_and_effect_of_that_day_is_there() -> None:
    said = manifest()
    assert set(KINDS) == set(said["kinds"]) == set(said["records"])
    named = [f"{kind} {strength} {s}" for kind, strength in (*PAIRS, *ALONE) for s in STATUSES]
    assert set(named) == set(said["findings"])
    assert set(EFFECTS) == set(said["effects"])
    assert min(n for counts in said.values() if isinstance(counts, dict) for n in counts.values())


def test_there_is_something_to_compare() -> None:
    outputs = [output for old in journals().values() for output in old.then.outputs]
    for name in ("submissions", "findings", "verdicts", "cases", "decisions", "excess", "notices"):
        assert sum(len(output[name]) for output in outputs) > 80, name
    assert any(any(excess_by_block(old.then.outputs)) for old in journals().values())
    erased = [old.erased() for old in journals().values() if old.is_again]
    assert len(erased) == 2
    assert min(erased) > 15


def test_the_comparison_bites() -> None:
    old = journals()["every-status"].then.outputs
    before = next(output for output in old if output["findings"])
    for change in ({"amount_at_risk": "0.01"}, {"revision": 9}, {"status": "withdrawn"}):
        wrong = deepcopy(before)
        wrong["findings"][0] |= change
        assert lines(as_then(before, wrong)) != lines(before)
    lost = deepcopy(before)
    lost["findings"].pop()
    assert lines(as_then(before, lost)) != lines(before)
    more: dict[str, Any] = deepcopy(before)
    more["findings"][0]["checks"] = ["something that came later"]
    assert lines(as_then(before, more)) == lines(before)
