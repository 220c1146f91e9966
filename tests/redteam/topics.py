"""Whoever can write to the topics writes: forged, poisoned, copied and damaged messages."""

import asyncio
import random
import uuid
from collections.abc import Iterator

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from events import codec, signing
from events.catalog import Topic, receipts_topic
from events.journal import decode_block, encode_block
from events.model import ADMINISTRATION, SigningStage
from events.stage_signing import TRAILER_BYTES, content_of, signed
from infra import stage_keys
from infra.scan import scan
from tests.chaos.system import wait_for
from tests.e2e import forging
from tests.e2e.forging import MILLIONS, THIEF, values
from tests.redteam.data import signed as submission_signed
from tests.redteam.place import Place, raw
from tests.redteam.table import Attack

JUNK = (
    None, b"", b"\xff\xfe\x00", b"{}", b"[]", b"null", b'{"seq":1000000000}', b"not json",
    b'{"seq":-1}', b'{"seq":1e999}', b'{"seq":"0"}', b"[" * 100_000, b'{"v":99}', b"\x00" * 4096,
)  # fmt: skip
ODD_KEYS = (None, b"\xff\xfe", b"", b"k" * 10_000)
VICTIM = "KIZ"
COPIES = 40
GIANTS = {
    None: 16_000_000,
    "gzip": 40_000_000,
    "snappy": 40_000_000,
    "lz4": 40_000_000,
    "zstd": 40_000_000,
}
"""Codec → bytes before it; without one no more than the broker reads at all."""
STAGES = (Topic.JOURNAL, Topic.KEYS, Topic.FINDINGS, receipts_topic(VICTIM))
"""The topics in which a stage speaks."""
WRITER = "whoever can write to the topics"
BROKER = "a broker's administrator who destroys"


def forge_a_key_of_the_administration(place: Place) -> str:
    """A block that registers the thief's key, and a record that is signed with it."""
    head = forging.Place.of(place.settings)
    block = forging.stolen_root(head)
    named = forging.by_thief(Topic.JOURNAL, str(head.head.seq), block)
    raw(place, Topic.JOURNAL, [(None, block), (None, named)])
    step = {"kind": "clock-step", "version": 1, "day": "2099-01-01", "nonce": "0" * 32}
    forged = submission_signed({}, ADMINISTRATION, [codec.dumps(step)], str(uuid.uuid4()), THIEF)
    row = place.refusal(place.send(forged))
    assert row["reason"] == "unknown-key", row
    assert row["org"] == "", "it is booked to nobody"
    key_id = signing.key_id(signing.public_bytes(THIEF))
    known = place.main.run("status", "--json", ok=(0, 3)).out
    assert key_id not in known
    return "2 blocks skipped; the record signed with it: unknown-key, booked to nobody"


def poison_the_journal(place: Place) -> str:
    """What names the next block, and what cannot be read."""
    head = forging.Place.of(place.settings).head
    follow = [
        f'{{"v":{version},"seq":{seq},"prev":"{head.digest}"}}'.encode()
        for version in (1, 2, 99)
        for seq in (head.seq, head.seq + 1, 10**9, -1)
    ]
    old = values(place.settings, Topic.JOURNAL)
    whole = [*follow, *JUNK, old[0], old[-1]]
    taken = raw(place, Topic.JOURNAL, [(key, value) for value in whole for key in ODD_KEYS[:2]])
    return f"{taken} messages written, all skipped"


def say_the_last_block_again_as_the_next(place: Place) -> str:
    """A genuine block's words at the next place, under the signature that it had."""
    here = forging.Place.of(place.settings)
    block, trailer = decode_block(here.last), here.last[-TRAILER_BYTES:]
    content = encode_block(
        head=here.head,
        source=(block.source[1], block.source[1] + 1),
        clock_ms=block.clock_ms,
        keys_id=block.keys_id,
        keys_offset=-1,
        items=block.items,
    )
    raw(place, Topic.JOURNAL, [(None, content), (None, content + trailer)])
    return "2 blocks at the next place skipped"


def overwrite_the_keys(place: Place) -> str:
    """Zeros, tombstones and other bytes under the names of all keys (seen: money paid twice)."""
    names = {message.key for message in scan(place.settings, Topic.KEYS) if message.key}
    assert len(names) > 5
    over = [(name, value) for name in names for value in (bytes(64), None, b"9" * 64)]
    taken = raw(place, Topic.KEYS, [*over, *((key, value) for key in ODD_KEYS for value in JUNK)])
    return f"{len(names)} keys overwritten three times, {taken} messages written"


