"""What stops a stage, and what it writes after that: nothing."""

import time
from collections.abc import Callable

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

import programs
from events.catalog import Topic
from infra import kafka
from infra.local import children, supervisor
from infra.local.children import State
from infra.rocksdb import RocksStore
from infra.settings import Settings
from processors.registry.common import LAYOUT
from tests.e2e.kit import Tekil, record

WORDS = ("basic-needs/cash/m 6000", "2026-05", "R=P01 M=P02")
PATIENCE_SECONDS = 60.0


def ready(tekil: Tekil) -> None:
    tekil.join("KIZ")
    tekil.programmes(("KIZ", "TEMEL", ""))
    tekil.publish("KIZ", record("TEMEL", "k1", *WORDS))


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


def end_of(settings: Settings, topic: Topic) -> int:
    client = kafka.consumer(settings)
    try:
        return kafka.end_offset(client, settings.topic(topic))
    finally:
        client.close()


def worker(settings: Settings) -> supervisor.ChildStatus | None:
    """The worker as the supervisor sees it; None while it is not started yet."""
    return next((child for child in supervisor.status(settings) if child.name == "all"), None)


def test_a_journal_that_was_rewritten_stops_the_stages(tekil: Tekil) -> None:
    ready(tekil)
    settings = tekil.settings
    supervisor.down(settings)
    said = end_of(settings, Topic.FINDINGS)
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
    admin.delete_topics([settings.topic(Topic.JOURNAL)])
    wait_for(lambda: settings.topic(Topic.JOURNAL) not in admin.list_topics())
    admin.close()
    kafka.ensure_topics(settings)
    programs.up(settings, lambda _text: None, lambda: None)
    wait_for(lambda: (found := worker(settings)) is not None and found.state is State.STOPPED)
    assert "the log was rewritten" in children.log_path(settings, "all").read_text()
    assert end_of(settings, Topic.JOURNAL) == 0, "nothing was written into the new journal"
    assert end_of(settings, Topic.FINDINGS) == said
    status = tekil.run("status", "--json", ok=(3,)).json["processes"]
    assert "stopped" in {child["state"] for child in status}


def test_another_versions_state_is_set_aside_and_folded_anew(tekil: Tekil) -> None:
    ready(tekil)
    settings = tekil.settings
    supervisor.down(settings)
    said = end_of(settings, Topic.FINDINGS)
    folder = settings.stage_folder("registry")
    store = RocksStore(folder)
    [world] = store.get_many([b"w"])
    assert world is not None
    mine, other = (f'"layout":{layout}'.encode() for layout in (LAYOUT, LAYOUT - 1))
    assert mine in world
    store.write({b"w": world.replace(mine, other)})
    store.close()
    programs.up(settings, lambda _text: None, lambda: None)
    rows = tekil.publish("KIZ", record("TEMEL", "k2", *WORDS))
    assert {row["disposition"] for row in rows} == {"accepted"}
    assert len(tekil.open_rows()) == 1
    tekil.conserved()
    log = children.log_path(settings, "all").read_text()
    assert f"its layout is {LAYOUT - 1}" in log
    assert f"removed registry.layout-{LAYOUT - 1}" in log
    assert not list(folder.parent.glob("registry.layout-*"))
    # and what had been said was not said again: one message for each block since
    assert end_of(settings, Topic.FINDINGS) == end_of(settings, Topic.JOURNAL) > said


def test_a_foreign_message_in_the_journal_is_skipped_by_every_reader(tekil: Tekil) -> None:
    ready(tekil)
    settings = tekil.settings
    producer = KafkaProducer(bootstrap_servers=settings.bootstrap)
    topic = settings.topic(Topic.JOURNAL)
    stale = first_message(settings, topic)
    for value in (b"no block", stale):
        producer.send(topic, value=value, partition=0).get(timeout=30)
    producer.close()
    before = worker(settings)
    answers = tekil.publish("KIZ", record("TEMEL", "k2", *WORDS))
    assert {answer["disposition"] for answer in answers} == {"accepted"}
    after = worker(settings)
    assert before is not None
    assert after is not None
    # nobody was restarted by it
    assert (after.pid, after.restarts) == (before.pid, before.restarts)
    again = tekil.publish("KIZ", record("TEMEL", "k3", *WORDS))
    assert {answer["disposition"] for answer in again} == {"accepted"}
    [row] = tekil.query("SELECT count() AS n FROM v1_assistance")
    assert int(row["n"]) == 3
    tekil.conserved()


def first_message(settings: Settings, topic: str) -> bytes:
    client = kafka.consumer(settings)
    partition = TopicPartition(topic, 0)
    client.assign([partition])
    client.seek(partition, 0)
    try:
        while True:
            for found in client.poll(timeout_ms=1000).get(partition, ()):
                return bytes(found.value)
    finally:
        client.close()
