"""The read side on the real engine and, at the end, the real broker."""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from events.catalog import Topic
from events.codec import dumps
from events.journal import ChainBroken
from infra.clickhouse import OWNER, ClickHouseUnavailable, connect
from infra.kafka import ensure_topics, producer
from infra.settings import Settings
from infra.stage import Exit
from projections import writer
from projections.follow import FINDINGS, JOURNAL, cursor_facts
from projections.inserting import LostRows, insert
from projections.migrate import (
    MIGRATIONS,
    SchemaDrift,
    check_schema,
    live_columns,
    migrate,
    view_texts,
)
from projections.query import QueryFailed, query
from projections.tables import BY_NAME, CURSOR
from projections.tables.columns import Fact
from projections.writer import Projector, lag, read_cursors, wait_until_current
from tests.fakes.projection_log import (
    PERSON_KEY,
    Chain,
    ListLog,
    assistance,
    finding,
    made_id,
    refused,
    submission,
)
from tests.kit import System

VIEWS = [name for name in view_texts() if name.startswith("v1_")]
Rows = dict[str, list[tuple[Any, ...]]]


def empty_database(services: Settings) -> Settings:
    """Settings of a new namespace with migrated, empty tables."""
    settings = services.model_copy(update={"namespace": f"p{uuid.uuid4().hex[:12]}"})
    migrate(settings)
    return settings


@pytest.fixture
def home(services: Settings) -> Settings:
    return empty_database(services)


@pytest.fixture
def client(home: Settings) -> Iterator[Client]:
    made = connect(home, OWNER)
    yield made
    made.close()


def busy_chain() -> Chain:
    """Three deliveries, each with a duplicate, refusals, a finding and a protected record."""
    chain = Chain()
    chain.genesis()
    programme = {"kind": "programme", "version": 1, "programme": "KIZ-TEMEL", "owner": "KIZ"}
    partner = {
        "kind": "partner",
        "version": 1,
        "org": "KIZ",
        "name": "Örnek Yardım Derneği",
        "mailbox": "a@b.c",
    }
    chain.offset += 1
    chain.step(*submission("ADMIN", "control", 0, [programme, partner]))
    for number in (1, 2, 3):
        tick = {"t": "tick", "day": f"2026-05-0{number + 1}"}
        rejected = {"t": "rej", "reason": "invalid-value", "field": "amount"}
        hidden = assistance(f"p{number}", protected=True, purpose="protection")
        rows = [assistance("k1", version=number), assistance(f"m{number}"), hidden]
        items = submission("KIZ", f"k{number}", chain.offset, [*rows, {"t": "dup"}, rejected])
        items.append(refused(chain.offset + 1, number))
        chain.offset += 2
        status = "withdrawn" if number == 3 else "open"
        about = finding(
            "secret", number, org_a="KIZ", assistance_a=made_id(f"p{number}"), assistance_b=""
        )
        chain.step(tick, *items, findings=[finding("f", number, status=status), about])
        chain.block({"t": "tick", "day": "2031-01-01"}, foreign=True)
        chain.answers.append(chain.answers[-1])
    return chain


def project(client: Client, log: ListLog, *, batch_rows: int = 20_000) -> None:
    """Run a projector until nothing is left."""
    projector = Projector(client, log, PERSON_KEY, batch_rows=batch_rows)
    while any(log.at[source] < log.bounds(source)[1] for source in log.at):
        projector.step(0)
    projector.step(0)


def contents(client: Client) -> Rows:
    """All rows of all views."""
    return {
        view: sorted(map(tuple, client.query(f"SELECT * FROM {view}").result_rows), key=repr)
        for view in VIEWS
    }


def failed_checks(client: Client) -> set[str]:
    rows = client.query("SELECT check_name FROM v1_integrity WHERE NOT ok").result_rows
    return {row[0] for row in rows}


# -- the schema ------------------------------------------------------------------------------


def test_migrations_run_from_empty_and_a_second_time_do_nothing(services: Settings) -> None:
    settings = services.model_copy(update={"namespace": f"p{uuid.uuid4().hex[:12]}"})
    assert migrate(settings) == len(list(MIGRATIONS.glob("*.sql"))) + len(view_texts())
    assert migrate(settings) == 0


