"""Bad messages: each is answered or refused by the broker; nothing is lost and nothing stops."""

import asyncio
import uuid

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from events import codec
from events.catalog import Topic, receipts_topic
from infra import kafka
from producers.receipts import read_receipts
from projections.writer import wait_until_current
from tests.e2e.kit import Tekil
from tests.e2e.wire import end_of, line, rejection, send, sent_by, still_works, submission
from tests.hostile import NoText

CODECS = (None, "gzip", "snappy", "lz4", "zstd")
BOMB_BYTES = 40_000_000


def test_a_submission_signed_with_anothers_key(partners: Tekil) -> None:
    headers, value = submission(partners, "KIZ", "STK", [line(1), line(2)])
    foreign = rejection(partners, send(partners.settings, headers, value))
    assert (foreign["reason"], foreign["records"], foreign["org"]) == ("unknown-key", 2, "")
    # KIZ's own key id, but STK's signature
    own, own_value = submission(partners, "KIZ", "KIZ", [line(1)])
    forged, _ = submission(partners, "KIZ", "STK", [line(1)])
    signature = dict(forged)["tekil-sig"]
    swapped = [(k, signature if k == "tekil-sig" else v) for k, v in own]
    row = rejection(partners, send(partners.settings, swapped, own_value))
    assert row["reason"] == "bad-signature"
    told = read_receipts(partners.settings, "KIZ", 1_000)
    assert not [one for one in told if one["reason"] == "bad-signature"], "it was not KIZ's"
    still_works(partners, uuid.uuid4().hex)


def test_submissions_over_the_limits(partners: Tekil) -> None:
    many = submission(partners, "KIZ", "KIZ", [line(n) for n in range(1, 502)])
    assert rejection(partners, send(partners.settings, *many))["reason"] == "too-many-records"
    headers, value = submission(partners, "KIZ", "KIZ", [line(1)])
    padded = value + b" " * (codec.MAX_SUBMISSION_BYTES + 1 - len(value))
    row = rejection(partners, send(partners.settings, headers, padded))
    assert row["reason"] == "submission-too-large"
    with pytest.raises(MessageSizeTooLargeError):
        send(partners.settings, headers, b"x" * (2 << 20))
    still_works(partners, uuid.uuid4().hex)


def test_messages_that_are_no_submission(partners: Tekil) -> None:
    headers, value = submission(partners, "KIZ", "KIZ", [line(1)])
    cases = [
        ([], b"not json at all"),
        (headers, b"not json at all"),
        (headers, b'{"v":1,"v":1}\n{}'),
        (headers, b"\xff\xfe\x00"),
        (headers, b""),
        (headers, b"[" * 100_000),
        ([("ce_type", b"\xff")], value),
    ]
    for headers_, value_ in cases:
        row = rejection(partners, send(partners.settings, headers_, value_))
        assert row["reason"] in ("malformed-submission", "header-mismatch")
        assert row["row_no"] == 0
    bad_records = [
        (b"no json", "malformed-record"),
        (b'{"kind":"assistance","kind":"assistance"}', "malformed-record"),
        (b'{"kind":"spell"}', "unknown-kind"),
        (line(3, name="Somebody"), "unknown-field"),
        (line(4, amount=12.5), "invalid-value"),
        (line(5, covers_from="9999-12-30", covers_to="9999-12-31"), "invalid-value"),
        (line(6, programme="STK-NAKIT"), "not-your-programme"),
        (line(7, programme="KIZ-NONE"), "unknown-programme"),
    ]
    headers, value = submission(partners, "KIZ", "KIZ", [bytes_ for bytes_, _ in bad_records])
    offset = send(partners.settings, headers, value)
    rows = partners.query(
        f"SELECT row_no, reason FROM v1_rejections WHERE source_offset = {offset} ORDER BY row_no"
    )
    assert [row["reason"] for row in rows] == [reason for _, reason in bad_records]
    still_works(partners, uuid.uuid4().hex)


@pytest.mark.parametrize("codec_", CODECS)
def test_a_message_compressed_with_every_codec(partners: Tekil, codec_: str | None) -> None:
    number = 10_000 + 10 * CODECS.index(codec_)
    headers, value = submission(partners, "KIZ", "KIZ", [line(number), line(number + 1)])
    offset = send(partners.settings, headers, value, codec_)
    [row] = partners.query(f"SELECT * FROM v1_submissions WHERE source_offset = {offset}")
    assert (row["records"], row["accepted"]) == (2, 2)
    if codec_:
        # 40 MB that pack into a few kB: refused by the broker, never unpacked by a stage
        with pytest.raises(MessageSizeTooLargeError):
            send(partners.settings, headers, b"\0" * BOMB_BYTES, codec_)
    still_works(partners, uuid.uuid4().hex)


def test_a_header_key_that_is_no_text(partners: Tekil) -> None:
    """Brokers take any bytes there, and client libraries fail on reading them."""
    before = end_of(partners.settings)
    headers, value = submission(partners, "KIZ", "KIZ", [line(20_000)])
    client = kafka.producer(partners.settings)
    topic = partners.settings.topic(Topic.SUBMISSIONS)
    bad = [*headers, (NoText("tekil-x"), b"v")]
    client.send(topic, value=value, headers=bad, partition=0).get(timeout=30)
    client.close()
    [row] = partners.query(f"SELECT * FROM v1_submissions WHERE source_offset = {before}")
    assert (row["records"], row["accepted"]) == (1, 1), "an unknown header changes nothing"
    still_works(partners, "header-after")


def test_such_a_header_key_in_every_topic(partners: Tekil) -> None:
    """Both client libraries fail on it, in every stage and in a partner's program."""
    client = kafka.producer(partners.settings)
    for topic in (Topic.JOURNAL, Topic.KEYS, Topic.FINDINGS, receipts_topic("KIZ")):
        name = partners.settings.topic(topic)
        bad = [(NoText("x"), b"v")]
        client.send(name, value=b"no json", key=b"k", headers=bad, partition=0).get(timeout=30)
    client.close()
    still_works(partners, "bad-header-everywhere")
    assert read_receipts(partners.settings, "KIZ", 1_000)


def test_a_transaction_leaves_a_hole_in_the_offsets(partners: Tekil) -> None:
    """Its commit marker takes an offset and is never delivered."""

    async def transact() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=partners.settings.bootstrap, transactional_id=uuid.uuid4().hex
        )
        await producer.start()
        topic = partners.settings.topic(Topic.SUBMISSIONS)
        for number in (21_000, 21_001):
            headers, value = submission(partners, "KIZ", "KIZ", [line(number)])
            async with producer.transaction():
                await producer.send_and_wait(topic, value, headers=headers, partition=0)
        await producer.stop()

    before = sent_by(partners, "KIZ")
    asyncio.run(transact())
    still_works(partners, "transaction-after")
    assert sent_by(partners, "KIZ") == before + 3


def test_all_of_this_is_verified(partners: Tekil) -> None:
    """An independent reading comes to the same about every message that was sent above."""
    assert wait_until_current(partners.settings)
    found = partners.run("verify", "--json").json
    rows = {row["what"]: row for row in found["checked"]}
    assert found["is_well"]
    assert rows["submissions"]["checked"] > 30
    for what in ("blocks", "keys", "outputs", "receipts"):
        assert rows[what]["foreign"] >= 1, what
    assert not any(row["not_yet"] for row in found["checked"])
