"""The SDK's wire on a real broker: what a partner sends arrives, what it is told is read."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kafka import TopicPartition

from events import codec
from events.catalog import Topic, receipts_topic
from events.model import Partner
from events.rejection import Reason, Refusal
from infra import kafka
from infra.errors import SystemUnavailable
from infra.settings import Settings
from producers.sdk import Publisher

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
RECORDS = 1_234


def partner(number: int) -> Partner:
    return Partner(
        kind="partner",
        nonce=f"{number:032x}",
        version=1,
        org="KIZ",
        name="K",
        mailbox="k@k.example",
    )


@pytest.fixture
def settings(services: Settings) -> Settings:
    return services.model_copy(update={"namespace": f"w{uuid.uuid4().hex[:8]}"})


@contextmanager
def answering(settings: Settings) -> Iterator[list[bytes]]:
    """A registry that accepts everything; gives the values of the messages it saw."""
    seen: list[bytes] = []
    stop = threading.Event()
    consumer, producer = kafka.consumer(settings), kafka.producer(settings)
    source = TopicPartition(settings.topic(Topic.SUBMISSIONS), 0)
    consumer.assign([source])
    consumer.seek(source, 0)

    def work() -> None:
        while not stop.is_set():
            for messages in consumer.poll(timeout_ms=100).values():
                for message in messages:
                    seen.append(message.value)
                    # of a journal whose stages do not sign; nobody asks for the block's place
                    said = {"v": 1, "org": "KIZ", "seq": len(seen), "stage_keys": []}
                    receipt = orjson.dumps(said | {"submissions": [outcome(message)]})
                    producer.send(settings.topic(receipts_topic("KIZ")), receipt, partition=0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
        producer.close()
        consumer.close()


def outcome(message: object) -> dict[str, object]:
    headers, value = getattr(message, "headers"), getattr(message, "value")  # noqa: B009
    envelope = codec.open_envelope(headers, value)
    rows = [
        {"row": n, "disposition": "accepted", "reason": "", "field": "", "answer": None}
        for n in range(1, len(envelope.lines) + 1)
    ]
    submission_id = envelope.manifest.submission_id
    return {"submission_id": submission_id, "reason": "", "field": "", "rows": rows}


def test_everything_is_sent_and_answered_in_order(settings: Settings) -> None:
    kafka.ensure_topics(settings, ["KIZ"])
    with answering(settings) as seen, Publisher(settings, "KIZ", KEY, None) as client:
        found = list(client.publish(map(partner, range(RECORDS))))
        again = list(client.publish([partner(0)]))
    assert [int(record.nonce, 16) for record, _ in found] == list(range(RECORDS))
    assert {said.disposition for _, said in [*found, *again]} == {"accepted"}
    assert len(seen) == 4


def test_a_large_submission_passes_the_broker(settings: Settings) -> None:
    kafka.ensure_topics(settings, ["KIZ"])
    records = [partner(n).model_copy(update={"name": "n" * 1_900}) for n in range(500)]
    with answering(settings) as seen, Publisher(settings, "KIZ", KEY, None) as client:
        assert len(list(client.publish(records))) == 500
    assert max(len(value) for value in seen) > 900_000


def test_an_organisation_without_receipts_is_unknown(settings: Settings) -> None:
    kafka.ensure_topics(settings)
    with Publisher(settings, "KIZ", KEY, None) as client:
        with pytest.raises(Refusal) as caught:
            client.open()
        assert caught.value.reason is Reason.UNKNOWN_PARTNER


def test_nobody_answers(settings: Settings) -> None:
    kafka.ensure_topics(settings, ["KIZ"])
    with (
        Publisher(settings, "KIZ", KEY, None, patience_seconds=1) as client,
        pytest.raises(SystemUnavailable, match="safe"),
    ):
        list(client.publish([partner(1)]))
