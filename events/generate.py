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
from events.samples import EXAMPLES

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
MANIFEST: Final = ("submission-manifest", 1, Manifest)


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
