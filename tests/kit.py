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
from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    Assurance,
    Genesis,
    PolicyRules,
    RootKey,
)
from events.outputs import FindingRevision, RegistryOutput, Row, VerdictRow
from infra.ports import Store
from processors import intake
from processors.clock import start_of
from processors.overlay import Overlay
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
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


STAGES = {"PLAN": "planned", "AMEND": "amended", "CANCEL": "cancelled", "RETURN": "returned"}
PROGRAMMES = ("AID", "CCTE", "CESSN", "EDU", "ESSN", "KIRA", "MPCA", "OTHER", "RENT")


def spoken(line: str) -> tuple[str, str, dict[str, Any]]:
    """(org, reference, record) of a line in the scenarios' shorthand.

    `[PLAN|AMEND|CANCEL|RETURN] org programme reference purpose/modality/freq amount covers
    R=… [B=…] [M=…] [field=value …]`; a plan is version 1, all else 2 unless `version=` is given.
    """
    stage, _, rest = line.partition(" ")
    if stage not in STAGES:
        stage, rest = "", line
    org, programme, reference, kind, amount, covers, *more = rest.split()
    who = [part for part in more if part[:2] in ("R=", "B=", "M=")]
    fields: dict[str, Any] = {}
    if stage:
        fields = {"stage": STAGES[stage], "version": 1 if stage == "PLAN" else 2}
    for part in more:
        if part not in who:
            name, _, text = part.partition("=")
            fields[name] = {"true": True, "false": False}.get(text, text)
            if name in ("version", "household_size"):
                fields[name] = int(text)
    what = f"{kind} {amount}"
    return (
        org,
        reference,
        assistance(org, programme, reference, what, covers, " ".join(who), **fields),
    )


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
    supervised: bool = True
    intake_store: Store = field(default_factory=MemoryStore)
    registry_store: Store = field(default_factory=MemoryStore)
    blocks: list[bytes] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    outputs: list[RegistryOutput] = field(default_factory=list)
    offset: int = 0
    clock_ms: int = start_of(FIRST_DAY) + 1
    names: dict[str, str] = field(default_factory=dict)

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
            )
        )
        intake.apply_draft(self.intake, draft)
        self._append(draft)

    def root_keys(self) -> tuple[RootKey, ...]:
        """The keys of the two bodies, or of the administration alone."""
        first = RootKey(role="administrator", public_key=public_hex(ADMINISTRATION))
        second = RootKey(role="supervisor", public_key=public_hex(SUPERVISOR))
        return (first, second) if self.supervised else (first,)

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
        """Submit one record of the scenarios' shorthand; its disposition."""
        org, reference, record = spoken(line)
        self.names[record["assistance_id"]] = reference
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
        digest = digest or self.intake.world.proposed[str(version)]["digest"]
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
    ) -> intake.Message:
        """A signed message of aid-submissions; the same lines have the same submission id."""
        digest = hashlib.sha256(b"".join(lines)).digest()
        headers, value = codec.encode_submission(
            org=org,
            submission_id=submission_id or str(uuid.UUID(bytes=digest[:16], version=4)),
            assurance=assurance,
            tokens_epoch="e1",
            lines=lines,
            private_key=private_key(signer or org),
        )
        return self.raw(headers, value)

    def raw(self, headers: codec.Headers, value: bytes | None) -> intake.Message:
        """Any message at the next offset, appended now."""
        self.offset += 1
        return intake.Message(self.offset - 1, self.clock_ms, headers, value)

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
            _finding_row(f, names or self.names)
            for f in self.findings().values()
            if f["status"] == "open"
        )

    def items(self) -> list[dict[str, Any]]:
        """All items of the journal, without what depends on the sealing."""
        head, found = Head(), []
        for value in self.blocks:
            block = accept(value, head)
            assert block is not None
            head = block.head
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
        for output in self.outputs:
            for submission in output["submissions"]:
                rows = submission["rows"]
                if submission["reason"]:
                    ok = not rows and submission["records"] >= 1
                else:
                    ok = [row["row"] for row in rows] == list(range(1, submission["records"] + 1))
                    ok = ok and all(
                        (r["disposition"] == "rejected") == bool(r["reason"]) for r in rows
                    )
                if not ok:
                    return False
        return True

    # -- crashing -------------------------------------------------------------------------------

    def restarted(self, stored: int) -> "System":
        """This system after a crash, with stores that hold only the first `stored` blocks.

        It goes on with the rest of the journal, as the stages do, and shares nothing with `self`.
        """
        twin = System(rules=self.rules, test_mode=self.test_mode, supervised=self.supervised)
        twin.intake_store, twin.registry_store = MemoryStore(), MemoryStore()
        twin.blocks, twin.outputs, twin.keys = [], [], dict(self.keys)
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
        for_intake = accept(value, self.intake.world.head)
        assert (for_intake is None) == (accept(value, self.registry.world.head) is None)
        if for_intake is None or value is None:
            self.intake.world.skipped += 1
            self.registry.world.skipped += 1
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


def _finding_row(f: FindingRevision, names: dict[str, str]) -> str:
    a, b = names[f["assistance_a"]], names[f["assistance_b"]]
    if f["org_a"] == f["org_b"]:
        # their ids are hashes, so a pair of one organisation may stand either way round
        a, b = sorted((a, b))
    window = f"[{f['overlap_from']},{f['overlap_to']})"
    return f"{f['kind']} {f['strength']} {a}–{b} {window} {f['amount_at_risk']}"


def public_hex(org: str) -> str:
    """The public half of an organisation's test key."""
    return signing.public_bytes(private_key(org)).hex()
