"""The `Tokeniser` port on the key servers: one epoch, or two that overlap, with a cache before it.

A batch's tokens are in the cache as soon as it is finished. If the process dies here, the next run
asks for what is missing only.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, Protocol

from events.model import Assurance
from keyserver.oprf import threshold
from keyserver.oprf.group import RandomBytes
from keyserver.oprf.threshold import Batch, Combination
from producers.tokenising.inputs import token, token_input
from producers.tokenising.pinned import PinnedEpoch
from producers.tokenising.quota import BatchTooLarge, QuotaExhausted
from producers.tokens import Identifier, Tokeniser, Tokens

BATCH: Final = 500
"""Identifiers under one proof: half of what a server takes, for an answer in some 60 ms."""
WORKERS: Final = 2
"""Batches at a time. libsodium works outside of Python's lock, so that two use two cores."""

Progress = Callable[[int, int], None]
"""How many of how many identifiers have their tokens."""


class Evaluator(Protocol):
    """Who evaluates batches: `KeyServers`."""

    def evaluate(self, pinned: PinnedEpoch, batch: Batch) -> Combination:
        """What one server with the epoch's joint key would answer.

        Raises BatchTooLarge, QuotaExhausted and SystemUnavailable.
        """
        ...


class Cache(Protocol):
    """Who remembers tokens: `TokenCache`."""

    def get(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        """The known tokens of these identifiers."""
        ...

    def put(self, tokens: Iterable[tuple[Identifier, str]]) -> None:
        """Remember these."""
        ...


class ThresholdTokeniser:
    """The tokens of one epoch. `assurance` is threshold or single, as the servers are set up.

    `evaluations` counts the identifiers that servers were asked for.
    """

    def __init__(
        self,
        servers: Evaluator,
        pinned: PinnedEpoch,
        assurance: Assurance,
        cache: Cache | None = None,
        *,
        progress: Progress | None = None,
        random: RandomBytes = secrets.token_bytes,
        batch: int = BATCH,
        workers: int = WORKERS,
    ) -> None:
        self.assurance: Final = assurance
        self.epoch: Final = pinned.epoch
        self.evaluations = 0
        self._servers, self._pinned, self._cache = servers, pinned, cache
        self._progress, self._random = progress, random
        self._batch, self._pace = batch, _Pace(workers)
        self._lock = threading.Lock()

    def tokens(self, identifiers: Sequence[Identifier]) -> list[Tokens]:
        """One token for each identifier, in the same order.

        Raises SystemUnavailable; what was made until then is in the cache.
        """
        with self._lock:
            distinct = list(dict.fromkeys(identifiers))
            known = self._cache.get(distinct) if self._cache else {}
            missing = [one for one in distinct if one not in known]
            if missing:
                self._make(missing, known, len(distinct))
            return [(known[one],) for one in identifiers]

    def _make(self, missing: list[Identifier], known: dict[Identifier, str], total: int) -> None:
        """Add the missing tokens to `known`, batch by batch."""
        self._tell(known, total)
        work = _Work(missing, self._batch)
        failed: BaseException | None = None
        running: dict[Future[list[str]], list[Identifier]] = {}
        pool = ThreadPoolExecutor(self._pace.workers, thread_name_prefix="tokens")
        try:
            # when one fails, those under way are finished and kept, and no other is begun
            while running or (work.left and not failed):
                while work.left and not failed and len(running) < self._pace.at_once:
                    batch = work.left.pop()
                    running[pool.submit(self._evaluated, batch)] = batch
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    batch, error = running.pop(future), future.exception()
                    if isinstance(error, BatchTooLarge):
                        work.split(batch, error.most)
                        self._pace.slow_down()
                    elif error:
                        failed = failed or error
                    else:
                        self._keep(list(zip(batch, future.result(), strict=True)), known)
                        self._tell(known, total)
                        work.made += len(batch)
                        self._pace.made()
        finally:
            pool.shutdown(wait=False)
        if isinstance(failed, QuotaExhausted):
            said = self._said(work.made, len(missing) - work.made)
            raise QuotaExhausted(f"{failed} {said}") from failed
        if failed:
            raise failed

    def _said(self, made: int, missing: int) -> str:
        kept = " and are kept" if self._cache else ""
        return (
            f"{made} tokens of {self.epoch} were made in this run{kept}; {missing} are missing."
            " Run the command again after midnight (UTC+3), when the servers' next day begins: it"
            " goes on with those, as far as that day's quota reaches."
        )

    def _keep(self, made: list[tuple[Identifier, str]], known: dict[Identifier, str]) -> None:
        self.evaluations += len(made)
        known.update(made)
        if self._cache:
            self._cache.put(made)

    def _evaluated(self, identifiers: Sequence[Identifier]) -> list[str]:
        inputs = [token_input(self.epoch, kind, number) for kind, number in identifiers]
        batch = threshold.blind_batch(inputs, self._random)
        combination = self._servers.evaluate(self._pinned, batch)
        return [token(output) for output in threshold.finalize_batch(batch, combination)]

    def _tell(self, known: dict[Identifier, str], total: int) -> None:
        if self._progress:
            self._progress(len(known), total)


class _Pace:
    """How many batches of a run are asked for at a time.

    One alone until it is made, and again once a day's rest is short: each of two could use up the
    last of a quota at one server, and then none of them gets an answer of a second.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.at_once = 1
        self._is_short = False

    def made(self) -> None:
        """A batch is made."""
        self.at_once = 1 if self._is_short else self.workers

    def slow_down(self) -> None:
        """A batch was too large for what is left of a day."""
        self._is_short, self.at_once = True, 1


class _Work:
    """The batches that are still to be asked for, and how many tokens are made."""

    def __init__(self, missing: Sequence[Identifier], batch: int) -> None:
        self.left = [list(missing[at : at + batch]) for at in range(0, len(missing), batch)]
        self.left.reverse()  # the next one is the last
        self.made = 0

    def split(self, batch: list[Identifier], most: int) -> None:
        """This one is too large for what is left of a day: its first part is the next."""
        self.left += [batch[most:], batch[:most]]


class EpochsTokeniser:
    """Several epochs' tokens beside each other, oldest first, while they overlap."""

    def __init__(self, epochs: Sequence[Tokeniser]) -> None:
        first, *others = epochs
        if any(other.assurance != first.assurance for other in others):
            raise ValueError("tokens of two assurance levels do not go into one submission")
        self.assurance: Final = first.assurance
        self.epoch: Final = "-".join(one.epoch for one in epochs)
        self._epochs = tuple(epochs)

    def tokens(self, identifiers: Sequence[Identifier]) -> list[Tokens]:
        """As many tokens for each identifier as there are epochs."""
        found = [one.tokens(identifiers) for one in self._epochs]
        return [tuple(t for tokens in each for t in tokens) for each in zip(*found, strict=True)]
