"""What the system said at the end against the plain loop, in every place where it said it."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from kafka import TopicPartition

from events.catalog import Topic, receipts_topic
from events.model import ADMINISTRATION
from events.outputs import Assembler, RegistryOutput
from infra import kafka
from infra.genesis import load_genesis
from infra.settings import Settings
from projections import query as analyst
from tests.chaos.compare import differences, last_findings, last_verdicts
from tests.chaos.faults import Hit
from tests.chaos.genuine import Genuine, Said
from tests.chaos.load import ORGS, Message
from tests.chaos.plain_loop import PlainLoop, Sent

VERDICT_KEY = ("org", "assistance_id", "version")
AMOUNTS = ("amount", "amount_at_risk")


def read_all(settings: Settings, topic: str) -> list[Any]:
    """All messages of a topic, in order."""
    client = kafka.consumer(settings)
    partition = TopicPartition(settings.topic(topic), 0)
    client.assign([partition])
    client.seek(partition, 0)
    found: list[Any] = []
    try:
        end = kafka.end_offset(client, partition.topic)
        while client.position(partition) < end:
            found += client.poll(timeout_ms=500).get(partition, ())
        return found
    finally:
        client.close()


class Judgement:
    """Reads everything once; `differences` is empty if all is as the plain loop says."""

    def __init__(self, settings: Settings) -> None:
        genesis = load_genesis(settings)
        assert genesis is not None
        self.settings = settings
        self.genuine = Genuine(genesis)
        self.submitted = read_all(settings, Topic.SUBMISSIONS)
        self.plain = PlainLoop(genesis)
        for record in self.submitted:
            self.plain.read(Sent(record.offset, record.headers, record.value))
        self.receipts = {
            org: [
                (record, said)
                for record in read_all(settings, receipts_topic(org))
                if (said := self.genuine.receipt(org, record.value)) is not None
            ]
            for org in (*ORGS, ADMINISTRATION)
        }
        self.outputs = outputs_of(read_all(settings, Topic.FINDINGS), self.genuine)
        self.views: dict[str, list[dict[str, Any]]] = {}

    def differences(self, sent: dict[int, Message]) -> list[str]:
        """Everything that is not as it must be; `sent` is what the office was acknowledged."""
        assert len(self.plain.outcomes) > 100, "a comparison that saw little says nothing"
        assert self.plain.findings
        return [
            f"{where}: {what}"
            for where, found in (
                ("sent", self._lost(sent)),
                ("receipts", self._receipts()),
                ("aid-findings", self._findings()),
                ("ClickHouse", self._tables()),
            )
            for what in found
        ]

    def in_flight(self, hits: list[Hit]) -> list[Hit]:
        """The hits at which a submission had been taken by the broker and was not yet answered."""
        taken = {record.offset: record.timestamp for record in self.submitted}
        answered: dict[int, int] = {}
        for records in self.receipts.values():
            for record, said in records:
                for submission in said["submissions"]:
                    answered.setdefault(submission["offset"], record.timestamp)
        spans = [(taken[offset], at) for offset, at in answered.items()]
        return [hit for hit in hits if any(begin < hit.at_ms < end for begin, end in spans)]

    # -- each place -----------------------------------------------------------------------------

    def _lost(self, sent: dict[int, Message]) -> Iterator[str]:
        held = {record.offset: record.value for record in self.submitted}
        for offset, message in sent.items():
            if held.get(offset) != message.value:
                yield f"submission {message.submission_id} is not at offset {offset}"

    def _receipts(self) -> Iterator[str]:
        for org, records in self.receipts.items():
            first: dict[str, Said] = {}
            for _, receipt in records:
                if first.setdefault(receipt["receipt_id"], receipt) != receipt:
                    yield f"{org}: receipt {receipt['receipt_id']} was repeated with other words"
            said = [s for receipt in first.values() for s in receipt["submissions"]]
            expected = [outcome for outcome in self.plain.outcomes if outcome["org"] == org]
            yield from differences(expected, said, "offset")

    def _findings(self) -> Iterator[str]:
        said = [s for output in self.outputs for s in output["submissions"]]
        yield from differences(self.plain.outcomes, said, "offset")
        yield from differences(self.plain.verdicts(), last_verdicts(self.outputs), *VERDICT_KEY)
        found = last_findings(self.outputs)
        yield from differences(self.plain.findings.values(), found, "finding_id")

    def _tables(self) -> Iterator[str]:
        plain = self.plain
        findings = [amounts(finding) for finding in plain.findings.values()]
        yield from differences(findings, self._view("v1_findings"), "finding_id")
        verdicts = [
            amounts({k: v for k, v in row.items() if k != "answer"} | nulls(row["answer"]))
            for row in plain.verdicts()
        ]
        yield from differences(verdicts, self._view("v1_verdicts"), *VERDICT_KEY)
        submissions = [counted(outcome) for outcome in plain.outcomes]
        yield from differences(submissions, self._view("v1_submissions"), "source_offset")
        rejections = [row for outcome in plain.outcomes for row in refused(outcome)]
        found = self._view("v1_rejections")
        yield from differences(rejections, found, "source_offset", "row_no")
        checks = self._view("v1_integrity")
        if len(checks) < 10:
            yield f"v1_integrity has {len(checks)} rows"
        for check in checks:
            if not check["ok"]:
                yield f"v1_integrity: {check}"

    def _view(self, name: str) -> list[dict[str, Any]]:
        if name in self.views:
            return self.views[name]
        found = analyst.query(self.settings, f"SELECT * FROM {name}", max_rows=2_000_000)
        assert not found.truncated
        self.views[name] = [amounts(row) for row in found.plain()]
        return self.views[name]


def outputs_of(records: list[Any], genuine: Genuine) -> list[RegistryOutput]:
    """The registry's outputs by seq; one that is sent again must have the same words."""
    first: dict[tuple[int, int], bytes] = {}
    assembler, outputs = Assembler(), []
    for record in records:
        message = genuine.output(record.value)
        if message is None:
            continue
        name = message["seq"], message["part"]
        if name in first:
            assert first[name] == record.value, f"output {name} was repeated with other words"
            continue
        first[name] = record.value
        whole = assembler.add(cast(RegistryOutput, message))
        if whole is not None:
            outputs.append(whole)
    assert [output["seq"] for output in outputs] == list(range(len(outputs)))
    return outputs


