"""A key server without HTTP: takes a request's headers and body, gives an answer or refuses.

The order of checks is from cheap to dear, and from who asks to what is asked: nobody learns
anything about epochs or quotas without a partner's signature.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from events import signing
from keyserver.audit import Log
from keyserver.errors import FolderProblem
from keyserver.holder import Holder
from keyserver.oprf import messages, threshold
from keyserver.oprf.group import DeserializeError, RandomBytes
from keyserver.oprf.messages import Epochs, ErrorCode, Evaluate, Evaluated, HeldEpoch
from keyserver.oprf.shares import KeyShare
from keyserver.partners import Partner
from keyserver.quotas import (
    Quotas,
    QuotaUsed,
    Rates,
    Replayed,
    day_of,
    seconds_to_next_day,
)
from keyserver.requests import Refused, checked, parsed

RETRY_SECONDS: Final = 5
_Stamp = tuple[int, int, int]
log = logging.getLogger(__name__)


@dataclass
class _Asked:
    """What the audit log will say of a request."""

    org: str = ""
    epoch: str = ""
    count: int = 0
    remaining: int | None = None
    is_signed: bool = False


class KeyServer:
    """One server over its folder. Files that change are seen at the next request.

    FolderProblem at the start if a share or a partner's file cannot be read.
    """

    def __init__(
        self,
        holder: Holder,
        *,
        clock: Callable[[], float] = time.time,
        random: RandomBytes = os.urandom,
        logs: Path | None = None,
    ) -> None:
        self._holder = holder
        self._folder = holder.folder
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()
        self._shares: dict[tuple[str, int], tuple[_Stamp, HeldEpoch, KeyShare]] = {}
        self._partners: dict[str, tuple[_Stamp, Partner]] = {}
        self._reload(strict=True)
        self._folder.partners()
        self.quotas = Quotas(self._folder.quotas_path)
        self._rates = Rates()
        logs = logs or self._folder.root / "logs"
        self._audit = Log(logs / "audit.jsonl")
        # apart, so that strangers cannot push the partners' lines out
        self._refused = Log(logs / "refused.jsonl")

    def close(self) -> None:
        """Close the counts."""
        self.quotas.close()

    @property
    def number(self) -> int:
        """The server's number."""
        return self._holder.number

    def epochs(self) -> Epochs:
        """What this server is and holds."""
        with self._lock:
            self._reload()
            held = tuple(one for _, (_, one, _) in sorted(self._shares.items()))
        return Epochs(server=self.number, held=held)

    def evaluate(self, headers: Mapping[str, Sequence[str]], body: bytes | None) -> Evaluated:
        """The answer to one request; `body` is None if it was too large to be read.

        Refused if there is none. Either way there is a line in a log.
        """
        asked = _Asked()
        try:
            answered = self._evaluate(headers, body, asked)
        except Refused as refused:
            self._write(asked, refused.code)
            raise
        except (OSError, sqlite3.Error, FolderProblem) as problem:
            log.error("cannot answer: %s", problem)
            self._write(asked, "unavailable")
            raise Refused(
                "unavailable", "The server has a fault of its own.", RETRY_SECONDS
            ) from None
        except BaseException:  # a fault of the program: it has its line, and ends in the log
            self._write(asked, "unavailable")
            raise
        self._write(asked, "ok")
        return answered

    def note_refused(self, code: ErrorCode) -> None:
        """A line about a request that was refused before anything of it was looked at."""
        self._write(_Asked(), code)

    def _evaluate(
        self, headers: Mapping[str, Sequence[str]], body: bytes | None, asked: _Asked
    ) -> Evaluated:
        now = self._clock()
        values = checked(headers)
        asked.org = values[messages.ORG_HEADER]
        if body is None:
            raise Refused("too-large", f"A body has at most {messages.MAX_BODY_BYTES} bytes.")
        partner = self._check_sender(values, body, asked)
        if abs(now - int(values[messages.TIME_HEADER])) > messages.CLOCK_SECONDS:
            raise Refused("clock", f"The server's clock says {int(now)} seconds since 1970.")
        wanted = parsed(body)
        asked.count, request = len(wanted.blinded_elements), values[messages.REQUEST_HEADER]
        if self.quotas.was_answered(partner.org, request):
            raise Refused("replayed", "This request was answered before.")
        share = self._share(wanted, asked)
        if seconds := self._rates.take(partner, asked.count):
            raise Refused(
                "rate", f"More than {partner.elements_per_second} elements a second.", seconds
            )
        self._count(partner, wanted.epoch, request, now, asked)
        try:
            # counted although it may be no element: what is counted later can be asked for twice
            blinded = [bytes.fromhex(text) for text in wanted.blinded_elements]
            return Evaluated.of(wanted.epoch, threshold.answer(share, blinded, self._random))
        except DeserializeError:
            raise Refused("malformed", "One of the elements is none.") from None

    def _check_sender(self, values: Mapping[str, str], body: bytes, asked: _Asked) -> Partner:
        """Which partner signed this request for this server."""
        key = values[messages.KEY_HEADER]
        partner = self._partner(asked.org)
        if partner is None or key not in partner.public_keys:
            raise Refused("unknown-partner", "This server does not know this key of yours.")
        text = messages.signed_text(
            self.number,
            asked.org,
            values[messages.REQUEST_HEADER],
            values[messages.TIME_HEADER],
            body,
        )
        signature = bytes.fromhex(values[messages.SIGNATURE_HEADER])
        if not signing.verify(bytes.fromhex(key), signature, text):
            raise Refused(
                "bad-signature", f"The signature is not for this request at server {self.number}."
            )
        asked.is_signed = True
        return partner

    def _count(self, partner: Partner, epoch: str, request: str, now: float, asked: _Asked) -> None:
        """Counted durably before anything is evaluated."""
        try:
            asked.remaining = self.quotas.take(
                day_of(now),
                partner.org,
                epoch,
                asked.count,
                partner.daily_quota,
                request,
                now,
            )
        except QuotaUsed as used:
            asked.remaining = used.remaining
            detail = f"{used.remaining} of the day's {partner.daily_quota} evaluations are left."
            raise Refused("quota", detail, seconds_to_next_day(now), used.remaining) from None
        except Replayed:
            raise Refused("replayed", "This request was answered before.") from None

    def _write(self, asked: _Asked, outcome: str) -> None:
        line: dict[str, str | int | None] = {
            "time": int(self._clock()),
            "org": asked.org,
            "epoch": asked.epoch,
            "count": asked.count,
            "outcome": outcome,
            "remaining": asked.remaining,
        }
        try:
            (self._audit if asked.is_signed else self._refused).write(line)
        except OSError as error:
            log.error("a line of the audit log is lost: %s", error)
            if outcome == "ok":  # what is not logged is not given out
                raise Refused(
                    "unavailable", "The server has a fault of its own.", RETRY_SECONDS
                ) from None

    # -- files, read again when they change --------------------------------------------------------

    def _share(self, wanted: Evaluate, asked: _Asked) -> KeyShare:
        with self._lock:
            self._reload()
            found = self._shares.get((wanted.epoch, wanted.generation))
            known = {epoch for epoch, _ in self._shares}
        if wanted.epoch not in known:
            raise Refused("unknown-epoch", "This server holds no share of this epoch.")
        asked.epoch = wanted.epoch
        if found is None:
            raise Refused("other-generation", "This server holds another generation.")
        return found[2]

    def _reload(self, *, strict: bool = False) -> None:
        """Look which share files are there; open those that changed.

        One that cannot be opened is not held; at the start (`strict`) it stops the server.
        """
        held: dict[tuple[str, int], tuple[_Stamp, HeldEpoch, KeyShare]] = {}
        for epoch, generation in self._folder.held():
            try:
                stamp = _stamp(self._folder.share_path(epoch, generation))
                known = self._shares.get((epoch, generation))
                if known is None or known[0] != stamp:
                    known = (stamp, *self._holder.share(epoch, generation))
                held[epoch, generation] = known
            except FileNotFoundError:
                continue  # deleted since it was listed
            except FolderProblem as problem:
                if strict:
                    raise
                log.error("%s", problem)
        self._shares = held

    def _partner(self, org: str) -> Partner | None:
        path = self._folder.partner_path(org)
        with self._lock:
            try:
                stamp = _stamp(path)
            except FileNotFoundError:
                self._partners.pop(org, None)
                return None
            known = self._partners.get(org)
            if known is not None and known[0] == stamp:
                return known[1]
            partner = self._folder.partner(org)
            if partner is not None:
                self._partners[org] = (stamp, partner)
            return partner


def _stamp(path: Path) -> _Stamp:
    """What differs after a file was written: writing here always makes a new one."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