def test_a_migration_that_died_half_way_is_made_good(services: Settings) -> None:
    settings = services.model_copy(update={"namespace": f"p{uuid.uuid4().hex[:12]}"})
    server = connect(settings, OWNER, database="")
    server.command(f"CREATE DATABASE {settings.database}")
    server.close()
    client = connect(settings, OWNER)
    client.command((MIGRATIONS / "0001_tables.sql").read_text().split(";")[0])
    migrate(settings)
    check_schema(client)
    client.close()


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_declared_schema_is_the_live_schema(client: Client, name: str) -> None:
    table = BY_NAME[name]
    assert live_columns(client, name) == table.types
    engine, key, comment = client.query(
        "SELECT engine_full, sorting_key, comment FROM system.tables"
        f" WHERE database = currentDatabase() AND name = '{name}'"
    ).result_rows[0]
    assert engine.startswith(table.engine)
    assert (key.strip("()"), comment) == (table.order_by, table.comment)


def test_the_projector_does_not_start_on_another_schema(client: Client) -> None:
    client.command("ALTER TABLE submissions DROP COLUMN field")
    with pytest.raises(SchemaDrift, match="submissions differs"):
        Projector(client, ListLog([], []), PERSON_KEY)
    client.command("DROP TABLE verdicts")
    with pytest.raises(SchemaDrift):
        check_schema(client)


# -- what the views say ----------------------------------------------------------------------


def test_the_views_show_the_journal_and_the_answers(client: Client) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    assert client.query(
        "SELECT version, amount, covers_from, received_day FROM v1_assistance"
        f" WHERE assistance_id = '{made_id('k1')}'"
    ).result_rows == [(3, Decimal("6000.500"), date(2026, 5, 1), date(2026, 5, 4))]
    assert client.query(
        f"SELECT count() FROM v1_assistance_versions WHERE assistance_id = '{made_id('k1')}'"
    ).result_rows == [(3,)]
    assert client.query(
        "SELECT status, revision, amount_at_risk, length(person_ref) FROM v1_findings"
    ).result_rows == [("withdrawn", 3, Decimal("6000.000"), 16)]
    assert client.query("SELECT count() FROM v1_finding_revisions").result_rows == [(3,)]
    sums = "sum(records), sum(accepted), sum(duplicate), sum(rejected)"
    assert client.query(f"SELECT {sums} FROM v1_submissions").result_rows == [(23, 11, 3, 9)]
    assert client.query(
        "SELECT count(), countIf(row_no = 0), sum(records) FROM v1_rejections"
    ).result_rows == [(6, 3, 9)]
    assert client.query("SELECT programme, owner FROM v1_programmes").result_rows == [
        ("KIZ-TEMEL", "KIZ")
    ]
    assert client.query("SELECT org, mailbox FROM v1_partners").result_rows == [("KIZ", "a@b.c")]


def test_what_intake_and_registry_really_write_is_projected(client: Client) -> None:
    system = System.ready()
    family, may = "R=P01 M=P02,P03", "2026-05"
    for line in (
        f"KIZ TEMEL k1 basic-needs/cash/m 6000 {may} {family}",
        f"STK NAKIT s1 basic-needs/cash/m 8000 {may} {family}",
        f"KIZ TEMEL k1 basic-needs/cash/m 6000 {may} {family}",
        f"KIZ TEMEL k1 basic-needs/cash/m 6001 {may} {family}",
        f"PLAN BEL KIRA b1 rent/cash/m 9000 {may} {family}",
        f"BEL KIRA b2 protection/cash/1 900 {may} {family} protected=true",
        f"RETURN KIZ TEMEL k1 basic-needs/cash/m 6000 {may} {family} version=3"
        " returned_amount=2000",
    ):
        system.say(line)
    system.step("2025-03-05")
    system.send(system.raw([], b"no manifest"), system.marker())
    project(
        client, ListLog(system.blocks, [system.signed_output(output) for output in system.outputs])
    )
    (found,) = system.findings().values()
    columns = "finding_id, revision, kind, strength, status, org_a, assistance_a, org_b, purpose"
    assert client.query(f"SELECT {columns} FROM v1_findings").result_rows == [
        tuple(found[name.strip()] for name in columns.split(","))  # type: ignore[literal-required]
    ]
    assert client.query("SELECT amount_at_risk FROM v1_findings").result_rows == [(Decimal(4000),)]
    verdicts = client.query("SELECT org, version, verdict, outcome FROM v1_verdicts").result_rows
    wanted = [
        (org, version, said["answer"]["verdict"], said["outcome"])
        for (org, name, version), said in system.verdicts().items()
        if name != "b2"
    ]
    assert sorted(map(tuple, verdicts)) == sorted(wanted)
    reasons = client.query("SELECT DISTINCT reason FROM v1_rejections ORDER BY reason").result_rows
    assert reasons == [("id-conflict",), ("malformed-submission",)]
    last = client.query("SELECT max(received_day) FROM v1_submissions").result_rows
    assert last == [(date(2025, 3, 5),)]
    assert failed_checks(client) == set()


