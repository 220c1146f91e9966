"""Given/when/then for the folds: signed submissions in, findings and answers out, no broker.

`System` is the whole chain as a function: it signs like a partner, decides like
intake, chains and seals blocks, and folds them like the registry.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec, sealing, signing
from events.journal import Block, Head, accept, block_digest, encode_block
from events.model import ADMINISTRATION, Assurance, Genesis, PolicyRules, RootKey
from events.outputs import FindingRevision, RegistryOutput, Row
from infra.ports import Store
from processors import intake
from processors.clock import start_of
from processors.overlay import Overlay
from processors.registry.fold import RegistryState, fold_block
from processors.stages.base import subjects_of
from tests.fakes.store import MemoryStore

FIRST_DAY = date(2025, 1, 1)
ORGS = ("BEL", "ESN", "KIZ", "STK", "SYD", "UNH")
ZERO_NONCE = "0" * 32


def private_key(org: str) -> Ed25519PrivateKey:
    """A test key that is the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(org.encode()).digest())


def token(person: str) -> list[str]:
    """A strong token for a made-up person; the same name gives the same token."""
    return ["tr.tckimlik", hashlib.sha256(person.encode()).hexdigest()[:32]]


def assistance_id(org: str, reference: str) -> str:
    """The id that this kit gives an organisation's reference."""
    return str(
        uuid.UUID(bytes=hashlib.sha256(f"{org}|{reference}".encode()).digest()[:16], version=4)
    )


def assistance(
    org: str, programme: str, reference: str, what: str, covers: str, who: str, **more: Any
) -> dict[str, Any]:
    """One record in the scenarios' shorthand.

    `what` is `purpose/modality/freq amount`, `covers` is `from,to` (or a month `2026-05`),
    `who` is `R=P01 M=P02,P03 B=P17`.
    """
    kind, amount = what.split()
    purpose, modality, frequency = kind.split("/")
    start, end = _window(covers)
    roles = {"R": "recipient", "B": "beneficiary", "M": "member"}
    subjects = [
        {"role": roles[part[0]], "tokens": [token(name)]}
        for part in who.split()
        for name in part[2:].split(",")
    ]
    record = {
        "kind": "assistance",
        "nonce": ZERO_NONCE,
        "version": 2,
        "assistance_id": assistance_id(org, reference),
        "programme": f"{org}-{programme}",
        "stage": "delivered",
        "purpose": purpose,
        "modality": modality,
        "frequency": {"m": "monthly", "1": "one-off"}[frequency],
        "covers_from": start,
        "covers_to": end,
        "amount": amount,
        "currency": "TRY",
        "district": "TUR034026",
        "subjects": subjects,
    }
    return record | more


