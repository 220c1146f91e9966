"""What stands for erased people, made of the journal and its keys. Pure: `fresh` is given."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from events.erasure import Left, Named, Remains, Subjects, name_of, records_of, renamed
from events.journal import Block
from events.sealing import KEY_BYTES
from processors.sealed import subjects_of

Blocks = Callable[[], Iterator[Block]]
KeysOf = Callable[[Block], bytes | None]
_ZEROS: Final = bytes(KEY_BYTES)


def remains(
    blocks: Blocks,
    keys_of: KeysOf,
    erased: Mapping[Named, int],
    before: Remains,
    fresh: Callable[[], str],
) -> Remains:
    """What is left once these records are erased, of which some were before.

    `blocks` gives the whole journal, twice; `keys_of` what aid-keys holds for a block now;
    `fresh` a random stand-in (32 hex digits).
    """
    going = _going(blocks(), keys_of, erased)
    everybody = (subjects for _, found in going.values() for subjects in found.values())
    gone = {token for subjects in everybody for token in tokens(subjects)}
    watched = gone | before.stand_ins.keys()
    held = _held(blocks(), keys_of, erased, watched) if watched else set()
    names = {token: before.stand_ins.get(token) or fresh() for token in sorted(gone)}
    left = dict(before.left)
    for keys_id, (keys, found) in going.items():
        people = {k: renamed(subjects, names) for k, subjects in found.items()}
        known = left[keys_id].people if keys_id in left else {}
        left[keys_id] = Left(_without(keys, found), known | people)
    known_names = before.stand_ins | names
    return Remains(left, {token: known_names[token] for token in sorted(held)})


def tokens(subjects: Subjects) -> set[str]:
    """All tokens of a record's people, as `type:hex`."""
    return {f"{kind}:{value}" for subject in subjects for kind, value in subject["tokens"]}


def _going(
    blocks: Iterator[Block], keys_of: KeysOf, erased: Mapping[Named, int]
) -> dict[str, tuple[bytes, dict[int, Subjects]]]:
    """Id of a block's keys → the keys; place of a key → the people that are to be erased."""
    found: dict[str, tuple[bytes, dict[int, Subjects]]] = {}
    for block in blocks:
        for org, item in records_of(block):
            if "k" in item and block.seq < erased.get(name_of(org, item), -1):
                keys = keys_of(block)
                subjects = subjects_of(keys, block, item)
                if subjects is not None:
                    found.setdefault(block.keys_id, (keys or b"", {}))[1][item["k"]] = subjects
    return found


def _held(
    blocks: Iterator[Block], keys_of: KeysOf, erased: Mapping[Named, int], watched: set[str]
) -> set[str]:
    """The watched tokens that a record still has which is not erased."""
    found: set[str] = set()
    for block in blocks:
        for org, item in records_of(block):
            if "k" in item and name_of(org, item) not in erased:
                found |= watched & tokens(subjects_of(keys_of(block), block, item) or [])
    return found


def _without(keys: bytes, places: Mapping[int, Subjects]) -> bytes:
    found = bytearray(keys)
    for k in places:
        found[k * KEY_BYTES : (k + 1) * KEY_BYTES] = _ZEROS
    return bytes(found)
