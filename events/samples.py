"""One or more examples of everything in the catalogue, as JSON values. Pure.

`events.generate` reads each with its model and makes `events/examples` of them.
"""

from typing import Any, Final

_UUID: Final = "3f0c9a52-7d1e-4b6a-9c55-0e1d2c3b4a59"
_NONCE: Final = "00112233445566778899aabbccddeeff"
_PUBLIC: Final = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
_SUPERVISORS: Final = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
_TOKENS: Final = (
    "5d41402abc4b2a76b9719d911017c592",
    "7d793037a0760186574b0282f2f435e7",
    "9dd4e461268c8034f5c8564e155c67a6",
)

_ASSISTANCE: Final[dict[str, Any]] = {
    "kind": "assistance",
    "nonce": _NONCE,
    "version": 2,
    "assistance_id": _UUID,
    "programme": "KIZ-ESSN",
    "stage": "delivered",
    "purpose": "basic-needs",
    "modality": "cash",
    "delivery_mechanism": "card",
    "frequency": "monthly",
    "instalment_no": 5,
    "instalment_of": 12,
    "covers_from": "2026-05-01",
    "covers_to": "2026-06-01",
    "event_date": "2026-05-03",
    "amount": "6000.00",
    "currency": "TRY",
    "household_size": 3,
    "household_as_of": "2026-04-15",
    "district": "TUR034026",
    "subjects": [
        {"role": "recipient", "tokens": [["tr.tckimlik", _TOKENS[0]]]},
        {"role": "member", "tokens": [["tr.tckimlik", _TOKENS[1]]]},
        {"role": "member", "tokens": [["sy.passport", _TOKENS[2]]]},
    ],
    "lawful_basis_code": "humanitarian",
}
_FINDING: Final = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
_PERSON: Final = [{"role": "recipient", "tokens": [["tr.tckimlik", _TOKENS[0]]]}]
_RULES: Final[dict[str, Any]] = {"rates": {"EUR": "47.85"}}

