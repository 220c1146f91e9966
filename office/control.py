"""Partners, programmes and the clock: which facts to publish, and who signs them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from events import codec
from events.catalog import identity
from events.model import ADMINISTRATION, Partner, PartnerKey, Record
from events.rejection import Reason, Refusal, explain
from infra.errors import UsageProblem
from infra.settings import Settings
from office import embedded
from producers import keys, publishing
from producers.answers import Said
from producers.control import ControlPublisher
from producers.tokens import Tokeniser


@dataclass(frozen=True, slots=True)
class Row:
    """One control fact and its answer, for a person or `--json`."""

    kind: str
    id: str
    version: int
    disposition: str
    reason: str
    field: str
    signed_by: str

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def add_partner(
    settings: Settings,
    org: str,
    mailbox: str,
    name: str,
    *,
    key_server: int | None = None,
    asks: bool = True,
) -> list[Row]:
    """Register an organisation and its public key (KEYS/ORG.pub). Raises UsageProblem.

    `key_server` is the number of the key server that it runs, 0 for none any more; None leaves
    what was said on this machine before. Embedded key servers know the organisation from then
    on too, unless it never `asks` them, or the journal refused it.
    """
    public_key = keys.load_public_key(settings, org)
    if key_server is None:
        key_server = _key_server_of(settings, org)
    about: dict[str, Any] = {"kind": "partner", "org": org, "name": name or org}
    about["mailbox"] = mailbox
    if key_server:
        about["key_server"] = key_server
    facts = [about, {"kind": "key", "org": org, "public_key": public_key}]
    for model, fact in zip((Partner, PartnerKey), facts, strict=True):
        _checked(model, fact)
    rows = publish(settings, ADMINISTRATION, facts)
    if asks and not any(row.reason for row in rows):
        embedded.enrol(settings, org, public_key)
    return rows


def _key_server_of(settings: Settings, org: str) -> int:
    """The number that the administration said last, from this machine; 0 for none."""
    key = keys.load_signing_key(settings, ADMINISTRATION)
    said = ControlPublisher(settings, ADMINISTRATION, key).newest("partner", org)
    return (said.key_server or 0) if isinstance(said, Partner) else 0


def revoke_key(
    settings: Settings, org: str, public_key: str, *, is_known: bool = True
) -> list[Row]:
    """End one of an organisation's own signing keys for ever. Raises UsageProblem.

    What was signed with it before stays as it is. A key that this machine never registered is
    taken for a slip of the pen, which would leave the stolen one in force, unless not `is_known`.
    """
    fact = {"kind": "key", "org": org, "public_key": public_key, "status": "revoked"}
    _checked(PartnerKey, fact)
    admin = keys.load_signing_key(settings, ADMINISTRATION)
    said = ControlPublisher(settings, ADMINISTRATION, admin).newest("key", public_key)
    if is_known and not (isinstance(said, PartnerKey) and said.org == org):
        raise UsageProblem(
            f"This machine registered no key {public_key} of {org}. Look at it again; if another"
            " machine did, say so: --yes"
        )
    return publish(settings, ADMINISTRATION, [fact])


def add_programmes(settings: Settings, path: Path) -> tuple[list[Row], list[dict[str, Any]]]:
    """Publish a programme list: (answers, rows that were refused here).

    Each programme is signed by its owner where the owner's key is on this machine,
    else by the administration; a declared complement counts only with the owner's signature.
    """
    found = publishing.read_list("", path, "programme")
    refused: list[dict[str, Any]] = [
        {"row": p.row, "reference": p.reference, "reason": p.reason.value, "field": p.field}
        for record in found.bad
        for p in record.problems
    ]
    by_signer: dict[str, list[dict[str, Any]]] = {}
    for draft in found.drafts:
        fact = {"kind": "programme", **draft.fields}
        fact.pop("version", None)
        fact.setdefault("owner", str(fact["programme"]).partition("-")[0])
        try:
            codec.parse_record(codec.dumps({**fact, "version": 1, "nonce": "0" * 32}))
        except Refusal as problem:
            refused.append(
                {
                    "row": draft.first_row,
                    "reference": draft.reference,
                    "reason": problem.reason.value,
                    "field": problem.field,
                }
            )
            continue
        by_signer.setdefault(_signer(settings, str(fact["owner"])), []).append(fact)
    rows: list[Row] = []
    for signer, facts in by_signer.items():
        rows += publish(settings, signer, facts)
    return rows, refused


def step_clock(settings: Settings, day: date) -> list[Row]:
    """Step the clock to `day`, signed by the administration."""
    return publish(settings, ADMINISTRATION, [{"kind": "clock-step", "day": day.isoformat()}])


def explained(rows: Iterable[Row], lang: str) -> list[str]:
    """A sentence for each refused fact."""
    return [
        f"{row.kind} {row.id}: {explain(Reason(row.reason), row.field, lang)}"
        for row in rows
        if row.reason
    ]


def unsigned(rows: Iterable[Row]) -> list[str]:
    """Programmes whose owner has not signed: what they declare to complement does not count yet."""
    return [row.id for row in rows if row.kind == "programme" and row.signed_by == ADMINISTRATION]


def publish(
    settings: Settings,
    org: str,
    facts: Sequence[dict[str, Any]],
    key: Ed25519PrivateKey | None = None,
    *,
    tokeniser: Tokeniser | None = None,
    changed_only: bool = False,
) -> list[Row]:
    """Publish facts as `org`, signed with its own key unless an account's is given.

    With `changed_only` without those that are in the journal as they are. Raises UsageProblem for
    fields that are no record, and SystemUnavailable.
    """
    key = key or keys.load_signing_key(settings, org)
    publisher = ControlPublisher(settings, org, key, tokeniser=tokeniser)
    try:
        published = publisher.publish(facts, changed_only=changed_only)
    except Refusal as refusal:
        raise UsageProblem.of(refusal) from None
    return [_row(record.record, record.said, org) for record in published]


def _row(record: Record, said: Said, signer: str) -> Row:
    kind, record_id = identity(record)
    return Row(kind, record_id, record.version, said.disposition, said.reason, said.field, signer)


def _signer(settings: Settings, owner: str) -> str:
    path = settings.folder("keys") / f"{keys.checked_org(owner)}.key"
    return owner if path.exists() else ADMINISTRATION


def _checked(model: Any, fact: dict[str, Any]) -> None:
    line = codec.dumps({**fact, "version": 1, "nonce": "0" * 32})
    try:
        model.model_validate_json(line)
    except ValidationError as error:
        raise UsageProblem.of(codec.refusal_of(error)) from None
