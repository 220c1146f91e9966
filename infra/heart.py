"""How a process is, as it says itself: a heart for each thing that it has to keep going.

The work tells its heart where it is and turns it in each round of its loop; `Health` answers for
all hearts of a process over HTTP on loopback: `/health` (200 while each beats), `/ready` (200 if
it also has caught up and is not held up), both with what is known as JSON. A heart whose loop
does not turn, and whose thread computes nothing either, has stopped.

If the process dies or is frozen, nobody answers, which says it. Source: docs/decisions/0031.
"""

import json
import logging
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from infra import safe_files
from infra.settings import LOOPBACK, Settings

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
SILENT_SECONDS: Final = 8.0
"""Without a sign of life for so long, it is frozen: with the asking, told within ten seconds."""
HELD_SECONDS: Final = 5.0
"""Waiting for something, or behind, for so long is worth a word."""
STUCK_SECONDS: Final = 30.0
"""At one message for so long: it computes, and does not come on."""
REQUEST_SECONDS: Final = 2.0
REQUEST_BYTES: Final = 4096
ACCEPT_PAUSE_SECONDS: Final = 0.2


class Word(StrEnum):
    """What something does, in one word."""

    STARTING = "starting"
    RUNNING = "running"
    LAGGING = "lagging"  # it works, and messages wait
    REFOLDING = "refolding"
    BLOCKED = "blocked"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Beat:
    """What one heart says now. `behind` is in messages; `percent` is of a refolding, else 0."""

    name: str
    word: Word
    position: int
    end: int
    behind: int
    percent: int
    reason: str
    at_ms: int
    """When there was a sign of life last."""

    @property
    def is_ready(self) -> bool:
        """Whether what waits on it is answered at once."""
        return self.word is Word.RUNNING


