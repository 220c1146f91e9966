"""JSON Schemas and examples of everything in the catalogue, made from the models. Pure.

`infra/schemas.py` writes the texts to `events/schemas` and `events/examples`; a test
says when they are not up to date. `events/schemas/frozen` is written by hand: what was
published, which `events.compat` compares with.
"""

from typing import Any, Final

import orjson
from pydantic import BaseModel

from events.catalog import CATALOG
from events.model import Manifest

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
MANIFEST: Final = ("submission-manifest", 1, Manifest)

_UUID: Final = "3f0c9a52-7d1e-4b6a-9c55-0e1d2c3b4a59"
_NONCE: Final = "00112233445566778899aabbccddeeff"
_PUBLIC: Final = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
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
    "clock-step": ({"kind": "clock-step", "nonce": _NONCE, "version": 1, "day": "2026-05-01"},),
    "genesis": (
        {
            "kind": "genesis",
            "first_day": "2026-01-01",
            "test_mode": False,
            "root_keys": [{"role": "administrator", "public_key": _PUBLIC}],
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


def owners() -> list[tuple[str, int, type[BaseModel]]]:
    """(name, version, model) of everything that has a schema: the catalogue and the manifest."""
    return [*((entry.name, entry.version, entry.model) for entry in CATALOG), MANIFEST]


def file_name(name: str, version: int) -> str:
    """The name of a schema's or an example's file."""
    return f"{name}.v{version}.json"


def schema(name: str, version: int, model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what is accepted at the door."""
    return {
        "$schema": DRAFT,
        "$id": f"urn:tekil:{name}:{version}",
        **model.model_json_schema(mode="validation"),
    }


def schemas() -> dict[str, str]:
    """File name → text, for `events/schemas`."""
    return {file_name(n, v): _text(schema(n, v, model)) for n, v, model in owners()}


def examples() -> dict[str, str]:
    """File name → text, for `events/examples`: a list of examples, each read by the model."""
    return {
        file_name(name, version): _text([_read(model, one) for one in EXAMPLES[name]])
        for name, version, model in owners()
    }


def _read(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    read = model.model_validate_json(orjson.dumps(example))
    return read.model_dump(mode="json", exclude_none=True, exclude_unset=True)


def _text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
