"""The folder that a demo may use: an empty one, or one that an earlier demo made.

A marker file names the administration's key that the demo made; a system with another one is
somebody's own, and is never touched. If the process dies while it clears the folder, the
marker still stands, and the next demo clears the rest.
"""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from events.model import ADMINISTRATION
from infra.errors import UsageProblem
from infra.local import supervisor
from infra.settings import Settings
from office import bootstrap
from producers import keys

MARKER: Final = "demo.json"
LOCK: Final = "demo.lock"
STATE: Final = ("run", "state", "partners", "broker", "clickhouse", "logs", "keyservers", "keys")
"""What a system keeps under its home; the keys go last, as they tell whose it was."""
KEPT: Final = "cache"
"""Inside broker/: fetched programs, where a user without a home folder keeps them."""

Progress = Callable[[str], None]


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """One demo at a time for a home. Raises UsageProblem if another runs."""
    settings.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.root / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageProblem(f"Another demo runs in {settings.root}.") from None
        yield


def make_ready(settings: Settings, progress: Progress) -> None:
    """An empty home. An earlier demo in it is stopped and removed.

    Raises UsageProblem if it holds something else, or the services are not the embedded ones.
    """
    foreign = (settings.kafka_bootstrap, settings.clickhouse_url, settings.keyservers)
    if settings.namespace or any(foreign):
        raise UsageProblem(
            "The demo runs on services of its own: unset TEKIL_NAMESPACE,"
            " TEKIL_KAFKA_BOOTSTRAP, TEKIL_CLICKHOUSE_URL and TEKIL_KEYSERVERS."
        )
    if (settings.root / MARKER).exists():
        _check_marker(settings)
        progress(f"starting the demo afresh: removing the earlier demo's data in {settings.root}")
        supervisor.down(settings)
        clear(settings)
    elif supervisor.is_up(settings) or any(map(_holds_files, _data_folders(settings))):
        raise _somebody_elses(settings)


def begin(settings: Settings) -> None:
    """Keys, and the marker that says whose they are."""
    bootstrap.make_keys(settings)
    content = {"made_by": "tekil demo", "administration": _key(settings)}
    (settings.root / MARKER).write_text(json.dumps(content) + "\n")


def clear(settings: Settings, *, keep_logs: bool = False) -> None:
    """Remove what a demo made; nothing may run. The marker goes last."""
    for name in STATE:
        if not (keep_logs and name == "logs"):
            _remove(settings.root / name)
    (settings.root / MARKER).unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    if (folder / KEPT).exists():
        for inside in folder.iterdir():
            if inside.name != KEPT:
                _remove(inside)
    elif folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


def _check_marker(settings: Settings) -> None:
    marker = json.loads((settings.root / MARKER).read_text())
    if _key(settings) not in ("", marker.get("administration")):
        raise _somebody_elses(settings)


def _key(settings: Settings) -> str:
    """The administration's public key; empty if there is none."""
    if not keys.has_signing_key(settings, ADMINISTRATION):
        return ""
    return keys.load_public_key(settings, ADMINISTRATION)


def _data_folders(settings: Settings) -> Iterator[Path]:
    for name in ("keys", "state", "partners", "keyservers", "broker/data", "clickhouse"):
        yield settings.root / name


def _holds_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*"))


def _somebody_elses(settings: Settings) -> UsageProblem:
    return UsageProblem(
        f"{settings.root} holds a system that the demo did not make, and it is left as it is."
        " Set TEKIL_HOME to another folder (and TEKIL_PORT_BASE, if both are to run at once)."
    )
