"""A machine of the two bodies, at the real folds without a broker."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from typer.testing import CliRunner, Result

from cli.app import app
from events.model import ADMINISTRATION, SUPERVISOR
from infra.settings import Settings
from office import cases, control_records
from producers import keys
from producers.control_records import ControlPublisher
from tests.fakes.logs import SystemLogs
from tests.fakes.system_wire import SystemWire
from tests.kit import System, private_key

FINDING = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
NUMBER = "99291417710"


class Office:
    """A machine with the keys of both bodies, BEL and KIZ, at a system that has begun."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
        self.system = System.ready(**fields)
        self.settings = Settings(home=home, assurance="hmac")
        keys.token_key(self.settings, make=True)
        for org in (ADMINISTRATION, SUPERVISOR, "BEL", "KIZ"):
            self.has_key(org)
        monkeypatch.setenv("TEKIL_HOME", str(home))
        monkeypatch.setenv("TEKIL_ASSURANCE", "hmac")
        wire = SystemWire(self.system)
        publisher = functools.partial(ControlPublisher, connect=wire.connect)
        monkeypatch.setattr(control_records, "ControlPublisher", publisher)
        SystemLogs(self.system).install(monkeypatch)
        monkeypatch.setattr(cases, "newest_revision", lambda settings, finding: 3)

    def has_key(self, org: str) -> None:
        pem = private_key(org).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (self.settings.folder("keys") / f"{org}.key").write_bytes(pem)

    def tekil(self, *arguments: str, text: str = "") -> Result:
        return CliRunner().invoke(app, list(arguments), input=text)

    def rows(self, *arguments: str, text: str = "") -> list[dict[str, Any]]:
        result = self.tekil(*arguments, "--json", text=text)
        assert result.exit_code in (0, 1), result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found

    def said(self, *arguments: str, text: str = "") -> list[tuple[str, str, str]]:
        rows = self.rows(*arguments, text=text)
        return [(row["kind"], row["disposition"], row["reason"]) for row in rows]

    def facts(self, kind: str) -> list[dict[str, Any]]:
        recs = [item["rec"] for item in self.system.items() if item["t"] == "rec"]
        return [rec for rec in recs if rec["kind"] == kind]


def policy_file(folder: Path, **rules: Any) -> str:
    path = folder / "policy.json"
    path.write_text(json.dumps({"in_force_from": "2026-01-01", "rules": rules}))
    return str(path)
