"""Which measurements, in which order, at which size; one JSON document of all that was found."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from infra.errors import UsageProblem
from infra.settings import Settings
from lab.bench import chain, latency, pages, system, tokens
from lab.bench.children import BenchFailed, run_child, tell
from lab.bench.figures import NAMES, machine
from lab.bench.simple import contest

VERSION: Final = 1
STAGE_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything. Records are a run's, and `households` were folded before."""

    stage_records: int
    households: int
    simple_records: int
    simple_runs: int
    simple_kills: tuple[float, ...]
    """After which share of the work."""
    simple_kills_peers: bool
    chain_records: int
    chain_runs: int
    latency_seconds: int
    latency_runs: int
    findings: int
    page_loads: int
    token_persons: int
    token_multiplications: int
    token_runs: int


FULL: Final = Sizes(
    stage_records=30_000,
    households=500_000,
    simple_records=300_000,
    simple_runs=3,
    simple_kills=(0.25, 0.5, 0.75),
    simple_kills_peers=True,
    chain_records=60_000,
    chain_runs=3,
    latency_seconds=30,
    latency_runs=3,
    findings=100_000,
    page_loads=15,
    token_persons=1_500,
    token_multiplications=50_000,
    token_runs=3,
)
QUICK: Final = Sizes(
    stage_records=1_000,
    households=2_000,
    simple_records=20_000,
    simple_runs=1,
    simple_kills=(0.4,),
    simple_kills_peers=False,  # half a minute for each, most of it waiting for its dead member
    chain_records=2_000,
    chain_runs=1,
    latency_seconds=2,
    latency_runs=1,
    findings=500,
    page_loads=2,
    token_persons=100,
    token_multiplications=2_000,
    token_runs=1,
)

Results = dict[str, Any]


def bench(given: Settings, *, quick: bool, only: Sequence[str]) -> Results:
    """Measure what is asked for (everything, if nothing is named). Raises UsageProblem.

    A measurement that fails stands under `failed`; the others are made all the same.
    """
    unknown = sorted(set(only) - set(NAMES))
    if unknown:
        raise UsageProblem(f"{unknown[0]} is no measurement: {', '.join(NAMES)}")
    sizes = QUICK if quick else FULL
    with system.folder(given) as folder:
        settings = system.own_settings(given, folder / "system")
        results: Results = {
            "version": VERSION,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "quick": quick,
            "machine": machine(system.kafka_version(settings)),
            "sizes": asdict(sizes),
            "results": {},
            "failed": {},
        }
        _Run(settings, folder, sizes, results).all(set(only or NAMES))
    return results


def save(given: Settings, results: Results) -> Path:
    """Keep the JSON under TEKIL_HOME/bench; its path."""
    moment = results["at"].replace(":", "").replace("+0000", "Z")
    path = given.folder("bench") / f"{moment}.json"
    path.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))
    return path


def is_good(results: Results) -> bool:
    """False if a measurement failed, or if somebody's findings differ who may not differ.

    Nobody's may without a kill; after one, ours alone are promised.
    """
    contenders = results["results"].get("simple", {}).get("contenders", [])
    equal = all(one["equal_without_kill"] for one in contenders)
    ours = [one["after_kill"] for one in contenders if one["name"] == contest.OURS.name]
    return not results["failed"] and equal and all(a["equal"] and not a["repeated"] for a in ours)


class _Run:
    """One run of the bench."""

    def __init__(self, settings: Settings, folder: Path, sizes: Sizes, results: Results) -> None:
        self._settings, self._folder = settings, folder
        self._sizes, self._results = sizes, results

    def all(self, names: set[str]) -> None:
        """The measurements that need no broker first; then on it what needs no workers."""
        if "tokens" in names:
            self._tokens()
        if names & {"intake", "trust", "fold"}:
            self._stages(names)
        if names & {"simple", "chain", "latency", "page"}:
            with system.services(self._settings):
                self._on_services(names)

    def _tokens(self) -> None:
        s = self._sizes
        sizes = s.token_persons, s.token_multiplications, s.token_runs
        self._keep("tokens", lambda: tokens.measure(self._settings, self._folder, *sizes))

    def _stages(self, names: set[str]) -> None:
        place, s = self._folder / "stages", self._sizes
        place.mkdir()

        def run(name: str) -> Callable[[], Results]:
            words = [name, place, s.stage_records, s.households]
            return lambda: run_child("lab.bench.stages", words, self._folder, STAGE_SECONDS)

        self._keep("intake", run("intake"))  # the others read its blocks
        if "trust" in names and "intake" not in self._results["failed"]:
            self._keep("trust", run("trust"))
        if "fold" in names and "intake" not in self._results["failed"]:
            self._keep("fold", run("fold"))

    def _on_services(self, names: set[str]) -> None:
        s, settings, folder = self._sizes, self._settings, self._folder
        if "simple" in names:
            self._keep(
                "simple",
                lambda: contest.measure(
                    settings,
                    folder,
                    s.simple_records,
                    s.simple_runs,
                    s.simple_kills,
                    s.simple_kills_peers,
                ),
            )
        if not names & {"chain", "latency", "page"}:
            return
        system.start(settings)
        if "chain" in names:
            self._keep(
                "chain", lambda: chain.measure(settings, folder, s.chain_records, s.chain_runs)
            )
        if "latency" in names:
            self._keep(
                "latency",
                lambda: latency.measure(settings, folder, s.latency_seconds, s.latency_runs),
            )
        if "page" in names:
            self._keep("page", lambda: pages.measure(settings, folder, s.findings, s.page_loads))

    def _keep(self, name: str, measure: Callable[[], Results]) -> None:
        try:
            self._results["results"][name] = measure()
        except BenchFailed as failed:
            tell(f"{name}: {failed}")
            self._results["failed"][name] = str(failed)
