"""The subjects of a record that intake sealed, opened with its block's keys. Pure."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from events import sealing
from events.erasure import Subjects, renamed
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


def people_of(
    keys: bytes | None,
    left: Mapping[int, Subjects],
    names: Mapping[str, str],
    block: Block,
    item: dict[str, Any],
) -> Subjects | None:
    """The subjects as the registry folds them: stand-ins for erased people (`left`, by the key's
    place), and for the tokens that a later record shares with them (`names`).
    """
    found = subjects_of(keys, block, item)
    if found is None:
        return left.get(item["k"])
    return renamed(found, names)
