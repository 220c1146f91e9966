"""How the registry folds each kind of record. Pure.

A handler is given the state, the output of the block, the cause, the public part of the record
and its people; it gives back an answer, if the kind is answered.
"""

from collections.abc import Callable
from typing import Any, Final

from events.outputs import Answer, RegistryOutput
from processors.registry import aid, decisions, erasures, participants
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Listed

Handler = Callable[
    [RegistryState, RegistryOutput, Cause, dict[str, Any], list[Listed]], Answer | None
]

HANDLERS: Final[dict[str, Handler]] = {
    "assistance": aid.fold_assistance,
    "inquiry": aid.fold_inquiry,
    "need": aid.fold_need,
    "enrolment": aid.fold_enrolment,
    "succession": aid.fold_number,
    "quarantine": aid.fold_number,
    "programme": participants.fold_programme,
    "partner": participants.fold_partner,
    "key": participants.fold_key,
    "stage-key": participants.fold_stage_key,
    "erasure": erasures.fold,
    "policy": participants.fold_policy,
    "policy-signature": participants.fold_policy,
    "case-step": decisions.fold_step,
    "decision": decisions.fold,
    "appeal": decisions.fold,
}
IGNORED: Final[dict[str, str]] = {
    "release": "A matter of the door: what was held is folded when it comes again.",
    "clock-step": "The ticks that follow it in the journal move the day.",
    "token-epoch": "Tokens of all epochs are told apart by themselves; the door checks them.",
    "evaluations": "Counts of the key servers: they are shown, and change no answer.",
}
"""Kinds that change nothing here, and why."""
