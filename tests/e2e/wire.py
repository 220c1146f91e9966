"""Hands on the broker: messages as any client could send them, and what became of them."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from events import codec
from events.catalog import Topic
from events.model import Assurance
from infra import kafka
from infra.settings import Settings
from producers import keys
from tests.e2e.kit import Tekil, record

TAKEN_SECONDS = 60
WORDS = ("basic-needs/cash/m 6000", "2026-05", "R=P01 M=P02")


def sent_by(tekil: Tekil, org: str) -> int:
    """How many records of an organisation have come in."""
    [row] = tekil.query(f"SELECT sum(records) AS n FROM v1_submissions WHERE org = '{org}'")
    return int(row["n"])


def still_works(tekil: Tekil, reference: str) -> None:
    """The whole way is open, and every count agrees."""
    answers = tekil.publish("KIZ", record("TEMEL", reference, *WORDS))
    assert {answer["disposition"] for answer in answers} == {"accepted"}
    tekil.conserved()
    status = tekil.run("status", "--json").json["processes"]
    assert {child["state"] for child in status} == {"running"}
    assert sum(child["restarts"] for child in status) == 0, status


def send(
    settings: Settings, headers: Sequence[Any], value: bytes, codec_: str | None = None
) -> int:
    """Put one message into aid-submissions as any client of the broker could; its offset."""

    async def sent() -> int:
        # aiokafka, as it brings every codec
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap,
            compression_type=codec_,
            max_request_size=64 << 20,
        )
        await producer.start()
        try:
            topic = settings.topic(Topic.SUBMISSIONS)
            found = await producer.send_and_wait(topic, value, headers=list(headers), partition=0)
            return int(found.offset)
        finally:
            await producer.stop()

    return asyncio.run(sent())


def rejection(tekil: Tekil, offset: int) -> dict[str, Any]:
    """What the views say about the message at an offset, once intake has taken it."""
    until = time.monotonic() + TAKEN_SECONDS
    while time.monotonic() < until:
        rows = tekil.query(f"SELECT * FROM v1_rejections WHERE source_offset = {offset}")
        if rows:
            [row] = rows
            return row
    raise AssertionError(f"nothing was refused at {offset}")


def submission(tekil: Tekil, org: str, signer: str, lines: Sequence[bytes]) -> tuple[Any, bytes]:
    return codec.encode_submission(
        org=org,
        submission_id=str(uuid.uuid4()),
        assurance=Assurance.THRESHOLD,
        tokens_epoch="e1",
        lines=lines,
        private_key=keys.load_signing_key(tekil.settings, signer),
    )


def line(number: int = 1, **more: Any) -> bytes:
    fields: dict[str, Any] = {
        "kind": "assistance",
        "nonce": f"{number:032x}",
        "version": 2,
        "assistance_id": str(uuid.UUID(int=number, version=4)),
        "programme": "KIZ-TEMEL",
        "stage": "delivered",
        "purpose": "rent",
        "modality": "cash",
        "frequency": "monthly",
        "covers_from": "2026-05-01",
        "covers_to": "2026-06-01",
        "amount": "100.00",
        "currency": "TRY",
        "district": "TUR034026",
        "subjects": [{"role": "recipient", "tokens": [["tr.tckimlik", f"{number:032x}"]]}],
    }
    return codec.dumps(fields | more)


def end_of(settings: Settings) -> int:
    client = kafka.consumer(settings)
    try:
        return kafka.end_offset(client, settings.topic(Topic.SUBMISSIONS))
    finally:
        client.close()
