"""People who decide, and partners who answer, on a system without a broker."""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from events import codec
from events.model import ADMINISTRATION, SUPERVISOR
from events.outputs import CaseRevision, DecisionRow, ExcessRow, FindingRevision
from tests.kit import FIRST_DAY, ZERO_NONCE, System, public_hex

KIZ = "KIZ TEMEL k{n} basic-needs/cash/m 6000 {month} R=P01 M=P02,P03"
STK = "STK NAKIT s{n} basic-needs/cash/m 8000 {month} R=P01 M=P02,P03"


@dataclass
class Desk:
    """A system with people who decide; `day` is the journal's day."""

    system: System = field(default_factory=System.ready)
    day: date = FIRST_DAY
    said: int = 0

    def __post_init__(self) -> None:
        for user in ("ayse", "baris"):
            self._account(ADMINISTRATION, user, "administrator")
        self._account(SUPERVISOR, "selin", "supervisor")

    def _account(self, org: str, user: str, role: str) -> None:
        key = public_hex(f"{org}/{user}")
        row = self.system.control("key", signer=org, org=org, public_key=key, user=user, role=role)
        assert row["disposition"] == "accepted", row

    def pays(self, number: int, month: str = "2025-01") -> "Desk":
        """S01's two programmes pay for a month."""
        for line in (KIZ, STK):
            text = line.format(n=number, month=month)
            assert not self.system.say(text)["reason"]
        return self

    def step_to(self, days: int) -> "Desk":
        """So many days after the first one."""
        self.day = FIRST_DAY + timedelta(days=days)
        self.system.step(self.day.isoformat())
        return self

    def says(self, org: str, kind: str, user: str = "", **fields: Any) -> None:
        """One statement about a case."""
        self.said += 1
        name = str(uuid.UUID(int=self.said, version=4))
        ids = {"case-step": "step_id", "decision": "decision_id", "appeal": "appeal_id"}
        record = {"kind": kind, "nonce": ZERO_NONCE, "version": 1, ids[kind]: name} | fields
        signer = f"{org}/{user}" if user else org
        (rows,) = self.system.send(self.system.message(org, [codec.dumps(record)], signer=signer))
        assert rows[0]["disposition"] == "accepted", rows

    def decides(self, decision: str, reason: str, user: str = "ayse", **more: Any) -> str:
        """A decision on the first finding (or `finding`), as it stands; its effect."""
        finding = more.get("finding") or self.first()
        org = SUPERVISOR if user == "selin" else ADMINISTRATION
        self.says(
            org, "decision", user, finding_id=finding["finding_id"],
            revision=more.get("revision") or finding["revision"], decision=decision, reason=reason,
        )  # fmt: skip
        return self.decisions()[-1]["effect"]

    def appeals(self, org: str = ADMINISTRATION, by: str = "household") -> str:
        """An appeal against the decision on the first finding; its effect."""
        finding = self.first()
        self.says(
            org, "appeal", finding_id=finding["finding_id"], revision=finding["revision"],
            by=by, ground="top-up",
        )  # fmt: skip
        return self.decisions()[-1]["effect"]

    def answers(self, *orgs: str) -> "Desk":
        """These partners acknowledge and reply in all cases."""
        for case_id in self.cases():
            for org in orgs:
                self.says(org, "case-step", case_id=case_id, step="acknowledged")
                self.says(
                    org, "case-step", case_id=case_id, step="replied", fact="paid-as-recorded"
                )
        return self

    def notifies(self) -> "Desk":
        """The household of each case is given notice."""
        for case_id in self.cases():
            self.says(ADMINISTRATION, "case-step", case_id=case_id, step="notified")
        return self

    def first(self) -> FindingRevision:
        """The finding that was opened first."""
        return next(iter(self.system.findings().values()))

    def cases(self) -> dict[str, CaseRevision]:
        return {case["case_id"]: case for out in self.system.outputs for case in out["cases"]}

    def case(self) -> CaseRevision:
        (case,) = self.cases().values()
        return case

    def decisions(self) -> list[DecisionRow]:
        return [row for out in self.system.outputs for row in out["decisions"]]

    def statuses(self) -> list[str]:
        return [finding["status"] for finding in self.system.findings().values()]

    def excess(self) -> list[str | None]:
        """What each case had too much of in each month, as last said."""
        return [row["amount"] for row in self._excess()]

    def confirmed(self) -> list[str | None]:
        """The same over confirmed pairs alone."""
        return [row["amount_confirmed"] for row in self._excess()]

    def districts(self) -> set[str]:
        return {row["district"] for row in self._excess()}

    def _excess(self) -> list[ExcessRow]:
        rows = (row for out in self.system.outputs for row in out["excess"])
        return list({(row["case_id"], row["month"]): row for row in rows}.values())