EXAMPLES: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "assistance": (
        _ASSISTANCE,
        {k: v for k, v in _ASSISTANCE.items() if k not in ("event_date", "instalment_no")}
        | {"version": 1, "stage": "planned"},
        _ASSISTANCE
        | {
            "version": 3,
            "stage": "returned",
            "returned_amount": "2000.00",
            "returned_reason": "uncollected",
        },
    ),
    "need": (
        {
            "kind": "need",
            "nonce": _NONCE,
            "version": 1,
            "need_id": _UUID,
            "purpose": "rent",
            "assessed_on": "2026-04-01",
            "district": "TUR034026",
            "household_size": 3,
            "subjects": _PERSON,
        },
        {
            "kind": "need",
            "nonce": _NONCE,
            "version": 2,
            "need_id": _UUID,
            "purpose": "rent",
            "assessed_on": "2026-04-01",
            "closed_on": "2026-05-01",
            "district": "TUR034026",
            "subjects": _PERSON,
        },
    ),
    "enrolment": (
        {
            "kind": "enrolment",
            "nonce": _NONCE,
            "version": 1,
            "enrolment_id": _UUID,
            "programme": "KIZ-ESSN",
            "started_on": "2026-01-01",
            "ended_on": "2026-04-01",
            "end_reason": "programme-closed",
            "subjects": _PERSON,
        },
    ),
    "succession": (
        {
            "kind": "succession",
            "nonce": _NONCE,
            "version": 1,
            "succession_id": _UUID,
            "subjects": [
                {"role": "former", "tokens": [["tr.tckimlik", _TOKENS[1]]]},
                {"role": "successor", "tokens": [["tr.tckimlik", _TOKENS[0]]]},
            ],
        },
    ),
    "inquiry": (
        {
            "kind": "inquiry",
            "nonce": _NONCE,
            "version": 1,
            "inquiry_id": _UUID,
            "about": _UUID,
            "programme": "KIZ-ESSN",
            "purpose": "rent",
            "modality": "cash",
            "frequency": "monthly",
            "covers_from": "2026-05-01",
            "covers_to": "2026-06-01",
            "district": "TUR034026",
            "subjects": [
                {
                    "role": "recipient",
                    "tokens": [["weak.phone", _TOKENS[0]], ["case.kiz", _TOKENS[1]]],
                }
            ],
        },
    ),
    "programme": (
        {
            "kind": "programme",
            "nonce": _NONCE,
            "version": 1,
            "programme": "KIZ-ESSN",
            "owner": "KIZ",
            "donor": "ECHO",
            "purpose": "basic-needs",
            "budget": "1000000.00",
            "currency": "EUR",
            "starts": "2026-01-01",
            "ends": "2026-12-31",
            "complements": ["KIZ-CESSN"],
        },
    ),
    "partner": (
        {
            "kind": "partner",
            "nonce": _NONCE,
            "version": 1,
            "org": "KIZ",
            "name": "Kızılay",
            "mailbox": "focal@kiz.example",
        },
        {
            "kind": "partner",
            "nonce": _NONCE,
            "version": 1,
            "org": "KEYA",
            "name": "A body that runs a key server",
            "mailbox": "keys@keya.example",
            "key_server": 1,
        },
    ),
    "key": (
        {"kind": "key", "nonce": _NONCE, "version": 1, "org": "KIZ", "public_key": _PUBLIC},
        {
            "kind": "key",
            "nonce": _NONCE,
            "version": 2,
            "org": "KIZ",
            "public_key": _PUBLIC,
            "status": "revoked",
        },
        {
            "kind": "key",
            "nonce": _NONCE,
            "version": 1,
            "org": "KIZ",
            "public_key": _PUBLIC,
            "user": "field-office",
            "role": "focal-person",
        },
    ),
    "policy": (
        {
            "kind": "policy",
            "nonce": _NONCE,
            "version": 2,
            "in_force_from": "2026-07-01",
            "rules": _RULES,
        },
    ),
    "policy-signature": (
        {
            "kind": "policy-signature",
            "nonce": _NONCE,
            "version": 1,
            "policy_version": 2,
            "policy_digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    ),
    "quarantine": (
        {
            "kind": "quarantine",
            "nonce": _NONCE,
            "version": 1,
            "quarantine_id": _UUID,
            "subjects": [{"role": "quarantined", "tokens": [["tr.tckimlik", _TOKENS[2]]]}],
        },
        {
            "kind": "quarantine",
            "nonce": _NONCE,
            "version": 2,
            "quarantine_id": _UUID,
            "status": "lifted",
            "subjects": [{"role": "quarantined", "tokens": [["tr.tckimlik", _TOKENS[2]]]}],
        },
    ),
    "release": (
        {"kind": "release", "nonce": _NONCE, "version": 1, "org": "KIZ", "submission_id": _UUID},
    ),
    "case-step": (
        {
            "kind": "case-step",
            "nonce": _NONCE,
            "version": 1,
            "step_id": _UUID,
            "case_id": _FINDING,
            "step": "replied",
            "fact": "different-household",
        },
    ),
    "decision": (
        {
            "kind": "decision",
            "nonce": _NONCE,
            "version": 1,
            "decision_id": _UUID,
            "finding_id": _FINDING,
            "revision": 2,
            "decision": "dismiss",
            "reason": "top-up",
        },
    ),
    "appeal": (
        {
            "kind": "appeal",
            "nonce": _NONCE,
            "version": 1,
            "appeal_id": _UUID,
            "finding_id": _FINDING,
            "revision": 2,
            "by": "household",
            "ground": "separated",
        },
    ),
    "token-epoch": (
        {
            "kind": "token-epoch",
            "nonce": _NONCE,
            "version": 1,
            "epoch": "e1",
            "public_key": _PUBLIC,
            "placeholder_tokens": [["tr.tckimlik", _TOKENS[2]]],
        },
        {
            "kind": "token-epoch",
            "nonce": _NONCE,
            "version": 2,
            "epoch": "e1",
            "public_key": _PUBLIC,
            "status": "closed",
        },
    ),
    "evaluations": (
        {
            "kind": "evaluations",
            "nonce": _NONCE,
            "version": 1,
            "evaluations_id": _UUID,
            "server": 1,
            "day": "2026-05-01",
            "org": "KIZ",
            "epoch": "e1",
            "evaluations": 1200,
        },
    ),
    "clock-step": ({"kind": "clock-step", "nonce": _NONCE, "version": 1, "day": "2026-05-01"},),
    "genesis": (
        {
            "kind": "genesis",
            "first_day": "2026-01-01",
            "test_mode": False,
            "root_keys": [
                {"role": "administrator", "public_key": _PUBLIC},
                {"role": "supervisor", "public_key": _SUPERVISORS},
            ],
            "policy": _RULES,
        },
    ),
    "submission-manifest": (
        {
            "v": 1,
            "org": "KIZ",
            "submission_id": _UUID,
            "key_id": "0123456789abcdef",
            "assurance": "hmac",
            "tokens_epoch": "e1",
            "digests": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        },
    ),
}