def amounts(row: dict[str, Any]) -> dict[str, Any]:
    """With amounts as numbers, however many zeros they end with."""
    return row | {
        name: Decimal(row[name]) for name in AMOUNTS if name in row and row[name] is not None
    }


def nulls(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as a table has it: a day that is not there is NULL."""
    return answer | {name: answer[name] or None for name in ("window_from", "window_to")}


def counted(outcome: dict[str, Any]) -> dict[str, Any]:
    """A submission as a row of v1_submissions."""
    said = Counter(row["disposition"] for row in outcome["rows"])
    whole = outcome["records"] if outcome["reason"] else 0
    names = ("org", "submission_id", "assurance", "records", "reason", "field")
    return {name: outcome[name] for name in names} | {
        "source_offset": outcome["offset"],
        "accepted": said["accepted"],
        "duplicate": said["duplicate"],
        "rejected": said["rejected"] + whole,
    }


def refused(outcome: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Its rows of v1_rejections."""
    base = {name: outcome[name] for name in ("org", "submission_id", "reason", "field")}
    base["source_offset"] = outcome["offset"]
    if outcome["reason"]:
        yield base | {"row_no": 0, "records": outcome["records"]}
    for row in outcome["rows"]:
        if row["disposition"] == "rejected":
            why = {"reason": row["reason"], "field": row["field"], "kind": row["kind"]}
            yield base | why | {"row_no": row["row"], "records": 1}
