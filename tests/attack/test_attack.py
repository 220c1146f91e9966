"""Who can turn tokens back into people: one attacker, and what each of the others holds.

The stores are those of a real run: two organisations publish lists of people, once under the
shared key and once with tokens from a threshold of key servers. That an attack fails says something
because the tokens are shown to be in the attacker's hands, and the same code succeeds with more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from events import codec
from events.catalog import Topic
from infra.settings import Settings
from producers import keys
from producers.publishing import publish_list
from producers.tokens import Tokeniser
from tests.attack import harvest
from tests.attack.attacker import Recovered, recipes, recover
from tests.attack.loot import Loot
from tests.attack.people import (
    KNOWN,
    PEOPLE,
    Bodies,
    InProcess,
    Population,
    rows,
    shared_key_tokens,
    world,
)
from tests.e2e.conftest import systems_of
from tests.e2e.kit import Tekil
from tests.e2e.topics import messages
from tests.oprf import refresh

MOST = 0.99
ALSO_THERE = 60
"""How many of the people the second organisation knows, too."""


@dataclass
class Run:
    """A system in which both organisations published, and who was in their lists."""

    settings: Settings
    world: Population
    tokeniser: InProcess | None


@pytest.fixture(scope="module")
def everyone() -> Population:
    return world()


@pytest.fixture(scope="module")
def started(
    services: Settings, tmp_path_factory: pytest.TempPathFactory, everyone: Population
) -> Iterator[dict[str, Run]]:
    """The two runs, by assurance."""
    with systems_of(services, tmp_path_factory.mktemp("attack")) as fresh:
        tokeniser = InProcess(Bodies.made())
        runs = {}
        for name, own in (("threshold", tokeniser), ("hmac", None)):
            tekil = fresh(assurance=name)
            publish(tekil, everyone, own)
            runs[name] = Run(tekil.settings, everyone, own)
        yield runs


def publish(tekil: Tekil, everyone: Population, tokeniser: Tokeniser | None) -> None:
    tekil.join("KIZ", "STK")
    tekil.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    for org, programme, count in (("KIZ", "TEMEL", PEOPLE), ("STK", "NAKIT", ALSO_THERE)):
        path = tekil.write(rows(everyone.people[:count], org, programme))
        answered = publish_list(tekil.settings, org, path, tokeniser=tokeniser)
        assert {row.disposition for row in answered} == {"accepted"}
    found = tekil.query("SELECT count() AS n FROM v1_findings WHERE strength = 'certain'")
    assert found == [{"n": ALSO_THERE}], "the tokens do their work"


def everything(settings: Settings) -> Loot:
    """What the central administration holds: broker, registry, ClickHouse, logs, its keys."""
    loot = Loot()
    harvest.topics(settings, loot)
    assert harvest.unsealed(settings, loot) == PEOPLE + ALSO_THERE
    assert harvest.stores(settings, loot) > 2 * PEOPLE
    assert harvest.tables(settings, loot)
    harvest.logs(settings, loot)
    assert harvest.key_files(settings.folder("keys"), loot)
    harvest.key_files(settings.folder("partners"), loot)
    return loot


@pytest.fixture(scope="module")
def threshold(started: dict[str, Run]) -> Run:
    return started["threshold"]


@pytest.fixture(scope="module")
def held(threshold: Run) -> Loot:
    """Everything of the run with threshold tokens."""
    return everything(threshold.settings)


def with_shares(loot: Loot, run: Run, *servers: int) -> Loot:
    """The loot, and what these key servers hold: share, commitments, nothing of persons."""
    assert run.tokeniser is not None
    bodies = run.tokeniser.bodies
    more = Loot(set(loot.tokens), set(loot.secrets), dict(loot.keys))
    for commitment in bodies.committee.commitments:
        more.key("commitment", commitment)
    for server, public in bodies.committee.share_public_keys.items():
        more.key(f"public key of share {server}", public)
    for share in bodies.held:
        if share.server in servers:
            more.key(f"share {share.server}", share.secret)
    return more


def attack(loot: Loot, run: Run) -> Recovered:
    return recover(loot, run.world.candidates, run.world.known)


# -- what is there ---------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["submissions", "unsealed", "stores"])
def test_every_token_that_was_sent_is_in_the_attackers_hands(threshold: Run, store: str) -> None:
    """In the messages, in the journal with its keys, and in the stages' stores, each by itself."""
    loot = Loot()
    getattr(harvest, store)(threshold.settings, loot)
    assert threshold.tokeniser is not None
    sent = threshold.tokeniser.made
    assert sent.keys() >= {*threshold.world.strong, *threshold.world.weak}
    assert set(sent.values()) <= loot.tokens


def test_no_token_reaches_clickhouse_or_a_log(threshold: Run) -> None:
    loot = Loot()
    assert harvest.tables(threshold.settings, loot) > 10_000
    harvest.logs(threshold.settings, loot)
    assert loot.tokens, "ids and digests are there to be seen"
    assert threshold.tokeniser is not None
    assert loot.tokens.isdisjoint(threshold.tokeniser.made.values())


