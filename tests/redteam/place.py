"""The system under attack: real processes in a home of their own, and what an attacker needs of it.

`main` is filled with untidy submissions and judged against the plain loop after each round;
`city` is a second system (a namespace) on the same broker, with small limits and real people's
tokens, for what the plain loop does not know.
"""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kafka.errors import KafkaError

import programs
from events.catalog import Topic
from events.model import ADMINISTRATION, PolicyRules
from infra import kafka
from infra.genesis import GENESIS_FILE, load_genesis
from infra.local import supervisor
from infra.settings import Settings
from office import bootstrap
from projections import query as analyst
from projections.writer import wait_until_current
from tests.attack.loot import Loot
from tests.attack.people import Population, rows, world
from tests.chaos import system as chaos
from tests.chaos.load import ORGS, PROGRAMMES, Message
from tests.chaos.system import quiet, wait_for
from tests.disks import Disk, NoDisk, mounted
from tests.e2e.kit import Tekil
from tests.redteam import judge
from tests.redteam.data import Traffic, signed

SEED = 14
BEGUN_WITH = 120
PORTIONS = 12
PATIENCE_SECONDS = 180.0
CITY_DAY = date(2026, 11, 22)
PEOPLE = 40
SHARED_PEOPLE = 10
SMALL: dict[str, int] = {
    "open_reservations": 40, "cancel_plans": 10, "cancel_percent": 50, "inquiries_a_day": 15,
}  # fmt: skip
"""The city's limits: small enough to be reached in a second."""


@dataclass
class Place:
    """The two systems, and hands on them."""

    settings: Settings
    main: Tekil
    city: Tekil
    disk: Disk | str
    say: Callable[[str], None]
    load: Traffic
    people: Population
    orgs: list[str] = field(default_factory=lambda: [*ORGS, ADMINISTRATION])
    restarts: dict[str, int] = field(default_factory=dict)
    loot: Loot | None = None
    """What all stores of the city hold, once somebody has looked."""

    # -- sending --------------------------------------------------------------------------------

    def put(self, headers: Sequence[Any], value: bytes) -> int:
        """One message into aid-submissions; its offset, once intake has taken it."""
        with_producer = kafka.producer(self.settings)
        try:
            topic = self.settings.topic(Topic.SUBMISSIONS)
            sent = with_producer.send(topic, value=value, headers=list(headers), partition=0)
            offset = int(sent.get(timeout=60).offset)
        finally:
            with_producer.close()
        self.taken(offset)
        return offset

    def send(self, message: Message) -> int:
        """As `put`, of a whole submission."""
        return self.put(message.headers, message.value)

    def submission(
        self, org: str, lines: Sequence[bytes], signer: str = "", id_: str = ""
    ) -> Message:
        """A submission of an organisation, under another's key if there is a `signer`."""
        keys = self.load.keys
        return signed(keys, org, lines, id_ or str(uuid.uuid4()), keys[signer or org])

    def traffic(self, count: int) -> None:
        """Some ordinary submissions; until the views have them."""
        client = kafka.producer(self.settings)
        try:
            topic = self.settings.topic(Topic.SUBMISSIONS)
            made = [self.load.next() for _ in range(count)]
            sent = [
                client.send(topic, value=one.value, headers=one.headers, partition=0)
                for one in made
            ]
            last = max(int(one.get(timeout=60).offset) for one in sent)
        finally:
            client.close()
        self.taken(last)

    def taken(self, offset: int) -> None:
        """Wait until the views know what became of an offset. AssertionError."""
        what = f"SELECT count() FROM v1_submissions WHERE source_offset >= {offset}"
        wait_for(f"offset {offset} is answered", lambda: self.asked(what) > 0, PATIENCE_SECONDS)

    def refusal(self, offset: int) -> dict[str, Any]:
        """The row of v1_rejections about a whole message."""
        found = analyst.query(
            self.settings,
            f"SELECT * FROM v1_rejections WHERE source_offset = {offset} AND row_no = 0",
            max_rows=10,
        ).plain()
        assert len(found) == 1, f"offset {offset} was refused {len(found)} times"
        return found[0]

    def asked(self, sql: str) -> Any:
        """The one value of a statement."""
        ((value,),) = analyst.query(self.settings, sql, max_rows=1).rows
        return value

    # -- looking --------------------------------------------------------------------------------

    def calm(self) -> None:
        """All goes on: a submission is answered, every process runs, none was restarted."""
        self.traffic(2)
        self.is_well()

    def is_well(self) -> None:
        """Every process of both systems is well, and nothing was restarted since the last look."""
        assert wait_until_current(self.settings, PATIENCE_SECONDS), "the views stay behind"
        wait_for("all is well", lambda: self.main.run("status", ok=(0, 3)).code == 0)
        now = self.restarted()
        assert now == self.restarts, f"restarted: {self.restarts} → {now}"

    def restarted(self) -> dict[str, int]:
        """Process → how often it was started again."""
        both = [
            *supervisor.status(self.settings),
            *supervisor.status(self.city.settings),
        ]
        return {f"{n}-{one.name}": one.restarts for n, one in enumerate(both)}

    def wrong(self) -> list[str]:
        """What differs from the plain loop, everywhere."""
        return judge.wrong(self.settings, self.orgs)


