"""Whoever can write to a topic writes what he likes: nothing of it counts, and nothing stops."""

import base64
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from dashboards.parts import Page
from dashboards.views.integrity import integrity
from events import signing
from events.catalog import Topic, receipts_topic
from events.erasure import records_of
from events.journal import Block
from events.stage_signing import content_of, key_id_of
from infra.clickhouse import PAGE
from infra.journal import blocks
from infra.kafka import KafkaUnavailable
from infra.key_rewriting import written_again
from infra.scan import bounds, scan
from infra.settings import Settings
from office import erasing
from office.health import read_health
from processors.sealed import subjects_of
from projections.reader import Reader
from tests.e2e import forging
from tests.e2e.forging import MILLIONS, THIEF, Place, values, write
from tests.e2e.kit import Tekil, record
from tests.e2e.strangers import COUNTED, comes_to, counted, write_some
from tests.e2e.wire import WORDS, still_works
from tests.unit.dashboards.test_views import text as words_of

RECEIPTS = receipts_topic("KIZ")
TITLES = ("Submissions", "Journal", "Keys", "Findings", "Receipts")
JUNK = (None, b"", b"\xff\xfe\x00", b"{}", b"[]", b"null", b'{"seq":1000000000}', b"not json")


@pytest.fixture(scope="module")
def tekil(shared: Tekil) -> Tekil:
    """KIZ and STK have paid one family twice."""
    shared.join("KIZ", "STK")
    shared.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    shared.publish("KIZ", record("TEMEL", "k1", *WORDS))
    shared.publish("STK", record("NAKIT", "s1", *WORDS))
    assert len(shared.open_rows()) == 1
    return shared


def forge_a_root_key(settings: Settings) -> None:
    block = forging.stolen_root(Place.of(settings))
    write(settings, Topic.JOURNAL, block)
    write(settings, Topic.JOURNAL, forging.by_thief(Topic.JOURNAL, "5", block))


def poison_the_journal(settings: Settings) -> None:
    head = Place.of(settings).head
    for version in (1, 2, 99):
        follows = f'{{"v":{version},"seq":{head.seq},"prev":"{head.digest}"}}'
        write(settings, Topic.JOURNAL, follows.encode())
    for value in (*JUNK, values(settings, Topic.JOURNAL)[0]):
        write(settings, Topic.JOURNAL, value)


def overwrite_keys(settings: Settings) -> None:
    ids = [message.key for message in scan(settings, Topic.KEYS) if message.key]
    for name in ids:
        for value in (None, bytes(64), b"9" * 64):
            write(settings, Topic.KEYS, value, name)
    write(settings, Topic.KEYS, b"1", b"\xff\xfe")


def invent_findings(settings: Settings) -> None:
    place = Place.of(settings)
    invented = forging.invented_finding(place)
    again = forging.output(place.head.seq - 1, findings=[{"amount_at_risk": MILLIONS}])
    for value in (*JUNK, invented, again, forging.output(10**9)):
        write(settings, Topic.FINDINGS, value)
        write(settings, Topic.FINDINGS, forging.by_thief(Topic.FINDINGS, "7.0", value or b""))


def forge_receipts(settings: Settings) -> None:
    false = forging.false_receipt(settings, "KIZ")
    for value in (*JUNK, b'{"v":1,"org":"KIZ","seq":1000000000}', false):
        write(settings, RECEIPTS, value)


ATTACKS: tuple[Callable[[Settings], None], ...] = (
    forge_a_root_key, poison_the_journal, overwrite_keys, invent_findings, forge_receipts,
)  # fmt: skip


