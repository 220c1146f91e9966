"""A partner's and an administrator's hands: the commands, as a person would type them."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.app import app
from events.ids import finding_id
from infra.settings import Settings

PERSONS = {
    "P01": "99291417710", "P02": "99011524438", "P03": "99398259756", "P04": "99341672168",
    "P05": "99945807348", "P06": "99917400256", "P07": "99526018156", "P08": "99356230186",
    "P09": "99795422074", "P10": "99906790368", "P11": "99787789352", "P12": "99748526088",
    "P13": "99442323242", "P14": "99198344478", "P15": "99308023026", "P16": "99577463752",
    "P17": "99864542894", "P18": "99217533784", "P19": "99081836554", "P20": "99241592078",
    "P21": "99266473758", "T1": "29385708394", "T2": "32952892662", "X1": "98453331444",
}  # fmt: skip
"""The scenarios' synthetic persons (valid check digits, nobody's numbers)."""

ROLES = {"R": "recipient", "B": "beneficiary", "M": "member"}
FREQUENCIES = {"m": "monthly", "1": "one-off"}
DISTRICT = "TUR034026"
GAPS = ("unmet-need", "lapsed-coverage")


@dataclass
class Result:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass
class Tekil:
    """One running system (a namespace), spoken to by its commands."""

    settings: Settings
    folder: Path
    references: dict[str, str] = field(default_factory=dict)
    files: int = 0

    def run(self, *words: str, ok: Sequence[int] = (0,)) -> Result:
        """Run a command in this process with this system's environment."""
        env = {
            "TEKIL_HOME": str(self.settings.home),
            "TEKIL_PORT_BASE": str(self.settings.port_base),
            "TEKIL_NAMESPACE": self.settings.namespace,
            "TEKIL_ASSURANCE": self.settings.assurance,
            "TEKIL_SESSION_TIMEOUT_SECONDS": str(self.settings.session_timeout_seconds),
        }
        found = CliRunner().invoke(app, list(words), env=env)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        result = Result(found.exit_code, found.stdout, found.stderr)
        assert result.code in ok, (words, result)
        return result

    def join(self, *orgs: str) -> None:
        """Keys and registration of organisations."""
        for org in orgs:
            self.run("keygen", org)
            self.run("partner", "add", org, "--mailbox", f"focal@{org.lower()}.example")

    def programmes(self, *rows: tuple[str, str, str]) -> None:
        """Register programmes given as (owner, code, complements)."""
        table = [
            {"programme": code, "owner": org, "complements": others} for org, code, others in rows
        ]
        self.run("programme", "add", str(self.write(table)))

    def policy(self, **rules: Any) -> None:
        """Put a policy in force that differs from the newest in these rules."""
        path = self.folder / "policy.json"
        path.write_text(json.dumps({"in_force_from": "2025-01-01", "rules": rules}))
        self.run("policy", "set", str(path), "--retroactive", "--yes")

    def publish(
        self,
        org: str,
        rows: Sequence[Mapping[str, Any]],
        ok: Sequence[int] = (0,),
        kind: str = "assistance",
    ) -> Any:
        """Publish rows as a list; the answers as `--json` gives them."""
        command = ("publish", str(self.write(rows)), "--org", org, "--kind", kind, "--json")
        result = self.run(*command, ok=ok)
        answers = result.json
        for answer in answers:
            if answer["assistance_id"]:
                self.references[answer["assistance_id"]] = answer["reference"]
        return answers

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query, as the analyst."""
        rows: list[dict[str, Any]] = self.run("query", sql, "--json").json
        return rows

    def open_rows(self) -> list[str]:
        """Open findings as `kind strength a–b [from,to) amount`, with references for ids.

        A pair of one organisation may stand either way round: it is written in text order.
        A sum over the cap has no b; a gap is `kind a purpose from day`.
        """
        found = self.query("SELECT * FROM v1_findings WHERE status = 'open'")
        return sorted(self._told(row) for row in found)

    def _told(self, row: dict[str, Any]) -> str:
        a, b = (
            self.references[one] if one else ""
            for one in (row["assistance_a"], row["assistance_b"])
        )
        if row["kind"] in GAPS:
            assert (row["overlap_to"], row["amount_at_risk"], b) == (None, None, "")
            return f"{row['kind']} {a} {row['purpose']} from {row['overlap_from']}"
        if b:
            pair = (
                row["kind"],
                row["org_a"],
                row["assistance_a"],
                row["org_b"],
                row["assistance_b"],
            )
            assert row["finding_id"] == finding_id(*pair), "a pair's id is that of its records"
        if row["org_a"] == row["org_b"]:
            a, b = sorted((a, b))
        return (
            f"{row['kind']} {row['strength']} {a}{'–' if b else ''}{b} "
            f"[{row['overlap_from']},{row['overlap_to']}) {row['amount_at_risk']}"
        )

    def conserved(self) -> None:
        """Nothing is lost: every check of the system's own integrity view holds."""
        checks = self.query("SELECT check_name, left_count, right_count, ok FROM v1_integrity")
        assert checks, "the integrity view saw nothing"
        assert all(check["ok"] for check in checks), checks

    def write(self, rows: Iterable[Mapping[str, Any]]) -> Path:
        """A CSV list in the test's folder."""
        self.files += 1
        path = self.folder / f"list-{self.files}.csv"
        rows = list(rows)
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path


def record(
    programme: str, reference: str, what: str, covers: str, who: str, **more: Any
) -> list[dict[str, Any]]:
    """The rows of one record in the scenarios' shorthand: one row a person.

    `what` is `purpose/modality/freq amount`, `covers` is `from,to` or a month, `who` is
    `R=P01 M=P02,P03 B=P17`.
    """
    kind, amount = what.split()
    purpose, modality, frequency = kind.split("/")
    people = [
        (ROLES[part[0]], PERSONS[name]) for part in who.split() for name in part[2:].split(",")
    ]
    start, end = window(covers)
    fields: dict[str, Any] = {
        "reference": reference,
        "programme": programme,
        "stage": "delivered",
        "purpose": purpose,
        "modality": modality,
        "frequency": FREQUENCIES[frequency],
        "amount": amount,
        "currency": "TRY",
        "covers_from": start,
        "covers_to": end,
        "level": "household",
        "district": DISTRICT,
        "household_size": len(people),
    } | more
    rows: list[dict[str, Any]] = []
    for number, (role, digits) in enumerate(people):
        person = {"role": role, "id_scheme": "tr.tckimlik", "id_number": digits}
        rows.append((fields if number == 0 else {"reference": reference}) | person)
    return rows


def window(covers: str) -> tuple[str, str]:
    """`2026-05` or `2026-05-01,2026-06-01` as a half-open pair of ISO dates."""
    if "," in covers:
        start, end = covers.split(",")
        return start, end
    year, month = map(int, covers.split("-"))
    return date(year, month, 1).isoformat(), date(year + month // 12, month % 12 + 1, 1).isoformat()
