"""Moving shares on: all of them change, the key and the tokens do not.

A server holds both generations until it has the others' signed word that they hold the newer.
If a process dies in a step, do that step again: the old share and the deals give the same.
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
    named,
    newest,
    open_deal,
    record_deal,
)
from keyserver.documents import Deal, Statement, check_signature, context
from keyserver.errors import CeremonyProblem
from keyserver.folder import Folder
from keyserver.holder import Holder, seal_part
from keyserver.oprf import shares
from keyserver.oprf.group import DeserializeError, RandomBytes
from keyserver.oprf.messages import HeldEpoch
from keyserver.oprf.shares import JOINT, ShareError


def refresh(
    holder: Holder, epoch: str, generation: int | None = None, random: RandomBytes = os.urandom
) -> Deal:
    """This server's deal for the generation after `generation` (the newest); a repeat is the same.

    CeremonyProblem while an earlier refresh is not confirmed: its deals would be for nothing.
    """
    start = newest(holder.folder, epoch) if generation is None else generation
    made = holder.folder.deal(epoch, start, "refresh")
    if made is not None:
        return made
    if holder.folder.generations(epoch) != [start]:
        raise CeremonyProblem(
            f"An earlier refresh of epoch {epoch} is not confirmed yet: confirm or abandon it."
        )
    held, _ = holder.share(epoch, start)
    if held.servers == 1:
        raise CeremonyProblem("A key of one server has no parts to refresh.")
    roster = holder.folder.roster(epoch)
    public, parts = shares.make_deal(held.committee, holder.number, JOINT, random)
    sealed = {}
    for receiver in roster.servers:
        info = context("refresh", epoch, start, holder.number, receiver.server)
        sealed[receiver.server] = seal_part(parts[receiver.server], receiver, info)
    return record_deal(holder, "refresh", epoch, start, JOINT, roster, public.commitments, sealed)


def apply(holder: Holder, deals: Sequence[Deal]) -> Held:
    """This server's share of the next generation, beside the old one.

    All servers use the same deals, of at least as many servers as are needed for a token.
    CeremonyProblem names the dealer whose deal is wrong.
    """
    epoch = common_epoch(deals, "refresh")
    start = deals[0].generation
    check_deals(holder, deals, holder.folder.roster(epoch), "refresh", epoch, start)
    generations = holder.folder.generations(epoch)
    if start + 1 in generations and start not in generations:
        return look(holder.folder, epoch, start + 1)  # confirmed already
    if start not in generations:
        raise CeremonyProblem(f"This server holds no generation {start} of epoch {epoch}.")
    held, share = holder.share(epoch, start)
    try:
        public = [shares.Deal(one.dealer, start, one.root, elements(one)) for one in deals]
        parts = {one.dealer: open_deal(holder, one) for one in deals}
        later = shares.refreshed_committee(held.committee, public)
        renewed = shares.refreshed_share(held.committee, share, public, parts)
    except (ShareError, DeserializeError) as error:
        raise CeremonyProblem(f"The deals do not fit: {error}.") from None
    if start + 1 in generations:
        if holder.folder.committee(epoch, start + 1) != HeldEpoch.of(epoch, later):
            raise CeremonyProblem(
                f"Generation {start + 1} of epoch {epoch} was made from other deals."
                " All servers must use the same: abandon it and apply them again."
            )
    else:
        holder.keep(epoch, later, renewed)
        holder.folder.note("apply", epoch, start + 1)
    return look(holder.folder, epoch, start + 1)


def confirm(holder: Holder, statements: Sequence[Statement], epoch: str) -> list[int]:
    """Delete older shares of an epoch once all other servers say that they hold the newest.

    The generations whose shares were deleted. CeremonyProblem says whose word is missing, or
    about another committee; then nothing is deleted.
    """
    folder = holder.folder
    generation = newest(folder, epoch)
    holder.share(epoch, generation)  # what cannot be opened is no reason to delete another
    mine = look(folder, epoch, generation)
    roster = folder.roster(epoch)
    said: set[int] = {holder.number}
    for one in statements:
        check_signature(one, roster)
        if (one.epoch, one.generation) != (epoch, generation):
            raise CeremonyProblem(
                f"Server {one.server} speaks about {one.epoch}.{one.generation},"
                f" not {epoch}.{generation}."
            )
        if one.fingerprint != mine.fingerprint:
            raise CeremonyProblem(
                f"Server {one.server} holds another generation {generation}: it has the"
                f" fingerprint {one.fingerprint}, this server {mine.fingerprint}. Nothing was"
                " deleted; abandon the refresh and begin again with the same deals for all."
            )
        said.add(one.server)
    if missing := set(roster.numbers) - said:
        raise CeremonyProblem(f"The statements of servers {named(missing)} are missing.")
    old = [one for one in folder.generations(epoch) if one < generation]
    _forget(folder, epoch, old)
    if old:
        folder.note("confirm", epoch, generation)
    return old


def abandon(folder: Folder, epoch: str) -> int:
    """Delete the newest share while the one before is still there; its generation.

    For a refresh that went wrong at another server. A server that has confirmed it already is on
    the newer generation; then this one needs its share recovered.
    """
    generations = folder.generations(epoch)
    if len(generations) < 2:
        raise CeremonyProblem(f"No refresh of epoch {epoch} is under way.")
    gone = generations[-1]
    files.remove(folder.share_path(epoch, gone))
    files.remove(folder.committee_path(epoch, gone))
    files.remove(folder.deal_path(epoch, gone - 1, "refresh"))
    folder.note("abandon", epoch, gone)
    return gone


def _forget(folder: Folder, epoch: str, old: Sequence[int]) -> None:
    """Old shares, and own deals that lead from or to them."""
    for generation in old:
        for kind in ("deal", "refresh", "recovery"):
            files.remove(folder.deal_path(epoch, generation, kind))
        files.remove(folder.share_path(epoch, generation))
