"""A partner that guesses: it asks the key servers for tokens of numbers that it makes up.

Spoken over the contract of `keyserver.oprf.messages`: a server answers `Evaluated`, or `Error`
with the code `quota` when the organisation's day is used up. What stands behind `Ask` is a server
in this process, a program's HTTP endpoint, or whatever else keeps that contract.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from keyserver.oprf import threshold
from keyserver.oprf.messages import Error, Evaluate, Evaluated
from keyserver.oprf.shares import Committee, KeyShare
from producers.tokenising import inputs as scheme
from producers.tokens import DEFAULT_EPOCH, Identifier
from tests.attack.attacker import SERVER_PAIRS
from tests.attack.people import Bodies

Ask = Callable[[Evaluate], Evaluated | Error]
BATCH = 20


@dataclass
class Counting:
    """A key server with a quota for the day: what is beyond it is not evaluated.

    It keeps all that it ever sees, as a curious one would.
    """

    share: KeyShare
    quota: int
    seen: list[str] = field(default_factory=list)

    @property
    def evaluated(self) -> int:
        """How many elements it evaluated."""
        return len(self.seen)

    def __call__(self, asked: Evaluate) -> Evaluated | Error:
        """The answer, as it goes over the wire."""
        if self.evaluated + len(asked.blinded_elements) > self.quota:
            return Error(error="quota", detail="the organisation's day is used up")
        self.seen += asked.blinded_elements
        elements = [bytes.fromhex(element) for element in asked.blinded_elements]
        answer = threshold.answer(self.share, elements, secrets.token_bytes)
        return Evaluated.of(asked.epoch, answer)


@dataclass
class Guesser:
    """Asks two servers for each batch, in turn, so that all three quotas are used up."""

    committee: Committee
    servers: dict[int, Ask]
    epoch: str = DEFAULT_EPOCH
    tokens: dict[Identifier, bytes] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    pairs: Iterator[tuple[int, int]] = field(default_factory=lambda: cycle(SERVER_PAIRS))

    def guess(self, candidates: Sequence[Identifier]) -> None:
        """Tokens of as many candidates as the servers evaluate."""
        for start in range(0, len(candidates), BATCH):
            batch = candidates[start : start + BATCH]
            for _ in range(3):
                if self._asked(batch, next(self.pairs)):
                    break
            else:
                return

    def _asked(self, batch: Sequence[Identifier], pair: tuple[int, int]) -> bool:
        if self.refused & set(pair):
            return False
        inputs = [scheme.token_input(self.epoch, *one) for one in batch]
        blinded = threshold.blind_batch(inputs, secrets.token_bytes)
        asked = Evaluate(
            epoch=self.epoch,
            generation=self.committee.generation,
            blinded_elements=tuple(element.hex() for element in blinded.elements),
        )
        answers = {}
        for server in pair:
            said = self.servers[server](asked)
            if isinstance(said, Error):
                assert said.error == "quota"
                self.refused.add(server)
                return False
            answers[server] = said.answer
        combined = threshold.combine(self.committee, blinded.elements, answers)
        outputs = threshold.finalize_batch(blinded, combined)
        made = (bytes.fromhex(scheme.token(output)) for output in outputs)
        self.tokens |= dict(zip(batch, made, strict=True))
        return True


def against(bodies: Bodies, quota: int) -> tuple[Guesser, list[Counting]]:
    """A guesser before three servers that each allow it `quota` evaluations a day."""
    servers = [Counting(share, quota) for share in bodies.held]
    asks: dict[int, Ask] = {server.share.server: server for server in servers}
    return Guesser(bodies.committee, asks), servers
