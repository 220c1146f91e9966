"""Small files are there whole or not at all, and nothing is left beside them."""

import os
from pathlib import Path

import pytest

from infra import safe_files

FULL = "no space"


def full(*_arguments: object) -> None:
    raise OSError(FULL)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_put_takes_the_place_of_what_was_there_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a"
    safe_files.put(path, b"old")
    safe_files.put(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_put_that_fails_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a"
    safe_files.put(path, b"old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match=FULL):
        safe_files.put(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_the_first_to_make_a_file_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    assert safe_files.make_once(path, b"one")
    assert not safe_files.make_once(path, b"two")
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # made between the look and the link
    assert not safe_files.make_once(path, b"three")
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["a"]
