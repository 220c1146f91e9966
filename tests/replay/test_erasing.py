"""Erasure: what was said folds again to the same bytes, and nobody erased is found any more."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.catalog import Topic
from events.codec import dumps
from events.erasure import Ledger, Left, Named, erased_by, name_of, place, records_of
from events.model import SigningStage
from events.outputs import Row, split
from events.stage_signing import signed
from events.trust import Trust
from processors.erasing import tokens
from processors.registry import keys
from tests.erasing import carried_out, erase
from tests.kit import System, chain, private_key, token
from tests.oracle.compare import folded
from tests.oracle.histories import histories
from tests.oracle.told import Say, Told

ERASABLE = ("assistance", "need", "enrolment", "inquiry")
RENT = "rent/cash/m 6000 2026-05-01,2026-06-01"


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

    def submit(self, org: str, *records: dict[str, Any]) -> list[Row]:
        rows = super().submit(org, *records)
        known = accepted(self) if self.chance.random() < 0.25 else []
        if known and records[0]["kind"] != "erasure":
            gone = self.chance.sample(known, min(len(known), self.chance.randint(1, 3)))
            assert {row["disposition"] for row in erase(self, *gone)} == {"accepted"}
        return rows


def erasing(told: Told, seed: int) -> System:
    """The history as one system, with erasures in it."""

    class Chosen(Erasing):
        chance = Random(seed)

    return folded(told, Chosen)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(with_acts=True), st.integers(0, 10**6))
def test_a_rebuild_says_the_same_bytes_and_goes_on_alike(told: Told, seed: int) -> None:
    system = erasing(told, seed)
    again = carried_out(system)
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
            erase(one, name)
    assert said(carried_out(again)) == said(system) == said(carried_out(system))


def person_tokens(system: System, name: Named) -> set[str]:
    return {
        token
        for block in chain(system.blocks)
        for org, item in records_of(block)
        if "k" in item and name_of(org, item) == name
        for token in tokens(system.opener(block, item) or [])
    }


@pytest.fixture
def families() -> tuple[System, Named, Named]:
    """P1 was paid by two, P9 by one: the system, the second's record, another one."""
    system = System.ready()
    system.say(f"BEL KIRA b1 {RENT} R=P1 M=P2")
    system.say(f"STK RENT s1 {RENT} R=P1")
    system.say(f"BEL KIRA b2 {RENT} R=P9")
    names = accepted(system)
    return system, next(n for n in names if n.org == "STK"), names[0]


def find(system: System, token: str) -> bool:
    return system.registry_store.get_many([keys.token_key(token)]) != [None]


def test_one_bodys_word_alone_erases_nothing(families: tuple[System, Named, Named]) -> None:
    system, name, _ = families
    before = system.findings()
    for body in ("ADMIN", "ADMIN"):
        erase(system, name, by=(body,))
    assert system.findings() == before
    assert person_tokens(carried_out(system), name) == person_tokens(system, name) != set()


def test_two_words_about_other_records_are_no_agreement(
    families: tuple[System, Named, Named],
) -> None:
    system, name, other = families
    said = {"erasure_id": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "reason": "request"}
    system.control("erasure", 1, "ADMIN", records=[name._asdict()], **said)
    system.control("erasure", 1, "SUPERVISOR", records=[other._asdict()], **said)
    assert erased_by(chain(system.blocks)) == {}
    assert len(system.open_rows()) == 1


def test_an_open_finding_is_withdrawn_and_the_rest_stays(
    families: tuple[System, Named, Named],
) -> None:
    system, name, other = families
    erase(system, name)
    [finding] = system.findings().values()
    assert finding["status"] == "withdrawn"
    # P1 is still in the register, by the other record; it meets what comes next
    assert system.verdict(f"KIZ NAKIT k1 {RENT} R=P1") == "covered"
    assert system.verdict(f"KIZ NAKIT k2 {RENT} R=P9") == "covered"
    assert other in accepted(system)


