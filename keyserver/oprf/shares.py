"""A key in parts: Shamir's shares with Feldman's commitments, their refresh and their recovery.

Server i holds f(i) of a polynomial f of degree threshold - 1, whose f(0) is the joint key. The
commitments are the coefficients times the generator: public, and enough to compute every share's
public key and to check a share without seeing another. Any `threshold` shares give the joint key,
fewer say nothing about it.

Shares and the parts of a deal travel over private channels between the servers. If a process
dies in a refresh, its old share and the deals are enough to do it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from keyserver.oprf import group
from keyserver.oprf.group import IDENTITY, ZERO, DeserializeError, Element, RandomBytes, Scalar

MAX_SERVERS: Final = 16
"""Of one committee. Whoever is told of one computes servers times threshold multiplications."""
JOINT: Final = 0
"""Where the polynomial has the joint key, and no server stands."""

_MOST_ADDED: Final = 3
"""An addition takes a third of a multiplication's time, and one is needed anyway."""


class ShareError(ValueError):
    """A share, a deal or a committee that is not what it says; the message names whose it is."""


@dataclass(frozen=True)
class Committee:
    """What is public about one generation of shares. ShareError for impossible values.

    `commitments` has as many elements as servers are needed. No server's list of public keys
    is trusted: they follow from the commitments, and so fit the joint key.
    """

    generation: int
    servers: int
    commitments: tuple[Element, ...]

    def __post_init__(self) -> None:
        if not self._is_possible or self.generation < 0:
            raise ShareError(f"no committee: {self.threshold} of {self.servers} servers")
        for element in self.commitments:
            # the identity as last coefficient: fewer servers than the threshold would do
            group.deserialize_element(element)
        for server, element in self.share_public_keys.items():
            if element == IDENTITY:
                raise ShareError(f"the share of server {server} is zero")

    @property
    def _is_possible(self) -> bool:
        if self.threshold == 1:  # one server holds the whole key: assurance `single`
            return self.servers == 1
        return 2 <= self.threshold <= self.servers <= MAX_SERVERS

    @property
    def threshold(self) -> int:
        """How many servers are needed."""
        return len(self.commitments)

    @property
    def public_key(self) -> Element:
        """The joint key's: what a partner pins for an epoch. No refresh changes it."""
        return self.commitments[0]

    @cached_property
    def share_public_keys(self) -> dict[int, Element]:
        """Server (1, 2, 3 …) → the public key of its share."""
        return {n: _committed(self.commitments, n) for n in range(1, self.servers + 1)}


@dataclass(frozen=True)
class KeyShare:
    """What one server holds, and nobody else. DeserializeError for a secret that is none."""

    server: int
    generation: int
    secret: Scalar = field(repr=False)

    def __post_init__(self) -> None:
        group.deserialize_secret(self.secret)

    def check(self, committee: Committee) -> None:
        """ShareError unless this is the committee's share of this server and generation."""
        if self.generation != committee.generation:
            raise ShareError(f"the share of server {self.server} is of another generation")
        if group.multiply_base(self.secret) != committee.share_public_keys.get(self.server):
            raise ShareError(f"the share of server {self.server} does not fit the commitments")


# -- from a key to shares --------------------------------------------------------------------------


def split(
    secret: Scalar, servers: int, threshold: int, random: RandomBytes
) -> tuple[Committee, list[KeyShare]]:
    """Shares of a key that the caller holds: for tests, and for a key that exists already.

    A new key is better made by `join`: then nobody ever holds it.
    """
    coefficients = [secret, *(group.random_scalar(random) for _ in range(threshold - 1))]
    committee = Committee(0, servers, tuple(map(group.multiply_base, coefficients)))
    shares = [KeyShare(n, 0, _value(coefficients, n)) for n in committee.share_public_keys]
    return committee, shares


def join(dealt: Mapping[int, tuple[Committee, KeyShare]]) -> tuple[Committee, KeyShare]:
    """One server's share of the sum of keys, each dealt by another body with `split`.

    Each holder checks what each dealer (the mapping's key) gave it; ShareError names the dealer
    whose committee does not fit its share, or has another size than the others'. Nobody holds
    the sum. The holders compare the joint committee before its use: a dealer may have given
    different ones to different holders.
    """
    if len({(committee.servers, committee.threshold) for committee, _ in dealt.values()}) != 1:
        raise ShareError("committees of unequal size, or none")
    if len({share.server for _, share in dealt.values()}) != 1:
        raise ShareError("shares of several servers")
    for dealer, (committee, share) in dealt.items():
        try:
            share.check(committee)
        except ShareError as error:
            raise ShareError(f"dealer {dealer}: {error}") from None
    committees, held = zip(*dealt.values(), strict=True)
    sums = zip(*(committee.commitments for committee in committees), strict=True)
    joint = Committee(0, committees[0].servers, tuple(map(_sum_elements, sums)))
    mine = KeyShare(held[0].server, 0, _sum_scalars(share.secret for share in held))
    mine.check(joint)
    return joint, mine


