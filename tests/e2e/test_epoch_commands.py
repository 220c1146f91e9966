"""From one epoch to the next by the commands alone, on key servers that other systems use too."""

import json
import secrets
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.app import app
from keyserver.folder import Folder
from office import embedded
from producers.tokenising.pinned import PinnedEpoch, read_pinned, write_pinned
from tests.e2e.kit import PERSONS, Result, Tekil, record

K1 = record("TEMEL", "k1", "rent/cash/m 600", "2026-11", "R=P01 M=P02")
S1 = record("NAKIT", "s1", "rent/cash/m 600", "2026-11", "R=P01")
K2 = record("TEMEL", "k2", "rent/cash/m 600", "2026-11", "R=P03")
S2 = record("NAKIT", "s2", "rent/cash/m 600", "2026-11", "R=P03")
S3 = record("NAKIT", "s3", "rent/cash/m 600", "2026-11", "R=P01")
FINDINGS = "SELECT finding_id, strength, status, revision FROM v1_findings ORDER BY finding_id"


def names() -> tuple[str, str]:
    """Two epochs that no other system on these key servers has."""
    made = secrets.token_hex(2)
    return f"a{made}", f"b{made}"


def epochs_of(tekil: Tekil, org: str) -> set[str]:
    """Under which epochs an organisation's records came in, of all its submissions."""
    asked = f"SELECT tokens_epoch FROM v1_assurance WHERE org = '{org}'"
    return {row["tokens_epoch"] for row in tekil.query(asked)} - {"none"}


def status(tekil: Tekil) -> Any:
    return tekil.run("epoch", "status", "--json").json


def pinned(tekil: Tekil) -> list[str]:
    return [one.epoch for one in read_pinned(tekil.settings)]


def dispositions(answers: list[dict[str, Any]]) -> list[str]:
    """Of records, not of rows."""
    return list({one["reference"]: one["disposition"] for one in answers}.values())


def quarantine(tekil: Tekil, number: str, *words: str) -> dict[str, Any]:
    """The number comes by a pipe."""
    env = {
        "TEKIL_HOME": str(tekil.settings.home),
        "TEKIL_PORT_BASE": str(tekil.settings.port_base),
        "TEKIL_NAMESPACE": tekil.settings.namespace,
    }
    done = CliRunner().invoke(app, ["quarantine", *words, "--json"], input=number + "\n", env=env)
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["disposition"] == "accepted"
    return dict(row)


def folders(tekil: Tekil) -> list[Folder]:
    root = embedded.folder(tekil.settings)
    return [Folder(Path(root) / str(number)) for number in (1, 2, 3)]


