"""Looking through aid-keys and the receipts: each foreign message once, whatever dies when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.erasure import LEDGER, Ledger, Left, place
from events.model import SigningStage
from events.stage_signing import signed
from events.trust import FIRST, Trust
from infra.side_topics import Stretch
from projections.foreign import (
    FOREIGN,
    OWN,
    REPEAT,
    kind_of_keys,
    kind_of_receipt,
)
from projections.watch import Place, Seen, Standing, Watch
from tests.kit import private_key, public_hex

DAY = date(2026, 5, 1)
KIZ = receipts_topic("KIZ")
INTAKE, RECEIPTS = SigningStage.INTAKE, SigningStage.RECEIPTS
Value = tuple[bytes | None, bytes | None]
Row = tuple[str, str, int]


def trusting(begins: int = FIRST) -> Trust:
    trust = Trust()
    for stage in SigningStage:
        trust.add_stage({"stage": stage, "public_key": public_hex(stage), "version": 1}, begins)
    return trust


def keys_of(name: str) -> Value:
    return name.encode(), signed(private_key(INTAKE), Topic.KEYS, name, bytes(32))


def left_of(name: str) -> Value:
    content = Left(bytes(32), {0: []}).content(name, 3)
    return name.encode(), signed(private_key(INTAKE), Topic.KEYS, place(name, 3), content)


def receipt_of(seq: int, org: str = "KIZ") -> Value:
    told = {"v": 1, "org": org, "seq": seq, "submissions": [], "notices": []}
    return None, signed(private_key(RECEIPTS), receipts_topic(org), str(seq), dumps(told))


@dataclass
class Lists:
    """`Topics` on lists; a round gives at most `size` messages of each topic."""

    topics: dict[str, list[Value]]
    size: int = 1_000
    gone: int = 0
    """So many of the first messages are not kept any more."""

    def bounds(self) -> dict[str, tuple[int, int]]:
        return {name: (self.gone, len(values)) for name, values in self.topics.items()}

    def read(self, wanted: Mapping[str, tuple[int, int]]) -> dict[str, Stretch]:
        found = {}
        for name, (start, end) in wanted.items():
            stop = min(end, start + self.size)
            places = enumerate(self.topics[name][start:stop], start)
            records: list[Any] = [
                SimpleNamespace(offset=at, key=key, value=value) for at, (key, value) in places
            ]
            found[name] = Stretch(records, stop)
        return found


@dataclass
class Blocks:
    """`Names` on what blocks name."""

    at: dict[int, str] = field(default_factory=dict)

    def named(self, first: int, last: int) -> dict[int, str]:
        return {at: name for at, name in self.at.items() if first <= at <= last}

    def last_offset(self) -> int:
        return max(self.at, default=-1)


def standing(trust: Trust, blocks: int = 9, next_offset: int = 9) -> Standing:
    return Standing(trust, blocks, next_offset, DAY)


def rows_of(seen: Seen | None) -> list[Row]:
    return [] if seen is None else [
        (at["topic"], at["kind"], at["message_offset"]) for _, at in seen.facts
    ]  # fmt: skip


def rounds(watch: Watch, known: Standing) -> list[Row]:
    """All that waits now."""
    watch.look(lambda: known.next_offset)
    found = []
    while (seen := watch.judge(known)) is not None:
        found += rows_of(seen)
        watch.wrote(seen)
    assert not watch.is_busy
    return found


# -- what a message is ---------------------------------------------------------------------------


def test_keys_that_intake_signed_are_its_own_where_a_block_names_them_or_none_does() -> None:
    trust, named = trusting(), {0: "a"}
    other = signed(private_key("thief"), Topic.KEYS, "b", bytes(32))
    ledger = Ledger({}, 3).content(4)
    ended = signed(private_key(INTAKE), Topic.KEYS, place(LEDGER, 4), ledger)
    as_block = signed(private_key(INTAKE), Topic.JOURNAL, "b", bytes(32))
    for offset, (key, value), wanted in (
        (0, keys_of("a"), OWN),
        (1, keys_of("a"), OWN),  # an erasure wrote it again
        (1, left_of("a"), OWN),
        (1, (b"b", left_of("a")[1]), FOREIGN),
        (1, (LEDGER.encode(), ended), OWN),
        (1, (b"b", ended), FOREIGN),
        (1, (LEDGER.encode(), ledger), FOREIGN),
        (1, keys_of("b"), OWN),  # intake died before the block
        (1, (b"c", keys_of("b")[1]), FOREIGN),
        (1, (b"b", other), FOREIGN),
        (1, (b"b", as_block), FOREIGN),
        (1, (b"a", bytes(32)), FOREIGN),
        (1, (b"a", None), FOREIGN),
        (1, (None, None), FOREIGN),
        (1, (b"\xff\xfe", b"1"), FOREIGN),
    ):
        assert kind_of_keys(offset, key, value, trust, named) == wanted, (offset, key, value)


def test_keys_of_an_old_journal_are_those_that_a_block_names() -> None:
    named = {0: "a"}
    for trust in (Trust(), trusting(begins=5)):
        assert kind_of_keys(0, b"a", bytes(32), trust, named) == OWN
        assert kind_of_keys(1, b"a", bytes(32), trust, named) == FOREIGN
        assert kind_of_keys(0, b"b", bytes(32), trust, named) == FOREIGN


def test_a_receipt_is_own_once_and_only_of_a_block_that_is_there() -> None:
    trust = trusting()
    stolen = signed(private_key("thief"), KIZ, "4", dumps({"v": 1, "org": "KIZ", "seq": 4}))
    for value, wanted in (
        (receipt_of(4)[1], (OWN, 5)),
        (receipt_of(3)[1], (REPEAT, 4)),
        (receipt_of(9)[1], (FOREIGN, 4)),
        (receipt_of(4, "STK")[1], (FOREIGN, 4)),
        (stolen, (FOREIGN, 4)),
        (b'{"v":1,"org":"KIZ","seq":-3}', (FOREIGN, 4)),
        (b"\xff", (FOREIGN, 4)),
        (None, (FOREIGN, 4)),
    ):
        assert kind_of_receipt("KIZ", value, trust, 4, blocks=9) == wanted, value


# -- where it stands -----------------------------------------------------------------------------


def test_each_message_is_judged_once_and_nothing_is_lost_over_a_restart() -> None:
    junk: Value = (b"x", b"junk")
    topics = Lists(
        {
            Topic.KEYS: [keys_of("a"), junk, keys_of("a"), junk],
            KIZ: [receipt_of(0), junk, receipt_of(2), receipt_of(2)],
        },
        size=2,
    )
    blocks, known = Blocks({0: "a"}), standing(trusting())
    wanted = [
        ("keys", FOREIGN, 1), ("keys", FOREIGN, 3),
        ("receipts", FOREIGN, 1), ("receipts", REPEAT, 3),
    ]  # fmt: skip
    watch = Watch(topics, blocks, {})
    assert sorted(rounds(watch, known)) == sorted(wanted)
    assert rounds(watch, known) == [], "nothing came since"
    # another process goes on from what was written
    places = {Topic.KEYS: Place(4), KIZ: Place(4, 3)}
    again = Watch(topics, blocks, places)
    assert rounds(again, known) == []
    topics.topics[KIZ] += [junk, receipt_of(1), receipt_of(5)]
    assert rounds(again, known) == [("receipts", FOREIGN, 4), ("receipts", REPEAT, 5)]


@given(st.data())
def test_it_dies_anywhere_and_the_rows_are_the_same(data: st.DataObject) -> None:
    kinds = st.sampled_from([keys_of("a"), keys_of("b"), (b"x", b"junk"), (None, None)])
    told = st.sampled_from([receipt_of(0), receipt_of(3), receipt_of(7), (None, b"{}")])
    topics = Lists(
        {
            Topic.KEYS: data.draw(st.lists(kinds, max_size=8)),
            KIZ: data.draw(st.lists(told, max_size=8)),
        }
    )
    blocks, known = Blocks({0: "a"}), standing(trusting())
    wanted = rounds(Watch(topics, blocks, {}), known)
    assert len(wanted) == len(set(wanted))
    topics.size = data.draw(st.integers(1, 3))
    rows: set[Row] = set()
    places: dict[str, Place] = {}
    for _ in range(data.draw(st.integers(0, 5), label="deaths")):
        watch = Watch(topics, blocks, places)
        watch.look(lambda: known.next_offset)
        for _ in range(data.draw(st.integers(0, 3), label="rounds")):
            seen = watch.judge(known)
            if seen is None:
                break
            rows |= set(rows_of(seen))
            if data.draw(st.booleans(), label="dies before the places"):
                break
            places |= seen.places
            watch.wrote(seen)
    rows |= set(rounds(Watch(topics, blocks, places), known))
    assert rows == set(wanted)


def test_nothing_is_judged_before_the_journal_that_stood_there_was_read() -> None:
    """Else the message that a new key signed would be taken for a stranger's."""
    topics = Lists({Topic.KEYS: [keys_of("a")], KIZ: []})
    watch = Watch(topics, Blocks(), {})
    watch.look(lambda: 7)
    assert watch.judge(standing(Trust(), next_offset=6)) is None
    assert watch.is_busy
    seen = watch.judge(standing(trusting(), next_offset=7))
    assert rows_of(seen) == []
    assert seen is not None
    assert seen.places == {Topic.KEYS: Place(1)}


def test_unsigned_keys_wait_for_the_block_that_names_them() -> None:
    topics = Lists({Topic.KEYS: [(b"a", bytes(32)), (b"z", b"junk"), (b"b", bytes(32))]})
    blocks, known = Blocks({0: "a"}), standing(Trust())
    watch = Watch(topics, blocks, {})
    assert rounds(watch, known) == []
    blocks.at[2] = "b"
    assert rounds(watch, known) == [("keys", FOREIGN, 1)]


def test_a_topic_that_was_cut_or_made_anew_is_read_from_where_it_begins() -> None:
    topics = Lists({KIZ: [(None, b"old"), (None, b"junk"), receipt_of(1)]}, gone=1)
    assert rounds(Watch(topics, Blocks(), {}), standing(trusting())) == [("receipts", FOREIGN, 1)]
    anew = Lists({KIZ: [(None, b"junk"), receipt_of(1)]})
    watch = Watch(anew, Blocks(), {KIZ: Place(30, 8)})
    assert rounds(watch, standing(trusting())) == [("receipts", FOREIGN, 0)]