class Heart:
    """Of one stage or service. Its methods are called by the work's own thread, and cost nothing.

    `name` is as in `tekil status`; a heart that was never turned is starting.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.pending = 0
        """Messages that were taken and not yet answered for."""
        self._position = self._end = -1
        self._turned = self._even = _now()
        self._is_started = False
        self._thread, self._cpu_ticks = 0, 0
        self._taking, self._taking_since = "", 0.0
        self._held, self._held_since = "", 0.0
        self._refold = (0, 0)

    # -- told by the work --------------------------------------------------------------------------

    def turn(self, position: int = -1, end: int = -1) -> None:
        """The loop comes round; where it is, and where its topic ends, if that is known."""
        self._thread, self._turned, self._is_started = threading.get_native_id(), _now(), True
        self._position, self._end = max(self._position, position), max(self._end, end)
        if not self._behind():
            self._even = self._turned

    def starts_at(self, position: int) -> None:
        """It goes on here, also where that is before what it had taken."""
        self._position = position

    @property
    def position(self) -> int:
        """Offset of the message that comes next; -1 while nothing is known."""
        return self._position

    def refolds(self, position: int, end: int) -> None:
        """It folds a log that it has folded before; done when `position` has reached `end`."""
        self._refold = (position, end) if position < end else (0, 0)
        self._turned = _now()

    @contextmanager
    def taking(self, place: str, position: int) -> Iterator[None]:
        """A message of a place is taken; afterwards the next is at `position`."""
        self._taking, self._taking_since = place, _now()
        try:
            yield
        finally:
            self._taking = ""
        self.turn(position)

    @contextmanager
    def waiting(self, why: str) -> Iterator[None]:
        """Something else has to answer or to happen; `why` is a sentence for people."""
        self._held, self._held_since = why, _now()
        try:
            yield
        finally:
            self._held = ""
            self._turned = _now()

    def held_up(self, why: str) -> None:
        """As `waiting`, for what goes on meanwhile; '' ends it."""
        if why and not self._held:
            self._held_since = _now()
        self._held = why

    # -- asked by others ---------------------------------------------------------------------------

    def look(self) -> None:
        """Each two seconds, by another thread: a long computation is a sign of life, too."""
        ticks = _cpu_ticks(self._thread) if self._thread else 0
        if self._held or ticks > self._cpu_ticks:
            self._turned = _now()
        self._cpu_ticks = ticks

    def beat(self) -> Beat:
        """What it says now."""
        now = _now()
        word, reason = self._said(now)
        folded, of = self._refold
        return Beat(
            self.name, word, self._position, self._end, self._behind(),
            100 * folded // of if of else 0, reason,
            int((time.time() - (now - self._turned)) * 1000),
        )  # fmt: skip

    def _said(self, now: float) -> tuple[Word, str]:
        silent = now - self._turned
        if self._is_started and silent > SILENT_SECONDS:
            return Word.FROZEN, f"no sign of life for {silent:.0f} s {self._where()}".rstrip()
        held = now - self._held_since
        if self._held and held > HELD_SECONDS:
            return Word.BLOCKED, f"{self._held} (for {held:.0f} s)"
        if self._refold[1]:
            folded, of = self._refold
            return Word.REFOLDING, f"{100 * folded // of} % ({folded:,} of {of:,})"
        if not self._is_started:
            return Word.STARTING, ""
        at = now - self._taking_since
        if self._taking and at > STUCK_SECONDS:
            return Word.BLOCKED, f"{self._where()} for {at:.0f} s"
        if self._behind() and now - self._even > HELD_SECONDS:
            return Word.LAGGING, f"{self._behind():,} behind"
        return Word.RUNNING, ""

    def _where(self) -> str:
        return f"at {self._taking}" if self._taking else ""

    def _behind(self) -> int:
        return max(0, self._end - self._position) + self.pending


_hearts: Final[dict[str, Heart]] = {}


def of(name: str) -> Heart:
    """The heart of this name in this process; made at the first call, as a logger is."""
    return _hearts.setdefault(name, Heart(name))


def _now() -> float:
    return time.monotonic()


def _cpu_ticks(thread: int) -> int:
    """What a thread of this process has computed, user and system (proc(5): fields 14 and 15)."""
    try:
        stat = Path(f"/proc/self/task/{thread}/stat").read_text()
    except OSError:
        return 0  # it ended, or no file can be opened: no sign of life either way
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


# -- over HTTP -------------------------------------------------------------------------------------


class Health(socketserver.ThreadingTCPServer):
    """Answers for the hearts of one process, from threads that end with it."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, process: str, port: int, hearts: Iterable[Heart]) -> None:
        """`port` 0 is any that is free. OSError if it cannot listen."""
        super().__init__((LOOPBACK, port), _Answer)
        self.process, self.hearts = process, tuple(hearts)

    def get_request(self) -> tuple[socket.socket, Any]:
        """As the base's; where no more files can be opened, not as often as it can."""
        try:
            return super().get_request()
        except OSError:
            time.sleep(ACCEPT_PAUSE_SECONDS)
            raise

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a path."""
        beats = [one.beat() for one in self.hearts]
        well = {
            "/health": all(beat.word is not Word.FROZEN for beat in beats),
            "/ready": all(beat.is_ready for beat in beats),
        }.get(path)
        if well is None:
            return 404, {}
        told = [asdict(beat) for beat in beats]
        return 200 if well else 503, {"process": self.process, "hearts": told}


class _Answer(socketserver.BaseRequestHandler):
    """One request, of which one read has to bring the whole: who drips gets no answer."""

    def handle(self) -> None:
        connection: socket.socket = self.request
        assert isinstance(self.server, Health)
        try:
            connection.settimeout(REQUEST_SECONDS)
            words = connection.recv(REQUEST_BYTES).split(b" ", 2)
            path = words[1].decode("ascii", "replace") if len(words) == 3 else ""
            status, found = self.server.answer(path)
            body = json.dumps(found).encode() + b"\n"
            head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
            head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + body)
        except OSError as error:
            log.debug("no answer to a question about health: %s", error)


_REASONS: Final = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}


def port_file(settings: Settings, process: str) -> Path:
    """Where a process that took any port says which."""
    name = f"{process}-{settings.worker}" if settings.worker else process
    return settings.folder("run") / f"{name}.health.json"


def serve(
    settings: Settings,
    process: str,
    names: Iterable[str] = (),
    probe: Callable[[], bool] | None = None,
) -> None:
    """Begin to answer for hearts (by default one of the process's own name) until the process ends.

    A service has no loop of ours: `probe` says whether it answers, and turns its heart. Nothing
    is raised: who cannot say how he is still works, and logs it.
    """
    hearts = [of(name) for name in names or (process,)]
    try:
        server = _listening(process, settings.health_port(process), hearts)
        if server.port != settings.health_port(process):
            told = {"pid": os.getpid(), "port": server.port}
            safe_files.put(port_file(settings, process), json.dumps(told).encode())
    except OSError as error:
        log.error("%s cannot say how it is: %s", process, error)
        return
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    threading.Thread(target=_watch, args=(hearts, probe), daemon=True, name="hearts").start()


def _listening(process: str, port: int, hearts: Iterable[Heart]) -> Health:
    try:
        return Health(process, port, hearts)
    except OSError as error:
        if not port:
            raise
        log.warning("port %d is taken (%s): %s takes another", port, error, process)
        return Health(process, 0, hearts)


def _watch(hearts: list[Heart], probe: Callable[[], bool] | None) -> None:
    while True:
        for one in hearts:
            if probe is None:
                one.look()
            elif probe():
                one.turn()
        time.sleep(LOOK_SECONDS)
