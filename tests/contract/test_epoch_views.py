"""Epochs, laggards, assurance and evaluations on the real engine, as the analyst reads them."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from dashboards import queries
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from producers import facts
from projections.migrate import migrate
from projections.writer import Projector
from tests.fakes.projection_log import (
    PERSON_KEY,
    Chain,
    Item,
    ListLog,
    assistance,
    made_id,
    refused,
    submission,
)

KEY = "ab" * 32


@pytest.fixture
def client(services: Settings) -> Iterator[Client]:
    settings = services.model_copy(update={"namespace": f"v{uuid.uuid4().hex[:12]}"})
    migrate(settings)
    made = connect(settings, OWNER)
    yield made
    made.close()


class Journal:
    """A journal that is written line by line, and read back from the views."""

    def __init__(self, client: Client) -> None:
        self.client, self.chain = client, Chain()
        self.chain.genesis()
        self.chain.offset += 1

    def by(self, org: str, epoch: str, *rows: Item) -> "Journal":
        offset = self.chain.offset
        self.chain.offset += 1
        self.chain.step(*submission(org, f"{org} {offset}", offset, rows, epoch))
        return self

    def epoch(self, name: str, version: int = 1, *, close: bool = False) -> "Journal":
        return self.by(
            "ADMIN", "none", facts.token_epoch(name, KEY, close=close) | {"version": version}
        )

    def tick(self, day: str) -> "Journal":
        self.chain.step({"t": "tick", "day": day})
        return self

    def read(self, what: str) -> list[tuple[Any, ...]]:
        log = ListLog(self.chain.blocks, self.chain.answers)
        projector = Projector(self.client, log, PERSON_KEY)
        while any(log.at[source] < log.bounds(source)[1] for source in log.at):
            projector.step(0)
        projector.step(0)
        return [tuple(row) for row in self.client.query(what).result_rows]


@pytest.fixture
def journal(client: Client) -> Journal:
    return Journal(client)


def need(name: str, version: int = 1, **more: Any) -> Item:
    record = {
        "kind": "need",
        "need_id": made_id(name),
        "version": version,
        "purpose": "rent",
        "assessed_on": "2026-05-01",
        "district": "TUR034026",
        "protected": False,
    }
    return record | more


def enrolment(name: str, version: int = 1, **more: Any) -> Item:
    record = {
        "kind": "enrolment",
        "enrolment_id": made_id(name),
        "version": version,
        "programme": "KIZ-ESSN",
        "started_on": "2026-01-01",
        "protected": False,
    }
    return record | more


LAGGARDS = "SELECT org, epoch, status, laggards, covering, live FROM v1_epoch_laggards"


def test_without_epochs_the_views_are_empty(journal: Journal) -> None:
    journal.by("KIZ", "e1", assistance("k1"))
    assert journal.read(LAGGARDS) == []
    assert journal.read("SELECT * FROM v1_epochs") == []


def test_epochs_in_the_order_of_their_opening(journal: Journal) -> None:
    journal.epoch("e9").tick("2026-05-02").epoch("e1").tick("2026-05-03").epoch("e9", 2, close=True)
    found = "SELECT epoch, public_key, status, number, opened_day, closed_day FROM v1_epochs"
    assert journal.read(found) == [
        ("e9", KEY, "closed", 1, date(2026, 5, 1), date(2026, 5, 3)),
        ("e1", KEY, "open", 2, date(2026, 5, 2), None),
    ]


def test_laggards_are_live_records_whose_newest_version_lacks_the_newest_epoch(
    journal: Journal,
) -> None:
    journal.epoch("e1").by(
        "KIZ",
        "e1",
        assistance("k1"),
        assistance("k2"),
        assistance("k3", covers_to="2026-05-02"),
        assistance("gone"),
        assistance("hidden", protected=True),
        need("n1"),
        need("closed"),
        enrolment("e1"),
        enrolment("left", ended_on="2026-04-01", end_reason="moved"),
    ).by("STK", "e1", assistance("s1", version=2))
    journal.by("KIZ", "e1", {"kind": "succession", "version": 1, "succession_id": made_id("u1")})
    assert journal.read(LAGGARDS) == [], "the newest epoch has no laggards"
    journal.epoch("e2").tick("2026-05-02")
    assert journal.read(LAGGARDS) == [
        ("KIZ", "e1", "open", 8, 7, 8),
        ("STK", "e1", "open", 1, 1, 1),
    ]
    journal.by(
        "KIZ",
        "e1-e2",
        assistance("k1", version=3),
        assistance("gone", version=3, stage="cancelled"),
    )
    journal.by("KIZ", "e2", need("n1", 2), need("closed", 2, closed_on="2026-05-02"))
    journal.by("STK", "e2", assistance("s1", version=1))  # a late version is not the newest
    assert journal.read(LAGGARDS) == [
        ("KIZ", "e1", "open", 4, 3, 6),
        ("STK", "e1", "open", 1, 1, 1),
    ]
    journal.by("STK", "e2", assistance("s1", version=4)).epoch("e1", 2, close=True)
    assert journal.read(LAGGARDS) == [
        ("KIZ", "e1", "closed", 4, 3, 6),
        ("STK", "e1", "closed", 0, 0, 1),
    ]


def test_the_newest_open_epoch_is_what_is_wanted(journal: Journal) -> None:
    journal.epoch("e1").epoch("e2").epoch("e2", 2, close=True)
    journal.by("KIZ", "e1-e2", assistance("k1")).by("KIZ", "e2", assistance("k2"))
    assert journal.read(LAGGARDS) == [("KIZ", "e2", "closed", 1, 1, 2)]


def test_what_each_sent_by_assurance_and_epoch(journal: Journal) -> None:
    journal.by("KIZ", "e1", assistance("k1"), {"t": "rej", "reason": "x", "field": ""})
    journal.by("KIZ", "e1-e2", assistance("k1", version=3)).by("KIZ", "e1", assistance("k2"))
    journal.chain.step(refused(journal.chain.offset, 5))
    found = "SELECT org, assurance, tokens_epoch, submissions, records, accepted FROM v1_assurance"
    assert journal.read(found) == [
        ("KIZ", "single", "e1", 2, 3, 2),
        ("KIZ", "single", "e1-e2", 1, 1, 1),
    ]


def test_the_newest_count_of_each_server_and_day(journal: Journal) -> None:
    def count(server: int, day: int, number: int, version: int = 1) -> Item:
        fact = facts.evaluations(server, date(2026, 5, day), "KIZ", "e1", number)
        return fact | {"version": version}

    journal.by("KEYA", "none", count(1, 1, 10), count(1, 2, 5))
    journal.by("KEYB", "none", count(2, 1, 7)).by("KEYA", "none", count(1, 1, 30, 2))
    found = (
        "SELECT server_org, server, day, org, epoch, evaluations FROM v1_evaluations ORDER BY ALL"
    )
    assert journal.read(found) == [
        ("KEYA", 1, date(2026, 5, 1), "KIZ", "e1", 30),
        ("KEYA", 1, date(2026, 5, 2), "KIZ", "e1", 5),
        ("KEYB", 2, date(2026, 5, 1), "KIZ", "e1", 7),
    ]


def test_the_page_counts_a_server_that_passed_to_another_body_once(journal: Journal) -> None:
    """The new body says the folder's past days again."""

    def count(server: int, epoch: str, number: int) -> Item:
        return facts.evaluations(server, date(2026, 5, 1), "KIZ", epoch, number) | {"version": 1}

    journal.by("KEYA", "none", count(1, "e1", 10), count(1, "e2", 4))
    journal.by("KEYB", "none", count(2, "e1", 7)).by("KEYC", "none", count(1, "e1", 12))
    (row,) = journal.read(queries.EVALUATIONS.sql)
    # of server 1 in e1 the newest word, KEYC's 12; in e2 KEYA's 4; of server 2 KEYB's 7
    assert row[:4] == (date(2026, 5, 1), "KIZ", 2, 23)
