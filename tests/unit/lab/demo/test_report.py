"""What the demo prints, and its exit code."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.errors import UsageProblem
from infra.local import supervisor
from infra.settings import Settings
from lab import demo
from lab.demo import report
from lab.demo.compare import by_family, failing_checks
from lab.demo.plan import Plan, make_plan
from lab.demo.verify import Result
from lab.population.households import districts

INTEGRITY = [{"check_name": "head", "left_count": 1, "right_count": 1, "ok": True}]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(7, 400, date(2025, 11, 22), districts())


def result(plan: Plan, *differences: str) -> Result:
    return Result(
        families=by_family(plan, [], {}),
        cases={"closed": 7, "open in time": 3, "past the day of the supervisor": 1},
        counts=[{"org": "BELA", "accepted": 5, "duplicate": 2, "rejected": 1}],
        integrity=INTEGRITY,
        prevented={"payments": 3, "amount": "100.00"},
        differences=list(differences),
    )


def run(plan: Plan, said: Result, monkeypatch: pytest.MonkeyPatch, home: Path, **how: Any) -> int:
    """The demo without a system: everything but what is started and asked."""
    monkeypatch.setattr(demo, "_start", lambda settings, first_day: None)
    monkeypatch.setattr(demo, "_carry_out", lambda *arguments: (said, plan))
    return demo.run(Settings(home=home, port_base=47_000), 400, **how)


def test_equal_is_0_and_says_how_to_go_on(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(plan, result(plan), monkeypatch, tmp_path) == 0
    printed = capsys.readouterr().out
    assert "What was planted is what was found." in printed
    assert "./tekil down" in printed
    assert "5 accepted, 2 duplicate, 1 rejected" in printed
    assert "7 closed, 3 open in time, 1 past the day of the supervisor" in printed
    assert "127.0.0.1:48092" in printed


def test_a_difference_is_1_and_is_named(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [f"planted, not found: number {number}" for number in range(25)]
    assert run(plan, result(plan, *many), monkeypatch, tmp_path) == 1
    printed = capsys.readouterr().out
    assert "25 differences" in printed
    assert "number 19" in printed
    assert "and 5 more" in printed
    assert "What was planted is what was found." not in printed


def test_json_has_the_verdict_and_every_difference(plan: Plan) -> None:
    settings = Settings(port_base=47_000)
    assert report.as_json(settings, plan, result(plan), {"plan": 1.26})["equal"] is True
    found = report.as_json(settings, plan, result(plan, "a", "b"), {"plan": 1.26})
    assert found["equal"] is False
    assert found["differences"] == ["a", "b"]
    assert found["records"] == {"submitted": 8, "accepted": 5, "duplicate": 2, "rejected": 1}
    assert found["cases"]["closed"] == 7
    assert found["planted"] == sum(p.status != "withdrawn" for p in plan.planted)
    assert found["seconds"] == {"plan": 1.3}


def test_too_few_households_are_a_mistake_in_the_command(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="400"):
        demo.run(Settings(home=tmp_path / "home"), 399)
    assert not (tmp_path / "home").exists()


def test_trouble_on_the_way_stops_what_was_started(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped: list[Settings] = []
    monkeypatch.setattr(demo, "_start", lambda settings, first_day: None)
    monkeypatch.setattr(supervisor, "down", stopped.append)

    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_carry_out", fail)
    with pytest.raises(KeyboardInterrupt):
        demo.run(Settings(home=tmp_path, port_base=47_000), 400)
    assert len(stopped) == 1


def test_a_failing_check_and_no_check_at_all_are_differences() -> None:
    assert list(failing_checks(INTEGRITY)) == []
    assert list(failing_checks([])) == ["v1_integrity has no row"]
    wrong = [INTEGRITY[0] | {"right_count": 2, "ok": False}]
    assert list(failing_checks(wrong)) == ["integrity head: 1 and 2"]


def test_a_family_whose_count_differs_is_marked(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    report.show(Settings(port_base=47_000), result(plan), {})
    assert "DIFFERENT" in capsys.readouterr().out
