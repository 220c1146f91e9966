"""Everybody who works on cases in the demo, on the days on which they look at them.

Partners know what any partner knows: the notices in their receipts, which they acknowledge and
reply to. The administration and the supervisor act as the plan says (cases.py); they find a case
as everybody does who knows its two records.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from events import codec
from events.ids import case_id, finding_id
from events.outputs import Notice
from lab.demo.aid import Planted, Reference
from lab.demo.cases import (
    ACKNOWLEDGED,
    REPLIED,
    Act,
    Handled,
)
from lab.demo.plan import Plan
from producers import facts
from producers.batching import Line

FACT: Final = "paid-as-recorded"
Signed = tuple[str, str]
"""(organisation, its account or '')."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A step that a partner takes in a case, on a day."""

    org: str
    case: str
    step: str


class Casework:
    """Turns notices and the plan into what is said. `references` knows whose an id is."""

    def __init__(
        self,
        plan: Plan,
        references: Mapping[tuple[str, str], Reference],
        id_of: Callable[[str, Reference], str],
        nonce: Callable[[], str],
    ) -> None:
        self._year, self._references = plan.year, references
        self._id_of, self._nonce = id_of, nonce
        self._handled = {entry.where: one for one in plan.handled for entry in one.story.entries}
        self._acts: dict[date, list[tuple[Handled, Act]]] = defaultdict(list)
        for one in plan.handled:
            for act in one.acts:
                self._acts[act.day].append((one, act))
        self._answers: dict[date, list[_Answer]] = defaultdict(list)
        self._versions = Counter[str]()
        self.recorded = Counter[str]()
        """Organisation → how many records about cases it has sent."""

    def on(
        self, day: date, notices: Iterable[Notice]
    ) -> Iterator[tuple[str, str, list[Line[Any]]]]:
        """(organisation, account or '', lines) for each who has something to say on a day.

        `notices` are all that came since the last time.
        """
        for notice in notices:
            if notice["kind"] == "case-opened":
                self._be_asked(notice)
        lines: dict[Signed, list[Line[Any]]] = defaultdict(list)
        for answer in self._answers.pop(day, []):
            lines[answer.org, ""].append(self._step(answer))
        for one, act in self._acts.pop(day, []):
            lines[act.org, act.account].append(self._line_of(one, act))
        for (org, account), records in sorted(lines.items()):
            self.recorded[org] += len(records)
            yield org, account, records

    def _be_asked(self, notice: Notice) -> None:
        org, case = notice["org"], notice["case_id"]
        where = self._references[org, notice["assistance_id"]]
        handled = self._handled.get(where)
        silent = ""
        if handled is not None and org == handled.silent_org:
            silent = handled.course.silent
        asked = date.fromisoformat(notice["day"])
        for step, days in (("acknowledged", ACKNOWLEDGED), ("replied", REPLIED)):
            if step == silent:
                return
            day = self._year.case_day(asked, days)
            if day:
                self._answers[day].append(_Answer(org, case, step))

    def _step(self, answer: _Answer) -> Line[str]:
        fact = FACT if answer.step == "replied" else ""
        return self._line(facts.case_step(answer.org, answer.case, answer.step, fact), "step_id")

    def _line_of(self, one: Handled, act: Act) -> Line[str]:
        planted = one.planted[act.finding]
        finding = finding_of(planted, self._id_of)
        if act.step == "notified":
            case = case_id(finding)
            return self._line(facts.case_step(act.org, case, act.step, ""), "step_id")
        if act.step == "appeal":
            said = facts.appeal(act.org, finding, act.revision, act.by, act.reason)
            return self._line(said, "appeal_id")
        said = facts.decision(act.org, act.account, finding, act.revision, act.step, act.reason)
        return self._line(said, "decision_id")

    def _line(self, fact: dict[str, Any], name: str) -> Line[str]:
        self._versions[fact[name]] += 1
        fields = {"nonce": self._nonce(), "version": self._versions[fact[name]]} | fact
        record = codec.parse_record(codec.dumps(fields))
        about = fact.get("case_id") or fact["finding_id"]
        return Line(codec.record_line(record), f"{fact['kind']} of {about}")


def finding_of(planted: Planted, id_of: Callable[[str, Reference], str]) -> str:
    """The id of a planted finding: anybody who knows its records knows it."""
    if not planted.is_pair:
        kind = "need" if planted.kind == "unmet-need" else "enrolment"
        return finding_id(planted.kind, planted.one[0], id_of(kind, planted.one), "", "")
    one, two = ((where[0], id_of("assistance", where)) for where in (planted.one, planted.two))
    return finding_id(planted.kind, *one, *two)
