"""The client of the key servers: any two of three, whatever the others say."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from events.model import Assurance
from infra.errors import SystemUnavailable
from keyserver.oprf import rfc9497
from keyserver.oprf.group import Element, Scalar
from keyserver.oprf.messages import EVALUATE_PATH, Epochs, Evaluate, Evaluated, HeldEpoch
from keyserver.oprf.shares import MAX_SERVERS, Committee, KeyShare
from keyserver.oprf.threshold import Answer
from producers.tokenising.pinned import PinnedEpoch
from producers.tokenising.threshold import ThresholdTokeniser
from tests.fakes.key_servers import SOME, FakeKeyServers, asking, expected, refuses, unreachable


@pytest.fixture
def three() -> Iterator[FakeKeyServers]:
    servers = FakeKeyServers("e1", "e2")
    yield servers
    servers.close()


# -- honest servers ------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_any_two_servers_give_the_joint_keys_tokens(three: FakeKeyServers, missing: int) -> None:
    three.servers[missing].before = unreachable
    _, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert three.servers[missing].requests == 0


def test_one_server_alone_gives_its_keys_tokens() -> None:
    one = FakeKeyServers("e1", servers=1, needed=1)
    _, tokeniser = asking(one)
    assert tokeniser.tokens(SOME) == expected(one)
    assert tokeniser.assurance is Assurance.SINGLE
    one.close()


def test_another_batch_may_read_the_epochs_first(
    three: FakeKeyServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, tokeniser = asking(three)
    read = client._read

    def by_another_batch() -> bool:
        """After this one saw no committee, and before it looks who is to be read."""
        read()
        return False

    monkeypatch.setattr(client, "_read", by_another_batch)
    assert tokeniser.tokens(SOME) == expected(three)


def test_servers_take_turns(three: FakeKeyServers) -> None:
    client, tokeniser = asking(three)
    for _ in range(6):
        tokeniser.tokens(SOME)
    assert [server.requests for server in three.servers] == [4, 4, 4]
    assert client.remarks == ()


def test_a_server_that_holds_two_generations_is_asked_for_the_newer(three: FakeKeyServers) -> None:
    three.refresh("e1", keep=True)
    _, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)


def test_a_generation_that_one_server_alone_holds_is_not_asked_for(three: FakeKeyServers) -> None:
    three.refresh("e1", keep=True, only=[2])
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert client.remarks == ()


def test_shares_may_be_refreshed_in_a_run(three: FakeKeyServers) -> None:
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    three.refresh("e1", keep=False)
    assert tokeniser.tokens(SOME) == expected(three)
    assert client.remarks == ()


def test_a_generation_may_go_while_batches_are_under_way(three: FakeKeyServers) -> None:
    asked: list[int] = []

    def before(request: httpx.Request) -> None:
        if request.url.path == EVALUATE_PATH:
            asked.append(1)
            if len(asked) == 5:
                three.refresh("e1", keep=True)
            if len(asked) == 9:
                three.drop("e1")

    for server in three.servers:
        server.before = before
    client = three.client()
    tokeniser = ThresholdTokeniser(client, three.pinned[0], Assurance.THRESHOLD, batch=3)
    many = [("us.ssn", str(number)) for number in range(60)]
    found = tokeniser.tokens([*many, *SOME])
    assert found[-len(SOME) :] == expected(three)
    assert len(set(found)) == 62, "one is in both"
    assert client.remarks == ()


# -- servers that lie ------------------------------------------------------------------------------


def _wrong_share(asked: Evaluate, given: Answer, share: KeyShare) -> Evaluated:
    elements = [Element(bytes.fromhex(text)) for text in asked.blinded_elements]
    secret = Scalar(bytes([share.secret[0] ^ 1]) + share.secret[1:])
    evaluated, proof = rfc9497.blind_evaluate_proved(
        secret,
        elements,
        lambda count: bytes(range(count)),
    )
    return Evaluated.of(asked.epoch, Answer(given.generation, tuple(evaluated), proof.serialize()))


def _swapped(asked: Evaluate, given: Answer, share: KeyShare) -> Evaluated:
    first, second, *others = given.evaluated_elements
    swapped = Answer(given.generation, (second, first, *others), given.proof)
    return Evaluated.of(asked.epoch, swapped)


def _one_less(asked: Evaluate, given: Answer, share: KeyShare) -> Evaluated:
    less = Answer(given.generation, given.evaluated_elements[1:], given.proof)
    return Evaluated.of(asked.epoch, less)


def _no_elements(asked: Evaluate, given: Answer, share: KeyShare) -> Evaluated:
    bad = (b"\xff" * 32,) * len(given.evaluated_elements)
    return Evaluated.of(asked.epoch, Answer(given.generation, bad, given.proof))


def _other_generation(asked: Evaluate, given: Answer, share: KeyShare) -> Evaluated:
    other = Answer(given.generation + 1, given.evaluated_elements, given.proof)
    return Evaluated.of(asked.epoch, other)


def _other_epoch(asked: Evaluate, given: Answer, share: KeyShare) -> Evaluated:
    return Evaluated.of("e2", given)


def _garbage(asked: Evaluate, given: Answer, share: KeyShare) -> bytes:
    return b"<html>hello</html>"


def _endless(asked: Evaluate, given: Answer, share: KeyShare) -> bytes:
    return b" " * 2**20


LIES = {
    "proof": _wrong_share,
    "does not hold": _swapped,
    "another number": _one_less,
    "encode no element": _no_elements,
    "another generation": _other_generation,
    "another epoch": _other_epoch,
    "its answer is none": _garbage,
    "far too long": _endless,
}


@pytest.mark.parametrize("liar", [1, 3])
@pytest.mark.parametrize("what", LIES)
def test_a_liar_is_named_and_not_asked_again(three: FakeKeyServers, what: str, liar: int) -> None:
    three.servers[liar - 1].trick = LIES[what]
    client, tokeniser = asking(three)
    for _ in range(4):
        assert tokeniser.tokens(SOME) == expected(three)
    (fault,) = client.faults
    assert (fault.server, fault.url) == (liar, three.urls[liar - 1])
    assert what in str(fault)
    assert "not asked again" in str(fault)
    assert three.servers[liar - 1].requests == 1


def test_two_liars_are_named_and_there_are_no_tokens(three: FakeKeyServers) -> None:
    three.servers[0].trick = three.servers[1].trick = _swapped
    client, tokeniser = asking(three)
    with pytest.raises(SystemUnavailable, match=r"servers: 1 .*does not hold; 2 .*does not hold"):
        tokeniser.tokens(SOME)
    assert {fault.server for fault in client.faults} == {1, 2}


def test_a_server_that_refuses_what_it_announces_is_named(three: FakeKeyServers) -> None:
    three.servers[1].before = refuses(409, "other-generation")
    client, tokeniser = asking(three)
    for _ in range(4):
        assert tokeniser.tokens(SOME) == expected(three)
    assert ["refuses the generation that it announces" in f.what for f in client.faults] == [True]


# -- servers that announce something else ----------------------------------------------------------


def _announces(held: Callable[[HeldEpoch], HeldEpoch]) -> Callable[[Epochs], Epochs]:
    def announce(said: Epochs) -> Epochs:
        return said.model_copy(update={"held": tuple(held(one) for one in said.held)})

    return announce


OTHER = FakeKeyServers("x0", "x1")


def _impossible(one: HeldEpoch) -> HeldEpoch:
    return one.model_copy(update={"commitments": (one.commitments[0], "0" * 64)})


def _large(one: HeldEpoch) -> HeldEpoch:
    """Each of its servers' public keys would be as many multiplications as it has commitments."""
    commitments = (one.commitments[0], *one.commitments[1:] * (MAX_SERVERS - 1))
    return one.model_copy(update={"servers": MAX_SERVERS, "commitments": commitments})


