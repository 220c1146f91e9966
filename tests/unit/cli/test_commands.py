"""The table of commands: complete, true, and light."""

import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command, get_group
from typer.testing import CliRunner

from cli import app as program
from cli.app import COMMANDS, app
from cli.words import said

HEAVY = {
    "aiokafka", "clickhouse_connect", "cryptography", "dash", "flask", "httpx", "kafka", "orjson",
    "pydantic", "rich", "rocksdict",
}  # fmt: skip


def words_of(command: Any, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A command and all below it."""
    below = getattr(command, "commands", {})
    return [words, *(w for name, one in below.items() for w in words_of(one, (*words, name)))]


def every() -> list[tuple[str, ...]]:
    group: Any = get_command(app)
    return [
        words for name in COMMANDS for words in words_of(group.get_command(None, name), (name,))
    ]


@pytest.mark.parametrize("words", every(), ids=" ".join)
def test_each_command_explains_itself(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="tekil")
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(f"Usage: tekil {' '.join(words)}")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    group: Any = get_command(app)
    told = " ".join((group.get_command(None, name).help or "").split())
    assert told.startswith((COMMANDS[name][1] or said(name)).removesuffix("."))


def test_no_command_of_a_module_is_left_out() -> None:
    for module in {module for module, _ in COMMANDS.values()}:
        commands = get_group(__import__(f"cli.{module}", fromlist=["_"]).commands).commands
        named = {name for name, (place, _) in COMMANDS.items() if place == module}
        assert set(commands) == named


def test_help_is_shown_without_what_it_does_not_use() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from cli.app import app;"
        "shown = CliRunner().invoke(app, ['--help']); assert shown.exit_code == 0;"
        f"assert 'page-password' in shown.output; print(*sorted({HEAVY!r} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.split() == []


def test_a_slip_of_the_pen_is_answered_with_what_was_meant() -> None:
    shown = CliRunner().invoke(app, ["publsh"])
    assert shown.exit_code == 2
    assert "Did you mean 'publish'" in shown.output


def test_usage_says_tekil(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sys.argv = ['cli', 'keygen']; from cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: tekil keygen ")
    assert program.app.info.name == "tekil"
