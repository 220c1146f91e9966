"""The launcher and the set-up script, on machines that lack something (played by fakes)."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TOOLS = ("sh", "dirname", "readlink", "sed", "head", "cut", "sha256sum", "cat", "mkdir", "env")


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


class Machine:
    """A copy of the scripts, and a PATH that holds only what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.calls = folder / "root", folder / "bin", folder / "calls"
        (self.root / "infra" / "local").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "tekil", self.root)
        shutil.copy(ROOT / "infra" / "local" / "setup.sh", self.root / "infra" / "local")
        (self.root / "requirements-dev.lock").write_text("x==1\n")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self.bin / tool).symlink_to(found)
        self.user(1000)
        # `python -m venv` and `pip install` are noted and make what the script looks for.
        # It says no to a search for libsodium where the test has taken that away.
        script(
            self.bin / "python3",
            f'echo "python3 $*" >>{self.calls}\n'
            f'case "$*" in *find_library*) [ ! -e {self.bin}/no-sodium ]; exit;; esac\n'
            f'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cat {self.bin}/venv-python '
            '>"$3/bin/python"; chmod 755 "$3/bin/python"; fi',
        )
        script(self.bin / "venv-python", f'echo "venv $*" >>{self.calls}')
        (self.bin / "chmod").symlink_to(str(shutil.which("chmod")))

    def user(self, number: int) -> None:
        script(self.bin / "id", f"echo {number}")

    def java(self, version: str) -> None:
        script(self.bin / "java", f"echo 'openjdk version \"{version}\"' >&2")

    def maven(self) -> None:
        script(self.bin / "mvn", "true")

    def run(
        self, program: str, *arguments: str, cwd: Path | None = None, **more: str
    ) -> tuple[int, str]:
        done = subprocess.run(
            [str(self.root / program), *arguments],
            env={"PATH": str(self.bin), "JAVA_HOME": "/none", "TEKIL_JVM_FOLDER": "/none", **more},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


SETUP = "infra/local/setup.sh"


def test_launcher_without_an_environment_says_make_setup(machine: Machine) -> None:
    code, said = machine.run("tekil", "up")
    assert code == 3
    assert "make setup" in said


def test_launcher_keeps_the_callers_folder_and_finds_its_root(
    machine: Machine, tmp_path: Path
) -> None:
    python = machine.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (machine.bin / "pwd").symlink_to(str(shutil.which("pwd")))
    script(python, 'echo "$(pwd)|$TEKIL_HOME|$PYTHONPATH|$*"')
    link = tmp_path / "link"
    link.symlink_to(machine.root / "tekil")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code, said = machine.run("../link", "validate", "a b.xlsx", cwd=elsewhere)
    assert (code, said.strip()) == (
        0,
        f"{elsewhere}|{machine.root}/.tekil|{machine.root}|-P -m cli validate a b.xlsx",
    )
    _, said = machine.run("tekil", "x", cwd=elsewhere, TEKIL_HOME="/other")
    assert said.split("|")[1] == "/other"


def test_a_user_is_told_the_one_command(machine: Machine) -> None:
    machine.java("17.0.1")
    code, said = machine.run(SETUP)
    assert code == 3
    assert "missing: maven." in said
    assert "apt-get install -y maven default-jre-headless python3-venv libsodium23\n" in said
    assert not [call for call in machine.called() if "pip install" in call]


def test_root_installs_what_is_missing_and_refreshes_lists_only_then(machine: Machine) -> None:
    machine.user(0)
    machine.java("21.0.1")
    # The first install fails, as with empty package lists; after an update it works.
    script(
        machine.bin / "apt-get",
        f'echo "apt-get $*" >>{machine.calls}\n'
        f'[ "$1" = update ] && touch {machine.root}/updated\n'
        f'[ "$1" = update ] || [ -e {machine.root}/updated ]',
    )
    (machine.bin / "touch").symlink_to(str(shutil.which("touch")))
    code, said = machine.run(SETUP)
    assert code == 0, said
    asked = [call for call in machine.called() if call.startswith("apt-get")]
    install = "apt-get install -y -q --no-install-recommends maven"
    assert asked == [install, "apt-get update -q", install]


def test_the_lock_is_installed_once(machine: Machine) -> None:
    machine.java("17.0.1")
    machine.maven()
    assert machine.run(SETUP)[0] == 0
    first = machine.called()
    assert any("pip install" in call and "--require-hashes" in call for call in first)
    stamp = (machine.root / ".venv" / "tekil-lock.sha256").read_text().strip()
    lock = machine.root / "requirements-dev.lock"
    assert stamp == hashlib.sha256(lock.read_bytes()).hexdigest()

    assert machine.run(SETUP)[0] == 0
    assert not any("pip install" in call for call in machine.called()[len(first) :])

    lock.write_text("x==2\n")
    assert machine.run(SETUP)[0] == 0
    assert any("pip install" in call for call in machine.called()[len(first) :])


def test_an_interrupted_installation_is_done_again(machine: Machine) -> None:
    machine.java("17.0.1")
    machine.maven()
    script(machine.bin / "venv-python", "exit 9")
    assert machine.run(SETUP)[0] == 9
    assert not (machine.root / ".venv" / "tekil-lock.sha256").exists()


def test_an_existing_kafka_needs_no_maven(machine: Machine) -> None:
    machine.java("17.0.1")
    assert machine.run(SETUP, KAFKA_HOME="/opt/kafka")[0] == 0


def test_libsodium_is_looked_for_as_its_binding_does(machine: Machine) -> None:
    machine.java("17.0.1")
    machine.maven()
    (machine.bin / "no-sodium").touch()
    code, said = machine.run(SETUP)
    assert (code, "missing: libsodium23." in said) == (3, True)
    assert not [call for call in machine.called() if "pip install" in call]

    (machine.bin / "no-sodium").unlink()
    assert machine.run(SETUP)[0] == 0
    asked = next(call for call in machine.called() if "find_library" in call)
    assert 'find_library("sodium")' in asked


def test_an_old_java_is_missing(machine: Machine) -> None:
    machine.java("11.0.1")
    machine.maven()
    code, said = machine.run(SETUP)
    assert (code, "default-jre-headless" in said) == (3, True)


def test_scripts_are_executable() -> None:
    for name in ("tekil", SETUP, ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), name
