"""Every process that a system of this machine is made of, by name: `python -m programs NAME`.

The composition root of what runs: it alone knows all rooms, and hands the supervisor, which knows
none of them, how each program is started. Each is imported where it begins: five start together,
and each would wait a second for what it does not use.
"""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final

from infra import heart, web
from infra.garbage import collect_rarely
from infra.local import clickhouse_client, keyservers, supervisor
from infra.local.children import Plan
from infra.local.supervisor import CLICKHOUSE, Progress
from infra.settings import Settings
from infra.stage import StageName, Stops, log_to_stderr

if TYPE_CHECKING:
    from infra.stage import AsyncStage

ALL: Final = "all"
"""One process for all stages of a namespace."""
PAGE: Final = "page"
"""One on a machine: of the unnamed namespace."""


def command(name: str) -> list[str]:
    """The command line of a program."""
    if name not in PROGRAMS:
        raise ValueError(f"no such program: {name}")
    return [sys.executable, "-m", __name__, name]


def plan(settings: Settings) -> Plan:
    """What these settings run: services and workers; the supervisor adds the broker."""
    if settings.namespace:
        return Plan({}, {ALL: command(ALL)})
    services = [CLICKHOUSE] if settings.embedded_clickhouse else []
    services += keyservers.names(settings)
    return Plan(
        {name: command(name) for name in services},
        {name: command(name) for name in (*map(str, StageName), PAGE)},
    )


def up(settings: Settings, progress: Progress, bootstrap: Callable[[], None]) -> bool:
    """`supervisor.up` with these programs."""
    return supervisor.up(settings, plan(settings), progress, bootstrap)


def up_services(settings: Settings, progress: Progress) -> bool:
    """`supervisor.up_services` with these programs."""
    return supervisor.up_services(settings, plan(settings), progress)


def run(settings: Settings, name: str) -> None:
    """Be this program until SIGTERM, and say how it is. KeyError for a name that is none."""
    begin = PROGRAMS[name]
    hearts = [*map(str, StageName)] if name == ALL else [name]
    heart.serve(settings, name, hearts, _probe(settings, name))
    begin(settings)


def _probe(settings: Settings, name: str) -> Callable[[], bool] | None:
    """Whether a service answers at its own port; None for stages, which turn their hearts."""
    if name == CLICKHOUSE:
        return partial(clickhouse_client.is_ready, settings)
    if name == PAGE:
        return partial(web.answers, f"{settings.page}/login")
    if name.startswith(keyservers.PREFIX):
        number = int(name.removeprefix(keyservers.PREFIX))
        return partial(keyservers.is_ready, settings, number)
    return None


# -- the programs --------------------------------------------------------------------------------


def _stages(*names: StageName) -> Callable[[Settings], None]:
    """Stages that share a process, on Faust; the projector beside them in a thread."""

    def begin(settings: Settings) -> None:
        from processors import worker

        _begin(settings)
        stages = [_STAGES[name](settings) for name in names if name in _STAGES]
        beside = _projector_beside(settings) if StageName.PROJECTOR in names else nullcontext()
        with beside:
            worker.run(settings, stages)

    return begin


def _begin(settings: Settings) -> None:
    log_to_stderr(settings)
    collect_rarely()


@contextmanager
def _projector_beside(settings: Settings) -> Iterator[None]:
    """On trouble it ends the whole process, like every stage."""
    from projections import writer

    stopping = threading.Event()
    beside = threading.Thread(target=writer.follow, args=(settings, stopping))
    beside.start()
    try:
        yield
    finally:
        stopping.set()
        beside.join()


def _intake(settings: Settings) -> "AsyncStage":
    from infra.genesis import load_genesis
    from processors.intake import IntakeState
    from processors.stages.intake import IntakeStage
    from processors.stages.layouts import open_store

    name = StageName.INTAKE
    store = open_store(settings.stage_folder(name), IntakeState)
    return IntakeStage(settings, store, load_genesis(settings), Stops.of(settings, name))


def _registry(settings: Settings) -> "AsyncStage":
    from processors.registry.memory import RegistryState
    from processors.stages.layouts import open_store
    from processors.stages.registry import RegistryStage

    folder = settings.stage_folder(StageName.REGISTRY)
    return RegistryStage(settings, open_store(folder, RegistryState))


def _receipts(settings: Settings) -> "AsyncStage":
    from processors.stages.receipts import ReceiptsStage

    return ReceiptsStage(settings)


def _projector(settings: Settings) -> None:
    from projections import writer

    _begin(settings)
    writer.run(settings)


def _page(settings: Settings) -> None:
    from dashboards import app

    _begin(settings)
    app.run(settings)


def _clickhouse(settings: Settings) -> None:
    from infra.local import clickhouse_http

    clickhouse_http.run(settings)


def _keyserver(settings: Settings, *, number: int) -> None:
    from keyserver import program

    program.run_embedded(settings, number)


_STAGES: Final[Mapping[StageName, Callable[[Settings], "AsyncStage"]]] = {
    StageName.INTAKE: _intake,
    StageName.REGISTRY: _registry,
    StageName.RECEIPTS: _receipts,
}
PROGRAMS: Final[Mapping[str, Callable[[Settings], None]]] = {
    **{str(name): _stages(name) for name in _STAGES},
    StageName.PROJECTOR: _projector,
    ALL: _stages(*StageName),
    PAGE: _page,
    CLICKHOUSE: _clickhouse,
    **{keyservers.name(n): partial(_keyserver, number=n) for n in keyservers.NUMBERS},
}
"""Name → the program. No other code starts a process of ours by a module's name."""
