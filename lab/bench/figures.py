"""A figure: the median of several runs with the lowest and the highest; and what the machine is."""

import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("tokens", "intake", "trust", "fold", "simple", "chain", "latency", "page")
"""What can be measured, in this order."""
KILO: Final = 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of some runs, with its unit."""

    median: float
    low: float
    high: float
    runs: int
    unit: str

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> "Figure":
        """The figure of the values of each run. ValueError if there was none."""
        if not values:
            raise ValueError("a figure needs a run")
        return cls(
            _rounded(statistics.median(values)),
            _rounded(min(values)),
            _rounded(max(values)),
            len(values),
            unit,
        )

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def _rounded(value: float) -> float:
    """To three significant digits, whole from 1,000 on."""
    return round(value) if value >= 1_000 else float(f"{value:.3g}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine(kafka_version: str) -> dict[str, Any]:
    """What this machine is: processor, cores, memory, versions, load at this moment."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text().split()
    return {
        "cpu": models[0] if models else platform.processor() or platform.machine(),
        "cores": len(models) or 1,
        "memory_mib": int(memory[1]) // KILO,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "kafka": kafka_version,
        "load_average": float(Path("/proc/loadavg").read_text().split()[0]),
    }