def invent_findings(place: Place) -> str:
    """Outputs that the registry did not write: a finding of millions, seqs to come."""
    here = forging.Place.of(place.settings)
    again = forging.output(here.head.seq - 1, findings=[{"amount_at_risk": MILLIONS}])
    false = (forging.invented_finding(here), again, forging.output(10**9), *JUNK)
    written = [(key, value) for value in false for key in ODD_KEYS[:2]]
    written += [
        (None, forging.by_thief(Topic.FINDINGS, f"{here.head.seq}.0", value or b""))
        for value in false
    ]
    taken = raw(place, Topic.FINDINGS, written)
    place.calm()
    shown = place.main.query("SELECT * FROM v1_findings WHERE amount_at_risk > 1000000")
    assert shown == [], shown
    return f"{taken} messages written; no such finding in any view"


def forge_receipts(place: Place) -> str:
    """*covered until 2027* under an old signature, and what stops who reads it."""
    topic = receipts_topic(VICTIM)
    false = forging.false_receipt(place.settings, VICTIM)
    poison = b'{"v":1,"org":"KIZ","seq":1000000000}'
    by_thief = [forging.by_thief(topic, str(seq), content_of(false)) for seq in (1, 10**9)]
    taken = raw(
        place, topic, [(key, v) for v in (false, poison, *by_thief, *JUNK) for key in ODD_KEYS[:2]]
    )
    place.calm()
    told = place.main.run("receipts", "--org", VICTIM, "--json").out
    assert "2027" not in told
    return f"{taken} messages written; the partner reads its own receipts alone"


def move_what_is_genuine(place: Place) -> str:
    """Every topic's own messages, signed as they are, in every other topic."""
    other = receipts_topic("BEL")
    heard = {topic: values(place.settings, topic)[-3:] for topic in (*STAGES, other)}
    written = 0
    for topic in STAGES:
        moved = [(None, v) for source in heard if source != topic for v in heard[source]]
        written += raw(place, topic, moved)
    written += raw(place, Topic.SUBMISSIONS, [(None, heard[Topic.JOURNAL][-1])])
    return f"{written} genuine messages in topics that are not theirs: skipped"


def damage_what_is_genuine(place: Place) -> str:
    """Genuine messages with a byte changed, cut, made longer, or with another signature."""
    chance = random.Random(place.load.seed)
    written = 0
    for topic in STAGES:
        known = [one for one in values(place.settings, topic) if len(one) > TRAILER_BYTES]
        broken = [_damaged(chance, chance.choice(known)) for _ in range(COPIES)]
        written += raw(place, topic, [(b"damaged", one) for one in broken])
    return f"{written} damaged copies skipped"


def _damaged(chance: random.Random, value: bytes) -> bytes:
    at = chance.randrange(len(value)) if value else 0
    match chance.randrange(4):
        case 0:
            return value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
        case 1:
            return value[:at]
        case 2:
            return value + value[at:]
        case _:
            return value[:-TRAILER_BYTES] + b"\n" + b"0" * 16 + b"." + b"0" * 128


def giants(place: Place) -> str:
    """Forty megabytes into every topic, packed by every codec into next to nothing.

    Seen: in the journal it stayed packed, and the projector, which has no zstd, stopped for good.
    """
    refused = 0
    for topic in (Topic.SUBMISSIONS, *STAGES):
        for codec_, size in GIANTS.items():
            assert asyncio.run(is_refused(place, topic, codec_, size)), (topic, codec_)
            refused += 1
        assert not asyncio.run(is_refused(place, topic, "zstd", 1_000)), topic
    return f"{refused} refused by the broker; small ones are unpacked by it and skipped"


async def is_refused(place: Place, topic: str, codec_: str | None, size: int) -> bool:
    """Whether the broker takes no message of so many zeros."""
    producer = AIOKafkaProducer(
        bootstrap_servers=place.settings.bootstrap,
        compression_type=codec_,
        max_request_size=2 << 30,
        request_timeout_ms=20_000,
    )
    await producer.start()
    try:
        name = place.settings.topic(topic)
        await producer.send_and_wait(name, bytes(size), partition=0)
    except KafkaError:
        return True
    finally:
        await producer.stop()
    return False