def test_an_epoch_follows_another_by_the_commands(tekil: Tekil) -> None:
    first, second = names()
    tekil.join("KIZ", "STK")
    tekil.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    tekil.publish("KIZ", [*K1, *K2])
    tekil.publish("STK", S1)
    quarantine(tekil, PERSONS["P20"])
    found = tekil.query(FINDINGS)
    assert [row["strength"] for row in found] == ["certain"]

    # -- the first is known from the first day on ----------------------------------------------
    (begun,) = tekil.query("SELECT epoch, status, number, public_key FROM v1_epochs")
    (only,) = read_pinned(tekil.settings)
    assert tuple(begun.values()) == (only.epoch, "open", 1, only.public_key)

    # -- the next one opens --------------------------------------------------------------------
    assert "another epoch" not in tekil.run("epoch", "close", "e1", ok=(2,)).err
    opened = tekil.run("epoch", "open", first, "--json")
    assert [(row["id"], row["disposition"]) for row in opened.json] == [
        ("e1", "accepted"),
        (first, "accepted"),
    ]
    assert "1 active quarantines" in opened.err
    again = tekil.run("epoch", "open", first, "--json").json
    assert {row["disposition"] for row in again} == {"duplicate"}, "it can be run again"
    assert pinned(tekil) == ["e1", first]
    refused = tekil.run("epoch", "open", second, ok=(2,)).err
    assert f"e1 and {first} overlap now" in refused
    assert not any(folder.held() and second in dict(folder.held()) for folder in folders(tekil))
    shown = status(tekil)
    assert [(one["epoch"], one["journal"], one["is_pinned"]) for one in shown["epochs"][:2]] == [
        ("e1", "open", True),
        (first, "open", True),
    ]
    assert [one["server"] for one in shown["epochs"][1]["held"]] == [1, 2, 3]
    assert [(one["org"], one["laggards"]) for one in shown["laggards"]] == [
        ("ADMIN", 1),
        ("KIZ", 2),
        ("STK", 1),
    ]
    assert shown["quarantines_to_repeat"] == 1

    # -- both beside each other ----------------------------------------------------------------
    assert quarantine(tekil, PERSONS["P20"])["version"] == 2
    assert status(tekil)["quarantines_to_repeat"] == 0
    assert dispositions(tekil.publish("KIZ", [*K1, *K2])) == ["accepted", "accepted"]
    assert epochs_of(tekil, "KIZ") == {"e1", f"e1-{first}"}
    assert tekil.query(FINDINGS) == found, "no finding changed"
    (answer, *_) = tekil.publish("STK", S2)
    assert answer["verdict"] == "covered", "who comes new meets both"
    assert len(tekil.query(FINDINGS)) == 2

    # -- the old one closes, with one record that was not said again ---------------------------
    stopped = tekil.run("epoch", "close", "e1", "--json", ok=(1,))
    assert [(row["org"], row["laggards"]) for row in stopped.json] == [("STK", 1)]
    assert "--yes" in stopped.err
    assert pinned(tekil) == ["e1", first]
    closed = tekil.run("epoch", "close", "e1", "--yes", "--json")
    assert [row["disposition"] for row in closed.json] == ["accepted"]
    assert "all namespaces share" in closed.err
    assert all(folder.generations("e1") for folder in folders(tekil)), "others need them"
    assert pinned(tekil) == [first]
    assert tekil.run("epoch", "close", "e1", "--json").json == [], "it can be run again"
    assert "never opened again" in tekil.run("epoch", "open", "e1", ok=(2,)).err

    # -- what follows carries the new one alone, and still meets -------------------------------
    (answer, *_) = tekil.publish("STK", S3)
    assert answer["verdict"] == "covered", "k1 was said again under the new epoch"
    assert epochs_of(tekil, "STK") == {"e1", f"e1-{first}", first}
    (old,) = [one for one in status(tekil)["epochs"] if one["epoch"] == "e1"]
    assert (old["journal"], old["is_pinned"]) == ("closed", False)
    write_pinned(tekil.settings, [PinnedEpoch(epoch="e1", public_key=old["public_key"])])
    late = tekil.publish("STK", record("NAKIT", "s4", "rent/cash/m 1", "2026-11", "R=P09"), ok=(1,))
    assert [row["reason"] for row in late] == ["epoch-closed"]
    refused = tekil.run("epoch", "open", second, ok=(2,)).err
    assert "tekil epoch close e1" in refused, "what is closed is unpinned first"
    (new,) = [one for one in status(tekil)["epochs"] if one["epoch"] == first]
    write_pinned(tekil.settings, [PinnedEpoch(epoch=first, public_key=new["public_key"])])

    # -- once more, and the shares of the one that was opened here are deleted -----------------
    tekil.run("epoch", "open", second)
    quarantine(tekil, PERSONS["P20"], "--lift")
    tekil.publish("KIZ", [*K1, *K2])
    tekil.run("epoch", "close", first, "--yes")
    for folder in folders(tekil):
        tekil.run("keyserver", "destroy", first, "--yes", "--folder", str(folder.root))
    assert not any(folder.generations(first) for folder in folders(tekil))
    held = {one["epoch"]: one["held"] for one in status(tekil)["epochs"]}
    assert held[first] == []
    assert len(held[second]) == 3
    newest = dispositions(tekil.publish("KIZ", [*K1, *K2]))
    assert newest == ["accepted", "accepted"]
    assert second in epochs_of(tekil, "KIZ")
    tekil.conserved()


def test_a_quarantine_holds_and_is_lifted_in_both_epochs(tekil: Tekil) -> None:
    tekil.join("KIZ", "STK")
    tekil.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    tekil.run("epoch", "open", names()[0])
    assert quarantine(tekil, PERSONS["P05"])["version"] == 1
    rent = ("rent/cash/m 600", "2026-11", "R=P05")
    tekil.publish("KIZ", record("TEMEL", "q1", *rent))
    (answer, *_) = tekil.publish("STK", record("NAKIT", "q2", *rent))
    assert answer["verdict"] != "covered"
    assert tekil.open_rows() == []
    assert quarantine(tekil, PERSONS["P05"], "--lift")["version"] == 2
    (answer, *_) = tekil.publish("STK", record("NAKIT", "q3", *rent))
    assert answer["verdict"] == "covered"


def test_key_servers_say_how_often_they_were_asked(tekil: Tekil) -> None:
    tekil.join("KIZ")
    tekil.programmes(("KIZ", "TEMEL", ""))
    person = {"R=P11 M=P12,P13,P14": "2026-11"}
    for who, covers in person.items():
        tekil.publish("KIZ", record("TEMEL", "r1", "food/cash/m 100", covers, who))
    refused: Result = tekil.run("keyserver", "report", ok=(2,))
    assert "--server N" in refused.err
    for number in (1, 2, 3):
        said = tekil.run("keyserver", "report", "--server", str(number), "--json").json
        assert {row["disposition"] for row in said} == {"accepted"}
    assert tekil.run("keyserver", "report", "--server", "1", "--json").json == []
    rows = tekil.query("SELECT server_org, server, org, epoch, evaluations FROM v1_evaluations")
    assert {(row["server_org"], row["server"]) for row in rows} <= {
        ("KEYA", 1),
        ("KEYB", 2),
        ("KEYC", 3),
    }
    asked = [row for row in rows if row["org"] == "KIZ" and row["epoch"] == "e1"]
    assert sum(int(row["evaluations"]) for row in asked) >= 8, "two servers for each identifier"
    bodies = tekil.query("SELECT org, name FROM v1_partners WHERE org LIKE 'KEY_' ORDER BY org")
    assert [row["name"] for row in bodies] == [f"Key server {n} (this machine)" for n in (1, 2, 3)]
    tekil.conserved()
