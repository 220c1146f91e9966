"""What must come out: a deliberately plain loop over the submissions as they were sent.

One message after the other, one record after the other, everything in dictionaries. It
imports nothing of the stages or the folds (a test keeps that); `events` is used to read
messages only. It covers what `tests/chaos/load.py` makes: strong tokens, policy 1, nothing
protected, the test clock. What two payments are to each other is the oracle's to say; only who
is compared with whom is found out here, as the oracle's way is too slow for thousands.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from events import codec, signing
from events.catalog import identity
from events.model import Assistance, Genesis, Record
from events.rejection import Reason, Refusal
from tests.chaos.plain_aid import Aid, Content, Name, days, outcome, people, tokens
from tests.oracle.answers import whole_months
from tests.oracle.facts import genesis as first_fact
from tests.oracle.links import RANK, has_strong
from tests.oracle.pairs import Meeting, meeting, smaller_amount
from tests.oracle.world import Said, World, aid_of

POLICY = 1
CURRENCY = "TRY"
ADMIN, SUPERVISOR = "ADMIN", "SUPERVISOR"


@dataclass(frozen=True)
class Sent:
    """One message of aid-submissions as the broker holds it."""

    offset: int
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None


class PlainLoop:
    """`read` each message in order; then look at `outcomes`, `verdicts` and `findings`."""

    def __init__(self, genesis: Genesis) -> None:
        self.today = genesis.first_day
        policy = genesis.policy.model_dump(mode="json")
        self.world = World([first_fact(genesis.first_day.isoformat(), policy)])
        self.rules = self.world.rules(self.today)
        self.partners: dict[str, tuple[int, str]] = {ADMIN: (1, "")}
        self.keys: dict[str, tuple[int, str, bytes, str]] = {}
        for root in genesis.root_keys:
            body = ADMIN if root.role == "administrator" else SUPERVISOR
            self.partners[body] = (1, "")
            self._know_key(body, root.public_key, 1, "active")
        self.programmes: dict[str, str] = {}
        self.submissions: dict[Name, bytes] = {}
        self.versions: dict[tuple[str, str, str, int], Any] = {}
        self.aids: dict[Name, Aid] = {}
        self.by_token: dict[tuple[str, str], set[Name]] = {}
        self.partners_in_findings: dict[Name, set[Name]] = {}
        self.findings: dict[str, dict[str, Any]] = {}
        self.outcomes: list[dict[str, Any]] = []

    def read(self, sent: Sent) -> None:
        """Take one message."""
        if sent.value == b"{}" and codec.header(sent.headers, "ce_type") == "tekil.tick.v1":
            return
        sender = ""
        try:
            envelope = codec.open_envelope(sent.headers, sent.value)
            status = self._check_signature(envelope)
            sender = envelope.manifest.org
            self._check_sender(envelope, status)
        except Refusal as refusal:
            self.outcomes.append(_refused(sent, refusal, sender))
            return
        manifest = envelope.manifest
        org = manifest.org
        self.submissions[org, manifest.submission_id] = envelope.manifest_line
        rows: list[dict[str, Any]] = []
        self.outcomes.append(
            {
                "org": org,
                "submission_id": manifest.submission_id,
                "offset": sent.offset,
                "assurance": manifest.assurance.value,
                "records": len(manifest.digests),
                "reason": "",
                "field": "",
                "rows": rows,
            }
        )
        for number, line in enumerate(envelope.lines, start=1):
            row = {"row": number, "kind": "", "id": "", "version": 0, "reason": "", "field": ""}
            rows.append(row | self._record(org, manifest.assurance.value, line, manifest, number))

    # -- dispositions ---------------------------------------------------------------------------

    def _check_signature(self, envelope: codec.Envelope) -> str:
        manifest = envelope.manifest
        org = manifest.org
        if org not in self.partners:
            raise Refusal(Reason("unknown-partner"))
        _, owner, public, status = self.keys.get(manifest.key_id, (0, "", b"", ""))
        if owner != org:
            raise Refusal(Reason("unknown-key"))
        if not envelope.verified(public):
            raise Refusal(Reason("bad-signature"))
        return status

    def _check_sender(self, envelope: codec.Envelope, status: str) -> None:
        manifest = envelope.manifest
        name = manifest.org, manifest.submission_id
        if status != "active":
            raise Refusal(Reason("revoked-key"))
        if self.submissions.get(name, envelope.manifest_line) != envelope.manifest_line:
            raise Refusal(Reason("submission-conflict"))

    def _record(
        self, org: str, assurance: str, line: bytes, manifest: Any, number: int
    ) -> dict[str, Any]:
        pointer: dict[str, Any] = {}
        try:
            if hashlib.sha256(line).hexdigest() != manifest.digests[number - 1]:
                raise Refusal(Reason("digest-mismatch"))
            record = codec.parse_record(line)
            kind, record_id = identity(record)
            pointer = {"kind": kind, "id": record_id, "version": record.version}
            self._authorise(org, record)
            content = record.model_dump(mode="json", exclude_none=True)
            known_as = (org if kind == "assistance" else "", kind, record_id, record.version)
            said = _said(content)
            if known_as in self.versions:
                if self.versions[known_as] != said:
                    raise Refusal(Reason("id-conflict"), "version")
                answer = self._answer_given(org, record_id, record.version)
                return pointer | {"disposition": "duplicate", "answer": answer}
            if kind == "clock-step" and date.fromisoformat(record_id) < self.today:
                raise Refusal(Reason("invalid-value"), "day")
        except Refusal as refusal:
            why = {"reason": refusal.reason.value, "field": refusal.field}
            return pointer | why | {"disposition": "rejected", "answer": None}
        self.versions[known_as] = said
        answer = self._accept(org, assurance, kind, content)
        return pointer | {"disposition": "accepted", "answer": answer}

    def _authorise(self, org: str, record: Record) -> None:
        if record.kind in ("partner", "key", "policy", "clock-step") and org != ADMIN:
            raise Refusal(Reason("not-allowed"))
        if isinstance(record, Assistance):
            if org == ADMIN:
                raise Refusal(Reason("not-allowed"))
            if record.programme not in self.programmes:
                raise Refusal(Reason("unknown-programme"), "programme")
            if self.programmes[record.programme] != org:
                raise Refusal(Reason("not-your-programme"), "programme")

    def _answer_given(self, org: str, record_id: str, version: int) -> dict[str, Any] | None:
        aid = self.aids.get((org, record_id))
        return aid.answers.get(version) if aid else None

    # -- facts ----------------------------------------------------------------------------------

    def _accept(
        self, org: str, assurance: str, kind: str, content: Content
    ) -> dict[str, Any] | None:
        match kind:
            case "partner":
                self.partners[content["org"]] = (content["version"], content["mailbox"])
            case "key":
                self._know_key(
                    content["org"], content["public_key"], content["version"], content["status"]
                )
            case "programme":
                self.programmes[content["programme"]] = content["owner"]
            case "clock-step":
                self.today = date.fromisoformat(content["day"])
            case "assistance":
                return self._aid(org, assurance, content)
            case other:
                raise ValueError(f"the load sends no {other}")
        return None

    def _know_key(self, org: str, public_hex: str, version: int, status: str) -> None:
        public = bytes.fromhex(public_hex)
        key_id = signing.key_id(public)
        if version >= self.keys.get(key_id, (0,))[0]:
            self.keys[key_id] = (version, org, public, status)

    def _aid(self, org: str, assurance: str, content: Content) -> dict[str, Any] | None:
        name = (org, content["assistance_id"])
        held = timedelta(self.rules.reservation_days)
        aid = self.aids.setdefault(name, Aid(*name, len(self.aids), held))
        version, stage = content["version"], content["stage"]
        if stage == "planned":
            aid.announced.append((version, self.today))
        aid.stages[version] = stage
        if version > aid.top:
            for token in tokens(aid):
                self.by_token[token].discard(name)
            aid.top, aid.content = version, content
            said = Said(self.today, org, version, content, people(content))
            aid.payment = aid_of(name, stage, said)
            for token in tokens(aid):
                self.by_token.setdefault(token, set()).add(name)
        answer = None
        if stage in ("planned", "delivered") or (stage == "amended" and aid.planned):
            answer = self._answer(aid, assurance)
            aid.answers[version] = answer
            aid.amounts[version] = (content["amount"], content["currency"])
        self._revise(aid)
        return answer

    def _others(self, aid: Aid) -> list[tuple[Aid, Meeting | None]]:
        """Those who share a token with it, and those it ever had a finding with."""
        names = set(self.partners_in_findings.get(aid.name, ()))
        for token in tokens(aid):
            names |= self.by_token[token]
        names.discard(aid.name)
        found = [self.aids[name] for name in names]
        return [
            (o, meeting(self.world, aid.payment, o.payment))
            for o in found
            if aid.payment and o.payment
        ]

    def _answer(self, aid: Aid, assurance: str) -> dict[str, Any]:
        per_beneficiary = self.rules.per_beneficiary(aid.content["purpose"])
        named = has_strong(aid.payment.people if aid.payment else (), per_beneficiary)
        said = {
            "verdict": "clear" if named else "uncheckable",
            "basis": "",
            "purpose": aid.content["purpose"],
            "window_from": "",
            "window_to": "",
            "focal": "",
            "policy": POLICY,
            "assurance": assurance,
            "answered_day": self.today.isoformat(),
        }
        blocking = [
            (met, other)
            for other, met in self._others(aid)
            if met and (other.delivered or other.holds(self.today))
        ]
        if blocking:
            weight = {
                one: (-RANK[m.strength], -days(m), o.number) for one, (m, o) in enumerate(blocking)
            }
            met, other = blocking[min(weight, key=weight.__getitem__)]
            if met.strength == "possible" and said["verdict"] == "clear":
                return said
            is_certain = met.strength == "certain"
            start, end = met.overlap_from, met.overlap_to
            if not is_certain:
                start, end = whole_months(start, end)
            said["verdict"] = "covered" if is_certain else "review"
            said["basis"] = "delivered" if other.delivered else "reserved"
            said["window_from"], said["window_to"] = start.isoformat(), end.isoformat()
            said["focal"] = self.partners[other.org][1] if is_certain else ""
        return said

    def _revise(self, aid: Aid) -> None:
        for other, met in self._others(aid):
            stands = met if aid.delivered and other.delivered else None
            for kind in ("double-coverage", "repeated-payment"):
                self._finding(kind, aid, other, stands if stands and stands.kind == kind else None)

    def _finding(self, kind: str, one: Aid, two: Aid, met: Meeting | None) -> None:
        a, b = sorted((one, two), key=lambda aid: aid.name)
        words = "\n".join(("tekil-finding-v1", kind, *a.name, *b.name))
        finding_id = hashlib.sha256(words.encode()).hexdigest()[:32]
        last = self.findings.get(finding_id)
        if met is None or a.payment is None or b.payment is None:
            if last is None or last["status"] == "withdrawn":
                return
            fresh = last | {"status": "withdrawn"}
        else:
            fresh = {
                "finding_id": finding_id,
                "kind": kind,
                "strength": met.strength,
                "status": "open",
                "org_a": a.org,
                "assistance_a": a.id,
                "org_b": b.org,
                "assistance_b": b.id,
                "purpose": a.content["purpose"],
                "overlap_from": met.overlap_from.isoformat(),
                "overlap_to": met.overlap_to.isoformat(),
                "amount_at_risk": smaller_amount(a.payment, b.payment, met),
                "currency": CURRENCY,
                "district": a.content["district"],
                "policy": POLICY,
            }
            self.partners_in_findings.setdefault(a.name, set()).add(b.name)
            self.partners_in_findings.setdefault(b.name, set()).add(a.name)
        if last is not None and all(last[key] == value for key, value in fresh.items()):
            return
        fresh["revision"] = last["revision"] + 1 if last else 1
        fresh["opened_day"] = last["opened_day"] if last else self.today.isoformat()
        fresh["changed_day"] = self.today.isoformat()
        self.findings[finding_id] = fresh

    # -- the end --------------------------------------------------------------------------------

    def verdicts(self) -> list[dict[str, Any]]:
        """Each answer with what became of it."""
        return [
            {
                "org": aid.org,
                "assistance_id": aid.id,
                "version": version,
                "outcome": outcome(aid, version, self.today),
                "amount": aid.amounts[version][0],
                "currency": aid.amounts[version][1],
                "answer": answer,
            }
            for aid in self.aids.values()
            for version, answer in aid.answers.items()
        ]


def _refused(sent: Sent, refusal: Refusal, sender: str) -> dict[str, Any]:
    return {
        "org": sender,
        "submission_id": codec.header(sent.headers, "ce_id"),
        "offset": sent.offset,
        "assurance": "",
        "records": min(500, max(1, (sent.value or b"").count(b"\n"))),
        "reason": refusal.reason.value,
        "field": refusal.field,
        "rows": [],
    }


def _said(content: Content) -> Any:
    """What a version says: all but its nonce, people and tokens in any order."""
    rest = {key: value for key, value in content.items() if key not in ("nonce", "subjects")}
    people = sorted(
        (person["role"], sorted(map(tuple, person["tokens"])))
        for person in content.get("subjects", ())
    )
    return rest, people
