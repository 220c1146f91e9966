"""The two bodies and the partners' other lists, on a running system."""

import json

from tests.e2e.kit import PERSONS, Tekil, record

WHAT = ("rent/cash/m 600", "2026-05", "R=P01 M=P02")


def test_a_policy_needs_both_bodies_and_is_in_force_then(partners: Tekil) -> None:
    path = partners.folder / "policy.json"
    shown = partners.run("policy", "show", "--json").json
    shown["rules"]["inquiries_a_day"] = 1
    shown["in_force_from"] = "2026-01-01"
    path.write_text(json.dumps(shown), encoding="utf-8")
    late = ("policy", "propose", str(path))
    assert "is past in the journal" in partners.run(*late, ok=(2,)).err
    looked = partners.run(*late, "--retroactive", "--dry-run").err
    assert "0 would not stand and 0 would change, and 0 more would be open" in looked
    (row,) = partners.run(*late, "--retroactive", "--yes", "--json").json
    assert row["effect"] == "waits-for-second"
    number = partners.run("policy", "show", "--proposed", "--json").json["version"]
    rows = [*record("ESSN", "q1", *WHAT), *record("ESSN", "q2", *WHAT)]
    asked = ("check", str(partners.write(rows)), "--org", "KIZ", "--json")
    free = {row["reason"] for row in partners.run(*asked).json}
    assert free == {None}, "a proposal changes nothing"
    assert partners.run("policy", "sign", str(number), "--json").json[0]["effect"] == "applied"
    limited = partners.run(*asked, ok=(1,)).json
    assert {(row["reason"], row["field"]) for row in limited} == {
        ("quota-exceeded", "inquiries_a_day")
    }
    assert partners.run("policy", "show", "--json").json["version"] == number
    partners.conserved()


def test_a_finding_is_decided_by_a_person_and_appealed(partners: Tekil) -> None:
    partners.publish("KIZ", record("ESSN", "d1", *WHAT))
    partners.publish("STK", record("MPCA", "d2", *WHAT))
    [row] = partners.query("SELECT finding_id, revision FROM v1_findings WHERE status = 'open'")
    finding = row["finding_id"]
    for user, role in (("ayse", "administrator"), ("deniz", "supervisor")):
        partners.run("account", "add", user, "--role", role)
    stop = ("decide", finding, "confirm", "--reason", "stop-next", "--by", "ayse", "--json")
    assert partners.run(*stop, ok=(1,)).json[0]["effect"] == "notice-missing"
    decided = ("decide", finding, "dismiss", "--reason", "top-up", "--by", "ayse", "--json")
    for disposition in ("accepted", "duplicate"):
        (said,) = partners.run(*decided, "--revision", str(row["revision"])).json
        assert (said["disposition"], said["effect"]) == (disposition, "applied")
    appeal = ("appeal", finding, "--ground", "moved", "--for", "partner", "--org", "STK", "--json")
    assert partners.run(*appeal).json[0]["disposition"] == "accepted"
    answer = ("decide", finding, "confirm", "--reason", "none", "--by", "deniz", "--json")
    assert partners.run(*answer).json[0]["signed_by"] == "SUPERVISOR"
    step = ("case-step", "0" * 32, "acknowledged", "--org", "KIZ", "--json")
    assert partners.run(*step, ok=(1,)).json[0]["effect"] == "unknown-case"
    unknown = ("decide", "0" * 32, "dismiss", "--reason", "top-up", "--by", "ayse")
    assert "No finding" in partners.run(*unknown, ok=(2,)).err
    partners.conserved()


def test_lists_of_other_kinds_are_taken_once(partners: Tekil) -> None:
    person = {"id_number": PERSONS["P03"], "phone": "0532 111 22 33"}
    lists = {
        "need": {"purpose": "food", "assessed_on": "2026-05-01", "district": "TUR034026"} | person,
        "enrolment": {"programme": "ESSN", "started_on": "2026-01-01"} | person,
        "succession": {"old_number": PERSONS["P04"], "new_number": PERSONS["P05"]},
    }
    for kind, row in lists.items():
        path = str(partners.write([{"reference": "x1"} | row]))
        command = ("publish", path, "--org", "KIZ", "--kind", kind, "--json")
        said = [partners.run(*command).json[0]["disposition"] for _ in range(2)]
        assert said == ["accepted", "duplicate"], kind
    partners.conserved()
