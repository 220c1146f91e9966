"""From a message of aid-findings to rows: pure functions, no clock, no I/O."""

import hashlib
import hmac
from datetime import date
from typing import Final

from events.outputs import (
    OUTPUT_VERSION,
    CaseRevision,
    DecisionRow,
    ExcessRow,
    FindingRevision,
    RegistryOutput,
    VerdictRow,
)
from projections.rows import Row, Rows, as_day, as_decimal, maybe_day, maybe_decimal

AUDIENCE: Final = "administration"
PERSON_REF_HEX: Final = 16


def person_ref(key: bytes, opened_day: str, person: list[int]) -> str:
    """What the administration calls a person: 16 hex digits, another name every year.

    `person` is (seq, index, subject) of the record that first brought a strong token.
    """
    seq, index, subject = person
    text = f"{AUDIENCE}|{opened_day[:4]}|{seq}.{index}.{subject}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:PERSON_REF_HEX]


def output_rows(output: RegistryOutput, person_key: bytes, message_offset: int) -> Rows:
    """The rows of one message of aid-findings.

    `person_key` is the administration's 32-byte key of person_ref. Raises ValueError
    for a message of another version.
    """
    if output["v"] != OUTPUT_VERSION:
        raise ValueError(f"output {output['seq']} of unknown version {output['v']}")
    seq, day = output["seq"], as_day(output["day"])
    rows: Rows = {}
    if output["verdicts"]:
        rows["verdicts"] = [
            _verdict(seq, position, day, said) for position, said in enumerate(output["verdicts"])
        ]
    if output["findings"]:
        rows["findings"] = [_finding(seq, said, person_key) for said in output["findings"]]
        rows["finding_records"] = [
            (said["finding_id"], said["revision"], org, record, seq)
            for said in output["findings"]
            for org, record in _records(said)
        ]
    if output["cases"]:
        rows["cases"] = [_case(seq, said, person_key) for said in output["cases"]]
        rows["case_parties"] = [row for said in output["cases"] for row in _parties(seq, said)]
    if output["decisions"]:
        rows["decisions"] = [_decision(seq, said) for said in output["decisions"]]
    if output["excess"]:
        rows["excess"] = [
            _excess(seq, position, said) for position, said in enumerate(output["excess"])
        ]
    if output["notices"]:
        rows["notices"] = [
            (
                said["org"],
                said["assistance_id"],
                said["version"],
                said["kind"],
                said["finding_id"],
                as_day(said["day"]),
                said["case_id"],
                said["revision"],
                said["reason"],
                maybe_day(said["by"]),
                seq,
            )
            for said in output["notices"]
        ]
    rows["registry_blocks"] = [_registry_block(output, day, message_offset)]
    return rows


def _verdict(seq: int, position: int, day: date, said: VerdictRow) -> Row:
    answer = said["answer"]
    return (
        said["org"],
        said["assistance_id"],
        said["version"],
        seq,
        position,
        answer["verdict"],
        answer["basis"],
        answer["purpose"],
        maybe_day(answer["window_from"]),
        maybe_day(answer["window_to"]),
        answer["focal"],
        answer["policy"],
        answer["assurance"],
        said["outcome"],
        as_decimal(said["amount"]),
        said["currency"],
        as_day(answer["answered_day"]),
        day,
    )


def _finding(seq: int, said: FindingRevision, person_key: bytes) -> Row:
    caused_seq, caused_item = said["caused_by"]
    return (
        said["finding_id"],
        said["revision"],
        said["kind"],
        said["strength"],
        said["status"],
        person_ref(person_key, said["opened_day"], said["person"]),
        said["org_a"],
        said["assistance_a"],
        said["org_b"],
        said["assistance_b"],
        said["purpose"],
        maybe_day(said["overlap_from"]),
        maybe_day(said["overlap_to"]),
        maybe_decimal(said["amount_at_risk"]),
        said["currency"],
        said["district"],
        as_day(said["opened_day"]),
        as_day(said["changed_day"]),
        caused_seq,
        caused_item,
        said["policy"],
        seq,
        said["case_id"],
        said["late_org"],
    )


def _records(said: FindingRevision) -> list[tuple[str, str]]:
    """What a finding is about: the records of a sum, a pair's two, a gap's one."""
    if said["records"]:
        return [(org, record) for org, record in said["records"]]
    pair = ((said["org_a"], said["assistance_a"]), (said["org_b"], said["assistance_b"]))
    return [one for one in pair if one[0]]


def _case(seq: int, said: CaseRevision, person_key: bytes) -> Row:
    return (
        said["case_id"],
        said["revision"],
        said["kind"],
        said["purpose"],
        said["status"],
        person_ref(person_key, said["opened_day"], said["person"]),
        said["programmes"],
        said["findings"],
        maybe_day(said["decide_by"]),
        maybe_day(said["notified_day"]),
        said["late"],
        as_day(said["opened_day"]),
        as_day(said["changed_day"]),
        *said["caused_by"],
        seq,
    )


def _parties(seq: int, said: CaseRevision) -> list[Row]:
    return [
        (
            said["case_id"],
            said["revision"],
            party["org"],
            as_day(party["asked_day"]),
            as_day(party["acknowledge_by"]),
            maybe_day(party["acknowledged_day"]),
            as_day(party["reply_by"]),
            maybe_day(party["replied_day"]),
            party["fact"],
            seq,
        )
        for party in said["parties"]
    ]


def _decision(seq: int, said: DecisionRow) -> Row:
    return (
        said["act"],
        said["decision_id"],
        said["finding_id"],
        said["revision"],
        said["case_id"],
        said["org"],
        said["user"],
        said["decision"],
        said["reason"],
        said["effect"],
        as_day(said["day"]),
        seq,
    )


def _excess(seq: int, position: int, said: ExcessRow) -> Row:
    return (
        said["case_id"],
        as_day(said["month"]),
        seq,
        position,
        said["purpose"],
        maybe_decimal(said["amount"]),
        said["currency"],
    )


def _registry_block(output: RegistryOutput, day: date, message_offset: int) -> Row:
    submitted = 0
    counts = {"accepted": 0, "duplicate": 0, "rejected": 0}
    for submission in output["submissions"]:
        submitted += submission["records"]
        if submission["reason"]:
            counts["rejected"] += submission["records"]
        for row in submission["rows"]:
            counts[row["disposition"]] += 1
    return (
        output["seq"],
        output["block"],
        day,
        len(output["submissions"]),
        submitted,
        *counts.values(),
        len(output["findings"]),
        len(output["verdicts"]),
        message_offset,
    )
