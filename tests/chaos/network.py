"""Bad weather between the stages and what they talk to: which, for whom, for how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.settings import Settings
from tests.chaos.ground import Ground
from tests.chaos.proxy import Affects, After, Proxy, Weather, everybody
from tests.chaos.system import SESSION_SECONDS, STAGES, child

CONNECTIONS = Path("/proc/net/tcp")
EVERYBODY = "everybody"
TARGETS = (EVERYBODY, *STAGES)
CUT = Weather(cut=True)
HOLE = Weather(up=False, down=False)
NOTHING_UP, NOTHING_DOWN = Weather(up=False), Weather(down=False)
BLACK = (HOLE, NOTHING_UP, NOTHING_DOWN)


@dataclass(frozen=True)
class Plan:
    """Weather for a target (`everybody` or a stage), how long, and what then."""

    target: str
    weather: Weather
    seconds: float
    after: After


def slow(chance: random.Random, number: int) -> Plan:
    """Late and narrow: from a neighbouring town to a bad telephone."""
    weather = Weather(
        delay_seconds=chance.choice([0.005, 0.02, 0.1, 0.3]),
        bytes_per_second=chance.choice([20_000, 100_000, 1_000_000, 0]),
    )
    return Plan(_target(number), weather, 4 + 4 * chance.random(), After.HEALED)


def cut(chance: random.Random, number: int) -> Plan:
    """Resets, silence, or silence in one direction; shorter and longer than a session."""
    weather = chance.choice([CUT, *BLACK])
    after = After.HEALED if weather is CUT else chance.choice(list(After))
    return Plan(_target(number), weather, chance.choice([0.5, 0.6, 1.3]) * SESSION_SECONDS, after)


def _target(number: int) -> str:
    """Every second round all of them, else one stage after the other."""
    return EVERYBODY if number % 2 else STAGES[number // 2 % len(STAGES)]


def begin(settings: Settings, ground: Ground, plan: Plan) -> int:
    """The weather changes; how many connections that are open feel it."""
    return sum(
        proxy.tell(plan.weather, _meant(settings, plan.target, proxy)) for proxy in _proxies(ground)
    )


def end(ground: Ground, plan: Plan) -> int:
    """All is well again; how many connections had felt it.

    None to ClickHouse is lost for good: its client waits for an answer for five minutes.
    """
    gentle = After.RESET if plan.after is After.LOST else plan.after
    return ground.broker.calm(plan.after) + ground.clickhouse.calm(gentle)


def _proxies(ground: Ground) -> tuple[Proxy, Proxy]:
    return ground.broker, ground.clickhouse


def _meant(settings: Settings, target: str, proxy: Proxy) -> Affects:
    if target == EVERYBODY:
        return everybody

    def is_of_target(port: int) -> bool:
        pid = child(settings, target).pid
        return pid is not None and port in ports_of(pid, proxy.port)

    return is_of_target


def ports_of(pid: int, to_port: int) -> set[int]:
    """The ports from which a process is connected to a port of this machine (proc(5))."""
    mine = set()
    for file in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            mine.add(str(file.readlink()))
        except OSError:
            continue  # it was closed meanwhile
    rows = [line.split() for line in CONNECTIONS.read_text().splitlines()[1:]]
    port: Callable[[str], int] = lambda address: int(address.partition(":")[2], 16)  # noqa: E731
    return {
        port(row[1]) for row in rows if port(row[2]) == to_port and f"socket:[{row[9]}]" in mine
    }
