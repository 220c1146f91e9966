"""The table of programs: a program by its name, each startable, and no other way to start one."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import programs
from infra.settings import HEALTH_ORDER, Settings
from infra.stage import StageName
from programs import __main__ as entry
from tests.architecture.tree import ROOT, modules


@pytest.mark.parametrize("words", [[], ["nonsense"], ["intake", "registry"]])
def test_other_words_are_answered_with_the_usage(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["programs", *words])
    with pytest.raises(SystemExit, match=r"usage: .*intake\|registry\|receipts\|projector"):
        entry.main()


def test_what_the_unnamed_and_a_named_namespace_run(tmp_path: Path) -> None:
    plan = programs.plan(Settings(home=tmp_path))
    assert list(plan.services) == ["clickhouse", "keyserver-1", "keyserver-2", "keyserver-3"]
    assert list(plan.workers) == ["intake", "registry", "receipts", "projector", "page"]
    named = programs.plan(Settings(home=tmp_path, namespace="abc"))
    assert (named.services, list(named.workers)) == ({}, ["all"])
    assert named.workers["all"] == [sys.executable, "-m", "programs", "all"]
    clusters = {"kafka_bootstrap": "a:1", "clickhouse_url": "http://b", "assurance": "hmac"}
    assert programs.plan(Settings(home=tmp_path, **clusters)).services == {}  # type: ignore[arg-type]


def test_every_program_of_every_plan_is_in_the_table() -> None:
    assert {*StageName, programs.PAGE, programs.ALL} <= {*programs.PROGRAMS}
    with pytest.raises(ValueError, match="no such program"):
        programs.command("nonsense")


def test_a_service_is_asked_at_its_port_and_a_stage_says_it_itself(tmp_path: Path) -> None:
    asked = {name for name in programs.PROGRAMS if programs._probe(Settings(home=tmp_path), name)}
    assert {*programs.PROGRAMS} - asked == {*StageName, programs.ALL}
    assert asked <= {*HEALTH_ORDER}


def test_no_program_waits_for_what_it_does_not_use() -> None:
    code = (
        "import sys; import programs;"
        "heavy = {'typer', 'rich', 'dash', 'faust', 'clickhouse_connect', 'kafka', 'aiokafka'};"
        "print(*sorted(heavy & {*sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.split() == []


# -- no way round the table ------------------------------------------------------------------------

STARTERS = {
    "programs/__init__.py",  # the table
    "infra/local/supervisor.py",  # its own daemon, by the module's own name
    "producers/lists/files/reader.py",  # the reader of one list, which is no part of a system
}
"""Beside the bench, which runs parts of itself as processes and is no part of a system."""


def starts_by_name(tree: ast.AST) -> bool:
    """True if there is a list or tuple with the element "-m": a module started as a program."""
    return any(
        isinstance(node, ast.List | ast.Tuple)
        and any(isinstance(one, ast.Constant) and one.value == "-m" for one in node.elts)
        for node in ast.walk(tree)
    )


def test_no_other_code_starts_a_module_by_a_string() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if not path.is_relative_to(ROOT / "lab" / "bench")
        and starts_by_name(ast.parse(path.read_text("utf-8")))
    }
    assert found == STARTERS


def test_the_search_bites() -> None:
    assert starts_by_name(ast.parse('run([sys.executable, "-m", "cli.workers", stage])'))
    assert not starts_by_name(ast.parse('run([sys.executable, "-c", "x"], mode="-m")'))
