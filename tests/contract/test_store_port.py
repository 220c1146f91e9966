"""The contract of the `Store` port, on the fake and on RocksDB."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from rocksdict import DbClosedError

from infra.ports import Store
from infra.rocksdb import RocksStore
from processors.overlay import Overlay
from tests.fakes.store import MemoryStore

ROOT = Path(__file__).parents[2]
Opener = Callable[[], Store]


class StoreContract:
    """What every store must do; `store` is opened empty."""

    def test_many_keys_in_the_order_asked_for(self, store: Store) -> None:
        store.write({b"a": b"1", b"b": b"2", b"c": b""})
        assert store.get_many([b"c", b"none", b"a", b"a", b"b"]) == [b"", None, b"1", b"1", b"2"]
        assert store.get_many([]) == []

    def test_a_batch_puts_changes_and_deletes(self, store: Store) -> None:
        store.write({b"a": b"1", b"b": b"2"})
        store.write({b"a": None, b"b": b"3", b"c": b"4", b"never": None})
        assert store.get_many([b"a", b"b", b"c", b"never"]) == [None, b"3", b"4", None]
        store.write({b"a": b"5"})
        assert store.get_many([b"a"]) == [b"5"]

    def test_an_empty_batch_is_nothing(self, store: Store) -> None:
        store.write({b"a": b"1"})
        store.write({})
        assert store.get_many([b"a"]) == [b"1"]

    def test_keys_and_values_are_any_bytes(self, store: Store) -> None:
        odd = {bytes(range(256)): bytes(range(256)) * 4_000, b"\0": b"\0", b"\xff" * 300: b"\n"}
        store.write(odd)
        assert store.get_many(list(odd)) == list(odd.values())
        assert store.get_many([b"\0\0"]) == [None]

    def test_a_batch_that_fails_writes_nothing(self, store: Store) -> None:
        store.write({b"a": b"1"})
        with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the store's own affair
            store.write({b"a": b"2", b"b": "text"})  # type: ignore[dict-item]
        assert store.get_many([b"a", b"b"]) == [b"1", None]

    def test_ten_thousand_keys_in_one_batch(self, store: Store) -> None:
        many = {b"k%05d" % number: b"v%d" % number for number in range(10_000)}
        store.write(many)
        assert store.get_many(list(many)) == list(many.values())
        store.write(dict.fromkeys(many))
        assert set(store.get_many(list(many))) == {None}

    def test_a_closed_store_is_an_error(self, store: Store) -> None:
        store.write({b"a": b"1"})
        store.close()
        with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the store's own affair
            store.get_many([b"a"])


class TestMemoryStore(StoreContract):
    """The fake."""

    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class TestRocksStore(StoreContract):
    """The real one, and what only it can do: survive."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Iterator[Opener]:
        opened: list[RocksStore] = []

        def opener() -> Store:
            opened.append(RocksStore(tmp_path / "state"))
            return opened[-1]

        yield opener
        for store in opened:
            with suppress(DbClosedError):
                store.close()

    @pytest.fixture
    def store(self, open_store: Opener) -> Store:
        return open_store()

    def test_it_is_there_after_reopening(self, open_store: Opener) -> None:
        store = open_store()
        store.write({b"a": b"1", b"b": b"2"})
        store.write({b"a": None, b"c": b"3"})
        store.close()
        again = open_store()
        assert again.get_many([b"a", b"b", b"c"]) == [None, b"2", b"3"]

    def test_a_killed_process_loses_no_batch(self, open_store: Opener, tmp_path: Path) -> None:
        program = (
            "import os, signal, sys; from pathlib import Path\n"
            "from infra.rocksdb import RocksStore\n"
            "store = RocksStore(Path(sys.argv[1]))\n"
            "for n in range(100): store.write({b'cursor': b'%d' % n, b'k%d' % n: b'v'})\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        folder = str(tmp_path / "state")
        ended = subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT, check=False)
        assert ended.returncode == -9
        keys = [b"k%d" % number for number in range(100)]
        assert open_store().get_many([b"cursor", *keys]) == [b"99", *[b"v"] * 100]

    def test_the_folder_is_its_owners_alone(self, open_store: Opener, tmp_path: Path) -> None:
        open_store()
        assert (tmp_path / "state").stat().st_mode & 0o077 == 0

    def test_two_writers_at_once_are_refused(self, open_store: Opener) -> None:
        open_store()
        with pytest.raises(Exception, match=r"(?i)lock"):
            open_store()


class TestOverlay:
    """What a fold sees of a store."""

    def test_own_changes_are_seen_and_taken_once(self) -> None:
        store = MemoryStore()
        store.write({b"a": b"1", b"b": b"2"})
        overlay = Overlay(store)
        overlay.put(b"a", None)
        overlay.put(b"c", b"3")
        assert [overlay.get(key) for key in (b"a", b"b", b"c", b"d")] == [None, b"2", b"3", None]
        assert store.data == {b"a": b"1", b"b": b"2"}
        assert overlay.take() == {b"a": None, b"c": b"3"}
        assert overlay.take() == {}

    def test_after_taking_it_reads_the_store_again(self) -> None:
        store = MemoryStore()
        overlay = Overlay(store)
        assert overlay.get(b"a") is None
        store.write({b"a": b"1"})
        assert overlay.get(b"a") is None  # read once a block
        overlay.take()
        assert overlay.get(b"a") == b"1"

    def test_many_keys_are_one_call(self) -> None:
        calls: list[list[bytes]] = []

        class Counting(MemoryStore):
            def get_many(self, keys: object) -> list[bytes | None]:
                calls.append(list(keys))  # type: ignore[call-overload]
                return super().get_many(calls[-1])

        overlay = Overlay(Counting())
        overlay.put(b"a", b"1")
        overlay.load([b"a", b"b", b"c", b"b"])
        overlay.load([b"b", b"c"])
        assert overlay.get(b"b") is None
        assert calls == [[b"b", b"c"]]
