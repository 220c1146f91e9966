"""The scenarios' shorthand: a line of words is a record.

    [PLAN|AMEND|CANCEL|RETURN] org programme reference purpose/modality/freq amount covers R=P01 …
    NEED org reference purpose assessed_on R=P01 [M=P02] [closed_on=…]
    ENROL org programme reference started_on R=P01 [ended_on=… end_reason=…]
    SUCCEED org reference former successor
    ASK org programme reference purpose/modality/freq covers R=P01 [M=…] [reason=…]

Further `field=value` parts set fields; the version is 1 unless it is given (2 where an
assistance is delivered or later).
"""

import hashlib
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from events.outputs import FindingRevision, RegistryOutput

ZERO_NONCE = "0" * 32
DISTRICT = "TUR034026"
Told = tuple[str, str, dict[str, Any]]


def token(person: str) -> list[str]:
    """A strong token for a made-up person; the same name gives the same token."""
    return ["tr.tckimlik", hashlib.sha256(person.encode()).hexdigest()[:32]]


def assistance_id(org: str, reference: str) -> str:
    """The id that this kit gives an organisation's reference."""
    return str(
        uuid.UUID(bytes=hashlib.sha256(f"{org}|{reference}".encode()).digest()[:16], version=4)
    )


def assistance(
    org: str, programme: str, reference: str, what: str, covers: str, who: str, **more: Any
) -> dict[str, Any]:
    """One record in the scenarios' shorthand.

    `what` is `purpose/modality/freq amount`, `covers` is `from,to` (or a month `2026-05`),
    `who` is `R=P01 M=P02,P03 B=P17`.
    """
    kind, amount = what.split()
    purpose, modality, frequency = kind.split("/")
    start, end = _window(covers)
    roles = {"R": "recipient", "B": "beneficiary", "M": "member"}
    subjects = [
        {"role": roles[part[0]], "tokens": [token(name)]}
        for part in who.split()
        for name in part[2:].split(",")
    ]
    record = {
        "kind": "assistance",
        "nonce": ZERO_NONCE,
        "version": 2,
        "assistance_id": assistance_id(org, reference),
        "programme": f"{org}-{programme}",
        "stage": "delivered",
        "purpose": purpose,
        "modality": modality,
        "frequency": {"m": "monthly", "1": "one-off"}[frequency],
        "covers_from": start,
        "covers_to": end,
        "amount": amount,
        "currency": "TRY",
        "district": "TUR034026",
        "subjects": subjects,
    }
    return record | more


STAGES = {"PLAN": "planned", "AMEND": "amended", "CANCEL": "cancelled", "RETURN": "returned"}
PROGRAMMES = ("AID", "OKUL", "EK", "EK2", "EDU", "TEMEL", "KIRA", "NAKIT", "OTHER", "RENT")


def spoken(line: str) -> tuple[str, str, dict[str, Any]]:
    """(org, reference, record) of a line in the scenarios' shorthand.

    `[PLAN|AMEND|CANCEL|RETURN] org programme reference purpose/modality/freq amount covers
    R=… [B=…] [M=…] [field=value …]`; a plan is version 1, all else 2 unless `version=` is given.
    """
    stage, _, rest = line.partition(" ")
    if stage not in STAGES:
        stage, rest = "", line
    org, programme, reference, kind, amount, covers, *more = rest.split()
    who = [part for part in more if part[:2] in ("R=", "B=", "M=")]
    fields: dict[str, Any] = {}
    if stage:
        fields = {"stage": STAGES[stage], "version": 1 if stage == "PLAN" else 2}
    for part in more:
        if part not in who:
            name, _, text = part.partition("=")
            fields[name] = {"true": True, "false": False}.get(text, text)
            if name in ("version", "household_size"):
                fields[name] = int(text)
    what = f"{kind} {amount}"
    return (
        org,
        reference,
        assistance(org, programme, reference, what, covers, " ".join(who), **fields),
    )