def test_a_verdict_shows_its_last_outcome(client: Client) -> None:
    chain = Chain()
    chain.genesis()
    chain.offset = 1
    _, output = chain.step(*submission("KIZ", "s", 0, [assistance("k1")]))
    said = output["verdicts"][0]
    chain.answers.pop()
    output["verdicts"] = [said | {"outcome": "pending"}, said | {"outcome": "lapsed"}]
    chain.answers.append(dumps(output))
    project(client, ListLog(chain.blocks, chain.answers))
    assert client.query("SELECT outcome FROM v1_verdicts").result_rows == [("lapsed",)]


def test_nothing_protected_nor_what_refers_to_it_is_in_any_view(client: Client) -> None:
    chain = busy_chain()
    chain.offset += 1
    late = assistance("m1", version=9, protected=True)
    chain.step(*submission("KIZ", "late", chain.offset - 1, [late]))
    project(client, ListLog(chain.blocks, chain.answers))
    hidden = [made_id(name) for name in ("p1", "p2", "p3", "m1")]
    stored = client.query("SELECT count() FROM assistance FINAL WHERE protected").result_rows
    assert stored == [(4,)]
    seen = repr(contents(client))
    assert made_id("m2") in seen
    for name in hidden:
        assert name not in seen
    assert failed_checks(client) == set()


def test_all_checks_hold_on_something(client: Client) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    rows = client.query(
        "SELECT check_name, left_count, right_count, ok, seq, head FROM v1_integrity"
    ).result_rows
    assert len(rows) == 16
    beside = "SELECT DISTINCT foreign_submissions, foreign_journal, foreign_keys,"
    beside += " foreign_findings, foreign_receipts, repeated FROM v1_integrity"
    # three blocks on another head and three answers said again; nobody need sign this journal
    assert client.query(beside).result_rows == [(0, 0, 0, 0, 0, 6)]
    for name, left, right, ok, seq, head in rows:
        assert ok, name
        assert left == right > 0, f"{name} saw nothing"
        assert (seq, head) == (4, chain.head.digest)


def bogus(name: str, **values: Any) -> dict[str, Any]:
    """A row of zeros and empties but for the given columns."""
    blanks: list[tuple[str, Any]] = [("Nullable", None), ("UInt", 0), ("Date", date(2026, 5, 1))]
    blanks += [("Decimal", Decimal(0)), ("Bool", False), ("Array", []), ("", "")]
    row = {
        column: next(blank for prefix, blank in blanks if kind.startswith(prefix))
        for column, kind in BY_NAME[name].types.items()
    }
    return row | values


@pytest.mark.parametrize(
    ("table", "values", "wanted"),
    [
        ("submissions", {"source_offset": 99, "records": 2}, {"conservation"}),
        ("submissions", {"source_offset": 99}, {"submissions-projected"}),
        ("rejections", {"records": 1}, {"rejections-projected"}),
        ("assistance", {"assistance_id": "x"}, {"assistance-projected"}),
        ("verdicts", {"org": "X"}, {"verdicts-projected"}),
        ("findings", {"finding_id": "x", "revision": 2}, {"finding-revisions-dense"}),
        ("findings", {"finding_id": "x", "revision": 1}, {"findings-projected"}),
        ("blocks", {"seq": 2}, {"journal-chained", "source-contiguous", "blocks-answered"}),
        ("blocks", {"seq": 4, "submitted": 1}, {"submitted-journal-registry", "head"}),
        (
            "registry_blocks",
            {"seq": 2},
            {"accepted-journal-registry", "duplicate-journal-registry"},
        ),
        ("registry_blocks", {"seq": 2}, {"rejected-journal-registry", "blocks-answered"}),
    ],
)
def test_each_check_bites(
    client: Client, table: str, values: dict[str, Any], wanted: set[str]
) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    row = bogus(table, **values)
    client.insert(table, [list(row.values())], list(row))
    assert wanted <= failed_checks(client)


