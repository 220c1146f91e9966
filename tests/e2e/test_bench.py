"""`tekil bench --quick`: everything is measured once, findings are equal, nothing is left over.

No wall time is asserted: this machine is busy with other tests.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from lab.bench import report, run
from lab.bench.figures import NAMES
from lab.bench.simple import contest, job
from lab.bench.simple.reading import Messages


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run keeps its system and its JSON."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def said(home: Path) -> Result:
    """One quick run."""
    return CliRunner().invoke(app, ["bench", "--quick", "--json"], env={"TEKIL_HOME": str(home)})


@pytest.fixture(scope="module")
def results(said: Result) -> dict[str, Any]:
    """What it measured."""
    assert said.exit_code == 0, said.output
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def figures(value: object) -> Iterator[Mapping[str, Any]]:
    """Every figure in a result."""
    if isinstance(value, dict):
        if {"median", "low", "high", "runs", "unit"} <= value.keys():
            yield value
        else:
            for inner in value.values():
                yield from figures(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from figures(inner)


def test_everything_was_measured(results: dict[str, Any]) -> None:
    assert results["failed"] == {}
    assert results["quick"] is True
    assert set(results["results"]) == set(NAMES)
    assert results["machine"]["cores"] >= 1
    assert results["machine"]["kafka"] != "unknown"
    found = list(figures(results["results"]))
    assert len(found) > 30
    assert all(0 <= one["low"] <= one["median"] <= one["high"] for one in found)
    assert all(one["median"] > 0 for one in found if one["unit"] != "s")


def test_each_process_has_its_memory(results: dict[str, Any]) -> None:
    peaks = results["results"]["chain"]["peak_mib"]
    assert {"broker", "clickhouse", "intake", "registry", "receipts", "projector"} <= peaks.keys()
    assert all(peak > 10 for peak in peaks.values())


def test_tokens_are_compared_with_the_raw_multiplication(results: dict[str, Any]) -> None:
    tokens = results["results"]["tokens"]
    assert tokens["tokens_of_a_person"] == 7
    assert [one["workers"] for one in tokens["wall"]] == [1, 2]
    price = {who: one["median"] for who, one in tokens["multiplications_per_token"].items()}
    # 7 multiplications are the client's, and 2 each of two servers', whatever they do besides;
    # the servers' processor time is read in hundredths of a second
    assert price["client"] > 5
    assert price["servers"] > 2
    assert price["all"] > price["client"]
    assert "raw scalar multiplication" in report.markdown(results)


def test_findings_are_equal_without_a_kill(results: dict[str, Any]) -> None:
    simple = results["results"]["simple"]
    names = [one["name"] for one in simple["contenders"]]
    assert names == [one.name for one in contest.contenders()[0]]
    assert names[:2] == ["ours", "faust"]
    assert ("quix" in names) != (contest.MAKE_PEERS in simple["left_out"])
    assert simple["findings"] > 1_000
    assert all(one["equal_without_kill"] for one in simple["contenders"])


def test_ours_are_equal_after_kill_9(results: dict[str, Any]) -> None:
    ours = results["results"]["simple"]["contenders"][0]["after_kill"]
    assert ours["killed_at_frame"]
    assert (ours["lost"], ours["wrong"], ours["repeated"]) == (0, 0, 0)
    assert ours["expected"] == results["results"]["simple"]["findings"]


def test_a_quick_run_kills_nobody_else_and_says_so(results: dict[str, Any]) -> None:
    others = results["results"]["simple"]["contenders"][1:]
    assert [one["after_kill"] for one in others] == [None] * len(others)
    assert all(one["guarantee"] for one in others)
    rows = report.simple(results)
    assert [row["lost"] for row in rows] == ["0", *["not killed"] * len(others)]


def test_only_the_json_is_left_over(results: dict[str, Any], home: Path) -> None:
    [kept] = (home / "bench").iterdir()
    assert json.loads(kept.read_text()) == results


def test_the_tables_hold_what_the_json_holds(results: dict[str, Any]) -> None:
    text = report.markdown(results)
    for one in results["results"]["simple"]["contenders"]:
        assert one["title"] in text
    assert results["machine"]["cpu"] in text
    assert text.count("\n| ") > 20


def test_a_measurement_that_does_not_exist(home: Path) -> None:
    said = CliRunner().invoke(app, ["bench", "--only", "luck"], env={"TEKIL_HOME": str(home)})
    assert said.exit_code == 2
    assert "luck" in said.stderr


# -- the counting itself ---------------------------------------------------------------------------


def test_lost_wrong_and_repeated_findings_are_seen() -> None:
    messages = Messages()
    messages.add(0, 0, [("a", "b"), ("a", "c")])
    messages.add(1, 1, [("a", "b"), ("x", "y")])
    found = messages.compared({("a", "b"), ("a", "c"), ("b", "c")})
    assert (found.lost, found.wrong, found.repeated, found.equal) == (1, 1, 1, False)


def test_a_reader_keeps_one_message_a_seq_and_refuses_another_under_it() -> None:
    messages = Messages()
    for seq in (0, 1, 1, 2):
        messages.add(seq, seq, [(f"{seq}", "b")])
    assert messages.once_a_seq().seqs == [0, 1, 2]
    messages.add(1, 3, [])
    with pytest.raises(ValueError, match="seq 1"):
        messages.once_a_seq()


def test_a_bad_result_is_no_good() -> None:
    equal = {"equal": True, "repeated": 0}
    ours = {"name": "ours", "equal_without_kill": True, "after_kill": equal}
    good: dict[str, Any] = {"results": {"simple": {"contenders": [ours]}}, "failed": {}}
    assert run.is_good(good)
    assert not run.is_good(good | {"failed": {"chain": "rows did not arrive"}})
    for bad in (
        ours | {"equal_without_kill": False},
        ours | {"after_kill": equal | {"equal": False}},
        ours | {"after_kill": equal | {"repeated": 1}},
    ):
        assert not run.is_good({"results": {"simple": {"contenders": [bad]}}, "failed": {}})


def test_the_job_is_the_same_bytes_every_time_and_compares_a_record_once() -> None:
    assert list(job.frames(1_200)) == list(job.frames(1_200))
    truth, last = job.truth(1_200)
    assert last == 3
    assert len(truth) > 100
    assert all(a < b for a, b in truth)
    entries: job.Entries = []
    record = {"id": "1", "from": 0, "to": 5}
    other = {"id": "2", "from": 4, "to": 9}
    assert job.meet(entries, record) == []
    assert job.meet(entries, other) == job.meet(entries, other) == [("1", "2")]
    assert job.meet(entries, {"id": "3", "from": 9, "to": 10}) == []
    assert len(entries) == 3
