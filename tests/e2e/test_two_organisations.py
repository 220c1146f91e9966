"""Two untidy lists made by others, published by their organisations, as the README says."""

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import clickhouse_connect
import orjson
import pytest
from kafka import TopicPartition

import programs
from dashboards import queries
from events.catalog import Topic, receipts_topic
from events.stage_signing import content_of
from examples import two_organisations
from infra import kafka
from infra.clickhouse import OWNER, connect, password
from infra.local import supervisor
from infra.settings import Settings
from projections.writer import wait_until_current
from tests.e2e import forging
from tests.e2e.kit import Tekil

COUNTS = """
SELECT kind, strength, count() AS findings, uniqExact(person_ref) AS people,
    toString(sum(amount_at_risk)) AS amount
FROM v1_findings WHERE status = 'open' GROUP BY kind, strength ORDER BY kind
"""
EXPECTED = [
    {
        "kind": "double-coverage",
        "strength": "certain",
        "findings": 1863,
        "people": 1294,
        "amount": "1863000",
    },
    {
        "kind": "repeated-payment",
        "strength": "certain",
        "findings": 873,
        "people": 423,
        "amount": "873000",
    },
]


@pytest.fixture(scope="module")
def lists(shared: Tekil) -> Tekil:
    """Both lists are published, once."""
    two_organisations.write(shared.folder)
    for organisation in two_organisations.ORGANISATIONS:
        shared.join(organisation.code)
    shared.run("programme", "add", str(shared.folder / "programmes.csv"))
    for organisation in two_organisations.ORGANISATIONS:
        assert dispositions(shared, organisation.code) == {"accepted": 1999}
    return shared


def dispositions(tekil: Tekil, org: str) -> dict[str, int]:
    """Publish the list of an organisation; how many rows got which answer."""
    path = tekil.folder / f"{org}.csv"
    answers = tekil.run("publish", str(path), "--org", org, "--json").json
    return dict(Counter(answer["disposition"] for answer in answers))


def counted(tekil: Tekil) -> list[dict[str, Any]]:
    rows = tekil.query(COUNTS)
    numbers = ("findings", "people")
    return [row | {name: int(row[name]) for name in numbers} for row in rows]


def test_the_findings_are_those_that_a_naive_count_gives(lists: Tekil) -> None:
    assert counted(lists) == EXPECTED
    naive = two_organisations.expected()
    assert (naive.double_coverage, naive.double_people) == (1863, 1294)
    assert (naive.repeated_payment, naive.repeated_people) == (873, 423)
    lists.conserved()


def test_the_excess_is_what_no_pair_was_summed_for(lists: Tekil) -> None:
    found = lists.query(
        "SELECT toString(sum(amount)) AS amount, uniqExact(case_id) AS cases,"
        " uniqExact(month) AS months FROM v1_excess_month"
    )
    assert [{name: str(row[name]) for name in row} for row in found] == [
        {"amount": "1898000", "cases": "1317", "months": "1"}
    ]
    (shown,) = [row for row in lists.query(queries.EXCESS.sql) if row["period"] == "all"]
    assert (int(Decimal(shown["amount"])), int(shown["cases"])) == (1_898_000, 1_317), "on the page"
    assert (int(Decimal(shown["confirmed"])), int(shown["unknown"])) == (0, 0)


def test_publishing_again_adds_nothing(lists: Tekil) -> None:
    for organisation in two_organisations.ORGANISATIONS:
        assert dispositions(lists, organisation.code) == {"duplicate": 1999}
    assert counted(lists) == EXPECTED
    lists.conserved()


