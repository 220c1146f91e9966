"""Tokens from three real key servers: persons a second and core, cold and from the cache.

The servers are processes of their own, and the client another one: the product's, over HTTP, with
its proofs and its encrypted cache. Beside it runs the library's raw scalar multiplication. What one
token costs in such multiplications says more than any speed: it hardly moves between machines.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

import programs
from events.model import Assurance
from events.weak import RECIPIENT_TYPES
from infra.local import keyservers
from infra.settings import Settings
from keyserver import local
from keyserver.oprf import group
from keyserver.sealed import Cost
from lab.bench import processes
from lab.bench.children import BenchFailed, Child, run_child, tell, write_result
from lab.bench.figures import Figure
from producers import keys
from producers.tokenising.cache import open_caches
from producers.tokenising.client import KeyServers
from producers.tokenising.pinned import PinnedEpoch, read_pinned, write_pinned
from producers.tokenising.threshold import ThresholdTokeniser
from producers.tokens import Identifier

ORG: Final = "BENCH"
EPOCH: Final = "e1"
STRONG_TYPE: Final = "tr.tckimlik"
PERSON: Final = 1 + len(RECIPIENT_TYPES)
"""Tokens of one person: a strong one, and the weak ones of a recipient."""
HOUSEHOLD: Final = 6 + len(RECIPIENT_TYPES)
"""Tokens of the standard household: six strong, and the weak ones of its recipient."""
WORKERS: Final = (1, 2)
READY_SECONDS: Final = 60.0
RUN_SECONDS: Final = 1_800.0
POLL_SECONDS: Final = 0.1
WARM_PERSONS: Final = 2
"""Not counted: connections are opened, and the epochs read, with the first batch."""
QUOTA: Final = 1_000_000_000
CHEAP: Final = Cost(memory_kib=32, passes=1, lanes=1)
"""The passphrase guards nothing here; it is asked for at a server's start, not for a token."""


def measure(
    given: Settings, folder: Path, persons: int, multiplications: int, runs: int
) -> dict[str, Any]:
    """Speeds of `persons` persons, and of so many raw multiplications. Needs no broker."""
    settings = given.model_copy(
        update={"home": folder / "tokens", "assurance": "threshold", "keyservers": ""}
    )
    with _servers(settings, folder) as pids:
        words = [EPOCH, persons, multiplications, runs, orjson.dumps(pids).decode()]
        found = run_child("lab.bench.tokens", words, folder, RUN_SECONDS, settings)
    return _result(found, persons, multiplications)


@contextmanager
def _servers(settings: Settings, folder: Path) -> Iterator[dict[str, int]]:
    """Three key servers that know the organisation; the pid of each."""
    tell("tokens: making three key servers")
    root, numbers = settings.shared_folder("keyservers"), settings.keyserver_numbers
    public_key = local.make_locally(root, EPOCH, numbers, cost=CHEAP)
    write_pinned(settings, [PinnedEpoch(epoch=EPOCH, public_key=public_key)])
    _, org_key = keys.keygen(settings, ORG)
    local.enrol_locally(root, numbers, ORG, org_key, QUOTA)
    with ExitStack() as stack:
        children = {
            name: stack.enter_context(Child(command, folder / f"{name}.log", settings=settings))
            for name, command in programs.plan(settings).services.items()
            if name in keyservers.names(settings)
        }
        end = time.monotonic() + READY_SECONDS
        while not all(keyservers.is_ready(settings, number) for number in numbers):
            for child in children.values():
                child.check()
            if time.monotonic() > end:
                raise BenchFailed("the key servers do not answer")
            time.sleep(POLL_SECONDS)
        yield {name: child.pid for name, child in children.items()}


def _result(found: Mapping[str, Any], persons: int, multiplications: int) -> dict[str, Any]:
    """The figures of what the client's process measured in its runs."""
    counted = persons * PERSON

    def figure(unit: str, value: Callable[[Mapping[str, Any]], float]) -> dict[str, Any]:
        return Figure.of([value(run) for run in found["runs"]], unit).plain()

    def of_cold(part: str, *parts: str) -> dict[str, Any]:
        """A token's price in the raw multiplications of the same run."""
        return figure(
            "multiplications",
            lambda run: (
                sum(run["cold"][0][name] for name in (part, *parts))
                / counted
                / (run["raw_cpu"] / multiplications)
            ),
        )

    def persons_a_cpu_second(*parts: str) -> dict[str, Any]:
        return figure(
            "persons/s", lambda run: persons / sum(run["cold"][0][name] for name in parts)
        )

    return {
        "persons_per_run": persons,
        "tokens_of_a_person": PERSON,
        "raw_multiplications": figure(
            "multiplications/s", lambda run: multiplications / run["raw_cpu"]
        ),
        "persons_per_core": persons_a_cpu_second("client_cpu", "servers_cpu"),
        "persons_per_core_of_the_client": persons_a_cpu_second("client_cpu"),
        "multiplications_per_token": {
            "client": of_cold("client_cpu"),
            "servers": of_cold("servers_cpu"),
            "all": of_cold("client_cpu", "servers_cpu"),
        },
        "wall": [_wall(index, workers, figure, persons) for index, workers in enumerate(WORKERS)],
        "cached_persons": figure("persons/s", lambda run: persons / run["cached"]["wall"]),
        "cached_identifiers": figure("identifiers/s", lambda run: counted / run["cached"]["wall"]),
        "cached_persons_per_core": figure(
            "persons/s", lambda run: persons / run["cached"]["client_cpu"]
        ),
        "remarks": found["remarks"],
    }


