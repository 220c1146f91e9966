"""A process that has imported Tekil and forks: a namespace's worker in 0.1 s instead of 2.

Each line of standard input is JSON, `{"env": {…}, "log": "path"}`; each answer is the pid of a
child that runs `python -m programs all` in that environment. They die with this process.
"""

import ctypes
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import programs
from infra.settings import Settings

PR_SET_PDEATHSIG = 1
TERMINATED = 70
LAZY = (
    "processors.worker", "processors.stages.intake", "processors.stages.registry",
    "processors.stages.receipts", "infra.lenient.for_aiokafka",
    "projections.writer", "infra.rocksdb", "infra.genesis",
    "faust", "rocksdict", "numpy", "pandas", "pyarrow.compute", "tarfile", "zoneinfo",
)  # fmt: skip
"""What a worker, and Faust's and ClickHouse's clients, import at their first use: here once."""


def main() -> None:
    """Fork a worker for each line, until the end of input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    for name in LAZY:
        with suppress(ImportError):
            import_module(name)
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _work(order, parent)
        print(child, flush=True)


def _work(order: dict[str, Any], parent: int) -> None:
    """What the child does, for ever."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.setpgid(0, 0)
        if os.getppid() == parent:
            os.environ.update(order["env"])
            log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((nothing, 0), (log, 1), (log, 2)):
                os.dup2(source, target)
            programs.run(Settings(), programs.ALL)
    finally:
        os._exit(TERMINATED)


if __name__ == "__main__":
    main()
