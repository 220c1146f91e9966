"""The most that may stand: a heaviest set of records of which no two are in conflict. Pure, exact.

Sets of records are bits of an integer. The question is hard in general, and easy for families:
records of one recipient conflict all with all, and such groups fall to the three rules below.

apart      records that no conflict joins are looked at by themselves
outweighs  a record that is worth as much as all against it together stands
needless   of two in conflict, the one that is worth no more and has all the other's conflicts
           need not stand

What is left is tried: the record with most conflicts stands, or it does not.
"""

from collections.abc import Iterator, Sequence
from typing import Final

TRIES: Final = 5_000
"""So many are made for all questions about one case, then they count as not to be answered."""
DEEPEST: Final = 100
"""How many records may be tried one within the other."""


class TooManyTries(Exception):
    """The records conflict in a way that would take too long to look through."""


def bits(places: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


class Heaviest:
    """Records with their weights (≥ 0) and, for each, the bits of those in conflict with it."""

    def __init__(self, weights: Sequence[int], against: Sequence[int]) -> None:
        self._weights, self._against = weights, against
        self._known: dict[int, int] = {}
        self.tries = 0

    def among(self, records: int) -> int:
        """The largest sum of weights of some of these records (bits) without a conflict.

        Raises TooManyTries. When it does depends on what was asked, never on a clock.
        """
        return self._of(records, DEEPEST)

    def _of(self, left: int, depth: int) -> int:
        stands, left = self._without_the_easy_ones(left)
        return stands + sum(self._of_part(part, depth) for part in self._apart(left))

    def _without_the_easy_ones(self, left: int) -> tuple[int, int]:
        """What stands for sure, and the records of which it is not yet known."""
        stands, before = 0, -1
        while left != before:
            before = left
            for place in bits(left):
                if not left >> place & 1:
                    continue  # it went while others were looked at
                near = self._against[place] & left
                if self._weights[place] >= sum(self._weights[other] for other in bits(near)):
                    stands += self._weights[place]
                    left &= ~(near | 1 << place)
                else:
                    left = self._without_needless(left, place, near)
        return stands, left

    def _without_needless(self, left: int, place: int, near: int) -> int:
        """Drop this record, or those beside it that it makes needless."""
        mine, weight = near | 1 << place, self._weights[place]
        for other in bits(near):
            its = self._against[other] & left | 1 << other
            if self._weights[other] >= weight and not its & ~mine:
                return left & ~(1 << place)
            if weight >= self._weights[other] and not mine & ~its:
                left &= ~(1 << other)
                mine &= ~(1 << other)
        return left

    def _apart(self, left: int) -> Iterator[int]:
        while left:
            part, edge = 0, left & -left
            while edge:
                part |= edge
                reached = 0
                for place in bits(edge):
                    reached |= self._against[place]
                edge = reached & left & ~part
            left &= ~part
            yield part

    def _of_part(self, part: int, depth: int) -> int:
        if part in self._known:
            return self._known[part]
        self.tries += 1
        if self.tries > TRIES or not depth:
            raise TooManyTries
        place = max(bits(part), key=lambda one: (self._against[one] & part).bit_count())
        without = part & ~(1 << place)
        stands = self._weights[place] + self._of(without & ~self._against[place], depth - 1)
        found = self._known[part] = max(stands, self._of(without, depth - 1))
        return found
