"""Two of three key servers: the joint key's outputs, or the name of who spoilt them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from keyserver.oprf import group, rfc9497, shares, threshold
from keyserver.oprf.group import DeserializeError, InvalidInputError, Scalar
from keyserver.oprf.rfc9497 import Mode, Proof
from keyserver.oprf.shares import Committee, KeyShare
from keyserver.oprf.threshold import (
    Answer,
    Batch,
    CombinationError,
    Fault,
    Reason,
    TooFewShares,
)
from tests.fakes.dice import given, stream
from tests.oprf import CASES, SUITES, dealt, parts, refresh

FEW = settings(max_examples=30, deadline=None)
MORE = settings(max_examples=80, deadline=None)
SEEDS = st.integers(0, 2**32)
INPUTS = [b"one", b"two", b"three"]


class Servers:
    """Three key servers of one committee, and a batch that is blinded for them."""

    def __init__(self, seed: int, inputs: Sequence[bytes] = INPUTS) -> None:
        self.key, self.committee, self.held = dealt(seed)
        self.batch: Batch = threshold.blind_batch(inputs, stream(seed + 1))
        self.wanted = [rfc9497.evaluate(self.key, input_, Mode.VOPRF) for input_ in inputs]

    def answers(self, *servers: int) -> dict[int, Answer]:
        return {n: self.answer(n) for n in servers or (1, 2, 3)}

    def answer(self, server: int, elements: Sequence[bytes] | None = None) -> Answer:
        sent = self.batch.elements if elements is None else elements
        return threshold.answer(self.held[server - 1], sent, stream(server))

    def combined(self, answers: dict[int, Answer]) -> threshold.Combination:
        return threshold.combine(self.committee, self.batch.elements, answers)

    def outputs(self, answers: dict[int, Answer]) -> list[bytes]:
        return threshold.finalize_batch(self.batch, self.combined(answers))


def flipped(data: bytes, bit: int) -> bytes:
    bit %= len(data) * 8
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


# -- good answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", list(permutations((1, 2, 3), 2)))
@pytest.mark.parametrize("case", [n for n, (mode, _) in enumerate(CASES) if mode is Mode.VOPRF])
def test_shares_of_the_official_key_give_the_official_outputs(
    case: int, pair: tuple[int, int]
) -> None:
    _, vector = CASES[case]
    key = group.deserialize_secret(bytes.fromhex(SUITES[Mode.VOPRF]["skSm"]))
    committee, held = shares.split(key, 3, 2, stream(1))
    assert committee.public_key.hex() == SUITES[Mode.VOPRF]["pkSm"]
    batch = threshold.blind_batch(parts(vector, "Input"), given(parts(vector, "Blind")))
    assert list(batch.elements) == parts(vector, "BlindedElement")
    answers = {n: threshold.answer(held[n - 1], batch.elements, stream(n)) for n in pair}
    combined = threshold.combine(committee, batch.elements, answers)
    assert combined.evaluated_elements == parts(vector, "EvaluationElement")
    assert combined.servers == tuple(sorted(pair))
    assert threshold.finalize_batch(batch, combined) == parts(vector, "Output")


@FEW
@examples(SEEDS, st.lists(st.binary(max_size=30), min_size=1, max_size=4))
def test_any_two_of_three_give_the_joint_keys_outputs(seed: int, inputs: list[bytes]) -> None:
    servers = Servers(seed, inputs)
    for pair in (*combinations((1, 2, 3), 2), (1, 2, 3)):
        assert servers.outputs(servers.answers(*pair)) == servers.wanted
    combined = servers.combined(servers.answers())
    assert (combined.servers, combined.faults) == ((1, 2), ())  # no more work than needed


@FEW
@examples(SEEDS, SEEDS)
def test_the_blinds_do_not_change_the_outputs(seed: int, other: int) -> None:
    servers = Servers(seed)
    again = threshold.blind_batch(INPUTS, stream(other + 2**40))
    assert not set(again.elements) & set(servers.batch.elements)
    servers.batch = again
    assert servers.outputs(servers.answers(2, 3)) == servers.wanted


@FEW
@examples(SEEDS, st.integers(1, 3))
def test_refreshes_leave_the_outputs(seed: int, rounds: int) -> None:
    servers = Servers(seed)
    for number in range(rounds):
        servers.committee, servers.held = refresh(
            servers.committee, servers.held, [1, 3], seed + number + 2
        )
    for pair in combinations((1, 2, 3), 2):
        assert servers.outputs(servers.answers(*pair)) == servers.wanted


def test_three_of_five() -> None:
    key = group.random_scalar(stream(1))
    committee, held = shares.split(key, 5, 3, stream(2))
    batch = threshold.blind_batch(INPUTS, stream(3))
    answers = {n: threshold.answer(held[n - 1], batch.elements, stream(n)) for n in (5, 2, 4)}
    combined = threshold.combine(committee, batch.elements, answers)
    outputs = threshold.finalize_batch(batch, combined)
    assert outputs == [rfc9497.evaluate(key, input_, Mode.VOPRF) for input_ in INPUTS]
    answers.pop(4)
    with pytest.raises(TooFewShares, match="3 good answers are needed") as caught:
        threshold.combine(committee, batch.elements, answers)
    assert caught.value.missing == (1, 3, 4)


# -- bad answers -----------------------------------------------------------------------------------


@MORE
@examples(SEEDS, st.integers(1, 3), st.integers(0, 2), st.integers(0, 511), st.booleans())
def test_a_flipped_bit_of_an_answer_names_its_server(
    seed: int, server: int, place: int, bit: int, in_proof: bool
) -> None:
    servers = Servers(seed)
    answers = servers.answers()
    good = answers[server]
    if in_proof:
        bad = replace(good, proof=flipped(good.proof, bit))
    else:
        elements = list(good.evaluated_elements)
        elements[place] = flipped(elements[place], bit)
        bad = replace(good, evaluated_elements=tuple(elements))
    assert bad != good
    check_named(servers, {**answers, server: bad}, server, {Reason.PROOF, Reason.MALFORMED})


def check_named(
    servers: Servers, answers: dict[int, Answer], server: int, reasons: set[Reason]
) -> None:
    """The server is named; with two others the answer stands, with one it does not."""
    combined = servers.combined(answers)
    assert [fault.server for fault in combined.faults] == [server]
    assert combined.faults[0].reason in reasons
    assert server not in combined.servers
    assert threshold.finalize_batch(servers.batch, combined) == servers.wanted
    gone = server % 3 + 1
    two = {n: one for n, one in answers.items() if n != gone}
    with pytest.raises(TooFewShares) as caught:
        servers.combined(two)
    assert caught.value.faults == combined.faults
    assert caught.value.missing == (gone,)
    assert f"server {server}: {combined.faults[0].reason}" in str(caught.value)
    assert f"server {gone}: no answer" in str(caught.value)


@MORE
@examples(SEEDS, st.integers(1, 3), st.integers(0, 2), st.integers(0, 255))
def test_a_flipped_bit_on_the_way_to_a_server_is_noticed(
    seed: int, server: int, place: int, bit: int
) -> None:
    servers = Servers(seed)
    sent: list[bytes] = list(servers.batch.elements)
    sent[place] = flipped(sent[place], bit)
    try:
        bad = servers.answer(server, sent)
    except DeserializeError:
        return  # the server itself refuses what is no element
    check_named(servers, {**servers.answers(), server: bad}, server, {Reason.PROOF})


def test_each_kind_of_bad_answer_has_its_reason() -> None:
    servers = Servers(1)
    good = servers.answer(2)
    elements = good.evaluated_elements
    key = group.scalar_of(12345)
    stranger = threshold.answer(KeyShare(2, 0, key), servers.batch.elements, stream(9))
    for bad, reason in (
        (replace(good, generation=1), Reason.OTHER_GENERATION),
        (replace(good, evaluated_elements=elements[:2]), Reason.OTHER_COUNT),
        (replace(good, evaluated_elements=(*elements, elements[0])), Reason.OTHER_COUNT),
        (replace(good, evaluated_elements=()), Reason.OTHER_COUNT),
        (replace(good, evaluated_elements=(bytes(32), *elements[1:])), Reason.MALFORMED),
        (replace(good, evaluated_elements=(b"", *elements[1:])), Reason.MALFORMED),
        (replace(good, proof=good.proof[:63]), Reason.MALFORMED),
        (replace(good, proof=b"\xff" * 64), Reason.MALFORMED),
        (replace(good, proof=bytes(64)), Reason.PROOF),
        (replace(good, evaluated_elements=elements[::-1]), Reason.PROOF),
        (replace(good, evaluated_elements=servers.batch.elements), Reason.PROOF),
        (replace(good, proof=servers.answer(3).proof), Reason.PROOF),
        (servers.answer(3), Reason.PROOF),  # another's good answer, under this name
        (stranger, Reason.PROOF),  # a good proof, under a key that is no share
    ):
        check_named(servers, {**servers.answers(), 2: bad}, 2, {reason})


def test_an_answer_to_another_batch_is_not_taken() -> None:
    servers = Servers(2)
    earlier = servers.answer(1)
    servers.batch = threshold.blind_batch(INPUTS, stream(77))
    check_named(servers, {**servers.answers(), 1: earlier}, 1, {Reason.PROOF})


def test_a_server_that_is_none_is_named_and_counts_for_nothing() -> None:
    servers = Servers(3)
    answers = {4: servers.answer(2), 0: servers.answer(2), 1: servers.answer(1)}
    with pytest.raises(TooFewShares) as caught:
        servers.combined(answers)
    assert caught.value.faults == (
        Fault(0, Reason.UNKNOWN_SERVER),
        Fault(4, Reason.UNKNOWN_SERVER),
    )
    assert caught.value.missing == (2, 3)


def test_all_that_is_wrong_is_named_at_once() -> None:
    servers = Servers(4)
    answers = {1: servers.answer(2), 3: replace(servers.answer(3), generation=9)}
    with pytest.raises(TooFewShares) as caught:
        servers.combined(answers)
    assert caught.value.faults == (Fault(1, Reason.PROOF), Fault(3, Reason.OTHER_GENERATION))
    assert caught.value.missing == (2,)
    assert caught.value.needed == 2
    with pytest.raises(TooFewShares) as silent:
        servers.combined({})
    assert (silent.value.faults, silent.value.missing) == ((), (1, 2, 3))


@FEW
@examples(SEEDS, st.booleans())
def test_shares_of_two_generations_do_not_combine(seed: int, says_so: bool) -> None:
    servers = Servers(seed)
    old = servers.answers()
    later, held = refresh(servers.committee, servers.held, [1, 2], seed + 5)
    servers.committee, servers.held = later, held
    stale = old[1] if says_so else replace(old[1], generation=later.generation)
    reason = Reason.OTHER_GENERATION if says_so else Reason.PROOF
    check_named(servers, {**servers.answers(), 1: stale}, 1, {reason})


def test_a_wrong_combination_is_never_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = Servers(6)
    answers = servers.answers()

    def wrong(places: Sequence[int]) -> dict[int, Scalar]:
        return dict(zip(places, (group.scalar_of(3), group.scalar_of(-2)), strict=True))

    monkeypatch.setattr(shares, "lagrange", wrong)
    with pytest.raises(CombinationError):
        servers.combined(answers)


# -- batches and secrets ---------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 65_536])
def test_a_batch_of_no_size_is_refused_before_any_work(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = Servers(7)
    elements = [servers.batch.elements[0]] * count
    for name in ("multiply", "deserialize_element", "hash_to_group"):
        monkeypatch.setattr(group, name, None)
    for refused in (
        lambda: threshold.blind_batch([b""] * count, stream(1)),
        lambda: servers.answer(1, elements),
        lambda: rfc9497.blind_evaluate_proved(servers.key, elements, stream(1)),
    ):
        with pytest.raises(ValueError, match="a batch has 1 to 65535"):
            refused()


@pytest.mark.parametrize("drawn", [b"", bytes(64)])
def test_a_server_notices_a_source_of_randomness_that_is_none(drawn: bytes) -> None:
    servers = Servers(13)
    with pytest.raises(InvalidInputError, match="randomness"):
        threshold.answer(servers.held[0], servers.batch.elements, lambda _count: drawn)


@pytest.mark.parametrize("bad", [bytes(32), b"", b"\xff" * 32, bytes(31)])
def test_a_server_answers_nothing_to_what_is_no_element(bad: bytes) -> None:
    servers = Servers(8)
    with pytest.raises(DeserializeError):
        servers.answer(1, [*servers.batch.elements, bad])


def test_outputs_are_for_the_batch_that_was_asked() -> None:
    servers = Servers(9)
    combined = servers.combined(servers.answers())
    other = threshold.blind_batch(INPUTS[:2], stream(1))
    with pytest.raises(ValueError, match="zip"):
        threshold.finalize_batch(other, combined)


def test_neither_blinds_nor_identifiers_are_shown() -> None:
    servers = Servers(10, [b"99291417710"])
    shown = repr(servers.batch) + repr(servers.held) + json.dumps(str(servers.committee))
    assert "99291417710" not in shown
    for secret in (servers.key, *servers.batch.blinds, *(s.secret for s in servers.held)):
        assert repr(bytes(secret)) not in shown
    assert repr(bytes(servers.batch.elements[0])) in shown  # the search itself works


def test_a_server_that_draws_the_same_twice_keeps_its_share() -> None:
    servers = Servers(12)
    share = servers.held[0]

    def same(count: int) -> bytes:
        return b"x" * count

    def share_from_two_proofs(one: Proof, other: Proof) -> Scalar:
        """What equal nonces give away: r = s + c·k in both."""
        difference = group.scalar_subtract(other.challenge, one.challenge)
        responses = group.scalar_subtract(one.response, other.response)
        return group.scalar_multiply(responses, group.scalar_invert(difference))

    batches = [servers.batch.elements, servers.batch.elements[:2]]
    naive = [rfc9497.blind_evaluate_proved(share.secret, sent, same)[1] for sent in batches]
    assert share_from_two_proofs(*naive) == share.secret
    hedged = [Proof.deserialize(threshold.answer(share, sent, same).proof) for sent in batches]
    assert share_from_two_proofs(*hedged) != share.secret


def test_a_nonce_depends_on_the_share_too() -> None:
    """Else one proof would give the share to whoever guesses what was drawn."""
    servers = Servers(14)

    def nonce(share: KeyShare) -> Scalar:
        answer = threshold.answer(share, servers.batch.elements, lambda count: b"x" * count)
        proof = Proof.deserialize(answer.proof)
        product = group.scalar_multiply(proof.challenge, share.secret)
        return group.scalar_add(proof.response, product)

    one, other = nonce(servers.held[0]), nonce(servers.held[1])
    assert one == nonce(servers.held[0]) != other


def test_a_committee_from_elsewhere_gives_no_wrong_output() -> None:
    """A committee made up around the pinned key: nobody can answer for two of its servers."""
    servers = Servers(11)
    known = group.scalar_of(99)
    # so that server 1's share would be the number that the attacker knows
    second = group.add(
        group.multiply_base(known),
        group.multiply(group.scalar_of(-1), servers.committee.public_key),
    )
    forged = Committee(0, 3, (servers.committee.public_key, second))
    assert forged.share_public_keys[1] == group.multiply_base(known)
    mine = threshold.answer(KeyShare(1, 0, known), servers.batch.elements, stream(1))
    answers = {1: mine, 2: servers.answer(2), 3: servers.answer(3)}
    with pytest.raises(TooFewShares) as caught:
        threshold.combine(forged, servers.batch.elements, answers)
    assert caught.value.faults == (Fault(2, Reason.PROOF), Fault(3, Reason.PROOF))
