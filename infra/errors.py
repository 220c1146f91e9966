"""What stops a whole command. A row that is refused is an answer, not an error."""

from events.rejection import Reason, Refusal, explain


class UsageProblem(Exception):
    """The command cannot be carried out as given; nothing was sent. Exit code 2.

    `reason` and `field` are set where the closed list of reasons has one, so that the
    caller can explain it in the user's language; the message itself is English.
    """

    def __init__(
        self, message: str, reason: Reason | None = None, field: str = "", where: str = ""
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field
        self.where = where

    @classmethod
    def of(cls, refusal: Refusal, where: str = "") -> "UsageProblem":
        """The problem that a refusal of a whole file is; `where` is the file's name."""
        text = explain(refusal.reason, refusal.field)
        message = f"{where}: {text}" if where else text
        return cls(message, refusal.reason, refusal.field, where)

    def explained(self, lang: str) -> str:
        """The message in `lang` (tr, en or ar) if the reason is in the closed list."""
        if self.reason is None:
            return str(self)
        text = explain(self.reason, self.field, lang)
        return f"{self.where}: {text}" if self.where else text


class SystemUnavailable(Exception):
    """The broker or a stage does not answer; nothing is lost, run it again. Exit code 3."""