def _too_large(one: HeldEpoch) -> HeldEpoch:
    commitments = (*_large(one).commitments, one.commitments[1])
    return one.model_copy(update={"servers": MAX_SERVERS + 1, "commitments": commitments})


def _alone(one: HeldEpoch) -> HeldEpoch:
    return one.model_copy(
        update={"servers": 1, "generation": 9, "commitments": one.commitments[:1]}
    )


def _many(said: Epochs) -> Epochs:
    return said.model_copy(update={"held": said.held[:1] * 9})


ANNOUNCED = {
    "another joint key for e1": _announces(
        lambda one: HeldEpoch.of(one.epoch, OTHER.servers[0].held["x1"][0][0])
    ),
    "no committee": _announces(_impossible),
    "generations": _many,
    "no server of the committee": lambda said: said.model_copy(update={"server": 4}),
    "list of epochs is none": lambda said: b"[]",
    "epochs is none": _announces(_too_large),
}


@pytest.mark.parametrize("what", ANNOUNCED)
def test_a_server_that_announces_something_else_is_named(three: FakeKeyServers, what: str) -> None:
    three.servers[0].announces = ANNOUNCED[what]
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    (fault,) = client.faults
    assert what in fault.what
    assert fault.url == three.urls[0]
    assert three.servers[0].requests == 0


