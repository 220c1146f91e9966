"""Child processes of a run: started in a group of their own, ended by their pid, never left over.

A child writes its result as JSON into a file, and its progress to its log, which is
shown when it fails.
"""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from infra.local import children
from infra.local.processes import identify, kill_group, last_line, start_child
from infra.settings import Settings

POLL_SECONDS: Final = 0.1
END_SECONDS: Final = 10.0


class BenchFailed(Exception):
    """A measurement could not be made; the message says which and why."""


def tell(text: str) -> None:
    """A line of progress on the error stream."""
    print(text, file=sys.stderr, flush=True)


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Leave a child's result for the process that started it: whole or not at all."""
    beside = path.with_suffix(".part")
    beside.write_bytes(orjson.dumps(result))
    beside.replace(path)


class Child:
    """One child process; use it in a `with`, so that it ends with the block."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        base = children.child_environment(settings or Settings())
        self._process = start_child(command, base | dict(environment or {}), log, children.ROOT)
        self._identity = identify(self._process.pid)
        self._shown = 0

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """True until it has ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self.is_running and self._identity:
            kill_group(self._identity)
        self._process.wait(END_SECONDS)

    def ask_to_end(self) -> None:
        """SIGTERM."""
        if self.is_running:
            self._process.terminate()

    def end(self) -> None:
        """Ask it to end; kill it if it does not."""
        if self.is_running:
            self.ask_to_end()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def check(self) -> None:
        """Raise BenchFailed if it has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise BenchFailed(f"{self.log.stem} ended with {code}: {last_line(self.log)}")

    def show(self) -> None:
        """Pass on what it has said since the last call."""
        text = self.log.read_bytes()
        new, self._shown = text[self._shown :], len(text)
        if new:
            sys.stderr.write(new.decode(errors="replace"))

    def wait(self, seconds: float, *, shown: bool = False) -> None:
        """Wait for a good end. Raises BenchFailed otherwise."""
        end = time.monotonic() + seconds
        while self.is_running:
            if time.monotonic() > end:
                raise BenchFailed(f"{self.log.stem} did not end within {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
            if shown:
                self.show()
        if self._process.returncode:
            self.check()


def run_child(
    module: str,
    words: Sequence[object],
    folder: Path,
    seconds: float,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Run `python -m module words… RESULT`, passing on what it says; its result."""
    result = folder / f"{module.rpartition('.')[2]}-{words[0]}.json"
    command = [sys.executable, "-m", module, *map(str, words), str(result)]
    with Child(command, result.with_suffix(".log"), settings=settings) as child:
        child.wait(seconds, shown=True)
    found: dict[str, Any] = orjson.loads(result.read_bytes())
    return found
