"""A stolen signing key: it ends for records and for tokens, and another takes its place."""

from typing import Any

from keyserver.folder import Folder
from office import embedded
from producers import keys
from tests.e2e.kit import Tekil, record

RENT = ("rent/cash/m 600", "2026-11")


def reasons(answers: list[dict[str, Any]]) -> set[str]:
    return {answer["reason"] or "" for answer in answers}


def test_a_stolen_key_ends_and_another_takes_its_place(tekil: Tekil) -> None:
    tekil.join("KIZ")
    tekil.programmes(("KIZ", "TEMEL", ""))
    tekil.publish("KIZ", record("TEMEL", "r1", *RENT, "R=P01"))
    stolen = keys.load_public_key(tekil.settings, "KIZ")
    first = Folder(embedded.folder(tekil.settings) / "1")
    before = first.partner("KIZ")
    assert before is not None
    assert stolen in before.public_keys
    slip = tekil.run("partner", "revoke", "KIZ", "ab" * 32, ok=(2,))
    assert "registered no key" in slip.err

    ended = tekil.run("partner", "revoke", "KIZ", stolen)
    assert "the key was ended at 3 key servers of this machine" in ended.err
    # tokens that are kept need no key server: the journal refuses what is signed
    late = tekil.publish("KIZ", record("TEMEL", "r2", *RENT, "R=P01"), ok=(1,))
    assert reasons(late) == {"revoked-key"}
    new = tekil.write(record("TEMEL", "r3", *RENT, "R=P02"))
    nobody = tekil.run("publish", str(new), "--org", "KIZ", ok=(3,))
    assert nobody.err.count("does not know this organisation or its key") >= 3

    # the old public key lies there still: registering it again revives nothing
    revived = tekil.run("partner", "add", "KIZ", "--mailbox", "new@kiz.example", ok=(1,))
    assert "revoked-key" in revived.out
    mine = first.partner("KIZ")
    assert mine is not None
    assert stolen not in mine.public_keys
    assert mine.daily_quota == before.daily_quota

    folder = tekil.settings.folder("keys")
    for ending in ("key", "pub"):
        (folder / f"KIZ.{ending}").rename(folder / f"KIZ-stolen.{ending}")
    tekil.join("KIZ")
    after = first.partner("KIZ")
    assert after is not None
    assert stolen not in after.public_keys
    # all namespaces share the servers: here a further key is a further system's, with its quota
    assert after.daily_quota == before.daily_quota + embedded.PARTNER_QUOTA
    assert reasons(tekil.publish("KIZ", record("TEMEL", "r3", *RENT, "R=P02"))) == {""}
    again = tekil.run("partner", "revoke", "KIZ", stolen)
    assert "ended at" not in again.err, "it can be said twice"
    tekil.conserved()


def test_an_accounts_key_ends(tekil: Tekil) -> None:
    tekil.run("account", "add", "ayse", "--role", "administrator")
    said = tekil.run("account", "revoke", "ayse", "--role", "administrator", "--json").json
    assert [row["disposition"] for row in said] == ["accepted"]
    again = tekil.run("account", "add", "ayse", "--role", "administrator", ok=(1,))
    assert "revoked-key" in again.out
    missing = tekil.run("account", "revoke", "nobody", "--role", "administrator", ok=(2,))
    assert "does not exist" in missing.err
