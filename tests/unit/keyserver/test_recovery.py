"""A lost share comes back, to who lost it and to nobody else."""

from pathlib import Path

import pytest

from keyserver import ceremony, documents, holder, recovering
from keyserver.errors import CeremonyProblem
from keyserver.oprf import group
from tests.keyservers import (
    CHEAP,
    EPOCH,
    confirmed,
    joined,
    lose,
    newest,
    outputs,
    refreshed,
)


def test_a_lost_share_comes_back_the_same(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    refreshed(holders)
    confirmed(holders)
    before, lost = outputs(holders[:2]), newest(holders[2])
    lose(holders[2])
    deals = [recovering.recovery_deal(one, EPOCH, 3) for one in holders[:2]]
    assert all(3 not in one.parts for one in deals)
    helps = [recovering.help_recover(one, deals) for one in holders[:2]]
    found = recovering.recover(holders[2], deals, helps)
    assert found == ceremony.look(holders[0].folder, EPOCH, 1)
    assert newest(holders[2]) == lost
    assert outputs(holders[1:]) == before


def test_a_server_that_lost_everything_comes_back_with_new_keys(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    before = outputs(holders[:2])
    new = holder.make(tmp_path / "new", 3, b"another", CHEAP)
    deals = [recovering.recovery_deal(one, EPOCH, 3, new.identity) for one in holders[:2]]
    with pytest.raises(CeremonyProblem, match="for other servers, or other keys"):
        recovering.help_recover(holders[0], deals)  # its operator has not said so
    helps = [recovering.help_recover(one, deals, new.identity) for one in holders[:2]]
    with pytest.raises(CeremonyProblem, match="has other keys now"):
        recovering.recover(holders[2], deals, helps)
    found = recovering.recover(new, deals, helps)
    assert found.fingerprint == ceremony.look(holders[0].folder, EPOCH, 0).fingerprint
    now = [*holders[:2], new]
    assert outputs(now[1:]) == before
    refreshed(now)
    confirmed(now)
    assert outputs(now[1:]) == before


def test_recoveries_that_are_refused(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    deals = [recovering.recovery_deal(one, EPOCH, 3) for one in holders[:2]]
    helps = [recovering.help_recover(one, deals) for one in holders[:2]]
    wrong = holder.seal_part(
        group.scalar_of(7), holders[2].identity, documents.context("help", EPOCH, 0, 2, 3)
    )
    lie = holders[1].sign(helps[1].model_copy(update={"value": wrong}))
    lose(holders[2])
    for given, words in (
        ([helps[0], lie], "server 2 gave a wrong value"),
        (helps[:1], "2 other servers' values"),
        ([], "No helper's file"),
        ([helps[0], holders[0].sign(helps[1])], "server 2 is not signed by it"),
    ):
        with pytest.raises(CeremonyProblem, match=words):
            recovering.recover(holders[2], deals, given)
    with pytest.raises(CeremonyProblem, match="used other deals"):
        recovering.recover(holders[2], deals[::-1][:1], helps)
    for lost, words in ((0, "no server 0"), (4, "no server 4"), (1, "does not help")):
        with pytest.raises(CeremonyProblem, match=words):
            recovering.recovery_deal(holders[0], EPOCH, lost)
    assert not holders[2].folder.generations(EPOCH)
