"""The key in parts: splitting, joining, refresh and recovery, and who is named when it fails."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyserver.oprf import group, shares
from keyserver.oprf.group import DeserializeError, Element, Scalar
from keyserver.oprf.shares import Committee, KeyShare, ShareError
from tests.fakes.dice import stream
from tests.oprf import deals_of, dealt, key_of, refresh

FEW = settings(max_examples=30, deadline=None)
SEEDS = st.integers(0, 2**32)


# -- splitting -------------------------------------------------------------------------------------


@FEW
@given(SEEDS)
def test_any_two_shares_are_the_key_and_one_is_not(seed: int) -> None:
    key, committee, held = dealt(seed)
    assert committee.public_key == group.multiply_base(key)
    for pair in combinations(held, 2):
        assert key_of(list(pair)) == key
    for share in held:
        share.check(committee)
        assert share.secret != key
        assert committee.share_public_keys[share.server] == group.multiply_base(share.secret)
    assert key_of(held) == key


@pytest.mark.parametrize(("threshold", "servers"), [(2, 2), (3, 5), (5, 5)])
def test_other_thresholds(threshold: int, servers: int) -> None:
    key = group.random_scalar(stream(1))
    committee, held = shares.split(key, servers, threshold, stream(2))
    assert key_of(held[-threshold:]) == key
    assert key_of(held[: threshold - 1]) != key
    later, new = refresh(committee, held, list(range(1, threshold + 1)), 3)
    assert key_of(new[:threshold]) == key
    assert later.threshold == threshold


@pytest.mark.parametrize(("threshold", "servers"), [(1, 3), (4, 3), (0, 0), (2, 256)])
def test_sizes_that_protect_nothing_are_refused(threshold: int, servers: int) -> None:
    elements = tuple(group.multiply_base(group.scalar_of(n + 2)) for n in range(threshold))
    with pytest.raises(ShareError, match="no committee"):
        Committee(0, servers, elements)


def test_a_committee_is_checked_where_it_is_made() -> None:
    one, two = (group.multiply_base(group.scalar_of(n)) for n in (5, -5))
    for commitments in ((one, group.IDENTITY), (group.IDENTITY, one), (one, Element(b"x" * 32))):
        with pytest.raises(DeserializeError):
            Committee(0, 3, commitments)
    with pytest.raises(ShareError, match="server 1 is zero"):
        Committee(0, 3, (one, two))
    with pytest.raises(ShareError):
        Committee(-1, 3, (one, one))


def test_a_dealt_share_that_is_wrong_is_noticed_by_its_holder() -> None:
    _, committee, held = dealt(7)
    other = group.scalar_add(held[0].secret, group.scalar_of(1))
    for bad in (
        replace(held[0], secret=other),
        replace(held[0], server=2),
        replace(held[0], server=4),
        replace(held[0], generation=1),
    ):
        with pytest.raises(ShareError, match=f"share of server {bad.server}"):
            bad.check(committee)
    for secret in (bytes(32), b"\xff" * 32, b""):
        with pytest.raises(DeserializeError):
            KeyShare(1, 0, Scalar(secret))


def test_a_share_does_not_show_its_secret() -> None:
    _, _, held = dealt(8)
    assert repr(held[0]) == "KeyShare(server=1, generation=0)"


# -- joining ---------------------------------------------------------------------------------------


def test_a_joint_key_that_nobody_held() -> None:
    dealers = {seed: dealt(seed) for seed in (1, 2, 3)}
    joined = [
        shares.join({d: (committee, held[n]) for d, (_, committee, held) in dealers.items()})
        for n in range(3)
    ]
    assert len({committee for committee, _ in joined}) == 1
    whole = group.ZERO
    for key, _, _ in dealers.values():
        whole = group.scalar_add(whole, key)
    for committee, share in joined:
        share.check(committee)
    assert key_of([share for _, share in joined[1:]]) == whole
    assert joined[0][0].public_key == group.multiply_base(whole)


def test_a_bad_dealer_stops_the_joining() -> None:
    (_, first, one), (_, second, two) = dealt(1), dealt(2)
    larger, more = shares.split(group.scalar_of(9), 5, 2, stream(3))
    wrong = replace(two[0], secret=one[0].secret)
    for bad, why in (
        ((second, wrong), "dealer 8: .* does not fit"),
        ((second, replace(two[0], generation=1)), "dealer 8: .* another generation"),
        ((second, two[1]), "several servers"),
        ((larger, more[0]), "unequal size"),
    ):
        with pytest.raises(ShareError, match=why):
            shares.join({7: (first, one[0]), 8: bad})
    with pytest.raises(ShareError, match="or none"):
        shares.join({})


# -- refresh ---------------------------------------------------------------------------------------


@FEW
@given(SEEDS, st.lists(st.sampled_from([[1, 2], [1, 3], [3, 2], [1, 2, 3]]), max_size=4))
def test_any_number_of_refreshes_leaves_the_key(seed: int, rounds: list[list[int]]) -> None:
    key, committee, held = dealt(seed)
    for number, dealers in enumerate(rounds):
        later, new = refresh(committee, held, dealers, seed + number + 1)
        assert later.public_key == committee.public_key
        for old, share in zip(held, new, strict=True):
            assert share.secret != old.secret
            share.check(later)
            with pytest.raises(ShareError, match="another generation"):
                share.check(committee)
        assert key_of([held[0], new[1]]) != key  # of two generations: no key
        committee, held = later, new
    assert committee.generation == len(rounds)
    for pair in combinations(held, 2):
        assert key_of(list(pair)) == key


def test_a_dealer_whose_part_is_wrong_is_named() -> None:
    _, committee, held = dealt(3)
    public, parts = deals_of(committee, [1, 2, 3], shares.JOINT, 4)
    good = parts[2]
    for dealer in (1, 2, 3):
        bad = {**good, dealer: group.scalar_add(good[dealer], group.scalar_of(1))}
        with pytest.raises(ShareError, match=f"dealer {dealer} does not fit"):
            shares.refreshed_share(committee, held[1], public, bad)
        short = {n: part for n, part in good.items() if n != dealer}
        with pytest.raises(ShareError, match=f"dealer {dealer} is missing"):
            shares.refreshed_share(committee, held[1], public, short)
    for junk in (b"\xff" * 32, b"", group.add(committee.public_key, committee.public_key)):
        with pytest.raises(ShareError, match="dealer 1 does not fit"):
            shares.refreshed_share(committee, held[1], public, {**good, 1: Scalar(junk)})
    with pytest.raises(ShareError, match="dealer 1 does not fit"):  # another server's parts
        shares.refreshed_share(committee, held[1], public, parts[3])


def test_deals_that_do_not_belong_are_refused() -> None:
    _, committee, _ = dealt(5)
    public, _ = deals_of(committee, [1, 2], shares.JOINT, 6)
    one, two = public
    later = shares.refreshed_committee(committee, public)
    longer = replace(two, commitments=two.commitments * 2)
    for bad, why in (
        ([one], "at least 2"),
        ([], "at least 2"),
        ([one, one], "twice"),
        ([one, replace(two, dealer=4)], "server 4 is for something else"),
        ([one, replace(two, generation=1)], "server 2 is for something else"),
        ([one, replace(two, root=3)], "server 2 is for something else"),
        ([one, longer], "server 2 is for something else"),
    ):
        with pytest.raises(ShareError, match=why):
            shares.refreshed_committee(committee, bad)
    with pytest.raises(ShareError, match="server 1 is for something else"):  # played again
        shares.refreshed_committee(later, public)
    for element in (group.IDENTITY, Element(b"\xff" * 32)):
        with pytest.raises(DeserializeError):
            replace(two, commitments=(element,))


# -- recovery --------------------------------------------------------------------------------------


@FEW
@given(SEEDS, st.sampled_from([1, 2, 3]))
def test_two_servers_give_the_third_its_share_back(seed: int, lost: int) -> None:
    _, committee, held = dealt(seed)
    helpers = [share for share in held if share.server != lost]
    public, parts = deals_of(committee, [s.server for s in helpers], lost, seed + 1)
    values = {
        s.server: shares.helper_value(committee, s, lost, public, parts[s.server]) for s in helpers
    }
    assert shares.recovered_share(committee, lost, public, values) == held[lost - 1]
    # what travels is no share, and does not give the key
    assert not {share.secret for share in helpers} & set(values.values())
    sent = [replace(s, secret=values[s.server]) for s in helpers]
    assert key_of(sent) != key_of(helpers)
    for liar in values:
        for lie in (group.scalar_add(values[liar], group.scalar_of(1)), b"\xff" * 32, b""):
            bad = {**values, liar: Scalar(lie)}
            with pytest.raises(ShareError, match=f"server {liar} gave a wrong value"):
                shares.recovered_share(committee, lost, public, bad)


def test_a_recovery_needs_two_others_and_two_masks() -> None:
    _, committee, held = dealt(12)
    public, parts = deals_of(committee, [1, 2], 3, 13)
    values = {n: shares.helper_value(committee, held[n - 1], 3, public, parts[n]) for n in (1, 2)}
    for bad, why in (
        ({1: values[1]}, "2 other servers"),
        ({1: values[1], 3: values[2]}, "2 other servers"),
        ({1: values[1], 4: values[2]}, "no server 4"),
    ):
        with pytest.raises(ShareError, match=why):
            shares.recovered_share(committee, 3, public, bad)
    with pytest.raises(ShareError, match="at least 2"):  # one mask alone is known to its maker
        shares.helper_value(committee, held[0], 3, public[:1], parts[1])
    refreshing, other = deals_of(committee, [1, 2], shares.JOINT, 14)
    with pytest.raises(ShareError, match="something else"):
        shares.helper_value(committee, held[0], 3, refreshing, other[1])
    with pytest.raises(ShareError, match="something else"):
        shares.recovered_share(committee, 3, refreshing, values)
    stale = replace(held[0], generation=1)
    with pytest.raises(ShareError, match="share of server 1 is of another generation"):
        shares.helper_value(committee, stale, 3, public, parts[1])
    with pytest.raises(ShareError, match="lost its share"):
        shares.helper_value(committee, held[0], 2, public, parts[1])


@pytest.mark.parametrize("lost", [0, 4, -1])
def test_nobody_helps_a_server_that_is_none(lost: int) -> None:
    """At 0 the values would give the joint key, at 4 a second share to whoever asks."""
    _, committee, held = dealt(15)
    public, parts = deals_of(committee, [1, 2], lost, 16)
    with pytest.raises(ShareError, match=f"no server {lost} to have lost"):
        shares.helper_value(committee, held[0], lost, public, parts[1])
    with pytest.raises(ShareError, match=f"no server {lost} to have lost"):
        shares.recovered_share(committee, lost, public, {1: held[0].secret, 2: held[1].secret})


def test_a_new_share_is_checked_before_the_old_one_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong share in the place of a deleted one would be a lost key: so no sum is believed."""
    _, committee, held = dealt(17)
    public, parts = deals_of(committee, [1, 2], shares.JOINT, 18)
    masks, masked = deals_of(committee, [1, 2], 3, 19)
    values = {n: shares.helper_value(committee, held[n - 1], 3, masks, masked[n]) for n in (1, 2)}
    monkeypatch.setattr(shares, "_sum_scalars", lambda _scalars: group.scalar_of(7))
    for refused in (
        lambda: shares.refreshed_share(committee, held[0], public, parts[1]),
        lambda: shares.recovered_share(committee, 3, masks, values),
        lambda: shares.join({1: (committee, held[0])}),
    ):
        with pytest.raises(ShareError, match="does not fit the commitments"):
            refused()


@pytest.mark.parametrize("factor", [0, 1, -1, 2, -2, 3, -3, 4, -4, group.ORDER // 2, 2**200])
@pytest.mark.parametrize("same", [False, True])
def test_interpolation_by_additions_or_by_multiplication_is_the_sum(
    factor: int, same: bool
) -> None:
    factors = {1: group.scalar_of(1 - factor), 2: group.scalar_of(factor)}
    one, other = (group.multiply_base(group.scalar_of(number)) for number in (5, 5 if same else 7))
    each = (group.multiply(factors[1], one), group.multiply(factors[2], other))
    assert shares.interpolate(factors, {1: one, 2: other}) == group.add(*each)
