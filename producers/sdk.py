"""The client: records in, one answer for each out.

    with Publisher(settings, "KIZ", key, tokeniser) as publisher:
        for record, answer in publisher.publish(records):
            ...

If the process dies here, running it again is safe: a submission's id follows from its
content, and the registry answers a repeated version with the first answer.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic, NamedTuple, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec
from events.model import NO_EPOCH, Assurance, Record
from events.outputs import SubmissionOutcome
from events.rejection import Reason, Refusal
from infra.errors import SystemUnavailable
from infra.settings import Settings
from producers.anchor import Anchor
from producers.answers import RecordAnswer
from producers.batching import Line, Signer, Submission, batches
from producers.tokens import Tokeniser
from producers.wire import Clock, KafkaWire, Wire, monotonic

IN_FLIGHT: Final = 20
PATIENCE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.5
Tag = TypeVar("Tag")


class Step(NamedTuple):
    """How far a run has come, in records; `total` is None while it is not known."""

    sent: int
    answered: int
    total: int | None


Progress = Callable[[Step], None]


class Publisher:
    """Sends one organisation's records and waits for their answers.

    `tokeniser` gives the assurance and epoch of the records' tokens; None is for records
    without subjects (control records). `connect` makes the wire; `clock` gives seconds.
    """

    def __init__(
        self,
        settings: Settings,
        org: str,
        private_key: Ed25519PrivateKey,
        tokeniser: Tokeniser | None,
        *,
        connect: Callable[[Settings, str], Wire] = KafkaWire,
        clock: Clock = monotonic,
        patience_seconds: float = PATIENCE_SECONDS,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self._settings, self._org = settings, org
        assurance = tokeniser.assurance if tokeniser else Assurance.HMAC
        epoch = tokeniser.epoch if tokeniser else NO_EPOCH
        self._signer = Signer(org, private_key, assurance, epoch)
        self._connect, self._clock = connect, clock
        self._patience_seconds, self._in_flight = patience_seconds, in_flight
        self._wire: Wire | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> Wire:
        """Connect, if it is not done yet.

        Raises SystemUnavailable, and Refusal(unknown-partner) if the organisation has no
        topic of receipts, which `tekil partner add` makes.
        """
        if self._wire is None:
            wire = self._connect(self._settings, self._org)
            if not wire.listen():
                wire.close()
                raise Refusal(Reason.UNKNOWN_PARTNER, self._org)
            self._wire = wire
        return self._wire

    def close(self) -> None:
        """Give up the connection."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def publish(
        self, records: Iterable[Record], progress: Progress | None = None, total: int | None = None
    ) -> Iterator[tuple[Record, RecordAnswer]]:
        """Send finished records, without a list or a ledger; each with its answer as it comes.

        Records are encoded while earlier ones wait for their answers, so that a generator
        of any length needs little memory. Raises like `open` and `exchange`.
        """
        lines = (Line(codec.record_line(record), record) for record in records)
        for line, answer in self.exchange(lines, progress, total):
            yield line.tag, answer

    def exchange(
        self,
        lines: Iterable[Line[Tag]],
        progress: Progress | None = None,
        total: int | None = None,
    ) -> Iterator[tuple[Line[Tag], RecordAnswer]]:
        """Sign, send and wait; yields each line with its answer, a submission at a time.

        Raises SystemUnavailable if nothing is answered for `patience_seconds`.
        """
        run = _Run[Tag](
            self.open(),
            Anchor(self._settings, self._org),
            self._clock,
            self._patience_seconds,
            progress,
            total,
        )
        for batch in batches(lines):
            submission = self._signer.submission(batch)
            while len(run.waiting) >= self._in_flight or submission.submission_id in run.waiting:
                yield from run.answers(POLL_SECONDS)
            run.send(submission)
            yield from run.answers(0)
        while run.waiting:
            yield from run.answers(POLL_SECONDS)


_FOREIGN: Final = (
    " {} messages in the topic of receipts were not the system's: tell the administration."
)


class _Run(Generic[Tag]):
    """One exchange: what was sent and is not answered."""

    def __init__(
        self,
        wire: Wire,
        anchor: Anchor,
        clock: Clock,
        patience_seconds: float,
        progress: Progress | None,
        total: int | None,
    ) -> None:
        self.waiting: dict[str, Submission[Tag]] = {}
        self._wire, self._anchor = wire, anchor
        self._clock, self._patience_seconds = clock, patience_seconds
        self._progress, self._total = progress, total
        self._sent = self._answered = 0
        self._moved = clock()

    def send(self, submission: Submission[Tag]) -> None:
        # preparing a batch is no silence of the system, however long its tokens take; and no
        # more than `in_flight` are sent without an answer
        self._moved = self._clock()
        self._wire.send(submission.headers, submission.value)
        self.waiting[submission.submission_id] = submission
        self._sent += len(submission.lines)
        self._tell()

    def answers(self, seconds: float) -> Iterator[tuple[Line[Tag], RecordAnswer]]:
        """The answers that have come, waiting at most `seconds` for the first."""
        for value in self._wire.poll(seconds):
            receipt = self._anchor.receipt(value)
            if receipt is None:
                continue
            for outcome in receipt["submissions"]:
                submission = self.waiting.pop(outcome["submission_id"], None)
                if submission is None:
                    continue
                self._moved = self._clock()
                self._answered += len(submission.lines)
                self._tell()
                yield from zip(submission.lines, _answers(outcome, submission), strict=True)
        if self.waiting and self._clock() - self._moved > self._patience_seconds:
            raise SystemUnavailable(
                f"No answer for {self._patience_seconds:.0f} seconds; {len(self.waiting)}"
                " submissions wait. Nothing is lost; running the command again is safe."
                + (_FOREIGN.format(self._anchor.skipped) if self._anchor.skipped else "")
            )

    def _tell(self) -> None:
        if self._progress:
            self._progress(Step(self._sent, self._answered, self._total))


def _answers(outcome: SubmissionOutcome, submission: Submission[Tag]) -> list[RecordAnswer]:
    """One answer for each line; a refused message refuses each of its lines."""
    if outcome["reason"]:
        return [RecordAnswer("rejected", outcome["reason"], outcome["field"])] * len(
            submission.lines
        )
    rows = {row["row"]: row for row in outcome["rows"]}
    found = []
    for number in range(1, len(submission.lines) + 1):
        row = rows[number]  # a row without an answer breaks the contract: stop
        found.append(RecordAnswer(row["disposition"], row["reason"], row["field"], row["answer"]))
    return found
