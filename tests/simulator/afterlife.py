"""When all is over a log comes back with less, or with something else: who had read it stops.

Everything was answered and judged by then. The broker comes back with a change in one topic, the
stages start again, and a partner sends one more submission. Whoever had read what is gone has to
say "the log was rewritten", and to write nothing that it had not said before.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import orjson

from events.catalog import Topic
from events.stage_signing import content_of
from infra.stage import Exit
from tests.simulator import office, truth
from tests.simulator.broker import OFFICE, STRANGER, Broker, Entry
from tests.simulator.processes import KILLED
from tests.simulator.workers import Group
from tests.simulator.world import World

WORDS: Final = "the log was rewritten"
SETTLE_SECONDS: Final = 15.0
Stops = frozenset[str]


class Afterlife:
    """One change of the logs; `live` says what went wrong then."""

    def __init__(self, world: World, groups: Mapping[str, Group], name: str) -> None:
        self._world, self._groups, self.name = world, groups, name

    async def live(self) -> list[str]:
        """Change the logs, start again, and look. What is not as it must be."""
        here = self._world
        for group in self._groups.values():
            group.only()  # a second worker may not have read so far
            group.kill()
            group.ends.clear()
        stops = CHANGES[self.name](self)
        before = {stage: _written(here.broker, stage) for stage in self._groups}
        rows = here.tables.copy().rows
        await asyncio.sleep(SETTLE_SECONDS / 3)
        message = [*office.submissions(here.chance, 1)][-1]
        here.broker.append(
            Topic.SUBMISSIONS, message.value, by=OFFICE, headers=tuple(message.headers)
        )
        await asyncio.sleep(SETTLE_SECONDS)
        found = []
        for stage, group in self._groups.items():
            found += self._ends(stage, group, stage in stops)
            if stage in stops and _written(here.broker, stage) - before[stage]:
                found.append(f"{self.name}: {stage} wrote after it should have stopped")
        if "projector" in stops and here.tables.rows != rows:
            found.append(f"{self.name}: the projector changed rows")
        return found

    def _ends(self, stage: str, group: Group, stops: bool) -> list[str]:
        ends = [process for _, process in group.ends]
        stopped = [one for one in ends if one.code == Exit.STAYS_STOPPED and WORDS in one.why]
        if stops != bool(stopped):
            return [f"{self.name}: {stage} {'went on' if stops else f'stopped: {stopped[0].why}'}"]
        others = [one for one in ends if one not in stopped and one.code != KILLED]
        return [f"{self.name}: {stage} ended with {one.code}: {one.why}" for one in others]

    # -- the changes: each names who has to stop ------------------------------------------------

    def _cut(self, topic: str, end: int) -> None:
        log = self._world.broker.logs[topic]
        for offset in [at for at in log.entries if at >= end]:
            del log.entries[offset]
        log.end = end

    def journal_cut(self) -> Stops:
        """aid-journal lost its tail, with at least one block in it."""
        chain = truth.chain(self._world.broker)
        self._cut(Topic.JOURNAL, self._world.chance.choice(chain[-3:]).entry.offset)
        # receipts reads from the first block on, as the supervisor was told of none
        return frozenset({"intake", "registry", "receipts", "projector"})

    def findings_cut(self) -> Stops:
        """aid-findings lost its tail, with at least one part of an output in it."""
        broker = self._world.broker
        said = truth.said(broker)
        last = max(said)
        self._cut(Topic.FINDINGS, said[last][0].offset)
        told = {"receipts"} if self._told() >= last[0] else set()
        return frozenset({"registry", "projector"} | told)

    def _told(self) -> int:
        """The furthest block of which a partner was told, whenever that arrived."""
        logs = self._world.broker.logs
        names = [topic for topic in logs if topic.startswith(f"{Topic.RECEIPTS}-")]
        values = [entry.value or b"" for topic in names for entry in logs[topic].of("receipts")]
        return max(int(orjson.loads(content_of(value))["seq"]) for value in values)

    def keys_cut(self) -> Stops:
        """aid-keys lost its tail, with the keys of at least one block in it."""
        chain = truth.chain(self._world.broker)
        last = max(one.header["keys_offset"] for one in chain)
        if last < 0:
            return frozenset()  # no block of this schedule has keys: nothing is lost
        self._cut(Topic.KEYS, last)
        return frozenset({"intake", "registry"})

    def submissions_cut(self) -> Stops:
        """aid-submissions lost its tail, with at least one that was taken."""
        chain = truth.chain(self._world.broker)
        self._cut(Topic.SUBMISSIONS, chain[-1].source[1] - 1)
        return frozenset({"intake"})

    def other_block(self) -> Stops:
        """Where the last block stood there is something else; and what came too late is gone."""
        last = truth.chain(self._world.broker)[-1].entry
        log = self._world.broker.logs[Topic.JOURNAL]
        changed = [entry for entry in log.of("intake") if entry.offset >= last.offset]
        for entry in changed:
            self._put(Topic.JOURNAL, entry, b"{}")
        self._lose_files()
        # the projector looks at the last message that it read, whosever it is
        seen = {"projector"} if changed[-1].offset == max(log.entries) else set()
        return frozenset({"intake", "registry", "receipts"} | seen)

    def _put(self, topic: str, entry: Entry, value: bytes | None) -> None:
        log = self._world.broker.logs[topic]
        log.entries[entry.offset] = Entry(
            entry.offset, entry.timestamp, entry.key, value, (), STRANGER
        )

    def keys_changed(self) -> Stops:
        """Where keys stood there are zeros, nothing, or others; and the states are lost."""
        broker, chance = self._world.broker, self._world.chance
        chain = truth.chain(broker)
        block = chance.choice([one for one in chain if one.header["keys_offset"] >= 0])
        entry = broker.logs[Topic.KEYS].entries[block.header["keys_offset"]]
        content = content_of(entry.value or b"")
        trailer = (entry.value or b"")[len(content) :]
        zeros = bytes(len(content))
        other = chance.randbytes(len(content))
        self._put(Topic.KEYS, entry, chance.choice([None, zeros, zeros + trailer, other + trailer]))
        self._lose_states()
        return frozenset({"intake", "registry"})

    def _lose_states(self) -> None:
        for state in self._world.states.values():
            state.cut(0)

    def _lose_files(self) -> None:
        for path in self._world.settings().folder("run").iterdir():
            path.unlink()

    def journal_begins_later(self) -> Stops:
        """The first blocks are gone, and with them all that was made of them but rows."""
        log = self._world.broker.logs[Topic.JOURNAL]
        log.begin = 1
        log.entries = {at: entry for at, entry in log.entries.items() if at >= 1}
        self._lose_states()
        self._lose_files()
        return frozenset({"intake", "registry", "receipts"})


CHANGES: Final[Mapping[str, Callable[[Afterlife], Stops]]] = {
    "journal cut": Afterlife.journal_cut,
    "findings cut": Afterlife.findings_cut,
    "keys cut": Afterlife.keys_cut,
    "submissions cut": Afterlife.submissions_cut,
    "other block": Afterlife.other_block,
    "keys changed": Afterlife.keys_changed,
    "journal begins later": Afterlife.journal_begins_later,
}


def _written(broker: Broker, stage: str) -> set[tuple[str, bytes | None]]:
    """What a stage has said, but for the markers of time."""
    return {
        (topic, entry.value)
        for topic, log in broker.logs.items()
        for entry in log.of(stage)
        if not truth.is_tick(entry)
    }
