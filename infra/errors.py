"""What stops a whole command. A row that is refused is an answer, not an error."""

import errno
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from events.rejection import Reason, Refusal, Refusals, explain


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    REJECTED = 1  # some row was rejected, or some record has no effect
    USAGE = 2
    UNAVAILABLE = 3
    INTERRUPTED = 130


_ALLOWED: Final = {"en": "One of:", "tr": "Şunlardan biri:", "ar": "أحد هذه:"}


def explained(
    reason: str,
    field: str,
    lang: str = "en",
    codes: Sequence[str] = (),
    hint: str = "",
    title: str = "",
) -> str:
    """A refusal as a sentence for a person, in `lang` (tr, en or ar), with the `codes` that the
    field may have where its value was none of them, with its `hint`, and with the field's `title`
    for its name."""
    text = explain(Reason(reason), field, lang, hint, title)
    if reason != Reason.INVALID_VALUE or not codes:
        return text
    return f"{text} {_ALLOWED[lang]} {', '.join(codes)}."


class UsageProblem(Exception):
    """The command cannot be carried out as given; nothing was sent. Exit code 2.

    `reason` and `field` are set where the closed list of reasons has one, so that the
    caller can explain it in the user's language; the message itself is English.
    """

    def __init__(
        self,
        message: str,
        refusal: Refusal | None = None,
        where: str = "",
        codes: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.reason = refusal.reason if refusal else None
        self.field = refusal.field if refusal else ""
        self.all = refusal.all if isinstance(refusal, Refusals) else (refusal,) if refusal else ()
        """All that is wrong with a file as a whole."""
        self._where, self._codes = where, codes

    @classmethod
    def of(cls, refusal: Refusal, where: str = "", codes: Sequence[str] = ()) -> "UsageProblem":
        """The problem that a refusal of a whole file is; `where` is the file's name.

        `codes` are those that the field may have, if it is a coded one.
        """
        found = cls("", refusal, where, codes)
        found.args = (found.explained("en"),)
        return found

    def explained(self, lang: str) -> str:
        """The message in `lang` (tr, en or ar) if the reason is in the closed list."""
        if self.reason is None:
            return str(self)
        text = "\n".join(
            explained(one.reason, one.field, lang, self._codes, one.hint) for one in self.all
        )
        return f"{self._where}: {text}" if self._where else text


class SystemUnavailable(Exception):
    """The broker or a stage does not answer; nothing is lost, run it again. Exit code 3."""


# -- what this machine has run out of ------------------------------------------------------------

FULL: Final = "the disk is full"
_OUTAGES: Final = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: "the disk is read-only",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open on this machine",
}
_SQLITE_OUTAGES: Final = {13: FULL, 8: "the disk is read-only", 10: "the disk does not answer"}
"""SQLITE_FULL, _READONLY, _IOERR (sqlite.org/rescode.html), without a need to import sqlite3."""


def outage(error: BaseException) -> str:
    """What this machine lacks, if that is what an error of a file or of SQLite says; else ''.

    It passes when there is room again: nothing was done by halves, and it is tried once more.
    """
    if isinstance(error, OSError):
        return _OUTAGES.get(error.errno or 0, "")
    return _SQLITE_OUTAGES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")
