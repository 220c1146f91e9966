"""Given/when/then for the oracle: the scenarios' shorthand in, rows and verdicts out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.kit import assistance_id, spoken, token
from tests.oracle.decisions import name_of
from tests.oracle.facts import Fact, Tick, genesis
from tests.oracle.judgement import Judgement, Key, Row
from tests.oracle.oracle import judge

BASKET = {"basket_by_size": ["10000"], "basket_further": "3000"}
"""The scenarios' cap: 10,000 and 3,000 for each further person."""


@dataclass
class Story:
    """Accepted facts in the order told. A day is told with `on`."""

    first_day: str = "2026-05-15"
    rules: Mapping[str, Any] = field(default_factory=dict)
    facts: list[Fact | Tick] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts.append(genesis(self.first_day, BASKET | dict(self.rules)))

    def say(self, *lines: str) -> "Story":
        """Accept records of the scenarios' shorthand."""
        for line in lines:
            org, reference, record = spoken(line)
            self.names[record["assistance_id"]] = reference
            self.tell(org, record)
        return self

    def tell(self, org: str, record: Mapping[str, Any]) -> "Story":
        """Accept one record in wire form."""
        public = {k: v for k, v in record.items() if k not in ("nonce", "subjects")}
        fact = Fact(len(self.facts), 0, org, "", "hmac", public, record.get("subjects", ()))
        self.facts.append(fact)
        return self

    def thing(self, org: str, kind: str, reference: str, who: str, **fields: Any) -> "Story":
        """Accept a need, enrolment or the like of `who` (`R=P01 M=P02`)."""
        name = {"need": "need_id", "enrolment": "enrolment_id", "inquiry": "inquiry_id"}[kind]
        key = assistance_id(org, reference)
        self.names[key] = reference
        record = {"kind": kind, "version": 1, name: key, "subjects": people(who)}
        return self.tell(org, record | fields)

    def succeeded(self, org: str, former: str, successor: str, reference: str = "x") -> "Story":
        """Accept that one number was replaced by another."""
        sides = (("former", former), ("successor", successor))
        record = {
            "kind": "succession",
            "version": 1,
            "succession_id": assistance_id(org, reference),
            "subjects": [{"role": role, "tokens": [token(who)]} for role, who in sides],
        }
        return self.tell(org, record)

    def programme(self, org: str, code: str, version: int = 1, **fields: Any) -> "Story":
        """Accept a programme, signed by its owner."""
        record = {"kind": "programme", "version": version, "programme": f"{org}-{code}"}
        return self.tell(org, record | {"owner": org} | fields)

    def finding(self, a: str, b: str = "", kind: str = "") -> list[Any]:
        """What names a pair (references in text order) or a gap."""
        kind = kind or ("double-coverage" if b else "unmet-need")
        return [kind, list(self.key(a)), list(self.key(b)) if b else None]

    def decided(
        self,
        finding: list[Any],
        reason: str,
        user: str = "u1",
        org: str = "ADMIN",
        revision: int = 0,
    ) -> "Story":
        """Accept a decision on a revision, if none is given the newest."""
        dismissals = ("complementary", "top-up", "different-household", "moved", "data-error")
        decision = "dismiss" if reason in dismissals else "confirm"
        record = {"kind": "decision", "decision": decision, "reason": reason}
        return self._about(finding, record, org, user, revision)

    def appealed(self, finding: list[Any], org: str = "ADMIN", revision: int = 0) -> "Story":
        """Accept a household's appeal."""
        record = {"kind": "appeal", "by": "household", "ground": "moved"}
        return self._about(finding, record, org, "", revision)

    def _about(
        self, finding: list[Any], record: dict[str, Any], org: str, user: str, revision: int
    ) -> "Story":
        number = revision or self.judged().revisions.get(name_of(finding), 1)
        record |= {"version": 1, "finding": finding, "revision": number}
        self.facts.append(Fact(len(self.facts), 0, org, user, "hmac", record))
        return self

    def had_effect(self) -> bool:
        """Whether the last fact had one."""
        return self.judged().effects[len(self.facts) - 1, 0]

    def step(self, org: str, finding: list[Any], step: str) -> "Story":
        """Accept a step of the case of a finding: acknowledged, replied, notified."""
        record = {"kind": "case-step", "version": 1, "case": finding, "step": step}
        said = {"fact": "paid-as-recorded"} if step == "replied" else {}
        return self.tell(org, record | said)

    def on(self, day: str) -> "Story":
        """Ticks until it is `day`."""
        now = date.fromisoformat(self.first_day)
        for fact in self.facts:
            if isinstance(fact, Tick):
                now = date.fromisoformat(fact.day)
        while now < date.fromisoformat(day):
            now += timedelta(days=1)
            self.facts.append(Tick(len(self.facts), 0, now.isoformat()))
        return self

    def judged(self) -> Judgement:
        """What follows."""
        return judge(self.facts)

    def rows(self) -> list[str]:
        """Open rows as `kind strength a–b [from,to) amount`."""
        return shown(self.judged().open_rows(), self.names)

    def verdict(self, reference: str, version: int = 2) -> str:
        """The verdict that a version was given."""
        answers = self.judged().answers
        (found,) = (
            answer.verdict
            for (_, key, number), answer in answers.items()
            if self.names[key] == reference and number == version
        )
        return found

    def key(self, reference: str) -> Key:
        """(org, id) of a reference."""
        (org, _), *_ = ((f.org, f) for f in self._of(reference))
        return org, next(key for key, name in self.names.items() if name == reference)

    def _of(self, reference: str) -> Iterable[Fact]:
        for fact in self.facts:
            if isinstance(fact, Fact) and any(
                self.names.get(str(value)) == reference for value in fact.record.values()
            ):
                yield fact


def people(who: str) -> list[dict[str, Any]]:
    """Subjects of `R=P01 M=P02,P03 B=P17`."""
    roles = {"R": "recipient", "B": "beneficiary", "M": "member"}
    return [
        {"role": roles[part[0]], "tokens": [token(name)]}
        for part in who.split()
        for name in part[2:].split(",")
    ]


def shown(rows: Iterable[Row], names: Mapping[str, str]) -> list[str]:
    """Rows as text, with references for ids; a pair of one organisation in order of reference."""
    found = []
    for row in rows:
        keys: Sequence[Key] = [row.a] if row.b is None else [row.a, row.b]
        references = [names[key[1]] for key in keys]
        if len({key[0] for key in keys}) == 1:
            references.sort()
        window = f"[{row.overlap_from},{row.overlap_to})" if row.overlap_to else ""
        parts = [row.kind, row.strength, "–".join(references), window, row.amount or ""]
        found.append(" ".join(part for part in parts if part))
    return sorted(found)