def steal_a_key_of_a_stage(place: Place) -> str:
    """In the city: receipts signed with the stage's own key, before and after it is ended."""
    city, topic = place.city, receipts_topic(VICTIM)
    [(stolen_id, stolen)] = stage_keys.of_stage(city.settings, SigningStage.RECEIPTS).items()
    told = [orjson.loads(content_of(value)) for value in values(city.settings, topic)]
    newest = next(one for one in reversed(told) if one["submissions"])

    def forge(seq: int, name: str) -> bytes:
        rows = [one | {"submission_id": name} for one in newest["submissions"]]
        content = codec.dumps(newest | {"seq": seq, "receipt_id": name, "submissions": rows})
        return signed(stolen, topic, str(seq), content)

    forging.write(city.settings, topic, forge(newest["seq"], "forged-before"))
    assert "forged-before" in _told(place), "who holds the key is believed"
    city.run("stage-key", "rotate", "receipts")
    city.run("stage-key", "end", stolen_id)
    ended = [one["ends"] for one in city.run("stage-key", "list", "--json").json
             if one["key_id"] == stolen_id]  # fmt: skip
    assert ended != [None]
    wait_for("the end is told", lambda: len(_told(place)) > 0)
    forging.write(city.settings, topic, forge(ended[0] + 1, "forged-after"))
    assert "forged-after" not in _told(place)
    return "believed before its end; a receipt about a block after it is skipped"


def _told(place: Place) -> str:
    return place.city.run("receipts", "--org", VICTIM, "--json").out


def be_counted(place: Place) -> str:
    """After all of these: what is foreign is named by topic and offset, and shown by `status`."""
    place.calm()
    counts = {
        row["topic"]: int(row["n"])
        for row in place.main.query(
            "SELECT topic, count() AS n FROM v1_foreign_messages WHERE kind = 'foreign'"
            " GROUP BY topic"
        )
    }
    wanted = {"submissions", "journal", "keys", "findings", "receipts"}
    assert counts.keys() == wanted, counts
    shown = place.main.run("status").out
    for topic, count in counts.items():
        assert f"{topic} {count}" in shown, shown
    return ", ".join(f"{topic} {count}" for topic, count in sorted(counts.items()))


def all_attacks() -> Iterator[Attack]:
    """The rows about topics."""
    skipped = "It is skipped by every reader; nothing stops, restarts or differs"
    yield Attack(
        "a forged block with a key of the administration",
        (WRITER, "a block, a receipt or a finding that nobody's stage said"),
        "a block with the next seq and prev that registers a key; then a record signed with it",
        skipped, forge_a_key_of_the_administration,
    )  # fmt: skip
    yield Attack(
        "poison in the journal",
        (WRITER, "one message that stops the system"),
        "messages that name the next block, seq 1e9, key FF FE, no JSON, old blocks",
        skipped, poison_the_journal,
    )  # fmt: skip
    yield Attack(
        "the last block at the next place",
        (WRITER,),
        "a genuine block's words and its signature, with the next seq and prev",
        skipped, say_the_last_block_again_as_the_next,
    )  # fmt: skip
    yield Attack(
        "zeros, tombstones and overwrites in aid-keys",
        (WRITER, "zeros in aid-keys"),
        "three messages under the name of each key, odd names, no key at all",
        "No record is erased (a rebuild follows)", overwrite_the_keys,
    )  # fmt: skip
    yield Attack(
        "an invented finding",
        (WRITER, "a block, a receipt or a finding that nobody's stage said"),
        "outputs with 99,999,999 TRY, for the next block, a past one and seq 1e9",
        "It reaches no view and no receipt", invent_findings,
    )  # fmt: skip
    yield Attack(
        "a forged receipt",
        (WRITER, "a block, a receipt or a finding that nobody's stage said",
         "one message that stops the system"),
        "covered until 2027 under an old signature; seq 1e9; no JSON",
        "The partner never reads it; all partners' receipts go on", forge_receipts,
    )  # fmt: skip
    yield Attack(
        "genuine messages elsewhere", (WRITER,),
        "signed messages of each topic copied into each other one",
        skipped, move_what_is_genuine,
    )  # fmt: skip
    yield Attack(
        "genuine messages, damaged", (WRITER,),
        "bytes changed, cut, repeated; signatures exchanged",
        skipped, damage_what_is_genuine,
    )  # fmt: skip
    yield Attack(
        "messages too large", (WRITER, "a message that unpacks to a thousand times its size"),
        "40 MB into each topic, packed by each codec",
        "The broker refuses it, or readers skip it within their memory", giants,
    )  # fmt: skip
    yield Attack(
        "a stolen key of a stage",
        ("whoever holds a stage's key",),
        "receipts signed with the key of receipts, before and after it is ended",
        "After its end nothing newer counts", steal_a_key_of_a_stage,
        "who holds it is that stage until the key is ended by record",
    )  # fmt: skip
    yield Attack(
        "what was written is counted", (WRITER, "one message that stops the system"),
        "all of the above", "Counted by topic and offset, and shown by `status`", be_counted,
    )  # fmt: skip
