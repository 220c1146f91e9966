"""Making a key that nobody holds, among servers that exchange files; and its end.

Each step can be done again: a deal that was made stays the same, and a share that is there is
only looked at. If the process dies in a step, do that step again.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from keyserver import files
from keyserver.documents import (
    UNSIGNED,
    Deal,
    DealKind,
    Identity,
    Roster,
    Statement,
    check_signature,
    context,
    fingerprint,
    text_of,
)
from keyserver.errors import CeremonyProblem
from keyserver.folder import Folder
from keyserver.holder import Holder, seal_part
from keyserver.oprf import group, shares
from keyserver.oprf.group import DeserializeError, Element, RandomBytes, Scalar
from keyserver.oprf.messages import HeldEpoch
from keyserver.oprf.shares import Committee, KeyShare, ShareError

THRESHOLD = 2


@dataclass(frozen=True)
class Held:
    """A generation that a server holds now, for people to compare and partners to pin."""

    epoch: str
    generation: int
    public_key: str
    fingerprint: str

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def deal(
    holder: Holder,
    epoch: str,
    servers: Sequence[Identity],
    threshold: int = THRESHOLD,
    random: RandomBytes = os.urandom,
) -> Deal:
    """This server's deal for a new epoch; the same one if it dealt before.

    `servers` are the public identities of all, this one's too. CeremonyProblem if the epoch
    exists, or was dealt for other servers.
    """
    roster = _roster(holder, servers, threshold)
    made = holder.folder.deal(epoch, 0, "deal")
    if made is not None:
        if made.roster != roster:
            raise CeremonyProblem(
                f"Epoch {epoch} was dealt for other servers, or another threshold. Choose another"
                " name for the epoch."
            )
        return made
    if holder.folder.committees(epoch):
        raise CeremonyProblem(f"Epoch {epoch} exists, or did. Choose another name.")
    secret = group.random_scalar(random)
    committee, parts = shares.split(secret, len(roster.servers), threshold, random)
    sealed = {
        part.server: seal_part(
            part.secret, receiver, context("deal", epoch, 0, holder.number, part.server)
        )
        for part, receiver in zip(parts, roster.servers, strict=True)
    }
    return record_deal(holder, "deal", epoch, 0, 0, roster, committee.commitments, sealed)


def record_deal(
    holder: Holder,
    kind: DealKind,
    epoch: str,
    generation: int,
    root: int,
    roster: Roster,
    commitments: Sequence[Element],
    sealed: dict[int, str],
) -> Deal:
    """Sign a deal and keep it, so that a repeat sends the same."""
    unsigned = Deal(
        kind=kind,
        epoch=epoch,
        generation=generation,
        dealer=holder.number,
        root=root,
        roster=roster,
        commitments=tuple(element.hex() for element in commitments),
        parts=sealed,
        signature=UNSIGNED,
    )
    made = holder.sign(unsigned)
    holder.folder.write(holder.folder.deal_path(epoch, generation, kind), made)
    holder.folder.note(kind, epoch, generation)
    return made


def join(holder: Holder, deals: Sequence[Deal]) -> Held:
    """This server's share of generation 0, from the deals of all servers, its own among them.

    People then compare the fingerprint with the other servers': only if all are equal did all
    get the same deals from whom they think. CeremonyProblem names the dealer whose deal is wrong.
    """
    epoch = common_epoch(deals, "deal")
    own = holder.folder.deal(epoch, 0, "deal")
    if own is None:
        raise CeremonyProblem(f"This server has not dealt for epoch {epoch}: deal first.")
    check_deals(holder, deals, own.roster, "deal", epoch, 0)
    by_dealer = {one.dealer: one for one in deals}
    if missing := set(own.roster.numbers) - by_dealer.keys():
        raise CeremonyProblem(f"The deals of servers {named(missing)} are missing.")
    if text_of(by_dealer[holder.number]) != text_of(own):
        raise CeremonyProblem("Another deal of this server's own: use the one that it keeps.")
    try:
        committee, share = shares.join(
            {one.dealer: _dealt(holder, one) for one in by_dealer.values()}
        )
    except (ShareError, DeserializeError) as error:
        raise CeremonyProblem(f"The deals do not fit: {error}.") from None
    known = holder.folder.committee(epoch, 0)
    if known is not None and known != HeldEpoch.of(epoch, committee):
        raise CeremonyProblem(f"Epoch {epoch} was joined with other deals already.")
    if not holder.folder.generations(epoch):
        if len(holder.folder.committees(epoch)) > 1:
            raise CeremonyProblem(f"Epoch {epoch} is past this: recover the share.")
        holder.folder.write(holder.folder.roster_path(epoch), own.roster)
        holder.keep(epoch, committee, share)
        holder.folder.note("join", epoch, 0)
    return look(holder.folder, epoch, 0)


def _dealt(holder: Holder, one: Deal) -> tuple[Committee, KeyShare]:
    """What one dealer gave this server; errors name it."""
    if len(one.commitments) != one.roster.threshold:
        raise ShareError(f"dealer {one.dealer}: another number of commitments")
    try:
        committee = Committee(0, len(one.roster.servers), elements(one))
        share = KeyShare(holder.number, 0, open_deal(holder, one))
    except (ShareError, DeserializeError) as error:
        raise ShareError(f"dealer {one.dealer}: {error}") from None
    return committee, share


def single(holder: Holder, epoch: str, random: RandomBytes = os.urandom) -> Held:
    """An epoch whose whole key this one server holds: assurance `single`."""
    return join(holder, [deal(holder, epoch, [holder.identity], 1, random)])


def destroy(folder: Folder, epoch: str) -> list[int]:
    """Delete all shares of an epoch, and own deals, which hold parts of them; committees stay.

    The generations whose shares were deleted. It needs no passphrase: who can write here can
    delete. Copies elsewhere (backups, sent deals) are for their holders to delete.
    """
    folder.roster(epoch)  # raises for an unknown epoch
    gone = folder.generations(epoch)
    for generation in gone:
        files.remove(folder.share_path(epoch, generation))
    for path in (folder.root / "deals").glob(f"{epoch}.*.json"):
        files.remove(path)
    folder.note("destroy", epoch)
    return gone


# -- what the other ceremonies need too ----------------------------------------------------------


def look(folder: Folder, epoch: str, generation: int) -> Held:
    """A generation's public key and fingerprint."""
    held = folder.committee(epoch, generation)
    if held is None:
        raise CeremonyProblem(f"This server knows no generation {generation} of epoch {epoch}.")
    print_ = fingerprint(held, folder.roster(epoch))
    return Held(epoch, generation, held.commitments[0], print_)


