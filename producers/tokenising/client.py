"""Asks the key servers: any two of three, in turn, a further one when one is slow, fails or lies.

What one batch goes through: a committee that fits the pinned key (`Roster`) → as many servers as
it needs, at the same time → `combine`, which checks every proof. A server at fault is named and
not asked again; a generation that changed on the way is found again, once.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.errors import SystemUnavailable
from keyserver.oprf import threshold
from keyserver.oprf.messages import Epochs, Evaluate
from keyserver.oprf.shares import Committee
from keyserver.oprf.threshold import Answer, Batch, Combination, Fault, TooFewShares
from producers.tokenising.connection import Connection, Identity, Kind, Transport, Trouble
from producers.tokenising.pinned import PinnedEpoch
from producers.tokenising.quota import BatchTooLarge, QuotaExhausted
from producers.tokenising.roster import Peer, Remark, Roster

QUOTA_ZONE: Final = timezone(timedelta(hours=3))
"""The servers' days (docs/decisions/0017)."""
REQUESTS_AT_ONCE: Final = 4
"""At one server: for two batches at a time, and room for requests that hang."""
_LOST: Final = (
    " Nothing is lost: the tokens that were made are kept, and running the command again goes on"
    " where it stopped."
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in seconds."""

    hedge_seconds: float = 2.0
    """After so long without an answer a further server is asked too."""
    failing_seconds: float = 60.0
    """So long a batch is tried while servers fail."""
    throttled_seconds: float = 600.0
    """So long a batch waits where servers say that they are asked too fast."""
    answer_seconds: float | None = None
    """For a whole answer; None: `connection.ANSWER_SECONDS`."""

    @classmethod
    def of(cls, answer_seconds: float) -> "Patience":
        """With so long for a whole answer, and time for some such tries."""
        return cls(failing_seconds=max(60.0, 4 * answer_seconds), answer_seconds=answer_seconds)


class KeyServers:
    """The key servers of one organisation's run; batches may be evaluated in several threads.

    `single`: one server holds the whole key. `clock` counts seconds, `sleep` waits. UsageProblem
    for an address without TLS that is not on this machine.
    """

    def __init__(
        self,
        urls: Sequence[str],
        org: str,
        signing_key: Ed25519PrivateKey,
        *,
        single: bool = False,
        patience: Patience | None = None,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        identity: Identity | None = None,
    ) -> None:
        who = identity or Identity(org, signing_key)
        self._patience, self._clock, self._sleep = patience or Patience(), clock, sleep
        self._closed = False
        seconds = self._patience.answer_seconds
        connections = [
            Connection(url, who, transport, seconds=seconds) for url in dict.fromkeys(urls)
        ]
        self._roster = Roster(connections, single=single, clock=clock, now=who.now)
        # each server has threads of its own: one that lets requests hang holds nobody else's up
        self._pools = {
            peer: ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="key-server")
            for peer in self._roster.peers
        }

    def close(self) -> None:
        """Give up the connections; requests that hang end by themselves."""
        self._closed = True
        for peer, pool in self._pools.items():
            pool.shutdown(wait=False, cancel_futures=True)
            peer.connection.close()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What to tell people of servers: those at fault, slow, failing or used up."""
        return self._roster.remarks

    @property
    def faults(self) -> tuple[Remark, ...]:
        """The servers that gave something wrong."""
        return tuple(remark for remark in self.remarks if remark.lied)

    def evaluate(self, pinned: PinnedEpoch, batch: Batch) -> Combination:
        """What one server with the epoch's joint key would answer to a batch.

        Raises BatchTooLarge where the rest of the day at the servers is for fewer elements;
        QuotaExhausted and SystemUnavailable, which name the servers.
        """
        evaluation = _Evaluation(self, pinned, batch)
        try:
            return evaluation.run()
        finally:
            evaluation.forget()

    # -- for one batch's evaluation ----------------------------------------------------------------

    def _read(self) -> bool:
        """Read the epochs of servers where they are not known. False if there was none to read."""
        peers = self._roster.to_read()
        futures = [self._pools[peer].submit(self._read_one, peer) for peer in peers]
        wait(futures, timeout=self._patience.hedge_seconds)
        for future in futures:
            if future.done():
                future.result()  # a bug shows itself here
        return bool(peers)

    def _read_one(self, peer: Peer) -> None:
        said: Epochs | Trouble = Trouble(Kind.FAILED, "no answer")
        try:
            said = peer.connection.epochs()
        finally:
            self._roster.has_read(peer, said)


class _Asked(NamedTuple):
    """A request on its way: to whom, for which committee, after how many readings of epochs."""

    peer: Peer
    committee: Committee
    reads: int


class _Evaluation:
    """One batch on its way. Answers are kept until as many are good as are needed."""

    def __init__(self, servers: KeyServers, pinned: PinnedEpoch, batch: Batch) -> None:
        self._servers, self._roster = servers, servers._roster
        self._pinned, self._batch = pinned, batch
        self._elements = tuple(element.hex() for element in batch.elements)
        self._committee: Committee | None = None
        self._answers: dict[int, tuple[Peer, Answer]] = {}
        self._pending: dict[Future[Answer | Trouble], _Asked] = {}
        self._slow: set[Future[Answer | Trouble]] = set()
        self._began = servers._clock()
        self._throttled_until = self._began

    def run(self) -> Combination:
        """Until there is a combination, or no hope of one."""
        while not self._servers._closed:
            committee = self._roster.committee(self._pinned)
            if committee != self._committee:
                self._committee, self._answers = committee, {}
            if committee:
                combination = self._combined(committee)
                if combination:
                    return combination
                self._ask(committee)
            if self._pending:
                self._check_end(self._servers._clock())  # some request may always be on its way
                self._wait()
            elif not self._servers._read():
                self._pause()
        raise SystemUnavailable("The key servers are no longer asked.")

    def forget(self) -> None:
        """What has not been sent yet would be counted by its server, and be of no use."""
        for future in self._pending:
            future.cancel()

    def _ask(self, committee: Committee) -> None:
        """Ask as many further servers as are missing; those that are slow do not count."""
        mine = [f for f, asked in self._pending.items() if asked.committee == committee]
        under_way = {self._pending[future].peer.number for future in mine}
        hoped = len(self._answers) + sum(future not in self._slow for future in mine)
        missing = committee.threshold - hoped
        if missing <= 0:
            return
        request = Evaluate(
            epoch=self._pinned.epoch,
            generation=committee.generation,
            blinded_elements=self._elements,
        )
        but = under_way | self._answers.keys()
        for peer in self._roster.choose(committee, len(self._elements), missing, but):
            reads, evaluate = peer.reads, peer.connection.evaluate
            future = self._servers._pools[peer].submit(evaluate, peer.number, request)
            self._pending[future] = _Asked(peer, committee, reads)

    def _wait(self) -> None:
        """Take what has come; call those slow that have not answered in time."""
        hedge_seconds = self._servers._patience.hedge_seconds
        done, waiting = wait(self._pending, timeout=hedge_seconds, return_when=FIRST_COMPLETED)
        for future in done:
            asked = self._pending.pop(future)
            self._slow.discard(future)
            self._take(asked, future.result())
        if not done:
            for future in waiting - self._slow:
                self._roster.slow(self._pending[future].peer, hedge_seconds)
            self._slow |= waiting
            # it may be a further one that is missing: one whose epochs are not known yet
            self._servers._read()

    def _take(self, asked: _Asked, given: Answer | Trouble) -> None:
        peer = asked.peer
        if isinstance(given, Answer):
            self._roster.good(peer)
            if asked.committee == self._committee:
                self._answers[peer.number] = peer, given
        elif given.kind is Kind.STALE:
            self._roster.stale(peer, asked.reads, given.what)
        elif given.kind is Kind.QUOTA:
            self._roster.short(peer, len(self._elements), given)
        else:
            self._roster.trouble(peer, given)

    def _combined(self, committee: Committee) -> Combination | None:
        if len(self._answers) < committee.threshold:
            return None
        given = {number: answer for number, (_, answer) in self._answers.items()}
        combination: Combination | None = None
        faults: tuple[Fault, ...]
        try:
            combination = threshold.combine(committee, self._batch.elements, given)
            faults = combination.faults
        except TooFewShares as error:
            faults = error.faults
        for fault in faults:
            peer, _ = self._answers.pop(fault.server)
            self._roster.trouble(peer, Trouble(Kind.LIED, str(fault.reason)))
        return combination

    # -- nobody can be asked now -------------------------------------------------------------------

    def _pause(self) -> None:
        """Wait for the next server that may be asked. Raises if none will be, or not in time."""
        with self._roster.still:  # other batches read epochs and take answers meanwhile
            if self._roster.committee(self._pinned) != self._committee:
                return  # another batch has read since this one looked
            waiting = self._hoped_for()
        self._sleep_until(waiting)

    def _hoped_for(self) -> list[Peer]:
        """Who may still be read or asked. Raises if they are too few."""
        usable = [p for p in self._roster.peers if not p.out]
        short = [p for p in usable if self._roster.is_short(p, len(self._elements))]
        holders = self._roster.holders(self._committee) if self._committee else []
        if self._committee:
            able = {p.number for p in holders if p not in short} | self._answers.keys()
            unread = [p for p in usable if p.held is None]
            is_enough = len(able) + len(unread) >= self._committee.threshold
            self._check_size(self._committee, steady=True)
            if not is_enough:
                self._check_size(self._committee, steady=False)
                used_up = [p for p in usable if self._roster.is_short(p, 1)]
                raise self._exhausted(used_up) if used_up else self._unavailable()
        waiting = [
            peer
            for peer in usable
            if peer.held is None
            or (peer in holders and peer not in short and peer.number not in self._answers)
        ]
        if not waiting:
            raise self._unavailable()
        return waiting

    def _check_size(self, committee: Committee, *, steady: bool) -> None:
        """Raises BatchTooLarge if a smaller batch has more hope."""
        elements = len(self._elements)
        most = self._roster.most(committee, elements, steady=steady)
        if 0 < most < elements:
            raise BatchTooLarge(most)

    def _sleep_until(self, waiting: Sequence[Peer]) -> None:
        now = self._servers._clock()
        next_ready = min(peer.ready_at for peer in waiting)
        throttled = [p.ready_at for p in waiting if not p.failures and p.ready_at > now]
        self._throttled_until = max([self._throttled_until, *throttled])
        self._check_end(max(now, next_ready))
        # a server that is being read says nothing of when it will be ready
        self._servers._sleep(max(next_ready - now, 0.05))

    def _check_end(self, seconds: float) -> None:
        """Raises if the clock's `seconds` are later than this batch is tried."""
        patience = self._servers._patience
        # being told to wait is no failure, but there is an end to that too
        end = min(
            self._throttled_until + patience.failing_seconds,
            self._began + patience.failing_seconds + patience.throttled_seconds,
        )
        if seconds > end:
            raise self._unavailable()

    def _exhausted(self, used_up: Sequence[Peer]) -> QuotaExhausted:
        names = "; ".join(
            f"{peer.number} ({peer.connection.url}) evaluates again from {_time(peer.quota_until)}"
            for peer in used_up
        )
        return QuotaExhausted(
            "This organisation's evaluations of the day are used up at too many key servers."
            f" Server {names}."
        )

    def _unavailable(self) -> SystemUnavailable:
        needed = self._committee.threshold if self._committee else 1
        said = "; ".join(
            peer.says()
            for peer in self._roster.peers
            if peer.number not in self._answers and (peer.out or peer.last or peer.held is None)
        )
        said = said or "none fails"
        what = (
            f"{needed} good answers are needed"
            if self._committee
            else "no generation of it is held by enough servers"
        )
        return SystemUnavailable(
            f"No tokens of {self._pinned.epoch}: {what}. Key servers: {said}.{_LOST}"
        )


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(QUOTA_ZONE)
    return f"{moment:%Y-%m-%d %H:%M} (UTC+3)"
