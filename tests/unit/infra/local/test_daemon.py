"""The supervisor on a machine that refuses: a full or read-only disk, no more files."""

import errno
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from infra.local.children import STATUS_FILE, Child, Plan, State, read_json
from infra.local.daemon import Daemon
from infra.settings import Settings
from tests.disks import Disk, disk_at

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def supervisor(home: Path, log: Path) -> Daemon:
    found = Daemon(Settings(home=home), Plan({}, {}))
    found.children = [Child("sleeper", SLEEPER, log)]
    return found


def turn(one: Daemon, run: Path) -> None:
    """As a turn of its loop."""
    one.guarded(one._look_at_disk)
    for child in one.children:
        one.guarded(partial(one._tend, child, {}))
    one.guarded(partial(one._write_status, run))


@pytest.mark.parametrize("trouble", [Disk.fill, Disk.protect])
def test_a_disk_that_takes_nothing_ends_neither_it_nor_its_children(
    tmp_path: Path, trouble: Callable[[Disk], None], capfd: pytest.CaptureFixture[str]
) -> None:
    with disk_at(tmp_path / "disk") as disk:
        (disk.folder / "file").write_bytes(bytes(8192))
        one = supervisor(disk.folder, disk.folder / "new" / "sleeper.log")
        run = one.settings.folder("run")
        (child,) = one.children
        trouble(disk)
        for _ in range(3):
            turn(one, run)
            child.next_start = 0.0
        assert child.state is State.RESTARTING
        assert not (run / STATUS_FILE).exists()
        said = capfd.readouterr().out
        assert "the disk is " in said or "refused" in said
        disk.make_room()
        child.log.parent.mkdir()
        turn(one, run)
        try:
            (told,) = (read_json(run / STATUS_FILE) or {})["children"]
            assert told["state"] == State.RUNNING
            assert child.process is not None
            assert told["pid"] == child.process.pid
        finally:
            one._stop_children(["sleeper"], 5)


def test_a_child_that_could_not_be_identified_is_no_second_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file could be opened right after the start: the child is there, and stays the one."""
    one = supervisor(tmp_path, tmp_path / "sleeper.log")
    run = one.settings.folder("run")
    (child,) = one.children

    def no_files(_pid: int) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr("infra.local.children.identify", no_files)
        turn(one, run)
    process = child.process
    assert (child.state, child.identity) == (State.RUNNING, None)
    assert process is not None
    try:
        turn(one, run)
        assert child.process is process
        assert child.identity is not None
        assert child.identity.pid == process.pid
    finally:
        one._stop_children(["sleeper"], 5)


NO_FILES = """
import resource, sys, time
from pathlib import Path
from infra.local.children import State
from tests.unit.infra.local.test_daemon import supervisor, turn

home = Path(sys.argv[1])
one = supervisor(home, home / "sleeper.log")
run = one.settings.folder("run")
(child,) = one.children
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))
for _ in range(3):
    turn(one, run)
    child.next_start = 0.0
print(child.state, (run / "status.json").exists())
resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
turn(one, run)
print(child.state, (run / "status.json").exists())
one._stop_children(["sleeper"], 5)
"""


def test_without_files_to_open_it_goes_on(tmp_path: Path) -> None:
    """For real, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", NO_FILES, str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120, cwd=Path(__file__).parents[4],
    )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if line.startswith(tuple(State))]
    assert said == ["restarting False", "running True"], done
    assert "too many files are open" in done.stdout


def test_a_start_that_is_refused_is_tried_again_later(tmp_path: Path) -> None:
    one = supervisor(tmp_path, tmp_path / "missing" / "sleeper.log")
    (child,) = one.children
    now = time.monotonic()
    waits = []
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            child.start({}, now)
        waits.append(round(child.next_start - now, 1))
    assert waits == [0.2, 0.4, 0.8]
    assert child.restarts == 0, "it never ran"