def test_who_holds_the_messages_sees_that_two_organisations_know_one_person(threshold: Run) -> None:
    """Accepted: equal people have equal tokens, or nothing could be found at all."""
    by_org: dict[str, Loot] = {}
    topic = threshold.settings.topic(Topic.SUBMISSIONS)
    for record in messages(threshold.settings, topic.__eq__):
        org = codec.strict_loads(record.value.split(b"\n", 1)[0]).get("org", "")
        by_org.setdefault(org, Loot()).text(record.value)
    assert threshold.tokeniser is not None
    made = set(threshold.tokeniser.made.values())
    both = by_org["KIZ"].tokens & by_org["STK"].tokens & made
    shared = threshold.world.people[:ALSO_THERE]
    assert both == {threshold.tokeniser.made[one] for p in shared for one in (p.strong, *p.listed)}


def test_what_is_erased_can_be_opened_by_nobody_who_did_not_keep_it(threshold: Run) -> None:
    """The keys' message with zeros: the tokens are gone from the journal, for every reader."""
    loot = Loot()
    assert harvest.unsealed(threshold.settings, loot, erased=True) == 0
    assert threshold.tokeniser is not None
    assert loot.tokens.isdisjoint(threshold.tokeniser.made.values())


# -- the shared key --------------------------------------------------------------------------------


def test_who_holds_the_shared_key_recovers_everybody(started: dict[str, Run]) -> None:
    """Assurance `hmac`: every partner and the administration hold that key."""
    run = started["hmac"]
    found = attack(everything(run.settings), run)
    assert found.share_of(run.world.strong) >= MOST
    assert found.share_of(run.world.weak) >= MOST
    assert len(found.recipes) == 1
    assert keys.TOKEN_KEY_FILE in found.recipes[0]


def test_two_hundred_thousand_numbers_hide_nobody_from_who_holds_the_shared_key() -> None:
    many = world(200_000)
    key = bytes(range(32))
    loot = Loot(keys={key: "shared"})
    loot.tokens |= shared_key_tokens(key, many.strong)
    found = recover(loot, many.candidates, many.known)
    assert found.share_of(many.strong) == 1
    assert len(found.tokens) == PEOPLE


def test_hashes_without_a_key_and_with_a_published_salt_hide_nobody(everyone: Population) -> None:
    """The attacker is no straw man: what others use falls to the same code."""
    salt = bytes(range(32))
    for name in ("sha256 of number", "md5 of type and number", "sha512 of salt, number"):
        loot = Loot(keys={salt: "salt"})
        [recipe] = [one for one in recipes(loot, ["e1"]) if one.name == name]
        loot.tokens |= {recipe.make(one) for one in everyone.strong}
        assert recover(loot, everyone.candidates, everyone.known).share_of(everyone.strong) == 1


# -- the threshold ---------------------------------------------------------------------------------


def test_who_holds_all_stores_and_keys_of_the_administration_recovers_nobody(
    threshold: Run, held: Loot
) -> None:
    assert len(held.secrets) > PEOPLE, "the keys of the sealed records are among them"
    assert attack(held, threshold) == Recovered()


@pytest.mark.parametrize("server", [1, 2, 3])
def test_all_stores_and_one_key_server_together_recover_nobody(
    threshold: Run, held: Loot, server: int
) -> None:
    assert attack(with_shares(held, threshold, server), threshold) == Recovered()


@pytest.mark.parametrize("servers", [(1, 2), (1, 3), (2, 3)])
def test_two_key_servers_together_recover_everybody(
    threshold: Run, held: Loot, servers: tuple[int, int]
) -> None:
    """The accepted risk; and the proof that the attack above fails for want of a share alone."""
    found = attack(with_shares(held, threshold, *servers), threshold)
    assert found.share_of(threshold.world.strong) >= MOST
    assert found.share_of(threshold.world.weak) >= MOST


def test_an_outsider_with_the_published_views_recovers_nobody(threshold: Run) -> None:
    loot = Loot()
    assert harvest.views(threshold.settings, loot) > 10_000
    assert attack(with_shares(loot, threshold), threshold) == Recovered()
    assert threshold.tokeniser is not None
    assert loot.tokens.isdisjoint(threshold.tokeniser.made.values())


def test_a_broker_administrator_alone_recovers_nobody(threshold: Run) -> None:
    loot = Loot()
    harvest.topics(threshold.settings, loot)
    harvest.unsealed(threshold.settings, loot)
    assert attack(with_shares(loot, threshold), threshold) == Recovered()


def test_the_few_whom_he_knows_are_in_the_register(threshold: Run) -> None:
    """So that trying a recipe on them first misses none."""
    assert len(threshold.world.known) == 2 * KNOWN
    assert threshold.tokeniser is not None
    assert threshold.tokeniser.made.keys() >= set(threshold.world.known)


def test_a_refreshed_share_and_an_old_one_recover_nobody(threshold: Run, held: Loot) -> None:
    """A thief who took server 1's share before a refresh, and server 2's after it."""
    assert threshold.tokeniser is not None
    bodies = threshold.tokeniser.bodies
    _, later = refresh(bodies.committee, list(bodies.held), [1, 2, 3], seed=7)
    loot = with_shares(held, threshold, 1)
    loot.key("share 2 after the refresh", later[1].secret)
    assert attack(loot, threshold) == Recovered()
    loot.key("share 3 after the refresh", later[2].secret)
    assert attack(loot, threshold).share_of(threshold.world.strong) >= MOST
