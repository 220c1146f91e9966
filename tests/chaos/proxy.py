"""A TCP proxy whose network is as bad as it is told: slow, one-way, cut, or silent.

It lives in a thread with an event loop of its own. What it is told holds for some connections or
for all, for those that are open and for those that come.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Final

from infra.settings import LOOPBACK

PIECE_BYTES: Final = 16_384
LOOK_SECONDS: Final = 0.02
START_SECONDS: Final = 10.0
RESET: Final = struct.pack("ii", 1, 0)
"""socket(7), SO_LINGER: closing it sends RST, and what waits to be sent is thrown away."""


@dataclass(frozen=True)
class Weather:
    """What becomes of bytes: how late and how fast they come, and whether in each direction.

    `cut`: connections are reset, and so are new ones, as if nobody listened.
    """

    delay_seconds: float = 0.0
    bytes_per_second: float = 0.0  # 0: as many as come
    up: bool = True  # to the server
    down: bool = True  # to the client
    cut: bool = False


class After(StrEnum):
    """What becomes of the connections that were under bad weather when it ends."""

    HEALED = "healed"  # all that was held back arrives
    RESET = "reset"  # they end with an error on both sides
    LOST = "lost"  # nothing ever comes through them again, and nobody is told


CALM: Final = Weather()
Affects = Callable[[int], bool]
"""Whether a connection is meant, by the port that its client has."""


def everybody(_port: int) -> bool:
    """All connections."""
    return True


@dataclass(eq=False)
class Line:
    """One connection through the proxy."""

    port: int
    writers: tuple[asyncio.StreamWriter, ...]
    weather: Weather = CALM
    is_lost: bool = False
    moved_bytes: int = 0

    def holds(self, is_up: bool) -> bool:
        """Whether bytes of this direction stay here for now."""
        return self.is_lost or not (self.weather.up if is_up else self.weather.down)

    def reset(self) -> None:
        """End both sides at once, with what is on its way."""
        for writer in self.writers:
            if (mine := writer.get_extra_info("socket")) and mine.fileno() >= 0:
                mine.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


@dataclass
class Proxy:
    """Listens at `port` and leads to a port on this machine."""

    target_port: int
    port: int = 0
    lines: set[Line] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._weather = CALM
        self._affects: Affects = everybody
        self._server: asyncio.Server | None = None

    def __enter__(self) -> "Proxy":
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        starting.result(START_SECONDS)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- what the network is like ---------------------------------------------------------------

    def tell(self, weather: Weather, affects: Affects = everybody) -> int:
        """From now on it is like this for those who are meant; how many connections are."""
        return self._in_loop(lambda: self._begin(weather, affects))

    def calm(self, after: After = After.HEALED) -> int:
        """From now on all is well; how many connections had been under bad weather."""
        return self._in_loop(lambda: self._clear(after))

    def _in_loop(self, work: Callable[[], int]) -> int:
        async def done() -> int:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(START_SECONDS)

    def _begin(self, weather: Weather, affects: Affects) -> int:
        self._weather, self._affects = weather, affects
        return sum(self._touch(line) for line in list(self.lines))

    def _touch(self, line: Line) -> bool:
        if self._weather == CALM or not self._affects(line.port):
            return False
        line.weather = self._weather
        if line.weather.cut:
            line.reset()
        return True

    def _clear(self, after: After) -> int:
        touched = [line for line in self.lines if line.weather != CALM]
        self._weather, self._affects = CALM, everybody
        for line in touched:
            line.weather, line.is_lost = CALM, after is After.LOST
            if after is After.RESET:
                line.reset()
        return len(touched)

    # -- connections ----------------------------------------------------------------------------

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        if self._server:
            self._server.close()
        for line in list(self.lines):
            line.reset()
        me = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not me]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(writer.get_extra_info("peername")[1], (writer,))
        self.lines.add(line)
        try:
            self._touch(line)
            while line.holds(is_up=True) and not line.weather.cut:
                await asyncio.sleep(LOOK_SECONDS)  # not even its first packet arrives
            if line.weather.cut:
                return
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target_port)
            line.writers = (writer, far_writer)
            await asyncio.gather(
                self._pump(line, reader, far_writer, is_up=True),
                self._pump(line, far_reader, writer, is_up=False),
            )
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone, so the other goes too; or the proxy ends
        finally:
            line.reset()
            self.lines.discard(line)

    async def _pump(
        self, line: Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        while True:
            piece = await source.read(PIECE_BYTES)
            await self._weathered(line, len(piece))
            while line.holds(is_up):
                await asyncio.sleep(LOOK_SECONDS)
                if line.is_lost and (source.at_eof() or source.exception()):
                    raise ConnectionResetError  # who gave up on it frees its place here
            line.moved_bytes += len(piece)
            if not piece:
                break
            sink.write(piece)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()

    async def _weathered(self, line: Line, size_bytes: int) -> None:
        weather = line.weather
        if weather.delay_seconds:
            await asyncio.sleep(weather.delay_seconds)
        if weather.bytes_per_second:
            await asyncio.sleep(size_bytes / weather.bytes_per_second)
