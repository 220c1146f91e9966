"""Control facts as the registry keeps them: partners, accounts, programmes, policies."""

from typing import Any

from events import codec, signing
from events.codec import dumps
from events.model import ADMINISTRATION, FIRST_DAY, SUPERVISOR
from processors.registry import keys
from processors.registry.common import FIRST_POLICY
from processors.registry.memory import Cause, RegistryState


def fold_genesis(state: RegistryState, genesis: dict[str, Any]) -> None:
    """The first day, the root keys and the first policy, which needs no second signature."""
    common = state.common
    common.day = genesis["first_day"]
    common.policies[FIRST_POLICY] = {
        "from": FIRST_DAY.isoformat(),
        "rules": genesis["policy"],
        "signed": 1,
    }
    for org in (ADMINISTRATION, SUPERVISOR):
        common.partners[org] = {"version": 1, "mailbox": "", "name": org}
    for root in genesis["root_keys"]:
        _account(state, root["public_key"], {"user": "", "role": root["role"]})
    state.rules = common.rules()


def _account(state: RegistryState, public_key: str, account: dict[str, Any]) -> None:
    state.common.accounts[signing.key_id(bytes.fromhex(public_key))] = account


def fold(state: RegistryState, cause: Cause, rec: dict[str, Any]) -> None:
    """One control record, which intake has authorised."""
    common, version = state.common, rec["version"]
    match rec["kind"]:
        case "partner":
            if version >= common.partners.get(rec["org"], {"version": 0})["version"]:
                common.partners[rec["org"]] = {
                    "version": version,
                    "mailbox": rec["mailbox"],
                    "name": rec["name"],
                }
        case "key":
            if rec.get("user"):
                _account(state, rec["public_key"], {"user": rec["user"], "role": rec["role"]})
        case "programme":
            _programme(state, cause, rec)
        case "policy":
            common.policies[str(version)] = {
                "from": rec["in_force_from"],
                "rules": rec["rules"],
                "signed": 0,
                "digest": codec.content_hash(rec, []).hex(),
            }
        case "policy-signature":
            policy = common.policies[str(rec["policy_version"])]
            policy["signed"] = policy["signed"] or 1 + sum(
                bool(other["signed"]) for other in common.policies.values()
            )
            state.rules = common.rules()


def _programme(state: RegistryState, cause: Cause, rec: dict[str, Any]) -> None:
    known = state.programme(rec["programme"])
    if known is None or rec["version"] >= known["version"]:
        fresh = {
            "version": rec["version"],
            "owner": rec["owner"],
            "purpose": rec.get("purpose", ""),
            "complements": rec["complements"],
            "signer": cause.org,
        }
        state.overlay.put(keys.programme_key(rec["programme"]), dumps(fresh))
