"""The subjects of a record that intake sealed, opened with its block's keys. Pure."""

import base64
from typing import Any

import orjson

from events import sealing
from events.journal import Block


def subjects_of(
    keys: bytes | None, block: Block, item: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """The opened subjects of an item of a block; None if they were erased."""
    try:
        sealed = base64.b64decode(item["sealed"])
        text = sealing.unseal(keys, block.keys_id, item["k"], sealed)
    except sealing.Erased:
        return None
    subjects: list[dict[str, Any]] = orjson.loads(text)
    return subjects
