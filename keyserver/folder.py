"""What is public in one server's folder. Everything here works without the passphrase.

public.json                      identity.json (sealed)
shares/<epoch>.<generation>.json (sealed)
committees/<epoch>.<generation>.json, rosters/<epoch>.json   who holds an epoch, and its commitments
deals/<epoch>.<generation>.<kind>.json                       own deals, so that a repeat is the same
partners/<ORG>.json              quotas.sqlite               logs/
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from keyserver import files
from keyserver.audit import Log
from keyserver.documents import Deal, Identity, Roster
from keyserver.errors import FolderProblem
from keyserver.oprf.messages import HeldEpoch
from keyserver.partners import ORG_PATTERN, Partner

_EPOCH: Final = re.compile(r"[a-z0-9]{1,7}")
_SHARE: Final = re.compile(r"([a-z0-9]{1,7})\.(0|[1-9][0-9]{0,8})\.json")
_ORG: Final = re.compile(ORG_PATTERN)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Folder:
    """One key server's folder."""

    root: Path

    # -- where things lie ------------------------------------------------------------------------
    @property
    def identity_path(self) -> Path:
        """The private keys, sealed."""
        return self.root / "identity.json"

    @property
    def public_path(self) -> Path:
        """The public identity."""
        return self.root / "public.json"

    @property
    def passphrase_path(self) -> Path:
        """Where an embedded server has its passphrase; a real one does not."""
        return self.root / "passphrase"

    @property
    def quotas_path(self) -> Path:
        """The counts of evaluations."""
        return self.root / "quotas.sqlite"

    def share_path(self, epoch: str, generation: int) -> Path:
        """A share, sealed."""
        return self.root / "shares" / f"{_checked(epoch)}.{generation}.json"

    def committee_path(self, epoch: str, generation: int) -> Path:
        """The public half of a generation."""
        return self.root / "committees" / f"{_checked(epoch)}.{generation}.json"

    def deal_path(self, epoch: str, generation: int, kind: str) -> Path:
        """This server's own deal."""
        return self.root / "deals" / f"{_checked(epoch)}.{generation}.{kind}.json"

    def roster_path(self, epoch: str) -> Path:
        """Who holds the epoch."""
        return self.root / "rosters" / f"{_checked(epoch)}.json"

    def partner_path(self, org: str) -> Path:
        """An enrolled organisation. FolderProblem for what is no organisation's code."""
        if not _ORG.fullmatch(org):
            raise FolderProblem(f"{org!r} is no organisation's code.")
        return self.root / "partners" / f"{org}.json"

    # -- reading ---------------------------------------------------------------------------------
    @property
    def exists(self) -> bool:
        """Whether a server was made here."""
        return self.public_path.exists()

    @property
    def identity(self) -> Identity:
        """The public identity. FolderProblem if there is none."""
        found = self._read(self.public_path, Identity, "Make it with `tekil keyserver init`.")
        if found is None:
            raise FolderProblem(
                f"{self.root} is no key server's folder. Make one with `tekil keyserver init`."
            )
        return found

    def generations(self, epoch: str) -> list[int]:
        """The generations of this epoch that the server holds a share of, oldest first."""
        return sorted(generation for name, generation in self.held() if name == epoch)

    def held(self) -> list[tuple[str, int]]:
        """All shares: epoch and generation."""
        return sorted(self._named("shares"))

    def committees(self, epoch: str) -> list[int]:
        """The generations of this epoch that the server knows, also if the share is gone."""
        return sorted(found for name, found in self._named("committees") if name == epoch)

    def _named(self, kind: str) -> Iterator[tuple[str, int]]:
        folder = self.root / kind
        for path in folder.iterdir() if folder.exists() else ():
            if name := _SHARE.fullmatch(path.name):
                yield name[1], int(name[2])

    def committee(self, epoch: str, generation: int) -> HeldEpoch | None:
        """The committee, if the server knows it. FolderProblem if its file is damaged."""
        path = self.committee_path(epoch, generation)
        found = self._read(path, HeldEpoch, "Restore it from a backup, or from another server.")
        if found is not None and (found.epoch, found.generation) != (epoch, generation):
            raise FolderProblem(f"{path} is about {found.epoch}.{found.generation}.")
        return found

    def roster(self, epoch: str) -> Roster:
        """Who holds the epoch. FolderProblem if this server knows nothing of it."""
        found = self._read(self.roster_path(epoch), Roster, "Restore it from a backup.")
        if found is None:
            raise FolderProblem(f"Server {self.identity.server} knows no epoch {epoch!r}.")
        return found

    def deal(self, epoch: str, generation: int, kind: str) -> Deal | None:
        """This server's own deal, if it made one."""
        path = self.deal_path(epoch, generation, kind)
        return self._read(path, Deal, "Delete it if nobody has got it, and deal again.")

    def partner(self, org: str) -> Partner | None:
        """The enrolled organisation. FolderProblem if its file is damaged."""
        path = self.partner_path(org)
        found = self._read(path, Partner, "Enrol the organisation again.")
        if found is not None and found.org != org:
            raise FolderProblem(f"{path} is about {found.org}. Enrol the organisation again.")
        return found

    def partners(self) -> list[Partner]:
        """All enrolled organisations."""
        paths = sorted((self.root / "partners").glob("*.json"))
        return [found for path in paths if (found := self.partner(path.stem))]

    def _read(self, path: Path, model: type[M], hint: str) -> M | None:
        if not path.exists():
            return None
        try:
            return model.model_validate_json(files.read(path, hint))
        except ValidationError:
            raise FolderProblem(f"{path} is damaged. {hint}") from None

    # -- writing ---------------------------------------------------------------------------------
    def write(self, path: Path, model: BaseModel) -> None:
        """One of the public files above."""
        files.write(path, json.dumps(model.model_dump(mode="json"), indent=1).encode())

    def note(self, step: str, epoch: str, generation: int | None = None) -> None:
        """A line about a step of a ceremony in logs/ceremony.jsonl."""
        line: dict[str, str | int | None] = {
            "time": int(time.time()),
            "step": step,
            "epoch": epoch,
        }
        if generation is not None:
            line["generation"] = generation
        Log(self.root / "logs" / "ceremony.jsonl").write(line)


def _checked(epoch: str) -> str:
    """`epoch` if it has the form of a name: checked before a path is made of it."""
    if not _EPOCH.fullmatch(epoch):
        raise FolderProblem(f"{epoch!r} is no epoch's name: 1 to 7 small letters or digits.")
    return epoch
