"""The scenarios' shorthand for what is not assistance: needs, enrolments, successions, inquiries.

    NEED org reference purpose assessed_on R=P01 [M=P02] [closed_on=…]
    ENROL org programme reference started_on R=P01 [ended_on=… end_reason=…]
    SUCCEED org reference former successor
    ASK org programme reference purpose/modality/freq covers R=P01 [M=…]

Further `field=value` parts set fields; `version` is 1 unless it is given.
"""

from collections.abc import Callable
from typing import Any

from events.outputs import Row
from tests.kit import ZERO_NONCE, System, assistance_id, spoken, token

DISTRICT = "TUR034026"
Told = tuple[str, str, dict[str, Any]]


def told(line: str) -> Told:
    """(org, reference, record) of a line."""
    word, *parts = line.split()
    return _WORDS[word](parts)


def tell(system: System, line: str) -> Row:
    """Submit the record of a line; its disposition."""
    org, reference, record = told(line)
    system.names[next(v for k, v in record.items() if k.endswith("_id"))] = reference
    return system.submit(org, record)[0]


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
    return _record("inquiry", org, reference, {name: plan[name] for name in _ASKED}, rest)


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
            more[name] = int(text) if text.isdigit() else {"true": True}.get(text, text)
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
