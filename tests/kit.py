"""Given/when/then for the folds: signed submissions in, findings and answers out, no broker.

`System` is the whole chain as a function: it signs like a partner, decides like
intake, chains and seals blocks, and folds them like the registry.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec, sealing, signing
from events.attributed import place_of
from events.catalog import Topic, receipts_topic
from events.erasure import Remains
from events.journal import Block, Head, block_digest, encode_block
from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    Assurance,
    FirstEpoch,
    FirstStageKey,
    Genesis,
    PolicyRules,
    RootKey,
    SigningStage,
)
from events.outputs import FindingRevision, RegistryOutput, Row, VerdictRow
from events.stage_signing import signed
from events.trust import Trust
from infra.ports import Store
from processors import intake
from processors.clock import start_of
from processors.overlay import Overlay
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from processors.sealed import people_of, subjects_of
from tests.fakes.store import MemoryStore
from tests.speech import (
    PROGRAMMES,
    ZERO_NONCE,
    assistance,
    assistance_id,
    conserved,
    finding_row,
    spoken,
    token,
    told,
)

__all__ = [
    "FIRST_DAY",
    "ORGS",
    "PROGRAMMES",
    "ZERO_NONCE",
    "System",
    "assistance",
    "assistance_id",
    "private_key",
    "public_hex",
    "spoken",
    "token",
    "told",
]

FIRST_DAY = date(2025, 1, 1)
ORGS = ("BEL", "ESN", "KIZ", "STK", "SYD", "UNH")


@lru_cache
def private_key(org: str) -> Ed25519PrivateKey:
    """A test key that is the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(org.encode()).digest())


