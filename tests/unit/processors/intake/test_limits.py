"""Token types, quotas and keys at the door."""

import pytest

from events.model import ADMINISTRATION
from processors.intake import quotas
from tests.kit import ZERO_NONCE, System, assistance, public_hex, token


@pytest.mark.parametrize("kind", ["tr.tckn", "tr.vkn", "xx.thing", "tr.passports"])
def test_a_token_type_that_nobody_else_writes_is_refused(kind: str) -> None:
    """It would be taken for a strong token, and meet no one."""
    system = System.ready()
    record = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 100", "2026-05", "R=P01")
    record["subjects"] = [{"role": "recipient", "tokens": [[kind, "0" * 32]]}]
    [row] = system.submit("KIZ", record)
    assert (row["reason"], row["field"]) == ("invalid-value", "subjects.tokens")


@pytest.mark.parametrize("kind", ["us.ssn", "sy.passport", "unhcr.individual", "case.kiz"])
def test_token_types_that_all_write_alike_are_taken(kind: str) -> None:
    system = System.ready()
    record = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 100", "2026-05", "R=P01")
    record["subjects"] = [{"role": "recipient", "tokens": [[kind, "0" * 32]]}]
    [row] = system.submit("KIZ", record)
    assert row["disposition"] == "accepted"


def rent(number: int, person: str = "P01", covers: str = "2026-05") -> dict[str, object]:
    return assistance("KIZ", "TEMEL", f"k{number}", "rent/cash/m 10", covers, f"R={person}")


def test_one_number_on_many_rows_is_refused_for_that_organisation_alone() -> None:
    system = System.ready()
    many = quotas.MAX_PER_TOKEN_AND_MONTH
    rows = system.submit("KIZ", *(rent(n) for n in range(many + 3)))
    assert [row["disposition"] for row in rows] == ["accepted"] * many + ["rejected"] * 3
    assert {(row["reason"], row["field"]) for row in rows[many:]} == {
        ("quota-exceeded", "id_number")
    }
    [again] = system.submit("KIZ", rent(0))
    assert again["disposition"] == "duplicate", "what was accepted stays"
    [other_month] = system.submit("KIZ", rent(many + 9, covers="2026-06"))
    assert other_month["disposition"] == "accepted"
    [other] = system.submit(
        "STK", assistance("STK", "NAKIT", "s1", "rent/cash/m 10", "2026-05", "R=P01")
    )
    assert other["answer"] is not None
    assert other["answer"]["verdict"] == "covered", "the flooded person is still answered for"


def test_versions_of_one_assistance_are_bounded() -> None:
    system = System.ready()
    covers = ("2026-05", "2026-06", "2026-07")
    versions = [
        rent(1, covers=covers[n % 3]) | {"version": n + 1, "stage": "planned"}
        for n in range(quotas.MAX_VERSIONS + 1)
    ]
    rows = system.submit("KIZ", *versions)
    assert rows[-2]["disposition"] == "accepted"
    assert (rows[-1]["reason"], rows[-1]["field"]) == ("quota-exceeded", "version")


def test_programmes_of_one_organisation_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System.ready()
    owned = system.intake.world.programmes["KIZ"]
    monkeypatch.setattr(quotas, "MAX_PROGRAMMES", owned + 1)
    facts = [
        {"kind": "programme", "nonce": ZERO_NONCE, "version": v, "programme": p, "owner": "KIZ"}
        for p, v in (("KIZ-N1", 1), ("KIZ-N2", 1), ("KIZ-N1", 2))
    ]
    rows = system.submit("KIZ", *facts)
    assert [row["disposition"] for row in rows] == ["accepted", "rejected", "accepted"]
    assert rows[1]["reason"] == "quota-exceeded"


@pytest.mark.parametrize("owner", [ADMINISTRATION, "STK"])
def test_a_public_key_stays_its_owners(owner: str) -> None:
    system = System.ready()
    fact = {"kind": "key", "nonce": ZERO_NONCE, "version": 2, "org": "KIZ"}
    [row] = system.submit(ADMINISTRATION, fact | {"public_key": public_hex(owner)})
    assert (row["reason"], row["field"]) == ("not-allowed", "public_key")
    system.say("STK NAKIT s1 rent/cash/m 10 2026-05 R=P01")


def test_the_administration_keeps_its_last_key() -> None:
    system = System.ready()
    fact = {"kind": "key", "nonce": ZERO_NONCE, "version": 2, "org": ADMINISTRATION}
    gone = fact | {"public_key": public_hex(ADMINISTRATION), "status": "revoked"}
    [row] = system.submit(ADMINISTRATION, gone)
    assert (row["reason"], row["field"]) == ("not-allowed", "status")


def test_the_counts_hold_no_token() -> None:
    system = System.ready()
    system.submit("KIZ", rent(1))
    stored = b"".join(key + value for key, value in system.intake_store.data.items())  # type: ignore[attr-defined]
    assert token("P01")[1].encode() not in stored
    assert bytes.fromhex(token("P01")[1]) not in stored
