"""The wheel in an empty environment: a partner installs its own part, and publishes a list."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from producers.anchor import anchor_path
from producers.tokenising.pinned import EPOCHS_FILE
from tests.architecture.test_files import locked
from tests.architecture.tree import ROOT, tracked
from tests.e2e.kit import Tekil, record

PARTNER_LOCK = ROOT / "requirements-partner.lock"
OTHERS = {"faust-streaming", "aiokafka", "chdb", "dash", "flask", "fastapi", "clickhouse-connect"}


def pip(*words: str | Path) -> None:
    """Run this environment's pip; AssertionError with its words if it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`bin` of an empty environment with `tekil[partner]`, from the wheel and its lock."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked():
        target = folder / "source" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    pip("wheel", "-q", "--no-build-isolation", "--no-deps", "-w", folder, folder / "source")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True, timeout=60
    )
    made = folder / "venv" / "bin"
    there = ("--python", made / "python", "install", "-q", "--no-deps", "--no-compile")
    pip(*there, "--require-hashes", "-r", PARTNER_LOCK)
    pip(*there, "--no-index", next(folder.glob("tekil-*.whl")))
    pip("--python", made / "python", "check")  # the lock has everything that it needs
    return made


def test_a_partner_gets_its_own_part(installed: Path) -> None:
    code = (
        "import importlib.metadata as m, json;"
        "print(json.dumps([d.metadata['Name'] for d in m.distributions()]))"
    )
    found = subprocess.run([installed / "python", "-c", code], capture_output=True, check=True)
    names = {name.lower().replace("_", "-") for name in json.loads(found.stdout)}
    assert names - {"tekil"} <= locked(PARTNER_LOCK.read_text("utf-8")).keys()
    assert {"tekil", "kafka-python", "httpx", "typer"} <= names
    assert not names & OTHERS


def test_it_publishes_a_list(installed: Path, tekil: Tekil, tmp_path: Path) -> None:
    """With its key, the file of the system's keys, the pinned epochs, and where the others are."""
    tekil.join("KIZ")
    tekil.programmes(("KIZ", "TEMEL", ""))
    settings = tekil.settings
    theirs = settings.folder("keys")
    keys = tmp_path / "home" / "keys" / settings.namespace
    keys.mkdir(parents=True)
    for path in (*theirs.glob("*KIZ*"), theirs / EPOCHS_FILE):
        shutil.copy(path, keys)
    anchor = anchor_path(settings.model_copy(update={"home": tmp_path / "home"}), "KIZ")
    anchor.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(anchor_path(settings, "KIZ"), anchor)
    given = tekil.write(record("TEMEL", "k1", "basic-needs/cash/m 6000", "2026-05", "R=P01 M=P02"))
    environment = {
        "PATH": os.environ["PATH"],
        "TEKIL_HOME": str(tmp_path / "home"),
        "TEKIL_NAMESPACE": settings.namespace,
        "TEKIL_KAFKA_BOOTSTRAP": settings.bootstrap,
        "TEKIL_KEYSERVERS": ",".join(settings.keyserver_urls),
    }
    done = subprocess.run(
        [installed / "tekil", "publish", given, "--org", "KIZ", "--json"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row["disposition"] for row in json.loads(done.stdout)] == ["accepted"] * 2
    [row] = tekil.query("SELECT count() AS n FROM v1_assistance")
    assert int(row["n"]) == 1
