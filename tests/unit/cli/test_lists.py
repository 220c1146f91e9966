"""What an officer reads of the commands with lists, in her language."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cli.app import app
from events.texts import LANGS, read_catalogues
from producers.answering.words import titles
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT

CLI = Path(__file__).resolve().parents[3] / "cli"
TEXTS = read_catalogues(str(CLI / "words.py"))
ENGLISH = re.compile(r"\b(?:the|and|of|with|rows?|answers?|Read|Refused|what)\b")


@pytest.fixture(params=["tr", "ar"])
def lang(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("TEKIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEKIL_LANG", request.param)
    return str(request.param)


def test_a_list_is_validated_in_her_language_to_the_last_word(lang: str, tmp_path: Path) -> None:
    path, target = tmp_path / "liste.csv", tmp_path / "yanit.csv"
    rows = [",".join((*COLUMNS, "phone"))]
    rows += [",".join((f"k{at}", *PAYMENT[1:], "12")) for at in range(25)]
    rows += [",".join((f"w{at}", *PAYMENT[1:6], "x", *PAYMENT[7:], "")) for at in range(25)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    shown = CliRunner().invoke(
        app, ["validate", str(path), "--org", "KIZ", "--answers", str(target)]
    )
    assert shown.exit_code == 1, shown.output
    said = shown.output.replace(str(target), "")
    for code in ("invalid-value", "valid", "rejected", "amount", *COLUMNS):
        said = said.replace(code, "")
    assert not ENGLISH.search(said), ENGLISH.findall(said)
    assert str(TEXTS[lang]["refused-rows"]) in said
    assert ", ".join(titles(lang)) not in said
    header = target.read_text("utf-8-sig").splitlines()[0]
    assert header.endswith(",".join(titles(lang)))


def test_without_a_place_for_answers_nothing_is_written(lang: str, tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(",".join(COLUMNS) + "\n" + ",".join(PAYMENT) + "\n", encoding="utf-8")
    shown = CliRunner().invoke(app, ["validate", str(path), "--org", "KIZ"])
    assert shown.exit_code == 0, shown.output
    assert sorted(one.name for one in tmp_path.iterdir()) == ["liste.csv"]


def test_the_table_of_commands_speaks_it_too(lang: str) -> None:
    shown = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    for name in ("validate", "publish", "check", "receipts", "notices"):
        assert " ".join(str(TEXTS[lang][name]).split()[:4]) in shown


def keys() -> set[str]:
    """The keys of all calls of `said` with a text."""
    found = set()
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "said":
                found |= {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
    return found


COMPUTED = {
    "day", "kind-of-notice", "reference", "assistance_id", "case_id", "by", "submission_id",
    "records", "accepted", "duplicate", "rejected",
}  # fmt: skip
"""Columns of receipts and notices, by the names of their fields."""


@pytest.mark.parametrize("language", LANGS)
def test_each_text_is_said_and_each_that_is_said_is_there(language: str) -> None:
    assert keys() | COMPUTED == set(TEXTS[language])


def test_each_option_has_its_help_from_the_catalogue() -> None:
    group: Any = get_command(app)
    for name in ("validate", "publish", "check", "receipts", "notices"):
        for option in group.get_command(None, name).params:
            if option.name != "help":
                assert option.help, (name, option.name)
