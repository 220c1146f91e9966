"""A partner, or who can write to aid-submissions: other people's names, old keys, old messages."""

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from events import codec
from events.catalog import Topic
from producers import keys
from tests.e2e.wire import line
from tests.redteam.place import Place
from tests.redteam.table import Attack

HOLED = "a transaction that is given up"
WRITER_ROW = "whoever can write to the topics"
THIEF = "thief of a partner's signing key"
SENDER = "a partner, or who can write to aid-submissions"
WHOSE = "rubbish booked to whom it names"
BOMB_BYTES = 300 * 1024 * 1024


def _line(number: int, org: str = "KIZ", **more: Any) -> bytes:
    return line(900_000 + number, programme=f"{org}-CASH", **more)


def sign_as_another(place: Place) -> str:
    """KIZ in the manifest, STK's key; and KIZ's key id under STK's signature."""
    foreign = place.submission("KIZ", [_line(1), _line(2)], signer="STK")
    row = place.refusal(place.send(foreign))
    assert (row["reason"], row["org"]) == ("unknown-key", ""), row
    own = place.submission("KIZ", [_line(1)])
    swapped = [(n, dict(foreign.headers)[n] if n == "tekil-sig" else v) for n, v in own.headers]
    row = place.refusal(place.put(swapped, own.value))
    assert (row["reason"], row["org"]) == ("bad-signature", ""), row
    return "unknown-key and bad-signature; neither stands in KIZ's name nor in its receipts"


def use_a_key_that_was_ended(place: Place) -> str:
    """A partner's key that was reported stolen: for records, for tokens, and revived."""
    place.main.join("EXP")
    place.main.programmes(("EXP", "CASH", ""))
    place.orgs.append("EXP")
    place.load.keys = {**place.load.keys, "EXP": keys.load_signing_key(place.settings, "EXP")}
    first = place.send(place.submission("EXP", [_line(11, "EXP")]))
    accepted = f"SELECT accepted FROM v1_submissions WHERE source_offset = {first}"
    assert place.asked(accepted) == 1
    place.main.run("partner", "revoke", "EXP", keys.load_public_key(place.settings, "EXP"))
    row = place.refusal(place.send(place.submission("EXP", [_line(12, "EXP")])))
    assert row["reason"] == "revoked-key", row
    again = place.main.run("partner", "add", "EXP", "--mailbox", "a@exp.example", ok=(1,))
    assert "revoked-key" in again.out
    return "revoked-key at the door and at registration"


def send_it_again(place: Place) -> str:
    """A partner's message three times more, as it was and with another's headers."""
    records = [_line(21), _line(22)]
    genuine = place.submission("KIZ", records)
    place.send(genuine)
    offsets = [place.send(genuine) for _ in range(3)]
    counts = place.main.query(
        "SELECT sum(accepted) AS a, sum(duplicate) AS d FROM v1_submissions"
        f" WHERE source_offset IN ({', '.join(map(str, offsets))})"
    )
    assert [(int(row["a"]), int(row["d"])) for row in counts] == [(0, 6)], counts
    renamed = [(n, b"STK" if v == b"KIZ" else v) for n, v in genuine.headers]
    renamed = [(n, str(uuid.uuid4()).encode() if n == "ce_id" else v) for n, v in renamed]
    row = place.refusal(place.put(renamed, genuine.value))
    assert row["reason"] == "header-mismatch", row
    other = place.submission("KIZ", [_line(23)], id_=genuine.submission_id)
    row = place.refusal(place.send(other))
    assert row["reason"] == "submission-conflict", row
    return "3 copies: duplicates with the first answers; other headers or content: refused"


def speak_for_the_administration(place: Place) -> str:
    """Control records in a partner's name, and records of another's programme."""
    control: list[dict[str, Any]] = [
        {"kind": "partner", "org": "EVIL", "name": "x", "mailbox": "a@b.example"},
        {"kind": "key", "org": "ADMIN", "public_key": "ab" * 32, "status": "active"},
        {"kind": "clock-step", "day": "2030-01-01"},
    ]
    nonce = {"nonce": "1" * 32, "version": 1}
    lines = [codec.dumps(nonce | one) for one in control] + [_line(31, "STK")]
    offset = place.send(place.submission("KIZ", lines))
    found = place.main.query(
        f"SELECT row_no, reason FROM v1_rejections WHERE source_offset = {offset} ORDER BY row_no"
    )
    reasons = [row["reason"] for row in found]
    assert reasons == ["not-allowed"] * 3 + ["not-your-programme"], reasons
    return "not-allowed three times, not-your-programme"


