"""Who takes part, as the registry keeps it: partners, accounts, programmes, policies."""

from typing import Any

from events.codec import dumps
from events.model import ADMINISTRATION, SUPERVISOR
from events.outputs import RegistryOutput
from processors.policies import Policies
from processors.registry import keys
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Listed

Fields = dict[str, Any]


def fold_genesis(state: RegistryState, genesis: Fields) -> None:
    """The first day, the root keys and the first policy, which needs no second signature."""
    world = state.common
    world.day = genesis["first_day"]
    world.policies = Policies.begun(genesis)
    for org in (ADMINISTRATION, SUPERVISOR):
        world.partners[org] = {"version": 1, "mailbox": "", "name": org}
    world.trust.begin(genesis)
    state.rules = world.rules()


def fold_partner(
    state: RegistryState, out: RegistryOutput, cause: Cause, rec: Fields, people: list[Listed]
) -> None:
    """The newest version's name and mailbox count."""
    partners, version = state.common.partners, rec["version"]
    if version >= partners.get(rec["org"], {"version": 0})["version"]:
        partners[rec["org"]] = {"version": version, "mailbox": rec["mailbox"], "name": rec["name"]}


def fold_key(
    state: RegistryState, out: RegistryOutput, cause: Cause, rec: Fields, people: list[Listed]
) -> None:
    """Whose a key is; that of a whole organisation speaks for nobody in particular."""
    state.common.trust.add_signer(rec)


def fold_stage_key(
    state: RegistryState, out: RegistryOutput, cause: Cause, rec: Fields, people: list[Listed]
) -> None:
    """With which key a stage signs, or no longer does."""
    state.common.trust.add_stage(rec, cause.seq)


def fold_policy(
    state: RegistryState, out: RegistryOutput, cause: Cause, rec: Fields, people: list[Listed]
) -> None:
    """A proposal, or the signature under one."""
    state.common.policies = state.common.policies.take(rec)
    state.rules = state.common.rules()


def fold_programme(
    state: RegistryState, out: RegistryOutput, cause: Cause, rec: Fields, people: list[Listed]
) -> None:
    """The newest version counts, and whose signature is under it."""
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
