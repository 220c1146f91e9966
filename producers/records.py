"""Draft + tokens → a record of the model (pure)."""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import ValidationError

from events import codec
from events.catalog import BY_NAME
from events.model import InquiryReason, Record
from events.rejection import Reason
from producers.lists.grouping import Draft, RowProblem
from producers.lists.templates import TEMPLATES
from producers.tokens import Identifier, Tokens

NO_NONCE: Final = "0" * 32
# fields that no column has under their own name → the column that the partner can mend
_COLUMNS: Final = {"subjects": "role", "subjects.tokens": "new_number"} | {
    BY_NAME[kind].id_field: template.key for kind, template in TEMPLATES.items()
}
_ASKED: Final = (
    "programme", "purpose", "modality", "frequency", "covers_from", "covers_to", "district",
    "subjects",
)  # fmt: skip
"""What an inquiry asks of an assistance that is not planned yet."""


class Invalid(Exception):
    """A draft that is no record of the model; `problems` has one for each column."""

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        super().__init__()
        self.problems = problems


def assistance_id(key: bytes, org: str, reference: str) -> str:
    """The UUID (version 8, RFC 9562) of an organisation's reference under its own 32-byte key."""
    return derived_id("assistance", key, org, reference)


def derived_id(kind: str, key: bytes, org: str, reference: str) -> str:
    """The same for a reference in a list of another kind; equal references of two kinds differ."""
    text = f"{kind}|{org}|{reference}".encode()
    return uuid_of(hmac.digest(key, text, hashlib.sha256))


def uuid_of(digest: bytes) -> str:
    """The first 16 bytes of a digest as a UUID of version 8 (RFC 9562, custom)."""
    number = int.from_bytes(digest[:16])
    number = number & ~(0xF << 76) | (0x8 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=number))


def thing_id(kind: str, key: bytes, org: str, reference: str) -> str:
    """The id of what a draft is a version of: the reference itself where all share the ids."""
    return reference if BY_NAME[kind].is_shared else derived_id(kind, key, org, reference)


def content(
    kind: str, key: bytes, org: str, draft: Draft, tokens: Mapping[Identifier, Tokens]
) -> dict[str, Any]:
    """All of a draft's record but its version and nonce, as JSON values."""
    found: dict[str, Any] = {"kind": kind, **draft.fields}
    found.pop("version", None)
    entry = BY_NAME[kind]
    if entry.is_shared:  # a public code, which begins with its owner's
        found.setdefault("owner", draft.reference.partition("-")[0])
        return found
    found[entry.id_field] = thing_id(kind, key, org, found.pop("reference"))
    if "replaces" in found:
        found["replaces"] = assistance_id(key, org, found["replaces"])
    if entry.bears_persons:
        found["subjects"] = [
            {
                "role": person.role,
                "tokens": [[i[0], token] for i in person.identifiers for token in tokens[i]],
            }
            for person in draft.persons
        ]
    return found


def inquiry(
    assistance: Mapping[str, Any], inquiry_id: str, reason: InquiryReason
) -> dict[str, Any]:
    """The inquiry about an assistance (its `content`), without version and nonce."""
    asked = {name: assistance[name] for name in _ASKED}
    about = assistance["assistance_id"]
    named = {"inquiry_id": inquiry_id, "reason": reason.value, "about": about}
    return {"kind": "inquiry", **named, **asked}


def build(kind: str, draft: Draft, fields: Mapping[str, Any], version: int) -> Record:
    """The record of a draft's `content` with a nonce, under a version.

    Raises Invalid with the problem of every column.
    """
    line = codec.dumps({**fields, "version": version})
    try:
        record: Any = BY_NAME[kind].model.model_validate_json(line)
    except ValidationError as error:
        raise Invalid(_problems(draft, error)) from None
    return cast(Record, record)


def content_hash(record: Record) -> bytes:
    """The hash by which the registry tells a repetition from a conflict."""
    return codec.content_hash(*codec.public_and_subjects(record))


def _problems(draft: Draft, error: ValidationError) -> tuple[RowProblem, ...]:
    found: dict[str, RowProblem] = {}
    for item in error.errors(include_url=False, include_input=False):
        name = str(item["loc"][0]) if item["loc"] else str(item["ctx"]["error"])
        name = _COLUMNS.get(name, name)
        reason = Reason.MISSING_FIELD if item["type"] == "missing" else Reason.INVALID_VALUE
        found.setdefault(name, RowProblem(draft.first_row, draft.reference, reason, name))
    return tuple(found.values())
