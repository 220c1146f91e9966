"""What lies in a key server's folder: nothing secret in the clear, nothing foreign taken."""

import json
import os
from pathlib import Path
from typing import get_args

import pytest

from keyserver import ceremony, files, holder, local
from keyserver.audit import KEPT_LOGS, Log
from keyserver.errors import CeremonyProblem, FolderProblem
from keyserver.folder import Folder
from keyserver.partners import MAX_KEYS, ORG_PATTERN, enrolled
from keyserver.sealed import COST, Vault
from tests.keyservers import CHEAP, EPOCH, Partner, all_bytes, joined, newest, passphrase, three

KEY = "ab" * 32


def test_no_secret_is_in_any_file(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    local.enrol(holders[0].folder, "KIZ", KEY, 5)
    secrets: list[bytes] = [bytes(newest(one)[1].secret) for one in holders]
    secrets += [one._signing.private_bytes_raw() for one in holders]
    secrets += [one._box.private_bytes_raw() for one in holders]
    secrets += [passphrase(1)]
    found = all_bytes(tmp_path)
    assert len(found) > 15
    for name, content in found.items():
        for secret in secrets:
            assert secret not in content, name
            assert secret.hex().encode() not in content.lower(), name
            assert secret[::-1].hex().encode() not in content, name
    public = newest(holders[0])[0].commitments[0].encode()
    assert any(public in content for content in found.values()), "the search itself works"


def test_everything_is_for_one_reader(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    local.enrol(holders[0].folder, "KIZ", KEY, 5)
    for path in (tmp_path / "1").rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_wrong_passphrase_says_so(tmp_path: Path) -> None:
    three(tmp_path)
    with pytest.raises(FolderProblem, match=r"identity.json does not open: the passphrase is wro"):
        holder.unlock(tmp_path / "1", passphrase(2))
    with pytest.raises(FolderProblem, match="passphrase is empty"):
        holder.unlock(tmp_path / "1", b"")


def test_a_folder_that_is_none_or_anothers(tmp_path: Path) -> None:
    with pytest.raises(FolderProblem, match="tekil keyserver init"):
        holder.unlock(tmp_path / "x", b"p")
    three(tmp_path)
    with pytest.raises(FolderProblem, match="'identity' of server 1, not the identity"):
        holder.unlock(tmp_path / "1", passphrase(1), 2)
    (tmp_path / "1" / "public.json").write_bytes((tmp_path / "2" / "public.json").read_bytes())
    with pytest.raises(FolderProblem, match=r"identity.json"):
        holder.make(tmp_path / "1", 2, passphrase(1), CHEAP)
    with pytest.raises(FolderProblem, match=r"public.json does not fit"):
        holder.unlock(tmp_path / "1", passphrase(1), 1)


def test_a_server_is_made_once(tmp_path: Path) -> None:
    [one] = three(tmp_path, 1)
    assert holder.make(tmp_path / "1", 1, passphrase(1), CHEAP).identity == one.identity
    (tmp_path / "1" / "public.json").unlink()  # it died before this was written
    assert holder.make(tmp_path / "1", 1, passphrase(1), CHEAP).identity == one.identity
    with pytest.raises(CeremonyProblem, match="1 to 255"):
        holder.make(tmp_path / "0", 0, b"p", CHEAP)


def test_a_damaged_or_foreign_share_is_named(tmp_path: Path) -> None:
    holders = joined(tmp_path)
    joined(tmp_path, "e2")
    one, path = holders[0], holders[0].folder.share_path(EPOCH, 0)
    good = path.read_bytes()
    plain = json.loads(good)
    body = plain["sealed"]
    header = plain["header"]
    for bad, words in (
        (good[:-20], "damaged or no sealed file"),
        (b"", "damaged or no sealed file"),
        (b"x" * (files.MAX_FILE_BYTES + 1), "too large"),
        ({**plain, "sealed": body[:-2] + f"{int(body[-2:], 16) ^ 1:02x}"}, "does not open"),
        ({**plain, "header": {**header, "nonce": "0" * 24}}, "does not open"),
        ({**plain, "header": {**header, "passes": 2}}, "does not open"),
        ({**plain, "header": {**header, "memory_kib": 2**30}}, "damaged or no sealed file"),
        ({**plain, "more": 1}, "damaged or no sealed file"),
        (holders[1].folder.share_path(EPOCH, 0).read_bytes(), "of server 2, not"),
        (one.folder.share_path("e2", 0).read_bytes(), "'e2.0' of server 1, not"),
        (one.folder.identity_path.read_bytes(), "is the identity"),
    ):
        path.write_bytes(bad if isinstance(bad, bytes) else json.dumps(bad).encode())
        with pytest.raises(FolderProblem, match=words) as caught:
            one.share(EPOCH, 0)
        assert str(path) in str(caught.value)
    path.write_bytes(good)
    assert one.share(EPOCH, 0)
    one.folder.committee_path(EPOCH, 0).unlink()
    with pytest.raises(FolderProblem, match="is missing"):
        one.share(EPOCH, 0)
    other = holders[0].folder.committee_path("e2", 0).read_text().replace('"e2"', '"e1"')
    one.folder.committee_path(EPOCH, 0).write_text(other)
    with pytest.raises(FolderProblem, match="does not fit the commitments"):
        one.share(EPOCH, 0)


def test_one_key_is_made_however_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(tmp_path)
    joined(tmp_path, "e2")
    made: list[tuple[bytes, object]] = []
    real = Vault._key

    def counting(self: Vault, salt: bytes, cost: object) -> bytes:
        if (salt, cost) not in self._keys:
            made.append((salt, cost))
        return real(self, salt, cost)  # type: ignore[arg-type]

    monkeypatch.setattr(Vault, "_key", counting)
    one = holder.unlock(tmp_path / "1", passphrase(1))
    one.share("e1", 0)
    one.share("e2", 0)
    assert made == [made[0]]
    assert (COST.memory_kib, COST.passes) == (64 * 1024, 3)


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    files.write(path, b"old")

    def full(*_arguments: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        files.write(path, b"new")
    assert all_bytes(tmp_path) == {"a.json": b"old"}


# -- partners --------------------------------------------------------------------------------------


def test_enrolment_adds_keys_and_keeps_what_is_not_said() -> None:
    one = enrolled(None, "KIZ", KEY, 10)
    assert enrolled(one, "KIZ", KEY) == one
    two = enrolled(one, "KIZ", "cd" * 32, None, 7)
    assert (two.public_keys, two.daily_quota) == ((KEY, "cd" * 32), 10)
    assert two.elements_per_second == 7
    assert enrolled(two, "KIZ", KEY, 3).daily_quota == 3
    for org, key, quota in (
        ("kiz", KEY, 1),
        ("KI", KEY, 1),
        ("../KIZ", KEY, 1),
        ("KIZ", KEY[:-1], 1),
        ("KIZ", KEY.upper(), 1),
        ("KIZ", KEY, -1),
    ):
        with pytest.raises(CeremonyProblem, match="No partner can be enrolled"):
            enrolled(None, org, key, quota)
    many = one.model_copy(update={"public_keys": tuple(f"{n:064x}" for n in range(MAX_KEYS))})
    with pytest.raises(CeremonyProblem, match="public_keys"):
        enrolled(many, "KIZ", KEY)


def keys_and_quota(folder: Folder) -> tuple[list[str], int]:
    """Of KIZ; ([], 0) if it is not enrolled."""
    found = folder.partner("KIZ")
    return (list(found.public_keys), found.daily_quota) if found else ([], 0)


def test_a_key_that_follows_another_brings_no_quota_with_it(tmp_path: Path) -> None:
    """Or the thief of the first one would have twice as much."""
    [one] = three(tmp_path, 1)
    local.enrol(one.folder, "KIZ", KEY, 10)
    local.enrol(one.folder, "KIZ", "cd" * 32, 10)
    assert keys_and_quota(one.folder) == ([KEY, "cd" * 32], 10)
    lowered = enrolled(one.folder.partner("KIZ"), "KIZ", KEY, 3)
    one.folder.write(one.folder.partner_path("KIZ"), lowered)
    local.enrol(one.folder, "KIZ", KEY, 10)
    assert keys_and_quota(one.folder) == ([KEY, "cd" * 32], 3), "what somebody lowered stays so"


def test_a_key_ends_and_the_next_one_has_its_quota(tmp_path: Path) -> None:
    [one] = three(tmp_path, 1)
    local.enrol(one.folder, "KIZ", KEY, 10)
    local.enrol(one.folder, "KIZ", "cd" * 32, 10)
    assert local.withdraw_locally(tmp_path, (1,), "KIZ", KEY) == [1]
    assert local.withdraw_locally(tmp_path, (1,), "KIZ", KEY) == []
    assert keys_and_quota(one.folder) == (["cd" * 32], 10)
    assert local.withdraw(one.folder, "KIZ", "cd" * 32)
    assert keys_and_quota(one.folder) == ([], 10)
    local.enrol(one.folder, "KIZ", "ef" * 32, 200)
    assert keys_and_quota(one.folder) == (["ef" * 32], 10), "and no more than it had"
    assert not local.withdraw(one.folder, "STK", KEY)


def test_an_embedded_enrolment_adds_the_quota_of_a_further_system(tmp_path: Path) -> None:
    [one] = three(tmp_path, 1)
    for _ in range(2):
        local.enrol(one.folder, "KIZ", KEY, 10, adds=True)
        local.enrol(one.folder, "KIZ", "cd" * 32, 5, adds=True)
    assert keys_and_quota(one.folder) == ([KEY, "cd" * 32], 15)
    with pytest.raises(FolderProblem, match="no organisation's code"):
        local.enrol(one.folder, "../../x", KEY, 10)
    with pytest.raises(FolderProblem, match="no key server's folder"):
        local.enrol(Folder(tmp_path / "9"), "KIZ", KEY, 10)


def test_a_partners_file_that_is_damaged_or_anothers(tmp_path: Path) -> None:
    [one] = three(tmp_path, 1)
    Partner("KIZ").enrol(one.folder)
    path = one.folder.partner_path("KIZ")
    one.folder.partner_path("STK").write_bytes(path.read_bytes())
    with pytest.raises(FolderProblem, match=r"STK.json is about KIZ"):
        one.folder.partners()
    path.write_text("{}")
    with pytest.raises(FolderProblem, match=r"KIZ.json is damaged. Enrol the organisation again"):
        one.folder.partner("KIZ")


def test_an_organisations_code_is_the_journals() -> None:
    from events.model import OrgCode  # what a key server itself does not import

    [form] = [one.pattern for one in get_args(OrgCode) if hasattr(one, "pattern")]
    assert form == ORG_PATTERN


# -- logs ------------------------------------------------------------------------------------------


def test_a_log_rotates_and_stays_bounded(tmp_path: Path) -> None:
    log = Log(tmp_path / "logs" / "a.jsonl", 100)
    for number in range(200):
        log.write({"number": number, "fill": "x" * 40})
    found = all_bytes(tmp_path / "logs")
    assert len(found) <= KEPT_LOGS + 1
    assert all(len(content) < 200 for content in found.values())
    lines = [json.loads(line) for text in found.values() for line in text.splitlines()]
    assert 199 in {line["number"] for line in lines}
    assert (tmp_path / "logs" / "a.jsonl.1").stat().st_mode & 0o777 == 0o600


def test_what_a_crash_left_of_a_share_goes_with_it(tmp_path: Path) -> None:
    one = joined(tmp_path)[0]
    path = one.folder.share_path(EPOCH, 0)
    (path.parent / f".{path.name}.x1y2").write_bytes(path.read_bytes())
    ceremony.destroy(one.folder, EPOCH)
    assert list(path.parent.iterdir()) == []
