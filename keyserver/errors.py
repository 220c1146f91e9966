"""What an operator of a key server did or has that does not work; the message says what to do."""

from infra.errors import UsageProblem


class FolderProblem(UsageProblem):
    """A file of a key server's folder that is missing, damaged or somebody else's."""


class CeremonyProblem(UsageProblem):
    """A step of a ceremony that is refused; nothing was changed."""
