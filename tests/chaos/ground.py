"""What a system stands on and faults can hit: its disk, and its network."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.settings import LOOPBACK, Settings
from lab.bench.ports import claim_port_base
from tests.chaos.proxy import Proxy
from tests.chaos.system import running_system
from tests.disks import Disk, NoDisk, mounted

STOP_PERCENT = 50.0
"""Of a small disk half is the limit, so that what is left is enough for a moment of everything."""


@dataclass(frozen=True)
class Ground:
    """`disk` is the home's own, or why there is none; all clients go through the proxies."""

    disk: Disk | str
    broker: Proxy
    clickhouse: Proxy


@contextmanager
def grounded_system() -> Iterator[tuple[Settings, Ground]]:
    """As `running_system`, on a small disk where one can be mounted, and behind proxies."""
    folder = Path(tempfile.mkdtemp(prefix="tekil-chaos-"))
    base = claim_port_base()
    ports = Settings(port_base=base)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        broker = stack.enter_context(Proxy(ports.broker_port))
        clickhouse = stack.enter_context(Proxy(ports.clickhouse_port))
        disk: Disk | str
        try:
            disk = stack.enter_context(mounted(folder / "disk"))
        except NoDisk as reason:
            disk = str(reason)
        settings = stack.enter_context(
            running_system(
                folder / "disk" / "home",
                port_base=base,
                broker_address=f"{LOOPBACK}:{broker.port}",
                clickhouse_address=f"{LOOPBACK}:{clickhouse.port}",
                disk_stop_percent=STOP_PERCENT,
            )
        )
        yield settings, Ground(disk, broker, clickhouse)
