"""Every command of docs/runbook.md: run here as it is written, or listed with what runs it, or why
nothing does.
"""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from events.catalog import Topic
from events.model import SigningStage
from infra.local import children
from keyserver import holder, local, sealed
from producers import keys
from projections.writer import wait_until_current
from tests.e2e import forging
from tests.e2e.kit import PERSONS, Tekil, record
from tests.keyservers import CHEAP

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "docs" / "runbook.md"
BEGIN = re.compile(
    r"(?:\./)?tekil |curl |rm |cp |kill |mount |ulimit |dmesg|export |TEKIL_\w+=\S+ python"
)
"""How a command begins, where it stands in a sentence."""
NUMBERED = re.compile(r"(?: {4}| {7})(?=\S)")
WORDS = ("basic-needs/cash/m 6000", "2026-05", "R=P01 M=P02")

FORGED = "tests/e2e/test_forged.py"
ELSEWHERE = {
    "tekil rebuild intake": f"{FORGED}::test_a_rebuild_comes_to_the_same",
    "tekil rebuild clickhouse": f"{FORGED}::test_a_rebuild_comes_to_the_same",
    "tekil rebuild all": f"{FORGED}::test_a_rebuild_comes_to_the_same",
    "tekil erase carry-out": f"{FORGED}::test_what_both_bodies_erase_is_gone",
    "tekil keyserver run N --folder ks": "tests/contract/test_keyserver.py",
    "TEKIL_WORKER=b python -m programs registry": "tests/chaos/test_short.py",
    "kill -CONT PID": "tests/e2e/test_outages.py::test_a_frozen_stage_is_told_and_goes_on",
    "kill -9 PID": "tests/chaos/test_short.py",
    "tekil epoch open e2": "tests/e2e/test_epoch_commands.py",
    "tekil epoch close e1": "tests/e2e/test_epoch_commands.py",
    "tekil policy set FILE --retroactive --dry-run": "tests/e2e/test_governing.py",
    "tekil release ORG SUBMISSION": "tests/e2e/test_bad_input.py",
}  # fmt: skip
"""Command → the test that runs it on a system of its own."""
NOT_RUN = {
    "mount -o remount,rw PLACE": "needs a disk that the kernel made read-only",
    "ulimit -n": "a setting of the shell that starts the system",
    "dmesg": "the kernel's log is not ours",
    '[{"epoch": "e1", "public_key": "64 hex digits"}]': "the content of a file",
    "15 3 * * * cd TEKIL && tekil keyserver report": "needs a crontab; the command itself is run",
    "tekil keygen ADMIN": "there is one: `tekil up` made it",
}
"""Command → why no test can run it."""


def commands() -> list[str]:
    """All commands of the runbook: lines of code, and what stands in backticks."""
    lines = re.sub(r"\\\n +", " ", BOOK.read_text("utf-8")).splitlines()
    found = [normal(NUMBERED.sub("", line, count=1)) for line in lines if NUMBERED.match(line)]
    prose = "\n".join(line for line in lines if not NUMBERED.match(line))
    quoted = [" ".join(piece.split()) for piece in re.findall(r"`([^`]+)`", prose)]
    found += [normal(one) for one in quoted if BEGIN.match(f"{one} ") and "…" not in one]
    return list(dict.fromkeys(found))


def normal(command: str) -> str:
    """On one line, without its remark and its ./"""
    line = re.sub(r"\s{2,}# .*", "", " ".join(command.split("\n")))
    return re.sub(r"(^|&& )\./", r"\1", " ".join(line.split()))


