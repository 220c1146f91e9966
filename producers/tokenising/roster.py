"""Which servers there are, what they hold, who may be asked now, and who is to be named.

One lock around all of it: batches are under way in several threads.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from keyserver.oprf.group import DeserializeError
from keyserver.oprf.messages import Epochs, HeldEpoch
from keyserver.oprf.shares import Committee, ShareError
from producers.tokenising.connection import DEFAULT_WAIT_SECONDS, Connection, Kind, Trouble
from producers.tokenising.pinned import PinnedEpoch

SHUNNED_SECONDS: Final = 60.0
"""For so long others are asked before a server that was slow or failed."""
BACKOFF_SECONDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
MAX_HELD: Final = 8
"""Generations of one epoch that a server may announce; an honest one holds two at most."""

LITTLE_LEFT: Final = "little is left of this organisation's day"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should know of a server after the run. `lied`: tell the body that runs it."""

    url: str
    server: int
    what: str
    lied: bool

    def __str__(self) -> str:
        number = f"Key server {self.server}" if self.server else "The key server"
        ending = " It was not asked again; tell the body that runs it." if self.lied else ""
        return f"{number} ({self.url}): {self.what}.{ending}"


@dataclass(eq=False, slots=True)
class Peer:
    """One server as this run knows it. Times are the clock's, `quota_until` the calendar's."""

    connection: Connection
    number: int = 0
    held: tuple[HeldEpoch, ...] | None = None  # None: not read
    committees: dict[str, tuple[Committee, ...]] = field(default_factory=dict)
    reading: bool = False
    reads: int = 0  # how often its epochs were read
    stale_at: int | None = None  # `reads` when it refused what it had announced
    out: str = ""  # why it is not asked again in this run
    last: str = ""  # the newest trouble
    quota_until: float = 0.0
    rest: int = 0  # evaluations of the day that are left until then, as far as is known
    ready_at: float = 0.0
    shunned_until: float = 0.0
    failures: int = 0
    turn: int = 0

    def says(self) -> str:
        """The server and what is wrong with it."""
        number = f"{self.number} " if self.number else ""
        unread = "it was not reached" if self.held is None else "no answer of use"
        return f"{number}({self.connection.url}): {self.out or self.last or unread}"


