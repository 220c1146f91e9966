"""v1_decisions shows what that of migration 0006 did, on every way to be hidden."""

import itertools
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.queries import FINDING_RECORDS
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from projections.migrate import MIGRATIONS, migrate

OPEN, LATE = "open-record", "late-record"
NEED, ENROLMENT = "protected-need", "protected-enrolment"
SIDES = (OPEN, LATE, NEED, ENROLMENT, "nobody's-record")
"""What a finding's side may name: a record, protected ones of each kind, one not known here."""
Values = dict[str, Any]


@pytest.fixture
def client(services: Settings) -> Iterator[Client]:
    settings = services.model_copy(update={"namespace": f"d{uuid.uuid4().hex[:12]}"})
    migrate(settings)
    made = connect(settings, OWNER)
    for name in ("decisions", "cases"):
        made.command(old_view(name))
    yield made
    made.close()


def old_view(name: str) -> str:
    """The statement of 0006 for a view, under another name."""
    text = (MIGRATIONS / "0006_protected_cases.sql").read_text()
    found = re.search(rf"VIEW v1_{name} (.*?);", text, re.S)
    assert found
    return f"CREATE VIEW {name}_of_0006 {found[1]}"


def insert(client: Client, table: str, rows: list[Values]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    values = [[row[name] for name in names] for row in rows]
    client.insert(table, values, column_names=names)


def facts(client: Client) -> None:
    """Records of each kind, some marked protected by a later version."""
    versions = [(OPEN, 1, False), (LATE, 1, False), (LATE, 2, True)]
    rows = [
        {"org": "KIZ", "assistance_id": name, "version": version, "protected": protected}
        for name, version, protected in versions
    ]
    insert(client, "assistance", rows)
    protected = {"org": "KIZ", "version": 1, "protected": True}
    insert(client, "needs", [{"need_id": NEED} | protected])
    insert(client, "enrolments", [{"enrolment_id": ENROLMENT} | protected])


def finding(name: str, case: str, a: str, b: str, revision: int = 1) -> Values:
    """A revision of a finding about two records of one organisation."""
    about = {"finding_id": name, "revision": revision, "case_id": case}
    return about | {"org_a": "KIZ", "assistance_a": a, "org_b": "KIZ", "assistance_b": b}


def test_old_and_new_show_the_same_rows(client: Client) -> None:
    facts(client)
    findings = []
    for number, (a, b) in enumerate(itertools.product(SIDES, SIDES)):
        # alone in its case; with another that is shown; in the case of all
        findings.append(finding(f"f{number}", f"c{number}", a, b))
        findings.append(finding(f"g{number}", f"d{number}", a, b))
        findings.append(finding(f"h{number}", f"d{number}", OPEN, OPEN))
        findings.append(finding(f"i{number}", "all", a, b))
        # revisions that differ: a record was taken in, or left out
        findings.append(finding(f"j{number}", f"e{number}", a, b))
        findings.append(finding(f"j{number}", f"e{number}", OPEN, OPEN, 2))
        findings.append(finding(f"k{number}", f"k{number}", OPEN, OPEN))
        findings.append(finding(f"k{number}", f"k{number}", a, b, 2))
        # revisions that differ in their case, or have none
        findings.append(finding(f"l{number}", f"l{number}", a, b))
        findings.append(finding(f"l{number}", f"m{number}", OPEN, OPEN, 2))
        findings.append(finding(f"n{number}", "", a, b))
    insert(client, "findings", findings)
    insert(client, "findings", findings[:40])  # written again, as after a crash
    cases = [*sorted({row["case_id"] for row in findings} - {""}), "empty"]
    insert(
        client,
        "cases",
        [
            {"case_id": case, "revision": revision, "kind": "double-payment"}
            for case in cases
            for revision in (1, 2)
        ]
        + [{"case_id": "suspects", "revision": 1, "kind": "suspect-identifier"}],
    )
    about = [*sorted({row["finding_id"] for row in findings}), "", "of-nothing-known"]
    within = [*cases, "", "suspects", "of-nothing-known"]
    pairs = set(itertools.product(about, ["", "all", "suspects", "c1", "c6"]))
    pairs |= set(itertools.product(["", "f0", "f1"], within))
    pairs |= {(row["finding_id"], row["case_id"]) for row in findings}
    insert(
        client,
        "decisions",
        [
            {"act": "decision", "decision_id": f"{number}", "finding_id": one, "case_id": case}
            for number, (one, case) in enumerate(sorted(pairs))
        ],
    )
    before, now = (rows(client, view) for view in ("decisions_of_0006", "v1_decisions"))
    assert now == before
    assert 100 < len(now) < len(pairs) - 100
    shown = {(row[2], row[4]) for row in now}
    assert ("f0", "c0") in shown  # both records are open
    assert ("f1", "c1") not in shown  # one is protected
    assert ("", "empty") not in shown  # a case without a finding that can be shown
    assert ("", "suspects") in shown


def rows(client: Client, view: str) -> list[Any]:
    """All that a view shows, in the columns of 0006."""
    columns = "act, decision_id, finding_id, revision, case_id, org, decided_by, decision, reason"
    return sorted(client.query(f"SELECT {columns}, effect, seq FROM {view}").result_rows)


def test_a_case_shows_the_programmes_of_what_may_be_shown(client: Client) -> None:
    """All ways in which two findings of a case may each be hidden; as that of 0006 did."""
    names = [*SIDES[:2], "other-record", *SIDES[2:]]
    records: list[Values] = [
        {"org": "KIZ", "assistance_id": name, "version": 1, "programme": f"P-{name}"}
        for name in names[:3]
    ]
    insert(client, "assistance", records)
    insert(client, "assistance", [records[1] | {"version": 2, "protected": True}])
    insert(client, "needs", [{"org": "KIZ", "need_id": NEED, "version": 1, "protected": True}])
    left = {"org": "KIZ", "enrolment_id": ENROLMENT, "version": 1, "programme": "P-left"}
    insert(client, "enrolments", [left | {"protected": True}])
    known: dict[str, str] = {one["assistance_id"]: one["programme"] for one in records}
    known[ENROLMENT] = "P-left"
    findings: list[Values] = []
    cases: list[Values] = []
    for number, sides in enumerate(itertools.product(names, [*names, ""], names)):
        a, b, c = sides
        findings += [finding(f"f{number}", f"c{number}", a, b)]
        findings += [finding(f"g{number}", f"c{number}", c, "")]
        programmes = sorted({known[side] for side in sides if side in known})
        case = {"case_id": f"c{number}", "kind": "coverage", "programmes": programmes}
        cases += [case | {"revision": revision} for revision in (1, 2)]
    insert(client, "findings", findings)
    insert(client, "cases", cases)
    before, now = (
        client.query(f"SELECT case_id, programmes, revision FROM {view} ORDER BY 1").result_rows
        for view in ("cases_of_0006", "v1_cases")
    )
    assert now == before
    assert 20 < len(now) < len(cases) / 2
    assert any("P-left" in case["programmes"] for case in cases)
    assert not any({"P-left", f"P-{LATE}"} & set(programmes) for _, programmes, _ in now)


def test_nothing_decided_nothing_shown(client: Client) -> None:
    facts(client)
    insert(client, "findings", [finding("f", "c", OPEN, OPEN)])
    assert rows(client, "v1_decisions") == rows(client, "decisions_of_0006") == []


def test_a_findings_records_are_in_their_last_version(client: Client) -> None:
    facts(client)
    newer = {"org": "KIZ", "assistance_id": OPEN, "version": 2, "programme": "KIZ-CASH"}
    insert(client, "assistance", [newer, newer | {"assistance_id": "of-another-finding"}])
    insert(client, "findings", [finding("f", "", OPEN, "")])
    listed = {"finding_id": "f", "revision": 1, "org": "KIZ"}
    insert(client, "finding_records", [listed | {"assistance_id": one} for one in SIDES])
    shown = client.query(FINDING_RECORDS.sql, parameters={"finding": "f"}).result_rows
    assert [row[:3] for row in shown] == [
        ("KIZ", "nobody's-record", ""),
        ("KIZ", OPEN, "KIZ-CASH"),
    ]