def test_what_is_foreign_in_each_topic_is_counted_exactly_and_shown(tekil: Tekil) -> None:
    assert set(counted(tekil).values()) == {0}
    wanted = write_some(tekil.settings)
    still_works(tekil, "beside-strangers")
    assert comes_to(tekil, wanted) == wanted
    told = tekil.run("status", "--json").json["health"]
    foreign = {name: one["foreign"] for name, one in told["foreign"].items()}
    assert foreign | {"repeated": wanted["repeated"]} == wanted
    assert sum(one["repeated"] for one in told["foreign"].values()) == wanted["repeated"]
    assert told["failing"] == []
    assert "NEW: submissions, journal, keys, findings, receipts" in tekil.run("status").out
    screen = shown_on_the_page(tekil)
    repeats = {name: one["repeated"] for name, one in told["foreign"].items()}
    for name, title in zip(COUNTED, TITLES, strict=True):
        assert f"{title} {wanted[name]} {repeats[name]} " in screen, screen
    assert screen.count("⚠ new") == len(COUNTED)
    pointers = tekil.query("SELECT * FROM v1_foreign_messages WHERE topic = 'receipts'")
    assert {(row["org"], row["kind"]) for row in pointers} == {
        ("KIZ", "foreign"), ("KIZ", "repeat"), ("STK", "foreign"),
    }  # fmt: skip


def shown_on_the_page(tekil: Tekil) -> str:
    """The words of the integrity screen, as the page's own user reads them."""
    reader = Reader(tekil.settings, PAGE)
    try:
        page = Page("en", "light", "tekil", 0, "/integrity", "")
        return words_of(integrity(page, reader, read_health(reader, None)))
    finally:
        reader.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_it_goes_on_as_if_nothing_had_been_written(
    tekil: Tekil, attack: Callable[[Settings], None]
) -> None:
    before = tekil.open_rows()
    attack(tekil.settings)
    still_works(tekil, f"after-{attack.__name__}".replace("_", "-"))
    attack(tekil.settings)
    assert [row for row in tekil.open_rows() if row in before] == before
    assert MILLIONS not in str(tekil.query("SELECT * FROM v1_findings"))


def test_the_forged_key_opens_nothing(tekil: Tekil) -> None:
    key_id = signing.key_id(signing.public_bytes(THIEF))
    keys = tekil.query("SELECT * FROM v1_submissions")
    assert key_id not in str(keys)


def test_a_partner_reads_its_own_receipts_alone(tekil: Tekil) -> None:
    told: list[dict[str, Any]] = tekil.run("receipts", "--org", "KIZ", "--json").json
    assert told
    assert "2027" not in str(told)


@pytest.mark.parametrize("stage", ["receipts", "registry", "intake"])
def test_a_key_is_followed_by_the_next_one(tekil: Tekil, stage: str) -> None:
    """Rotated and ended while all runs: nobody is restarted, and no partner needs a new file."""
    keys = tekil.run("stage-key", "list", "--json").json
    [first] = [key["key_id"] for key in keys if key["stage"] == stage]
    tekil.run("stage-key", "rotate", stage)
    still_works(tekil, f"rotated-{stage}")
    tekil.run("stage-key", "end", first)
    still_works(tekil, f"ended-{stage}")
    keys = tekil.run("stage-key", "list", "--json").json
    assert [key["ends"] is None for key in keys if key["stage"] == stage] == [False, True]


