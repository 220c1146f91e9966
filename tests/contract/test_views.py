"""The views on the real engine: commented, kept up to date, and all that an analyst sees."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from events import signing
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from projections import migrate as module
from projections.migrate import MIGRATIONS, check_schema, migrate, view_texts
from projections.query import query
from projections.tables import BY_NAME
from tests.kit import public_hex as key_hex

DAY = "2026-05-20"


@pytest.fixture(scope="module")
def home(services: Settings) -> Settings:
    """A namespace that the version before views had files made, and this one brought up to date."""
    settings = services.model_copy(update={"namespace": f"w{uuid.uuid4().hex[:12]}"})
    with pytest.MonkeyPatch.context() as patch:
        older = settings.folder("keys") / "older"
        shutil.copytree(MIGRATIONS, older)
        for path in (*older.glob("0009*"), *older.glob("001*")):
            path.unlink()
        patch.setattr(module, "MIGRATIONS", older)
        patch.setattr(module, "_apply_views", lambda client: 0)
        patch.setattr(module, "_comment_tables", lambda client: None)
        assert migrate(settings) == 8
    made = connect(settings, OWNER)
    put(made, "findings", finding_id="f", revision=1, case_id="c", org_a="KIZ", assistance_a="a")
    put(made, "excess", case_id="c", month="2026-04-01", seq=1, amount=5)
    made.close()
    migrate(settings)
    return settings


@pytest.fixture
def client(home: Settings) -> Iterator[Client]:
    made = connect(home, OWNER)
    yield made
    made.close()


def put(client: Client, table: str, **values: Any) -> None:
    given = ", ".join(repr(value) for value in values.values())
    client.command(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({given})")


def rows(client: Client, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query(sql).result_rows]


def test_an_older_database_comes_up_to_date(home: Settings, client: Client) -> None:
    check_schema(client)
    assert migrate(home) == 0
    assert rows(client, "SELECT need_id, enrolment_id, checks FROM v1_findings") == [("", "", "")]
    old = "SELECT toInt32(amount), amount_confirmed, district, is_over FROM v1_excess_month"
    put(client, "blocks", seq=7, day=DAY)
    assert rows(client, old) == [(5, None, "", True)]


def test_everything_has_a_comment(client: Client) -> None:
    where = "WHERE database = currentDatabase()"
    named = dict(rows(client, f"SELECT name, comment FROM system.tables {where}"))
    views = set(view_texts())
    assert set(named) - views - set(BY_NAME) == {"schema_versions"}, "the library's own"
    assert all(named[name] for name in views | set(BY_NAME))
    columns = rows(client, f"SELECT table, name, comment FROM system.columns {where}")
    missing = [(t, c) for t, c, comment in columns if t in views | set(BY_NAME) and not comment]
    assert missing == []
    for table in BY_NAME.values():
        live = {c: comment for t, c, comment in columns if t == table.name}
        assert live == {column.name: column.comment for column in table.columns}


def test_a_views_types_are_those_of_its_select(client: Client) -> None:
    """Else every row would be converted, and a filter would find no key."""
    for name, text in view_texts().items():
        declared = rows(client, f"DESCRIBE TABLE {name}")
        select = text.split("\nAS\n", 1)[1].rsplit("\nCOMMENT ", 1)[0]
        found = rows(client, f"DESCRIBE ({select})")
        assert [row[:2] for row in declared] == [row[:2] for row in found], name


def test_an_analyst_sees_views_alone(home: Settings) -> None:
    published = {name for name in view_texts() if name.startswith("v1_")}
    here = "database = currentDatabase()"
    for sql in (
        "SHOW TABLES",
        f"SELECT name FROM system.tables WHERE {here}",
        f"SELECT DISTINCT table FROM system.columns WHERE {here}",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = currentDatabase()",
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE table_schema = currentDatabase()",
    ):
        assert {row[0] for row in query(home, sql).rows} == published, sql


def test_a_view_whose_text_changed_is_applied_again(
    home: Settings, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(module.VIEWS, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "v1_partners.sql"
    path.write_text(path.read_text().replace("The organisations that may", "Those that may"))
    monkeypatch.setattr(module, "VIEWS", tmp_path)
    assert (migrate(home), migrate(home)) == (1, 0)
    comment = "SELECT comment FROM system.tables WHERE name = 'v1_partners' AND database ="
    assert rows(client, f"{comment} currentDatabase()")[0][0].startswith("Those that may")
    client.command("DROP VIEW v1_partners")
    assert (migrate(home), migrate(home)) == (1, 0)
    monkeypatch.undo()
    assert migrate(home) == 1


def test_each_attempt_stays(client: Client) -> None:
    attempt = {"act": "decision", "decision_id": "d", "finding_id": "f", "case_id": "c"}
    put(client, "decisions", **attempt, seq=1, position=0, effect="notice-missing")
    put(client, "decisions", **attempt, seq=1, position=1, effect="applied", role="administrator")
    client.command("OPTIMIZE TABLE decisions FINAL")
    assert rows(client, "SELECT effect, role FROM v1_decisions ORDER BY seq, position") == [
        ("notice-missing", ""),
        ("applied", "administrator"),
    ]


def test_both_signatures_and_what_is_in_force(client: Client) -> None:
    put(client, "blocks", seq=8, day=DAY)
    put(client, "signing_keys", key_id="k", version=1, user="mina")
    put(client, "policies", version=1, in_force_from="1970-01-01", supervised=True)
    days = {2: "2026-01-01", 3: "2026-02-01", 4: "2027-01-01", 5: "2026-03-01"}
    for version, day in days.items():
        put(client, "policies", version=version, in_force_from=day, seq=version)
    for version, seq in ((2, 10), (4, 12)):
        put(client, "policy_signatures", version=version, seq=seq, key_id="k", received_day=DAY)
    found = "SELECT version, status, supervisor_by, toString(supervisor_day) FROM v1_policies"
    assert rows(client, f"{found} ORDER BY version") == [
        (1, "earlier", "", None),
        (2, "in-force", "mina", DAY),
        (3, "overtaken", "", None),
        (4, "from-later", "mina", DAY),
        (5, "waiting", "", None),
    ]


def test_what_was_checked_in_columns(client: Client) -> None:
    checks = (
        '{"link":"weak","subjects":[["recipient","member","weak.phone"]],"weight":7,'
        '"window_a":["2026-05-01","2026-06-01"],"cap":"12.50"}'
    )
    put(client, "findings", finding_id="g", revision=1, kind="double-coverage", checks=checks)
    found = "SELECT link, subjects, weight, toString(window_a_to), toString(cap), due"
    assert rows(client, f"{found} FROM v1_finding_checks") == [
        ("weak", [["recipient", "member", "weak.phone"]], 7, "2026-06-01", "12.5", None)
    ]


def test_the_checks_of_integrity_keep_their_order(client: Client) -> None:
    found = [name for (name,) in rows(client, "SELECT check_name FROM v1_integrity")]
    assert (found[0], found[-1], len(found)) == ("conservation", "finding-revisions-dense", 16)
    text = view_texts()["v1_integrity"]
    assert found == sorted(found, key=lambda name: text.index(f"'{name}'"))


def test_what_did_not_count_in_each_topic(client: Client) -> None:
    skipped = [
        ("journal", "", 3, "foreign"), ("journal", "", 4, "repeat"), ("keys", "", 3, "foreign"),
        ("receipts", "KIZ", 3, "foreign"), ("receipts", "STK", 3, "foreign"),
    ]  # fmt: skip
    for topic, org, offset, kind in skipped * 2:  # the projector died, and wrote them again
        values = {"topic": topic, "org": org, "message_offset": offset, "kind": kind}
        put(client, "foreign_messages", **values, day=DAY)
    put(client, "submissions", seq=1, source_offset=7, reason="unknown-key")
    put(client, "submissions", seq=1, source_offset=8, reason="submission-held", org="KIZ")
    found = rows(client, "SELECT topic, org, message_offset, kind FROM v1_foreign_messages")
    assert sorted(found) == sorted([*skipped, ("submissions", "", 7, "foreign")])
    beside = "foreign_submissions, foreign_journal, foreign_keys, foreign_findings,"
    told = rows(client, f"SELECT DISTINCT {beside} foreign_receipts, repeated FROM v1_integrity")
    assert told == [(1, 1, 1, 0, 2, 1)]


def test_the_keys_of_stages_with_those_of_genesis(client: Client) -> None:
    public = {name: key_hex(name) for name in ("first", "next")}
    for name, version, seq, status in (
        ("first", 0, 0, "active"), ("next", 1, 5, "active"), ("first", 2, 9, "revoked"),
        ("first", 3, 11, "revoked"),
    ):  # fmt: skip
        values = {"public_key": public[name], "version": version, "seq": seq, "status": status}
        put(client, "stage_keys", **values, stage="intake")
    found = rows(client, "SELECT stage, key_id, begins, ends, status FROM v1_stage_keys")
    ids = {name: signing.key_id(bytes.fromhex(key)) for name, key in public.items()}
    assert found == [
        ("intake", ids["first"], -1, 9, "revoked"),
        ("intake", ids["next"], 5, None, "active"),
    ]
