"""The projector: two topics in, rows of ClickHouse out. Shell.

If the process dies before the rows of a batch are acknowledged, or after them and before
the cursor: the next start reads the batch again and writes the same rows under the same
keys, and every view reads with FINAL. If it dies after the cursor: nothing is left to do.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from events.catalog import Topic
from infra import heart
from infra.clickhouse import OWNER, ClickHouseUnavailable, connect, first_line
from infra.kafka import KafkaUnavailable
from infra.settings import Settings
from infra.side_topics import SideTopics
from infra.stage import Delivery, Lag, StageName, Stops, ends_hard, rewritten
from infra.topic_reader import TopicReader
from projections import parts, tables
from projections.follow import (
    FINDINGS,
    JOURNAL,
    Cursor,
    Follower,
    cursor_facts,
    least_cursors,
    message_digest,
)
from projections.inserting import insert
from projections.log import Log
from projections.migrate import SchemaDrift, check_schema, drop, made_if_missing
from projections.person_key import person_ref_key
from projections.tables import CURSOR, TABLES, WATCHED
from projections.tables.foreign import FOREIGN_MESSAGES
from projections.watch import BlockNames, Standing, Watch, places_of, tell

logger = logging.getLogger("tekil.projector")

TOPICS: Final[dict[str, str]] = {JOURNAL: Topic.JOURNAL, FINDINGS: Topic.FINDINGS}
"""The journal first: an answer waits for its block."""

BATCH_ROWS: Final = 20_000
IDLE_POLL_MS: Final = 100
WAITING_ANSWERS: Final = 64
START_SECONDS: Final = 120.0
START_PAUSE_SECONDS: Final = 1.0
WATCH_PAUSE_SECONDS: Final = 0.02
LOOK_AROUND_SECONDS: Final = 2.0
LOOK_THROUGH_SECONDS: Final = 10.0
"""The same for the topics that are not projected, while rows come: those do not wait for it."""


class Projector:
    """The stage that applies what is in the log to the tables, one batch after another."""

    name = StageName.PROJECTOR
    topics = tuple(TOPICS)

    def __init__(
        self,
        client: Client,
        log: Log,
        person_key: bytes,
        *,
        batch_rows: int = BATCH_ROWS,
        watch: Watch | None = None,
    ) -> None:
        """`batch_rows` is where a batch is closed although more messages wait; `watch` looks
        through the topics that are not projected.

        Raises SchemaDrift, ChainBroken, KafkaUnavailable.
        """
        check_schema(client)
        self._client = client
        self._log = log
        self._person_key = person_key
        self._batch_rows = batch_rows
        self._watch = watch
        self._held = False
        self._heart = heart.of(self.name)
        self._rows = 0
        self._taking: Delivery | None = None
        self.prepare()

    def prepare(self) -> Mapping[str, int]:
        """Check that the log holds what was projected; both topics go on behind it."""
        cursors = read_cursors(self._client)
        for cursor in cursors:
            check_log(self._log, cursor)
        self.follower = Follower(*cursors, self._person_key)
        self._written = cursors
        for cursor in cursors:
            self._log.seek(cursor.source, cursor.next_offset)
        self._heart.starts_at(self._position)
        return {cursor.source: cursor.next_offset for cursor in cursors}

    def take(self, delivery: Delivery) -> None:
        """Add a message's rows to the batch, which is written when it is large enough."""
        self._taking = delivery
        self._heart.turn()
        self.follower.take(delivery.topic, delivery.offset, delivery.value)
        if self.follower.pending_rows >= self._batch_rows:
            self._write()

    def place(self) -> str:
        """The message that was taken last."""
        return f"{self._taking.topic}:{self._taking.offset}" if self._taking else ""

    @property
    def _position(self) -> int:
        return sum(cursor.next_offset for cursor in self._written)

    def look_around(self) -> None:
        """Tell the heart where the rows stand, and where the topics end: messages of both.

        Raises ClickHouseUnavailable if the tables are gone: who only waits would not see it.
        """
        try:
            rows = self._client.query(f"SELECT count() FROM {CURSOR.name}").result_rows
            self._heart.held_up("")
        except Error as error:
            if error.name in ("UNKNOWN_TABLE", "UNKNOWN_DATABASE"):
                raise ClickHouseUnavailable(first_line(error)) from error
            self._heart.held_up(f"ClickHouse does not answer: {first_line(error)}")
            return
        if self._position and not rows[0][0]:
            raise ClickHouseUnavailable("the tables were emptied")
        with self._heart.waiting("the broker does not say where its topics end"):
            end = sum(self._log.bounds(source)[1] for source in self.topics)
        self._heart.turn(self._position, end)

    def look_through(self) -> bool:
        """A round through the topics that are not projected; True if more of them waits.

        Raises ClickHouseUnavailable, KafkaUnavailable.
        """
        if self._watch is None:
            return False
        journal = self._written[0]
        trust = self.follower.trust
        known = Standing(trust, journal.next_seq, journal.next_offset, journal.day)
        try:
            with self._heart.waiting("the topics of keys and receipts are not read"):
                self._watch.look(lambda: self._log.bounds(JOURNAL)[1])
                seen = self._watch.judge(known)
            if seen is not None:
                tell(seen.facts)
                if seen.facts:
                    insert(self._client, FOREIGN_MESSAGES, seen.facts)
                if seen.places:  # only now: its rows are acknowledged
                    insert(self._client, WATCHED, seen.place_facts)
                self._watch.wrote(seen)
        except Error as error:
            raise ClickHouseUnavailable(first_line(error)) from error
        return self._watch.is_busy

    def step(self, timeout_ms: int = IDLE_POLL_MS) -> int:
        """Take what is there (waiting up to `timeout_ms` for a first message) and write it.

        Returns the number of rows written. When no more messages wait, the batch is written
        at once, so a lone publish is visible after one round; under load batches grow.
        """
        before = self._rows
        messages = self._log.poll(timeout_ms)
        while messages:
            for source, offset, value in messages:
                self.take(Delivery(source, offset, 0, (), value))
            self._balance()
            if self._rows > before:
                break  # under load a step ends with its batch, so that a stop is heard
            messages = self._log.poll(0)
        self._pass_over()
        self._write()
        return self._rows - before

    def _pass_over(self) -> None:
        """What waits for a block that is not in the journal waits for nothing."""
        if not self.follower.waiting:
            return
        journal, _ = self.follower.cursors
        if journal.next_offset >= self._log.bounds(JOURNAL)[1]:
            self.follower.journal_ends_here()
            self._balance()

    def _balance(self) -> None:
        """Keep the answers that wait for their blocks few."""
        hold = self.follower.waiting > WAITING_ANSWERS
        if hold != self._held:
            self._log.hold(FINDINGS, hold)
            self._held = hold

    def _write(self) -> None:
        cursors = self.follower.cursors
        if cursors == self._written:
            return
        batch = self.follower.flush()
        tell(batch.facts.get(FOREIGN_MESSAGES.name, ()))
        try:
            with self._heart.waiting("ClickHouse does not take the rows"):
                for table in TABLES:
                    if facts := batch.facts.get(table.name):
                        insert(self._client, table, facts)
                # only now: everything above is acknowledged
                insert(self._client, CURSOR, cursor_facts(cursors))
        except Error as error:
            raise ClickHouseUnavailable(first_line(error)) from error
        self._written = cursors
        self._heart.turn(self._position)
        self._rows += batch.count