# -- deals: random polynomials that are zero at one place ------------------------------------------


@dataclass(frozen=True)
class Deal:
    """What is public about a polynomial (x - root) · g(x): the commitments to g.

    Added to the shares it leaves the value at `root` as it is: the joint key (refresh), or a
    lost server's share (recovery); no dealer can make it do anything else. DeserializeError for
    commitments that are no elements.
    """

    dealer: int
    generation: int
    root: int
    commitments: tuple[Element, ...]

    def __post_init__(self) -> None:
        for element in self.commitments:
            group.deserialize_element(element)

    def public_part(self, server: int) -> Element:
        """This server's part, times the generator."""
        distance = group.scalar_of(server - self.root)
        return group.multiply(distance, _committed(self.commitments, server))


def make_deal(
    committee: Committee, dealer: int, root: int, random: RandomBytes
) -> tuple[Deal, dict[int, Scalar]]:
    """A new deal, and each server's secret part of it (none for the server at the root)."""
    coefficients = [group.random_scalar(random) for _ in range(committee.threshold - 1)]
    public = Deal(dealer, committee.generation, root, tuple(map(group.multiply_base, coefficients)))
    parts = {
        server: group.scalar_multiply(group.scalar_of(server - root), _value(coefficients, server))
        for server in committee.share_public_keys
        if server != root
    }
    return public, parts


def refreshed_committee(committee: Committee, deals: Sequence[Deal]) -> Committee:
    """The next generation: every share differs, the joint key and all tokens do not.

    All servers must use the same deals. ShareError for deals of another generation or kind, and
    for fewer dealers than the threshold: one of them has to be honest.
    """
    _check_deals(committee, deals, JOINT)
    moved = zip(*(deal.commitments for deal in deals), strict=True)
    later = (
        group.add(old, _sum_elements(new))
        for old, new in zip(committee.commitments[1:], moved, strict=True)
    )
    commitments = (committee.public_key, *later)
    return Committee(committee.generation + 1, committee.servers, commitments)


def refreshed_share(
    committee: Committee, share: KeyShare, deals: Sequence[Deal], parts: Mapping[int, Scalar]
) -> KeyShare:
    """This server's share of the next generation, from each dealer's secret part for it.

    ShareError names the dealer whose part is missing or wrong. When all servers have seen the same
    later committee, and not before, the old share is deleted: two of one generation give the key.
    """
    later = refreshed_committee(committee, deals)
    secret = _masked(committee, share, deals, parts)
    renewed = KeyShare(share.server, later.generation, secret)
    renewed.check(later)
    return renewed


def helper_value(
    committee: Committee,
    share: KeyShare,
    lost: int,
    deals: Sequence[Deal],
    parts: Mapping[int, Scalar],
) -> Scalar:
    """What a helper sends to the server that lost its share: its own, behind the deals' masks.

    The masks are zero at `lost`, so that the values give that share and tell nothing else. All
    use the same deals, and the value goes to that server alone: the caller sees to both.
    ShareError names the dealer whose part is missing or wrong.
    """
    _check_lost(committee, lost)
    _check_deals(committee, deals, lost)
    return _masked(committee, share, deals, parts)


def recovered_share(
    committee: Committee, lost: int, deals: Sequence[Deal], values: Mapping[int, Scalar]
) -> KeyShare:
    """The share that server `lost` had, from `threshold` helpers' values.

    ShareError names a helper whose value is wrong.
    """
    _check_lost(committee, lost)
    _check_deals(committee, deals, lost)
    if len(values) != committee.threshold or lost in values:
        raise ShareError(f"{committee.threshold} other servers' values are needed")
    for helper, value in values.items():
        if not _fits(value, _public_masked(committee, helper, deals)):
            raise ShareError(f"server {helper} gave a wrong value")
    weights = lagrange(values, lost)
    secret = _sum_scalars(group.scalar_multiply(weights[n], values[n]) for n in values)
    share = KeyShare(lost, committee.generation, secret)
    share.check(committee)
    return share