class Book:
    """Runs commands of the runbook, and remembers which."""

    def __init__(self, tekil: Tekil) -> None:
        self.tekil, self.known, self.ran = tekil, commands(), set[str]()

    def text(self, command: str, **values: object) -> str:
        """A command with what stands for its capitals. AssertionError if it is not in the book."""
        assert command in self.known, f"the runbook does not say: {command}"
        self.ran.add(command)
        for name, value in values.items():
            before = command
            command = re.sub(rf"(?<!\w){name}(?!\w)", str(value), command)
            assert command != before, name
        return command

    def tekil_says(self, command: str, **values: object) -> str:
        """Run a command of ours in this process; what it printed."""
        return self.says(self.text(command, **values))

    def says(self, line: str, ok: tuple[int, ...] = (0,)) -> str:
        """The same of a line that `text` made."""
        words = shlex.split(line)
        assert words[0] == "tekil"
        said = self.tekil.run(*words[1:], ok=ok)
        return said.out + said.err

    def typed(self, command: str, answer: str, **values: object) -> None:
        """Run a command of ours that asks for something."""
        words = shlex.split(self.text(command, **values))
        env = children.child_environment(self.tekil.settings)
        done = CliRunner().invoke(app, words[1:], input=f"{answer}\n", env=env)
        assert done.exit_code == 0, done.output

    def shell(self, command: str, **values: object) -> str:
        """Run a line in a shell, in this system's environment; what it printed."""
        line = re.sub(r"(^|&& )tekil", r"\1./tekil", self.text(command, **values))
        done = subprocess.run(
            ["bash", "-euc", line],
            cwd=ROOT,
            env=children.child_environment(self.tekil.settings),
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture(scope="module")
def book(shared: Tekil) -> Book:
    """A system in which one family was paid twice."""
    shared.join("KIZ", "STK")
    shared.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    shared.publish("KIZ", record("TEMEL", "k1", *WORDS))
    shared.publish("STK", record("NAKIT", "s1", *WORDS))
    assert len(shared.open_rows()) == 1
    return Book(shared)


def test_looking(book: Book) -> None:
    assert "integrity" in book.tekil_says("tekil status")
    [worker] = [one for one in book.tekil.run("status", "--json").json["processes"]
                if one["name"] == "all"]  # fmt: skip
    line = "curl -s http://127.0.0.1:18025/ready"
    url = line.rpartition(" ")[2]
    said = book.shell(line, **{re.escape(url): worker["health"].replace("health", "ready")})
    assert json.loads(said)["hearts"]
    book.tekil_says("tekil tick --as-of DATE", DATE="2026-11-23")
    made = book.tekil_says("tekil page-password")
    assert "device" in made


def test_foreign_messages(book: Book) -> None:
    settings = book.tekil.settings
    forging.write(settings, Topic.JOURNAL, b"from a stranger")
    book.tekil.publish("KIZ", record("TEMEL", "k2", "food/cash/m 60", "2026-05", "R=P05"))
    assert wait_until_current(settings)
    asked = (
        'tekil query "SELECT topic, org, kind, count(), min(message_offset), max(message_offset),'
        ' max(day) FROM v1_foreign_messages GROUP BY topic, org, kind"'
    )
    assert "journal" in book.tekil_says(asked)
    seen = "grep 'do not count' \"${TEKIL_HOME:-.tekil}\"/logs/projector.log"
    log = children.log_path(settings, "all").relative_to(settings.root)
    assert book.shell(seen, **{"logs/projector.log": log})
    assert book.tekil_says("tekil verify")
    (looked,) = [one for one in book.known if one.startswith(".venv/bin/python -c")]
    assert "(" in book.shell(looked)


def test_states_and_copies(book: Book, tmp_path: Path) -> None:
    settings = book.tekil.settings
    before = book.tekil.open_rows()
    (settings.folder("state") / "registry.stops").write_text("{}")
    book.shell(
        'rm "${TEKIL_HOME:-.tekil}"/state/*.stops && tekil down && tekil up',
        state=f"state/{settings.namespace}",
    )
    book.ran |= {"tekil down", "tekil up"}
    assert not list(settings.folder("state").glob("*.stops"))
    assert "checks agree" in book.tekil_says("tekil rebuild registry")
    assert book.tekil.open_rows() == before
    book.shell('cp -a "${TEKIL_HOME:-.tekil}/broker/data" COPY', COPY=tmp_path / "copy")
    assert list((tmp_path / "copy").glob("*aid-journal-0/*.log"))


def test_keys_of_stages_partners_and_people(book: Book) -> None:
    tekil = book.tekil
    assert "intake" in book.tekil_says("tekil stage-key list")
    assert "has a key" in book.tekil_says("tekil stage-key begin")
    [old] = [one for one in tekil.run("stage-key", "list", "--json").json
             if one["stage"] == SigningStage.RECEIPTS]  # fmt: skip
    book.tekil_says("tekil stage-key rotate STAGE", STAGE="receipts")
    book.tekil_says("tekil stage-key end KEY", KEY=old["key_id"])

    tekil.join("OLD")
    public = keys.load_public_key(tekil.settings, "OLD")
    book.tekil_says("tekil partner revoke ORG PUBLIC_KEY", ORG="OLD", PUBLIC_KEY=public)
    adding = book.text("tekil partner add ORG --mailbox ADDRESS", ORG="OLD", ADDRESS="a@b.cd")
    assert "revoked-key" in book.says(adding, ok=(1,))
    tekil.run("account", "add", "ayse", "--role", "administrator")
    command = "tekil account revoke USER --role ROLE [--org ORG]"
    book.says(book.text(command, USER="ayse", ROLE="administrator").partition(" [")[0])
    assert "e1" in book.tekil_says("tekil epoch status")
    book.typed("tekil quarantine", PERSONS["P20"])
    book.text("tekil keyserver report")  # a namespace has to say which
    tekil.run("keyserver", "report", "--server", "1")
    book.text("tekil keygen ORG", ORG="OLD")  # `join` did


def test_policies_and_erasures(book: Book) -> None:
    tekil = book.tekil
    path = tekil.folder / "policy.json"
    path.write_text(json.dumps({"in_force_from": "2027-01-01", "rules": {"reservation_days": 20}}))
    tekil.run("policy", "propose", str(path))
    assert "reservation_days" in book.tekil_says("tekil policy show --proposed")
    book.tekil_says("tekil policy sign VERSION", VERSION=2)

    rows = tekil.query("SELECT assistance_id AS id, org FROM v1_assistance ORDER BY org")
    ids = {row["org"]: row["id"] for row in rows}
    one, other = ids["KIZ"], ids["STK"]
    book.tekil_says(
        "tekil erase records ORG assistance ID --reason request --propose", ORG="KIZ", ID=one
    )
    assert "request" in book.tekil_says("tekil erase list")
    (said,) = tekil.run("erase", "list", "--json").json
    book.tekil_says("tekil erase sign ERASURE_ID", ERASURE_ID=said["erasure_id"])
    book.tekil_says("tekil erase records ORG assistance ID --reason request", ORG="STK", ID=other)
    assert {one["counts"] for one in tekil.run("erase", "list", "--json").json} == {True}


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Key servers whose passphrases are tried fast, in a folder of their own."""
    for function in (holder.make, local.make_locally):
        defaults = tuple(CHEAP if d is sealed.COST else d for d in function.__defaults__ or ())
        monkeypatch.setattr(function, "__defaults__", defaults)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "passphrase.txt").write_text("of all three\n")
    (tmp_path / "cert.pem").write_text("")
    monkeypatch.setenv("TEKIL_KEYSERVER_PASSPHRASE_FILE", "passphrase.txt")
    return tmp_path


DEAL = "tekil keyserver deal e1 public1.json public2.json public3.json --folder ks --out dealN.json"
REFRESH = "tekil keyserver refresh e1 --folder FOLDER --out refresh-N.json"
APPLY = (
    "tekil keyserver apply refresh-1.json refresh-2.json refresh-3.json --folder FOLDER"
    " --out said-N.json"
)
RECOVER = (
    "tekil keyserver recover mask-1.json mask-2.json --help-file help-1.json"
    " --help-file help-2.json --folder LOST"
)
SERVERS = (1, 2, 3)


def test_key_servers_elsewhere(book: Book, cheap: Path) -> None:
    """The ceremony, a refresh and a recovery, by the book's lines."""
    for n in SERVERS:
        book.tekil_says("tekil keyserver init N --folder ks", N=n, ks=f"ks{n}")
        (cheap / f"public{n}.json").write_bytes((cheap / f"ks{n}" / "public.json").read_bytes())
    for n in SERVERS:
        book.tekil_says(DEAL, ks=f"ks{n}", dealN=f"deal{n}")
    join = "tekil keyserver join deal1.json deal2.json deal3.json --folder ks"
    assert "fingerprint" in [book.tekil_says(join, ks=f"ks{n}") for n in SERVERS][-1]
    for last in (
        "tekil keyserver confirm e1 said-1.json said-2.json said-3.json --folder FOLDER",
        "tekil keyserver abandon e1 --folder FOLDER",
    ):
        for n in SERVERS:
            book.tekil_says(REFRESH, FOLDER=f"ks{n}", N=n)
        for n in SERVERS:
            book.tekil_says(APPLY, FOLDER=f"ks{n}", N=n)
        for n in SERVERS:
            book.tekil_says(last, FOLDER=f"ks{n}")

    for path in (cheap / "ks3" / "shares").glob("e1.*"):
        path.unlink()
    mask = "tekil keyserver recovery-deal e1 LOST --folder H1 --out mask-1.json"
    giving = "tekil keyserver help-recover mask-1.json mask-2.json --folder H1 --out help-1.json"
    for n in (1, 2):
        book.says(book.text(mask, LOST=3, H1=f"ks{n}").replace("mask-1", f"mask-{n}"))
    for n in (1, 2):
        book.says(book.text(giving, H1=f"ks{n}").replace("help-1", f"help-{n}"))
    book.tekil_says(RECOVER, LOST="ks3")
    assert list((cheap / "ks3" / "shares").glob("e1.*"))
    book.tekil_says("tekil keyserver init N --folder LOST", N=4, LOST="ks4")
    book.typed("tekil keyserver destroy e1 --folder FOLDER", "y", FOLDER="ks1")
    assert not list((cheap / "ks1" / "shares").glob("e1.*"))


def test_who_may_ask_key_servers_and_what_they_were_asked(book: Book, cheap: Path) -> None:
    tekil = book.tekil
    tekil.run("keyserver", "init", "1", "--folder", "ks")
    public = keys.load_public_key(tekil.settings, "KIZ")
    command = "tekil keyserver enrol ADMIN PUBLIC_KEY --quota 200 --folder ks"
    book.tekil_says(command, PUBLIC_KEY="ab" * 32)
    command = "tekil keyserver enrol ORG PUBLIC_KEY --quota 10000 --folder ks"
    book.tekil_says(command, ORG="KIZ", PUBLIC_KEY=public)
    assert public in book.tekil_says("tekil keyserver status --json --folder FOLDER", FOLDER="ks")
    command = "tekil keyserver withdraw ORG PUBLIC_KEY --folder FOLDER"
    book.tekil_says(command, ORG="KIZ", PUBLIC_KEY=public, FOLDER="ks")
    tekil.run("keygen", "BODY")
    command = "tekil partner add BODY --mailbox ADDRESS --key-server N"
    book.tekil_says(command, ADDRESS="a@body.example", N=1)
    book.tekil_says("tekil keyserver report --folder FOLDER --org BODY", FOLDER="ks")


def test_what_is_exported_is_a_setting(book: Book) -> None:
    lines = [one for one in book.known if one.startswith("export ")]
    names = [word.partition("=")[0] for line in lines for word in line.split()[1:]]
    assert len(names) > 3
    fields = {f"TEKIL_{name.upper()}" for name in type(book.tekil.settings).model_fields}
    assert set(names) <= fields
    book.ran |= set(lines)


def test_every_command_was_run_or_is_listed(book: Book) -> None:
    """Last: what the tests above did not run must be listed with its reason."""
    listed = ELSEWHERE.keys() | NOT_RUN.keys()
    assert sorted(listed - set(book.known)) == [], "the runbook no longer says these"
    assert sorted(listed & book.ran) == [], "these are run here"
    done = listed | book.ran
    left = [
        one for one in book.known
        if one not in done and not any(other.startswith(f"{one} ") for other in done)
    ]  # fmt: skip
    assert left == [], "new in the runbook: run them, or list them with a reason"


def test_what_runs_elsewhere_is_there() -> None:
    for command, place in ELSEWHERE.items():
        path, _, name = place.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert not name or f"def {name}(" in text, command
    assert all(len(reason.split()) > 3 for reason in NOT_RUN.values())
