"""JSON Schemas of everything in the catalogue, made from the models. Pure.

`infra/schemas.py` writes them to `events/schemas` (`make schemas`); a test says when they are
not up to date. Written by hand are `events/examples`, one file a kind, which the tests read with
the models and send, and `events/schemas/frozen`: what was published, which `events.compat`
compares with.
"""

from typing import Any, Final

import orjson
from pydantic import BaseModel

from events.catalog import CATALOG
from events.model import Manifest

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


def _text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