def _window(covers: str) -> tuple[str, str]:
    if "," in covers:
        start, end = covers.split(",")
        return start, end
    year, month = map(int, covers.split("-"))
    return date(year, month, 1).isoformat(), date(year + month // 12, month % 12 + 1, 1).isoformat()


def told(line: str) -> Told:
    """(org, reference, record) of a line of any kind."""
    word, *parts = line.split()
    return _WORDS[word](parts) if word in _WORDS else spoken(line)


def _need(parts: list[str]) -> Told:
    org, reference, purpose, day, *rest = parts
    fields = {"purpose": purpose, "assessed_on": day, "district": DISTRICT, **_people(rest)}
    return _record("need", org, reference, fields, rest)


def _enrolment(parts: list[str]) -> Told:
    org, programme, reference, day, *rest = parts
    fields = {"programme": f"{org}-{programme}", "started_on": day, **_people(rest)}
    return _record("enrolment", org, reference, fields, rest)


def _succession(parts: list[str]) -> Told:
    org, reference, former, successor, *rest = parts
    subjects = [
        {"role": "former", "tokens": [token(former)]},
        {"role": "successor", "tokens": [token(successor)]},
    ]
    return _record("succession", org, reference, {"subjects": subjects}, rest)


_ASKED = (
    "programme", "purpose", "modality", "frequency", "covers_from", "covers_to", "district",
    "subjects",
)  # fmt: skip


def _inquiry(parts: list[str]) -> Told:
    org, programme, reference, what, covers, *rest = parts
    who = " ".join(part for part in rest if _is_person(part))
    plan = spoken(f"PLAN {org} {programme} {reference} {what} 1 {covers} {who}")[2]
    asked = {name: plan[name] for name in _ASKED} | {"reason": "application"}
    return _record("inquiry", org, reference, asked, rest)


_WORDS: dict[str, Callable[[list[str]], Told]] = {
    "NEED": _need,
    "ENROL": _enrolment,
    "SUCCEED": _succession,
    "ASK": _inquiry,
}


def _record(kind: str, org: str, reference: str, fields: dict[str, Any], rest: list[str]) -> Told:
    more: dict[str, Any] = {}
    for part in rest:
        if not _is_person(part):
            name, _, text = part.partition("=")
            more[name] = (
                int(text) if text.isdigit() else {"true": True, "false": False}.get(text, text)
            )
    record = {
        "kind": kind,
        "nonce": ZERO_NONCE,
        "version": 1,
        f"{kind}_id": assistance_id(org, f"{kind} {reference}"),
    }
    return org, reference, record | fields | more


def _is_person(part: str) -> bool:
    return part[:2] in ("R=", "B=", "M=")


def _people(rest: list[str]) -> dict[str, Any]:
    roles = {"R": "recipient", "B": "beneficiary", "M": "member"}
    return {
        "subjects": [
            {"role": roles[part[0]], "tokens": [token(name)]}
            for part in rest
            if _is_person(part)
            for name in part[2:].split(",")
        ]
    }


def finding_row(f: FindingRevision, names: dict[str, str]) -> str:
    """`kind strength a–b [from,to) amount`, with references for ids."""
    a, b = names[f["assistance_a"]], names[f["assistance_b"]]
    if f["org_a"] == f["org_b"]:
        # their ids are hashes, so a pair of one organisation may stand either way round
        a, b = sorted((a, b))
    window = f"[{f['overlap_from']},{f['overlap_to']})"
    return f"{f['kind']} {f['strength']} {a}–{b} {window} {f['amount_at_risk']}"


def conserved(output: RegistryOutput) -> bool:
    """True if each submission's rows are all there, with a reason for each reject."""
    for submission in output["submissions"]:
        rows = submission["rows"]
        if submission["reason"]:
            ok = not rows and submission["records"] >= 1
        else:
            ok = [row["row"] for row in rows] == list(range(1, submission["records"] + 1))
            ok = ok and all((r["disposition"] == "rejected") == bool(r["reason"]) for r in rows)
        if not ok:
            return False
    return True
