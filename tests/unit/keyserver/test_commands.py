"""`tekil keyserver …`: a ceremony by files, and the embedded servers that `tekil up` makes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from events.model import ADMINISTRATION
from infra.errors import UsageProblem
from infra.local import keyservers, preflight
from infra.settings import Settings
from keyserver import ceremony, holder, local, sealed
from keyserver.folder import Folder
from office import bootstrap, embedded
from producers import keys
from producers.tokenising.pinned import read_pinned
from tests.keyservers import CHEAP, EPOCH, outputs

runner = CliRunner()
KEY = "ab" * 32


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as always, but for how long one guess takes."""
    for function in (holder.make, local.make_locally):
        defaults = tuple(CHEAP if d is sealed.COST else d for d in function.__defaults__ or ())
        assert CHEAP in defaults
        monkeypatch.setattr(function, "__defaults__", defaults)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "passphrase").write_text("of all three\n")
    monkeypatch.setenv("TEKIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEKIL_KEYSERVER_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    return tmp_path


def run(*words: object, ok: int = 0) -> Any:
    """What `tekil keyserver WORDS --json` prints; its message if it fails."""
    done = runner.invoke(app, ["keyserver", *map(str, words), "--json"])
    assert done.exit_code == ok, done.output
    return json.loads(done.stdout) if ok == 0 else done.stderr


def test_a_ceremony_a_refresh_and_a_recovery_by_files(there: Path) -> None:
    own = {n: there / str(n) for n in (1, 2, 3)}
    public = [run("init", n, "--folder", own[n])["file"] for n in own]

    def each(step: str, *words: object, to: str) -> list[str]:
        return [
            run(step, *words, "--folder", own[n], "--out", there / f"{to}{n}")["file"] for n in own
        ]

    deals = each("deal", EPOCH, *public, to="deal")
    held = [run("join", *deals, "--folder", own[n]) for n in own]
    assert held[0] == held[1] == held[2]
    assert set(held[0]) == {"epoch", "generation", "public_key", "fingerprint"}

    refreshes = each("refresh", EPOCH, to="refresh")
    said = each("apply", *refreshes, to="statement")
    for n in own:
        gone = run("confirm", EPOCH, *said, "--folder", own[n])
        assert gone == {"epoch": EPOCH, "deleted_generations": [0]}

    Folder(own[3]).share_path(EPOCH, 1).unlink()
    masks, helps = [], []
    for n in (1, 2):
        at = ("--folder", own[n], "--out")
        masks.append(run("recovery-deal", EPOCH, 3, *at, there / f"mask{n}")["file"])
    for n in (1, 2):
        at = ("--folder", own[n], "--out")
        helps.append(run("help-recover", *masks, *at, there / f"help{n}")["file"])
    given = [word for file in helps for word in ("--help-file", file)]
    back = run("recover", *masks, *given, "--folder", own[3])
    assert (back["generation"], back["public_key"]) == (1, held[0]["public_key"])

    run("enrol", "KIZ", KEY, "--folder", own[1], "--quota", 7)
    status = run("status", "--folder", own[1])
    assert [one["generation"] for one in status["held"]] == [1]
    assert status["partners"][0]["daily_quota"] == 7
    assert run("destroy", EPOCH, "--yes", "--folder", own[1])["deleted_generations"] == [1]
    assert run("status", "--folder", own[1])["held"] == []


def test_what_a_person_reads(there: Path) -> None:
    own = ["--folder", str(there / "1")]
    assert runner.invoke(app, ["keyserver", "init", "1", *own]).exit_code == 0
    done = runner.invoke(app, ["keyserver", "single", EPOCH, *own])
    assert "Read the fingerprint" in done.stderr
    done = runner.invoke(app, ["keyserver", "destroy", EPOCH, *own], input="n\n")
    assert done.exit_code == 2
    assert Folder(there / "1").generations(EPOCH) == [0]
    assert runner.invoke(app, ["keyserver", "status", *own]).exit_code == 0


def test_mistakes_are_one_line_and_exit_code_2(there: Path) -> None:
    own = ("--folder", there / "1")
    assert "tekil keyserver init" in run("single", EPOCH, *own, ok=2)
    run("init", 1, *own)
    (there / "not.json").write_text("{}")
    assert "no file of a ceremony" in run("join", there / "not.json", *own, ok=2)
    assert "no public identity" in run(
        "deal", EPOCH, there / "not.json", *own, "--out", there / "x", ok=2
    )
    assert "does not exist" in run("join", there / "gone.json", *own, ok=2)
    run("single", EPOCH, *own)
    deal = there / "1" / "deals" / f"{EPOCH}.0.deal.json"
    assert "is a deal, not what" in run("confirm", EPOCH, deal, *own, ok=2)
    (there / "passphrase").write_text("another\n")
    assert "the passphrase is wrong" in run("join", deal, *own, ok=2)
    assert "No partner can be enrolled" in run("enrol", "KIZ", "xy", *own, ok=2)


# -- embedded --------------------------------------------------------------------------------------


def quiet(_text: str) -> None:
    """Nobody reads it."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", port_base=31_000)


def test_up_makes_the_servers_once_and_pins_the_epoch(settings: Settings) -> None:
    said: list[str] = []
    bootstrap.prepare_keyservers(settings, said.append)
    bootstrap.prepare_keyservers(settings, said.append)
    assert len(said) == 1
    assert "for trying out" in said[0]
    root = embedded.folder(settings)
    held = {ceremony.look(Folder(root / str(n)), EPOCH, 0) for n in (1, 2, 3)}
    assert len(held) == 1
    pinned = [{"epoch": EPOCH, "public_key": held.pop().public_key}]
    assert json.loads((settings.folder("keys") / "epochs.json").read_text()) == pinned
    named = settings.model_copy(update={"namespace": "abc"})
    bootstrap.prepare_keyservers(named, quiet)
    assert [one.model_dump() for one in read_pinned(named)] == pinned
    assert embedded.folder(named) == root
    words = [local.read_passphrase(root / str(n) / "passphrase") for n in (1, 2)]
    assert outputs([holder.unlock(root / str(n), words[n - 1]) for n in (1, 2)])


def test_another_key_than_the_pinned_one_is_refused(settings: Settings, tmp_path: Path) -> None:
    bootstrap.prepare_keyservers(settings, quiet)
    path = settings.folder("keys") / "epochs.json"
    other = local.make_locally(tmp_path / "other", EPOCH)
    path.write_text(json.dumps([{"epoch": EPOCH, "public_key": other}]))
    with pytest.raises(UsageProblem, match="pins another key for epoch e1"):
        bootstrap.prepare_keyservers(settings, quiet)
    path.write_text("no json")
    with pytest.raises(UsageProblem, match="is not a list of"):
        bootstrap.prepare_keyservers(settings, quiet)


def test_a_system_does_not_change_its_assurance(settings: Settings) -> None:
    bootstrap.prepare_keyservers(settings, quiet)
    with pytest.raises(UsageProblem, match="held by 3 server"):
        bootstrap.prepare_keyservers(settings.model_copy(update={"assurance": "single"}), quiet)


def test_tokens_of_another_level_than_a_system_began_with_are_refused(settings: Settings) -> None:
    """They would meet none that are there, and nobody would notice."""
    shared = settings.model_copy(update={"assurance": "hmac"})
    bootstrap.make_keys(shared)
    for _ in range(2):
        bootstrap.write_genesis(shared, test_mode=True, first_day=date(2026, 1, 1))
    with pytest.raises(UsageProblem, match="begun with TEKIL_ASSURANCE=hmac"):
        bootstrap.write_genesis(settings, test_mode=True, first_day=date(2026, 1, 1))


def test_the_administration_and_partners_are_enrolled(settings: Settings) -> None:
    bootstrap.make_keys(settings)
    bootstrap.prepare_keyservers(settings, quiet)
    for _ in range(2):
        bootstrap.enrol_administration(settings)
        said = embedded.enrol(settings, "KIZ", KEY)
    assert said == "KIZ: enrolled at 3 key servers of this machine, 200,000 evaluations a day"
    for number in (1, 2, 3):
        folder = Folder(embedded.folder(settings) / str(number))
        found = {one.org: (one.public_keys, one.daily_quota) for one in folder.partners()}
        admin = keys.load_public_key(settings, ADMINISTRATION)
        assert found == {ADMINISTRATION: ((admin,), 200), "KIZ": ((KEY,), 200_000)}


def test_without_key_servers_of_its_own_nothing_is_made(settings: Settings) -> None:
    for changed in ({"assurance": "hmac"}, {"keyservers": "https://a.example,https://b.example"}):
        other = settings.model_copy(update=changed)
        if other.keyserver_urls:  # nobody here can know the key of somebody else's servers
            with pytest.raises(UsageProblem, match="Else write the epoch"):
                bootstrap.prepare_keyservers(other, quiet)
        else:
            bootstrap.prepare_keyservers(other, quiet)
        assert embedded.enrol(other, "KIZ", KEY) == ""
        assert keyservers.names(other) == []
        assert not any("key server" in name for name in preflight.service_ports(other))
    assert not (settings.root / "keyservers").exists()


def test_where_the_key_servers_are(settings: Settings) -> None:
    assert settings.embedded_keyservers
    assert settings.keyserver_urls == tuple(
        f"http://127.0.0.1:{port}" for port in (31071, 31072, 31073)
    )
    assert keyservers.names(settings) == ["keyserver-1", "keyserver-2", "keyserver-3"]
    single = settings.model_copy(update={"assurance": "single"})
    assert single.keyserver_urls == ("http://127.0.0.1:31071",)
    given = settings.model_copy(update={"keyservers": "https://a.example/, https://b.example"})
    assert given.keyserver_urls == ("https://a.example", "https://b.example")
    assert not given.embedded_keyservers
    assert settings.model_copy(update={"assurance": "hmac"}).keyserver_urls == ()
