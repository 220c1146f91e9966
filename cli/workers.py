"""`python -m cli.workers STAGE`: the stages that one worker process runs.

Each is imported where it is run, and nothing of the command line: five of them start together,
and each would wait a second for what it does not use.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from infra.garbage import collect_rarely
from infra.settings import Settings

if TYPE_CHECKING:
    from processors.stages.base import Stage

PROJECTOR: Final = "projector"
STAGES: Final = ("intake", "registry", "receipts", PROJECTOR)
ALL: Final = "all"
PAGE: Final = "page"


def run(settings: Settings, name: str) -> None:
    """Run one stage, or `all` of a namespace, in this process until SIGTERM."""
    _log_to_stderr(settings)
    collect_rarely()
    if name == PROJECTOR:
        from projections import writer

        writer.run(settings)
    elif name == PAGE:
        from dashboards import app

        app.run(settings)
    else:
        _run_stages(settings, name)


def _run_stages(settings: Settings, name: str) -> None:
    from processors import worker as faust_worker

    names = STAGES[:3] if name == ALL else (name,)
    stages = [_stage(settings, stage) for stage in names]
    with _projector_beside(settings) if name == ALL else nullcontext():
        faust_worker.run(settings, stages)


@contextmanager
def _projector_beside(settings: Settings) -> Iterator[None]:
    """The projector in a thread; on trouble it ends the whole process, like every stage."""
    from projections import writer

    stopping = threading.Event()
    beside = threading.Thread(target=writer.follow, args=(settings, stopping))
    beside.start()
    try:
        yield
    finally:
        stopping.set()
        beside.join()


def _stage(settings: Settings, name: str) -> "Stage":
    folder = settings.stage_folder(name)
    match name:
        case "intake":
            from infra.genesis import load_genesis
            from infra.rocksdb import RocksStore
            from processors.stages import lenient
            from processors.stages.intake import IntakeStage
            from processors.stages.stops import Stops

            lenient.install()
            stops = Stops(folder.with_suffix(".stops"))
            return IntakeStage(settings, RocksStore(folder), load_genesis(settings), stops)
        case "registry":
            from processors.registry.memory import RegistryState
            from processors.stages.layouts import open_store
            from processors.stages.registry import RegistryStage

            return RegistryStage(settings, open_store(folder, RegistryState))
        case "receipts":
            from processors.stages.receipts import ReceiptsStage

            return ReceiptsStage(settings)
    raise ValueError(f"no such stage: {name}")


def _log_to_stderr(settings: Settings) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for noisy in ("aiokafka", "kafka", "faust"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def main() -> None:
    """The stage named on the command line, until SIGTERM.

    What it cannot mend is a traceback at the end of its log; the supervisor starts it again.
    """
    known = (*STAGES, PAGE, ALL)
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"usage: python -m cli.workers {'|'.join(known)}")
    run(Settings(), sys.argv[1])


if __name__ == "__main__":
    main()
