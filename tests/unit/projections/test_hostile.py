"""The projector between foreign messages: the same rows as without them, and each one counted."""

from hypothesis import given
from hypothesis import strategies as st

from projections.follow import FINDINGS, JOURNAL, Cursor, Follower
from tests.fakes.projection_log import PERSON_KEY, rows_of
from tests.unit.events.test_hostile import hostile, system

Places = set[tuple[str, int]]


def follower() -> Follower:
    return Follower(Cursor(JOURNAL), Cursor(FINDINGS), PERSON_KEY)


def projected(journal: list[bytes], findings: list[bytes]) -> tuple[object, Follower, Places]:
    """What is projected if the answers run ahead of the journal by as much as they can."""
    reader = follower()
    for offset, value in enumerate(findings):
        reader.take(FINDINGS, offset, value)
    for offset, value in enumerate(journal):
        reader.take(JOURNAL, offset, value)
    reader.journal_ends_here()
    facts = reader.flush().facts
    named = {
        table: [
            {
                name: value
                for name, value in row.items()
                if name not in ("message_offset", "skipped")
            }
            for row in rows_of(facts, table)
        ]
        for table in facts
        if table != "foreign_messages"
    }
    skipped = [(row["topic"], row["message_offset"]) for row in rows_of(facts, "foreign_messages")]
    assert len(skipped) == len(set(skipped)), "each has one row"
    return named, reader, set(skipped)


@given(st.data())
def test_foreign_messages_change_no_row(data: st.DataObject) -> None:
    told = system(True)
    answers = [told.signed_output(output) for output in told.outputs]
    wanted, plain, none = projected(told.blocks, answers)
    assert not none
    topics = []
    for real in (told.blocks, answers):
        mixed = []
        for value in real:
            foreign = data.draw(st.lists(hostile(signed=True), max_size=2))
            mixed += [one for one in foreign if one not in real]
            mixed.append(value)
        last = data.draw(st.lists(hostile(signed=True), max_size=2))
        mixed += [one for one in last if one not in real]
        topics.append(mixed)
    found, reader, skipped = projected(*topics)
    assert found == wanted
    sides = (JOURNAL, topics[0], told.blocks), (FINDINGS, topics[1], answers)
    assert skipped == {
        (source, offset)
        for source, all_, real in sides
        for offset, value in enumerate(all_)
        if value not in real
    }
    for cursor, before, all_, real in zip(
        reader.cursors, plain.cursors, topics, (told.blocks, answers), strict=True
    ):
        assert cursor.next_seq == before.next_seq
        assert cursor.next_offset == len(all_)
        assert cursor.skipped == len(all_) - len(real)
