"""The judge is independent, agrees with the folds where nothing fails, and notices a difference."""

import ast
from datetime import date
from pathlib import Path

import pytest

from events.model import ADMINISTRATION, Genesis, PolicyRules, RootKey
from events.outputs import Row
from processors.intake import Message
from tests.chaos.compare import differences, last_findings, last_verdicts
from tests.chaos.load import ORGS, PROGRAMMES, Load
from tests.chaos.plain_loop import PlainLoop, Sent
from tests.chaos.system import with_patience
from tests.kit import FIRST_DAY, System, private_key, public_hex

ROOT = Path(__file__).parents[2]
JUDGE = "tests/chaos/plain_loop.py"
MAY_IMPORT = ("tests.oracle.", "tests.chaos.plain_", "events")


def imports(path: Path) -> set[str]:
    """All modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_the_judge_imports_nothing_of_what_it_judges() -> None:
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}
    waiting, seen = [ROOT / JUDGE], set[Path]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        words = path.read_text("utf-8")
        assert "importlib" not in words
        assert "__import__" not in words
        for name in imports(path):
            if name.partition(".")[0] in ours or name.startswith("."):
                assert name.startswith(MAY_IMPORT), (path, name)
            if name.startswith("tests.") and (known := _file(name)) not in seen:
                waiting.append(known)
    assert len(seen) > 5


def _file(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def played(seed: int, submissions: int) -> tuple[System, PlainLoop]:
    """One load through the folds in memory and through the plain loop."""
    rules = with_patience(PolicyRules())
    system = System(test_mode=True, rules=rules)
    plain = PlainLoop(
        Genesis(
            kind="genesis",
            first_day=FIRST_DAY,
            test_mode=True,
            root_keys=(RootKey(role="administrator", public_key=public_hex(ADMINISTRATION)),),
            policy=rules,
        )
    )
    messages: list[Message] = []
    send = system.send

    def kept(*sent: Message) -> list[list[Row]]:
        messages.extend(sent)
        return send(*sent)

    system.send = kept  # type: ignore[method-assign]
    system.register(*ORGS, programmes=[(org, code) for org in ORGS for code in PROGRAMMES])
    keys = {org: private_key(org) for org in (*ORGS, ADMINISTRATION)}
    load = Load(seed, keys, FIRST_DAY)
    for _ in range(submissions):
        spoken = load.next()
        system.send(system.raw(spoken.headers, spoken.value))
    assert [message.offset for message in messages] == list(range(len(messages)))
    for message in messages:
        plain.read(Sent(message.offset, message.headers, message.value))
    return system, plain


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_folds_say_the_same_where_nothing_fails(seed: int) -> None:
    system, plain = played(seed, 400)
    outcomes = [s for output in system.outputs for s in output["submissions"]]
    assert list(differences(plain.outcomes, outcomes, "offset")) == []
    assert list(differences(plain.verdicts(), last_verdicts(system.outputs), *VERDICT)) == []
    findings = last_findings(system.outputs)
    assert list(differences(plain.findings.values(), findings, "finding_id")) == []
    # and the load shows what it is meant to show
    said = [row for outcome in plain.outcomes for row in outcome["rows"]]
    reasons = {row["reason"] for row in said} | {o["reason"] for o in plain.outcomes}
    assert reasons >= REASONS, REASONS - reasons
    assert {row["disposition"] for row in said} == {"accepted", "duplicate", "rejected"}
    answers = {(r["answer"]["verdict"], r["answer"]["basis"]) for r in said if r["answer"]}
    assert answers == ANSWERS
    kinds = {(f["kind"], f["status"]) for f in plain.findings.values()}
    assert len(kinds) == 4, kinds
    assert {f["amount_at_risk"] is None for f in plain.findings.values()} == {True, False}
    assert max(f["revision"] for f in plain.findings.values()) >= 3
    assert plain.today > date(2025, 1, 5)


VERDICT = ("org", "assistance_id", "version")
ANSWERS = {
    ("clear", ""),
    ("covered", "delivered"),
    ("covered", "reserved"),
    ("review", "delivered"),
    ("review", "reserved"),
    ("uncheckable", ""),
}
REASONS = {
    "",
    "bad-signature",
    "malformed-submission",
    "unknown-key",
    "id-conflict",
    "unknown-programme",
    "not-your-programme",
    "invalid-value",
    "unknown-field",
}