class Roster:
    """The servers of one run. `clock` counts seconds, `now` is the calendar's time."""

    def __init__(
        self,
        connections: Sequence[Connection],
        *,
        single: bool,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self.peers = tuple(Peer(connection) for connection in connections)
        self._single, self._clock, self._now = single, clock, now
        self._lock = threading.RLock()
        self._remarks: dict[tuple[str, str], Remark] = {}
        self._turn = 0

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Each thing worth telling, once."""
        with self._lock:
            return tuple(self._remarks.values())

    @property
    def still(self) -> AbstractContextManager[bool]:
        """While it is held nothing here changes."""
        return self._lock

    # -- what servers hold -------------------------------------------------------------------------

    def to_read(self) -> list[Peer]:
        """Servers whose epochs are not known and may be asked for now; the caller reads them."""
        with self._lock:
            found = [p for p in self.peers if p.held is None and self._is_ready(p)]
            found = [p for p in found if not p.reading]
            for peer in found:
                peer.reading = True
            return found

    def has_read(self, peer: Peer, said: Epochs | Trouble) -> None:
        """Take over what a server said of itself."""
        with self._lock:
            peer.reading = False
            if isinstance(said, Trouble):
                # without a list there is nothing to ask it for, whatever its reason
                kind = Kind.FAILED if said.kind in (Kind.QUOTA, Kind.STALE) else said.kind
                self.trouble(peer, Trouble(kind, said.what, said.wait_seconds))
                return
            if peer.number not in (0, said.server):
                self._lie(peer, f"it says now that it is server {said.server}")
                return
            peer.number, peer.held, peer.committees = said.server, said.held, {}
            peer.failures, peer.last = 0, ""
            peer.reads += 1

    def stale(self, peer: Peer, reads: int, what: str) -> None:
        """It refuses a generation that it had announced when it had been read `reads` times.

        All servers' epochs are read again, as there may be a new one; who announces it again and
        refuses it again is at fault.
        """
        with self._lock:
            if peer.stale_at is not None and reads > peer.stale_at:
                said = f"it refuses the generation that it announces: {what}"
                self.trouble(peer, Trouble(Kind.LIED, said))
            elif peer.reads == reads:  # else another batch found it out before
                peer.stale_at = reads
                for other in self.peers:
                    other.held = None

    def committee(self, pinned: PinnedEpoch) -> Committee | None:
        """The newest generation under the pinned key that enough servers hold, if there is one."""
        with self._lock:
            holders: dict[tuple[object, ...], tuple[Committee, set[int]]] = {}
            for peer in self.peers:
                for committee in self._held(peer, pinned):
                    found = holders.setdefault(_same(committee), (committee, set()))
                    found[1].add(peer.number)
            enough = [c for c, numbers in holders.values() if len(numbers) >= c.threshold]
            return max(enough, key=lambda c: c.generation, default=None)

    def _held(self, peer: Peer, pinned: PinnedEpoch) -> tuple[Committee, ...]:
        if peer.out or peer.held is None:
            return ()
        if pinned.epoch not in peer.committees:
            peer.committees[pinned.epoch] = self._checked(peer, pinned)
        return peer.committees[pinned.epoch]

    def _checked(self, peer: Peer, pinned: PinnedEpoch) -> tuple[Committee, ...]:
        named = [one for one in peer.held or () if one.epoch == pinned.epoch]
        if len(named) > MAX_HELD:
            return self._lie(peer, f"it announces {len(named)} generations of {pinned.epoch}")
        # before the servers' public keys are computed: that takes time, and others wait for it
        if any(one.commitments[0] != pinned.public_key for one in named):
            said = f"it announces another joint key for {pinned.epoch} than the pinned one"
            return self._lie(peer, said)
        try:
            committees = tuple(one.committee for one in named)
        except (ShareError, DeserializeError):
            return self._lie(peer, f"what it announces for {pinned.epoch} is no committee")
        if any(peer.number not in c.share_public_keys for c in committees):
            return self._lie(
                peer, f"it is no server of the committee that it names: {pinned.epoch}"
            )
        if any((c.threshold == 1) != self._single for c in committees):
            # one server's word is not taken where two are promised: assurance says which it is
            level = "one server alone" if not self._single else "several servers"
            what = f"it holds {pinned.epoch} for {level}: see TEKIL_ASSURANCE"
            self.trouble(peer, Trouble(Kind.REFUSED, what))
            return ()
        return committees

    def _lie(self, peer: Peer, what: str) -> tuple[Committee, ...]:
        self.trouble(peer, Trouble(Kind.LIED, what))
        return ()

    # -- whom to ask -------------------------------------------------------------------------------

    def holders(self, committee: Committee) -> list[Peer]:
        """All servers that hold this generation and were not found at fault."""
        with self._lock:
            return [peer for peer in self.peers if _holds(peer, committee)]

    def choose(self, committee: Committee, elements: int, count: int, but: set[int]) -> list[Peer]:
        """Up to `count` servers to ask now for so many elements, in turn, none that is in `but`."""
        with self._lock:
            now = self._clock()
            ready = [
                p
                for p in self.holders(committee)
                if p.number not in but and self._is_ready(p) and not self.is_short(p, elements)
            ]
            ready.sort(key=lambda p: (p.shunned_until > now, p.turn))
            chosen: dict[int, Peer] = {}
            for peer in ready:
                if len(chosen) < count:
                    chosen.setdefault(peer.number, peer)
            for peer in chosen.values():
                self._turn += 1
                peer.turn = self._turn
            return list(chosen.values())

    def _is_ready(self, peer: Peer) -> bool:
        return not peer.out and peer.ready_at <= self._clock()

    def is_short(self, peer: Peer, elements: int) -> bool:
        """Whether the organisation's day at this server has not so many evaluations left."""
        return peer.quota_until > self._now() and peer.rest < elements

    def most(self, committee: Committee, elements: int, *, steady: bool) -> int:
        """The largest batch up to `elements` that the day has left at enough servers, or 0.

        `steady`: of those alone that do not fail now.
        """
        with self._lock:
            rests: dict[int, int] = {}
            for peer in self.holders(committee):
                if not (steady and peer.failures):
                    rest = peer.rest if self.is_short(peer, elements) else elements
                    rests[peer.number] = max(rest, rests.get(peer.number, 0))
            largest = sorted(rests.values(), reverse=True)[: committee.threshold]
            return largest[-1] if len(largest) == committee.threshold else 0

    # -- what became of it -------------------------------------------------------------------------

    def good(self, peer: Peer) -> None:
        """It has answered."""
        with self._lock:
            peer.failures, peer.last, peer.stale_at = 0, "", None

    def slow(self, peer: Peer, seconds: float) -> None:
        """It has not answered in time; another is asked beside it, and before it for a while."""
        with self._lock:
            peer.shunned_until = self._clock() + SHUNNED_SECONDS
            peer.last = "it is slow"
            self._remark(peer, f"it was slow: no answer in {seconds:g} seconds", lied=False)

    def short(self, peer: Peer, elements: int, trouble: Trouble) -> None:
        """The organisation's day there has not so many evaluations left.

        It is believed once how many it has. Who says so again, or not at all, is next asked for
        half at most: or a liar would have us ask the others for all but one, and all but two …
        """
        with self._lock:
            half = elements // 2
            rest = half if trouble.remaining is None else min(trouble.remaining, elements - 1)
            peer.rest = min(rest, half) if peer.quota_until > self._now() else rest
            peer.quota_until = self._now() + max(trouble.wait_seconds, SHUNNED_SECONDS)
            peer.failures, peer.last = 0, LITTLE_LEFT if peer.rest else trouble.what
            self._remark(peer, peer.last, lied=False)

    def trouble(self, peer: Peer, trouble: Trouble) -> None:
        """It gave trouble instead of an answer."""
        with self._lock:
            peer.last = trouble.what
            if trouble.kind in (Kind.LIED, Kind.REFUSED):
                peer.out = trouble.what
                self._remark(peer, trouble.what, lied=trouble.kind is Kind.LIED)
            elif trouble.kind is Kind.RATE:
                # whatever it says: never at once, or this would be a loop without an end
                peer.ready_at = self._clock() + max(trouble.wait_seconds, DEFAULT_WAIT_SECONDS)
            elif trouble.kind is Kind.FAILED:
                now = self._clock()
                peer.ready_at = now + BACKOFF_SECONDS[min(peer.failures, len(BACKOFF_SECONDS) - 1)]
                peer.shunned_until = now + SHUNNED_SECONDS
                peer.failures += 1
                self._remark(peer, trouble.what, lied=False)

    def _remark(self, peer: Peer, what: str, *, lied: bool) -> None:
        remark = Remark(peer.connection.url, peer.number, what, lied)
        self._remarks.setdefault((remark.url, what), remark)


def _holds(peer: Peer, committee: Committee) -> bool:
    if peer.out or peer.held is None:
        return False
    return any(_same(one) == _same(committee) for of in peer.committees.values() for one in of)


def _same(committee: Committee) -> tuple[object, ...]:
    return committee.generation, committee.servers, committee.commitments
