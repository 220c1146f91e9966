"""Whoever can write to a topic writes what he likes: nothing of it counts, and nothing stops."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboards.parts import Page
from dashboards.views.integrity import integrity
from events import signing
from events.catalog import Topic, receipts_topic
from infra.clickhouse import PAGE
from infra.scan import scan
from infra.settings import Settings
from office.health import read_health
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


@pytest.mark.parametrize("lost", ["registry", "intake", "clickhouse", "all"])
def test_a_rebuild_comes_to_the_same(tekil: Tekil, lost: str) -> None:
    before, strangers = tekil.open_rows(), counted(tekil)
    said = tekil.run("rebuild", lost).err
    assert "checks agree" in said
    assert tekil.open_rows() == before
    if lost == "clickhouse":
        assert comes_to(tekil, strangers) == strangers
    still_works(tekil, f"rebuilt-{lost}")
    assert [row for row in tekil.open_rows() if row in before] == before
