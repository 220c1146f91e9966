"""Keys made, moved on and destroyed among three folders."""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from keyserver import ceremony, documents, holder, refreshing
from keyserver.documents import Deal, Identity
from keyserver.errors import CeremonyProblem, FolderProblem
from keyserver.oprf import group
from tests.keyservers import (
    EPOCH,
    all_bytes,
    confirmed,
    deals_of,
    expected,
    joined,
    lose,
    newest,
    outputs,
    refreshed,
    three,
)
from tests.oprf import key_of

# -- making --------------------------------------------------------------------------------------


def test_any_two_answer_as_the_official_function_does(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    key = key_of([newest(one)[1] for one in holders[:2]])
    for pair in combinations(holders, 2):
        assert outputs(pair) == expected(key)


def test_all_see_the_same_committee_and_fingerprint(tmp_path: Path) -> None:
    holders = three(tmp_path)
    deals = deals_of(holders)
    held = {ceremony.join(one, deals) for one in holders}
    assert len(held) == 1
    found = held.pop()
    assert (found.epoch, found.generation) == (EPOCH, 0)
    assert found.public_key == newest(holders[0])[0].commitments[0]
    groups = found.fingerprint.split(" ")
    assert [len(group) for group in groups] == [4] * 10


def test_each_step_can_be_done_again(tmp_path: Path) -> None:
    holders = three(tmp_path)
    assert deals_of(holders) == deals_of(holders)
    deals = deals_of(holders)
    first = ceremony.join(holders[0], deals)
    before = all_bytes(tmp_path / "1")
    assert ceremony.join(holders[0], deals[::-1]) == first
    assert all_bytes(tmp_path / "1") == before
    # it died after the committee was written, before the share was
    lose(holders[0])
    assert ceremony.join(holders[0], deals) == first
    ceremony.join(holders[1], deals)
    assert outputs(holders[:2])


def test_a_part_that_does_not_fit_names_its_dealer(tmp_path: Path) -> None:
    holders = three(tmp_path)
    deals = deals_of(holders)
    lying = holders[1]
    info = documents.context("deal", EPOCH, 0, 2, 1)
    wrong = holder.seal_part(group.scalar_of(5), holders[0].identity, info)
    bad = lying.sign(deals[1].model_copy(update={"parts": {**deals[1].parts, 1: wrong}}))
    with pytest.raises(CeremonyProblem, match="dealer 2: the share of server 1 does not fit"):
        ceremony.join(holders[0], [deals[0], bad, deals[2]])
    assert not holders[0].folder.generations(EPOCH)


def test_a_part_for_another_receiver_epoch_or_dealer_does_not_open(tmp_path: Path) -> None:
    holders = three(tmp_path)
    deals, others = deals_of(holders), deals_of(holders, "e2")
    for parts in (
        {**deals[1].parts, 1: deals[1].parts[3]},
        {**deals[1].parts, 1: others[1].parts[1]},
        {**deals[1].parts, 1: deals[2].parts[1]},
    ):
        bad = holders[1].sign(deals[1].model_copy(update={"parts": parts}))
        with pytest.raises(CeremonyProblem, match="server 2 sealed for server 1 does not open"):
            ceremony.join(holders[0], [deals[0], bad, deals[2]])


def test_deals_for_something_else_are_refused(tmp_path: Path) -> None:
    holders = three(tmp_path / "a")
    strangers = three(tmp_path / "b")
    deals = deals_of(holders)
    later = holders[1].sign(deals[1].model_copy(update={"generation": 1}))
    forged = strangers[1].sign(deals[1])
    for bad, words in (
        ([deals[0], later, deals[2]], r"server 2 is a deal of e1.1, not a deal of e1.0"),
        ([deals[0], deals_of(holders, "e2")[1], deals[2]], "server 2 is a deal of e2.0"),
        ([deals[0], deals_of(strangers)[1], deals[2]], "server 2 is for other servers"),
        ([deals[0], forged, deals[2]], "server 2 is not signed by it"),
        ([*deals, deals[1]], "two deals of one server"),
        (deals[:2], "deals of servers 3 are missing"),
        ([], "No deal is given"),
    ):
        with pytest.raises(CeremonyProblem, match=words):
            ceremony.join(holders[0], bad)


@pytest.mark.parametrize("field", ["commitments", "parts", "roster", "dealer", "epoch"])
def test_a_file_that_was_changed_on_its_way_is_refused(tmp_path: Path, field: str) -> None:
    holders = three(tmp_path)
    deals = deals_of(holders)
    path = tmp_path / "deal.json"
    plain = deals[1].model_dump(mode="json")
    match field:
        case "commitments":
            plain["commitments"] = plain["commitments"][::-1]
        case "parts":
            plain["parts"] = {**plain["parts"], "1": plain["parts"]["3"]}
        case "roster":
            plain["roster"]["servers"] = plain["roster"]["servers"][:2]
        case "dealer":
            plain["dealer"] = 3
        case _:
            plain["epoch"] = "e9"
    path.write_text(json.dumps(plain))
    read = documents.read_document(path)
    assert isinstance(read, Deal)
    with pytest.raises(CeremonyProblem):
        ceremony.join(holders[0], [deals[0], read, deals[2]])
    path.write_text(json.dumps(plain)[:-9])
    with pytest.raises(CeremonyProblem, match="no file of a ceremony"):
        documents.read_document(path)


def test_who_is_between_the_servers_changes_the_fingerprint(tmp_path: Path) -> None:
    """It opens and seals again what they send each other; the commitments stay the same."""
    held = newest(joined(tmp_path)[0])[0]
    holders = three(tmp_path / "a")
    honest = ceremony._roster(holders[0], [one.identity for one in holders], 2)
    false = three(tmp_path / "b")[1].identity
    servers = (honest.servers[0], false, honest.servers[2])
    swapped = honest.model_copy(update={"servers": servers})
    assert documents.fingerprint(held, honest) != documents.fingerprint(held, swapped)


def _numbered(one: Identity, number: int) -> Identity:
    keys = {"signing_key": f"{number:064x}", "box_key": f"{number:064x}"}
    return one.model_copy(update={"server": number, **keys})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ids: ids[:2] + ids[:1], "numbers must be"),
        (lambda ids: ids[1:], "numbers must be"),
        (lambda ids: [], "numbers must be|no threshold"),
        (lambda ids: [ids[0], ids[1].model_copy(update={"box_key": ids[0].box_key})], "same key"),
        (lambda ids: ids[:1], "no threshold"),
        (lambda ids: [_numbered(ids[0], number) for number in range(1, 18)], "more than 16"),
    ],
)
def test_servers_that_are_no_committee(
    tmp_path: Path, change: Callable[[list[Identity]], list[Identity]], words: str
) -> None:
    holders = three(tmp_path)
    with pytest.raises(CeremonyProblem, match=words):
        ceremony.deal(holders[0], EPOCH, change([one.identity for one in holders]))


