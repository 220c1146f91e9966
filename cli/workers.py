"""Which stages one worker process runs."""

import logging
import sys
import threading
from typing import Final

from cli.bootstrap import load_genesis
from infra.garbage import collect_rarely
from infra.rocksdb import RocksStore
from infra.settings import Settings
from processors import worker as faust_worker
from processors.stages import lenient
from processors.stages.base import Stage
from processors.stages.intake import IntakeStage
from processors.stages.receipts import ReceiptsStage
from processors.stages.registry import RegistryStage
from processors.stages.stops import Stops
from projections import writer as projector

STAGES: Final = ("intake", "registry", "receipts", "projector")
ALL: Final = "all"
PAGE: Final = "page"


def run(settings: Settings, name: str) -> None:
    """Run one stage, or `all` of a namespace, in this process until SIGTERM."""
    _log_to_stderr(settings)
    collect_rarely()
    if name == "projector":
        projector.run(settings)
        return
    if name == PAGE:
        from dashboards import app as page  # Dash is 1,700 modules that no other worker needs

        page.run(settings)
        return
    names = STAGES[:3] if name == ALL else (name,)
    stages = [_stage(settings, stage) for stage in names]
    stopping = threading.Event()
    # the projector ends the whole process by os._exit on trouble, like every stage
    beside = threading.Thread(target=projector.follow, args=(settings, stopping))
    if name == ALL:
        beside.start()
    try:
        faust_worker.run(settings, stages)
    finally:
        stopping.set()
        if name == ALL:
            beside.join()


def _stage(settings: Settings, name: str) -> Stage:
    folder = settings.stage_folder(name)
    match name:
        case "intake":
            lenient.install()
            stops = Stops(settings.stage_folder("intake").with_suffix(".stops"))
            return IntakeStage(settings, RocksStore(folder), load_genesis(settings), stops)
        case "registry":
            return RegistryStage(settings, RocksStore(folder))
        case "receipts":
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
