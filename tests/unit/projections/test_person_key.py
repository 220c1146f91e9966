"""The key of person_ref: one for all, made once, read by its owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.settings import Settings
from projections.person_key import FILE, person_ref_key


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: person_ref_key(settings), range(32)))
    assert len(keys) == 1
    folder = tmp_path / "keys"
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_namespaces_share_it(tmp_path: Path) -> None:
    one, other = Settings(home=tmp_path, namespace="a"), Settings(home=tmp_path, namespace="b")
    assert person_ref_key(one) == person_ref_key(other)


def test_a_damaged_key_is_an_error(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    person_ref_key(settings)
    (tmp_path / "keys" / FILE).write_bytes(b"short")
    with pytest.raises(ValueError, match="5 bytes"):
        person_ref_key(settings)
