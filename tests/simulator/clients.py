"""The clients of both Kafka libraries, as far as the product calls them, on `Broker`."""

import asyncio
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, Final

import aiokafka.errors
import kafka.errors

from events.catalog import Topic
from infra.settings import Settings
from tests.simulator import world as worlds
from tests.simulator.broker import Entry, Headers
from tests.simulator.processes import LATENCY_SECONDS, Died, current

SENT: Final = {
    Topic.KEYS: "send keys",
    Topic.JOURNAL: "send block",
    Topic.SUBMISSIONS: "send tick",
    Topic.FINDINGS: "send output",
}
LATE: Final = 0.3
"""Share of the sends at which a process died that the broker gets all the same, later."""
LATE_SECONDS: Final = 1.5
FETCH_MOST: Final = 40


async def _latency() -> None:
    chance = worlds.world().chance
    await asyncio.sleep(LATENCY_SECONDS * chance.random() ** 3)


class Producer:
    """`aiokafka.AIOKafkaProducer`, started."""

    def __init__(self) -> None:
        self._world, self._process = worlds.world(), current()

    async def send(
        self, topic: str, value: bytes, *, partition: int, key: bytes | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> "asyncio.Future[Any]":  # fmt: skip
        """A future of its acknowledgement."""
        await self._process.turn()
        return asyncio.ensure_future(self._sent(topic, value, key, tuple(headers)))

    async def send_and_wait(self, topic: str, value: bytes, **more: Any) -> Any:
        """The acknowledgement."""
        return await (await self.send(topic, value, **more))

    async def _sent(self, topic: str, value: bytes, key: bytes | None, headers: Headers) -> Any:
        here, process = self._world, self._process
        step = SENT.get(topic, "send receipt")  # type: ignore[call-overload]
        message = (topic, value, key, headers, process.stage)
        await _latency()
        await process.turn()
        try:
            here.deaths.at(process, "before", step)
        except Died:
            if here.chance.random() < LATE:
                seconds = LATE_SECONDS * here.chance.random()
                here.loop.call_later(seconds, self._late, here.broker.restored, *message)
            raise
        is_out = "broker" in here.lacking
        if is_out and here.chance.random() < 0.5:
            raise aiokafka.errors.KafkaConnectionError("no broker")
        offset = self._append(*message)
        here.deaths.at(process, "after", step)
        await _latency()
        await process.turn()
        if is_out:
            raise aiokafka.errors.RequestTimedOutError
        return SimpleNamespace(offset=offset)

    def _late(self, restored: int, *message: Any) -> None:
        if restored == self._world.broker.restored:
            self._append(*message)

    def _append(
        self, topic: str, value: bytes, key: bytes | None, headers: Headers, by: str
    ) -> int:
        return self._world.broker.append(topic, value, by=by, key=key, headers=headers)


async def async_producer(settings: Settings) -> Producer:
    """See `infra.kafka.async_producer`."""
    await current().turn()
    if "broker" in worlds.world().lacking:
        raise aiokafka.errors.KafkaConnectionError("no broker")
    return Producer()


class Consumer:
    """What both libraries' consumers do alike. `start` and `stop` are awaited by one of them."""

    def __init__(self) -> None:
        self._world, self._process = worlds.world(), current()
        self._at: dict[Any, int] = {}

    def assign(self, partitions: Iterable[Any]) -> None:
        """Before `seek`."""

    def seek(self, partition: Any, offset: int) -> None:
        """The next fetch begins here."""
        self._at[partition] = offset

    def _bounds(self, partitions: Iterable[Any], name: str, error: type[Exception]) -> Any:
        self._process.alive()
        if "broker" in self._world.lacking:
            raise error("no broker")
        logs = self._world.broker.logs
        return {one: getattr(logs[one.topic], name) for one in partitions}

    def _fetch(self, partition: Any, most: int, error: type[Exception]) -> list[Entry]:
        log = self._world.broker.logs[partition.topic]
        if not log.begin <= self._at[partition] <= log.end:
            raise error({partition: self._at[partition]})
        found, self._at[partition] = log.read(self._at[partition], most)
        return found


class AsyncConsumer(Consumer):
    """`aiokafka.AIOKafkaConsumer`."""

    async def start(self) -> None:
        """Connect."""
        await self._process.turn()
        if "broker" in self._world.lacking:
            raise aiokafka.errors.KafkaConnectionError("no broker")

    async def stop(self) -> None:
        """Disconnect; also from a `finally` of a process that is dead."""

    async def beginning_offsets(self, partitions: Iterable[Any]) -> Any:
        """Where they begin."""
        return self._bounds(partitions, "begin", aiokafka.errors.KafkaConnectionError)

    async def end_offsets(self, partitions: Iterable[Any]) -> Any:
        """Where they end."""
        return self._bounds(partitions, "end", aiokafka.errors.KafkaConnectionError)

    async def position(self, partition: Any) -> int:
        """What the next fetch begins with."""
        return self._at[partition]

    async def getmany(self, *partitions: Any, timeout_ms: int) -> dict[Any, list[Entry]]:
        """Some messages, as many as the network gives now."""
        await _latency()
        await self._process.turn()
        most = 1 + self._world.chance.randrange(FETCH_MOST)
        found = {}
        for partition in partitions or [*self._at]:
            entries = self._fetch(partition, most, aiokafka.errors.OffsetOutOfRangeError)
            if entries:
                found[partition] = entries
        if not found:
            await asyncio.sleep(timeout_ms / 1000)
        return found


def async_consumer(settings: Settings) -> AsyncConsumer:
    """See `infra.kafka.async_consumer`."""
    return AsyncConsumer()


class PlainConsumer(Consumer):
    """`kafka.KafkaConsumer`."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Each topic has one."""
        self._process.alive()
        if "broker" in self._world.lacking:
            raise kafka.errors.KafkaConnectionError("no broker")
        return {0} if topic in self._world.broker.logs else set()

    def beginning_offsets(self, partitions: Iterable[Any], timeout_ms: int = 0) -> Any:
        """Where they begin."""
        return self._bounds(partitions, "begin", kafka.errors.KafkaConnectionError)

    def end_offsets(self, partitions: Iterable[Any], timeout_ms: int = 0) -> Any:
        """Where they end."""
        return self._bounds(partitions, "end", kafka.errors.KafkaConnectionError)

    def position(self, partition: Any) -> int:
        """What the next fetch begins with."""
        return self._at[partition]

    def poll(self, timeout_ms: int = 0, max_records: int = 500) -> dict[Any, list[Entry]]:
        """Messages that are there."""
        self._process.alive()
        if "broker" in self._world.lacking:
            return {}
        most = min(max_records, 1 + self._world.chance.randrange(FETCH_MOST))
        error = kafka.errors.OffsetOutOfRangeError
        return {one: found for one in self._at if (found := self._fetch(one, most, error))}

    def close(self) -> None:
        """Disconnect."""


def consumer(settings: Settings) -> PlainConsumer:
    """See `infra.kafka.consumer`."""
    return PlainConsumer()


class Admin:
    """`kafka.KafkaAdminClient`, as far as topics are listed and made."""

    def list_topics(self) -> list[str]:
        """All that there are."""
        current().alive()
        if "broker" in worlds.world().lacking:
            raise kafka.errors.KafkaConnectionError("no broker")
        return list(worlds.world().broker.logs)

    def create_topics(self, topics: Iterable[Any], **_: Any) -> None:
        """Make them."""
        here, process = worlds.world(), current()
        here.deaths.at(process, "before", "make topic")
        here.broker.make(*(topic.name for topic in topics))
        here.deaths.at(process, "after", "make topic")

    def alter_configs(self, resources: Any) -> None:
        """No topic is compacted here."""

    def close(self) -> None:
        """Disconnect."""


def admin_client(settings: Settings, **_: Any) -> Admin:
    """See `infra.kafka.admin_client`."""
    return Admin()