def test_who_is_erased_is_found_by_nobody(families: tuple[System, Named, Named]) -> None:
    system, _, _ = families
    alone = next(n for n in accepted(system) if person_tokens(system, n) == {":".join(token("P9"))})
    assert find(system, ":".join(token("P9")))
    erase(system, alone)
    assert not find(system, ":".join(token("P9")))
    assert system.verdict(f"KIZ NAKIT k2 {RENT} R=P9") == "clear"
    again = carried_out(system)
    assert person_tokens(again, alone) == set()
    stand_ins = again.remains.left[next(iter(again.remains.left))].people
    assert token("P9")[1] not in str(stand_ins)
    assert token("P9")[1] in str(again.remains.stand_ins)  # by its new record alone


def test_what_is_erased_takes_no_further_version(families: tuple[System, Named, Named]) -> None:
    system, name, _ = families
    erase(system, name)
    for one in (system, carried_out(system)):
        for version in (2, 3):
            row = one.say(f"STK RENT s1 {RENT} R=P1 version={version}")
            assert (row["disposition"], row["reason"]) == ("rejected", "erased")


@pytest.mark.parametrize(
    ("records", "signer", "reason", "field"),
    [
        ([Named("STK", "assistance", "0" * 8 + "-0000-4000-8000-" + "0" * 12)], "ADMIN",
         "unknown-record", "records"),
        (None, "STK", "not-allowed", ""),
        ([], "ADMIN", "invalid-value", "records"),
    ],
)  # fmt: skip
def test_the_door(
    families: tuple[System, Named, Named],
    records: list[Named] | None,
    signer: str,
    reason: str,
    field: str,
) -> None:
    system, name, _ = families
    [row] = erase(system, *([name] if records is None else records), by=(signer,))
    assert (row["reason"], row["field"]) == (reason, field)


def test_where_there_is_one_body_nobody_erases() -> None:
    system = System.ready(supervised=False)
    system.say(f"BEL KIRA b1 {RENT} R=P1")
    [row] = erase(system, *accepted(system), by=("ADMIN",))
    assert row["reason"] == "not-allowed"


# -- what stands in aid-keys -----------------------------------------------------------------------


def test_only_intake_says_what_is_left(families: tuple[System, Named, Named]) -> None:
    system, name, _ = families
    erase(system, name)
    again = carried_out(system)
    trust, as_of = system.registry.common.trust, len(system.blocks)
    [(keys_id, left)] = again.remains.left.items()
    content, at = left.content(keys_id, as_of), place(keys_id, as_of)

    def by(signer: str, topic: str, where: str) -> bytes:
        return signed(private_key(signer), topic, where, content)

    intake, keys_topic = SigningStage.INTAKE, Topic.KEYS
    assert Left.read(by(intake, keys_topic, at), keys_id, trust) == left
    for forged in (
        content,
        None,
        b"",
        by(SigningStage.REGISTRY, keys_topic, at),
        by("BEL", keys_topic, at),
        by(intake, Topic.JOURNAL, at),
        by(intake, keys_topic, keys_id),
        by(intake, keys_topic, at)[:-1],
        signed(private_key(intake), keys_topic, at, content.replace(b'"v":1', b'"v":2')) + b"0",
    ):
        assert Left.read(forged, keys_id, trust) is None
    assert Left.read(by(intake, keys_topic, at), "another", trust) is None
    # and in a journal whose stages do not sign, nobody
    assert Left.read(by(intake, keys_topic, at), keys_id, Trust()) is None
    ledger = Ledger(again.remains.stand_ins, 7)
    content = ledger.content(as_of)
    said = signed(private_key(intake), keys_topic, place("ledger", as_of), content)
    assert Ledger.read(said, trust) == ledger
    assert Ledger.read(content, trust) is None


def test_a_stolen_key_of_intake_erases_nobody_whom_no_record_names(
    families: tuple[System, Named, Named],
) -> None:
    system, name, _ = families
    erase(system, name)
    erased = erased_by(chain(system.blocks))
    for block in chain(system.blocks):
        for org, item in records_of(block):
            if "k" in item:
                is_named = name_of(org, item) == name
                assert Left(b"", {item["k"]: []}).covered(block, erased) == is_named
