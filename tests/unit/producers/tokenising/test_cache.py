"""The partner's cache of tokens: it tells nothing, is bounded, and is never wrong."""

import hashlib
import multiprocessing
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.model import Assurance
from infra.errors import SystemUnavailable
from keyserver.oprf.threshold import Batch, Combination
from producers.tokenising.cache import KEY_FILE, TokenCache, open_caches
from producers.tokenising.pinned import PinnedEpoch
from producers.tokenising.threshold import ThresholdTokeniser
from producers.tokens import Identifier
from tests.fakes.key_servers import FakeKeyServers, unreachable

KEY = bytes(range(32))
E1 = PinnedEpoch(epoch="e1", public_key="01" * 32)
E2 = PinnedEpoch(epoch="e2", public_key="02" * 32)


def people(count: int, first: int = 0) -> list[tuple[Identifier, str]]:
    return [
        (("tr.tckimlik", f"{99_000_000_000 + n}"), hashlib.sha256(b"%d" % n).hexdigest()[:32])
        for n in range(first, first + count)
    ]


def names(tokens: list[tuple[Identifier, str]]) -> list[Identifier]:
    return [identifier for identifier, _ in tokens]


class Told(list[str]):
    """What a person was told."""

    def __call__(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens-e1.sqlite"


def opened(path: Path, told: Told | None = None, max_entries: int = 1_000) -> TokenCache:
    return TokenCache(
        path, KEY, E1, max_entries=max_entries, notify=Told() if told is None else told
    )


def kept(path: Path, tokens: list[tuple[Identifier, str]]) -> None:
    cache = opened(path)
    cache.put(tokens)
    cache.close()


def known(path: Path, tokens: list[tuple[Identifier, str]], told: Told | None = None) -> int:
    """How many are known, all of them rightly."""
    cache = opened(path, told)
    found = cache.get(names(tokens))
    cache.close()
    assert found.items() <= dict(tokens).items()
    return len(found)


# -- what it says ----------------------------------------------------------------------------------


def test_what_was_put_is_there_in_the_next_run(path: Path) -> None:
    kept(path, people(900))
    assert known(path, people(1_300)) == 900


def test_one_number_under_two_types_is_two(path: Path) -> None:
    cache = opened(path)
    cache.put([(("us.ssn", "1"), "aa" * 16)])
    assert cache.get([("us.ssn", "1"), ("sy.passport", "1")]) == {("us.ssn", "1"): "aa" * 16}
    cache.close()


def test_the_file_holds_no_identifier_no_token_and_no_key(tmp_path: Path) -> None:
    (cache,) = open_caches(tmp_path, [E1])
    cache.put(people(50))
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("tokens-*"))
    local = (tmp_path / KEY_FILE).read_bytes()
    assert len(raw) > 4_000
    for (kind, number), token in people(50):
        for secret in (kind, number, token):
            assert secret.encode() not in raw
        assert bytes.fromhex(token) not in raw
    assert local not in raw
    assert local.hex().encode() not in raw
    cache.close()


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    (cache,) = open_caches(tmp_path, [E1])
    cache.put(people(1))
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    cache.close()


# -- its bounds ------------------------------------------------------------------------------------


def count(path: Path) -> int:
    db = sqlite3.connect(path)
    (found,) = db.execute("SELECT count(*) FROM token").fetchone()
    db.close()
    return int(found)


def test_it_never_holds_more_than_it_may(path: Path) -> None:
    cache = opened(path, max_entries=100)
    for first in range(0, 500, 7):
        cache.put(people(7, first))
        assert count(path) <= 100
    assert count(path) >= 80
    cache.close()


def test_those_not_used_for_longest_make_room(path: Path) -> None:
    for first in (0, 10, 20):
        kept(path, people(10, first))
    assert known(path, people(10)) == 10, "used again"
    cache = opened(path, max_entries=30)
    cache.put(people(5, 100))
    cache.close()
    assert known(path, people(10)) == 10
    assert known(path, people(5, 100)) == 5
    assert known(path, people(10, 10)) < 10


