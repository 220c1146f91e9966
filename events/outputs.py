"""What the registry says about a block (aid-findings) and what a partner is told (aid-receipts-*).

One message of aid-findings for each block, with the same `seq`. Amounts are
decimal strings, days ISO dates, windows half open. Nothing here is a token.
"""

from typing import Any, Final, Literal, NotRequired, TypedDict

OUTPUT_VERSION: Final = 1
ROWS_PER_PART: Final = 5_000
"""About 3 MB of findings and as many of verdicts in one message."""

Disposition = Literal["accepted", "duplicate", "rejected"]
Verdict = Literal["clear", "covered", "review", "uncheckable"]
Basis = Literal["", "delivered", "reserved"]
FindingKind = Literal[
    "double-coverage", "repeated-payment", "over-cap", "unmet-need", "lapsed-coverage"
]
FindingStatus = Literal["open", "confirmed", "dismissed", "withdrawn"]
Strength = Literal["certain", "probable", "possible"]
Effect = Literal[
    "applied", "waits-for-second", "unknown-finding", "stale-revision", "not-open",
    "notice-missing", "no-appeal", "not-decided", "already-appealed", "too-late", "not-a-side",
]  # fmt: skip
KindA = Literal["assistance", "need", "enrolment"]
NoticeKind = Literal["freed", "case-opened", "confirmed", "dismissed"]
Outcome = Literal["pending", "lapsed", "cancelled-after-verdict", "delivered-anyway", "delivered"]
LinkName = Literal[
    "same-recipient", "same-beneficiary", "each-lists-other", "one-lists-other", "shared-members",
    "shared-member", "case-number", "telephone-or-account", "weak",
]  # fmt: skip
"""How two records met (docs/decisions/0023); the first three alone mean one person."""
MeetsBy = Literal["purpose", "as-part", "excluding-programmes"]
"""The rule by which two records may not stand together (docs/decisions/0038)."""


class Answer(TypedDict):
    """The verdict on a planned or delivered record: advice, and all that is disclosed.

    `window_from`/`window_to` and `focal` are empty unless something was found;
    the window is to the month unless the link is certain.
    """

    verdict: Verdict
    basis: Basis
    purpose: str
    window_from: str
    window_to: str
    focal: str
    policy: int
    assurance: str
    answered_day: str


class Row(TypedDict):
    """The disposition of one record of a submission; `row` counts from 1."""

    row: int
    disposition: Disposition
    kind: str
    id: str
    version: int
    reason: str
    field: str
    answer: Answer | None


class SubmissionOutcome(TypedDict):
    """A submission or refused message as the block took it.

    `org` and `submission_id` are what a refused message claims (maybe ''). With
    `reason` set the whole message was refused and `rows` is empty; `records` counts
    the records in it, at least 1 for a message that cannot be read.
    """

    org: str
    submission_id: str
    offset: int
    assurance: str
    records: int
    reason: str
    field: str
    rows: list[Row]


class PairChecks(TypedDict):
    """What was checked of a pair when this revision was made: why the two records met.

    Windows are effective, [from, to). `subjects` are those who met: role in a, role in b, token
    type, each once, sorted. `succession` says who vouches that one number followed another where
    the link rests on that: one body, several, or ''. `least_overlap_days` is what was asked of
    these two windows, `weight` and `threshold` those of a weak link (else 0). The policy, the
    overlap and the organisations stand in the finding itself. What was said before `meets_by` was
    recorded met by its purpose; where programmes exclude each other no class was asked for (None).
    """

    link: LinkName
    subjects: list[list[str]]
    meets_by: MeetsBy
    matched_as: Literal["household", "beneficiary"]
    succession: Literal["", "one", "several"]
    window_a: list[str]
    window_b: list[str]
    overlap_days: int
    least_overlap_days: int
    modality_class: int | None
    same_programme: bool
    weight: int
    threshold: int


class GapChecks(TypedDict):
    """What was looked for before a gap was opened, and until which day."""

    met_by: list[str]
    """Purposes of assistance that would have met it, sorted."""
    wait_days: int
    due: str


class SumChecks(TypedDict):
    """What a sum over the cap was held against: the household's size and the basket for it."""

    size: int
    cap: str
    total: str


Checks = PairChecks | GapChecks | SumChecks


class FindingRevision(TypedDict):
    """One revision of a finding. `person` is (seq, index, subject): internal, never shown.

    A gap has no b, no `overlap_to` and no amount; `kind_a` is what `assistance_a` names.
    `records` lists [organisation, id] of all that a sum over the cap is made of, and is empty
    for other kinds. What was said before checks were recorded has neither `kind_a` nor `checks`.
    """

    finding_id: str
    case_id: str
    revision: int
    kind: FindingKind
    strength: Strength
    status: FindingStatus
    person: list[int]
    org_a: str
    kind_a: KindA
    assistance_a: str
    org_b: str
    assistance_b: str
    purpose: str
    overlap_from: str
    overlap_to: str
    amount_at_risk: str | None
    currency: str
    district: str
    opened_day: str
    changed_day: str
    caused_by: list[int]
    policy: int
    records: list[list[str]]
    late_org: str
    """Whose late upload caused a pair; '' if nobody's."""
    checks: Checks
    """By `kind`: of a pair, a gap or a sum. A withdrawn finding keeps those of when it stood."""


class PartyRow(TypedDict):
    """What an organisation was asked about a case, and when it answered ('': not yet)."""

    org: str
    asked_day: str
    acknowledge_by: str
    acknowledged_day: str
    reply_by: str
    replied_day: str
    fact: str


