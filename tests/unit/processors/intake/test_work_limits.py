"""What one sender can make the stages do: sizes that must stay bounded."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import codec
from events.catalog import TOPICS, Topic
from events.journal import encode_block
from events.outputs import ROWS_PER_PART, Assembler, split
from infra.settings import Settings
from infra.stage import Stops
from processors import intake
from processors.stages.intake import MAX_BLOCK_RECORDS, IntakeStage
from tests.fakes.store import MemoryStore
from tests.kit import System, assistance, spoken

JOURNAL_BYTES = next(spec.max_message_bytes for spec in TOPICS if spec.topic is Topic.JOURNAL)

EMPTY: dict[str, Any] = {"cases": [], "decisions": [], "excess": [], "notices": []}


@pytest.mark.parametrize("value", [None, b"", b"x", b"x\n" * 400])
def test_a_block_takes_a_bounded_number_of_messages(value: bytes | None, tmp_path: Path) -> None:
    stage = IntakeStage(Settings(home=tmp_path), MemoryStore(), None, Stops(tmp_path / "x"))
    stage._waiting.extend(intake.Message(n, 0, (), value) for n in range(3_000))
    batch = stage._next_batch()
    assert 1 <= len(batch) <= MAX_BLOCK_RECORDS
    assert [message.offset for message in batch] == list(range(len(batch)))
    assert len(stage._waiting) == 3_000 - len(batch)


def test_the_largest_block_fits_into_the_journal() -> None:
    """Almost a block's worth of records waits, and then comes the largest submission."""
    system = System.ready()
    record = spoken("KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01")[2]
    messages: list[intake.Message] = []
    number = size = 0
    while size < 2_000_000 and len(messages) < 2:
        lines: list[bytes] = []
        while len(lines) < 500 and sum(map(len, lines)) + 67 * len(lines) < 900_000:
            number += 1
            one = record | {"assistance_id": f"00000000-0000-4000-8000-{number:012}"}
            members = [
                [["tr.tckimlik", f"{number:030x}{half}{n}"] for n in range(8)] for half in (0, 1)
            ]
            one["subjects"] = [
                {"role": "recipient", "tokens": []},
                *({"role": "member", "tokens": tokens} for tokens in members),
            ]
            lines.append(codec.dumps(one))
        messages.append(system.message("KIZ", lines))
        size += len(messages[-1].value or b"")
    draft = intake.decide(system.intake, messages)
    world = system.intake.world
    value = encode_block(
        head=world.head,
        source=draft.source,
        clock_ms=world.clock_ms,
        keys_id="0" * 32,
        keys_offset=0,
        items=draft.sealed("0" * 32, bytes(32 * len(draft.to_seal))),
    )
    # two such submissions, and a third as large as the limit, still fit
    assert len(value) * 1.5 + 2 * codec.MAX_SUBMISSION_BYTES < JOURNAL_BYTES
    assert len(draft.to_seal) == number > 500


FINDINGS_BYTES = next(spec.max_message_bytes for spec in TOPICS if spec.topic is Topic.FINDINGS)


def test_one_number_in_one_submission_makes_messages_that_the_topic_takes() -> None:
    """n deliveries to one number make n² / 2 findings: they go out in several messages."""
    system = System.ready()
    covers = ("2026-05-01,2026-08-01", "2026-06-01,2026-08-01")
    lines = [
        codec.dumps(assistance("KIZ", "TEMEL", f"k{n}", "rent/cash/m 6", covers[n % 2], "R=P01"))
        for n in range(150)
    ]
    system.send(system.message("KIZ", lines))
    output = system.outputs[-1]
    messages = split(output)
    assert len(output["findings"]) == 150 * 149 // 2 > ROWS_PER_PART
    assert len(messages) == 3
    assert max(len(codec.dumps(message)) for message in messages) < FINDINGS_BYTES / 3
    assert [len(message["submissions"]) for message in messages] == [1, 0, 0]


@given(repeats=st.lists(st.integers(0, 3), min_size=4, max_size=4), findings=st.integers(0, 17_000))
def test_parts_come_together_however_often_they_are_sent_again(
    repeats: list[int], findings: int
) -> None:
    """A worker that dies after part n sends parts 0 to n again, with the same content."""
    found = [{"finding_id": str(n)} for n in range(findings)]
    output: Any = {"seq": 7, "findings": found, "submissions": [1], "verdicts": [2], **EMPTY}
    messages = split(output)
    sent = [m for n in repeats for m in messages[:n]] + messages
    assembler, wholes = Assembler(), []
    for message in sent:
        whole = assembler.add(message)
        if whole is not None:
            wholes.append(whole)
    assert wholes
    plain: list[Any] = list(wholes)
    assert all(whole["findings"] == found and whole["submissions"] == [1] for whole in plain)


def test_a_part_without_its_predecessor_is_an_error() -> None:
    found = [{"finding_id": str(n)} for n in range(ROWS_PER_PART + 1)]
    output: Any = {"seq": 7, "findings": found, "submissions": [], "verdicts": [], **EMPTY}
    with pytest.raises(ValueError, match="too early"):
        Assembler().add(split(output)[1])