def test_a_closed_epochs_file_is_deleted(tmp_path: Path) -> None:
    for cache in open_caches(tmp_path, [E1, E2]):
        cache.put(people(3))
        cache.close()
    (tmp_path / "tokens-e1.sqlite.damaged").touch()
    (tmp_path / "ledger.sqlite").touch()
    (cache,) = open_caches(tmp_path, [E2])
    assert len(cache.get(names(people(3)))) == 3
    cache.close()
    assert {file.name for file in tmp_path.iterdir()} == {
        "tokens-e2.sqlite", "ledger.sqlite", KEY_FILE,
    }  # fmt: skip


# -- what may be wrong with it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE token SET value = zeroblob(44)",
        "UPDATE token SET value = x''",
        "UPDATE token SET value = 'text'",
        "UPDATE token SET value = substr(value, 1, 43)",
        "UPDATE token SET value = (SELECT value FROM token t WHERE t.key > token.key LIMIT 1)"
        " WHERE key < (SELECT max(key) FROM token)",
        "UPDATE token SET used = 'never'",
    ],
)
def test_a_changed_row_is_unknown_and_can_be_put_again(path: Path, change: str) -> None:
    kept(path, people(5))
    db = sqlite3.connect(path)
    db.execute(change)
    db.commit()
    db.close()
    expected = 5 if "used" in change else 1 if "SELECT" in change else 0
    assert known(path, people(5)) == expected
    kept(path, people(5))
    assert known(path, people(5)) == 5


