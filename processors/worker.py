"""The one file that knows Faust: runs stages on agents whose cursors are their own.

Faust's tables, commits and `exactly_once` lost events in every mode tried, so
nothing rests on them: a stage says where to start after each rebalance, and any
unexpected error ends the process before a cursor moves.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import faust
from aiokafka.errors import CorruptRecordException
from faust.auth import Credentials
from faust.exceptions import ConsumerNotStarted
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport

from infra import heart
from infra.kafka import connection, request_seconds
from infra.lenient import for_aiokafka
from infra.scan import damaged_at
from infra.settings import Settings
from infra.stage import AsyncStage, Delivery, Stops, ends_hard

STREAM_BUFFER: Final = 256
FOLD_LIMIT_SECONDS: Final = 3_600.0
TURN_SECONDS: Final = 0.5


def run(settings: Settings, stages: Sequence[AsyncStage]) -> None:
    """Run the stages in this process until SIGTERM; returns only by ending the process."""
    app = build_app(settings, stages)
    worker = faust.Worker(app, loglevel=settings.log_level, quiet=True, redirect_stdouts=False)
    worker.execute_from_commandline()


def build_app(settings: Settings, stages: Sequence[AsyncStage]) -> faust.App:
    """A Faust app with one agent for each stage."""
    for_aiokafka.install()
    names = "-".join(stage.name for stage in stages)
    app = faust.App(
        settings.topic(f"tekil-{names}"),
        broker="kafka://" + settings.bootstrap.replace(",", ";kafka://"),
        broker_credentials=_credentials(settings),
        broker_client_id=settings.client_id,
        topic_partitions=1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=str(settings.folder("run") / "faust"),
        consumer_auto_offset_reset="none",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_request_timeout=request_seconds(settings),
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_max_poll_interval=FOLD_LIMIT_SECONDS,
        broker_commit_livelock_soft_timeout=FOLD_LIMIT_SECONDS,
        stream_buffer_maxsize=STREAM_BUFFER,
        stream_wait_empty=False,
        producer_linger=0.0,
    )
    shell = _Shell(settings, stages)
    app.transport = shell.transport(app)
    # Faust's signal type asks for a `signal` argument that it does not always pass
    connect: Any = app.on_rebalance_complete.connect
    connect(shell.prepare)
    for stage in stages:
        topic = app.topic(*stage.topics, value_serializer="raw", key_serializer="raw", partitions=1)
        app.agent(topic, concurrency=1, name=str(stage.name))(shell.agent(stage))
    return app


def _credentials(settings: Settings) -> Credentials | None:
    """What `infra.kafka` tells every client of TLS and login, in Faust's words."""
    told = connection(settings)
    if "sasl_mechanism" in told:
        return faust.SASLCredentials(
            username=told["sasl_plain_username"],
            password=told["sasl_plain_password"],
            ssl_context=told["ssl_context"],
            mechanism=told["sasl_mechanism"],
        )
    return faust.SSLCredentials(told["ssl_context"]) if "ssl_context" in told else None


class _Shell:
    """Where Faust's callbacks and the stages meet."""

    def __init__(self, settings: Settings, stages: Sequence[AsyncStage]) -> None:
        self._settings = settings
        self._stages = {topic: stage for stage in stages for topic in stage.topics}
        self._starts: dict[str, int] = {}
        self._stops = {stage.name: Stops.of(settings, stage.name) for stage in stages}
        self._turning: asyncio.Task[None] | None = None

    def transport(self, app: faust.App) -> FaustTransport:
        """Faust's transport, but a consumer that starts where the stages say."""
        starts = self._starts
        damage = self._damage
        names = ", ".join(dict.fromkeys(stage.name for stage in self._stages.values()))

        class CursorConsumer(FaustConsumer):
            async def seek_to_committed(self) -> Mapping[Any, int]:
                # must not wait: Faust has resumed the partitions already
                found = {tp: starts[tp.topic] for tp in self.assignment() if tp.topic in starts}
                for partition, offset in found.items():
                    self._thread.seek(partition, offset)
                return found

            async def _getmany(self, active_partitions: Any, timeout: float) -> Any:
                try:
                    return await super()._getmany(active_partitions, timeout)
                except CorruptRecordException:  # Faust would restart with another error, for ever
                    at = await asyncio.to_thread(damage)
                    with ends_hard(names, place=lambda: at):
                        raise

        class CursorTransport(FaustTransport):
            Consumer = CursorConsumer

        return CursorTransport(app.conf.broker, app=app)

    def _damage(self) -> str:
        """The first message behind what was taken whose checksum is wrong."""
        for topic, stage in self._stages.items():
            start = max(0, heart.of(stage.name).position)
            if (at := damaged_at(self._settings, topic, start)) >= 0:
                return f"{topic}:{at}"
        return "a message that can be read now"

    async def prepare(self, app: Any, **_: Any) -> None:
        """Before messages flow after a rebalance: each assigned stage folds and names its start."""
        assigned = {partition.topic for partition in app.consumer.assignment()}
        for stage in {s.name: s for topic, s in self._stages.items() if topic in assigned}.values():
            with ends_hard(stage.name):
                starts = await stage.prepare()
            self._starts |= starts
            for start in starts.values():
                heart.of(stage.name).starts_at(start)
        if self._turning is None:
            self._turning = asyncio.create_task(self._turn(app), name="hearts")

    async def _turn(self, app: Any) -> None:
        """While the loop comes round, the hearts beat, and learn where the topics end."""
        with ends_hard("hearts"):
            while True:
                for topic, stage in self._stages.items():
                    heart.of(stage.name).turn(end=_end(app.consumer, topic))
                await asyncio.sleep(TURN_SECONDS)

    def agent(self, stage: AsyncStage) -> Any:
        """The agent function of a stage."""

        async def process(stream: Any) -> None:
            with ends_hard(stage.name, place=lambda: "its stream"):
                async for event in stream.events():
                    await self._take(stage, event.message)

        return process

    async def _take(self, stage: AsyncStage, message: Any) -> None:
        delivery = Delivery(
            message.topic,
            message.offset,
            round(message.timestamp * 1000),
            tuple(message.headers or ()),
            message.value,
        )
        place = f"{message.topic}:{message.offset}"
        with (
            ends_hard(stage.name, self._stops[stage.name], lambda: place),
            heart.of(stage.name).taking(place, delivery.offset + 1),
        ):
            await stage.take(delivery)


def _end(consumer: Any, topic: str) -> int:
    """Where a topic ended at the last fetch; -1 where that is not known, or not assigned now."""
    try:
        assigned = next((tp for tp in consumer.assignment() if tp.topic == topic), None)
        end = consumer.highwater(assigned) if assigned else None
    except (AssertionError, AttributeError, ConsumerNotStarted):
        return -1  # another thread is assigning anew, between two looks of aiokafka's own
    return -1 if end is None else int(end)
