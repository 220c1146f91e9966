"""The form of a request, and what it means to refuse one. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from keyserver.oprf import messages
from keyserver.oprf.messages import ErrorCode, Evaluate
from keyserver.partners import ORG_PATTERN

_FORMS: Final = {
    messages.ORG_HEADER: re.compile(ORG_PATTERN.strip("^$")),
    messages.KEY_HEADER: re.compile(r"[0-9a-f]{64}"),
    messages.TIME_HEADER: re.compile(r"[0-9]{1,12}"),
    messages.REQUEST_HEADER: re.compile(r"[0-9A-Za-z_-]{16,64}"),
    messages.SIGNATURE_HEADER: re.compile(r"[0-9a-f]{128}"),
}
_NAMES: Final = {name.encode(): name for name in _FORMS}
MAX_HEADERS: Final = 100
"""More than any honest client and the proxies before it send."""


class Refused(Exception):
    """A request that gets an error; `detail` is a sentence without anything secret.

    `remaining` is what is left of the day's quota, where that is the reason.
    """

    def __init__(
        self, code: ErrorCode, detail: str, retry_seconds: int = 0, remaining: int | None = None
    ) -> None:
        super().__init__(detail)
        self.code: ErrorCode = code
        self.detail = detail
        self.retry_seconds = retry_seconds
        self.remaining = remaining


def picked(sent: Sequence[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    """Of the headers as sent, names in lower case: those that `checked` needs, all their values.

    Refused if there are too many, before any is looked at.
    """
    if len(sent) > MAX_HEADERS:
        raise Refused("malformed", f"A request has at most {MAX_HEADERS} headers.")
    found: dict[str, list[str]] = {name: [] for name in _FORMS}
    for name, value in sent:
        if name in _NAMES:
            found[_NAMES[name]].append(value.decode("latin-1"))
    return found


def checked(headers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each header that a request must have, once and in its form. Refused."""
    values = {}
    for name, form in _FORMS.items():
        given = headers.get(name, ())
        if len(given) != 1 or not form.fullmatch(given[0]):
            raise Refused("unsigned", f"The header {name} is missing or has another form.")
        values[name] = given[0]
    return values


def parsed(body: bytes) -> Evaluate:
    """The body. Refused if it is none."""
    try:
        return Evaluate.model_validate_json(body)
    except ValidationError:
        raise Refused("malformed", "The body is no request for evaluation.") from None
