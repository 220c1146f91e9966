"""Bringing back a share that a server lost, without anybody else learning it (0016).

Helpers deal polynomials that are zero at the lost server's place; each sends its share behind
them. A server that lost its keys too comes with new ones (`replacement`), whose public identity
the helpers' operators have checked with a person: who is helped gets the share.
"""

import os
from collections.abc import Sequence

from keyserver import files
from keyserver.ceremony import (
    Held,
    check_deals,
    common_epoch,
    elements,
    look,
    newest,
    open_deal,
    record_deal,
)
from keyserver.documents import (
    UNSIGNED,
    Deal,
    Help,
    Identity,
    Roster,
    check_signature,
    context,
    digest,
)
from keyserver.errors import CeremonyProblem
from keyserver.holder import Holder, seal_part
from keyserver.oprf import shares
from keyserver.oprf.group import DeserializeError, RandomBytes
from keyserver.oprf.messages import HeldEpoch
from keyserver.oprf.shares import ShareError


def recovery_deal(
    holder: Holder,
    epoch: str,
    lost: int,
    replacement: Identity | None = None,
    random: RandomBytes = os.urandom,
) -> Deal:
    """A helper's deal: sealed to the other helpers, none to the server that lost its share."""
    roster = _roster(holder, epoch, lost, replacement)
    generation = newest(holder.folder, epoch)
    made = holder.folder.deal(epoch, generation, "recovery")
    if made is not None and (made.root, made.roster) == (lost, roster):
        return made
    held, _ = holder.share(epoch, generation)
    public, parts = shares.make_deal(held.committee, holder.number, lost, random)
    sealed = {}
    for number, part in parts.items():
        receiver = next(one for one in roster.servers if one.server == number)
        info = context("recovery", epoch, generation, holder.number, number)
        sealed[number] = seal_part(part, receiver, info)
    return record_deal(
        holder, "recovery", epoch, generation, lost, roster, public.commitments, sealed
    )


def help_recover(
    holder: Holder, deals: Sequence[Deal], replacement: Identity | None = None
) -> Help:
    """A helper's masked share, sealed to the server that lost its own.

    All helpers use the same deals. CeremonyProblem names the dealer whose deal is wrong.
    """
    epoch = common_epoch(deals, "recovery")
    lost, generation = deals[0].root, newest(holder.folder, epoch)
    roster = _roster(holder, epoch, lost, replacement)
    check_deals(holder, deals, roster, "recovery", epoch, generation)
    held, share = holder.share(epoch, generation)
    try:
        public = [shares.Deal(one.dealer, generation, one.root, elements(one)) for one in deals]
        parts = {one.dealer: open_deal(holder, one) for one in deals}
        value = shares.helper_value(held.committee, share, lost, public, parts)
    except (ShareError, DeserializeError) as error:
        raise CeremonyProblem(f"The deals do not fit: {error}.") from None
    receiver = next(one for one in roster.servers if one.server == lost)
    info = context("help", epoch, generation, holder.number, lost)
    given = holder.sign(
        Help(
            kind="help",
            held=held,
            roster=roster,
            lost=lost,
            helper=holder.number,
            deals=digest(list(deals)),
            value=seal_part(value, receiver, info),
            signature=UNSIGNED,
        )
    )
    if roster != holder.folder.roster(epoch):  # later refreshes are for the new keys
        holder.folder.write(holder.folder.roster_path(epoch), roster)
    holder.folder.note(f"help {lost}", epoch, generation)
    return given


def recover(holder: Holder, deals: Sequence[Deal], helps: Sequence[Help]) -> Held:
    """This server's share, from the helpers' values and the deals that they used.

    A server that lost everything has nothing to check the helpers' keys against: people compare
    the fingerprint with a helper's. CeremonyProblem names who sent what is wrong.
    """
    epoch = common_epoch(deals, "recovery")
    if not helps:
        raise CeremonyProblem("No helper's file is given.")
    held, roster = helps[0].held, helps[0].roster
    check_deals(holder, deals, roster, "recovery", epoch, held.generation)
    _check_known(holder, held, roster)
    for one in helps:
        check_signature(one, roster)
        if (one.held, one.roster, one.lost) != (held, roster, holder.number):
            raise CeremonyProblem(
                f"The help of server {one.helper} is for another server or generation."
            )
        if one.deals != digest(list(deals)):
            raise CeremonyProblem(f"Server {one.helper} used other deals.")
    used = {one.helper: one for one in helps}
    chosen = dict(sorted(used.items())[: roster.threshold])
    try:
        values = {
            number: holder.open_part(
                one.value,
                context("help", epoch, held.generation, number, holder.number),
                number,
            )
            for number, one in chosen.items()
        }
        public = [
            shares.Deal(one.dealer, held.generation, one.root, elements(one)) for one in deals
        ]
        committee = held.committee
        share = shares.recovered_share(committee, holder.number, public, values)
    except (ShareError, DeserializeError) as error:
        raise CeremonyProblem(f"The share cannot be recovered: {error}.") from None
    folder = holder.folder
    folder.write(folder.roster_path(epoch), roster)
    holder.keep(epoch, committee, share)
    for older in folder.generations(epoch):
        if older < held.generation:  # the others have it no more
            files.remove(folder.share_path(epoch, older))
    folder.note("recover", epoch, held.generation)
    return look(folder, epoch, held.generation)


def _check_known(holder: Holder, held: HeldEpoch, roster: Roster) -> None:
    """What this server still knows of the epoch must agree with what the helpers say."""
    known = holder.folder.committee(held.epoch, held.generation)
    if known is not None and known != held:
        raise CeremonyProblem("The helpers name another committee than this server knows.")
    for generation in holder.folder.committees(held.epoch):
        older = holder.folder.committee(held.epoch, generation)
        if older is not None and older.commitments[0] != held.commitments[0]:
            raise CeremonyProblem("The helpers name another joint key than this server knows.")
    if not holder.folder.roster_path(held.epoch).exists():
        return
    own = holder.folder.roster(held.epoch)
    others = {one for one in own.servers if one.server != holder.number}
    if others != {one for one in roster.servers if one.server != holder.number}:
        raise CeremonyProblem("The helpers have other keys than this server knows.")


def _roster(holder: Holder, epoch: str, lost: int, replacement: Identity | None) -> Roster:
    """Who holds the epoch, with the lost server's new keys if it has some."""
    roster = holder.folder.roster(epoch)
    if lost == holder.number:
        raise CeremonyProblem("The server that lost its share does not help; it recovers.")
    if roster.of(lost) is None:
        raise CeremonyProblem(f"There is no server {lost} in epoch {epoch}.")
    if replacement is None:
        return roster
    if replacement.server != lost:
        raise CeremonyProblem(f"The new identity is server {replacement.server}'s, not {lost}'s.")
    servers = tuple(replacement if one.server == lost else one for one in roster.servers)
    return Roster(threshold=roster.threshold, servers=servers)