def test_the_answer_file_has_the_partners_own_references(lists: Tekil) -> None:
    lines = (lists.folder / "ORGB.answers.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2000
    assert lines[0].endswith(",Answer,What to do,Whom to call")
    source = (lists.folder / "ORGB.csv").read_text(encoding="utf-8-sig").splitlines()
    assert all(line.startswith(own) for line, own in zip(lines, source, strict=True))
    assert any("cash@orga.example" in line or "focal@orga.example" in line for line in lines)


def test_any_clickhouse_client_reads_the_views_as_the_analyst(lists: Tekil) -> None:
    settings = lists.settings
    client = clickhouse_connect.get_client(
        host="127.0.0.1",
        port=settings.clickhouse_port,
        username="analyst",
        password=password(settings, "analyst"),
        database=settings.database,
    )
    try:
        assert client.query("SELECT count() FROM v1_findings").result_rows == [(2736,)]
        with pytest.raises(clickhouse_connect.driver.exceptions.DatabaseError):
            client.query("SELECT count() FROM assistance")
        with pytest.raises(clickhouse_connect.driver.exceptions.DatabaseError):
            client.command("DROP VIEW v1_findings")
    finally:
        client.close()


def test_a_rebuild_from_the_journal_says_the_same_bytes(lists: Tekil) -> None:
    """Registry and intake lose their stores: every output comes again, equal byte for byte."""
    before = outputs(lists.settings)
    supervisor.down(lists.settings)
    shutil.rmtree(lists.settings.folder("state"))
    programs.up(lists.settings, lambda _text: None, lambda: None)
    assert dispositions(lists, "ORGA") == {"duplicate": 1999}, "the way is open again"
    after = outputs(lists.settings)
    repeated = [value for seq, values in after.items() for value in values[1:] if seq in before]
    assert len(repeated) == len(before), "every block was answered a second time"
    assert all(len(set(values)) == 1 for values in after.values())
    assert counted(lists) == EXPECTED
    lists.conserved()


def verified(tekil: Tekil, *words: str) -> dict[str, dict[str, Any]]:
    """What `tekil verify` looked at, by its name."""
    found = tekil.run("verify", "--json", *words).json
    assert found["is_well"]
    return {row["what"]: row for row in found["checked"]}


def test_all_that_was_said_follows_from_the_topics(lists: Tekil) -> None:
    """After the rebuild: what was said twice is the same."""
    assert wait_until_current(lists.settings)
    found = verified(lists, "--anew")
    assert found["records"]["checked"] > 5 * 1999
    assert found["blocks"]["checked"] == found["outputs"]["checked"] > 20
    assert found["of those by their signature alone"]["checked"] == 0
    assert found["rows of tables"]["checked"] > 2 * 1999
    assert not any(row["foreign"] or row["not_yet"] for row in found.values()), found


def test_a_row_that_its_owner_changed_is_named(lists: Tekil) -> None:
    changed = "INSERT INTO assistance SELECT * REPLACE (amount + {0} AS amount) FROM assistance"
    client = connect(lists.settings, OWNER)
    try:
        key = client.query("SELECT min(assistance_id) FROM assistance FINAL").result_rows[0][0]
        client.command(f"{changed.format(9)} FINAL WHERE assistance_id = '{key}'")
        result = lists.run("verify", ok=(1,))
        assert result.err.startswith("DIFFERENCE assistance, org=ORG")
        assert f" assistance_id={key} version=" in result.err
        assert ": amount: expected " in result.err
        client.command(f"{changed.format(-9)} FINAL WHERE assistance_id = '{key}'")
    finally:
        client.close()
    assert verified(lists)["rows of tables"]["foreign"] is None


def test_what_is_forged_is_counted_and_changes_nothing(lists: Tekil) -> None:
    before = verified(lists)
    place = forging.Place.of(lists.settings)
    forging.write(lists.settings, Topic.JOURNAL, forging.stolen_root(place))
    forging.write(lists.settings, Topic.FINDINGS, forging.invented_finding(place))
    forging.write(lists.settings, receipts_topic("ORGA"), b"{}", key=b"\xff")
    after = verified(lists)
    assert [after[what]["foreign"] for what in ("blocks", "outputs", "receipts")] == [1, 1, 1]
    assert after["blocks"]["checked"] >= before["blocks"]["checked"]


def outputs(settings: Settings) -> dict[int, list[bytes]]:
    """All messages of aid-findings by seq, in order."""
    client = kafka.consumer(settings)
    topic = TopicPartition(settings.topic(Topic.FINDINGS), 0)
    client.assign([topic])
    client.seek(topic, 0)
    end = kafka.end_offset(client, topic.topic)
    found: dict[int, list[bytes]] = {}
    while client.position(topic) < end:
        for record in client.poll(timeout_ms=2000).get(topic, ()):
            found.setdefault(orjson.loads(content_of(record.value))["seq"], []).append(record.value)
    client.close()
    return found


def test_the_readme_names_these_commands() -> None:
    readme = Path("README.md").read_text()
    for command in two_organisations.commands(two_organisations.DEFAULT_FOLDER):
        if "partner add" not in command and "keygen" not in command:
            assert command in readme, command
