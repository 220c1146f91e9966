"""The import contracts and the ban on clocks and dice hold, and bite."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

BIN = Path(sys.executable).parent
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
]
# contract's number → (module, import that it must not have)
VIOLATIONS = [
    (0, "events/money.py", "kafka"),
    (0, "events/sealing.py", "secrets"),
    (0, "events/journal.py", "infra.ports"),
    (1, "infra/ports.py", "producers.sdk"),
    (1, "producers/batching.py", "projections.tables"),
    (1, "projections/kinds.py", "processors.clock"),
    (1, "processors/receipts.py", "cli.partners"),
    (2, "processors/stages/base.py", "faust"),
    (2, "infra/kafka.py", "faust"),
    (3, "processors/registry/rules.py", "time"),
    (3, "processors/registry/links.py", "random"),
    (3, "processors/intake/decide.py", "os"),
    (3, "processors/overlay.py", "infra.rocksdb"),
    (4, "processors/stages/registry.py", "chdb"),
    (4, "producers/sdk.py", "clickhouse_connect"),
    (1, "office/cases.py", "dashboards.app"),
    (1, "lab/demo/plan.py", "cli.app"),
    (5, "office/cases.py", "processors.stages.base"),
    (5, "office/policies.py", "typer"),
    (5, "office/verifying/run.py", "processors.stages.registry"),
    (6, "dashboards/app.py", "processors.clock"),
    (6, "dashboards/queries.py", "producers.sdk"),
    (7, "dashboards/views/finding.py", "clickhouse_connect"),
    (7, "dashboards/views/overview.py", "flask"),
    (7, "dashboards/timeline.py", "time"),
    (7, "dashboards/formats.py", "infra.settings"),
    (8, "keyserver/oprf/threshold.py", "secrets"),
    (8, "keyserver/oprf/group.py", "infra.settings"),
    (9, "keyserver/server.py", "events.identity"),
    (9, "keyserver/quotas.py", "kafka"),
    (9, "keyserver/local.py", "producers.tokens"),
    (10, "producers/checking.py", "keyserver.folder"),
    (11, "keyserver/oprf/rfc9497.py", "pysodium"),
    (11, "cli/partners.py", "pysodium"),
    (1, "office/cases.py", "programs"),
    (1, "dashboards/door.py", "programs"),
    (2, "programs/__main__.py", "faust"),
    (10, "dashboards/door.py", "keyserver.folder"),
    (12, "office/cases.py", "typer"),
    (12, "programs/__main__.py", "typer"),
    (13, "office/cases.py", "flask"),
    (13, "producers/sdk.py", "uvicorn"),
    (13, "cli/partners.py", "dash"),
    (14, "projections/tables.py", "kafka"),
    (14, "cli/partners.py", "aiokafka"),
    (1, "infra/local/supervisor.py", "programs"),
    (1, "infra/local/keyservers.py", "keyserver.local"),
    (15, "lab/bench/simple/job.py", "events.codec"),
    (16, "lab/demo/plan.py", "processors.registry.rules"),
]


def lint(folder: Path) -> tuple[int, str]:
    """Exit code and words of lint-imports in a folder (one space for any white space)."""
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": "", "COLUMNS": "500", "LC_ALL": "C.UTF-8"},
    )
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


def test_contracts_hold() -> None:
    code, words = lint(ROOT)
    assert code == 0, words
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in words


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says of a copy of the tree with every violation in it."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    for _, module, imported in VIOLATIONS:
        with (copy / module).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {imported}\n")
    code, words = lint(copy)
    assert code == 1
    return words


def test_every_contract_has_a_violation_that_breaks_it(broken: str) -> None:
    assert {number for number, _, _ in VIOLATIONS} == set(range(len(CONTRACTS)))
    assert f"Contracts: 0 kept, {len(CONTRACTS)} broken." in broken


@pytest.mark.parametrize(("number", "module", "imported"), VIOLATIONS)
def test_violation_is_named_under_its_contract(
    broken: str, number: int, module: str, imported: str
) -> None:
    _, _, details = broken.partition("Broken contracts")
    places = [details.index(name) for name in CONTRACTS] + [len(details)]
    section = details[places[number] : places[number + 1]]
    source = module.removesuffix(".py").replace("/", ".")
    assert f"{source} -> {imported}" in section


# -- no clock, no dice, no environment -------------------------------------------------------------

IMPURE = [
    "import time\nx = time.time()\n",
    "from time import time\nx = time()\n",
    "from datetime import datetime\nx = datetime.now()\n",
    "import datetime\nx = datetime.datetime.now(datetime.UTC)\n",
    "from datetime import date\nx = date.today()\n",
    "import random\n",
    "from random import Random\n",
    "import secrets\n",
    "import uuid\nx = uuid.uuid4()\n",
    "import os\nx = os.environ\n",
    "import os\nx = os.getenv('X')\n",
]
PURE_FILES = ["events/new.py", "processors/new.py", "processors/registry/new.py"]
SHELLS = ["infra/new.py", "processors/stages/new.py"]


def ruff(path: str, text: str) -> str:
    """What ruff says of a text as if it stood at `path`."""
    return subprocess.run(
        [BIN / "ruff", "check", "--no-cache", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("text", IMPURE)
def test_a_pure_file_has_no_clock_dice_or_environment(text: str) -> None:
    for path in PURE_FILES:
        assert "TID251" in ruff(path, text), path


def test_a_shell_may() -> None:
    for path in SHELLS:
        assert "TID251" not in ruff(path, "".join(IMPURE))
    assert "TID251" not in ruff(PURE_FILES[0], "from datetime import date\nx = date(2026, 1, 1)\n")