def send_rubbish(place: Place) -> str:
    """No submission at all, in KIZ's name: it is booked to nobody."""
    headers = place.submission("KIZ", [_line(41)]).headers
    deep = b"[" * 100_000
    values = (b"not json", b'{"v":1,"v":1}\n{}', b"\xff\xfe\x00", b"", deep, b"{}" * 1_000)
    reasons = set()
    for sent in ([], headers, [("ce_type", b"\xff")]):
        for value in values:
            row = place.refusal(place.put(sent, value))
            assert row["org"] == "", "nobody signed it"
            reasons.add(row["reason"])
    assert reasons <= {"malformed-submission", "header-mismatch"}, reasons
    return f"18 messages refused ({', '.join(sorted(reasons))}), each booked to nobody"


def send_more_than_allowed(place: Place) -> str:
    """501 records, one byte above the limit, and 300 MB that are packed into some kB."""
    many = place.submission("KIZ", [_line(n) for n in range(50, 551)])
    assert place.refusal(place.send(many))["reason"] == "too-many-records"
    one = place.submission("KIZ", [_line(51)])
    padded = one.value + b" " * (codec.MAX_SUBMISSION_BYTES + 1 - len(one.value))
    assert place.refusal(place.put(one.headers, padded))["reason"] == "submission-too-large"
    return "too-many-records, submission-too-large"


def give_up_a_transaction(place: Place) -> str:
    """Markers of transactions take offsets that nobody is ever given."""

    async def abort() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=place.settings.bootstrap, transactional_id=uuid.uuid4().hex
        )
        await producer.start()
        try:
            for topic in (Topic.SUBMISSIONS, Topic.JOURNAL, Topic.FINDINGS):
                await producer.begin_transaction()
                name = place.settings.topic(topic)
                await producer.send_and_wait(name, b"given up", partition=0)
                await producer.abort_transaction()
        except KafkaError as error:
            raise AssertionError(f"the broker takes no transactions: {error}") from error
        finally:
            await producer.stop()

    asyncio.run(abort())
    place.calm()
    return "three transactions were given up; all went on"


def all_attacks() -> Iterator[Attack]:
    """The rows about those who send."""
    yield Attack(
        "a submission in another's name", (SENDER, WHOSE),
        "KIZ's name under STK's signature, both ways", "Refused, and booked to nobody",
        sign_as_another,
    )  # fmt: skip
    yield Attack(
        "a stolen key, ended", (THIEF,),
        "submissions signed with a revoked key; the key registered again", "revoked-key",
        use_a_key_that_was_ended,
        "until it is ended, he is that partner",
    )  # fmt: skip
    yield Attack(
        "a submission again", (SENDER,),
        "the same message, with other headers, with other content",
        "Duplicates get the first answer; nothing is counted twice", send_it_again,
    )  # fmt: skip
    yield Attack(
        "a partner that speaks for the administration", (SENDER,),
        "keys, partners and clock steps in a partner's submission; another's programme",
        "not-allowed", speak_for_the_administration,
    )  # fmt: skip
    yield Attack(
        "rubbish in a partner's name", (SENDER, WHOSE, "one message that stops the system"),
        "18 messages that are no submission", "Refused and booked to nobody", send_rubbish,
    )  # fmt: skip
    yield Attack(
        "more than a submission may hold",
        (SENDER, "a message that unpacks to a thousand times its size"),
        "501 records; a byte too many", "Refused whole", send_more_than_allowed,
    )  # fmt: skip
    yield Attack(
        HOLED, (WRITER_ROW, SENDER),
        "aborted transactions in three topics", "The holes hold nobody up", give_up_a_transaction,
    )  # fmt: skip