def test_a_missing_block_is_found(client: Client) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    client.command("ALTER TABLE blocks DELETE WHERE seq = 2 SETTINGS mutations_sync = 2")
    assert {"journal-dense", "journal-chained"} <= failed_checks(client)


# -- crashes, cuts, repeats ------------------------------------------------------------------


def test_a_crash_between_the_inserts_and_the_cursor_changes_nothing(
    home: Settings, client: Client, services: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = busy_chain()
    real = insert

    def dies_at(table: str) -> Callable[..., None]:
        def dying(to: Client, into: Any, rows: Any) -> None:
            if into.name == table:
                raise ConnectionResetError(table)
            real(to, into, rows)

        return dying

    for table in (CURSOR.name, "findings", CURSOR.name):
        monkeypatch.setattr(writer, "insert", dies_at(table))
        with pytest.raises(ConnectionResetError):
            project(client, ListLog(chain.blocks, chain.answers))
        assert [cursor.next_offset for cursor in read_cursors(client)] == [0, 0]
    monkeypatch.setattr(writer, "insert", real)
    project(client, ListLog(chain.blocks, chain.answers))
    other = empty_database(services)
    fresh = connect(other, OWNER)
    project(fresh, ListLog(chain.blocks, chain.answers))
    assert contents(client) == contents(fresh)
    assert failed_checks(client) == set()
    fresh.close()


@limits(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cuts=st.lists(st.integers(-1, 3), max_size=12),
    batch_rows=st.integers(1, 20),
    starts=st.integers(1, 3),
)
def test_any_cuts_and_restarts_give_the_same_views(
    services: Settings, cuts: list[int], batch_rows: int, starts: int
) -> None:
    chain = busy_chain()
    one, other = connect(empty_database(services), OWNER), connect(empty_database(services), OWNER)
    project(one, ListLog(chain.blocks, chain.answers))
    for start in range(1, starts + 1):
        blocks = chain.blocks[: len(chain.blocks) * start // starts]
        answers = chain.answers[: len(chain.answers) * start // starts]
        project(other, ListLog(blocks, answers, cuts), batch_rows=batch_rows)
    assert contents(one) == contents(other)
    one.close()
    other.close()


def test_answers_that_run_ahead_are_held_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAITING_ANSWERS", 1)
    chain = busy_chain()
    log = ListLog([], chain.answers, cuts=[1] * 50)
    log.unread[JOURNAL] = len(chain.blocks)
    projector = Projector(client, log, PERSON_KEY)
    projector.step(0)
    assert (projector.follower.waiting, log.held) == (2, {FINDINGS})
    log.messages[JOURNAL] = chain.blocks
    log.unread.clear()
    for _ in range(20):
        projector.step(0)
    assert (projector.follower.waiting, log.held) == (0, set())
    assert failed_checks(client) == set()


def test_rows_that_were_not_stored_are_noticed(client: Client) -> None:
    class Short:
        def insert(self, *_: Any, **__: Any) -> Any:
            return type("Summary", (), {"written_rows": 1})()

    fact: Fact = ({}, bogus("blocks"))
    with pytest.raises(LostRows, match="sent 2 rows, stored 1"):
        insert(Short(), BY_NAME["blocks"], [fact, fact])  # type: ignore[arg-type]


def test_a_rewritten_log_stops_the_projector(client: Client) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    other = [*chain.blocks[:-1], b"another"]
    for blocks, answers in (
        (other, chain.answers),
        (chain.blocks, chain.answers[:-1]),
        ([], chain.answers),
    ):
        with pytest.raises(ChainBroken, match="the log was rewritten"):
            Projector(client, ListLog(blocks, answers), PERSON_KEY)
    Projector(client, ListLog(chain.blocks, chain.answers), PERSON_KEY)


# -- the analyst -----------------------------------------------------------------------------


def test_the_analyst_reads_the_views_and_nothing_else(home: Settings, client: Client) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    for view in VIEWS:
        query(home, f"SELECT * FROM {view} LIMIT 3;")
    for statement in (
        "SELECT * FROM assistance",
        "SELECT * FROM _cursor",
        "SELECT * FROM protected_records",
        "SELECT * FROM current_cases",
        "DROP VIEW v1_findings",
        "INSERT INTO submissions (seq) VALUES (1)",
        "",
    ):
        with pytest.raises(QueryFailed):
            query(home, statement)
    with pytest.raises(QueryFailed, match=r"^Unknown expression.*nope.*\(UNKNOWN_IDENTIFIER\)$"):
        query(home, "SELECT nope FROM v1_findings")
    (first,) = query(
        home, "SELECT amount_at_risk, opened_day, ok FROM v1_findings, v1_integrity LIMIT 1"
    ).plain()
    assert first == {"amount_at_risk": "6000.00", "opened_day": "2026-05-01", "ok": True}


def test_a_long_answer_is_cut_and_says_so(home: Settings) -> None:
    found = query(home, "SELECT number FROM numbers(500)", max_rows=100)
    assert (len(found.rows), found.truncated) == (100, True)
    assert not query(home, "SELECT number FROM numbers(100)", max_rows=100).truncated


def test_what_is_missing_is_said(services: Settings, home: Settings) -> None:
    with pytest.raises(ClickHouseUnavailable, match="nosuchplace"):
        query(services.model_copy(update={"namespace": "nosuchplace"}), "SELECT 1")
    closed = home.model_copy(update={"port_base": 1_999})
    with pytest.raises(ClickHouseUnavailable, match=r"does not answer at http://127\.0\.0\.1:2122"):
        query(closed, "SELECT 1")


def test_every_example_of_the_analysts_guide_runs(home: Settings, client: Client) -> None:
    chain = busy_chain()
    project(client, ListLog(chain.blocks, chain.answers))
    examples = re.findall(r"```sql\n(.*?)```", Path("docs/analyst.md").read_text(), re.S)
    assert len(examples) > 15
    for example in examples:
        query(home, example)


# -- the process on the broker ---------------------------------------------------------------


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    code = (
        "from infra.settings import Settings; from projections.writer import run; run(Settings())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **settings.environment()},
        stderr=subprocess.PIPE,
    )


def send(settings: Settings, chain: Chain) -> None:
    made = producer(settings)
    for topic, values in ((Topic.JOURNAL, chain.blocks), (Topic.FINDINGS, chain.answers)):
        for value in values:
            made.send(settings.topic(topic), value=value, partition=0).get(timeout=30)
    made.close()


def test_the_worker_follows_the_broker_stops_and_refuses_a_rewritten_log(
    home: Settings, client: Client
) -> None:
    ensure_topics(home)
    chain = busy_chain()
    worker = start_worker(home)
    try:
        send(home, chain)
        assert wait_until_current(home, 60)
        assert [entry.messages for entry in lag(home)] == [0, 0]
        assert failed_checks(client) == set()
        before = contents(client)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.communicate()
    again = start_worker(home)  # from the cursor: nothing to do, nothing changes
    try:
        time.sleep(3)
        assert again.poll() is None
        assert contents(client) == before
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(30) == 0
        again.communicate()
    journal, _ = read_cursors(client)
    beyond = replace(journal, next_offset=1_000, last_message="x")
    insert(client, CURSOR, cursor_facts([beyond]))
    broken = start_worker(home)
    _, said = broken.communicate(timeout=60)
    assert broken.returncode == Exit.STAYS_STOPPED
    assert b"the log was rewritten" in said
    assert {JOURNAL, FINDINGS} == {entry.source for entry in lag(home)}


def test_a_publish_is_visible_soon(home: Settings, client: Client) -> None:
    ensure_topics(home)
    chain = Chain()
    chain.genesis()
    worker = start_worker(home)
    made = producer(home)
    seconds = []
    try:
        for value, topic in ((chain.blocks[0], Topic.JOURNAL), (chain.answers[0], Topic.FINDINGS)):
            made.send(home.topic(topic), value=value, partition=0).get(timeout=30)
        assert wait_until_current(home, 60)
        for number in range(10):
            chain.offset += 1
            rows = [assistance(f"x{number}")]
            chain.step(*submission("KIZ", f"s{number}", chain.offset - 1, rows))
            begun = time.monotonic()
            made.send(home.topic(Topic.JOURNAL), value=chain.blocks[-1], partition=0).get()
            made.send(home.topic(Topic.FINDINGS), value=chain.answers[-1], partition=0).get()
            while read_cursors(client)[1].next_seq < number + 2:
                assert time.monotonic() < begun + 20
                time.sleep(0.005)
            seconds.append(time.monotonic() - begun)
    finally:
        made.close()
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=30)
    print("publish to view:", [round(s * 1000) for s in seconds], "ms")
    assert sorted(seconds)[len(seconds) // 2] < 1.0  # ~0.1 s here; slack for a busy machine
