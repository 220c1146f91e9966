"""The whole ceremony at once, also if it dies in the middle."""

import os
from pathlib import Path

import pytest

from keyserver import holder, local
from keyserver.errors import CeremonyProblem
from tests.keyservers import (
    CHEAP,
    EPOCH,
    all_bytes,
    outputs,
    passphrase,
    refresh_locally,
)


def test_the_embedded_servers(tmp_path: Path) -> None:
    key = local.make_locally(tmp_path, EPOCH, cost=CHEAP)
    before = all_bytes(tmp_path)
    assert local.make_locally(tmp_path, EPOCH, cost=CHEAP) == key
    assert all_bytes(tmp_path) == before
    assert refresh_locally(tmp_path, EPOCH) == 1
    assert local.make_locally(tmp_path, EPOCH, cost=CHEAP) == key
    assert local.make_locally(tmp_path, "e2", cost=CHEAP) != key
    with pytest.raises(CeremonyProblem, match="held by 3 server"):
        local.make_locally(tmp_path, EPOCH, (1,), cost=CHEAP)
    for path in (tmp_path, *tmp_path.rglob("*")):
        assert os.stat(path).st_mode & 0o077 == 0 or path == tmp_path, path


@pytest.mark.parametrize("dies_at", range(1, 40, 3))
def test_the_embedded_ceremony_and_refresh_go_on_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    class Died(Exception):
        pass

    left = dies_at
    real = os.replace

    def dying(source: str, target: Path) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Died
        real(source, target)

    monkeypatch.setattr(os, "replace", dying)
    for step in (
        lambda: local.make_locally(tmp_path, EPOCH, cost=CHEAP),
        lambda: refresh_locally(tmp_path, EPOCH),
    ):
        try:
            step()
        except Died:
            step()
    holders = [
        holder.unlock(tmp_path / str(n), local.read_passphrase(tmp_path / str(n) / "passphrase"))
        for n in (1, 2, 3)
    ]
    assert [one.folder.generations(EPOCH) for one in holders] == [[1]] * 3
    assert outputs(holders[:2]) == outputs(holders[1:])


def test_given_passphrases_are_kept_nowhere(tmp_path: Path) -> None:
    given = {n: passphrase(n) for n in (1, 2, 3)}
    local.make_locally(tmp_path, EPOCH, passphrases=given, cost=CHEAP)
    refresh_locally(tmp_path, EPOCH, given)
    assert not [name for name in all_bytes(tmp_path) if "passphrase" in name]
    for content in all_bytes(tmp_path).values():
        assert b"passphrase of server" not in content
