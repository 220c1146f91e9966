"""Which messages count: the chain rule, the order of the two topics, and crash points."""

from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalog import Topic
from events.journal import Head, encode_block
from events.model import SigningStage
from events.outputs import split
from events.stage_signing import content_of, signed
from events.trust import FIRST, Trust
from projections.follow import (
    FINDINGS,
    JOURNAL,
    Cursor,
    Follower,
    OutputGap,
    cursor_facts,
    least_cursors,
    message_digest,
)
from projections.tables import BY_NAME
from projections.tables.columns import Facts
from tests.fakes.projection_log import (
    FIRST_DAY,
    PERSON_KEY,
    Chain,
    assistance,
    finding,
    refused,
    registry_says,
    rows_of,
    submission,
)
from tests.kit import System, private_key, public_hex

Tables = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]


def follower() -> Follower:
    return Follower(Cursor(JOURNAL), Cursor(FINDINGS), PERSON_KEY)


def busy_chain() -> Chain:
    """Genesis and three blocks of everything, with foreign blocks and repeated answers between."""
    chain = Chain()
    chain.genesis()
    for day in (1, 2, 3):
        name = f"k{day}"
        items = [{"t": "tick", "day": f"2026-05-0{day + 1}"}] if day > 1 else []
        rows = [
            assistance(name),
            {"t": "dup"},
            {"t": "rej", "reason": "invalid-value", "field": "x"},
        ]
        items += submission("KIZ", name, chain.offset, rows)
        items.append(refused(chain.offset + 1, day))
        chain.offset += 2
        chain.step(*items, findings=[finding("f", revision=day)])
        chain.block({"t": "tick", "day": "2031-01-01"}, foreign=True)
        chain.answers.append(chain.answers[-1])
        chain.answers.append(chain.answers[0])
    return chain


def apply(tables: Tables, facts: Facts) -> None:
    """What ReplacingMergeTree read with FINAL is: the last row of a key."""
    for name in facts:
        for row in rows_of(facts, name):
            key = tuple(row[part] for part in BY_NAME[name].order_by.split(", "))
            tables[name, key] = row


def plain_run(chain: Chain) -> tuple[Tables, Follower]:
    tables: Tables = {}
    reader = follower()
    for offset, value in enumerate(chain.blocks):
        reader.take(JOURNAL, offset, value)
    for offset, value in enumerate(chain.answers):
        reader.take(FINDINGS, offset, value)
    apply(tables, reader.flush().facts)
    return tables, reader


def test_foreign_blocks_and_repeated_answers_are_skipped_and_counted() -> None:
    chain = busy_chain()
    tables, reader = plain_run(chain)
    journal, findings = reader.cursors
    assert (journal.next_seq, journal.skipped, journal.day) == (4, 3, date(2026, 5, 4))
    assert (findings.next_seq, findings.skipped, findings.head) == (4, 6, journal.head)
    assert (journal.next_offset, findings.next_offset) == (len(chain.blocks), len(chain.answers))
    assert journal.last_message == message_digest(chain.blocks[-1])
    assert len([key for key in tables if key[0] == "blocks"]) == 4


def test_each_message_that_does_not_count_has_a_row() -> None:
    tables, _ = plain_run(busy_chain())
    found = {key[1]: row for key, row in tables.items() if key[0] == "foreign_messages"}
    # of a journal that nobody need sign: what has the shape of what was said before
    assert {(topic, row["kind"]) for (topic, *_), row in found.items()} == {
        (JOURNAL, "repeat"), (FINDINGS, "repeat"),
    }  # fmt: skip
    assert sorted(at for topic, _, at in found if topic == JOURNAL) == [2, 4, 6]
    assert sorted(at for topic, _, at in found if topic == FINDINGS) == [2, 3, 5, 6, 8, 9]
    assert {str(row["day"]) for row in found.values()} == {"2026-05-01", "2026-05-03", "2026-05-04"}


def test_what_a_stage_signed_is_a_repeat_and_the_rest_is_foreign() -> None:
    system = System.ready()
    first, *rest = [system.signed_output(output) for output in system.outputs]
    reader = follower()
    for offset, value in enumerate((*system.blocks, system.blocks[0], b"{}", None)):
        reader.take(JOURNAL, offset, value)
    for offset, value in enumerate((first, first, b"{}", *rest, content_of(rest[-1]))):
        reader.take(FINDINGS, offset, value)
    rows = rows_of(reader.flush().facts, "foreign_messages")
    blocks, said = len(system.blocks), len(rest) + 3
    assert {(row["topic"], row["message_offset"], row["kind"]) for row in rows} == {
        (JOURNAL, blocks, "repeat"), (JOURNAL, blocks + 1, "foreign"),
        (JOURNAL, blocks + 2, "foreign"), (FINDINGS, 1, "repeat"), (FINDINGS, 2, "foreign"),
        (FINDINGS, said, "foreign"),
    }  # fmt: skip


def test_a_message_without_a_value_is_no_block() -> None:
    reader = follower()
    reader.take(JOURNAL, 0, None)
    assert reader.cursors[0].skipped == 1


