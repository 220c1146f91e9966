"""Who fills the disk, and who administers the broker: outages on purpose, and what is left."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient

import programs
from events.catalog import Topic
from infra import kafka
from infra.local import children, supervisor
from infra.local.children import State
from infra.local.processes import identify
from tests.chaos.system import quiet, wait_for
from tests.e2e.kit import record
from tests.patience import until
from tests.redteam.place import PATIENCE_SECONDS, Place
from tests.redteam.table import Attack, Untried
from tests.redteam.topics import BROKER, WRITER, is_refused

FULL = "whoever fills the disk"
LEFT_KIB = 400
HALT_SECONDS = 30.0
BOMB = 500_000_000


def fill_the_disk(place: Place) -> str:
    """The disk of TEKIL_HOME is filled to its last byte, and emptied again."""
    if isinstance(place.disk, str):
        raise Untried(place.disk)
    before = {one.name: one.pid for one in supervisor.status(place.settings)}
    path = str(place.main.write(record("CASH", "full", "food/cash/m 1", "2026-12", "R=P01")))
    place.disk.fill(left_kib=LEFT_KIB)
    try:
        said = place.main.run("status", "--json", ok=(3,)).json
        assert said["disk"]["level"] == "full", said["disk"]
        refused = place.main.run("publish", path, "--org", "KIZ", ok=(3,))
        assert "Nothing was sent" in refused.err, refused.err
        broker = identify(before["broker"] or 0)
        assert broker is not None
        place.disk.fill()
        with suppress(KafkaError, TimeoutError):
            asyncio.run(asyncio.wait_for(is_refused(place, Topic.SUBMISSIONS, None, 10_000), 20))
        ended = until(lambda: not broker.is_alive(), HALT_SECONDS)
        alive = {one.name: one.pid for one in supervisor.status(place.settings)}
        assert alive["supervisor"] == before["supervisor"], "it does not die of it"
    finally:
        place.disk.make_room()
    wait_for(
        "all goes on by itself",
        lambda: place.main.run("status", ok=(0, 3)).code == 0,
        PATIENCE_SECONDS,
    )
    place.traffic(3)
    told = "halted and was started again" if ended else "went on"
    return f"full is said, nothing was sent; the broker {told}; with room all goes on by itself"


def unpack_in_the_broker(place: Place) -> str:
    """Half a gigabyte that is packed into some kB: the broker has not that memory, and ends."""
    before = {one.name: one.restarts for one in supervisor.status(place.settings)}
    for codec in ("zstd", "gzip"):
        with suppress(KafkaError, TimeoutError):
            asyncio.run(asyncio.wait_for(is_refused(place, Topic.SUBMISSIONS, codec, BOMB), 60))
    wait_for(
        "all goes on by itself",
        lambda: place.main.run("status", ok=(0, 3)).code == 0,
        PATIENCE_SECONDS,
    )
    place.traffic(3)
    after = {one.name: one.restarts for one in supervisor.status(place.settings)}
    times = after["broker"] - before["broker"]
    return f"the broker ended {times} times for want of memory; all went on by itself"


def rebuild_all(place: Place) -> str:
    """After all that was written: all states are removed and folded anew from the topics."""
    said = place.main.run("rebuild", "all").err
    assert "checks agree" in said
    programs.up(place.city.settings, quiet, lambda: None)  # namespaces went down with the broker
    place.traffic(2)
    return "intake, registry and ClickHouse were folded anew from the poisoned topics"


def read_it_independently(place: Place) -> str:
    """`tekil verify` from the first message, over all that was written."""
    place.main.run("verify", "--anew", ok=(0,))
    return "no difference, from the first message of the poisoned topics on"


def take_the_journal_away(place: Place) -> str:
    """In the city: the journal is deleted and made anew, empty."""
    city = place.city.settings
    supervisor.down(city)
    said = _end(place, Topic.FINDINGS)
    admin = KafkaAdminClient(bootstrap_servers=city.bootstrap)
    try:
        admin.delete_topics([city.topic(Topic.JOURNAL)])
        wait_for("the topic is gone", lambda: city.topic(Topic.JOURNAL) not in admin.list_topics())
    finally:
        admin.close()
    kafka.ensure_topics(city)
    programs.up(city, quiet, lambda: None)

    def is_stopped() -> bool:
        return any(one.state is State.STOPPED for one in supervisor.status(city))

    wait_for("its stages stop", is_stopped, PATIENCE_SECONDS)
    assert "the log was rewritten" in children.log_path(city, "all").read_text()
    assert _end(place, Topic.JOURNAL) == 0, "nothing was written into the new one"
    assert _end(place, Topic.FINDINGS) == said
    supervisor.down(city)
    return "the stages stopped (the log was rewritten) and wrote nothing"


def _end(place: Place, topic: Topic) -> int:
    client = kafka.consumer(place.city.settings)
    try:
        return kafka.end_offset(client, place.city.settings.topic(topic))
    finally:
        client.close()


def after_the_topics() -> Iterator[Attack]:
    """After the topics were poisoned."""
    yield Attack(
        "an independent reading of all of it", (WRITER, "whoever holds a stage's key"),
        "`tekil verify --anew` over the poisoned topics", "No difference", read_it_independently,
    )  # fmt: skip
    yield Attack(
        "a rebuild after all of it", ("zeros in aid-keys", "whoever can write to the topics"),
        "`tekil rebuild all` from the topics that were overwritten and poisoned",
        "The same answers, findings and receipts", rebuild_all,
    )  # fmt: skip


def all_attacks() -> Iterator[Attack]:
    """The rows about outages on purpose; the last ones, as the city does not live on."""
    yield Attack(
        "a full disk", (FULL,), "the disk of TEKIL_HOME filled to its last byte, then emptied",
        "It is said, nothing is half written, all goes on by itself", fill_the_disk,
        "until there is room, nothing is taken",
    )  # fmt: skip
    yield Attack(
        "a message that the broker cannot unpack",
        (WRITER, "a message that unpacks to a thousand times its size"),
        "500 MB packed into some kB, in aid-submissions",
        "All goes on by itself, and nothing is lost", unpack_in_the_broker,
        "the broker unpacks before it refuses; it may end for want of memory, and is started again",
    )  # fmt: skip
    yield Attack(
        "the journal taken away", (BROKER,), "the topic deleted and made anew, empty",
        "It is named and nothing is written", take_the_journal_away,
        "who administers the broker can destroy it: copies elsewhere are the way out",
    )  # fmt: skip
