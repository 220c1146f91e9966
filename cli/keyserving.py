"""The embedded key servers: made before they start, their epoch pinned, organisations enrolled.

Everything here can run any number of times; what exists is kept.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from events.model import ADMINISTRATION
from infra.settings import Settings
from producers import keys
from producers.errors import UsageProblem
from producers.keyserver import local

FIRST_EPOCH: Final = "e1"
EPOCHS_FILE: Final = "epochs.json"
ADMINISTRATION_QUOTA: Final = 200  # placeholders and what is quarantined
PARTNER_QUOTA: Final = 200_000
DEMO_QUOTA: Final = 2_000_000
Progress = Callable[[str], None]


def folder(settings: Settings) -> Path:
    """Where the embedded servers' folders are; all namespaces share them."""
    return settings.shared_folder("keyservers")


def prepare_keyservers(settings: Settings, progress: Progress) -> None:
    """The servers' folders with the first epoch, and its joint public key among the pinned.

    Call it before `supervisor.up`, which starts the servers. Nothing is done where somebody else
    runs them. UsageProblem if the system was begun with another number of servers, or another key.
    """
    numbers = settings.keyserver_numbers
    if not numbers:
        return
    root = folder(settings)
    if not (root / str(numbers[-1]) / "rosters").exists():
        progress(
            f"key servers: making epoch {FIRST_EPOCH} among {len(numbers)}; on one machine, with"
            " their passphrases beside them, they are for trying out"
        )
    _pin(settings, local.make_locally(root, FIRST_EPOCH, numbers))


def _pin(settings: Settings, public_key: str) -> None:
    path = settings.folder("keys") / EPOCHS_FILE
    first = {"epoch": FIRST_EPOCH, "public_key": public_key}
    keys.make_once(path, json.dumps([first], indent=1).encode() + b"\n")
    if first not in pinned(settings):
        raise UsageProblem(
            f"{path} pins another key for epoch {FIRST_EPOCH} than the key servers here hold:"
            " its tokens would be others. Restore the folder keyservers that belongs to it."
        )


def pinned(settings: Settings) -> list[dict[str, Any]]:
    """The epochs that this system pins, oldest first. UsageProblem if the file is damaged."""
    path = settings.folder("keys") / EPOCHS_FILE
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise UsageProblem(f"{path} cannot be read. Run: tekil up") from None
    if not isinstance(found, list):
        raise UsageProblem(f"{path} holds no list of epochs.")
    return found


def enrol(settings: Settings, org: str, public_key: str, daily_quota: int = PARTNER_QUOTA) -> str:
    """Let an organisation ask the embedded key servers; a sentence that says so.

    Empty, and nothing is done, where there are none: each body enrols partners itself.
    """
    numbers = settings.keyserver_numbers
    if not numbers:
        return ""
    local.enrol_locally(folder(settings), numbers, org, public_key, daily_quota)
    return (
        f"{org}: enrolled at {len(numbers)} key server{'s' * (len(numbers) > 1)} of this machine,"
        f" {daily_quota:,} evaluations a day"
    )


def enrol_administration(settings: Settings) -> None:
    """The administration's own small quota."""
    key = keys.load_public_key(settings, ADMINISTRATION)
    enrol(settings, ADMINISTRATION, key, ADMINISTRATION_QUOTA)