def read_cursors(client: Client) -> tuple[Cursor, Cursor]:
    """The cursors of aid-journal and aid-findings from which a projector would start."""
    names = ", ".join(CURSOR.types)
    found = client.query(f"SELECT {names} FROM {CURSOR.name} FINAL")
    return least_cursors(found.named_results())


def check_log(log: Log, cursor: Cursor) -> None:
    """Raises ChainBroken if the log does not hold what was projected from it."""
    first, end = log.bounds(cursor.source)
    topic = f"{cursor.source} log"
    if cursor.next_offset == 0:
        if first > 0:
            raise rewritten(f"the {topic} begins at {first}, not 0")
        return
    last = cursor.next_offset - 1
    if not first <= last < end:
        raise rewritten(f"the {topic} holds {first} to {end}, projected to {last}")
    if message_digest(log.read_one(cursor.source, last)) != cursor.last_message:
        raise rewritten(f"the {topic} has another message at {last}")


# -- the process -----------------------------------------------------------------------------


def run(settings: Settings) -> None:
    """The worker process: `follow` until SIGTERM or SIGINT."""
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    follow(settings, stopping)


def follow(settings: Settings, stopping: threading.Event) -> None:
    """Project until `stopping` is set, then return.

    Waits two minutes for ClickHouse and Kafka; where tables are missing it makes them, and begins
    at the first message. A failure ends the process (`infra.stage.Exit`); the cursor stands before
    what was not written.
    """
    name = Projector.name
    with ends_hard(name):
        started = _start(settings, stopping.is_set)
    if started is None:
        return
    projector, close, kept = started
    with ends_hard(name, Stops.of(settings, name), projector.place):
        looked, looked_through, is_busy = 0.0, 0.0, False
        while not stopping.is_set():
            wrote = projector.step()
            if time.monotonic() - looked > LOOK_AROUND_SECONDS:
                projector.look_around()
                looked = time.monotonic()
                _keep_whole(settings, kept.look(looked))
            pause = LOOK_THROUGH_SECONDS if wrote else LOOK_AROUND_SECONDS
            if is_busy or time.monotonic() - looked_through > pause:
                is_busy = projector.look_through()
                looked_through = time.monotonic()
        close()
    logger.info("projector stopped")