def test_an_answer_waits_for_its_block() -> None:
    chain = Chain()
    chain.genesis()
    reader = follower()
    reader.take(FINDINGS, 0, chain.answers[0])
    assert (reader.waiting, reader.pending_rows, reader.cursors[1].next_offset) == (1, 0, 0)
    reader.take(JOURNAL, 0, chain.blocks[0])
    assert (reader.waiting, reader.cursors[1].next_offset) == (0, 1)


def test_a_gap_in_the_answers_is_an_error() -> None:
    chain = busy_chain()
    reader = follower()
    for offset, value in enumerate(chain.blocks):
        reader.take(JOURNAL, offset, value)
    output = registry_says(Chain().block(), FIRST_DAY)
    with pytest.raises(OutputGap, match="expected 0"):
        reader.take(FINDINGS, 0, orjson.dumps(output | {"seq": 1}))


def test_a_damaged_block_that_follows_is_an_error() -> None:
    chain = Chain()
    chain.genesis()
    key = private_key(SigningStage.INTAKE)
    keys = Trust()
    keys.add_stage({"stage": "intake", "public_key": public_hex("intake"), "version": 1}, FIRST)
    known = Cursor(JOURNAL, trust=orjson.dumps(asdict(keys)).decode(), next_seq=1)
    damaged = encode_block(
        head=Head(1), source=(0, 1), clock_ms=0, keys_id="", keys_offset=-1, items=[]
    )
    signed_by_intake = signed(key, Topic.JOURNAL, "1", damaged + b"\n{}")
    with pytest.raises(ValueError, match="declared"):
        Follower(known, Cursor(FINDINGS), PERSON_KEY).take(JOURNAL, 0, signed_by_intake)


def test_a_damaged_block_that_nobody_signed_is_passed_over() -> None:
    chain = Chain()
    chain.genesis()
    reader = follower()
    reader.take(JOURNAL, 0, chain.blocks[0] + b"\n{}")
    reader.take(JOURNAL, 1, chain.blocks[0])
    assert (reader.cursors[0].skipped, reader.cursors[0].next_seq) == (1, 1)


def test_the_start_is_the_least_cursor_and_a_row_gives_it_back() -> None:
    _, reader = plain_run(busy_chain())
    rows = rows_of({"_cursor": cursor_facts(reader.cursors)}, "_cursor")
    assert least_cursors(rows) == reader.cursors
    assert least_cursors([]) == (Cursor(JOURNAL), Cursor(FINDINGS))


@given(st.data())
def test_any_cut_repetition_and_crash_gives_the_same_tables(data: st.DataObject) -> None:
    chain = busy_chain()
    wanted, whole = plain_run(chain)
    tables: Tables = {}
    saved = (Cursor(JOURNAL), Cursor(FINDINGS))
    topics = {JOURNAL: chain.blocks, FINDINGS: chain.answers}
    for _ in range(data.draw(st.integers(0, 6), label="crashes")):
        reader = Follower(*saved, PERSON_KEY)
        at = {cursor.source: cursor.next_offset for cursor in saved}
        for _ in range(data.draw(st.integers(0, 12), label="messages")):
            source = data.draw(st.sampled_from([JOURNAL, FINDINGS]))
            if at[source] < len(topics[source]):
                reader.take(source, at[source], topics[source][at[source]])
                at[source] += 1
            if data.draw(st.booleans(), label="flush"):
                facts = reader.flush().facts
                survived = data.draw(
                    st.sets(st.sampled_from(sorted(facts))) if facts else st.just(set())
                )
                lost = set(facts) - survived
                apply(tables, {name: facts[name] for name in survived})
                if lost:
                    break  # died between two inserts: the cursor did not move
                saved = reader.cursors
    reader = Follower(*saved, PERSON_KEY)
    for source, messages in topics.items():
        start = {cursor.source: cursor.next_offset for cursor in saved}[source]
        for offset, value in enumerate(messages[start:], start):
            reader.take(source, offset, value)
    apply(tables, reader.flush().facts)
    assert tables == wanted
    assert reader.cursors == whole.cursors


def test_an_output_in_several_messages_counts_once_it_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("events.outputs.ROWS_PER_PART", 2)
    chain = Chain()
    chain.genesis()
    chain.step(*submission("KIZ", "k1", 0, [assistance("k1")]))
    output = orjson.loads(chain.answers[1])
    output["findings"] = [finding(f"f{n}") for n in range(5)]
    first, *rest = [orjson.dumps(message) for message in split(output)]
    assert len(rest) == 2
    # a worker died after two parts, the next one sent all; later a zombie repeats the last
    sent = [chain.answers[0], first, rest[0], first, *rest, rest[1], chain.answers[0]]
    whole_at = 5
    for start in range(len(sent) + 1):
        reader = follower()
        for offset, value in enumerate(chain.blocks):
            reader.take(JOURNAL, offset, value)
        for offset, value in enumerate(sent[:start]):
            reader.take(FINDINGS, offset, value)
        before = reader.flush().facts
        assert len(before.get("findings", [])) == (5 if start > whole_at else 0)
        # the process dies here: the next one goes on from the cursor
        again = Follower(*reader.cursors, PERSON_KEY)
        for offset in range(reader.cursors[1].next_offset, len(sent)):
            again.take(FINDINGS, offset, sent[offset])
        after = again.flush().facts
        assert len(before.get("findings", [])) + len(after.get("findings", [])) == 5
        assert again.cursors[1].next_seq == 2
