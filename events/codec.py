"""The wire format of a submission: one Kafka message, a CloudEvent in binary mode.

Headers: ce_specversion, ce_id (submission id), ce_source (organisation), ce_type,
tekil-key (key id), tekil-sig (base64 Ed25519). Value: UTF-8 lines joined by 0x0A;
line 1 the manifest, line i+1 record i. The signature covers line 1 as received,
and the manifest's digests cover the record lines as received.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from events import signing
from events.catalog import BY_NAME, RECORD
from events.model import Assurance, Manifest, Purpose, Record
from events.rejection import Reason, Refusal

MAX_RECORDS: Final = 500
MAX_SUBMISSION_BYTES: Final = 1_000_000
SUBMISSION_TYPE: Final = "tekil.submission.v1"
TICK_TYPE: Final = "tekil.tick.v1"
TICK_VALUE: Final = b"{}"
Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A submission whose manifest reads well; nothing in it is trusted before `verified`."""

    manifest: Manifest
    manifest_line: bytes
    signature: bytes
    lines: tuple[bytes, ...]

    def verified(self, public_key: bytes) -> bool:
        """True if the manifest line is signed by `public_key`."""
        return signing.verify_manifest(public_key, self.signature, self.manifest_line)


def dumps(value: object) -> bytes:
    """Compact UTF-8 JSON in the given key order (the form of every line we write)."""
    return orjson.dumps(value)


def canonical(value: object) -> bytes:
    """Compact UTF-8 JSON with sorted keys, for hashing."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def strict_loads(line: bytes) -> Any:
    """JSON without duplicate keys, NaN or bad UTF-8.

    orjson keeps the last of two equal keys in silence; then its re-encoding is not
    the input, so only a line that does not come out as it went in is read a second
    time by the slow parser, which sees the duplicate.
    Raises Refusal(malformed-record).
    """
    try:
        value = orjson.loads(line)
        if orjson.dumps(value) != line:
            json.loads(line, object_pairs_hook=_unique)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, ValueError, RecursionError):
        raise Refusal(Reason.MALFORMED_RECORD) from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


_REASONS: Final = {
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "missing": Reason.MISSING_FIELD,
    "union_tag_invalid": Reason.UNKNOWN_KIND,
    "union_tag_not_found": Reason.UNKNOWN_KIND,
}


def refusal_of(error: ValidationError) -> Refusal:
    """The first problem of a validation error as a reason and a field path, never a value."""
    first = error.errors(include_url=False, include_context=True, include_input=False)[0]
    reason = _REASONS.get(first["type"], Reason.INVALID_VALUE)
    # the first element is the union's tag, if the model was chosen by one
    loc = first["loc"][1:] if len(first["loc"]) > 1 and first["loc"][0] in BY_NAME else first["loc"]
    path = [
        part if part in _fields() else str(part) if isinstance(part, int) else "?" for part in loc
    ]
    if first["type"] == "value_error":
        path = [str(first["ctx"]["error"])]
    if reason is Reason.UNKNOWN_FIELD and _names_a_column(str(loc[-1])):
        path[-1] = str(loc[-1])
    return Refusal(reason, ".".join(map(str, path))[:60])


def _names_a_column(key: str) -> bool:
    """A sender's own key may hold anything: only usual names of columns are repeated."""
    return key in _USUAL


_USUAL: Final = frozenset({
    "address", "age", "birth_date", "comment", "country", "disability", "email", "employer",
    "first_name", "gender", "iban", "id", "id_number", "last_name", "name", "nationality",
    "notes", "passport", "phone", "photo", "reference", "religion", "school", "sex", "surname",
    "telephone",
})  # fmt: skip


@cache
def _fields() -> frozenset[str]:
    """The names of all fields of all records, and of the shapes in them."""
    shapes = RECORD.json_schema()["$defs"].values()
    return frozenset(name for shape in shapes for name in shape.get("properties", ()))


def parse_record(line: bytes) -> Record:
    """A record line as a model. Raises Refusal with the reason and the field."""
    strict_loads(line)
    try:
        return RECORD.validate_json(line)
    except ValidationError as error:
        raise refusal_of(error) from None


