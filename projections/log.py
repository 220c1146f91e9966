"""What the projector needs of a log."""

from typing import Protocol

Message = tuple[str, int, bytes | None]
"""Name of the source, offset, value."""


class Log(Protocol):
    """`infra.topic_reader.TopicReader` is one; the tests have one made of lists."""

    def bounds(self, source: str) -> tuple[int, int]:
        """Offset of the first message that is still there, and of the next that will come."""
        ...

    def read_one(self, source: str, offset: int) -> bytes | None:
        """The message at `offset`, which is within the bounds. Moves the position."""
        ...

    def seek(self, source: str, offset: int) -> None:
        """The next poll reads from here."""
        ...

    def poll(self, timeout_ms: int) -> list[Message]:
        """Messages that are there, in the order of each topic; waits if there are none."""
        ...

    def hold(self, source: str, on: bool) -> None:
        """Stop or go on reading one topic."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