def newest(folder: Folder, epoch: str) -> int:
    """The newest generation of which this server holds a share. CeremonyProblem if it has none."""
    folder.roster(epoch)
    generations = folder.generations(epoch)
    if not generations:
        raise CeremonyProblem(f"This server holds no share of epoch {epoch}.")
    return generations[-1]


def statement(holder: Holder, epoch: str) -> Statement:
    """This server's word about the newest generation of its shares, which it opens for that."""
    generation = newest(holder.folder, epoch)
    holder.share(epoch, generation)
    unsigned = Statement(
        kind="statement",
        epoch=epoch,
        generation=generation,
        server=holder.number,
        fingerprint=look(holder.folder, epoch, generation).fingerprint,
        signature=UNSIGNED,
    )
    return holder.sign(unsigned)


def check_deals(
    holder: Holder, deals: Sequence[Deal], roster: Roster, kind: str, epoch: str, generation: int
) -> None:
    """CeremonyProblem, with the dealer's name, unless all deals are for this and signed."""
    if roster.of(holder.number) != holder.identity:
        raise CeremonyProblem("This server is none of the epoch's, or has other keys now.")
    for one in deals:
        if (one.kind, one.epoch, one.generation) != (kind, epoch, generation):
            raise CeremonyProblem(
                f"The deal of server {one.dealer} is a {one.kind} of {one.epoch}.{one.generation},"
                f" not a {kind} of {epoch}.{generation}."
            )
        if one.roster != roster:
            raise CeremonyProblem(
                f"The deal of server {one.dealer} is for other servers, or other keys of them."
                " Compare the public identities."
            )
        check_signature(one, roster)
    if len({one.dealer for one in deals}) != len(deals):
        raise CeremonyProblem("There are two deals of one server.")


def open_deal(holder: Holder, one: Deal) -> Scalar:
    """This server's part of a deal. CeremonyProblem names the dealer."""
    if holder.number not in one.parts:
        raise CeremonyProblem(f"The deal of server {one.dealer} has no part for this server.")
    info = context(one.kind, one.epoch, one.generation, one.dealer, holder.number)
    return holder.open_part(one.parts[holder.number], info, one.dealer)


def elements(one: Deal) -> tuple[Element, ...]:
    """The commitments; whoever takes them checks that they are elements."""
    return tuple(Element(bytes.fromhex(text)) for text in one.commitments)


def common_epoch(deals: Sequence[Deal], kind: str) -> str:
    """The epoch that all deals are about."""
    if not deals:
        raise CeremonyProblem(f"No {kind} is given.")
    return deals[0].epoch


def named(numbers: set[int]) -> str:
    """Server numbers for a sentence."""
    return ", ".join(map(str, sorted(numbers)))


def _roster(holder: Holder, servers: Sequence[Identity], threshold: int) -> Roster:
    ordered = tuple(sorted(servers, key=lambda one: one.server))
    if [one.server for one in ordered] != list(range(1, len(ordered) + 1)):
        raise CeremonyProblem("The servers' numbers must be 1, 2, 3 …, each once.")
    if len(ordered) > shares.MAX_SERVERS:
        raise CeremonyProblem(
            f"{len(ordered)} servers: more than {shares.MAX_SERVERS} hold no key."
        )
    for keys in ({one.signing_key for one in ordered}, {one.box_key for one in ordered}):
        if len(keys) != len(ordered):
            raise CeremonyProblem("Two servers have the same key.")
    if not (2 <= threshold <= len(ordered) or threshold == len(ordered) == 1):
        raise CeremonyProblem(f"{threshold} of {len(ordered)} servers is no threshold.")
    roster = Roster(threshold=threshold, servers=ordered)
    if roster.of(holder.number) != holder.identity:
        raise CeremonyProblem(
            f"The identities do not hold this server's ({holder.folder.public_path})."
        )
    return roster
