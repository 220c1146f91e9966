"""Outages of the machine below a running system: nothing is lost, and all goes on by itself.

One system for all, on a disk of its own; each test leaves it running.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import programs
from infra import web
from infra.local import children, kafka, supervisor
from infra.local.processes import identify
from infra.settings import Settings
from lab.bench.ports import claim_port_base
from office import bootstrap
from tests.disks import Disk, NoDisk, mounted
from tests.e2e.fleet import FIRST_DAY
from tests.e2e.kit import Tekil, record

WORDS = ("basic-needs/cash/m 6000", "2026-05", "R=P01 M=P02")
PATIENCE_SECONDS = 300.0
PAUSED = {"TEKIL_DISK_STOP_PERCENT": "50"}
"""Of a small disk half is the limit, so that what is left is enough for a moment of everything."""


class System:
    """The running system and its disk."""

    def __init__(self, tekil: Tekil, disk: Disk | str) -> None:
        self.tekil, self.disk = tekil, disk
        self.settings = tekil.settings
        self.lists = 0

    def rows(self) -> list[dict[str, Any]]:
        """A new record about the same family."""
        self.lists += 1
        return record("TEMEL", f"k{self.lists}", *WORDS)

    def status(self) -> dict[str, Any]:
        """`tekil status --json`."""
        found: dict[str, Any] = self.tekil.run("status", "--json", ok=(0, 3)).json
        return found

    def states(self) -> dict[str, str]:
        """Process → word."""
        return {row["name"]: row["state"] for row in self.status()["processes"]}

    def detail(self, name: str) -> str:
        """What is said of a process."""
        rows = self.status()["processes"]
        return str(next(row["detail"] for row in rows if row["name"] == name))

    def pid(self, name: str) -> int:
        """Of a process that runs."""
        found = next(c.pid for c in supervisor.status(self.settings) if c.name == name)
        assert found is not None
        return found

    def is_well(self) -> bool:
        """Whether `tekil status` has nothing to complain of."""
        return self.tekil.run("status", ok=(0, 3)).code == 0

    def ends(self, name: str, then: Callable[[], None]) -> None:
        """Kill a stage, and do something before the supervisor starts it again."""
        stage, above = identify(self.pid(name)), self.pid("supervisor")
        assert stage is not None
        os.kill(above, signal.SIGSTOP)
        try:
            os.kill(stage.pid, signal.SIGKILL)
            wait_for(lambda: not stage.is_alive())
            then()
        finally:
            os.kill(above, signal.SIGCONT)

    def log(self, name: str) -> str:
        """What a process has logged."""
        return children.log_path(self.settings, name).read_text()


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("outages")
    with ExitStack() as stack:
        for name, value in PAUSED.items():
            stack.enter_context(pytest.MonkeyPatch.context()).setenv(name, value)
        disk: Disk | str
        try:
            disk = stack.enter_context(mounted(folder / "disk"))
        except NoDisk as reason:
            disk = str(reason)
        home = folder / "disk" / "home"
        settings = Settings(
            home=home, port_base=claim_port_base(), assurance="hmac", session_timeout_seconds=6.0
        )

        def prepare() -> None:
            bootstrap.prepare(
                settings, test_mode=True, first_day=FIRST_DAY, progress=lambda _text: None
            )

        try:
            programs.up(settings, lambda _text: None, prepare)
            tekil = Tekil(settings, folder)
            tekil.join("KIZ")
            tekil.programmes(("KIZ", "TEMEL", ""))
            found = System(tekil, disk)
            for _ in range(2):  # a family that is paid twice: a finding
                found.tekil.publish("KIZ", found.rows())
            yield found
        finally:
            supervisor.down(settings)


def test_status_is_well_and_lists_a_port_for_each_process(system: System) -> None:
    wait_for(system.is_well)
    rows = system.status()["processes"]
    assert [row["name"] for row in rows] == [
        "supervisor", "broker", "clickhouse", "intake", "registry", "receipts", "projector", "page",
    ]  # fmt: skip
    ports = [int(row["health"].split(":")[2].split("/")[0]) for row in rows]
    assert ports == list(range(ports[0], ports[0] + 8))
    assert ports[0] == system.settings.port_base + 21
    for row in rows:
        for path in ("/health", "/ready"):
            wait_for(partial(web.answers, row["health"].replace("/health", path)))
    for name in ("intake", "registry", "receipts", "projector"):
        wait_for(partial(has_caught_up, system, name))


def has_caught_up(system: System, name: str) -> bool:
    """Whether a stage says that it stands at the end of what it reads."""
    told = said_by(system, name)
    return bool(told["word"]) and told["position"] == told["end"] > 0


def test_a_frozen_stage_is_told_and_goes_on(system: System) -> None:
    pid = system.pid("registry")
    os.kill(pid, signal.SIGSTOP)
    try:
        assert system.states()["registry"] == "frozen"
        assert not web.answers(f"http://127.0.0.1:{system.settings.health_port('registry')}/health")
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: system.states()["registry"] == "running")


def test_a_full_disk_pauses_intake_and_ends_nothing(system: System) -> None:
    if isinstance(system.disk, str):
        pytest.skip(system.disk)
    supervised = system.pid("supervisor")
    system.disk.fill(left_kib=400)
    assert system.status()["disk"]["level"] == "full"
    path = str(system.tekil.write(system.rows()))
    refused = system.tekil.run("publish", path, "--org", "KIZ", ok=(3,))
    assert "The disk is full" in refused.err
    assert "Nothing was sent" in refused.err
    partner = elsewhere(system, "publish", path, "--org", "KIZ", "--json")
    try:
        wait_for(lambda: "takes nothing: the disk is full" in system.log("intake"))
        wait_for(lambda: said_by(system, "intake")["word"] == "blocked")
        assert "the disk is full" in said_by(system, "intake")["reason"]
        # and now not one byte more: the broker halts at the next that it is given
        broker = identify(system.pid("broker"))
        assert broker is not None
        system.disk.fill()
        wait_for(lambda: not broker.is_alive())
        assert system.states()["broker"] in ("restarting", "starting")
        assert partner.poll() is None, "it waits"
    finally:
        system.disk.make_room()
    out, _ = partner.communicate(timeout=PATIENCE_SECONDS)
    wait_for(system.is_well)
    if partner.returncode:  # the broker went down with it in its hands: it is sent again
        assert partner.returncode == 3
        out = system.tekil.run("publish", path, "--org", "KIZ", "--json").out
    assert {answer["disposition"] for answer in json.loads(out)} <= {"accepted", "duplicate"}
    assert system.pid("supervisor") == supervised
    everything_is_there(system)


def elsewhere(system: System, *words: str) -> subprocess.Popen[str]:
    """A command of a partner whose own disk is not the system's."""
    settings = system.settings.model_copy(update={"disk_stop_percent": 0.0})
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *words],
        env=children.child_environment(settings),
        cwd=children.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def said_by(system: System, name: str) -> dict[str, Any]:
    """What a stage says itself, without asking the others."""
    found = web.ask(f"http://127.0.0.1:{system.settings.health_port(name)}/health")
    heart: dict[str, Any] = json.loads(found[1])["hearts"][0] if found else {"word": ""}
    return heart


