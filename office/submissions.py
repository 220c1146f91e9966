"""Submissions that intake held because too many of their records were refused."""

from events.model import ADMINISTRATION
from infra.settings import Settings
from office import effects
from office.control_records import Outcome, publish
from producers import facts


def release(settings: Settings, org: str, submission_id: str) -> Outcome:
    """Let a held submission through when it is sent again.

    Nothing is sent, and the effect is `not-held`, for one that was answered otherwise.
    UsageProblem, SystemUnavailable.
    """
    if effects.is_held(settings, org, submission_id) is False:
        what = "release", submission_id, 0, "", "", ""
        return Outcome(*what, signed_by="", effect=effects.NOT_HELD)
    return publish(settings, ADMINISTRATION, [facts.release(org, submission_id)])[0]
