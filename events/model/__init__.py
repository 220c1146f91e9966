"""The records that partners and the administration publish, as strict models.

types.py       words and shapes that all share
partners.py    organisations, keys, programmes
policy.py      the numbers of the rules
genesis.py     how the journal begins, and its clock
submission.py  what is signed of a submission
stages.py      the keys with which the stages sign
aid.py         what partners say about families
numbers.py     what is said of a number itself
epochs.py      epochs of tokens, and what key servers were asked
case.py        steps, decisions, appeals
erasure.py     which records' people are forgotten

Which of them are records of the door says `events.catalog`, the one table of kinds.
"""

from events.model.aid import Assistance, Enrolment, Inquiry, Need
from events.model.case import Appeal, CaseStep, Confirmation, Decision, Dismissal
from events.model.epochs import MAX_EPOCHS, NO_EPOCH, Evaluations, TokenEpoch, epochs_of
from events.model.erasure import Erasure
from events.model.genesis import ClockStep, FirstEpoch, Genesis, RootKey
from events.model.numbers import NumberHolder, Quarantine, Succession
from events.model.partners import ADMINISTRATION, SUPERVISOR, Partner, PartnerKey, Programme
from events.model.policy import Policy, PolicyRules, PolicySignature
from events.model.stages import FirstStageKey, SigningStage, StageKey
from events.model.submission import Manifest, Release
from events.model.types import (
    FIRST_DAY,
    Assurance,
    Code,
    EndReason,
    FindingId,
    Frequency,
    InquiryReason,
    KeyRole,
    Level,
    Mechanism,
    Modality,
    OrgCode,
    OverrideReason,
    Purpose,
    Record,
    ReturnedReason,
    Role,
    Stage,
    Subject,
    Token,
)

__all__ = [
    "ADMINISTRATION",
    "FIRST_DAY",
    "MAX_EPOCHS",
    "NO_EPOCH",
    "SUPERVISOR",
    "Appeal",
    "Assistance",
    "Assurance",
    "CaseStep",
    "ClockStep",
    "Code",
    "Confirmation",
    "Decision",
    "Dismissal",
    "EndReason",
    "Enrolment",
    "Erasure",
    "Evaluations",
    "FindingId",
    "FirstEpoch",
    "FirstStageKey",
    "Frequency",
    "Genesis",
    "Inquiry",
    "InquiryReason",
    "KeyRole",
    "Level",
    "Manifest",
    "Mechanism",
    "Modality",
    "Need",
    "NumberHolder",
    "OrgCode",
    "OverrideReason",
    "Partner",
    "PartnerKey",
    "Policy",
    "PolicyRules",
    "PolicySignature",
    "Programme",
    "Purpose",
    "Quarantine",
    "Record",
    "Release",
    "ReturnedReason",
    "Role",
    "RootKey",
    "SigningStage",
    "Stage",
    "StageKey",
    "Subject",
    "Succession",
    "Token",
    "TokenEpoch",
    "epochs_of",
]