@pytest.mark.parametrize(
    "content", [b"no database", b"\0" * 5_000, b"SQLite format 3\0" + b"x" * 99]
)
def test_a_file_that_is_none_is_set_aside(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    told = Told()
    assert known(path, people(3), told) == 0
    assert ["begun anew" in text for text in told] == [True]
    kept(path, people(3))
    assert known(path, people(3)) == 3
    assert path.with_name("tokens-e1.sqlite.damaged").read_bytes() == content


def test_a_file_of_something_else_is_set_aside(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE token (other TEXT)")
    db.close()
    told = Told()
    assert known(path, people(3), told) == 0
    assert len(told) == 1
    kept(path, people(3))
    assert known(path, people(3)) == 3


def test_a_file_damaged_in_the_middle_costs_no_more_than_its_tokens(path: Path) -> None:
    kept(path, people(900))
    content = bytearray(path.read_bytes())
    content[8_192 : len(content) - 4_096] = b"\xa5" * (len(content) - 12_288)
    path.write_bytes(content)
    told = Told()
    cache = opened(path, told)
    assert cache.get(names(people(900))).items() <= dict(people(900)).items()
    cache.put(people(900))
    cache.close()
    assert told
    kept(path, people(900))
    assert known(path, people(900)) == 900


def test_another_key_or_joint_key_begins_anew(path: Path) -> None:
    kept(path, people(3))
    for key, pinned in ((bytes(32), E1), (KEY, E1.model_copy(update={"public_key": "03" * 32}))):
        told = Told()
        cache = TokenCache(path, key, pinned, notify=told)
        assert cache.get(names(people(3))) == {}
        assert ["under another key" in text for text in told] == [True]
        cache.put(people(3))
        assert len(cache.get(names(people(3)))) == 3
        cache.close()


def test_a_damaged_local_key_begins_anew(tmp_path: Path) -> None:
    (cache,) = open_caches(tmp_path, [E1])
    cache.put(people(3))
    cache.close()
    (tmp_path / KEY_FILE).write_bytes(b"short")
    told = Told()
    (cache,) = open_caches(tmp_path, [E1], told)
    assert cache.get(names(people(3))) == {}
    cache.close()
    assert len(told) == 2
    assert len((tmp_path / KEY_FILE).read_bytes()) == 32


def test_a_folder_that_cannot_be_written_costs_the_cache_alone(tmp_path: Path) -> None:
    told = Told()
    cache = TokenCache(tmp_path / "missing" / "tokens-e1.sqlite", KEY, E1, notify=told)
    cache.put(people(3))
    assert cache.get(names(people(3))) == {}
    assert ["not used in this run" in text for text in told] == [True]
    cache.close()


def test_a_closed_cache_knows_nothing(path: Path) -> None:
    cache = opened(path)
    cache.close()
    cache.put(people(3))
    assert cache.get(names(people(3))) == {}


# -- two processes ---------------------------------------------------------------------------------


def _writer(path: str, first: int) -> None:
    told = Told()
    cache = TokenCache(Path(path), KEY, E1, notify=told)
    for start in range(first, first + 400, 20):
        cache.put(people(20, start))
        assert len(cache.get(names(people(20, start)))) == 20
    cache.close()
    assert not told, told


def test_two_processes_write_together(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_writer, args=(str(path), first)) for first in (0, 200)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert known(path, people(600)) == 600


# -- before the key servers ------------------------------------------------------------------------


@pytest.fixture
def three() -> Iterator[FakeKeyServers]:
    servers = FakeKeyServers("e1", "e2")
    yield servers
    servers.close()


def tokeniser(three: FakeKeyServers, cache: TokenCache, **more: int) -> ThresholdTokeniser:
    return ThresholdTokeniser(
        three.client(),
        three.pinned[0],
        Assurance.THRESHOLD,
        cache,
        **more,  # type: ignore[arg-type]
    )


def test_a_second_run_asks_nobody(three: FakeKeyServers, tmp_path: Path) -> None:
    asked = names(people(30)) * 2
    (cache,) = open_caches(tmp_path, three.pinned[:1])
    first = tokeniser(three, cache).tokens(asked)
    assert three.elements == 60
    cache.close()
    (cache,) = open_caches(tmp_path, three.pinned[:1])
    for server in three.servers:
        server.before = unreachable
    again = tokeniser(three, cache)
    assert again.tokens(asked) == first
    assert again.evaluations == 0
    cache.close()


class FailsAfter:
    """Key servers that fall out after some batches."""

    def __init__(self, three: FakeKeyServers, batches: int) -> None:
        self._client, self._three, self._left = three.client(), three, batches

    def evaluate(self, pinned: PinnedEpoch, batch: Batch) -> Combination:
        self._left -= 1
        if self._left < 0:
            raise SystemUnavailable("two are away")
        return self._client.evaluate(pinned, batch)


@pytest.mark.parametrize("batches", [0, 1, 3])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_is_gone_on_with(
    three: FakeKeyServers, tmp_path: Path, batches: int, workers: int
) -> None:
    asked = names(people(50))
    (cache,) = open_caches(tmp_path, three.pinned[:1])
    broken = ThresholdTokeniser(
        FailsAfter(three, batches), three.pinned[0], Assurance.THRESHOLD, cache,
        batch=10, workers=workers,
    )  # fmt: skip
    with pytest.raises(SystemUnavailable, match="two are away"):
        broken.tokens(asked)
    assert broken.evaluations == 10 * batches
    steps: list[tuple[int, int]] = []
    rest = ThresholdTokeniser(
        three.client(), three.pinned[0], Assurance.THRESHOLD, cache,
        batch=10, progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    found = rest.tokens(asked)
    assert rest.evaluations == 50 - 10 * batches
    assert steps == [(done, 50) for done in range(10 * batches, 51, 10)]
    assert found == tokeniser(three, None).tokens(asked)  # type: ignore[arg-type]  # without one
    cache.close()


NUMBERS = st.lists(st.tuples(st.sampled_from(["us.ssn", "weak.name"]), st.text(max_size=8)))


@hypothesis.settings(max_examples=20, deadline=None)
@given(lists=st.lists(NUMBERS, max_size=3))
def test_the_cache_changes_no_token(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[Identifier]]
) -> None:
    three = FakeKeyServers("e1")
    (cache,) = open_caches(tmp_path_factory.mktemp("cache"), three.pinned)
    with_it = tokeniser(three, cache, batch=3)
    without = ThresholdTokeniser(three.client(), three.pinned[0], Assurance.THRESHOLD)
    for identifiers in lists:
        assert with_it.tokens(identifiers) == without.tokens(identifiers)
    assert with_it.evaluations == len({one for identifiers in lists for one in identifiers})
    cache.close()
    three.close()
