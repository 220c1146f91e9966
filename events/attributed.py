"""Messages of aid-findings and of receipts, read as what they claim, and as who said it. Pure."""

from typing import Any, cast

import orjson

from events.catalog import Topic, receipts_topic
from events.model import SigningStage
from events.outputs import PARTED, Receipt, RegistryOutput
from events.stage_signing import content_of
from events.trust import Trust


def place_of(output: RegistryOutput) -> str:
    """What names a message of aid-findings in its topic."""
    return f"{output['seq']}.{output['part']}"


def output_of(value: bytes | None, trust: Trust) -> RegistryOutput | None:
    """A message of aid-findings; None for one that the registry did not say."""
    found = claimed_output(value)
    return found if found is not None and is_said(found, value or b"", trust) else None


def end_of_output(value: bytes | None, trust: Trust) -> RegistryOutput | None:
    """The last part of an output, behind which all of it was said; None for all else."""
    found = output_of(value, trust)
    return found if found is not None and found["part"] == found["parts"] - 1 else None


def claimed_output(value: bytes | None) -> RegistryOutput | None:
    """A message of aid-findings, whoever wrote it; None for one that is no output."""
    found: Any = _loads(value)
    numbers, lists = ("v", "seq", "part", "parts"), ("submissions", *PARTED)
    is_whole = all(isinstance(found.get(name), int) for name in numbers) and all(
        isinstance(found.get(name), list) for name in lists
    )
    is_placed = is_whole and found["seq"] >= 0 and 0 <= found["part"] < found["parts"]
    return found if is_placed else None


def is_said(output: RegistryOutput, value: bytes, trust: Trust) -> bool:
    """True if the registry said it, by the keys that count at its block."""
    place = place_of(output)
    return trust.admits(SigningStage.REGISTRY, Topic.FINDINGS, output["seq"], value, place)


def receipt_of(value: bytes | None, org: str, trust: Trust) -> Receipt | None:
    """A message of an organisation's receipts; None for one that the system did not write."""
    found: Any = _loads(value)
    is_whole = isinstance(found.get("seq"), int) and found.get("org") == org
    if value is None or not is_whole or found["seq"] < 0:
        return None
    topic = receipts_topic(org)
    admits = trust.admits(SigningStage.RECEIPTS, topic, found["seq"], value)
    return cast(Receipt, found) if admits else None


def _loads(value: bytes | None) -> dict[str, Any]:
    try:
        found = orjson.loads(content_of(value or b""))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