def test_only_what_is_under_the_pinned_key_is_computed(
    three: FakeKeyServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    large: list[Committee] = []
    check = Committee.__post_init__

    def checked(one: Committee) -> None:
        large.extend([one] if one.servers > 3 else [])
        check(one)

    monkeypatch.setattr(Committee, "__post_init__", checked)
    other = HeldEpoch.of("e1", OTHER.servers[0].held["x1"][0][0])
    three.servers[0].announces = _announces(lambda one: _large(other))
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert [fault.server for fault in client.faults] == [1]
    assert large == []


def test_who_takes_anothers_number_takes_nothing_else(three: FakeKeyServers) -> None:
    three.servers[0].announces = lambda said: said.model_copy(update={"server": 2})
    three.servers[0].before = refuses(401, "bad-signature")
    client, tokeniser = asking(three)
    for _ in range(3):
        assert tokeniser.tokens(SOME) == expected(three)
    assert {remark.url for remark in client.remarks} == {three.urls[0]}


def test_who_changes_its_number_is_named(three: FakeKeyServers) -> None:
    client, tokeniser = asking(three)
    tokeniser.tokens(SOME)
    three.refresh("e1", keep=False)
    three.servers[0].announces = lambda said: said.model_copy(update={"server": 3})
    assert tokeniser.tokens(SOME) == expected(three)
    assert [(fault.server, fault.url) for fault in client.faults] == [(1, three.urls[0])]


def test_one_servers_word_is_not_taken_where_two_are_promised(three: FakeKeyServers) -> None:
    three.servers[0].announces = _announces(_alone)
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert ["one server alone" in remark.what for remark in client.remarks] == [True]


def test_a_wrong_pinned_key_is_an_error_that_names_the_servers(three: FakeKeyServers) -> None:
    wrong = PinnedEpoch(epoch="e1", public_key=three.pinned[1].public_key)
    client = three.client()
    tokeniser = ThresholdTokeniser(client, wrong, Assurance.THRESHOLD)
    with pytest.raises(SystemUnavailable, match=r"1 .*another joint key.* 2 .*another.* 3 "):
        tokeniser.tokens(SOME)
    assert three.elements == 0


def test_an_epoch_that_nobody_holds_is_an_error_at_once(three: FakeKeyServers) -> None:
    unknown = PinnedEpoch(epoch="e9", public_key=three.pinned[0].public_key)
    tokeniser = ThresholdTokeniser(three.client(), unknown, Assurance.THRESHOLD)
    with pytest.raises(SystemUnavailable, match="no generation of it"):
        tokeniser.tokens(SOME)
    assert three.clock.slept == []
