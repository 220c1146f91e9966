"""From a message of aid-findings to facts, each the source of a row: pure, no clock, no I/O."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from events.outputs import OUTPUT_VERSION, FindingRevision, RegistryOutput
from projections.tables import findings as tables
from projections.tables.columns import Fact, Facts, Item, as_day

AUDIENCE: Final = "administration"
PERSON_REF_HEX: Final = 16


def person_ref(key: bytes, opened_day: str, person: list[int]) -> str:
    """What the administration calls a person: 16 hex digits, another name every year.

    `person` is (seq, index, subject) of the record that first brought a strong token.
    """
    seq, index, subject = person
    text = f"{AUDIENCE}|{opened_day[:4]}|{seq}.{index}.{subject}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:PERSON_REF_HEX]


def output_facts(output: RegistryOutput, person_key: bytes, message_offset: int) -> Facts:
    """The sources of the rows of one message of aid-findings.

    `person_key` is the administration's 32-byte key of person_ref. Raises ValueError
    for a message of another version.
    """
    if output["v"] != OUTPUT_VERSION:
        raise ValueError(f"output {output['seq']} of unknown version {output['v']}")
    here = {"seq": output["seq"], "day": as_day(output["day"])}
    findings, cases = output["findings"], output["cases"]
    found: Facts = {
        tables.VERDICTS.name: _numbered(output["verdicts"], here),
        tables.FINDINGS.name: _about_persons(findings, here, person_key),
        tables.FINDING_RECORDS.name: [
            (record, whole)
            for finding in findings
            for whole in [here | _named(finding, "finding_id")]
            for record in _records(finding)
        ],
        tables.CASES.name: _about_persons(cases, here, person_key),
        tables.CASE_PARTIES.name: [
            (party, whole)
            for case in cases
            for whole in [here | _named(case, "case_id")]
            for party in case["parties"]
        ],
        tables.DECISIONS.name: _numbered(output["decisions"], here),
        tables.EXCESS.name: _numbered(output["excess"], here),
        tables.NOTICES.name: [(notice, here) for notice in output["notices"]],
        tables.REGISTRY_BLOCKS.name: [
            (output, here | _counts(output) | {"message_offset": message_offset})
        ],
    }
    return {name: facts for name, facts in found.items() if facts}


def _numbered(items: Iterable[Any], here: dict[str, Any]) -> list[Fact]:
    return [(item, {**here, "position": place}) for place, item in enumerate(items)]


def _about_persons(items: Iterable[Any], here: dict[str, Any], key: bytes) -> list[Fact]:
    return [
        (item, {**here, "person_ref": person_ref(key, item["opened_day"], item["person"])})
        for item in items
    ]


def _named(item: Item, name: str) -> dict[str, Any]:
    """What names the revision that a part belongs to."""
    return {name: item[name], "revision": item["revision"]}


def _records(finding: FindingRevision) -> Iterator[Item]:
    """What a finding is about: the records of a sum, a pair's two, a gap's one."""
    pair = (finding["org_a"], finding["assistance_a"]), (finding["org_b"], finding["assistance_b"])
    for org, record in finding["records"] or pair:
        if org:
            yield {"org": org, "assistance_id": record}


def _counts(output: RegistryOutput) -> dict[str, Any]:
    submissions = output["submissions"]
    counts = Counter(row["disposition"] for one in submissions for row in one["rows"])
    refused = sum(one["records"] for one in submissions if one["reason"])
    return {
        "submissions": len(submissions),
        "submitted": sum(one["records"] for one in submissions),
        "accepted": counts["accepted"],
        "duplicate": counts["duplicate"],
        "rejected": counts["rejected"] + refused,
        "finding_revisions": len(output["findings"]),
        "verdicts": len(output["verdicts"]),
    }