@dataclass
class System:
    """A whole Tekil without a broker. `sent`, `blocks` and `outputs` are topics."""

    rules: PolicyRules = field(default_factory=PolicyRules)
    epochs: tuple[FirstEpoch, ...] = ()
    test_mode: bool = True
    supervised: bool = True
    signed: bool = True
    intake_store: Store = field(default_factory=MemoryStore)
    registry_store: Store = field(default_factory=MemoryStore)
    blocks: list[bytes] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    outputs: list[RegistryOutput] = field(default_factory=list)
    sent: list[intake.Message] = field(default_factory=list)
    offset: int = 0
    clock_ms: int = start_of(FIRST_DAY) + 1
    names: dict[str, str] = field(default_factory=dict)
    remains: Remains = field(default_factory=Remains)

    @classmethod
    def ready(cls, **fields: Any) -> "System":
        """A system in which the scenarios' organisations each own the `PROGRAMMES`."""
        system = cls(**fields)
        system.register(*ORGS, programmes=[(org, code) for org in ORGS for code in PROGRAMMES])
        return system

    def __post_init__(self) -> None:
        self.intake = intake.IntakeState(Overlay(self.intake_store))
        self.registry = RegistryState(Overlay(self.registry_store))
        draft = intake.genesis_draft(
            Genesis(
                kind="genesis",
                first_day=FIRST_DAY,
                test_mode=self.test_mode,
                root_keys=self.root_keys(),
                policy=self.rules,
                epochs=self.epochs,
                stage_keys=self.stage_keys(),
            )
        )
        intake.apply_draft(self.intake, draft)
        self._append(draft)

    def root_keys(self) -> tuple[RootKey, ...]:
        """The keys of the two bodies, or of the administration alone."""
        first = RootKey(role="administrator", public_key=public_hex(ADMINISTRATION))
        second = RootKey(role="supervisor", public_key=public_hex(SUPERVISOR))
        return (first, second) if self.supervised else (first,)

    def stage_keys(self) -> tuple[FirstStageKey, ...]:
        """The key with which each stage signs; none in a journal of before 0029."""
        if not self.signed:
            return ()
        return tuple(FirstStageKey(stage=s, public_key=public_hex(s)) for s in SigningStage)

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

    def say(self, line: str) -> Row:
        """Submit one record of the scenarios' shorthand (`tests.speech`); its disposition."""
        org, reference, record = told(line)
        self.names[record[f"{record['kind']}_id"]] = reference
        return self.submit(org, record)[0]

    def verdict(self, line: str) -> str:
        """What `say` is answered: a verdict, '' for an accepted record without one, or a reason."""
        row = self.say(line)
        return row["reason"] or (row["answer"]["verdict"] if row["answer"] else "")

    def control(self, kind: str, version: int = 1, signer: str = ADMINISTRATION, **of: Any) -> Row:
        """Publish a control record."""
        fact = {"kind": kind, "nonce": ZERO_NONCE, "version": version}
        return self.submit(signer, fact | of)[0]

    def policy(self, version: int, in_force_from: str, **changes: Any) -> Row:
        """Propose a policy that differs from version 1 in `changes`, and have it signed."""
        row = self.propose(version, in_force_from, **changes)
        if row["disposition"] == "accepted" and self.supervised:
            signature = self.sign(version)
            assert signature["disposition"] == "accepted", signature
        return row

    def propose(self, version: int, in_force_from: str, **changes: Any) -> Row:
        """Publish a policy, signed by the administration alone."""
        rules = PolicyRules().model_dump(mode="json") | changes
        return self.control("policy", version, in_force_from=in_force_from, rules=rules)

    def sign(self, version: int, digest: str = "") -> Row:
        """The supervisor's signature under the policy that was proposed."""
        digest = digest or self.intake.world.policies.waiting[version].digest
        return self.control(
            "policy-signature", 1, SUPERVISOR, policy_version=version, policy_digest=digest
        )

    def submit(self, org: str, *records: dict[str, Any]) -> list[Row]:
        """Sign and submit records as one submission; the dispositions, in order."""
        return self.send(self.message(org, [codec.dumps(record) for record in records]))[-1]

    def message(
        self,
        org: str,
        lines: Sequence[bytes],
        *,
        signer: str = "",
        submission_id: str = "",
        assurance: Assurance = Assurance.HMAC,
        epoch: str = "e1",
    ) -> intake.Message:
        """A signed message of aid-submissions; the same lines have the same submission id."""
        digest = hashlib.sha256(b"".join(lines)).digest()
        headers, value = codec.encode_submission(
            org=org,
            submission_id=submission_id or str(uuid.UUID(bytes=digest[:16], version=4)),
            assurance=assurance,
            tokens_epoch=epoch,
            lines=lines,
            private_key=private_key(signer or org),
        )
        return self.raw(headers, value)

    def raw(self, headers: codec.Headers, value: bytes | None) -> intake.Message:
        """Any message at the next offset, appended now."""
        self.offset += 1
        self.sent.append(intake.Message(self.offset - 1, self.clock_ms, headers, value))
        return self.sent[-1]

    def marker(self) -> intake.Message:
        """What intake's ticker sends each minute."""
        return self.raw([("ce_specversion", b"1.0"), ("ce_type", codec.TICK_TYPE.encode())], b"{}")

    def send(self, *messages: intake.Message) -> list[list[Row]]:
        """Take messages as one block, or none if nothing came of them; rows by submission."""
        draft = intake.decide(self.intake, messages)
        if not draft.items:
            return []
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

    def open_rows(self, names: dict[str, str] | None = None) -> list[str]:
        """Open findings as `kind strength a–b [from,to) amount`, with references for ids."""
        return sorted(
            finding_row(f, names or self.names)
            for f in self.findings().values()
            if f["status"] == "open"
        )

    def items(self) -> list[dict[str, Any]]:
        """All items of the journal, without what depends on the sealing."""
        found = []
        for block in chain(self.blocks):
            for item in block.items:
                found.append({k: v for k, v in item.items() if k not in ("k", "sealed")})
        return found

    def verdicts(self) -> dict[tuple[str, str, int], VerdictRow]:
        """The last row of each answer, by organisation, reference and version."""
        return {
            (row["org"], self.names.get(row["assistance_id"], ""), row["version"]): row
            for output in self.outputs
            for row in output["verdicts"]
        }

    def conserved(self) -> bool:
        """True if submitted = accepted + duplicate + rejected, with a reason for each reject."""
        return all(map(conserved, self.outputs))

    # -- crashing -------------------------------------------------------------------------------

    def restarted(self, stored: int) -> "System":
        """This system after a crash, with stores that hold only the first `stored` blocks.

        It goes on with the rest of the journal, as the stages do, and shares nothing with `self`.
        """
        twin = System(rules=self.rules, test_mode=self.test_mode, supervised=self.supervised)
        twin.signed, twin.remains = self.signed, self.remains
        twin.intake_store, twin.registry_store = MemoryStore(), MemoryStore()
        twin.blocks, twin.outputs, twin.keys, twin.sent = [], [], dict(self.keys), [*self.sent]
        twin.offset, twin.clock_ms, twin.names = self.offset, self.clock_ms, dict(self.names)
        twin.reopen()
        for place, value in enumerate(self.blocks):
            if place == stored:
                twin.reopen()
            twin.read(value)
        return twin

    def reopen(self) -> None:
        """Forget all that is not in the stores."""
        self.intake = intake.IntakeState(Overlay(self.intake_store))
        self.registry = RegistryState(Overlay(self.registry_store))

    def read(self, value: bytes | None) -> bool:
        """Take one message of the journal as both stages take it; False if it was skipped."""
        world, common = self.intake.world, self.registry.common
        for_intake = world.trust.read(value, world.head)
        assert (for_intake is None) == (common.trust.read(value, common.head) is None)
        if for_intake is None or value is None:
            self.intake.world.skipped += 1
            self.registry.common.skipped += 1
            return False
        intake.evolve(self.intake, for_intake, self.opener)
        self.intake_store.write(self.intake.save())
        self.blocks.append(value)
        self._fold(value)
        return True

    # -- the chain ------------------------------------------------------------------------------

    def _append(self, draft: intake.Draft) -> RegistryOutput:
        world = self.intake.world
        keys_id = (
            hashlib.sha256(world.head_digest.encode()).hexdigest()[:32] if draft.to_seal else ""
        )
        key = hashlib.sha256(b"key" + keys_id.encode()).digest()
        keys = key * len(draft.to_seal)
        content = encode_block(
            head=world.head,
            source=draft.source,
            clock_ms=world.clock_ms,
            keys_id=keys_id,
            keys_offset=len(self.keys) if draft.to_seal else -1,
            keys_digest=block_digest(self.signed_keys(keys_id, keys)) if draft.to_seal else "",
            items=draft.sealed(keys_id, keys),
        )
        value = self.signed_block(content, world.head_seq)
        if draft.to_seal:
            self.keys[keys_id] = keys
        assert len(keys) == sealing.KEY_BYTES * len(draft.to_seal)
        self.blocks.append(value)
        intake.advance(self.intake, Head(world.head_seq + 1, block_digest(value)), draft)
        self.intake_store.write(self.intake.save())
        return self._fold(value)

    def signed_block(self, content: bytes, seq: int) -> bytes:
        """What intake writes as block `seq`."""
        if not self.signed:
            return content
        return signed(private_key(SigningStage.INTAKE), Topic.JOURNAL, str(seq), content)

    def signed_keys(self, keys_id: str, keys: bytes) -> bytes:
        """What intake writes to aid-keys; `self.keys` has it without its signature."""
        if not self.signed:
            return keys
        return signed(private_key(SigningStage.INTAKE), Topic.KEYS, keys_id, keys)

    def signed_output(self, part: RegistryOutput) -> bytes:
        """What the registry writes as a message of aid-findings."""
        content = codec.dumps(part)
        if not self.signed:
            return content
        return signed(private_key(SigningStage.REGISTRY), Topic.FINDINGS, place_of(part), content)

    def signed_receipt(self, org: str, seq: int, content: bytes) -> bytes:
        """What the receipts stage writes to an organisation about block `seq`."""
        if not self.signed:
            return content
        key = private_key(SigningStage.RECEIPTS)
        return signed(key, receipts_topic(org), str(seq), content)

    def _fold(self, value: bytes) -> RegistryOutput:
        block = self.registry.common.trust.read(value, self.registry.common.head)
        assert block is not None
        output = fold_block(self.registry, block, self.people)
        self.registry_store.write(self.registry.save())
        self.outputs.append(output)
        return output

    def opener(self, block: Block, item: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Opens sealed subjects with this system's keys."""
        return subjects_of(self.keys.get(block.keys_id), block, item)

    def people(self, block: Block, item: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Opens them as the registry does: stand-ins for the erased."""
        left = self.remains.left.get(block.keys_id)
        keys, stand = self.keys.get(block.keys_id), left.people if left else {}
        return people_of(keys, stand, self.registry.common.stand_ins, block, item)


def chain(values: Iterable[bytes]) -> list[Block]:
    """The blocks of a journal, each of which must count."""
    head, trust, found = Head(), Trust(), []
    for value in values:
        block = trust.read(value, head)
        assert block is not None
        trust.fold(block)
        head = block.head
        found.append(block)
    return found


def public_hex(org: str) -> str:
    """The public half of an organisation's test key."""
    return signing.public_bytes(private_key(org)).hex()
