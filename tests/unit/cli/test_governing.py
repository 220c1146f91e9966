"""The commands of the two bodies and about cases, against the real folds without a broker."""

import json
import stat
from pathlib import Path

import pytest

from events import signing
from events.model import ADMINISTRATION, SUPERVISOR
from producers import keys
from tests.kit import spoken
from tests.unit.cli.machine import FINDING, NUMBER, Office, policy_file

# -- the policy ----------------------------------------------------------------------------------


def test_a_policy_is_proposed_seen_and_signed(office: Office, tmp_path: Path) -> None:
    file = policy_file(tmp_path, held_records=50)
    assert office.said("policy", "propose", file) == [("policy", "accepted", "")]
    shown = office.tekil("policy", "show", "--json")
    assert json.loads(shown.stdout)["version"] == 1
    assert "tekil policy sign 2" in shown.stderr
    waiting = json.loads(office.tekil("policy", "show", "--proposed", "--json").stdout)
    assert (waiting["version"], waiting["rules"]["held_records"]) == (2, 50)
    assert waiting["digest"] == office.system.intake.world.policies.waiting[2].digest
    (row,) = office.rows("policy", "sign", "2")
    assert (row["disposition"], row["signed_by"]) == ("accepted", SUPERVISOR)
    assert office.system.intake.world.policies.newest.rules["held_records"] == 50
    shown = office.tekil("policy", "show", "--json")
    assert json.loads(shown.stdout)["version"] == 2
    assert shown.stderr == ""


AGREED = {
    "as_part": [["basic-needs", "food"]],
    "excluding_programmes": [["KIZ-TEMEL", "STK-NAKIT"]],
    "two_people_above": {"amount": "5000", "currency": "TRY"},
}


def test_a_policy_says_what_meets_and_what_two_people_confirm(
    office: Office, tmp_path: Path
) -> None:
    before = json.loads(office.tekil("policy", "show", "--json").stdout)["rules"]
    assert {name: before[name] for name in AGREED} == {
        "as_part": [],
        "excluding_programmes": [],
        "two_people_above": None,
    }
    assert office.said("policy", "set", policy_file(tmp_path, **AGREED)) == [
        ("policy", "accepted", ""),
        ("policy-signature", "accepted", ""),
    ]
    after = json.loads(office.tekil("policy", "show", "--json").stdout)["rules"]
    assert {name: after[name] for name in AGREED} == AGREED


def test_a_policy_that_excludes_a_programme_nobody_registered_is_refused(
    office: Office, tmp_path: Path
) -> None:
    file = policy_file(tmp_path, excluding_programmes=[["KIZ-TEMEL", "KIZ-TMEEL"]])
    refused = office.tekil("policy", "set", file)
    assert refused.exit_code == 2
    assert "KIZ-TMEEL" in refused.stderr
    assert "KIZ-TEMEL" not in refused.stderr
    assert not office.facts("policy")


def test_set_is_both_and_leaves_the_other_rules_as_they_are(office: Office, tmp_path: Path) -> None:
    first = policy_file(tmp_path, held_records=50)
    assert office.said("policy", "set", first) == [
        ("policy", "accepted", ""),
        ("policy-signature", "accepted", ""),
    ]
    again = office.said("policy", "set", first)
    assert [row[1] for row in again] == ["duplicate", "duplicate"]
    office.said("policy", "set", policy_file(tmp_path, held_percent=30))
    rules = office.system.intake.world.policies.newest.rules
    assert (rules["held_records"], rules["held_percent"]) == (50, 30)


def test_what_show_prints_set_takes(office: Office, tmp_path: Path) -> None:
    shown = office.tekil("policy", "show", "--json").stdout
    assert "placeholder_tokens" not in shown
    (tmp_path / "shown.json").write_text(shown)
    late = office.tekil("policy", "set", str(tmp_path / "shown.json"))
    assert (late.exit_code, "2000-01-01 is past" in late.stderr) == (2, True)
    assert not office.facts("policy")
    today = json.loads(shown) | {"in_force_from": "2025-01-01"}
    (tmp_path / "shown.json").write_text(json.dumps(today))
    rows = office.rows("policy", "set", str(tmp_path / "shown.json"))
    assert [row["disposition"] for row in rows] == ["accepted", "accepted"]


def test_without_the_supervisors_key_set_says_who_has_to_sign(
    office: Office, tmp_path: Path
) -> None:
    (office.settings.folder("keys") / f"{SUPERVISOR}.key").unlink()
    result = office.tekil("policy", "set", policy_file(tmp_path))
    assert result.exit_code == 2
    assert "tekil policy propose FILE" in result.stderr
    assert not office.facts("policy")