def test_what_both_bodies_erase_is_gone(tekil: Tekil) -> None:
    """And nothing else: the rebuilds below fold what is left to the same."""
    family = ("rent/cash/m 5000", "2026-05", "R=P17")
    [row] = tekil.publish("KIZ", record("TEMEL", "erased", *family))
    before, [(begin, _)] = tekil.open_rows(), bounds(tekil.settings, Topic.KEYS)
    opened = opened_records(tekil.settings)
    name = ("KIZ", "assistance", row["assistance_id"])
    said = tekil.run("erase", "records", *name, "--reason", "request", "--json").json
    assert [one["effect"] for one in said] == ["waits-for-second", "applied"]
    assert [one["counts"] for one in tekil.run("erase", "list", "--json").json] == [True]
    with pytest.MonkeyPatch.context() as patch:  # broken off once all is written
        patch.setattr(erasing, "deleted_before", broken_off)
        patch.setattr(erasing, "written_again", first_of_all(tekil, "meanwhile"))
        with pytest.raises(KafkaUnavailable):
            erasing.carry_out(tekil.settings, lambda done, of: None)
    still_works(tekil, "half-erased")
    since = after_that(tekil, "meanwhile") | after_that(tekil, "half-erased")
    assert opened == opened_records(tekil.settings) - since
    [done] = tekil.run("erase", "carry-out", "--json").json
    assert done == {"records": 1, "blocks": 0}
    [(after, _)] = bounds(tekil.settings, Topic.KEYS)
    assert after > begin
    # each record but that one opens still, with what aid-keys holds now; so does what came in
    # between the reading of aid-keys and the writing
    assert (opened | since) - opened_records(tekil.settings) == {row["assistance_id"]}
    [shown] = tekil.query("SELECT status, records FROM v1_erasures")
    assert shown == {"status": "counts", "records": 1}
    # as the red team did: zeros once more, before all is rebuilt
    overwrite_keys(tekil.settings)
    still_works(tekil, "after-erasing")
    assert [row for row in tekil.open_rows() if row in before] == before
    found = tekil.run("verify", "--json").json
    assert found["is_well"]
    assert {row["what"]: row["checked"] for row in found["checked"]}[
        "of those sealed and erased"
    ] == 1  # fmt: skip
    [again] = tekil.publish("KIZ", record("TEMEL", "erased", *family), ok=(1,))
    assert again["reason"] == "erased"


def first_of_all(tekil: Tekil, reference: str) -> Callable[..., int]:
    """Keys are written again, and something is published when all that was there is read."""

    def written(*what: Any) -> int:
        still_works(tekil, reference)
        return written_again(*what)

    return written


def broken_off(settings: Settings, offset: int) -> None:
    raise KafkaUnavailable("here")


def after_that(tekil: Tekil, reference: str) -> set[str]:
    """The ids of what was published under references that begin so."""
    return {name for name, own in tekil.references.items() if own.startswith(reference)}


def opened_records(settings: Settings) -> set[str]:
    """The ids of the assistance that any of the messages of aid-keys opens."""
    messages = [message.value or b"" for message in scan(settings, Topic.KEYS)]
    kept = [content_of(value) for value in messages]
    kept += [left_keys(value) for value in kept]
    found = set()
    for block in blocks(settings, (b'"sealed":',)):
        for org, item in records_of(block):
            if item["rec"]["kind"] == "assistance" and org and opens(block, item, kept):
                found.add(item["rec"]["assistance_id"])
    return found


def left_keys(content: bytes) -> bytes:
    """The keys in a message that an erasure left."""
    try:
        return base64.b64decode(orjson.loads(content)["keys"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return b""


def opens(block: Block, item: dict[str, Any], kept: list[bytes]) -> bool:
    """True if one of the values, as the keys of the block, opens the record."""
    for value in kept:
        try:
            if subjects_of(value, block, item) is not None:
                return True
        except ValueError:
            continue
    return False


@pytest.mark.parametrize("lost", ["registry", "intake", "clickhouse", "all"])
def test_a_rebuild_comes_to_the_same(tekil: Tekil, lost: str) -> None:
    before, strangers = tekil.open_rows(), counted(tekil)
    said = tekil.run("rebuild", lost).err
    assert "checks agree" in said
    assert tekil.open_rows() == before
    if lost == "clickhouse":
        # what the erasure above deleted is counted no more; nobody forged a signature there
        there = scan(tekil.settings, Topic.KEYS)
        strangers["keys"] = sum(not key_id_of(message.value or b"") for message in there)
        assert comes_to(tekil, strangers) == strangers
    still_works(tekil, f"rebuilt-{lost}")
    assert [row for row in tekil.open_rows() if row in before] == before
