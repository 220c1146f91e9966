"""A submission with too many refused records is held; the administration can release it."""

from typing import Any

import pytest

from events import codec
from events.model import ADMINISTRATION
from events.outputs import Row
from events.rejection import Reason, explain
from processors import intake
from processors.overlay import Overlay
from tests.fakes.store import MemoryStore
from tests.kit import System, spoken, told

HELD = "submission-held"


def lines(good: int, bad: int, first: int = 0) -> list[bytes]:
    """Records of KIZ; the bad ones name a programme that nobody registered."""
    found = []
    for number in range(first, first + good + bad):
        programme = "TEMEL" if number < first + good else "NONE"
        line = f"KIZ {programme} k{number} rent/cash/m 600 2026-05 R=P{number}"
        found.append(codec.dumps(spoken(line)[2]))
    return found


def sent(system: System, some: list[bytes]) -> list[Row]:
    rows = system.send(system.message("KIZ", some))[-1]
    assert system.conserved()
    return rows


def counted(rows: list[Row]) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for row in rows:
        said = row["disposition"], row["reason"], row["field"]
        found[said] = found.get(said, 0) + 1
    return found


@pytest.mark.parametrize(
    ("good", "bad", "held"), [(16, 4, False), (15, 5, True), (14, 5, False), (0, 20, True)]
)
def test_more_than_a_fifth_of_twenty_or_more(good: int, bad: int, held: bool) -> None:
    system = System.ready()
    rows = sent(system, lines(good, bad))
    assert all((row["reason"] == HELD) == held for row in rows if row["disposition"] == "rejected")
    facts = [i for i in system.items() if i["t"] == "rec" and i["rec"]["kind"] == "assistance"]
    assert len(facts) == (0 if held else good)


def test_none_becomes_a_fact_and_each_row_keeps_its_own_problem() -> None:
    system = System.ready()
    rows = sent(system, lines(15, 5))
    own = "unknown-programme:programme"
    assert counted(rows) == {("rejected", HELD, ""): 15, ("rejected", HELD, own): 5}
    assert all(row["id"] and row["version"] == 2 for row in rows)
    # nothing of it was left in the state: the same records are new
    assert system.say("KIZ TEMEL k0 rent/cash/m 999 2026-05 R=P0")["disposition"] == "accepted"
    assert sent(system, lines(19, 0, first=1))[0]["disposition"] == "accepted"


def test_what_was_a_fact_before_stays_a_duplicate() -> None:
    system = System.ready()
    sent(system, lines(10, 0))
    rows = sent(system, lines(15, 5))
    dispositions = [row["disposition"] for row in rows]
    assert dispositions == ["duplicate"] * 10 + ["rejected"] * 10
    assert {row["reason"] for row in rows[10:]} == {HELD}


def release(system: System, submission_id: str) -> None:
    row = system.control("release", org="KIZ", submission_id=submission_id)
    assert row["disposition"] == "accepted", row


def submission_id(message: intake.Message) -> str:
    return codec.header(message.headers, "ce_id")


def test_with_a_release_the_same_submission_goes_through_with_its_good_rows() -> None:
    system = System.ready()
    some = lines(15, 5)
    sent(system, some)
    assert {row["reason"] for row in sent(system, some)} == {HELD}, "without a release it stays"
    message = system.message("KIZ", some)
    release(system, submission_id(message))
    assert counted(system.send(message)[-1]) == {
        ("accepted", "", ""): 15,
        ("rejected", "unknown-programme", "programme"): 5,
    }
    # the release is of this submission, not of the organisation
    assert {row["reason"] for row in sent(system, lines(15, 6, first=100))} == {HELD}


def test_a_held_submission_begins_no_plan_and_counts_no_number() -> None:
    def plans(system: System) -> list[bytes]:
        return [line.replace(b'"delivered"', b'"planned"') for line in lines(15, 5)]

    system = System.ready()
    before = dict(system.intake_store.data)  # type: ignore[attr-defined]
    sent(system, plans(system))
    after = dict(system.intake_store.data)  # type: ignore[attr-defined]
    changed = {key for key in after if before.get(key) != after[key]}
    assert {key[:2] for key in changed} == {b"w", b"s:"}


def test_a_held_clock_step_does_not_move_the_day() -> None:
    system = System.ready()
    day = system.intake.world.day
    step: dict[str, Any] = {"kind": "clock-step", "nonce": "0" * 32, "version": 1}
    good = codec.dumps(step | {"day": "2025-03-01"})
    rows = system.send(system.message(ADMINISTRATION, [good, *lines(0, 19)]))[-1]
    assert {row["reason"] for row in rows} == {HELD}
    assert system.intake.world.day == day
    assert not [item for item in system.items() if item["t"] == "tick"]


def test_the_numbers_are_the_policys() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", held_records=3, held_percent=60)
    assert counted(sent(system, lines(1, 2))) == {
        ("rejected", HELD, ""): 1,
        ("rejected", HELD, "unknown-programme:programme"): 2,
    }
    assert {r["reason"] for r in sent(system, lines(2, 2, first=50))} == {"", "unknown-programme"}


def test_questions_are_answered_row_by_row() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", inquiries_a_day=15)
    asked = [
        codec.dumps(told(f"ASK KIZ TEMEL q{n} rent/cash/m 2026-05 R=P{n}")[2]) for n in range(20)
    ]
    rows = sent(system, asked)
    assert [row["reason"] for row in rows] == [""] * 15 + ["quota-exceeded"] * 5


def test_a_rebuilt_state_knows_what_was_held_and_released() -> None:
    system = System.ready()
    some = lines(15, 5)
    message = system.message("KIZ", some)
    system.send(message)
    release(system, submission_id(message))
    twin = system.restarted(0)
    assert twin.intake.world == system.intake.world
    rows = twin.send(twin.message("KIZ", some))[-1]
    assert [row["disposition"] for row in rows] == ["accepted"] * 15 + ["rejected"] * 5


@pytest.mark.parametrize("lang", ["tr", "en", "ar"])
def test_a_held_row_is_told_its_own_problem_too(lang: str) -> None:
    held = explain(Reason.SUBMISSION_HELD, "", lang)
    both = explain(Reason.SUBMISSION_HELD, "unknown-programme:programme", lang)
    assert both == f"{held} {explain(Reason.UNKNOWN_PROGRAMME, 'programme', lang)}"
    assert explain(Reason.SUBMISSION_HELD, "made-up", lang) == held


# -- undoing -------------------------------------------------------------------------------------


def test_what_was_written_since_the_beginning_is_undone() -> None:
    store = MemoryStore()
    store.write({b"stored": b"1", b"gone": b"1"})
    overlay = Overlay(store)
    overlay.put(b"changed", b"1")
    overlay.begin()
    for key in (b"stored", b"changed", b"new"):
        overlay.put(key, b"2")
        overlay.put(key, b"3")
    overlay.put(b"gone", None)
    assert [overlay.get(key) for key in (b"stored", b"changed", b"new", b"gone")] == [
        b"3", b"3", b"3", None,
    ]  # fmt: skip
    overlay.undo()
    assert [overlay.get(key) for key in (b"stored", b"changed", b"new", b"gone")] == [
        b"1", b"1", None, b"1",
    ]  # fmt: skip
    assert overlay.take() == {b"changed": b"1"}


def test_what_is_kept_cannot_be_undone() -> None:
    overlay = Overlay(MemoryStore())
    overlay.begin()
    overlay.put(b"a", b"1")
    overlay.keep()
    overlay.undo()
    assert overlay.take() == {b"a": b"1"}
