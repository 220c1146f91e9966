"""What an officer answered about a list's columns, kept in the partner's home (a shell).

Asked once for each organisation, kind of list, header and mapping: is the last day covered?
"""

import hashlib
import json
from collections.abc import Callable, Mapping
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

    def __init__(self, where: Callable[[], Path] | None = None) -> None:
        self._where = where  # asked for only if there is a question: it makes the partner's home

    @classmethod
    def of(cls, settings: Settings, org: str) -> "Kept":
        """ORG's answers under TEKIL_HOME; none are kept for a list of nobody."""
        return cls(lambda: partner_folder(settings, org) / FILE) if org else cls()

    def last_day(self, name: str) -> LastDay | None:
        """The answer for a header (`name_of`); None if it was never given. Raises UsageProblem."""
        found = self._read().get(name)
        return LastDay(found) if found else None

    def keep(self, name: str, answer: LastDay) -> None:
        """Keep an answer; a later one takes its place. Raises UsageProblem."""
        found = self._read()
        if self._where is None or found.get(name) == answer:
            return
        path = self._where()
        text = json.dumps(found | {name: answer.value}, ensure_ascii=False, indent=1)
        part = path.with_suffix(".part")
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise UsageProblem(f"{path} cannot be written: {error.strerror}.") from None

    def _read(self) -> dict[str, str]:
        path = self._where() if self._where else None
        if path is None or not path.exists():
            return {}
        try:
            found = json.loads(path.read_text("utf-8"))
            return {str(name): LastDay(answer).value for name, answer in found.items()}
        except (OSError, ValueError, AttributeError):
            raise UsageProblem(
                f"{path} cannot be read. Delete it: it will be asked again."
            ) from None


NOTHING_KEPT: Final = Kept()


def name_of(kind: str, header: str, mapping: Mapping[str, str | None]) -> str:
    """What an answer is kept under: the kind of list, the header, the mapping that it came with."""
    text = json.dumps(dict(mapping), sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(text).hexdigest()[:16] if mapping else _PLAIN
    return f"{kind}/{key(header)}/{digest}"
