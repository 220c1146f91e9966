"""The clock of intake: days from append times, markers, signed steps; and genesis."""

from datetime import date

import pytest

from events import codec
from events.journal import Head, decode_block, encode_block
from processors import clock, intake
from processors.overlay import Overlay
from tests.fakes.store import MemoryStore
from tests.kit import FIRST_DAY, System, spoken

HOUR = 3_600_000
DAY = 24 * HOUR
START = clock.start_of(FIRST_DAY)
LINE = "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01"


def live() -> System:
    """A system that follows the broker's clock, in its first hour."""
    return System.ready(test_mode=False)


def ticks(system: System) -> list[str]:
    """The days that were journalled."""
    return [item["day"] for item in system.items() if item["t"] == "tick"]


def at(system: System, ms: int) -> None:
    """A marker that is appended `ms` after the first day began."""
    system.clock_ms = START + ms
    system.send(system.marker())


def test_a_day_begins_at_midnight_in_istanbul() -> None:
    assert clock.start_of(date(2026, 5, 1)) == 1_777_582_800_000  # 2026-04-30T21:00:00Z
    assert clock.day_of(1_777_582_800_000) == date(2026, 5, 1)
    assert clock.day_of(1_777_582_799_999) == date(2026, 4, 30)
    for day in (date(2000, 2, 29), date(2026, 3, 29), date(2026, 10, 25), date(2099, 12, 31)):
        assert clock.day_of(clock.start_of(day)) == day
        assert clock.day_of(clock.start_of(day) + DAY - 1) == day


def test_markers_make_no_block_and_midnight_makes_a_tick() -> None:
    system = live()
    blocks = len(system.blocks)
    for minute in range(1, 5):
        at(system, minute * 60_000)
    at(system, DAY - 1)
    assert (len(system.blocks), ticks(system)) == (blocks, [])
    at(system, DAY)
    assert (len(system.blocks), ticks(system)) == (blocks + 1, ["2025-01-02"])
    assert system.registry.common.day == "2025-01-02"
    # the block's range takes the markers that made no block
    block = decode_block(system.blocks[-1])
    assert block.source[0] == decode_block(system.blocks[-2]).source[1]
    assert block.source[1] == system.offset


def test_a_message_carries_the_clock_as_a_marker_does() -> None:
    system = live()
    system.clock_ms = START + DAY + 5
    row = system.say(LINE)
    assert row["answer"]
    # the tick stands before the fact
    assert row["answer"]["answered_day"] == "2025-01-02"


def test_several_midnights_at_once_are_one_day_at_a_time() -> None:
    system = live()
    at(system, 20 * HOUR)
    at(system, 46 * HOUR)
    assert ticks(system) == ["2025-01-02"]
    at(system, 72 * HOUR)
    assert ticks(system) == ["2025-01-02", "2025-01-03", "2025-01-04"]


def test_the_clock_never_goes_back() -> None:
    system = live()
    at(system, DAY)
    at(system, HOUR)
    assert system.intake.world.clock_ms == START + DAY
    at(system, 2 * DAY - 1)
    assert ticks(system) == ["2025-01-02"]


@pytest.mark.parametrize(("hours_ms", "believed"), [(26 * HOUR, True), (26 * HOUR + 1, False)])
def test_a_jump_of_more_than_26_hours_needs_a_signature(hours_ms: int, believed: bool) -> None:
    system = live()
    last = system.intake.world.clock_ms - START
    at(system, last + hours_ms)
    assert ticks(system) == (["2025-01-02"] if believed else [])


def test_a_jump_stays_unbelieved_until_a_step_is_signed() -> None:
    system = live()
    later = 10 * DAY + HOUR
    for ms in (later, later + HOUR):
        at(system, ms)
    assert ticks(system) == []
    system.step("2025-01-11")
    assert ticks(system) == [f"2025-01-{day:02}" for day in range(2, 12)]
    at(system, later + 2 * HOUR)
    assert system.intake.world.clock_ms == START + later + 2 * HOUR
    at(system, 11 * DAY)
    assert ticks(system)[-1] == "2025-01-12"


def test_outside_test_mode_no_step_goes_past_the_append_time() -> None:
    system = live()
    at(system, HOUR)
    row = system.control("clock-step", day="2025-01-02")
    assert (row["reason"], row["field"]) == ("invalid-value", "day")
    assert system.control("clock-step", day="2025-01-01")["disposition"] == "accepted"


def test_in_test_mode_only_steps_move_the_clock() -> None:
    system = System.ready()
    for ms in (HOUR, DAY, 40 * DAY):
        at(system, ms)
    assert ticks(system) == []
    system.step("2025-01-03")
    assert ticks(system) == ["2025-01-02", "2025-01-03"]


@pytest.mark.parametrize(
    ("day", "accepted"),
    [
        ("2025-01-01", True),  # today: no tick
        ("2024-12-31", False),  # never back
        ("2035-12-15", True),  # 4,000 days ahead
        ("2035-12-16", False),
    ],
)
def test_limits_of_a_step(day: str, accepted: bool) -> None:
    system = System.ready()
    row = system.control("clock-step", day=day)
    assert (row["disposition"] == "accepted") == accepted
    if not accepted:
        assert (row["reason"], row["field"]) == ("invalid-value", "day")
    expected = max(FIRST_DAY, date.fromisoformat(day)) if accepted else FIRST_DAY
    assert system.intake.world.day == system.registry.common.day == expected.isoformat()
    assert len(ticks(system)) == (expected - FIRST_DAY).days


