"""What a partner can find out by asking: a quota's worth, and each guess is counted."""

import pytest

from keyserver.oprf import group, rfc9497
from producers.tokenising.inputs import token_input
from producers.tokens import Identifier
from tests.attack.attacker import recover
from tests.attack.guessing import BATCH, against
from tests.attack.loot import Loot
from tests.attack.people import Bodies, InProcess, Population, world

QUOTA = 200
_DST = b"HashToGroup-" + rfc9497.context_string(rfc9497.Mode.VOPRF)


@pytest.fixture(scope="module")
def everyone() -> Population:
    return world()


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    return Bodies.made()


@pytest.fixture(scope="module")
def register(bodies: Bodies, everyone: Population) -> dict[Identifier, bytes]:
    """Who is in the register, and the tokens that stand there."""
    tokeniser = InProcess(bodies)
    tokeniser.tokens([*everyone.strong, *everyone.weak])
    return tokeniser.made


def test_a_quota_at_each_server_allows_three_halves_of_it(
    bodies: Bodies, everyone: Population, register: dict[Identifier, bytes]
) -> None:
    """Each number needs two of three servers. Even with all stores in hand he is no further."""
    guesser, servers = against(bodies, QUOTA)
    guesser.guess(everyone.candidates)
    guessed = len(guesser.tokens)
    assert 3 * QUOTA // 2 - 2 * BATCH <= guessed <= 3 * QUOTA // 2
    assert len(guesser.refused) >= 2, "fewer than two servers are left"
    stored = set(register.values())
    hit = {one for one, token in guesser.tokens.items() if token in stored}
    assert hit == guesser.tokens.keys() & register.keys()
    assert len(hit) < 0.05 * len(register), "those who were among the few that he could ask for"
    assert all(server.evaluated <= QUOTA for server in servers)


def test_every_guess_is_counted_at_two_servers(bodies: Bodies, everyone: Population) -> None:
    """So that evaluations which outgrow an organisation's records are seen by all."""
    guesser, servers = against(bodies, QUOTA)
    guesser.guess(everyone.candidates)
    evaluated = sum(server.evaluated for server in servers)
    assert 2 * len(guesser.tokens) <= evaluated <= 2 * len(guesser.tokens) + 3 * BATCH


def test_a_guess_of_somebody_in_the_register_gives_the_token_that_stands_there(
    bodies: Bodies, everyone: Population, register: dict[Identifier, bytes]
) -> None:
    """The guesser is no straw man: whom he guesses he finds, if he has the stores beside it."""
    guesser, _ = against(bodies, QUOTA)
    some = everyone.strong[:BATCH] + everyone.weak[:BATCH]
    guesser.guess(some)
    assert guesser.tokens == {one: register[one] for one in some}


def test_a_guessers_tokens_and_his_servers_share_say_nothing_of_other_numbers(
    bodies: Bodies, everyone: Population, register: dict[Identifier, bytes]
) -> None:
    """A partner that is also a key server, with all stores: what it asked, it knows; no more."""
    guesser, _ = against(bodies, QUOTA)
    asked = [one for one in everyone.candidates if one not in register][:QUOTA]
    guesser.guess(asked)
    assert guesser.tokens.keys() <= set(asked)
    loot = Loot(tokens=set(register.values()))
    for token in guesser.tokens.values():
        loot.tokens.add(token)
    loot.key("share 1", bodies.held[0].secret)
    found = recover(loot, everyone.candidates, everyone.known)
    assert found.tokens == {}


def test_without_a_quota_everybody_is_guessed(
    bodies: Bodies, everyone: Population, register: dict[Identifier, bytes]
) -> None:
    """Why there are quotas: nothing else stops who may ask."""
    guesser, _ = against(bodies, 10**9)
    numbers = [*everyone.strong, *everyone.candidates[:100]]
    guesser.guess(numbers)
    stored = set(register.values())
    assert {one for one in numbers if guesser.tokens[one] in stored} >= set(everyone.strong)


def test_a_used_up_quota_evaluates_nothing(bodies: Bodies, everyone: Population) -> None:
    guesser, servers = against(bodies, 0)
    guesser.guess(everyone.candidates)
    assert guesser.tokens == {}
    assert [server.evaluated for server in servers] == [0, 0, 0]


def test_what_a_key_server_sees_says_neither_who_was_asked_for_nor_whether_again(
    bodies: Bodies, everyone: Population
) -> None:
    """It knows its share and all candidates, and keeps every element; it has counts, no more."""
    guesser, servers = against(bodies, 10**9)
    guesser.guess(everyone.strong[:BATCH])
    once = [set(server.seen) for server in servers]
    guesser.guess(everyone.strong[:BATCH])
    guesser.guess(everyone.strong[:BATCH])
    for server, before in zip(servers, once, strict=True):
        assert before.isdisjoint(server.seen[len(before) :]), "the same people, other elements"
        assert len(set(server.seen)) == server.evaluated > 0
        loot = Loot()
        for element in server.seen:
            loot.text(element.encode())
        loot.key("its share", server.share.secret)
        assert recover(loot, everyone.candidates, everyone.known).tokens == {}
        plain = {group.hash_to_group(token_input("e1", *one), _DST) for one in everyone.strong}
        own = {group.multiply(server.share.secret, element) for element in plain}
        assert {element.hex() for element in plain | own}.isdisjoint(server.seen)