@contextmanager
def running(say: Callable[[str], None], port_base: int) -> Iterator[Place]:
    """Both systems, filled; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="tekil-redteam-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        disk: Disk | str
        try:
            disk = stack.enter_context(mounted(home / "disk"))
        except NoDisk as reason:
            disk = str(reason)
        settings = Settings(
            home=home / "disk" / "home",
            port_base=port_base,
            assurance="threshold",
            session_timeout_seconds=chaos.SESSION_SECONDS,
            broker_heap_mib=256,
            clickhouse_max_seconds=20,
        )
        stack.callback(supervisor.down, settings)
        say("starting")
        chaos.start(settings)
        city = settings.model_copy(update={"namespace": "city"})
        stack.callback(supervisor.down, city)
        _start_city(city)
        yield filled(settings, city, home, disk, say)


def _start_city(city: Settings) -> None:
    def prepare() -> None:
        bootstrap.prepare(city, test_mode=True, first_day=CITY_DAY, progress=quiet)
        genesis = load_genesis(city)
        assert genesis is not None
        small: PolicyRules = genesis.policy.model_copy(update=SMALL)
        changed = genesis.model_copy(update={"policy": small})
        (city.folder("keys") / GENESIS_FILE).write_text(changed.model_dump_json(indent=1))

    programs.up(city, quiet, prepare)


def filled(
    settings: Settings, city: Settings, home: Path, disk: Disk | str, say: Callable[[str], None]
) -> Place:
    """Partners, programmes and data in both systems."""
    say("filling")
    main, town = Tekil(settings, home / "main"), Tekil(city, home / "city")
    for one in (main, town):
        one.folder.mkdir()
    main.join(*ORGS)
    main.programmes(*((org, code, "") for org in ORGS for code in PROGRAMMES))
    town.join("KIZ", "STK")
    town.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    people = world(2_000)
    for org, programme, count in (("KIZ", "TEMEL", PEOPLE), ("STK", "NAKIT", SHARED_PEOPLE)):
        town.publish(org, rows(people.people[:count], org, programme))
    load = Traffic(SEED, chaos.signing_keys(settings), chaos.FIRST_DAY)
    place = Place(settings, main, town, disk, say, load, people)
    for _ in range(PORTIONS):  # so that there are many blocks
        place.traffic(BEGUN_WITH // PORTIONS)
    assert load.protected, "some records are protected"
    place.restarts = place.restarted()
    place.is_well()
    assert place.wrong() == []
    return place


def raw(place: Place, topic: str, messages: Sequence[tuple[bytes | None, bytes | None]]) -> int:
    """Key and value of messages that whoever may write to a topic puts there; how many it took."""
    client = kafka.producer(place.settings)
    taken = 0
    try:
        for key, value in messages:
            named = key if value is not None else key or b"a tombstone needs a name"
            try:
                sent = client.send(place.settings.topic(topic), value=value, key=named, partition=0)
                sent.get(timeout=60)
            except KafkaError:
                continue  # the broker itself refuses it: too large
            taken += 1
    finally:
        client.close()
    return taken
