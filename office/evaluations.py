"""What key servers count, said to the journal by the bodies that run them.

A key server itself knows nothing of the journal: this reads its counts from its folder, signs
them with the body's own key, and says what is new. Running it again says nothing twice.
"""

from datetime import date
from pathlib import Path
from typing import Final

from infra.errors import UsageProblem
from infra.settings import Settings
from keyserver.folder import Folder
from keyserver.quotas import counts_in
from office import embedded, partners
from office.control_records import Outcome, publish
from office.partners import Registration
from producers import facts, keys

BODIES: Final = {1: "KEYA", 2: "KEYB", 3: "KEYC"}
"""Number of an embedded key server → the body that stands for it in the journal."""


def report(settings: Settings, numbers: tuple[int, ...] = ()) -> list[Outcome]:
    """The counts of the embedded key servers, each said by its own body; all without `numbers`.

    The first time the bodies' keys are made, and the administration registers them. Raises
    UsageProblem in a namespace unless it names the servers: others' counts are mixed with its own.
    """
    here = settings.keyserver_numbers
    if settings.namespace and not numbers:
        raise UsageProblem(
            "All namespaces share the key servers, and their counts: say which with --server N."
        )
    if unknown := [number for number in numbers if number not in here]:
        raise UsageProblem(
            f"Key server {unknown[0]} is not of this machine: use --folder and --org."
        )
    outcomes: list[Outcome] = []
    for number in numbers or here:
        outcomes += _register(settings, number)
        outcomes += report_folder(settings, embedded.folder(settings) / str(number), BODIES[number])
    return outcomes


def report_folder(settings: Settings, path: Path, org: str) -> list[Outcome]:
    """The counts of one key server's folder, said by the body `org`: those that changed.

    Raises UsageProblem, also if `org` is not registered, and SystemUnavailable.
    """
    folder = Folder(path)
    server = folder.identity.server
    counts = [
        facts.evaluations(server, date.fromisoformat(day), asking, epoch, count)
        for day, asking, epoch, count in counts_in(folder.quotas_path)
    ]
    return publish(settings, org, counts, changed_only=True) if counts else []


def _register(settings: Settings, number: int) -> list[Outcome]:
    """The body of an embedded key server, made and registered; [] if it was before."""
    org = BODIES[number]
    if not keys.has_signing_key(settings, org):
        keys.keygen(settings, org)
    mailbox, name = f"{org.lower()}@tekil.example", f"Key server {number} (this machine)"
    # it asks no key server, and is not enrolled at one
    wanted = Registration(org, mailbox, name, key_server=number, asks=False)
    outcomes = partners.register(settings, wanted).outcomes
    return [one for one in outcomes if one.disposition != "duplicate"]
