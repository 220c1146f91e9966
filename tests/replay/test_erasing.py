"""Erasure: what was said folds again to the same bytes, and nobody erased is found any more."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.codec import dumps
from events.erasure import Named, erased_by, name_of, records_of
from events.outputs import split
from processors.erasing import tokens
from processors.registry import keys
from tests.kit import System, chain
from tests.oracle import compare
from tests.oracle.histories import histories
from tests.oracle.told import Say, Told

ERASABLE = ("assistance", "need", "enrolment", "inquiry")
RENT = "rent/cash/monthly 6000 2026-05-01,2026-06-01"


def said(system: System) -> list[bytes]:
    return [dumps(part) for output in system.outputs for part in split(output)]


def accepted(system: System) -> list[Named]:
    """The records of people in the journal that are not erased."""
    blocks = chain(system.blocks)
    names = {name_of(*one) for block in blocks for one in records_of(block)}
    return sorted(one for one in names - erased_by(blocks).keys() if one.kind in ERASABLE)


class Erasing(System):
    """A system in which a record is erased now and then."""

    chance: Random
    erased: list[Named]

    def submit(self, org, *records):  # type: ignore[no-untyped-def]  # as System.submit
        rows = super().submit(org, *records)
        known = accepted(self) if self.chance.random() < 0.25 else []
        if known and records[0]["kind"] != "erasure":
            gone = self.chance.sample(known, min(len(known), self.chance.randint(1, 3)))
            assert {row["disposition"] for row in self.erase(*gone)} == {"accepted"}
        return rows


def erasing(told: Told, seed: int) -> System:
    """The history as one system, with erasures in it."""

    class Chosen(Erasing):
        chance = Random(seed)

    before = compare.System
    compare.System = Chosen  # type: ignore[misc]
    try:
        return compare.folded(told)
    finally:
        compare.System = before  # type: ignore[misc]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(with_acts=True), st.integers(0, 10**6))
def test_a_rebuild_says_the_same_bytes_and_goes_on_alike(told: Told, seed: int) -> None:
    system = erasing(told, seed)
    again = system.carried_out()
    assert said(again) == said(system)
    # what comes later meets the same in both
    later = [step for step in told.steps if isinstance(step, Say) and "subjects" in step.record]
    for step in later[:6]:
        fresh = step.record | {"version": step.record["version"] + 50}
        for one in (system, again):
            one.clock_ms += 1
            System.submit(one, step.org, fresh)
    assert said(again) == said(system)
    # and what is erased after that, too
    for name in accepted(system)[:3]:
        for one in (system, again):
            one.erase(name)
    assert said(again.carried_out()) == said(system) == said(system.carried_out())


def person_tokens(system: System, name: Named) -> set[str]:
    return {
        token
        for block in chain(system.blocks)
        for org, item in records_of(block)
        if "k" in item and name_of(org, item) == name
        for token in tokens(system.opener(block, item) or [])
    }


def two_families() -> tuple[System, Named, Named]:
    system = System.ready()
    system.say(f"BEL KIRA b1 {RENT} R=P1 M=P2")
    system.say(f"STK RENT s1 {RENT} R=P1")
    system.say(f"BEL KIRA b2 {RENT} R=P9")
    names = accepted(system)
    return system, next(n for n in names if n.org == "STK"), names[0]


def find(system: System, token: str) -> bool:
    return system.registry_store.get_many([keys.token_key(token)]) != [None]


@pytest.fixture
def families() -> tuple[System, Named, Named]:
    return two_families()
