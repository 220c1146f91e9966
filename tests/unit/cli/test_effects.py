"""What the commands say came of it; a late policy; codes that would do."""

import json
from pathlib import Path

import pytest

from events.model import ADMINISTRATION
from events.outputs import CaseRevision
from office import cases
from tests.unit.cli.machine import FINDING, Office, policy_file

# -- what comes of it ----------------------------------------------------------------------------


@pytest.fixture
def deciding(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """With a finding, an administrator and a supervisor."""
    for org, programme in (("KIZ", "TEMEL"), ("STK", "NAKIT")):
        office.system.say(f"{org} {programme} x1 rent/cash/m 600 2025-05 R=P01 M=P02")
    office.rows("account", "add", "ayse", "--role", "administrator")
    office.rows("account", "add", "deniz", "--role", "supervisor")
    office.has_key("STK")
    monkeypatch.setattr(cases, "newest_revision", lambda settings, finding: 1)
    return office


def effects(office: Office, *words: str, exit_code: int) -> list[str]:
    done = office.tekil(*words, "--json")
    assert done.exit_code == exit_code, done.output
    return [row["effect"] for row in json.loads(done.stdout)]


def test_a_decision_says_its_effect(deciding: Office) -> None:
    ((finding, revision),) = deciding.system.findings().items()
    dismiss = ("dismiss", "--reason", "top-up", "--by", "ayse")
    stop = ("confirm", "--reason", "stop-next", "--by", "ayse")
    assert effects(deciding, "decide", FINDING, *dismiss, exit_code=1) == ["unknown-finding"]
    assert effects(deciding, "decide", finding, *stop, exit_code=1) == ["notice-missing"]
    text = deciding.tekil("decide", finding, *stop)
    assert (text.exit_code, "the household has to be told first" in text.stderr) == (1, True)
    notice = ("case-step", revision["case_id"], "notified", "--org", ADMINISTRATION)
    assert effects(deciding, *notice, exit_code=0) == ["applied"]
    appeal = ("appeal", finding, "--ground", "moved", "--for", "household")
    assert effects(deciding, *appeal, exit_code=1) == ["not-decided"]
    assert effects(deciding, "decide", finding, *dismiss, exit_code=0) == ["applied"]
    assert effects(deciding, "decide", finding, *dismiss, exit_code=0) == ["applied"], "again"


def test_a_decision_is_said_again_once_the_notice_is_over(deciding: Office) -> None:
    ((finding, revision),) = deciding.system.findings().items()
    case, people = revision["case_id"], ("ayse", "veli")
    deciding.rows("account", "add", "veli", "--role", "administrator")
    for org in ("KIZ", "STK"):
        step = ("case-step", case, "replied", "--fact", "moved", "--org", org)
        assert effects(deciding, *step, exit_code=0) == ["applied"]
    stop = ("decide", finding, "confirm", "--reason", "stop-next", "--by")
    for user in people:
        assert effects(deciding, *stop, user, exit_code=1) == ["notice-missing"]
    notice = ("case-step", case, "notified", "--org", ADMINISTRATION)
    assert effects(deciding, *notice, exit_code=0) == ["applied"]
    deciding.system.step("2025-01-17")
    # both have said it of this revision before
    assert effects(deciding, *stop, people[0], exit_code=0) == ["applied"]
    assert effects(deciding, *stop, people[0], exit_code=0) == ["applied"], "again"
    assert len(deciding.facts("decision")) == len(people) + 1


def test_a_step_holds_for_the_case_as_it_is_open_now(deciding: Office) -> None:
    ((finding, revision),) = deciding.system.findings().items()
    case = revision["case_id"]
    steps = [
        ("case-step", case, "notified", "--org", ADMINISTRATION),
        ("case-step", case, "acknowledged", "--org", "KIZ"),
        ("case-step", case, "replied", "--fact", "moved", "--org", "KIZ"),
    ]
    for step in steps:
        assert effects(deciding, *step, exit_code=0) == ["applied"]
    dismiss = ("decide", finding, "dismiss", "--reason", "top-up", "--by", "ayse")
    assert effects(deciding, *dismiss, exit_code=0) == ["applied"]
    for step in steps:
        assert effects(deciding, *step, exit_code=1) == ["not-asked"]
    deciding.system.say("BEL AID x2 rent/cash/m 600 2025-05 R=P01 M=P02")
    reopened = newest_case(deciding, case)
    assert (reopened["notified_day"], reopened["parties"][1]["acknowledged_day"]) == ("", "")
    for step in steps:
        assert effects(deciding, *step, exit_code=0) == ["applied"]
    answered = newest_case(deciding, case)
    assert answered["notified_day"]
    assert [party["fact"] for party in answered["parties"]] == ["", "moved", ""]


def newest_case(office: Office, name: str) -> CaseRevision:
    cases = [case for out in office.system.outputs for case in out["cases"]]
    return next(case for case in reversed(cases) if case["case_id"] == name)


def test_a_step_says_whose_case_it_is(deciding: Office) -> None:
    ((_, revision),) = deciding.system.findings().items()
    step = ("acknowledged", "--org", "KIZ")
    assert effects(deciding, "case-step", FINDING, *step, exit_code=1) == ["unknown-case"]
    case = revision["case_id"]
    assert effects(deciding, "case-step", case, *step, exit_code=0) == ["applied"]
    step = ("acknowledged", "--org", "BEL")
    assert effects(deciding, "case-step", case, *step, exit_code=1) == ["not-a-side"]


def test_a_policy_waits_for_the_second_signature(office: Office, tmp_path: Path) -> None:
    file = policy_file(tmp_path, held_records=50)
    assert effects(office, "policy", "propose", file, exit_code=0) == ["waits-for-second"]
    assert effects(office, "policy", "sign", "2", exit_code=0) == ["applied"]
    assert effects(office, "policy", "set", file, exit_code=0) == ["applied", "applied"]


def test_a_late_policy_is_looked_at_first(deciding: Office, tmp_path: Path) -> None:
    deciding.system.step("2025-01-03")
    path = tmp_path / "late.json"
    path.write_text(
        json.dumps({"in_force_from": "2025-01-02", "rules": {"exclusive_household": ["food"]}})
    )
    late = ("policy", "set", str(path), "--retroactive")
    shown = deciding.tekil(*late, "--dry-run")
    assert shown.exit_code == 0
    assert "Of 1 open findings 1 would not stand" in shown.stderr
    asked = deciding.tekil(*late, text="n\n")
    assert (asked.exit_code, "Nothing was published" in asked.stderr) == (2, True)
    assert not deciding.facts("policy")
    assert effects(deciding, *late, "--yes", exit_code=0) == ["applied", "applied"]


# -- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "allowed", "not_allowed"),
    [
        (("decide", FINDING, "dismiss", "--reason", "x", "--by", "ayse"), "top-up", "stop-next"),
        (
            ("decide", FINDING, "confirm", "--reason", "top-up", "--by", "ayse"),
            "stop-next",
            "moved",
        ),
        (
            ("decide", FINDING, "maybe", "--reason", "x", "--by", "ayse"),
            "confirm, dismiss",
            "moved",
        ),
        (("appeal", FINDING, "--ground", "x", "--for", "household"), "top-up", "stop-next"),
        (("appeal", FINDING, "--ground", "moved", "--for", "x"), "household, partner", "moved"),
        (("case-step", FINDING, "x", "--org", "KIZ"), "acknowledged, replied, notified", "moved"),
        (
            ("case-step", FINDING, "replied", "--fact", "x", "--org", "KIZ"),
            "paid-as-recorded",
            "none",
        ),
    ],
)
def test_another_code_is_answered_with_those_that_would_do(
    deciding: Office, words: tuple[str, ...], allowed: str, not_allowed: str
) -> None:
    done = deciding.tekil(*words)
    assert done.exit_code == 2
    assert "One of:" in done.stderr
    assert allowed in done.stderr
    assert not_allowed not in done.stderr


def test_a_language_that_is_none_is_one_clear_line(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEKIL_LANG", "xx")
    done = office.tekil("policy", "show")
    assert done.exit_code == 2
    assert done.stderr == "TEKIL_LANG: Input should be 'tr', 'en' or 'ar'.\n"
