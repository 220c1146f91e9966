"""What the door does with each kind beyond what `events.catalog` says of it. Pure.

Signers, roles, token types, versions, limits a month and duplicates are the table's, and hold
for all kinds alike; here stands what is a kind's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from processors.intake import checks, conduct, effects
from processors.intake.accounts import Signer
from processors.intake.state import IntakeState, Message, Versions

Fields = dict[str, Any]


def _nothing(*_: object) -> None:
    """A kind has no rule of its own here."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A kind's own rules; the first three raise Refusal.

    `may`: may this signer say it? `check`: does it make sense as things stand? `limit`: are
    there too many? `take`: what it changes once it is accepted.
    """

    may: Callable[[IntakeState, Signer, Any], None] = _nothing
    check: Callable[[IntakeState, Signer, Message, Any], None] = _nothing
    limit: Callable[[IntakeState, str, Fields, Versions], None] = _nothing
    take: Callable[[IntakeState, str, Fields, Versions], None] = _nothing


HANDLERS: Final[dict[str, Handler]] = {
    "assistance": Handler(
        may=checks.may_use_programme, limit=conduct.limit_plan, take=conduct.take_assistance
    ),
    "enrolment": Handler(may=checks.may_use_programme),
    "inquiry": Handler(
        may=checks.may_use_programme, limit=conduct.limit_inquiry, take=conduct.take_inquiry
    ),
    "succession": Handler(check=checks.check_succession),
    "programme": Handler(
        may=checks.may_declare_programme,
        limit=checks.limit_programmes,
        take=effects.take_programme,
    ),
    "partner": Handler(check=checks.check_partner, take=effects.take_partner),
    "key": Handler(check=checks.check_key, take=effects.take_key),
    "stage-key": Handler(check=checks.check_stage_key, take=effects.take_stage_key),
    "erasure": Handler(check=checks.check_erasure, take=effects.take_erasure),
    "policy": Handler(check=checks.check_policy, take=effects.take_policy),
    "policy-signature": Handler(check=checks.check_signature, take=effects.take_policy),
    "release": Handler(check=checks.check_release, take=effects.take_release),
    "clock-step": Handler(check=checks.check_clock_step, take=effects.take_clock_step),
    "token-epoch": Handler(check=checks.check_epoch, take=effects.take_epoch),
    "evaluations": Handler(may=checks.may_count_evaluations),
    "case-step": Handler(may=checks.may_step),
    "appeal": Handler(may=checks.may_appeal),
}
IGNORED: Final[dict[str, str]] = {
    "need": "The table of kinds says all: a partner's own record about people.",
    "quarantine": "The table of kinds says all: the administration's record about a number.",
    "decision": "The table says whose accounts sign it; what it is about only the registry knows.",
}
"""Kinds that need nothing more at the door, and why."""


def handler_of(kind: str) -> Handler:
    """The rules of a kind. Raises KeyError for one that is neither handled nor ignored."""
    return Handler() if kind in IGNORED else HANDLERS[kind]