_Started = tuple[Projector, Callable[[], None], parts.Parts]


def _start(settings: Settings, stopping: Callable[[], bool]) -> _Started | None:
    """A projector on live services; waits for them. None if told to stop meanwhile."""
    deadline = time.monotonic() + START_SECONDS
    while not stopping():
        try:
            return _open(settings)
        except (ClickHouseUnavailable, KafkaUnavailable) as error:
            if time.monotonic() > deadline:
                raise
            logger.warning("projector waits: %s", error)
            heart.of(Projector.name).held_up(str(error))
            time.sleep(START_PAUSE_SECONDS)
    return None


def _keep_whole(settings: Settings, broken: list[str]) -> None:
    """Where the disk did not keep the tables, they go. Raises ClickHouseUnavailable then: the next
    start makes them anew, once there is room."""
    if broken:
        parts.tell(broken)
        drop(settings)
        raise ClickHouseUnavailable("the tables were broken and are made anew")


def _open(settings: Settings) -> _Started:
    made_if_missing(settings)
    client = connect(settings, OWNER)
    kept = parts.Parts(settings, client)
    try:
        _keep_whole(settings, kept.broken())
        log = TopicReader(settings, TOPICS)
    except (KafkaUnavailable, ClickHouseUnavailable):
        client.close()
        raise

    side = SideTopics(settings)

    def close() -> None:
        side.close()
        log.close()
        client.close()

    try:
        watch = Watch(side, BlockNames(client), places_of(client))
        projector = Projector(client, log, person_ref_key(settings), watch=watch)
    except KafkaUnavailable:
        close()
        raise
    heart.of(Projector.name).held_up("")
    for cursor in projector.follower.cursors:
        logger.info("projector reads %s from offset %d", cursor.source, cursor.next_offset)
    return projector, close, kept


# -- how far it is ---------------------------------------------------------------------------


def lag(settings: Settings) -> list[Lag]:
    """For each source how far the tables are behind the log now.

    Raises ClickHouseUnavailable, KafkaUnavailable, SchemaDrift (no tables yet).
    """
    client = connect(settings, OWNER)
    try:
        offsets = _next_offsets(client)
    finally:
        client.close()
    return [Lag(source, offsets[source], end) for source, end in _ends(settings).items()]


def wait_until_current(settings: Settings, timeout_seconds: float = 10.0) -> bool:
    """Wait until all that is in both topics now has been projected; False if it was not in time.

    Raises ClickHouseUnavailable, KafkaUnavailable, SchemaDrift (no tables yet).
    """
    deadline = time.monotonic() + timeout_seconds
    ends = _ends(settings)
    client = connect(settings, OWNER)
    try:
        while True:
            offsets = _next_offsets(client)
            if all(offsets[source] >= end for source, end in ends.items()):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(WATCH_PAUSE_SECONDS)
    finally:
        client.close()


def _ends(settings: Settings) -> dict[str, int]:
    log = TopicReader(settings, TOPICS)
    try:
        return log.ends()
    finally:
        log.close()


def _next_offsets(client: Client) -> dict[str, int]:
    try:
        return {cursor.source: cursor.next_offset for cursor in read_cursors(client)}
    except Error as error:
        if error.name == "UNKNOWN_TABLE":
            raise SchemaDrift(f"table {tables.CURSOR.name} is missing: run `tekil up`") from error
        raise ClickHouseUnavailable(first_line(error)) from error
