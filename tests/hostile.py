"""What strangers write to topics: the generators that unit tests and the chaos suite share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import hypothesis
import orjson
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KINDS = ("bytes", "json", "header", "items", "changed", "again")


class NoText(str):
    """A header key that a client encodes as bytes that are no UTF-8."""

    def encode(self, *_: Any) -> bytes:
        return b"\xff\xfe"


def dumped(value: Any) -> bytes:
    """JSON, or what is none where it cannot be written."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError):
        return b"\xff"


@st.composite
def messages(draw: st.DrawFn, header: Mapping[str, Any], real: Sequence[bytes]) -> bytes:
    """Bytes, JSON, a header that follows with anything in it, a real message with a few changes.

    `header` is that of the next block, `real` are messages that stand in some topic.
    """
    kind = draw(st.sampled_from(KINDS))
    if kind == "bytes":
        return draw(st.binary(max_size=300))
    if kind == "json":
        return dumped(draw(JSON))
    if kind == "header":
        return dumped({**header, **draw(st.dictionaries(st.text(max_size=12), JSON))})
    if kind == "items":
        items = draw(st.lists(JSON, max_size=3))
        whole = {**header, "items": len(items), "clock_ms": 0, "keys": "", "keys_offset": -1}
        return b"\n".join([dumped(whole), *map(dumped, items)])
    value = bytearray(draw(st.sampled_from(real)))
    if kind == "changed":
        for at in draw(st.lists(st.integers(0, len(value) - 1), min_size=1, max_size=4)):
            value[at] = draw(st.integers(0, 255))
    return bytes(value)


def drawn(strategy: st.SearchStrategy[bytes], count: int, seed: int) -> list[bytes]:
    """So many examples; the same seed and strategy give the same ones."""
    found: list[bytes] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(strategy)
    def keep(value: bytes) -> None:
        found.append(value)

    collect: Callable[[], None] = keep
    collect()
    return found