def _check_lost(committee: Committee, lost: int) -> None:
    """Who asks for the share of a server that is none, asks for the joint key (0), or for a step
    towards it: with one more value of the polynomial a single server would have it.
    """
    if lost not in committee.share_public_keys:
        raise ShareError(f"there is no server {lost} to have lost a share")


def _check_deals(committee: Committee, deals: Sequence[Deal], root: int) -> None:
    if len({deal.dealer for deal in deals} - {root}) != len(deals):
        raise ShareError("a dealer twice, or the server that lost its share")
    if len(deals) < committee.threshold:
        raise ShareError(f"at least {committee.threshold} servers must deal")
    for deal in deals:
        fits = (deal.generation, deal.root) == (committee.generation, root)
        known = deal.dealer in committee.share_public_keys
        if not fits or not known or len(deal.commitments) != committee.threshold - 1:
            raise ShareError(f"the deal of server {deal.dealer} is for something else")


def _masked(
    committee: Committee, share: KeyShare, deals: Sequence[Deal], parts: Mapping[int, Scalar]
) -> Scalar:
    """The share and all parts for its server; each is checked, and its dealer named."""
    share.check(committee)
    for deal in deals:
        if deal.dealer not in parts:
            raise ShareError(f"the part of dealer {deal.dealer} is missing")
        if not _fits(parts[deal.dealer], deal.public_part(share.server)):
            raise ShareError(f"the part of dealer {deal.dealer} does not fit its commitments")
    return _sum_scalars([share.secret, *(parts[deal.dealer] for deal in deals)])


def _fits(secret: Scalar, public: Element) -> bool:
    """Whether what another server sent is a scalar, and the one that its commitments promise."""
    try:
        return group.multiply_base(group.deserialize_scalar(secret)) == public
    except DeserializeError:
        return False


def _public_masked(committee: Committee, server: int, deals: Iterable[Deal]) -> Element:
    if server not in committee.share_public_keys:
        raise ShareError(f"there is no server {server}")
    parts = (deal.public_part(server) for deal in deals)
    return _sum_elements([committee.share_public_keys[server], *parts])


# -- polynomials -----------------------------------------------------------------------------------


def lagrange(servers: Iterable[int], at: int = JOINT) -> dict[int, Scalar]:
    """Server → the factor of its value in the value at `at`. The numbers are public."""
    places = set(servers)
    factors = {}
    for own in places:
        above = below = 1
        for other in places - {own}:
            above = above * (at - other) % group.ORDER
            below = below * (own - other) % group.ORDER
        factors[own] = group.scalar_of(above * pow(below, -1, group.ORDER))
    return factors


def interpolate(factors: Mapping[int, Scalar], elements: Mapping[int, Element]) -> Element:
    """The element at the place that the factors are for, from one element of each server.

    Factors sum to one, so the first server's is what the others leave: a multiplication less. And
    where a factor is a small number, as between neighbouring servers, additions take its place.
    """
    first, *others = factors
    total = elements[first]
    for server in others:
        total = _add_step(total, factors[server], elements[server], elements[first])
    return total


def _add_step(total: Element, factor: Scalar, to: Element, start: Element) -> Element:
    """total + factor · (to - start), for a public factor: the time depends on it."""
    times = int.from_bytes(factor, "little")
    if times > group.ORDER // 2:
        times, to, start = group.ORDER - times, start, to
    step = group.subtract(to, start)
    if times > _MOST_ADDED:
        return group.add(total, group.multiply(group.scalar_of(times), step))
    for _ in range(times):
        total = group.add(total, step)
    return total


def _value(coefficients: Sequence[Scalar], at: int) -> Scalar:
    place, value = group.scalar_of(at), ZERO
    for coefficient in reversed(coefficients):
        value = group.scalar_add(group.scalar_multiply(value, place), coefficient)
    return value


def _committed(commitments: Sequence[Element], at: int) -> Element:
    place, value = group.scalar_of(at), IDENTITY
    for commitment in reversed(commitments):
        value = group.add(group.multiply(place, value), commitment)
    return value


def _sum_elements(elements: Iterable[Element]) -> Element:
    total = IDENTITY
    for element in elements:
        total = group.add(total, element)
    return total


def _sum_scalars(scalars: Iterable[Scalar]) -> Scalar:
    total = ZERO
    for one in scalars:
        total = group.scalar_add(total, one)
    return total
