"""Who is so like somebody else that the registry would ask whether they are one. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from events.dates import birth
from events.weak import DEFAULT_THRESHOLD, DEFAULT_WEIGHTS, recipient_identifiers


class Namesakes:
    """Everybody who was admitted, by the weak combinations of name and birth date.

    Two are alike if the weights of what they share reach the threshold, as in the first policy.
    """

    def __init__(
        self, weights: Mapping[str, int] = DEFAULT_WEIGHTS, threshold: int = DEFAULT_THRESHOLD
    ) -> None:
        self._weights, self._threshold = weights, threshold
        self._who: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._count = 0

    def admit(self, given: str, surname: str, birth_date: date) -> bool:
        """True, and the person is one of all from now on, unless somebody is alike."""
        found = recipient_identifiers(given, surname, birth(birth_date.isoformat()))
        weighed = [one for one in found if self._weights.get(one[0])]
        shared: Counter[int] = Counter()
        for one in weighed:
            for who in self._who[one]:
                shared[who] += self._weights[one[0]]
                if shared[who] >= self._threshold:
                    return False
        for one in weighed:
            self._who[one].append(self._count)
        self._count += 1
        return True
