"""The whole ceremony in one process, for an embedded system: through the same functions.

Three servers on one machine protect nothing from who can read it; they are for trying out.
"""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from keyserver import ceremony, files, holder, partners
from keyserver.errors import CeremonyProblem
from keyserver.folder import Folder
from keyserver.sealed import COST, Cost

NUMBERS: Final = (1, 2, 3)
PASSPHRASE_BYTES: Final = 32


def make_locally(
    root: Path,
    epoch: str,
    numbers: Sequence[int] = NUMBERS,
    passphrases: Mapping[int, bytes] | None = None,
    cost: Cost = COST,
) -> str:
    """Servers in root/1, root/2 … that hold an epoch; its joint public key (64 hex digits).

    What exists stays, so that it can be called at each start; after a crash it goes on. Without
    `passphrases` each server's lies in its folder. CeremonyProblem if the epoch is other servers'.
    """
    folders = {number: Folder(root / str(number)) for number in numbers}
    with files.locked(root):
        if all(folder.generations(epoch) for folder in folders.values()):
            return _public_key(folders, epoch, numbers)
        holders = [
            holder.make(folder.root, number, _passphrase(folder, number, passphrases), cost)
            for number, folder in folders.items()
        ]
        identities = [one.identity for one in holders]
        threshold = min(ceremony.THRESHOLD, len(holders))
        deals = [ceremony.deal(one, epoch, identities, threshold) for one in holders]
        if len({ceremony.join(one, deals).fingerprint for one in holders}) != 1:
            raise CeremonyProblem("The servers joined different committees.")
        return _public_key(folders, epoch, numbers)


def _public_key(folders: Mapping[int, Folder], epoch: str, numbers: Sequence[int]) -> str:
    keys = set()
    for folder in folders.values():
        if folder.roster(epoch).numbers != tuple(numbers):
            raise CeremonyProblem(
                f"Epoch {epoch} is held by {len(folder.roster(epoch).numbers)} server(s), not"
                f" {len(numbers)}: a system does not change its assurance. Set TEKIL_ASSURANCE as"
                " it was, or use another TEKIL_HOME."
            )
        keys.add(ceremony.look(folder, epoch, folder.generations(epoch)[-1]).public_key)
    if len(keys) != 1:
        raise CeremonyProblem(f"The servers hold different keys for epoch {epoch}.")
    return str(keys.pop())


def held_key(root: Path, epoch: str, numbers: Sequence[int] = NUMBERS) -> str:
    """The joint public key of an epoch that servers here hold; '' if none of them does.

    CeremonyProblem if they hold different ones, or the epoch is other servers'.
    """
    folders = {number: Folder(root / str(number)) for number in numbers}
    holding = {number: one for number, one in folders.items() if one.generations(epoch)}
    return _public_key(holding, epoch, tuple(folders)) if holding else ""


def destroy_locally(root: Path, epoch: str, numbers: Sequence[int] = NUMBERS) -> int:
    """Delete all shares of an epoch at all servers here, for ever; how many there were.

    After a crash it goes on. A server that never knew the epoch has nothing to delete.
    """
    with files.locked(root):
        folders = [Folder(root / str(number)) for number in numbers]
        known = [folder for folder in folders if folder.roster_path(epoch).exists()]
        return sum(len(ceremony.destroy(folder, epoch)) for folder in known)


def enrol_locally(
    root: Path,
    numbers: Sequence[int],
    org: str,
    public_key: str,
    daily_quota: int,
    *,
    adds: bool = False,
) -> None:
    """Enrol an organisation's key at all servers here, as `enrol` does.

    A running server sees it with the next request. FolderProblem if the servers were not made.
    """
    with files.locked(root):
        for number in numbers:
            enrol(Folder(root / str(number)), org, public_key, daily_quota, adds=adds)


def enrol(
    folder: Folder, org: str, public_key: str, daily_quota: int, *, adds: bool = False
) -> None:
    """A further key is added; the quota stays, unless a new key `adds` its own to it.

    It would otherwise grow with each key that takes the place of another, and a quota that
    somebody has lowered would come back.
    """
    _ = folder.identity  # raises where there is no server
    known = folder.partner(org)
    quota = daily_quota
    if known is not None:
        is_more = adds and public_key not in known.public_keys
        quota = known.daily_quota + daily_quota * is_more
    wanted = partners.enrolled(known, org, public_key, quota)
    if wanted != known:
        folder.write(folder.partner_path(org), wanted)


def withdraw_locally(root: Path, numbers: Sequence[int], org: str, public_key: str) -> list[int]:
    """End an organisation's key at all servers here; the numbers of those that knew it.

    A running server sees it with the next request.
    """
    with files.locked(root):
        return [n for n in numbers if withdraw(Folder(root / str(n)), org, public_key)]


def withdraw(folder: Folder, org: str, public_key: str) -> bool:
    """End a key; False if it was not known."""
    known = folder.partner(org)
    if known is None or public_key not in known.public_keys:
        return False
    folder.write(folder.partner_path(org), partners.without(known, public_key))
    return True


def _passphrase(folder: Folder, number: int, given: Mapping[int, bytes] | None) -> bytes:
    if given is None and not folder.passphrase_path.exists():  # who calls holds the lock
        made = secrets.token_hex(PASSPHRASE_BYTES).encode() + b"\n"
        files.write(folder.passphrase_path, made)
    return _read(folder, number, given)


def _read(folder: Folder, number: int, given: Mapping[int, bytes] | None) -> bytes:
    if given is not None:
        return given[number]
    return read_passphrase(folder.passphrase_path)


def read_passphrase(path: Path) -> bytes:
    """The first line of a passphrase file. FolderProblem if there is none."""
    content = files.read(path, "Say where it is with TEKIL_KEYSERVER_PASSPHRASE_FILE.")
    return content.split(b"\n", 1)[0].rstrip(b"\r")