def _wall(
    index: int,
    workers: int,
    figure: Callable[[str, Callable[[Mapping[str, Any]], float]], dict[str, Any]],
    persons: int,
) -> dict[str, Any]:
    """Speeds by the clock on the wall with so many workers; every identifier costs the same."""
    identifiers = persons * PERSON
    return {
        "workers": workers,
        "persons": figure("persons/s", lambda run: persons / run["cold"][index]["wall"]),
        "identifiers": figure(
            "identifiers/s", lambda run: identifiers / run["cold"][index]["wall"]
        ),
        "households": figure(
            "households/s", lambda run: identifiers / HOUSEHOLD / run["cold"][index]["wall"]
        ),
    }


# -- the client's process ------------------------------------------------------------------------


class Spent(NamedTuple):
    """Seconds: on the wall, of this process, of the key servers' processes."""

    wall: float
    client_cpu: float
    servers_cpu: float


@dataclass
class _Clocks:
    """What is read before and after; `pids` are the key servers'."""

    pids: Mapping[str, int]

    def read(self) -> Spent:
        """All three now. ProcessLookupError or FileNotFoundError if a server is gone."""
        servers = sum(processes.usage(pid).cpu_seconds for pid in self.pids.values())
        return Spent(time.perf_counter(), time.process_time(), servers)

    def since(self, before: Spent) -> dict[str, float]:
        """What was spent since then, by name."""
        now = self.read()
        return {name: getattr(now, name) - getattr(before, name) for name in Spent._fields}


def people(first: int, count: int) -> list[Identifier]:
    """The identifiers of made-up persons, as long as real ones; nobody's, and no two the same."""
    return [
        identifier
        for number in range(first, first + count)
        for identifier in (
            (STRONG_TYPE, f"{number:011d}"),
            *((kind, f"first{number:08d}|last|1990-01-01") for kind in RECIPIENT_TYPES),
        )
    ]


def run_client(
    settings: Settings, persons: int, multiplications: int, runs: int, pids: Mapping[str, int]
) -> dict[str, Any]:
    """Each run: raw multiplications, new persons with each number of workers, the same again.

    Raises BenchFailed if a server lied, or if the cache gives other tokens or lacks one.
    """
    [pinned] = read_pinned(settings)
    clocks, found = _Clocks(pids), []
    kept_in = keys.partner_folder(settings, ORG)
    servers = KeyServers(settings.keyserver_urls, ORG, keys.load_signing_key(settings, ORG))

    def tokenise(identifiers: list[Identifier], workers: int) -> tuple[list[str], int]:
        """Tokens as a run of the command makes them, and for how many the servers were asked."""
        [cache] = open_caches(kept_in, [pinned])
        try:
            one = ThresholdTokeniser(servers, pinned, Assurance.THRESHOLD, cache, workers=workers)
            made = [token for (token,) in one.tokens(identifiers)]
            return made, one.evaluations
        finally:
            cache.close()

    try:
        tokenise(people(0, WARM_PERSONS), max(WORKERS))
        serial = WARM_PERSONS
        for turn in range(runs):
            tell(f"tokens, run {turn + 1} of {runs}: {persons:,} persons with {PERSON} tokens each")
            run: dict[str, Any] = {"raw_cpu": _raw(multiplications), "cold": []}
            for workers in WORKERS:
                identifiers = people(serial, persons)
                serial += persons
                before = clocks.read()
                made, asked = tokenise(identifiers, workers)
                run["cold"].append(clocks.since(before))
                if asked != len(identifiers):
                    raise BenchFailed(f"{asked} of {len(identifiers)} tokens were new")
            before = clocks.read()
            again, asked = tokenise(identifiers, workers)
            run["cached"] = clocks.since(before)
            if again != made or asked:
                raise BenchFailed("the cache does not hold what was made")
            found.append(run)
        if servers.faults:
            raise BenchFailed(str(servers.faults[0]))
        return {"runs": found, "remarks": [str(remark) for remark in servers.remarks]}
    finally:
        servers.close()


def _raw(count: int) -> float:
    """CPU seconds of so many scalar multiplications: the library's, through our own function."""
    factor = group.reduce(bytes(range(64)))
    element = group.multiply_base(factor)
    began = time.process_time()
    for _ in range(count):
        element = group.multiply(factor, element)
    return time.process_time() - began


def main() -> None:
    """`python -m lab.bench.tokens EPOCH PERSONS MULTIPLICATIONS RUNS PIDS RESULT`."""
    _, persons, multiplications, runs, pids, result = sys.argv[1:]
    counts = int(persons), int(multiplications), int(runs)
    write_result(Path(result), run_client(Settings(), *counts, orjson.loads(pids)))


if __name__ == "__main__":
    main()
