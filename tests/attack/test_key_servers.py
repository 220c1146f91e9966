"""The attacker at real key servers: their folders, what they write, their quotas over HTTP."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from keyserver import holder
from keyserver.app import make_app
from keyserver.oprf.messages import Error, Evaluate, Evaluated
from keyserver.server import KeyServer
from producers.tokens import Identifier
from tests import keyservers
from tests.attack import harvest
from tests.attack.attacker import recover
from tests.attack.guessing import BATCH, Ask, Guesser
from tests.attack.loot import Loot
from tests.attack.people import Bodies, InProcess, Population, world
from tests.keyservers import EPOCH, Partner, joined, newest, passphrase, serving
from tests.scanner import needles
from tests.scanner.look import look

QUOTA = 200
SERVERS = (1, 2, 3)


@dataclass
class Place:
    """Three key servers' folders after a partner asked for all that its quota allows."""

    root: Path
    world: Population
    register: dict[Identifier, bytes]
    guesser: Guesser

    def loot(self) -> Loot:
        """The tokens of the register, as who holds its stores has them."""
        return Loot(tokens=set(self.register.values()))

    def share(self, number: int) -> bytes:
        """What the operator with the passphrase has."""
        opened = holder.unlock(self.root / str(number), passphrase(number))
        return newest(opened)[1].secret


def over_http(client: httpx.Client, server: int, partner: Partner) -> Ask:
    """A running server."""

    def ask(asked: Evaluate) -> Evaluated | Error:
        said = keyservers.ask(client, server, partner, asked.model_dump_json().encode())
        if said.status_code == 200:
            return Evaluated.model_validate_json(said.content)
        return Error.model_validate_json(said.content)

    return ask


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    root = tmp_path_factory.mktemp("keyservers")
    held = [newest(one) for one in joined(root)]
    bodies = Bodies(held[0][0].committee, tuple(share for _, share in held))
    everyone, tokeniser, partner = world(), InProcess(bodies, epoch=EPOCH), Partner()
    tokeniser.tokens([*everyone.strong, *everyone.weak])
    with ExitStack() as stack:
        asks: dict[int, Ask] = {}
        for number in SERVERS:
            one = holder.unlock(root / str(number), passphrase(number))
            partner.enrol(one.folder, QUOTA)
            client = stack.enter_context(serving(make_app(KeyServer(one))))
            asks[number] = over_http(client, number, partner)
        guesser = Guesser(bodies.committee, asks, EPOCH)
        guesser.guess([*everyone.strong[:BATCH], *everyone.candidates])
    return Place(root, everyone, tokeniser.made, guesser)


def test_a_running_server_stops_who_guesses_at_its_quota(place: Place) -> None:
    guessed = place.guesser.tokens
    assert 3 * QUOTA // 2 - 2 * BATCH <= len(guessed) <= 3 * QUOTA // 2
    assert len(place.guesser.refused) >= 2
    assert {
        one: place.register[one] for one in place.world.strong[:BATCH]
    }.items() <= guessed.items()


def test_the_servers_counts_are_all_that_was_asked(place: Place) -> None:
    evaluated = 0
    for number in SERVERS:
        lines = (place.root / str(number) / "logs" / "audit.jsonl").read_text().splitlines()
        said = [json.loads(line) for line in lines]
        evaluated += sum(line["count"] for line in said if line["outcome"] == "ok")
    assert 2 * len(place.guesser.tokens) <= evaluated <= 3 * QUOTA


def test_a_key_servers_disk_holds_no_share_in_the_clear_and_no_person(place: Place) -> None:
    """Its operator without the passphrase: share encrypted, counts and logs without an element."""
    for number in SERVERS:
        loot = Loot()
        harvest.folder(place.root / str(number), loot)
        assert loot.keys, "salts, commitments, public keys"
        assert place.share(number) not in loot.keys
        assert loot.tokens.isdisjoint(place.register.values())
    people = place.world.people
    wanted = needles.of(
        [number for kind, number in place.world.candidates if "weak" not in kind],
        names=[(person.first, person.last) for person in people],
    )
    assert look(place.root, wanted).found == set()


def test_all_three_disks_without_their_passphrases_recover_nobody(place: Place) -> None:
    loot = place.loot()
    harvest.folder(place.root, loot)
    assert recover(loot, place.world.candidates, place.world.known).tokens == {}


@pytest.mark.parametrize("number", SERVERS)
def test_a_disk_with_its_passphrase_recovers_nobody(place: Place, number: int) -> None:
    loot = place.loot()
    harvest.folder(place.root / str(number), loot)
    loot.key("share", place.share(number))
    assert recover(loot, place.world.candidates, place.world.known).tokens == {}


def test_two_disks_with_their_passphrases_recover_everybody(place: Place) -> None:
    loot = place.loot()
    for number in (1, 3):
        harvest.folder(place.root / str(number), loot)
        loot.key(f"share {number}", place.share(number))
    found = recover(loot, place.world.candidates, place.world.known)
    assert found.share_of(place.world.strong) == 1
