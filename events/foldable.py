"""Whether a block has the shape that every fold relies on. Pure.

Of a block that intake signed nobody asks: it was made by the same code. Before the first stage key
anybody may have written it, and one that no fold takes would stop every reader for ever. What is
asked is what any genuine block has, of whatever version: the known types of items, each with its
fields, and records with all that their kind requires. Values are not judged again.
"""

from datetime import date
from functools import cache
from typing import Any, Final

import orjson

from events.catalog import BY_NAME
from events.journal import Block
from events.upcast import ASKED_LATER

Item = dict[str, Any]
_FIELDS: Final[dict[str, dict[str, type]]] = {
    "genesis": {"genesis": dict},
    "tick": {"day": str},
    "sub": {"offset": int, "manifest": str, "sig": str},
    "rec": {"row": int, "rec": dict},
    "dup": {"row": int, "kind": str, "id": str, "version": int},
    "rej": {"row": int, "reason": str, "field": str},
    "bad": {"offset": int, "org": str, "id": str, "records": int, "reason": str, "field": str},
}
_OF_A_SUBMISSION: Final = frozenset({"rec", "dup", "rej"})
_KEPT_ELSEWHERE: Final = frozenset({"nonce", "subjects"})
"""Fields of a record that do not stand in a block's open part."""
_OF_GENESIS: Final = frozenset({"first_day", "test_mode", "root_keys", "policy"})
_MANIFEST: Final[dict[str, type]] = {
    "org": str, "submission_id": str, "key_id": str, "assurance": str, "tokens_epoch": str,
    "digests": list,
}  # fmt: skip


def folds(block: Block) -> bool:
    """True if each item is of a known type, has its fields, and stands where it may."""
    is_open = False
    numbers = (block.clock_ms, block.keys_offset, *block.source)
    if not all(type(number) is int for number in numbers) or type(block.keys_id) is not str:
        return False
    for index, item in enumerate(block.items):
        kind = item.get("t")
        if not _has(item, _FIELDS.get(str(kind))) or not _is_placed(block, index, item, is_open):
            return False
        is_open = kind == "sub" or (is_open and kind != "bad")
    return True


def _has(item: Item, fields: dict[str, type] | None) -> bool:
    return fields is not None and all(
        isinstance(item.get(name), wanted) for name, wanted in fields.items()
    )


def _is_placed(block: Block, index: int, item: Item, is_open: bool) -> bool:
    kind = item["t"]
    if kind in _OF_A_SUBMISSION and not is_open:
        return False
    if kind == "genesis" and (block.seq or index):
        return False
    if kind == "genesis":
        genesis = item["genesis"]
        return genesis.keys() >= _OF_GENESIS and _is_day(genesis["first_day"])
    if kind == "tick":
        return _is_day(item["day"])
    if kind == "sub":
        return _is_manifest(item["manifest"])
    if kind == "dup":
        return item["kind"] in BY_NAME
    return kind != "rec" or _is_record(item)


def _is_record(item: Item) -> bool:
    rec = item["rec"]
    entry = BY_NAME.get(str(rec.get("kind")))
    if entry is None or entry.name == "genesis" or not _required(entry.name) <= rec.keys():
        return False
    is_open = "k" not in item and "sealed" not in item  # it names nobody
    is_sealed = _has(item, {"k": int, "sealed": str})
    return type(rec.get("version")) is int and (is_open or is_sealed)


@cache
def _required(name: str) -> frozenset[str]:
    fields = BY_NAME[name].model.model_fields.items()
    required = frozenset(key for key, field in fields if field.is_required())
    return required - _KEPT_ELSEWHERE - ASKED_LATER.get(name, frozenset())


def _is_manifest(text: str) -> bool:
    try:
        return _has(orjson.loads(text), _MANIFEST)
    except (orjson.JSONDecodeError, AttributeError):
        return False


def _is_day(text: Any) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except (TypeError, ValueError):
        return False
