"""Which receipts are the system's: the keys that a partner has from the administration.

`tekil partner add` writes them to a file, which the partner keeps in its folder (partners/ORG). A
later key of the receipts stage comes in a receipt, with the administration's signature under it.
On a machine that runs the system itself, its own genesis says the same.

The file also lists the registered organisations: whose case numbers a list may name. A file of
before has no such list; then only the own organisation's and well-known ones are taken.
"""

import base64
import binascii
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import ValidationError

from events import codec, signing
from events.attributed import receipt_of
from events.catalog import receipts_topic
from events.model import ADMINISTRATION, SUPERVISOR, SigningStage, StageKey
from events.outputs import Receipt
from events.rejection import Refusal
from events.trust import Trust
from infra.errors import UsageProblem
from infra.genesis import load_genesis
from infra.safe_files import put
from infra.scan import NoSuchTopic, scan
from infra.settings import Settings
from producers.keys import partner_folder

ANCHOR_FILE: Final = "system.json"
VERSION: Final = 1


def anchor_path(settings: Settings, org: str) -> Path:
    """Where an organisation keeps the file."""
    return partner_folder(settings, org) / ANCHOR_FILE


def write_anchor(
    settings: Settings, org: str, trust: Trust, organisations: Collection[str] = ()
) -> Path:
    """The file for an organisation, from all keys of the journal: what a partner needs of them.

    `organisations` are those that are registered now; empty: those that the file has stay.
    """
    path = anchor_path(settings, org)
    listed = sorted(organisations or _listed(path))
    content = {"v": VERSION, "org": org, **asdict(_needed(trust)), "organisations": listed}
    put(path, orjson.dumps(content))
    return path


def organisations_of(trust: Trust) -> frozenset[str]:
    """The organisations that have a key in the journal, active or not."""
    return frozenset(str(key["org"]) for key in trust.signers.values()) - _BODIES


def organisations(settings: Settings, org: str) -> frozenset[str]:
    """The organisations that ORG knows by its file; on a machine that runs the system, those of
    all files there. Empty where there is none, or one of before. Raises nothing for a damaged
    file: `Anchor` says so before anything is sent.
    """
    folder = settings.place("partners")
    paths = [folder / org / ANCHOR_FILE]
    if settings.embedded_kafka:
        paths += sorted(folder.glob(f"*/{ANCHOR_FILE}"))
    found: set[str] = set()
    for path in paths:
        found.update(_listed(path))
        if path.exists() and path.parent.name != org:
            found.add(path.parent.name)  # its file is here since it was registered
    return frozenset(found) - _BODIES


def _listed(path: Path) -> frozenset[str]:
    try:
        known = orjson.loads(path.read_bytes())
        return frozenset(map(str, known.get("organisations", ())))
    except (OSError, ValueError, AttributeError, TypeError):
        return frozenset()


_BODIES: Final = frozenset({ADMINISTRATION, SUPERVISOR})


def _needed(trust: Trust) -> Trust:
    signers = {k: v for k, v in trust.signers.items() if v["org"] == ADMINISTRATION}
    stages = {k: v for k, v in trust.stages.items() if v["stage"] == SigningStage.RECEIPTS}
    return Trust({k: v for k, v in signers.items() if not v.get("user")}, stages)


class Anchor:
    """Reads an organisation's receipts. `skipped` counts messages that are not the system's."""

    def __init__(self, settings: Settings, org: str) -> None:
        """Raises UsageProblem if the file is needed and not there, or is damaged."""
        self._settings, self._org = settings, org
        self._trust = _load(settings, org)
        self._looked_up = False
        self.skipped = 0

    def receipt(self, value: bytes | None) -> Receipt | None:
        """The receipt in a message; None if the system did not write it. SystemUnavailable."""
        self._learn(value)
        found = receipt_of(value, self._org, self._trust)
        if found is None and not self._looked_up:
            # its key may have come in an earlier receipt, which nobody read
            self._looked_up = True
            self._look_up()
            found = receipt_of(value, self._org, self._trust)
        self.skipped += found is None
        return found

    def _look_up(self) -> None:
        try:
            for message in scan(self._settings, receipts_topic(self._org)):
                self._learn(message.value)
        except NoSuchTopic:
            return

    def _learn(self, value: bytes | None) -> None:
        """Take over keys that the administration signed, in a receipt that a key of receipts did:
        one known by then, or one of these. So nobody who copied a proof says from when it counts.
        """
        if b'"stage_keys":[{' not in (value or b""):
            return
        claimed = receipt_of(value, self._org, Trust())
        if claimed is None:
            return
        learned = self._trust.copy()
        for proof in claimed["stage_keys"]:
            for record in proven(proof, self._trust):
                learned.add_stage(record, claimed["seq"])
        if receipt_of(value, self._org, learned) is None:
            return
        self._trust = learned
        if anchor_path(self._settings, self._org).exists():
            write_anchor(self._settings, self._org, self._trust)


def proven(proof: Any, trust: Trust) -> list[dict[str, Any]]:
    """The records of receipts keys in a submission (`StageKeyProof`) of the administration.

    Empty if it is damaged, or another's.
    """
    try:
        text, signature = proof["submission"].encode(), base64.b64decode(proof["sig"])
        first, *lines = text.split(b"\n")
        manifest = orjson.loads(first)
        key = trust.signers[manifest["key_id"]]
        records = [codec.parse_record(line) for line in lines]
        is_whole = manifest["digests"] == [codec.digest(line) for line in lines]
    except (binascii.Error, AttributeError, KeyError, TypeError, ValueError, Refusal):
        return []
    is_signed = (
        key["org"] == manifest["org"] == ADMINISTRATION
        and key["status"] == "active"
        and signing.verify_manifest(bytes.fromhex(key["public"]), signature, first)
    )
    keys = [one for one in records if isinstance(one, StageKey)]
    known = [one for one in keys if one.stage is SigningStage.RECEIPTS]
    return [one.model_dump(mode="json") for one in known] if is_signed and is_whole else []


def _load(settings: Settings, org: str) -> Trust:
    path = anchor_path(settings, org)
    if path.exists():
        try:
            known = orjson.loads(path.read_bytes())
            if known["org"] != org:
                raise UsageProblem(f"{path} is the file of {known['org']}, not of {org}.")
            return Trust(known["signers"], known["stages"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValidationError):
            raise UsageProblem(
                f"{path} cannot be read. Ask the administration for it: tekil partner file {org}"
            ) from None
    if not settings.embedded_kafka:
        raise UsageProblem(
            f"{path} is missing: without it nobody can say which receipts are the system's. Ask"
            f" the administration for it: tekil partner file {org}"
        )
    genesis, trust = load_genesis(settings), Trust()
    if genesis is not None:
        trust.begin(genesis.model_dump(mode="json"))
    return _needed(trust)
