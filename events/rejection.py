"""The closed list of reasons why a record, a message or a list is refused.

A rejection is a code and a pointer (topic, offset, row, field), never the
payload: a refused value may be somebody's identity number.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from events.texts import read_catalogues


class Reason(StrEnum):
    """Why something was refused. The codes are public: never rename one."""

    # the message
    MALFORMED = "malformed-submission"
    TOO_LARGE = "submission-too-large"
    TOO_MANY_RECORDS = "too-many-records"
    EMPTY = "empty-submission"
    HEADER_MISMATCH = "header-mismatch"
    UNKNOWN_PARTNER = "unknown-partner"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    BAD_SIGNATURE = "bad-signature"
    SUBMISSION_CONFLICT = "submission-conflict"
    ASSURANCE_REFUSED = "assurance-refused"
    EPOCH_CLOSED = "epoch-closed"
    UNKNOWN_EPOCH = "unknown-epoch"
    # the record
    DIGEST_MISMATCH = "digest-mismatch"
    MALFORMED_RECORD = "malformed-record"
    UNKNOWN_KIND = "unknown-kind"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    INVALID_VALUE = "invalid-value"
    NOT_ALLOWED = "not-allowed"
    ID_CONFLICT = "id-conflict"
    ERASED = "erased"
    UNKNOWN_RECORD = "unknown-record"
    QUOTA_EXCEEDED = "quota-exceeded"
    UNKNOWN_PROGRAMME = "unknown-programme"
    NOT_YOUR_PROGRAMME = "not-your-programme"
    NOT_YOUR_KEY_SERVER = "not-your-key-server"
    PLACEHOLDER = "placeholder-identifier"
    EPOCH_MISSING = "epoch-missing"
    SUBMISSION_HELD = "submission-held"
    ACCOUNT_NEEDED = "account-needed"
    UNKNOWN_POLICY = "unknown-policy"
    UNKNOWN_SUBMISSION = "unknown-submission"
    # the list, before anything is sent
    INVALID_IDENTIFIER = "invalid-identifier"
    CONFLICTING_ROWS = "conflicting-rows"
    REFERENCE_REUSED = "reference-reused"
    REPEATED_IN_LIST = "repeated-in-list"
    UNREADABLE_FILE = "unreadable-file"
    FILE_TOO_LARGE = "file-too-large"
    EMPTY_FILE = "empty-file"
    UNKNOWN_DISTRICT = "unknown-district"
    AMBIGUOUS_NUMBER = "ambiguous-number"
    DIGITS_LOST = "digits-lost"
    NUMBER_COPIED = "number-copied"
    DUPLICATE_COLUMN = "duplicate-column"
    # what an officer sees in a cell, and what is stored
    ERROR_CELL = "error-cell"
    FORMULA_WITHOUT_RESULT = "formula-without-result"
    MERGED_CELL = "merged-cell"
    NUMBER_FORMAT = "number-format"
    TOO_MANY_DECIMALS = "too-many-decimals"
    DAMAGED_TEXT = "damaged-text"
    # the file as an officer sees it
    HIDDEN_ROWS = "hidden-rows"
    HIDDEN_COLUMNS = "hidden-columns"
    SEVERAL_SHEETS = "several-sheets"
    UNKNOWN_SHEET = "unknown-sheet"
    ROWS_ABOVE_HEADER = "rows-above-header"
    OTHER_FORM = "other-form"
    FILE_PASSWORD = "file-password"
    UNKNOWN_ENCODING = "unknown-encoding"
    # what one cell cannot tell, and a column, a header or the officer has to
    DAY_OR_MONTH = "day-or-month"
    MONTH_FIRST = "month-first"
    MIXED_DAYS = "mixed-days"
    CONVERTED_DAYS = "converted-days"
    TIME_OF_DAY = "time-of-day"
    MIXED_NUMBERS = "mixed-numbers"
    LAST_DAY_UNSAID = "last-day-unsaid"
    ODD_WINDOW = "odd-window"
    UNSURE_COLUMN = "unsure-column"
    CONFLICTING_COLUMNS = "conflicting-columns"
    AMBIGUOUS_DISTRICT = "ambiguous-district"


class Refusal(Exception):
    """A reason and the name of the field it is about ('' if none). Never a value.

    `hint` is what helps beside the sentence: a row, names that are near, in no language.
    """

    def __init__(self, reason: Reason, field: str = "", hint: str = "") -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.reason}{f' ({self.field})' if self.field else ''}"


class Refusals(Refusal):
    """All that is wrong with a list as a whole, at once; as one refusal it is the first."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        first = refusals[0]
        super().__init__(first.reason, first.field, first.hint)
        self.all = tuple(refusals)


_TEXTS: Final = read_catalogues(__file__)
# What a person reads: what is wrong, and what to do. {field} is a column's name, {hint} what helps.
MESSAGES: Final = {
    lang: {key: text for key, text in texts.items() if ":" not in key}
    for lang, texts in _TEXTS.items()
}
HINTS: Final = {
    lang: {key: str(text) for key, text in texts.items() if ":" in key}
    for lang, texts in _TEXTS.items()
}
"""`reason:column` → a sentence more, where a column has its own trouble."""


_HINTED: Final = {
    **dict.fromkeys(("old_number", "new_number"), "id_number"),
    **dict.fromkeys(("old_scheme", "new_scheme"), "id_scheme"),
}


def explain(
    reason: Reason, field: str = "", lang: str = "en", hint: str = "", title: str = ""
) -> str:
    """The reason as a sentence for a person, in `lang` (tr, en or ar).

    A held row's field is its own problem as `reason:field`, which is explained after it. Where a
    column has its own hint (`reason:column` in the catalogue), that follows. `title` is what the
    field is called, where that is not its name.
    """
    template = str(MESSAGES[lang][reason])
    text = template.format(field=title or field or "-", hint=hint or "-")
    if hint and "{hint}" not in template:
        text += f" ({hint})"
    if more := HINTS[lang].get(f"{reason}:{_HINTED.get(field, field)}"):
        text += f" {more}"
    own, _, column = field.partition(":")
    if reason is Reason.SUBMISSION_HELD and own in set(Reason) - {Reason.SUBMISSION_HELD}:
        text += " " + explain(Reason(own), column, lang)
    return text
