"""Who may ask a key server, with which keys, and how much."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationError

from keyserver.errors import CeremonyProblem
from keyserver.oprf.messages import MAX_ELEMENTS, Hex32, Message

ORG_PATTERN: Final = r"^[A-Z][A-Z0-9]{2,11}$"
DEFAULT_DAILY_QUOTA: Final = 10_000
"""More than 20,000 families need a day after the first lists; what it allows: docs/threats.md."""
DEFAULT_ELEMENTS_PER_SECOND: Final = 5_000
MAX_KEYS: Final = 1_000


class Partner(Message):
    """An enrolled organisation: `partners/<ORG>.json`."""

    org: Annotated[str, StringConstraints(pattern=ORG_PATTERN)]
    public_keys: Annotated[tuple[Hex32, ...], Field(max_length=MAX_KEYS)]
    daily_quota: Annotated[int, Field(ge=0)] = DEFAULT_DAILY_QUOTA
    elements_per_second: Annotated[int, Field(ge=1, le=10_000_000)] = DEFAULT_ELEMENTS_PER_SECOND

    @property
    def burst(self) -> int:
        """The most elements of one window of the limit: one whole request at least."""
        return max(MAX_ELEMENTS, self.elements_per_second * BURST_SECONDS)


BURST_SECONDS: Final = 10
"""The window over which the elements of a second are averaged."""


def enrolled(
    known: Partner | None,
    org: str,
    public_key: str,
    daily_quota: int | None = None,
    elements_per_second: int | None = None,
) -> Partner:
    """The partner with this key too. What is not given stays, or is the default.

    CeremonyProblem for a code or key of another form, and for too many keys.
    """
    keys = known.public_keys if known else ()
    values: dict[str, object] = known.model_dump() if known else {"org": org}
    values["public_keys"] = keys if public_key in keys else (*keys, public_key)
    if daily_quota is not None:
        values["daily_quota"] = daily_quota
    if elements_per_second is not None:
        values["elements_per_second"] = elements_per_second
    try:
        return Partner.model_validate(values)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise CeremonyProblem(
            f"No partner can be enrolled so ({place}): a code is 3 to 12 capital letters or digits,"
            f" a public key 64 hex digits, of which there are at most {MAX_KEYS}; quotas count up."
        ) from None


def without(known: Partner, public_key: str) -> Partner:
    """The partner without this key. Its quota waits for the key that takes its place."""
    left = tuple(key for key in known.public_keys if key != public_key)
    return known.model_copy(update={"public_keys": left})
