"""The focal persons and the administration's desk of the demo: they answer what they are asked.

They know what any partner knows: the notices in their receipts. Whether somebody stays silent,
and what is decided, stands in the plan.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from events import codec
from events.model import ADMINISTRATION
from events.outputs import Notice
from lab.demo.aid import Planted, Reference
from lab.demo.plan import Plan
from producers import facts
from producers.batching import Line

DESK: Final = "ayse"
"""Whose account decides."""
_MISSED: Final = "deadline-missed"
_DECISIONS: Final = {"confirmed": "confirm", "dismissed": "dismiss"}


class FocalPersons:
    """Turns notices into what is said to them. `references` knows whose an assistance is."""

    def __init__(
        self,
        plan: Plan,
        references: Mapping[tuple[str, str], Reference],
        nonce: Callable[[], str],
    ) -> None:
        self._references, self._nonce = references, nonce
        self._planted = {where: p for p in plan.planted for where in (p.one, p.two)}
        self._versions = Counter[str]()
        self.spoken = Counter[str]()
        """Organisation → how many records it said about cases."""

    def answer(self, notices: Iterable[Notice]) -> Iterator[tuple[str, str, list[Line[Any]]]]:
        """(organisation, account or '', lines) for each who has something to say."""
        replies: dict[str, list[Line[Any]]] = {}
        decisions: list[Line[Any]] = []
        for notice in notices:
            if notice["kind"] != "case-opened":
                continue
            where = self._references[notice["org"], notice["assistance_id"]]
            planted = self._planted.get(where)
            # a finding of one organisation asks it once, about either record
            is_second = planted is not None and notice["org"] == planted.two[0]
            if planted is None or not (is_second and planted.reason == _MISSED):
                replies.setdefault(notice["org"], []).extend(self._reply(notice))
            if planted is not None and is_second and planted.reason not in ("", _MISSED):
                decisions.append(self._decision(notice, planted))
        for org, lines in sorted(replies.items()):
            self.spoken[org] += len(lines)
            yield org, "", lines
        if decisions:
            self.spoken[ADMINISTRATION] += len(decisions)
            yield ADMINISTRATION, DESK, decisions

    def _reply(self, notice: Notice) -> Iterator[Line[str]]:
        org, case = notice["org"], notice["case_id"]
        yield self._line(facts.case_step(org, case, "acknowledged", ""), "step_id")
        yield self._line(facts.case_step(org, case, "replied", "paid-as-recorded"), "step_id")

    def _decision(self, notice: Notice, planted: Planted) -> Line[str]:
        fact = facts.decision(
            ADMINISTRATION,
            DESK,
            notice["finding_id"],
            notice["revision"],
            _DECISIONS[planted.status],
            planted.reason,
        )
        return self._line(fact, "decision_id")

    def _line(self, fact: dict[str, Any], name: str) -> Line[str]:
        self._versions[fact[name]] += 1
        spoken = {"nonce": self._nonce(), "version": self._versions[fact[name]]} | fact
        record = codec.parse_record(codec.dumps(spoken))
        return Line(codec.record_line(record), f"{fact['kind']} of {fact.get('case_id', 'a desk')}")
