"""The partner guide's code runs as it is written, against key servers and a broker."""

import re
from pathlib import Path
from typing import Any

import pytest

from events import codec
from tests.e2e.kit import Tekil, record
from tests.speech import told

GUIDE = Path(__file__).parents[2] / "docs" / "partner-guide.md"


def test_the_code_of_the_guide(
    tekil: Tekil, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    tekil.join("KIZ")
    tekil.programmes(("KIZ", "TEMEL", ""))
    for name in ("home", "port_base", "namespace", "assurance"):
        monkeypatch.setenv(f"TEKIL_{name.upper()}", str(getattr(tekil.settings, name)))
    _, _, mine = told("KIZ TEMEL k1 rent/cash/m 600 2026-11 R=P01")
    given: dict[str, Any] = {
        "path": tekil.write(record("TEMEL", "r1", "rent/cash/m 600", "2026-11", "R=P01")),
        "records": [codec.parse_record(codec.dumps(mine))],
    }
    exec(compile(code, str(GUIDE), "exec"), given)
    assert [row.disposition for row in given["rows"]] == ["accepted"]
    assert len(given["tokens"]) == 1
    assert capsys.readouterr().out.startswith("accepted {'verdict'")