class CaseRevision(TypedDict):
    """One revision of a case: one family (`person`: internal) and purpose, many findings.

    A `suspect-identifier` case is about one number that too many households list; it has no
    purpose, and `findings` counts the households. `late` is the body whose day is past.
    """

    case_id: str
    kind: Literal["coverage", "suspect-identifier"]
    revision: int
    purpose: str
    status: Literal["open", "closed"]
    person: list[int]
    programmes: list[str]
    findings: int
    decide_by: str
    notified_day: str
    late: Literal["", "administration", "supervisor"]
    parties: list[PartyRow]
    opened_day: str
    changed_day: str
    caused_by: list[int]


class DecisionRow(TypedDict):
    """What somebody said of a finding, and what came of it; or a partner's missed deadline.

    `revision` is the one that was named, `user` the account that signed and `role` what it is.
    `effect` is `applied`, or why nothing followed (docs/decisions/0013). A deadline concerns a
    case, not one finding. `decision_id` is the same for all that one account says of a revision;
    `caused_by` and `decision_id` together are one attempt's alone. What was said before has
    neither `version` nor `role` nor `caused_by`.
    """

    decision_id: str
    version: int
    act: Literal["decision", "appeal", "deadline"]
    finding_id: str
    revision: int
    case_id: str
    org: str
    user: str
    role: str
    decision: Literal["", "confirm", "dismiss"]
    reason: str
    effect: Effect
    day: str
    caused_by: list[int]


class ExcessRow(TypedDict):
    """What a case had too much of in a month; said again whenever it changes. None: no rate.

    `amount` is over its certain pairs that are open or confirmed, `amount_confirmed` over the
    confirmed alone. `district` is that of the finding which opened the case, as it was then.
    What was said before has neither of the two, and an `amount` over the open ones.
    """

    case_id: str
    purpose: str
    month: str
    amount: str | None
    amount_confirmed: str | None
    currency: str
    district: str


class Notice(TypedDict):
    """Something a partner should know that is no answer, about one of its own records.

    `freed`: what blocked its plan is gone. `case-opened`: it is asked about a case, and
    acknowledges by `by`. `confirmed`, `dismissed`: what was decided of the finding, and why.
    """

    org: str
    assistance_id: str
    version: int
    kind: NoticeKind
    day: str
    case_id: str
    finding_id: str
    revision: int
    reason: str
    by: str


class VerdictRow(TypedDict):
    """An answer with its later outcome; sent again whenever the outcome changes."""

    org: str
    assistance_id: str
    version: int
    outcome: Outcome
    amount: str
    currency: str
    answer: Answer


class RegistryOutput(TypedDict):
    """What the registry says about block `seq`; `block` is that block's digest.

    One message of aid-findings, or several where its rows do not fit into one:
    `part` counts from 0 to `parts` - 1; the submissions stand in part 0.
    """

    v: int
    seq: int
    part: int
    parts: int
    block: str
    day: str
    submissions: list[SubmissionOutcome]
    findings: list[FindingRevision]
    verdicts: list[VerdictRow]
    cases: list[CaseRevision]
    decisions: list[DecisionRow]
    excess: list[ExcessRow]
    notices: list[Notice]


class StageKeyProof(TypedDict):
    """The submission of the administration that changed a key of receipts, as it was sent.

    The journal keeps no nonce of a record, without which no digest of its manifest comes out.
    """

    submission: str
    sig: str


class Receipt(TypedDict):
    """What one partner is told about block `seq`; a heartbeat has neither list.

    `stage_keys`: the receipts are signed with other keys from here on.
    """

    v: int
    receipt_id: str
    org: str
    seq: int
    submissions: list[SubmissionOutcome]
    notices: list[Notice]
    stage_keys: NotRequired[list[StageKeyProof]]


_List = Literal["findings", "verdicts", "cases", "decisions", "excess", "notices"]
PARTED: Final[tuple[_List, ...]] = (
    "findings", "verdicts", "cases", "decisions", "excess", "notices",
)  # fmt: skip
"""The lists that are cut where they do not fit into one message."""


def split(output: RegistryOutput) -> list[RegistryOutput]:
    """The messages of one output: a flood of findings must not be larger than a message may be.

    The same output gives the same messages.
    """
    most = max(len(output[name]) for name in PARTED)
    parts = max(1, -(-most // ROWS_PER_PART))
    messages = []
    for part in range(parts):
        here = slice(part * ROWS_PER_PART, (part + 1) * ROWS_PER_PART)
        message = RegistryOutput(**output)
        message["part"], message["parts"] = part, parts
        for name in PARTED:
            message[name] = output[name][here]
        if part:
            message["submissions"] = []
        messages.append(message)
    return messages


class Assembler:
    """Puts the parts of an output together again, however often they are repeated.

    A worker that died between two parts sends all of them again, with the same content;
    so a part that is here already is skipped.
    """

    def __init__(self) -> None:
        self._parts: list[RegistryOutput] = []

    @property
    def is_waiting(self) -> bool:
        """True while an output lacks parts."""
        return bool(self._parts)

    def add(self, message: RegistryOutput) -> RegistryOutput | None:
        """The whole output once its last part is here, else None.

        Messages of other seqs than the one that is being assembled are the caller's to skip.
        Raises ValueError for a part whose predecessor is missing.
        """
        if self._parts and self._parts[0]["seq"] != message["seq"]:
            self._parts = []
        if message["part"] > len(self._parts):
            raise ValueError(f"part {message['part']} of output {message['seq']} came too early")
        if message["part"] == len(self._parts):
            self._parts.append(message)
        if len(self._parts) < message["parts"]:
            return None
        parts, self._parts = self._parts, []
        whole = RegistryOutput(**parts[0])
        for name in PARTED:
            rows: list[Any] = [row for part in parts for row in part[name]]
            whole[name] = rows
        return whole
