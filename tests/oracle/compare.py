"""A told history through the real fold, what it accepted through the oracle, and the difference.

The fold is reached as the scenarios reach it (`tests.kit.System`): signed submissions in,
blocks and outputs out. The oracle is given what stands in the blocks, with the names of findings
for their ids, as the outputs said up to then.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, TypeAlias

from events import codec, signing
from events.model import PolicyRules
from events.outputs import FindingRevision, RegistryOutput
from tests.kit import System, chain, public_hex
from tests.oracle.acts import Act, Everybody, Known, Speaker, Spoken
from tests.oracle.facts import CASE_FACTS, Fact, Tick, genesis
from tests.oracle.judgement import Judgement, Name
from tests.oracle.oracle import judge
from tests.oracle.told import ADMIN, ORGS, PROGRAMMES, SUPERVISOR, Say, StepTo, Told, signed_with
from tests.speech import ZERO_NONCE

Line: TypeAlias = tuple[Any, ...]
ACCOUNTS: Final = {"u1": ADMIN, "u2": ADMIN, "u3": ADMIN, "s1": SUPERVISOR, "s2": SUPERVISOR}
"""Accounts that decide, by the body that they belong to."""


DECLARED: Final = ("programme", "policy", "policy-signature")


def declared_first(told: Told) -> Told:
    """The history with programmes and policies before all else.

    What is declared late changes nothing until a record of a finding changes or one of its
    dates falls due (docs/decisions/0007), and the oracle knows no such thing.
    """
    first = [s for s in told.steps if isinstance(s, Say) and s.record["kind"] in DECLARED]
    rest = [s for s in told.steps if not isinstance(s, Say) or s.record["kind"] not in DECLARED]
    return replace(told, steps=(*first, *rest))


def folded(told: Told, made: type[System] = System) -> System:
    """The history as one system after it, each record a submission of its own."""
    rules = PolicyRules.model_validate_json(codec.dumps(dict(told.rules)))
    system = made(rules=rules)
    system.register(*ORGS, programmes=[(org, code) for org in ORGS for code in PROGRAMMES])
    if told.with_acts:
        _open_accounts(system)
    speaker = Speaker()
    for step in signed_with(declared_first(told), _digest).steps:
        match step:
            case Say():
                system.submit(step.org, step.record)
            case StepTo():
                system.step(step.day)
            case Act() | Everybody():
                for spoken in speaker.spoken(step, _known(system)):
                    _submit(system, spoken)
    return system


def _open_accounts(system: System) -> None:
    for user, org in ACCOUNTS.items():
        role = "administrator" if org == ADMIN else "supervisor"
        key = {"org": org, "public_key": public_hex(user), "user": user, "role": role}
        row = system.control("key", 1, org, **key)
        assert row["disposition"] == "accepted", row


def _known(system: System) -> list[Known]:
    """The findings that are or were, as the fold said."""
    return [
        Known(
            _name(f),
            f["status"],
            bool(f["org_b"]) and f["status"] == "open" and f["strength"] != "possible",
            f["revision"],
            f["case_id"],
            f["finding_id"],
        )
        for f in system.findings().values()
    ]


def _submit(system: System, spoken: Spoken) -> None:
    record, known = dict(spoken.record), spoken.known
    if record["kind"] == "case-step":
        # a sum is in no case: its own id stands for one that never was
        record["case_id"] = known.case or known.finding_id
    else:
        record["finding_id"] = known.finding_id
    lines = [codec.dumps(record)]
    rows = system.send(system.message(spoken.org, lines, signer=spoken.user or spoken.org))[-1]
    assert rows[0]["disposition"] == "accepted", (rows[0], record)


def _name(f: FindingRevision) -> Name:
    """What the oracle calls a finding."""
    b = (f["org_b"], f["assistance_b"]) if f["org_b"] else None
    records = frozenset((org, one) for org, one in f["records"])
    month = f["overlap_from"] if records else ""
    return f["kind"], (f["org_a"], f["assistance_a"]), b, month, records


def _digest(policy: dict[str, Any]) -> str:
    public = {name: value for name, value in policy.items() if name != "nonce"}
    record = codec.parse_record(codec.dumps(public | {"nonce": ZERO_NONCE}))
    return codec.content_hash(codec.public_and_subjects(record)[0], []).hex()


def journalled(system: System) -> Iterator[Fact | Tick]:
    """What the journal holds, as the oracle reads it."""
    org, user, assurance = "", "", ""
    named, users = _Named(), {signing.key_id(bytes.fromhex(public_hex(u))): u for u in ACCOUNTS}
    for block, output in zip(chain(system.blocks), system.outputs, strict=True):
        for index, item in enumerate(block.items):
            match item["t"]:
                case "genesis":
                    yield genesis(item["genesis"]["first_day"], item["genesis"]["policy"])
                case "tick":
                    yield Tick(block.seq, index, item["day"])
                case "sub":
                    manifest = codec.strict_loads(item["manifest"].encode())
                    org, assurance = manifest["org"], manifest["assurance"]
                    user = users.get(manifest["key_id"], "")
                case "rec":
                    subjects = system.opener(block, item) or [] if "k" in item else []
                    record = named.translated(item["rec"])
                    yield Fact(block.seq, index, org, user, assurance, record, subjects)
        named.read(output)


class _Named:
    """What the outputs up to now called findings and cases, as the oracle names them."""

    def __init__(self) -> None:
        self._findings: dict[str, list[Any] | None] = {}
        self._cases: dict[str, list[Any] | None] = {}

    def read(self, output: RegistryOutput) -> None:
        """Take one more output."""
        for f in output["findings"]:
            known = Known(_name(f), f["status"], False, f["revision"], f["case_id"])
            self._findings[f["finding_id"]] = known.finding
            if f["case_id"]:
                self._cases[f["case_id"]] = known.finding

    def translated(self, record: dict[str, Any]) -> dict[str, Any]:
        """A record with the name of the finding or case that it is about."""
        if record["kind"] not in CASE_FACTS:
            return record
        if record["kind"] == "case-step":
            return record | {"case": self._cases.get(record["case_id"])}
        return record | {"finding": self._findings.get(record["finding_id"])}


def both(told: Told) -> tuple[System, Judgement]:
    """The history through the fold, and what it accepted through the oracle."""
    system = folded(told)
    return system, judge(list(journalled(system)), deadlines=told.with_acts)


def differences(system: System, judged: Judgement) -> list[str]:
    """Each answer, outcome, row and excess that the two do not share."""
    said: list[tuple[str, Counter[Line], Counter[Line]]] = [
        ("answer", answers_of(system), answers_in(judged)),
        ("outcome", outcomes_of(system), outcomes_in(judged)),
        ("row", rows_of(system), rows_in(judged)),
        ("revision", revisions_of(system), revisions_in(judged)),
        ("excess", excess_of(system), excess_in(judged)),
    ]
    found = []
    for name, ours, theirs in said:
        found += [
            f"{name}: the fold alone says {line}" for line in sorted((ours - theirs), key=str)
        ]
        found += [
            f"{name}: the oracle alone says {line}" for line in sorted((theirs - ours), key=str)
        ]
    return found


# -- answers -------------------------------------------------------------------------------------


def answers_of(system: System) -> Counter[Line]:
    """(org, id, version, verdict, basis, from, to) of each accepted row that was answered."""
    return Counter(
        (submission["org"], row["id"], row["version"], said["verdict"], said["basis"],
         said["window_from"], said["window_to"])
        for output in system.outputs
        for submission in output["submissions"]
        for row in submission["rows"]
        if row["disposition"] == "accepted" and (said := row["answer"])
    )  # fmt: skip


def answers_in(judged: Judgement) -> Counter[Line]:
    """The same of the oracle."""
    return Counter(
        (org, name, version, one.verdict, one.basis or "",
         *((day.isoformat() for day in one.window) if one.window else ("", "")))
        for (org, name, version), one in judged.answers.items()
    )  # fmt: skip


def outcomes_of(system: System) -> Counter[Line]:
    """(org, id, version, outcome) as last said."""
    last = {
        (row["org"], row["assistance_id"], row["version"]): row["outcome"]
        for output in system.outputs
        for row in output["verdicts"]
    }
    return Counter((*key, outcome) for key, outcome in last.items())


def outcomes_in(judged: Judgement) -> Counter[Line]:
    """The same of the oracle; an inquiry has none."""
    return Counter((*key, outcome) for key, outcome in judged.outcomes.items() if outcome)


# -- findings ------------------------------------------------------------------------------------


def rows_of(system: System) -> Counter[Line]:
    """What property 1 compares, and the status, of rows that stand."""
    return Counter(
        (f["kind"], f["strength"], f["status"], f["org_a"], f["assistance_a"], f["org_b"],
         f["assistance_b"], f["purpose"], f["overlap_from"], f["overlap_to"],
         f["amount_at_risk"], f["currency"],
         tuple(sorted(tuple(one) for one in f["records"])))
        for f in system.findings().values()
        if f["status"] != "withdrawn"
    )  # fmt: skip


def rows_in(judged: Judgement) -> Counter[Line]:
    """The same of the oracle."""
    return Counter(
        (row.kind, row.strength, row.status, *row.a, *(row.b or ("", "")), row.purpose,
         row.overlap_from.isoformat(), row.overlap_to.isoformat() if row.overlap_to else "",
         row.amount, row.currency, tuple(sorted(row.records)))
        for row in judged.findings
    )  # fmt: skip


def revisions_of(system: System) -> Counter[Line]:
    """(finding, revision) of rows that stand."""
    return Counter(
        (*_name(f), f["revision"]) for f in system.findings().values() if f["status"] != "withdrawn"
    )


def revisions_in(judged: Judgement) -> Counter[Line]:
    """The same of the oracle."""
    return Counter((*row.name, judged.revisions[row.name]) for row in judged.findings)


def excess_of(system: System) -> Counter[Line]:
    """(purpose, month, amount, confirmed, district) of each case, as last said.

    Not those that are nothing. None: unknown.
    """
    last = {
        (row["case_id"], row["month"]): row for output in system.outputs for row in output["excess"]
    }
    return Counter(
        (row["purpose"], row["month"][:7], *amounts, row["district"])
        for row in last.values()
        if any(amounts := (_money(row["amount"]), _money(row["amount_confirmed"])))
    )


def _money(amount: str | None) -> str:
    """An amount as text; '' for nothing, which has another form in each currency."""
    if amount is None:
        return "unknown"
    return amount if float(amount) else ""


def excess_in(judged: Judgement) -> Counter[Line]:
    """The same of the oracle."""
    return Counter(
        (key[0], month, *(_money(of.get(month, "0")) for of in both), judged.districts[key])
        for key, months in judged.excess.items()
        for both in [(months, judged.confirmed[key])]
        for month in sorted({*months, *judged.confirmed[key]})
    )