def _window(covers: str) -> tuple[str, str]:
    if "," in covers:
        start, end = covers.split(",")
        return start, end
    year, month = map(int, covers.split("-"))
    return date(year, month, 1).isoformat(), date(year + month // 12, month % 12 + 1, 1).isoformat()


@dataclass
class System:
    """A whole Tekil without a broker. `blocks` and `outputs` are the two topics."""

    rules: PolicyRules = field(default_factory=PolicyRules)
    test_mode: bool = True
    intake_store: Store = field(default_factory=MemoryStore)
    registry_store: Store = field(default_factory=MemoryStore)
    blocks: list[bytes] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    outputs: list[RegistryOutput] = field(default_factory=list)
    offset: int = 0
    clock_ms: int = start_of(FIRST_DAY) + 1

    def __post_init__(self) -> None:
        self.intake = intake.IntakeState(Overlay(self.intake_store))
        self.registry = RegistryState(Overlay(self.registry_store))
        draft = intake.genesis_draft(
            Genesis(
                kind="genesis",
                first_day=FIRST_DAY,
                test_mode=self.test_mode,
                root_keys=(RootKey(role="administrator", public_key=public_hex(ADMINISTRATION)),),
                policy=self.rules,
            )
        )
        intake.apply_draft(self.intake, draft)
        self._append(draft)

    # -- speaking to it -------------------------------------------------------------------------

    def register(self, *orgs: str, programmes: Iterable[tuple[str, str]] = ()) -> None:
        """Register organisations with their test keys, and programmes as (org, code)."""
        records: list[dict[str, Any]] = []
        for org in orgs:
            mailbox = f"focal@{org.lower()}.example"
            records.append({"kind": "partner", "org": org, "name": org, "mailbox": mailbox})
            records.append({"kind": "key", "org": org, "public_key": public_hex(org)})
        records += [
            {"kind": "programme", "programme": f"{o}-{c}", "owner": o} for o, c in programmes
        ]
        self.submit(ADMINISTRATION, *({"nonce": ZERO_NONCE, "version": 1} | r for r in records))

    def submit(self, org: str, *records: dict[str, Any]) -> list[Row]:
        """Sign and submit records as one submission; the dispositions, in order."""
        return self.send(self.message(org, [codec.dumps(record) for record in records]))[-1]

    def message(self, org: str, lines: Sequence[bytes], *, signer: str = "") -> intake.Message:
        """A signed message of aid-submissions."""
        digest = hashlib.sha256(b"".join(lines)).digest()
        headers, value = codec.encode_submission(
            org=org,
            submission_id=str(uuid.UUID(bytes=digest[:16], version=4)),
            assurance=Assurance.HMAC,
            tokens_epoch="e1",
            lines=lines,
            private_key=private_key(signer or org),
        )
        return self.raw(headers, value)

    def raw(self, headers: codec.Headers, value: bytes | None) -> intake.Message:
        """Any message at the next offset, appended now."""
        self.offset += 1
        return intake.Message(self.offset - 1, self.clock_ms, headers, value)

    def send(self, *messages: intake.Message) -> list[list[Row]]:
        """Take messages as one block; the rows of each submission in it."""
        draft = intake.decide(self.intake, messages)
        output = self._append(draft)
        return [submission["rows"] for submission in output["submissions"]]

    def step(self, day: str) -> None:
        """Step the test clock."""
        rows = self.submit(
            ADMINISTRATION, {"kind": "clock-step", "nonce": ZERO_NONCE, "version": 1, "day": day}
        )
        assert rows[0]["disposition"] == "accepted", rows

    # -- looking at it --------------------------------------------------------------------------

    def findings(self) -> dict[str, FindingRevision]:
        """The last revision of each finding."""
        return {f["finding_id"]: f for output in self.outputs for f in output["findings"]}

    def open_rows(self, names: dict[str, str]) -> list[str]:
        """Open findings as `kind strength a–b [from,to) amount`, with references for ids."""
        return sorted(
            f"{f['kind']} {f['strength']} {names[f['assistance_a']]}–{names[f['assistance_b']]} "
            f"[{f['overlap_from']},{f['overlap_to']}) {f['amount_at_risk']}"
            for f in self.findings().values()
            if f["status"] == "open"
        )

    # -- the chain ------------------------------------------------------------------------------

    def _append(self, draft: intake.Draft) -> RegistryOutput:
        world = self.intake.world
        keys_id = (
            hashlib.sha256(world.head_digest.encode()).hexdigest()[:32] if draft.to_seal else ""
        )
        key = hashlib.sha256(b"key" + keys_id.encode()).digest()
        keys = key * len(draft.to_seal)
        value = encode_block(
            head=world.head,
            source=draft.source,
            clock_ms=world.clock_ms,
            keys_id=keys_id,
            keys_offset=len(self.keys) if draft.to_seal else -1,
            items=draft.sealed(keys_id, keys),
        )
        if draft.to_seal:
            self.keys[keys_id] = keys
        assert len(keys) == sealing.KEY_BYTES * len(draft.to_seal)
        self.blocks.append(value)
        intake.advance(self.intake, Head(world.head_seq + 1, block_digest(value)), draft)
        self.intake_store.write(self.intake.save())
        return self._fold(value)

    def _fold(self, value: bytes) -> RegistryOutput:
        block = accept(value, self.registry.world.head)
        assert block is not None
        output = fold_block(self.registry, block, self.opener)
        self.registry_store.write(self.registry.save())
        self.outputs.append(output)
        return output

    def opener(self, block: Block, item: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Opens sealed subjects with this system's keys."""
        return subjects_of(self.keys.get(block.keys_id), block, item)


def public_hex(org: str) -> str:
    """The public half of an organisation's test key."""
    return signing.public_bytes(private_key(org)).hex()
