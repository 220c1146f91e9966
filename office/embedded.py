"""The embedded key servers: made before they start, their epoch pinned, organisations enrolled.

Everything here can run any number of times; what exists is kept.
"""

from collections.abc import Callable, Sized
from pathlib import Path
from typing import Final

from events.model import ADMINISTRATION
from infra.errors import UsageProblem
from infra.settings import Settings
from keyserver import local
from keyserver.folder import Folder
from producers import keys
from producers.tokenising.pinned import PinnedEpoch, epochs_path, read_pinned, write_pinned

FIRST_EPOCH: Final = "e1"
ADMINISTRATION_QUOTA: Final = 2_000  # placeholders in two epochs, and what is quarantined
PARTNER_QUOTA: Final = 200_000
DEMO_QUOTA: Final = 2_000_000
Progress = Callable[[str], None]


def folder(settings: Settings) -> Path:
    """Where the embedded servers' folders are; all namespaces share them."""
    return settings.shared_folder("keyservers")


def prepare_keyservers(settings: Settings, progress: Progress) -> None:
    """The servers' folders with the first epoch, and its joint public key among the pinned.

    Call it before `supervisor.up`, which starts the servers. Nothing is made where somebody else
    runs them, but the epoch has to be pinned: UsageProblem if it is not, and if the system was
    begun with another number of servers, or another key.
    """
    numbers = settings.keyserver_numbers
    if not numbers:
        if settings.keyserver_urls:
            read_pinned(settings)  # before anything starts: nobody here can make that file
        return
    root, path = folder(settings), epochs_path(settings)
    if not path.exists():
        write_pinned(settings, [_first(settings, progress)])
    are_here = all((root / str(number) / "public.json").exists() for number in numbers)
    for one in read_pinned(settings):
        if local.held_key(root, one.epoch, numbers) != one.public_key or not are_here:
            raise UsageProblem(
                f"{path} pins another key for epoch {one.epoch} than the key servers here hold:"
                " its tokens would be others. Restore the folder keyservers that belongs to it."
            )


def _first(settings: Settings, progress: Progress) -> PinnedEpoch:
    """The epoch that a new system begins with: e1, or in a namespace the servers' newest."""
    shared = settings.model_copy(update={"namespace": ""})
    if settings.namespace and epochs_path(shared).exists():
        return read_pinned(shared)[-1]
    root, numbers = folder(settings), settings.keyserver_numbers
    if not (root / str(numbers[-1]) / "rosters").exists():
        progress(
            f"key servers: making epoch {FIRST_EPOCH} among {len(numbers)}; on one machine, with"
            " their passphrases beside them, they are for trying out"
        )
    key = local.make_locally(root, FIRST_EPOCH, numbers)
    return PinnedEpoch(epoch=FIRST_EPOCH, public_key=key)


def enrol(settings: Settings, org: str, public_key: str, daily_quota: int = PARTNER_QUOTA) -> str:
    """Let an organisation ask the embedded key servers; a sentence that says so.

    Empty, and nothing is done, where there are none: each body enrols partners itself. The quota
    of an organisation that is enrolled stays, but for one of another namespace, another system.
    """
    numbers = settings.keyserver_numbers
    if numbers:
        is_other = bool(settings.namespace)
        root = folder(settings)
        local.enrol_locally(root, numbers, org, public_key, daily_quota, adds=is_other)
    return enrolment(settings, org)


def enrolment(settings: Settings, org: str) -> str:
    """What an organisation may ask of the embedded key servers, as a sentence; '' for nothing."""
    numbers = settings.keyserver_numbers
    quotas = [
        known.daily_quota
        for number in numbers
        if (known := Folder(folder(settings) / str(number)).partner(org))
    ]
    if not quotas:
        return ""
    return f"{org}: enrolled at {_servers(quotas)}, {min(quotas):,} evaluations a day"


def withdraw(settings: Settings, org: str, public_key: str) -> str:
    """End an organisation's key at the embedded key servers; a sentence that says so."""
    numbers = settings.keyserver_numbers
    if not numbers:
        return ""
    ended = local.withdraw_locally(folder(settings), numbers, org, public_key)
    return f"{org}: the key was ended at {_servers(ended)}" if ended else ""


def _servers(of_them: Sized) -> str:
    return f"{len(of_them)} key server{'s' * (len(of_them) > 1)} of this machine"


def enrol_administration(settings: Settings) -> None:
    """The administration's own small quota."""
    key = keys.load_public_key(settings, ADMINISTRATION)
    enrol(settings, ADMINISTRATION, key, ADMINISTRATION_QUOTA)
