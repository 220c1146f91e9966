"""Many empty systems of one running broker and ClickHouse, quickly.

Every system is a namespace with its own topics, state folder, database and test clock, and a
real worker process; only its supervisor is left out (`tests/e2e/test_stops.py` and
`tests/contract` hold that one), and the next systems are made while a test runs.
"""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from events.model import ADMINISTRATION, SUPERVISOR
from infra import kafka
from infra.local import children
from infra.settings import Settings
from office import bootstrap
from projections.migrate import migrate
from projections.person_key import person_ref_key
from tests.e2e.kit import Tekil

FIRST_DAY = date(2026, 11, 22)
AHEAD = 1


@dataclass
class Fleet:
    """Gives systems and ends them; remembers all of them in `systems`."""

    services: Settings
    folder: Path
    systems: list[Tekil] = field(default_factory=list)
    _made: int = 0
    _pids: dict[str, int] = field(default_factory=dict)
    _next: deque[Future[Tekil]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._warm = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.warm"],
            cwd=children.ROOT,
            env=children.child_environment(self.services) | {"OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hands = ThreadPoolExecutor(1)  # one order at a time, so that answers keep their order

    def fresh(self) -> Tekil:
        """An empty running system whose first day is FIRST_DAY."""
        while len(self._next) <= AHEAD:
            self._made += 1
            self._next.append(self._hands.submit(self._make, f"fleet{self._made}"))
        tekil = self._next.popleft().result(timeout=120)
        self.systems.append(tekil)
        return tekil

    def end(self, tekil: Tekil) -> None:
        """Kill its worker, as a power cut would; its topics, tables and folders stay."""
        pid = self._pids.pop(tekil.settings.namespace, None)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """End every worker; a second time does nothing."""
        if self._warm.returncode is not None:
            return
        for waiting in self._next:
            waiting.cancel()
        self._hands.shutdown()
        self._warm.terminate()  # its children die with it
        self._warm.communicate(timeout=30)

    def _make(self, name: str) -> Tekil:
        settings = self.services.model_copy(
            update={"namespace": name, "session_timeout_seconds": 6.0}
        )
        bootstrap.make_keys(settings)
        bootstrap.prepare_keyservers(settings, lambda _text: None)
        bootstrap.enrol_administration(settings)
        bootstrap.write_genesis(settings, test_mode=True, first_day=FIRST_DAY)
        kafka.ensure_topics(settings, [ADMINISTRATION, SUPERVISOR])
        migrate(settings)
        person_ref_key(settings)
        order = {
            "env": settings.environment(),
            "log": str(settings.folder("logs") / "all.log"),
        }
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        self._warm.stdin.write(json.dumps(order) + "\n")
        self._warm.stdin.flush()
        self._pids[name] = int(self._warm.stdout.readline())
        own = self.folder / name
        own.mkdir()
        return Tekil(settings, own)
