"""The ledger of what was sent, and which version a row without one is."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.ledger import Ledger
from producers.versions import Sent, Wanted, numbered
from tests.fakes.wire import ANSWER

THING = ("assistance", "a-1")


def sent(version: int, content: str = "x") -> Sent:
    return Sent(*THING, version, f"{content}{version}".encode(), f"line {content}".encode())


def wanted(content: str, explicit: int | None = None, planned: bool = False) -> Wanted:
    return Wanted(explicit, planned, lambda version: f"{content}{version}".encode())


@pytest.mark.parametrize(
    ("known", "drafts", "versions"),
    [
        ([], [wanted("p", planned=True)], [1]),
        ([], [wanted("d")], [2]),
        ([], [wanted("p", planned=True), wanted("d")], [1, 2]),
        ([sent(1, "p")], [wanted("d")], [2]),
        ([sent(2, "d")], [wanted("d")], [2]),
        ([sent(2, "d")], [wanted("e")], [3]),
        ([sent(2, "d")], [wanted("e", explicit=2)], [2]),
        ([sent(2, "d")], [wanted("e", explicit=7), wanted("f")], [7, 8]),
        ([sent(1, "p"), sent(2, "d")], [wanted("p"), wanted("d")], [1, 2]),
        ([sent(1, "p"), sent(2, "d")], [wanted("p"), wanted("d"), wanted("a")], [1, 2, 3]),
        ([sent(1, "p")], [wanted("p"), wanted("d")], [1, 2]),
        ([sent(2, "a"), sent(3, "b")], [wanted("a")], [4]),
        ([sent(5, "a")], [wanted("b", explicit=3)], [3]),
    ],
)
def test_versions(known: list[Sent], drafts: list[Wanted], versions: list[int]) -> None:
    assert numbered(known, drafts) == versions


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(1, 4))
def test_a_list_sent_any_number_of_times_makes_its_versions_once(
    contents: list[str], times: int
) -> None:
    # neighbours differ, as an equal row after its like is no change
    drafts = [wanted(f"{i % 2}{c}") for i, c in enumerate(contents)]
    known: dict[int, Sent] = {}
    for _ in range(times):
        versions = numbered([known[v] for v in sorted(known)], drafts)
        for version, draft in zip(versions, drafts, strict=True):
            known.setdefault(version, Sent(*THING, version, draft.hash_at(version), b""))
    assert len(known) == len(drafts)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.sending([sent(1)])
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_what_was_sending_when_the_process_died_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.sending([sent(1), sent(2)])
    with Ledger(path) as ledger:
        found = ledger.versions([THING, ("assistance", "other")])
    assert [(s.version, s.status) for s in found[THING]] == [(1, "sending"), (2, "sending")]
    assert found["assistance", "other"] == []


def test_the_bytes_first_sent_and_the_first_answer_stay(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.sending([sent(2, "first")])
        ledger.answered([(THING, 2, "accepted", ANSWER)])
        ledger.sending([sent(2, "second")])
        ledger.answered([(THING, 2, "rejected", None)])
        (found,) = ledger.versions([THING])[THING]
    assert (found.line, found.status, found.answer) == (b"line first", "accepted", ANSWER)
    assert found.refusals == 0


def test_a_rejected_version_gives_way_and_counts(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.sending([sent(2, "first")])
        ledger.answered([(THING, 2, "rejected", None)])
        ledger.answered([(THING, 2, "rejected", None)])
        ledger.sending([sent(2, "second")])
        (found,) = ledger.versions([THING])[THING]
    assert (found.line, found.status, found.refusals) == (b"line second", "sending", 2)


def test_many_things_at_once(tmp_path: Path) -> None:
    things = [("assistance", f"a-{n}") for n in range(1_500)]
    with Ledger(tmp_path / "l") as ledger:
        ledger.sending(Sent(*thing, 2, b"h", b"l") for thing in things)
        assert all(len(found) == 1 for found in ledger.versions(things).values())