def test_a_step_sent_again_is_a_duplicate_for_ever() -> None:
    system = System.ready()
    system.step("2025-01-03")
    system.step("2025-01-05")
    row = system.control("clock-step", day="2025-01-03")
    assert row["disposition"] == "duplicate"
    assert system.registry.common.day == "2025-01-05"


def test_facts_in_one_block_have_the_day_of_the_last_tick_before_them() -> None:
    system = System.ready()
    _, _, record = spoken(LINE)
    step = {"kind": "clock-step", "nonce": "0" * 32, "version": 1, "day": "2025-01-02"}
    other = {**record, "assistance_id": "00000000-0000-4000-8000-000000000001"}
    rows = system.send(
        system.message("KIZ", [codec.dumps(record)]),
        system.message("ADMIN", [codec.dumps(step)]),
        system.message("KIZ", [codec.dumps(other)]),
    )
    days = [row[0]["answer"] and row[0]["answer"]["answered_day"] for row in rows]
    assert days == ["2025-01-01", None, "2025-01-02"]


# -- genesis and the chain -----------------------------------------------------------------------


def test_genesis_is_block_zero() -> None:
    system = System()
    block = decode_block(system.blocks[0])
    assert (block.seq, block.prev, block.source) == (0, "0" * 64, (0, 0))
    assert [item["t"] for item in block.items] == ["genesis"]
    for world in (system.intake.world, system.registry.common):
        assert (world.head_seq, world.head_digest, world.day) == (1, block.digest, "2025-01-01")
    assert list(system.registry.common.policies.versions) == [1]


def test_a_state_read_from_the_journal_is_the_state_that_decided() -> None:
    system = System.ready()
    system.say(LINE)
    system.say(LINE.replace("600", "601"))
    system.say("STK RENT s1 rent/cash/m 600 2026-05 R=P01")
    system.step("2025-01-09")
    read = intake.IntakeState(Overlay(MemoryStore()))
    for value in system.blocks:
        block = read.world.trust.read(value, read.world.head)
        assert block is not None
        intake.evolve(read, block, system.opener)
    # the cursor's offsets are the stage's own
    assert read.save() == MemoryOf(system).data


class MemoryOf:
    """What lies in a system's intake store."""

    def __init__(self, system: System) -> None:
        assert isinstance(system.intake_store, MemoryStore)
        self.data = system.intake_store.data


def test_an_erased_record_is_no_duplicate_of_anything() -> None:
    system = System.ready()
    system.say(LINE)
    read = intake.IntakeState(Overlay(MemoryStore()))
    for value in system.blocks:
        block = read.world.trust.read(value, read.world.head)
        assert block is not None
        intake.evolve(read, block, lambda _block, _item: None)
    system.intake = read
    assert system.say(LINE)["reason"] == "id-conflict"


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"x",
        b"null",
        b"[]",
        b"1",
        b'"seq"',
        b"{}",
        b'{"seq":1}',
        b"\xff",
        b'{"seq":[],"prev":{}}',
        encode_block(
            head=Head(1, "f" * 64), source=(0, 1), clock_ms=0, keys_id="", keys_offset=-1, items=[]
        ),
        encode_block(
            head=Head(7, "0" * 64), source=(0, 1), clock_ms=0, keys_id="", keys_offset=-1, items=[]
        ),
    ],
)
def test_what_does_not_follow_is_skipped_and_counted(value: bytes | None) -> None:
    system = System()
    before = system.intake.world.head
    assert not system.read(value)
    assert (system.intake.world.skipped, system.registry.common.skipped) == (1, 1)
    assert system.intake.world.head == system.registry.common.head == before


def test_a_block_follows_by_its_number_and_by_its_hash() -> None:
    system = System.ready()
    head = system.intake.world.head
    for other in (Head(head.seq + 1, head.digest), Head(head.seq, "0" * 64), head):
        value = encode_block(
            head=other, source=(0, 1), clock_ms=0, keys_id="", keys_offset=-1, items=[]
        )
        signed = system.signed_block(value, other.seq)
        assert not system.read(value), "nobody signed it"
        assert system.read(signed) == (other == head)


def test_a_damaged_block_that_follows_stops_the_reader() -> None:
    system = System()
    seq = system.intake.world.head_seq
    good = encode_block(
        head=system.intake.world.head,
        source=(0, 1),
        clock_ms=0,
        keys_id="",
        keys_offset=-1,
        items=[{"t": "tick", "day": "2025-01-02"}],
    )
    with pytest.raises(ValueError, match="items"):
        system.read(system.signed_block(good + b"\n{}", seq))
    with pytest.raises(ValueError, match="version"):
        system.read(system.signed_block(good.replace(b'{"v":2', b'{"v":3', 1), seq))
    unknown = good.replace(b'"t":"tick"', b'"t":"tock"')
    with pytest.raises(ValueError, match="unknown type"):
        system.read(system.signed_block(unknown, seq))
    assert System().read(system.signed_block(good, seq))


def test_a_message_that_calls_itself_a_marker_and_says_more_is_answered() -> None:
    system = System.ready()
    headers = [("ce_type", codec.TICK_TYPE.encode())]
    draft = intake.decide(system.intake, [system.raw(headers, b'{"kind":"assistance"}')])
    [item] = draft.items
    assert (item["t"], item["reason"], item["records"]) == ("bad", "malformed-submission", 1)
