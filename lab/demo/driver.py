"""Steps through the year: each day a signed step of the clock, then what is sent on that day.

Receipts are read all the time and compared with what the planter expects; at most
`IN_FLIGHT_RECORDS` wait for theirs. If the process dies here, nothing goes on being sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from events import codec
from events.model import ADMINISTRATION, ClockStep, Programme
from events.outputs import Notice, Receipt, SubmissionOutcome
from infra.errors import SystemUnavailable
from lab.demo.aid import Entry, expected_answer
from lab.demo.casework import Casework
from lab.demo.feed import Wire
from lab.demo.offers import OFFERS, ORGANISATIONS, Offer
from lab.demo.plan import Plan
from lab.demo.records import Recorder
from producers.batching import Line, Signer, Submission, batches

IN_FLIGHT_RECORDS: Final = 6_000
POLL_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 60.0
Tag = Entry | str
"""What a line is: a record of a list, or the name of what is said beside the lists."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the year has come, in records of lists."""

    day: date
    sent: int
    answered: int
    total: int


class Driver:
    """Publishes a plan. `signers` are by organisation, the administration's among them."""

    def __init__(
        self,
        wire: Wire,
        signers: Mapping[str, Signer],
        recorder: Recorder,
        nonce: Callable[[], str],
        clock: Callable[[], float],
        progress: Callable[[Step], None],
    ) -> None:
        self._wire, self._signers, self._recorder = wire, signers, recorder
        self._nonce, self._clock, self._progress = nonce, clock, progress
        self._waiting: dict[str, Submission[Tag]] = {}
        self._in_flight = self._sent = self._answered = self._total = 0
        self._heard = 0.0
        self._notices: list[Notice] = []
        self.differences: list[str] = []
        self.about_cases: Mapping[str, int] = {}
        """Organisation → how many records about cases it sent."""

    def publish(self, plan: Plan) -> None:
        """Publish the programmes, then all days, and wait for all receipts.

        `differences` then names wrong answers. Raises SystemUnavailable if nothing is
        answered for a minute.
        """
        self._heard = self._clock()
        self._total = sum(1 for _ in plan.entries())
        for org in ORGANISATIONS:
            self._send(org, [self._programme(offer) for offer in OFFERS if offer.org == org])
        recorder = self._recorder
        casework = Casework(plan, recorder.references, recorder.id_of, self._nonce)
        self.about_cases = casework.recorded
        for day, by_org in plan.days.items():
            yesterday = set(self._waiting)
            if day != plan.year.first:  # genesis set the first day
                self._send(ADMINISTRATION, [self._step_to(day)])
            for org, entries in by_org.items():
                self._send(org, [self._line(entry) for entry in entries])
            self._listen(0)
            while self._in_flight > IN_FLIGHT_RECORDS:
                self._listen(POLL_SECONDS)
            if plan.year.is_case_day(day):
                self._work_on_cases(casework, day, yesterday)
            self._progress(Step(day, self._sent, self._answered, self._total))
        while self._waiting:
            self._listen(POLL_SECONDS)
            self._progress(Step(plan.year.last, self._sent, self._answered, self._total))

    def _work_on_cases(self, casework: Casework, day: date, sent: set[str]) -> None:
        """Let everybody read what they are asked once `sent` is answered, and do their part.

        What was sent today need not be answered yet: so the stages go on meanwhile.
        """
        while not sent.isdisjoint(self._waiting):
            self._listen(POLL_SECONDS)
        self._take_all(self._wire.drained())
        notices, self._notices = self._notices, []
        for org, account, lines in casework.on(day, notices):
            self._send(org, lines, account)

    def _step_to(self, day: date) -> Line[Tag]:
        step = ClockStep(kind="clock-step", nonce=self._nonce(), version=1, day=day)
        return Line(codec.record_line(step), f"step to {day}")

    def _programme(self, offer: Offer) -> Line[Tag]:
        record = Programme(
            kind="programme",
            nonce=self._nonce(),
            version=1,
            programme=offer.programme,
            owner=offer.org,
            purpose=offer.purpose,
            complements=offer.complements,
        )
        return Line(codec.record_line(record), offer.programme)

    def _line(self, entry: Entry) -> Line[Tag]:
        return Line(codec.record_line(self._recorder.record(entry)), entry)

    def _send(self, org: str, lines: Sequence[Line[Tag]], account: str = "") -> None:
        for batch in batches(lines):
            submission = self._signers[account or org].submission(batch)
            while submission.submission_id in self._waiting:  # the same bytes again
                self._listen(POLL_SECONDS)
            self._wire.send(submission.headers, submission.value)
            self._waiting[submission.submission_id] = submission
            self._in_flight += len(batch)
            self._sent += _entries(submission)

    def _listen(self, seconds: float) -> None:
        self._take_all(self._wire.receipts(seconds))
        if self._waiting and self._clock() - self._heard > PATIENCE_SECONDS:
            raise SystemUnavailable(
                f"No answer for {PATIENCE_SECONDS:.0f} seconds; {len(self._waiting)} submissions"
                " wait. See the folder logs/ of TEKIL_HOME."
            )

    def _take_all(self, receipts: Iterable[Receipt]) -> None:
        for receipt in receipts:
            self._notices += receipt["notices"]
            for outcome in receipt["submissions"]:
                submission = self._waiting.pop(outcome["submission_id"], None)
                if submission is not None:
                    self._take(submission, outcome)

    def _take(self, submission: Submission[Tag], outcome: SubmissionOutcome) -> None:
        self._heard = self._clock()
        self._in_flight -= len(submission.lines)
        self._answered += _entries(submission)
        self.differences += differing_answers(submission, outcome)


def _entries(submission: Submission[Tag]) -> int:
    return sum(not isinstance(line.tag, str) for line in submission.lines)


def differing_answers(submission: Submission[Tag], outcome: SubmissionOutcome) -> Iterator[str]:
    """The lines of a submission that were answered otherwise than the planter expects."""
    if outcome["reason"]:
        yield f"submission {outcome['submission_id']} of {outcome['org']}: {outcome['reason']}"
        return
    rows = {row["row"]: row for row in outcome["rows"]}
    for number, line in enumerate(submission.lines, start=1):
        row, what = rows[number], line.tag  # a row without an answer breaks the contract: stop
        verdict = row["answer"]["verdict"] if row["answer"] else ""
        answer = row["disposition"], row["reason"], verdict
        if isinstance(what, str):
            expected, name = ("accepted", "", ""), what
        else:
            expected, name = expected_answer(what), f"{what.reference} version {what.version}"
        if answer != expected:
            yield f"answer to {name}: expected {_text(expected)}, got {_text(answer)}"


def _text(answer: tuple[str, str, str]) -> str:
    return " ".join(part for part in answer if part)
