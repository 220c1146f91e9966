"""The one file that knows Faust: runs stages on agents whose cursors are their own.

Faust's tables, commits and `exactly_once` lost events in every mode tried, so
nothing rests on them: a stage says where to start after each rebalance, and any
unexpected error ends the process before a cursor moves.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import faust
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport

from events.journal import ChainBroken
from infra.settings import Settings
from processors.stages.base import EXIT_STAYS_STOPPED, EXIT_UNEXPECTED, Delivery, Stage, leave
from processors.stages.stops import Stops

log = logging.getLogger("tekil.worker")

STREAM_BUFFER: Final = 256
FOLD_LIMIT_SECONDS: Final = 3_600.0


def run(settings: Settings, stages: Sequence[Stage]) -> None:
    """Run the stages in this process until SIGTERM; returns only by ending the process."""
    app = build_app(settings, stages)
    worker = faust.Worker(app, loglevel=settings.log_level, quiet=True, redirect_stdouts=False)
    worker.execute_from_commandline()


def build_app(settings: Settings, stages: Sequence[Stage]) -> faust.App:
    """A Faust app with one agent for each stage."""
    names = "-".join(stage.name for stage in stages)
    app = faust.App(
        settings.topic(f"tekil-{names}"),
        broker="kafka://" + settings.bootstrap.replace(",", ";kafka://"),
        topic_partitions=1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=str(settings.folder("run") / "faust"),
        consumer_auto_offset_reset="none",
        broker_session_timeout=settings.session_timeout_seconds,
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
        topic = app.topic(stage.topic, value_serializer="raw", key_serializer="raw", partitions=1)
        app.agent(topic, concurrency=1, name=stage.name)(shell.agent(stage))
    return app


class _Shell:
    """Where Faust's callbacks and the stages meet."""

    def __init__(self, settings: Settings, stages: Sequence[Stage]) -> None:
        self._stages = {stage.topic: stage for stage in stages}
        self._starts: dict[str, int] = {}
        self._stops = {
            stage.name: Stops(settings.stage_folder(stage.name).with_suffix(".stops"))
            for stage in stages
        }

    def transport(self, app: faust.App) -> FaustTransport:
        """Faust's transport, but a consumer that starts where the stages say."""
        starts = self._starts

        class CursorConsumer(FaustConsumer):
            async def seek_to_committed(self) -> Mapping[Any, int]:
                # must not wait: Faust has resumed the partitions already
                found = {tp: starts[tp.topic] for tp in self.assignment() if tp.topic in starts}
                for partition, offset in found.items():
                    self._thread.seek(partition, offset)
                return found

        class CursorTransport(FaustTransport):
            Consumer = CursorConsumer

        return CursorTransport(app.conf.broker, app=app)

    async def prepare(self, app: Any, **_: Any) -> None:
        """Before messages flow after a rebalance: each assigned stage folds and names its start."""
        try:
            for partition in app.consumer.assignment():
                stage = self._stages.get(partition.topic)
                if stage is not None:
                    self._starts[partition.topic] = await stage.prepare()
        except ChainBroken as broken:
            leave(EXIT_STAYS_STOPPED, str(broken))
        except BaseException as error:
            log.exception("a stage could not start")
            leave(EXIT_UNEXPECTED, f"could not start: {type(error).__name__}")

    def agent(self, stage: Stage) -> Any:
        """The agent function of a stage."""

        async def process(stream: Any) -> None:
            try:
                async for event in stream.events():
                    await self._take(stage, event.message)
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                log.exception("%s: the stream failed", stage.name)
                leave(EXIT_UNEXPECTED, f"{stage.name}: the stream failed: {type(error).__name__}")

        return process

    async def _take(self, stage: Stage, message: Any) -> None:
        place = f"{message.topic}:{message.offset}"
        try:
            delivery = Delivery(
                message.offset,
                round(message.timestamp * 1000),
                tuple(message.headers or ()),
                message.value,
            )
            await stage.take(delivery)
        except asyncio.CancelledError:
            raise
        except ChainBroken as broken:
            leave(EXIT_STAYS_STOPPED, str(broken))
        except BaseException as error:
            log.exception("%s failed at %s", stage.name, place)
            often = self._stops[stage.name].add(place)
            why = f"{stage.name} at {place}: {type(error).__name__}"
            leave(EXIT_STAYS_STOPPED if often else EXIT_UNEXPECTED, why)