def test_a_system_without_a_supervisor_needs_one_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path / "home", monkeypatch, supervised=False)
    assert office.said("policy", "set", policy_file(tmp_path, held_records=50)) == [
        ("policy", "accepted", "")
    ]
    assert office.tekil("policy", "sign", "2").exit_code == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "no JSON file"),
        ('{"rules": []}', "a policy is"),
        ('{"in_force_from": "2026-01-01", "name": 1}', "name is not a known field"),
        ('{"rules": {}}', "in_force_from is missing"),
        ('{"in_force_from": "soon"}', "in_force_from does not have"),
        ('{"in_force_from": "2026-01-01", "rules": {"held_percent": 101}}', "held_percent"),
        ('{"in_force_from": "2026-01-01", "rules": {"name": 1}}', "name is not a known field"),
    ],
)
def test_a_bad_policy_file_sends_nothing(
    office: Office, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    result = office.tekil("policy", "propose", str(tmp_path / "bad.json"))
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert not office.facts("policy")


@pytest.mark.parametrize("version", ["1", "7"])
def test_what_was_not_proposed_cannot_be_signed(office: Office, version: str) -> None:
    assert office.tekil("policy", "sign", version).exit_code == 2
    assert not office.facts("policy-signature")


# -- accounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "org", "signer"),
    [
        ("administrator", ADMINISTRATION, ADMINISTRATION),
        ("protection-desk", ADMINISTRATION, ADMINISTRATION),
        ("supervisor", SUPERVISOR, SUPERVISOR),
        ("focal-person", "KIZ", ADMINISTRATION),
    ],
)
def test_an_account_has_a_key_of_its_own(office: Office, role: str, org: str, signer: str) -> None:
    more = ["--org", "KIZ"] if org == "KIZ" else []
    (row,) = office.rows("account", "add", "ayse", "--role", role, *more)
    assert (row["disposition"], row["signed_by"]) == ("accepted", signer)
    path = office.settings.folder("keys") / f"{org}.ayse.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = office.system.intake.world.trust.signers[keys_id(path, office)]
    assert (key["org"], key["user"], key["role"]) == (org, "ayse", role)
    again = office.said("account", "add", "ayse", "--role", role, *more)
    assert again == [("key", "duplicate", "")]


def keys_id(path: Path, office: Office) -> str:
    org, user, _ = path.name.split(".")
    key = keys.load_account_key(office.settings, org, user)
    return signing.key_id(signing.public_bytes(key))


@pytest.mark.parametrize(
    "arguments",
    [
        ("ayse", "--role", "boss"),
        ("ayse", "--role", "focal-person"),
        ("ayse", "--role", "focal-person", "--org", "ADMIN"),
        ("ayse", "--role", "administrator", "--org", "KIZ"),
        ("../ayse", "--role", "administrator"),
        ("Ayşe", "--role", "administrator"),
        (f"a{NUMBER}", "--role", "administrator"),
    ],
)
def test_what_is_no_account(office: Office, arguments: tuple[str, ...]) -> None:
    assert office.tekil("account", "add", *arguments).exit_code == 2
    assert len(list(office.settings.folder("keys").glob("*.*.key"))) == 0


# -- cases ---------------------------------------------------------------------------------------


def test_a_decision_is_a_persons(office: Office) -> None:
    nobody = office.tekil("decide", FINDING, "dismiss", "--reason", "top-up", "--by", "ayse")
    assert (nobody.exit_code, "tekil account add" in nobody.stderr) == (2, True)
    office.rows("account", "add", "ayse", "--role", "administrator")
    decided = ("decide", FINDING, "dismiss", "--reason", "top-up", "--by", "ayse")
    assert office.said(*decided) == [("decision", "accepted", "")]
    assert office.said(*decided) == [("decision", "duplicate", "")]
    (fact,) = office.facts("decision")
    assert (fact["finding_id"], fact["revision"], fact["version"]) == (FINDING, 3, 1)
    # a changed mind is the next version of the same decision
    other = office.said("decide", FINDING, "confirm", "--reason", "none", "--by", "ayse")
    assert other == [("decision", "accepted", "")]
    assert [fact["version"] for fact in office.facts("decision")] == [1, 2]
    assert len({fact["decision_id"] for fact in office.facts("decision")}) == 1
    # another person's is another one
    office.rows("account", "add", "deniz", "--role", "supervisor")
    office.said(
        "decide", FINDING, "confirm", "--reason", "none", "--by", "deniz", "--revision", "2"
    )
    assert [fact["revision"] for fact in office.facts("decision")] == [3, 3, 2]
    assert len({fact["decision_id"] for fact in office.facts("decision")}) == 2


