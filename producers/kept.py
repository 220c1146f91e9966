"""What an officer answered about a list's columns, kept in the partner's home (a shell).

Asked once for each organisation, kind of list, header and mapping: is the last day covered?
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.errors import UsageProblem
from infra.settings import Settings
from producers.keys import partner_folder
from producers.lists.columns import LastDay
from producers.lists.titles import key

FILE: Final = "columns.json"
_PLAIN: Final = "none"


class Kept:
    """The answers of one organisation. Without a file nothing is kept: a list is only validated."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @classmethod
    def of(cls, settings: Settings, org: str) -> "Kept":
        """ORG's answers under TEKIL_HOME; none are kept for a list of nobody."""
        return cls(partner_folder(settings, org) / FILE) if org else cls()

    def last_day(self, name: str) -> LastDay | None:
        """The answer for a header (`name_of`); None if it was never given. Raises UsageProblem."""
        found = self._read().get(name)
        return LastDay(found) if found else None

    def keep(self, name: str, answer: LastDay) -> None:
        """Keep an answer; a later one takes its place. Raises UsageProblem."""
        if self._path is None:
            return
        found = self._read()
        if found.get(name) == answer:
            return
        text = json.dumps(found | {name: answer.value}, ensure_ascii=False, indent=1)
        part = self._path.with_suffix(".part")
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            raise UsageProblem(f"{self._path} cannot be written: {error.strerror}.") from None

    def _read(self) -> dict[str, str]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return {str(name): LastDay(answer).value for name, answer in found.items()}
        except (OSError, ValueError, AttributeError):
            raise UsageProblem(
                f"{self._path} cannot be read. Delete it: it will be asked again."
            ) from None


NOTHING_KEPT: Final = Kept()


def name_of(kind: str, header: str, mapping: Mapping[str, str | None]) -> str:
    """What an answer is kept under: the kind of list, the header, the mapping that it came with."""
    text = json.dumps(dict(mapping), sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(text).hexdigest()[:16] if mapping else _PLAIN
    return f"{kind}/{key(header)}/{digest}"
