"""Everything that may stand in a submission, told apart by `kind`."""

from typing import Annotated, Final

from pydantic import Field, TypeAdapter

from events.model.aid import Assistance, Enrolment, Inquiry, Need, Succession
from events.model.case import Appeal, CaseStep, Decision
from events.model.control import (
    ClockStep,
    Partner,
    PartnerKey,
    Policy,
    PolicySignature,
    Programme,
    Quarantine,
    Release,
)
from events.model.epochs import Evaluations, TokenEpoch

AidRecord = Assistance | Need | Enrolment | Succession | Inquiry
Control = (
    Partner
    | PartnerKey
    | Programme
    | Policy
    | PolicySignature
    | Quarantine
    | Release
    | ClockStep
    | TokenEpoch
    | Evaluations
)
CaseRecord = CaseStep | Decision | Appeal
Record = AidRecord | Control | CaseRecord
RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])

ID_FIELDS: Final = {
    "assistance": "assistance_id",
    "need": "need_id",
    "enrolment": "enrolment_id",
    "succession": "succession_id",
    "inquiry": "inquiry_id",
    "partner": "org",
    "key": "public_key",
    "programme": "programme",
    "policy": "",
    "policy-signature": "policy_version",
    "quarantine": "quarantine_id",
    "release": "submission_id",
    "clock-step": "day",
    "token-epoch": "epoch",
    "evaluations": "evaluations_id",
    "case-step": "step_id",
    "decision": "decision_id",
    "appeal": "appeal_id",
}
"""Kind → the field that names the thing a record is a version of; '' where there is but one."""


def identity_of(kind: str, fields: dict[str, object]) -> str:
    """The id of the thing that a record's fields (in JSON shape) are a version of."""
    name = ID_FIELDS[kind]
    return str(fields[name]) if name else kind


def identity(record: Record) -> tuple[str, str]:
    """(kind, id) of the thing that `record` is a version of, unique within its organisation."""
    name = ID_FIELDS[record.kind]
    return record.kind, str(getattr(record, name)) if name else record.kind