def test_one_name_in_both_bodies_is_not_guessed(office: Office) -> None:
    for role in ("administrator", "supervisor"):
        office.rows("account", "add", "ayse", "--role", role)
    result = office.tekil("decide", FINDING, "dismiss", "--reason", "top-up", "--by", "ayse")
    assert (result.exit_code, "Both bodies" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", FINDING, "maybe", "--reason", "top-up", "--by", "ayse"),
        ("decide", FINDING, "dismiss", "--reason", "stop-next", "--by", "ayse"),
        ("decide", "12", "dismiss", "--reason", "top-up", "--by", "ayse"),
        ("appeal", FINDING, "--ground", "because", "--for", "household"),
        ("appeal", FINDING, "--ground", "moved", "--for", "somebody"),
        ("appeal", FINDING, "--ground", "moved", "--for", "partner"),
        ("case-step", FINDING, "replied", "--org", "KIZ"),
        ("case-step", "12", "acknowledged", "--org", "KIZ"),
        ("case-step", FINDING, "done", "--org", "KIZ"),
        ("case-step", FINDING, "acknowledged", "--org", "STK"),
        ("release", "KIZ", "12"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2(office: Office, arguments: tuple[str, ...]) -> None:
    office.rows("account", "add", "ayse", "--role", "administrator")
    seen = len(office.system.blocks)
    assert office.tekil(*arguments).exit_code == 2
    assert len(office.system.blocks) == seen, "nothing was sent"


def test_appeals_and_steps(office: Office) -> None:
    ground = ("--ground", "moved", "--for")
    assert office.rows("appeal", FINDING, *ground, "household")[0]["signed_by"] == ADMINISTRATION
    assert office.said("appeal", FINDING, *ground, "partner", "--org", "KIZ")[0][1] == "accepted"
    step = ("case-step", FINDING)
    assert office.said(*step, "acknowledged", "--org", "KIZ")[0][1] == "accepted"
    replied = (*step, "replied", "--fact", "paid-as-recorded", "--org", "KIZ")
    assert office.said(*replied)[0][1] == "accepted"
    assert office.said(*step, "notified", "--org", ADMINISTRATION)[0][1] == "accepted"
    refused = office.tekil(*step, "notified", "--org", "KIZ")
    assert refused.exit_code == 1
    assert [fact["step"] for fact in office.facts("case-step")] == [
        "acknowledged",
        "replied",
        "notified",
    ]


# -- quarantine and release ----------------------------------------------------------------------


def test_a_number_is_switched_off_and_on_and_never_shown(office: Office) -> None:
    off = office.tekil("quarantine", text=f"{NUMBER}\n")
    assert off.exit_code == 0, off.output
    on = office.tekil("quarantine", "--lift", text=f"{NUMBER}\n")
    facts = office.facts("quarantine")
    assert [(fact["status"], fact["version"]) for fact in facts] == [("active", 1), ("lifted", 2)]
    assert facts[0]["quarantine_id"] == facts[1]["quarantine_id"]
    everything = b"".join(office.system.blocks) + (off.output + on.output).encode()
    everything += b"".join(p.read_bytes() for p in office.settings.root.rglob("*") if p.is_file())
    assert NUMBER.encode() not in everything
    bad = office.tekil("quarantine", text="99291417711\n")
    assert (bad.exit_code, "99291417711" in bad.output) == (2, False)


def test_a_release_is_for_what_is_held(office: Office) -> None:
    unknown = office.said("release", "KIZ", "3f0c9a52-7d1e-4b6a-9c55-0e1d2c3b4a59")
    assert unknown == [("release", "rejected", "unknown-submission")]
    office.system.say("KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01")
    never = office.tekil("release", "KIZ", submission(office), "--json")
    assert never.exit_code == 1
    assert json.loads(never.stdout)[0]["effect"] == "not-held"
    assert not office.facts("release")
    bad = [spoken(f"KIZ NONE k{number} rent/cash/m 600 2026-05 R=P01")[2] for number in range(20)]
    office.system.submit("KIZ", *bad)
    for disposition in ("accepted", "duplicate"):
        (row,) = office.rows("release", "KIZ", submission(office, "KIZ"))
        assert (row["disposition"], row["effect"]) == (disposition, "applied")


def submission(office: Office, org: str = "") -> str:
    """The newest."""
    manifests = [json.loads(i["manifest"]) for i in office.system.items() if i["t"] == "sub"]
    found: str = [one for one in manifests if org in ("", one["org"])][-1]["submission_id"]
    return found