def record_line(record: Record) -> bytes:
    """A record as the line that is sent and signed."""
    return dumps(record.model_dump(mode="json", exclude_none=True))


def public_and_subjects(record: Record) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What of a record may stand in the open, and the subjects that are to be sealed."""
    public = record.model_dump(mode="json", exclude={"nonce"}, exclude_none=True)
    subjects: list[dict[str, Any]] = public.pop("subjects", [])
    if public.get("purpose") == Purpose.PROTECTION and "protected" in public:
        # the default of this purpose (docs/domain.md); an inquiry or a programme has no such field
        public["protected"] = public["protected"] or "protected" not in record.model_fields_set
    return public, subjects


def content_hash(public: dict[str, Any], subjects: list[dict[str, Any]]) -> bytes:
    """32 bytes that are equal if and only if two versions say the same.

    The nonce does not count, nor the order in which people and tokens are listed.
    """
    people = sorted(canonical([s["role"], sorted(s["tokens"])]) for s in subjects)
    return hashlib.sha256(canonical(public) + b"\n" + b"\n".join(people)).digest()


def digest(line: bytes) -> str:
    """SHA-256 hex of a record line."""
    return hashlib.sha256(line).hexdigest()


def encode_submission(
    *,
    org: str,
    submission_id: str,
    assurance: Assurance,
    tokens_epoch: str,
    lines: Iterable[bytes],
    private_key: Ed25519PrivateKey,
) -> tuple[list[tuple[str, bytes]], bytes]:
    """Headers and value of one signed submission. The caller keeps to the limits."""
    lines = list(lines)
    key_id = signing.key_id(signing.public_bytes(private_key))
    manifest = dumps(
        {
            "v": 1,
            "org": org,
            "submission_id": submission_id,
            "key_id": key_id,
            "assurance": assurance.value,
            "tokens_epoch": tokens_epoch,
            "digests": [digest(line) for line in lines],
        }
    )
    signature = signing.sign_manifest(private_key, manifest)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", submission_id.encode()),
        ("ce_source", org.encode()),
        ("ce_type", SUBMISSION_TYPE.encode()),
        ("tekil-key", key_id.encode()),
        ("tekil-sig", base64.b64encode(signature)),
    ]
    return headers, b"\n".join([manifest, *lines])


def open_envelope(headers: Headers, value: bytes | None) -> Envelope:
    """Read the manifest and compare it with the headers; the signature is checked by the caller.

    Raises Refusal with the message-level reason.
    """
    if not value:
        raise Refusal(Reason.MALFORMED)
    if len(value) > MAX_SUBMISSION_BYTES:
        raise Refusal(Reason.TOO_LARGE)
    manifest_line, *lines = value.split(b"\n")
    try:
        strict_loads(manifest_line)
        manifest = Manifest.model_validate_json(manifest_line)
    except (Refusal, ValidationError):
        raise Refusal(Reason.MALFORMED) from None
    _compare_headers(headers, manifest)
    if not manifest.digests:
        raise Refusal(Reason.EMPTY)
    if len(manifest.digests) > MAX_RECORDS:
        raise Refusal(Reason.TOO_MANY_RECORDS)
    if len(manifest.digests) != len(lines):
        raise Refusal(Reason.MALFORMED, "digests")
    return Envelope(manifest, manifest_line, _signature(headers), tuple(lines))


def header(headers: Headers, name: str) -> str:
    """The only header of that name as text; '' if it is missing, repeated or not ASCII."""
    found = [value for key, value in headers if key == name]
    if len(found) != 1 or found[0] is None or not found[0].isascii():
        return ""
    return found[0].decode()


def _compare_headers(headers: Headers, manifest: Manifest) -> None:
    expected = {
        "ce_specversion": "1.0",
        "ce_type": SUBMISSION_TYPE,
        "ce_id": manifest.submission_id,
        "ce_source": manifest.org,
        "tekil-key": manifest.key_id,
    }
    for name, value in expected.items():
        if header(headers, name) != value:
            raise Refusal(Reason.HEADER_MISMATCH, name)


def _signature(headers: Headers) -> bytes:
    try:
        return base64.b64decode(header(headers, "tekil-sig"), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(Reason.BAD_SIGNATURE) from None