def everything_is_there(system: System) -> None:
    """As many records as were published, and all counts agree."""
    [row] = system.tekil.query("SELECT count() AS n FROM v1_assistance")
    assert int(row["n"]) == system.lists
    system.tekil.conserved()


def test_a_folder_of_clickhouse_that_vanished_is_made_anew(system: System) -> None:
    system.tekil.query("SELECT 1")
    shutil.rmtree(system.settings.root / "clickhouse")
    wait_for(lambda: "was removed" in system.log("clickhouse"))
    wait_for(lambda: "made anew" in system.log("projector"))
    wait_for(lambda: said_by(system, "projector")["word"] == "running")
    everything_is_there(system)


def test_a_damaged_store_is_set_aside_and_folded_anew(system: System) -> None:
    folder = system.settings.stage_folder("registry")
    findings = system.tekil.query("SELECT * FROM v1_findings ORDER BY finding_id")
    assert findings

    def damage() -> None:
        for manifest in folder.glob("MANIFEST-*"):
            manifest.write_bytes(b"no manifest")

    system.ends("registry", damage)
    wait_for(lambda: "set aside as registry.damaged, folded anew" in system.log("registry"))
    wait_for(lambda: "removed registry.damaged" in system.log("registry"))
    assert not list(folder.parent.glob("registry.damaged"))
    answers = system.tekil.publish("KIZ", system.rows())
    assert {answer["disposition"] for answer in answers} == {"accepted"}
    kept = {row["finding_id"] for row in findings}
    after = system.tekil.query("SELECT * FROM v1_findings ORDER BY finding_id")
    assert [row for row in after if row["finding_id"] in kept] == findings
    everything_is_there(system)


def test_a_flipped_byte_in_a_file_of_the_log_is_named(system: System) -> None:
    """Last, as the stage stays stopped until an operator has put the file right."""
    (segment,) = (system.settings.root / "broker" / "data" / "aid-journal-0").glob("*.log")
    state = system.settings.stage_folder("registry")

    def flip() -> None:
        shutil.rmtree(state)  # so that it reads all of it again
        content = bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 1
        with Path(segment).open("r+b") as file:
            file.write(content)

    system.ends("registry", flip)
    wait_for(lambda: system.states()["registry"] == "stopped")
    said = system.detail("registry")
    assert re.search(r"registry at aid-journal:\d+: .*Invalid CRC", said), said
    assert "A file of the broker's log is damaged" in said
    assert kafka.is_ready(system.settings)
