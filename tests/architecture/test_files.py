"""What may not stand in the repository, and what must."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, modules, tracked

MAX_LINES = 400
LONGER = {
    "tests/contract/test_projections.py": "one running engine for all its tests",
    "tests/contract/test_clickhouse_http.py": "one running engine for all its tests",
}

# written in pieces, so that this file may itself be tracked
_REGISTRIES = (
    "pypi" + r"\.org",
    "pythonhosted" + r"\.org",
    "registry" + r"\.npmjs",
    "repo1?" + r"\.maven\.(apache\.)?org",
    "proxy" + r"\.golang",
    "static" + r"\.crates",
    "arti" + "factory",
    "--(extra-)?index" + "-url[ =]",
    "--find" + "-links[ =]",
)
_FOLDERS = "|".join(("ho" + "me", "ro" + "ot", "Us" + "ers", "wo" + "rk"))
_PLACES = (r"(?<![\w.~$}])/(" + _FOLDERS + r")/\w",)
_NAMES = (r"\banth" + r"ropic\b", r"\bcla" + r"ude\b", r"\bsand" + r"box-\w")
FORBIDDEN = re.compile("|".join((*_REGISTRIES, *_PLACES, *_NAMES)), re.IGNORECASE)


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of each tracked text file."""
    for path in tracked():
        if path.suffix in (".xlsx", ".png", ".ico", ".woff2", ".gz"):
            continue
        # lists in other encodings stand in tests/cases
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8", "surrogateescape")


def test_no_registry_no_machine_no_workplace() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:90]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "bites"),
    [
        ("see /ho" + "me/ayse/tekil", True),
        ("cd /wo" + "rk/main", True),
        ("--index" + "-url https://x", True),
        ("https://py" + "pi.org/simple", True),
        ("the frame" + "work/main part", False),
        ("$HOME/.tekil and ~/wo" + "rk/x", False),
        ("at home/office", False),
    ],
)
def test_the_pattern_bites(line: str, bites: bool) -> None:
    assert bool(FORBIDDEN.search(line)) == bites


# -- locks ---------------------------------------------------------------------------------------

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-partner.lock")
PEERS_LOCK = "requirements-peers.lock"  # an environment of its own: other versions are right


def locked(text: str) -> dict[str, str]:
    """Name → version of a lock. Raises ValueError where it is no lock."""
    found = {}
    for entry in re.split(r"\n(?=\S)", text.strip()):
        lines = [line.strip(" \\") for line in entry.splitlines() if line.strip(" \\")]
        if lines[0].startswith("#"):
            continue
        pin = re.fullmatch(r"([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;]+)(?: ;.*)?", lines[0])
        if pin is None:
            raise ValueError(f"not a pinned requirement: {lines[0]}")
        if not lines[1:] or not all(
            re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in lines[1:]
        ):
            raise ValueError(f"without hashes: {lines[0]}")
        found[pin[1]] = pin[2]
    return found


def test_locks_are_pinned_hashed_and_name_no_address() -> None:
    run, dev, partner = (locked((ROOT / name).read_text("utf-8")) for name in LOCKS)
    assert len(run) > 30
    assert partner.items() < run.items() <= dev.items()
    assert {"pytest", "ruff", "mypy", "hypothesis", "import-linter"} <= dev.keys() - run.keys()
    assert "quixstreams" in locked((ROOT / PEERS_LOCK).read_text("utf-8"))
    for name in (*LOCKS, PEERS_LOCK):
        assert "://" not in (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "a==1",
        "a>=1 \\\n    --hash=sha256:" + "0" * 64,
        "a==1 \\\n    --hash=md5:" + "0" * 32,
        "a @ https://example.org/a.whl",
        "--index" + "-url https://example.org\na==1 \\\n    --hash=sha256:" + "0" * 64,
    ],
)
def test_what_is_no_lock(text: str) -> None:
    with pytest.raises(ValueError, match=r"pinned|hashes"):
        locked(text)


# -- code ----------------------------------------------------------------------------------------


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Public names of a module without a docstring ('' is the module)."""
    if not ast.get_docstring(tree):
        yield ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _undocumented(node, "")


def _undocumented(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, above: str
) -> Iterator[str]:
    if node.name.startswith("_"):
        return
    if not ast.get_docstring(node):
        yield above + node.name
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _undocumented(inner, f"{above}{node.name}.")


def test_everything_public_says_what_it_is_for() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name or 'the module'}"
        for path in modules()
        for name in undocumented(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_the_search_for_docstrings_bites() -> None:
    text = "class A:\n  'a'\n  def b(self): ...\n  def _c(self): ...\nasync def d(): ...\n_e = 1\n"
    assert list(undocumented(ast.parse(text))) == ["", "A.b", "d"]


def lengths() -> dict[str, int]:
    """Lines of each tracked Python file."""
    return {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in {*tracked(), *modules()}
        if path.suffix == ".py"
    }


def test_files_are_short_or_say_why_not() -> None:
    found = {name: count for name, count in lengths().items() if count > MAX_LINES}
    assert {name: count for name, count in found.items() if name not in LONGER} == {}
    assert set(LONGER) - set(found) == set(), "short again: take them off the list"


def test_each_package_says_what_it_is() -> None:
    for name in PACKAGES:
        assert ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text("utf-8")))


def test_no_test_is_skipped_by_its_place() -> None:
    """Every tests/<kind>/test_*.py is in a package, so that equal names do not hide each other."""
    tests = ROOT / "tests"
    folders = {path.parent for path in tests.rglob("test_*.py")}
    assert len(folders) >= 5
    assert [f for f in folders if not (Path(f) / "__init__.py").exists()] == []
