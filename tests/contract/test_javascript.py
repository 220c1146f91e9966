"""An RFC 9497 client that is not ours, in JavaScript, makes the tokens that Tekil makes."""

from pathlib import Path

import events
from tests.javascript import run

VECTORS = Path(str(events.__file__)).parent / "vectors" / "tokens.json"


def test_the_published_vectors() -> None:
    found = run("vectors.mjs", str(VECTORS))
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == "8 tokens agree, with each pair of servers\n"


def test_a_changed_vector_is_noticed(tmp_path: Path) -> None:
    """So that the agreement above is no accident of a script that looks at nothing."""
    token = "93fbd0e12c5de6ba9be739867b41a103"
    text = VECTORS.read_text("utf-8")
    assert token in text
    other = tmp_path / "tokens.json"
    other.write_text(text.replace(token, token[::-1]), "utf-8")
    found = run("vectors.mjs", str(other))
    assert found.returncode == 1
    assert "tr.tckimlik with servers 1,2" in found.stderr