@pytest.mark.parametrize("epoch", ["", "E1", "../e1", "e-1", "e1234567", "e1\n"])
def test_what_is_no_epochs_name(tmp_path: Path, epoch: str) -> None:
    holders = three(tmp_path)
    with pytest.raises(FolderProblem, match="no epoch's name"):
        deals_of(holders, epoch)


def test_one_server_alone(tmp_path: Path) -> None:
    [alone] = three(tmp_path, 1)
    held = ceremony.single(alone, EPOCH)
    assert ceremony.single(alone, EPOCH) == held
    committee, share = newest(alone)
    assert (committee.servers, len(committee.commitments)) == (1, 1)
    assert outputs([alone]) == expected(share.secret)
    with pytest.raises(CeremonyProblem, match="no parts to refresh"):
        refreshing.refresh(alone, EPOCH)


# -- moving on -----------------------------------------------------------------------------------


def test_a_refresh_leaves_tokens_and_key_and_changes_every_share(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    before, old = outputs(holders[:2]), [newest(one) for one in holders]
    refreshed(holders, (1, 3))
    assert [one.folder.generations(EPOCH) for one in holders] == [[0, 1]] * 3
    assert outputs(holders[1:]) == before
    confirmed(holders)
    assert [one.folder.generations(EPOCH) for one in holders] == [[1]] * 3
    for pair in combinations(holders, 2):
        assert outputs(pair) == before
    for one, (committee, share) in zip(holders, old, strict=True):
        assert newest(one)[0].commitments[0] == committee.commitments[0]
        assert newest(one)[1].secret != share.secret
    assert not list((holders[0].folder.root / "deals").iterdir()), "deals lead back"
    assert holders[0].folder.committees(EPOCH) == [0, 1]


def test_a_refresh_can_be_done_again_at_each_step(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    before = outputs(holders[:2])
    deals = [refreshing.refresh(one, EPOCH) for one in holders]
    assert [refreshing.refresh(one, EPOCH) for one in holders] == deals
    first = refreshing.apply(holders[0], deals)
    assert refreshing.apply(holders[0], deals) == first
    for one in holders[1:]:
        assert refreshing.apply(one, deals) == first
    said = [ceremony.statement(one, EPOCH) for one in holders]
    assert refreshing.confirm(holders[0], said, EPOCH) == [0]
    assert refreshing.confirm(holders[0], said, EPOCH) == []
    assert refreshing.apply(holders[0], deals) == first
    confirmed(holders)
    assert outputs(holders[1:]) == before


def test_the_old_share_stays_until_all_others_say_that_they_have_the_new(tmp_path: Path) -> None:
    holders, strangers = joined(tmp_path / "a"), joined(tmp_path / "b")
    deals = [refreshing.refresh(one, EPOCH) for one in holders]
    refreshing.apply(holders[0], deals)
    mine = ceremony.statement(holders[0], EPOCH)
    old = ceremony.statement(holders[1], EPOCH)
    refreshing.apply(holders[1], deals)
    good = ceremony.statement(holders[1], EPOCH)
    refreshing.apply(holders[2], deals[:2])  # another set: another committee
    other = ceremony.statement(holders[2], EPOCH)
    forged = strangers[2].sign(good.model_copy(update={"server": 3}))
    for said, words in (
        ([mine, good], "servers 3 are missing"),
        ([], "servers 2, 3 are missing"),
        ([old, other], "Server 2 speaks about e1.0"),
        ([good, other], "Server 3 holds another generation 1"),
        ([good, forged], "server 3 is not signed by it"),
        ([good, good], "servers 3 are missing"),
    ):
        with pytest.raises(CeremonyProblem, match=words):
            refreshing.confirm(holders[0], said, EPOCH)
        assert holders[0].folder.generations(EPOCH) == [0, 1]
    with pytest.raises(CeremonyProblem, match="made from other deals"):
        refreshing.apply(holders[2], deals)
    assert refreshing.abandon(holders[2].folder, EPOCH) == 1
    refreshing.apply(holders[2], deals)
    said = [good, ceremony.statement(holders[2], EPOCH)]
    assert refreshing.confirm(holders[0], said, EPOCH) == [0]


def test_refreshes_that_are_refused(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    deals = [refreshing.refresh(one, EPOCH) for one in holders]
    part = holder.seal_part(
        group.scalar_of(5),
        holders[0].identity,
        documents.context("refresh", EPOCH, 0, 2, 1),
    )
    bad = holders[1].sign(deals[1].model_copy(update={"parts": {**deals[1].parts, 1: part}}))
    with pytest.raises(CeremonyProblem, match="part of dealer 2 does not fit"):
        refreshing.apply(holders[0], [deals[0], bad])
    with pytest.raises(CeremonyProblem, match="at least 2 servers must deal"):
        refreshing.apply(holders[0], deals[:1])
    with pytest.raises(CeremonyProblem, match="No refresh of epoch e1 is under way"):
        refreshing.abandon(holders[0].folder, EPOCH)
    refreshing.apply(holders[0], deals)
    with pytest.raises(CeremonyProblem, match="not confirmed yet"):
        refreshing.refresh(holders[0], EPOCH)
    with pytest.raises(FolderProblem, match="knows no epoch 'e7'"):
        refreshing.refresh(holders[0], "e7")


# -- the end -------------------------------------------------------------------------------------


def test_a_destroyed_epoch_leaves_its_committee_and_a_line(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    joined(tmp_path, "e2")
    deals = [holders[0].folder.deal(EPOCH, 0, "deal")]
    assert ceremony.destroy(holders[0].folder, EPOCH) == [0]
    assert ceremony.destroy(holders[0].folder, EPOCH) == []
    assert holders[0].folder.held() == [("e2", 0)]
    assert holders[0].folder.committee(EPOCH, 0) is not None
    lines = (holders[0].folder.root / "logs" / "ceremony.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines].count("destroy") == 2
    with pytest.raises(CeremonyProblem, match="deal first"):
        ceremony.join(holders[0], [one for one in deals if one])
    with pytest.raises(CeremonyProblem, match="exists, or did"):
        deals_of(holders)
    with pytest.raises(FolderProblem, match="knows no epoch"):
        ceremony.destroy(holders[0].folder, "e3")


def test_a_box_key_that_is_none_is_refused(tmp_path: Path) -> None:
    holders = three(tmp_path)
    null = holders[1].identity.model_copy(update={"box_key": "0" * 64})
    servers = [holders[0].identity, null, holders[2].identity]
    with pytest.raises(CeremonyProblem, match="box key of server 2 is no key"):
        ceremony.deal(holders[0], EPOCH, servers)
