"""JSON Schemas of everything in the catalogue, made from the models: `make schemas`.

A test says when `events/schemas` is not up to date. Written by hand are `events/examples`, one file
a kind, which the tests read with the models and send, and `events/schemas/frozen`: what was
published, which `tests/compat.py` compares with.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel

import events
from events.catalog import CATALOG
from events.model import Manifest

FOLDER: Final = Path(events.__file__).parent / "schemas"
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


def write(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Make `folder` hold exactly these JSON files (folders in it stay); the names that changed."""
    folder.mkdir(exist_ok=True)
    changed = []
    for path in sorted(folder.glob("*.json")):
        if path.name not in texts:
            path.unlink()
            changed.append(path.name)
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(name)
    return changed


def main() -> None:
    """Write the schemas and say which changed."""
    for changed in write(FOLDER, schemas()):
        print(f"events/schemas/{changed}")


if __name__ == "__main__":
    main()
