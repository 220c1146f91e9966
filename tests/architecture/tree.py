"""What lies in the repository."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "events", "infra", "keyserver", "producers", "processors", "projections",
    "office", "dashboards", "programs", "lab", "cli",
)  # fmt: skip
UNTRACKED = {".venv", ".tekil", ".git", "__pycache__", ".hypothesis", "build", "dist"}


def tracked() -> list[Path]:
    """All files under version control (in an archive without it: all but caches and state)."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        found = [ROOT / name for name in listed.split("\0") if name]
    else:
        found = [p for p in ROOT.rglob("*") if p.is_file() and not UNTRACKED & set(p.parts)]
    found = [path for path in found if path.is_file()]
    assert len(found) > 100, "a check that saw nothing fails"
    return found


def modules() -> list[Path]:
    """The Python files of our packages, tracked or new."""
    found = [p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))]
    assert len(found) > 50, "a check that saw nothing fails"
    return found
