"""The form of a request, and what it means to refuse one. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from producers.keyserver.partners import ORG_PATTERN
from producers.oprf import messages
from producers.oprf.messages import ErrorCode, Evaluate

_FORMS: Final = {
    messages.ORG_HEADER: re.compile(ORG_PATTERN.strip("^$")),
    messages.KEY_HEADER: re.compile(r"[0-9a-f]{64}"),
    messages.TIME_HEADER: re.compile(r"[0-9]{1,12}"),
    messages.REQUEST_HEADER: re.compile(r"[0-9A-Za-z_-]{16,64}"),
    messages.SIGNATURE_HEADER: re.compile(r"[0-9a-f]{128}"),
}


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
