"""What a day's quota at the key servers says of a batch: not so large, or no more today."""

from infra.errors import SystemUnavailable


class QuotaExhausted(SystemUnavailable):
    """Too few servers still evaluate for this organisation today. Exit code 3."""


class BatchTooLarge(QuotaExhausted):
    """Enough servers would take a batch of `most` elements today, at least one, and no larger."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The key servers take {most} elements of this organisation today.")
        self.most = most
