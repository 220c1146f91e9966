"""Ids that follow from their causes: the same facts give the same id at every fold. Pure."""

import hashlib


def sum_id(month: str, records: list[list[str]]) -> str:
    """32 hex digits of a sum over the cap: SHA-256 over the month and its records."""
    lines = ["tekil-finding-v1", "over-cap", month, *(f"{org}\n{one}" for org, one in records)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def missed_id(case: str, org: str, day: str) -> str:
    """32 hex digits of a partner's missed deadline."""
    return hashlib.sha256(f"tekil-missed-v1\n{case}\n{org}\n{day}".encode()).hexdigest()[:32]


def suspect_case_id(seq: int, index: int, subject: int) -> str:
    """32 hex digits of the case about a number, by where the record that opened it listed it."""
    text = f"tekil-suspect-v1\n{seq}\n{index}\n{subject}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def case_id(finding: str) -> str:
    """32 hex digits of the case that a finding opens."""
    return hashlib.sha256(f"tekil-case-v1\n{finding}".encode()).hexdigest()[:32]


def finding_id(kind: str, org_a: str, id_a: str, org_b: str, id_b: str) -> str:
    """32 hex digits: SHA-256 over the kind and its causes, a before b in text order.

    A gap has one cause alone: b is empty.
    """
    if org_b and (org_b, id_b) < (org_a, id_a):
        org_a, id_a, org_b, id_b = org_b, id_b, org_a, id_a
    text = "\n".join(("tekil-finding-v1", kind, org_a, id_a, org_b, id_b))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def receipt_id(org: str, seq: int) -> str:
    """32 hex digits, the same however often the receipt of (org, seq) is sent."""
    return hashlib.sha256(f"tekil-receipt-v1\n{org}\n{seq}".encode()).hexdigest()[:32]
