"""`python -m cli.workers`: a stage by its name, and no other word."""

import subprocess
import sys

import pytest

from cli import workers


@pytest.mark.parametrize("words", [[], ["nonsense"], ["intake", "registry"]])
def test_other_words_are_answered_with_the_usage(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["workers", *words])
    with pytest.raises(SystemExit, match=r"usage: .*intake\|registry\|receipts\|projector"):
        workers.main()


def test_no_stage_waits_for_what_it_does_not_use() -> None:
    program = (
        "import sys; import cli.workers;"
        "print(*sorted({'typer', 'rich', 'dash', 'faust', 'clickhouse_connect'} & {*sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.split() == []
