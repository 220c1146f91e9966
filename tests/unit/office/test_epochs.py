"""`tekil epoch …` and reports against the real folds: order, refusals, and what a crash leaves."""

import functools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from typer.testing import CliRunner, Result

from cli.app import app
from events.model import ADMINISTRATION
from events.placeholder_list import PLACEHOLDERS
from infra.errors import UsageProblem
from infra.settings import Settings
from keyserver import holder, local, sealed
from keyserver.folder import Folder
from keyserver.quotas import Quotas
from office import bootstrap, control_records, embedded, epochs, evaluations
from office.epochs import JournalEpoch, Laggard
from producers import facts, keys
from producers.control_records import ControlPublisher
from producers.tokenising.pinned import PinnedEpoch, read_pinned
from producers.tokenising.threshold import EpochsTokeniser
from tests.fakes.logs import SystemLogs
from tests.fakes.system_wire import SystemWire
from tests.fakes.tokeniser import FakeTokeniser
from tests.keyservers import CHEAP
from tests.kit import System, private_key


class Office:
    """The administration's machine with three key servers, at a system that has begun."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.system = System.ready()
        self.settings = Settings(home=home, port_base=31_000)
        self.laggards: list[Laggard] = []
        pem = private_key(ADMINISTRATION).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (self.settings.folder("keys") / f"{ADMINISTRATION}.key").write_bytes(pem)
        bootstrap.prepare_keyservers(self.settings, print)
        monkeypatch.setenv("TEKIL_HOME", str(home))
        monkeypatch.setenv("TEKIL_PORT_BASE", "31000")
        wire = SystemWire(self.system)
        SystemLogs(self.system).install(monkeypatch)
        publisher = functools.partial(ControlPublisher, connect=wire.connect)
        monkeypatch.setattr(control_records, "ControlPublisher", publisher)
        monkeypatch.setattr("office.partners.ControlPublisher", publisher)
        monkeypatch.setattr(epochs, "read_journal", self.journal)
        monkeypatch.setattr(epochs, "tokeniser_for", self.tokeniser)

    def journal(self, _settings: Settings) -> epochs.Journal:
        """As the views would show it."""
        known = {
            name: JournalEpoch(name, one["status"], one["public_key"], one["number"])
            for name, one in self.system.intake.world.epochs.items()
        }
        return epochs.Journal(known, self.laggards)

    @contextmanager
    def tokeniser(self, *_: object, epochs: Sequence[PinnedEpoch], **__: Any) -> Iterator[Any]:
        yield EpochsTokeniser([FakeTokeniser(one.epoch) for one in epochs])

    def tekil(self, *words: str, ok: int = 0) -> Result:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == ok, (words, done.output, done.exception)
        return done

    def rows(self, *words: str) -> list[tuple[str, str]]:
        said = json.loads(self.tekil(*words, "--json").stdout)
        return [(row["id"], row["disposition"]) for row in said]

    def pinned(self) -> list[str]:
        return [one.epoch for one in read_pinned(self.settings)]

    def shares(self, epoch: str) -> list[int]:
        root = embedded.folder(self.settings)
        return [len(Folder(root / str(number)).generations(epoch)) for number in (1, 2, 3)]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    for function in (holder.make, local.make_locally):
        defaults = tuple(CHEAP if d is sealed.COST else d for d in function.__defaults__ or ())
        monkeypatch.setattr(function, "__defaults__", defaults)
    return Office(tmp_path / "home", monkeypatch)


def test_the_shares_of_a_closed_epoch_are_deleted(office: Office) -> None:
    assert office.rows("epoch", "open", "e2") == [("e1", "accepted"), ("e2", "accepted")]
    world = office.system.intake.world.epochs
    assert [(name, one["number"]) for name, one in world.items()] == [("e1", 1), ("e2", 2)]
    assert all(len(one["placeholder_tokens"]) == len(PLACEHOLDERS) for one in world.values())
    assert world["e1"]["placeholder_tokens"] != world["e2"]["placeholder_tokens"]
    assert office.pinned() == ["e1", "e2"]
    assert office.shares("e2") == [1, 1, 1]
    office.laggards = [Laggard("e1", "open", "KIZ", laggards=3, covering=1, live=5)]
    refused = office.tekil("epoch", "close", "e1", "--json", ok=1)
    assert json.loads(refused.stdout) == [asdict(one) for one in office.laggards]
    assert office.shares("e1") == [1, 1, 1]
    closed = office.tekil("epoch", "close", "e1", "--yes")
    assert "3 deleted" in closed.stderr
    assert office.shares("e1") == [0, 0, 0]
    assert office.pinned() == ["e2"]
    bootstrap.prepare_keyservers(office.settings, print)  # `tekil up` asks for no e1
    named = office.settings.model_copy(update={"namespace": "abc"})
    bootstrap.prepare_keyservers(named, print)
    assert [one.epoch for one in read_pinned(named)] == ["e2"], "a new system has the newest"


@pytest.mark.parametrize("step", ["write_pinned", "publish"])
def test_opening_and_closing_go_on_after_a_crash(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Died(Exception):
        pass

    def dying(*_: object, **__: object) -> None:
        raise Died

    for words in (("epoch", "open", "e2"), ("epoch", "close", "e1", "--yes")):
        with monkeypatch.context() as patch:
            patch.setattr(epochs, step, dying)
            assert isinstance(CliRunner().invoke(app, words).exception, Died)
        office.tekil(*words)
        office.tekil(*words)
    assert office.pinned() == ["e2"]
    assert office.shares("e1") == [0, 0, 0]
    assert office.shares("e2") == [1, 1, 1]


def test_a_crash_before_the_shares_are_deleted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tekil("epoch", "open", "e2")
    with monkeypatch.context() as patch:
        patch.setattr(epochs, "destroy", lambda *_: 1 / 0)
        assert CliRunner().invoke(app, ["epoch", "close", "e1", "--yes"]).exception
    assert office.shares("e1") == [1, 1, 1]
    assert office.rows("epoch", "close", "e1") == []
    assert office.shares("e1") == [0, 0, 0]


def test_what_cannot_be_opened_or_closed(office: Office) -> None:
    assert "journal knows no epoch e1" in office.tekil("epoch", "close", "e1", ok=2).stderr
    assert office.rows("epoch", "open", "e1") == [("e1", "accepted")]
    assert "only open epoch" in office.tekil("epoch", "close", "e1", ok=2).stderr
    for name in ("none", "E2", "e-2", "toolong8"):
        assert "1 to 7 small letters" in office.tekil("epoch", "open", name, ok=2).stderr
    key = "ab" * 32
    refused = office.tekil("epoch", "open", "e2", "--public-key", key, ok=2)
    assert "leave out --public-key" in refused.stderr
    office.tekil("epoch", "open", "e2")
    assert "e1 and e2 overlap" in office.tekil("epoch", "open", "e3", ok=2).stderr
    assert office.shares("e3") == [0, 0, 0]
    assert "the newest epoch" in office.tekil("epoch", "close", "e2", ok=1).stderr
    office.tekil("epoch", "close", "e2", "--yes")
    assert office.pinned() == ["e1"]
    assert "never opened again" in office.tekil("epoch", "open", "e2", ok=2).stderr


def test_shares_are_kept_while_a_namespace_needs_them(office: Office) -> None:
    named = office.settings.model_copy(update={"namespace": "abc"})
    bootstrap.prepare_keyservers(named, print)
    assert "namespaces share" in epochs.destroy(named, "e1")
    assert "abc" in epochs.destroy(office.settings, "e1")
    assert office.shares("e1") == [1, 1, 1]
    elsewhere = office.settings.model_copy(
        update={"keyservers": "https://a.example,https://b.example"}
    )
    assert "tekil keyserver destroy e1" in epochs.destroy(elsewhere, "e1")


def test_key_servers_elsewhere_need_the_public_key(office: Office, tmp_path: Path) -> None:
    made = local.make_locally(tmp_path / "bodies", "e2")
    elsewhere = office.settings.model_copy(
        update={"keyservers": "https://a.example,https://b.example"}
    )
    with pytest.raises(UsageProblem, match="--public-key HEX"):
        epochs.open_epoch(elsewhere, "e2", "", print)
    opened = epochs.open_epoch(elsewhere, "e2", made, print)
    assert opened.epoch.public_key == made
    assert [row.disposition for row in opened.outcomes] == ["accepted", "accepted"]
    other = local.make_locally(tmp_path / "others", "e2")
    with pytest.raises(UsageProblem, match="another one"):
        epochs.open_epoch(elsewhere, "e2", other, print)


# -- reports ---------------------------------------------------------------------------------------


def ask(settings: Settings, number: int, org: str, count: int) -> None:
    quotas = Quotas(embedded.folder(settings) / str(number) / "quotas.sqlite")
    quotas.take("2026-11-22", org, "e1", count, 1000)
    quotas.close()


def test_counts_are_said_by_each_body_and_once(office: Office) -> None:
    assert {row.kind for row in evaluations.report(office.settings)} == {"partner", "key"}
    ask(office.settings, 1, "KIZ", 5)
    ask(office.settings, 2, "KIZ", 5)
    said = evaluations.report(office.settings)
    assert [(row.signed_by, row.version, row.disposition) for row in said] == [
        ("KEYA", 1, "accepted"),
        ("KEYB", 1, "accepted"),
    ]
    assert evaluations.report(office.settings) == []
    ask(office.settings, 1, "KIZ", 2)
    (row,) = json.loads(office.tekil("keyserver", "report", "--json").stdout)
    assert (row["signed_by"], row["version"]) == ("KEYA", 2)
    folder = Folder(embedded.folder(office.settings) / "1")
    assert folder.partner("KEYA") is None, "a body asks nobody for tokens"


def test_whose_counts_are_said(office: Office) -> None:
    named = office.settings.model_copy(update={"namespace": "abc"})
    with pytest.raises(UsageProblem, match="--server N"):
        evaluations.report(named)
    with pytest.raises(UsageProblem, match="not of this machine"):
        evaluations.report(office.settings, (4,))
    folder = str(embedded.folder(office.settings) / "2")
    for words in (("--folder", folder), ("--org", "KEYB"), ("--server", "1", "--folder", folder)):
        assert "is named by" in office.tekil("keyserver", "report", *words, ok=2).stderr
    evaluations.report(office.settings)
    ask(office.settings, 2, "STK", 9)
    own = ("keyserver", "report", "--folder", folder, "--org")
    assert [row[1] for row in office.rows(*own, "KEYB")] == ["accepted"]
    keys.keygen(office.settings, "OTHER")
    assert "is not registered" in office.tekil(*own, "OTHER", ok=2).stderr


def test_a_fact_that_changed_is_said_and_no_other(office: Office) -> None:
    one = facts.token_epoch("e1", "ab" * 32)
    more = facts.token_epoch("e1", "ab" * 32, [(PLACEHOLDERS[0][0], "0" * 32)])
    for said, versions in ((one, [1]), (one, []), (more, [2]), (more, [])):
        rows = control_records.publish(office.settings, ADMINISTRATION, [said], changed_only=True)
        assert [row.version for row in rows] == versions
