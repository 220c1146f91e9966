"""From one epoch of keys to the next: what opening and closing one does, step by step.

Each step can be done again. If the process dies in one, the same command goes on: a share that
is there is looked at, a pinned epoch stays pinned, a record that is in the journal is answered
as a duplicate, and a share that is gone is gone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from events.model import ADMINISTRATION, MAX_EPOCHS, NO_EPOCH
from events.placeholder_list import PLACEHOLDERS
from infra.errors import UsageProblem
from infra.settings import Settings
from keyserver import local
from office import embedded, views
from office.control_records import Outcome, publish
from producers import facts, keys
from producers.tokenising.cache import Notify
from producers.tokenising.connection import Connection, Identity, Trouble
from producers.tokenising.opening import tokeniser_for
from producers.tokenising.pinned import PinnedEpoch, epochs_path, read_pinned, write_pinned
from projections.queries import Query

OPEN: Final = "open"
CLOSED: Final = "closed"
_NO_KEY: Final = "0" * 64
_EPOCHS: Final = Query("SELECT epoch, status, public_key, number FROM v1_epochs ORDER BY number")
_LAGGARDS: Final = Query("""
SELECT epoch, status, org, laggards, covering, live FROM v1_epoch_laggards
WHERE laggards > 0 ORDER BY epoch, org""")


@dataclass(frozen=True, slots=True)
class JournalEpoch:
    """An epoch in the journal: open or closed; `number` is its place in the order of opening."""

    epoch: str
    status: str
    public_key: str
    number: int


@dataclass(frozen=True, slots=True)
class Laggard:
    """How many of an organisation's `live` records carry an epoch alone; `covering`: plans that
    hold, and payments of this month. Of the administration: its active quarantines."""

    epoch: str
    status: str
    org: str
    laggards: int
    covering: int
    live: int


@dataclass(frozen=True, slots=True)
class Journal:
    """What the journal says: each epoch that was ever opened, by name, and who lags."""

    epochs: dict[str, JournalEpoch]
    laggards: list[Laggard]

    @property
    def open(self) -> list[str]:
        """The names of the open epochs, oldest first."""
        return [name for name, one in self.epochs.items() if one.status == OPEN]

    @property
    def quarantines(self) -> int:
        """Active quarantines that do not hold the newest open epoch's token of their number."""
        return sum(one.laggards for one in self.laggards if one.org == ADMINISTRATION)

    def is_closed(self, name: str) -> bool:
        """True for an epoch that was opened and closed."""
        return name in self.epochs and self.epochs[name].status == CLOSED

    def lagging(self, epoch: str) -> list[Laggard]:
        """Who has live records that meet nobody's new ones when this epoch is closed."""
        return [one for one in self.laggards if one.epoch == epoch]


@dataclass(frozen=True, slots=True)
class Opened:
    """An epoch that was opened, and how many quarantines need their number again."""

    epoch: PinnedEpoch
    outcomes: list[Outcome]
    quarantines: int


@dataclass(frozen=True, slots=True)
class Closing:
    """An epoch that can be closed; `objection` is a sentence that asks for `--yes`, if any."""

    epoch: JournalEpoch
    lagging: list[Laggard]
    objection: str


@dataclass(frozen=True, slots=True)
class Closed:
    """An epoch that was closed, and what became of its shares."""

    outcomes: list[Outcome]
    shares: str


@dataclass(frozen=True, slots=True)
class HeldBy:
    """A key server that says that it holds an epoch's share, and its generation."""

    server: int
    generation: int


@dataclass(frozen=True, slots=True)
class KnownEpoch:
    """An epoch as it is known here: `journal` is its status there, '' where it is not."""

    epoch: str
    journal: str
    is_pinned: bool
    held: list[HeldBy]
    public_key: str


@dataclass(frozen=True, slots=True)
class Status:
    """The epochs, the key servers that say nothing (with the reason), and who lags."""

    epochs: list[KnownEpoch]
    silent: list[str]
    laggards: list[Laggard]
    quarantines_to_repeat: int


def read_journal(settings: Settings) -> Journal:
    """The epochs and laggards as the views show them now. SystemUnavailable if they are behind."""
    epochs = [JournalEpoch(**row) for row in views.rows(settings, _EPOCHS)]
    laggards = [Laggard(**row) for row in views.rows(settings, _LAGGARDS)]
    return Journal({one.epoch: one for one in epochs}, laggards)


# -- opening -------------------------------------------------------------------------------------


def open_epoch(settings: Settings, name: str, public_key: str, notify: Notify) -> Opened:
    """Shares, then the pinned file, then the records: also of the epochs pinned until now.

    `public_key` is what the bodies made among them; '' where the key servers are embedded.
    Raises UsageProblem and SystemUnavailable.
    """
    _check_scheme(settings)
    _checked(name, public_key or _NO_KEY)
    journal = read_journal(settings)
    before = _beside(settings, journal, name)
    new = _checked(name, _key(settings, name, public_key, notify))
    pinned = [one.public_key for one in read_pinned(settings) if one.epoch == name]
    for known in [*pinned, *(one.public_key for one in _known(journal, name))]:
        if known != new.public_key:
            raise UsageProblem(f"Epoch {name} is known with the public key {known}: another one.")
    wanted = _in_order([*before, new], journal)
    records = _facts(settings, wanted, notify)  # a key that no server holds is found out here
    write_pinned(settings, wanted)
    outcomes = publish(settings, ADMINISTRATION, records)
    return Opened(new, outcomes, read_journal(settings).quarantines)


def _beside(settings: Settings, journal: Journal, name: str) -> list[PinnedEpoch]:
    """The pinned epochs that stay beside the new one. UsageProblem if it cannot be opened."""
    if journal.is_closed(name):
        raise UsageProblem(
            f"Epoch {name} was closed, and is never opened again: choose a new name."
        )
    others = [one for one in read_pinned(settings) if one.epoch != name]
    for one in others:
        if journal.is_closed(one.epoch):
            raise UsageProblem(f"Epoch {one.epoch} is closed: run tekil epoch close {one.epoch}")
    overlapping = dict.fromkeys([*journal.open, *(one.epoch for one in others)])
    overlapping.pop(name, None)
    if len(overlapping) >= MAX_EPOCHS:
        raise UsageProblem(
            f"{' and '.join(overlapping)} overlap now, and more than {MAX_EPOCHS} never do. Close"
            f" one before {name} is opened: tekil epoch close {next(iter(overlapping))}"
        )
    return others


def _key(settings: Settings, name: str, public_key: str, notify: Notify) -> str:
    if not settings.embedded_keyservers:
        if not public_key:
            raise UsageProblem(
                "The key servers are not on this machine: their bodies make the epoch (tekil"
                " keyserver deal, join) and give you its joint public key: --public-key HEX"
            )
        return public_key
    if public_key:
        raise UsageProblem("The key servers of this machine make the key: leave out --public-key.")
    notify(f"key servers: making epoch {name}")
    return local.make_locally(embedded.folder(settings), name, settings.keyserver_numbers)


def _known(journal: Journal, name: str) -> list[JournalEpoch]:
    return [journal.epochs[name]] if name in journal.epochs else []


def _in_order(epochs: Sequence[PinnedEpoch], journal: Journal) -> list[PinnedEpoch]:
    """In the order of their opening, which tokens are sent in; the journal has the last word."""
    numbers = {name: one.number for name, one in journal.epochs.items()}
    return sorted(epochs, key=lambda one: numbers.get(one.epoch, math.inf))


def _facts(settings: Settings, epochs: Sequence[PinnedEpoch], notify: Notify) -> list[facts.Fact]:
    """What opens these epochs, with the placeholders' tokens in each."""
    key = keys.load_signing_key(settings, ADMINISTRATION)
    with tokeniser_for(settings, ADMINISTRATION, key, notify=notify, epochs=epochs) as tokeniser:
        found = tokeniser.tokens(PLACEHOLDERS)
    return [
        facts.token_epoch(
            one.epoch,
            one.public_key,
            [(kind, made[place]) for (kind, _), made in zip(PLACEHOLDERS, found, strict=True)],
        )
        for place, one in enumerate(epochs)
    ]


# -- closing -------------------------------------------------------------------------------------


def closing(settings: Settings, name: str) -> Closing:
    """What there is to say before an epoch is closed. UsageProblem if it cannot be closed."""
    _check_scheme(settings)
    journal = read_journal(settings)
    known = journal.epochs.get(name)
    if known is None:
        raise UsageProblem(
            f"The journal knows no epoch {name}; it has: {', '.join(journal.epochs) or 'none'}."
            " The first `tekil epoch open` says those that are pinned too."
        )
    pinned = [one.epoch for one in read_pinned(settings)]
    if journal.open == [name]:
        raise UsageProblem(f"{name} is the only open epoch: open another one first.")
    if pinned == [name]:
        raise UsageProblem(
            f"No other epoch is pinned in {epochs_path(settings)}: open it here too."
        )
    lagging = journal.lagging(name)
    count = sum(one.laggards for one in lagging)
    objection = f"{count} live records carry {name} alone: they will meet nobody." * (count > 0)
    if name == journal.open[-1]:
        objection = f"{name} is the newest epoch: what carries it alone will meet nobody."
    return Closing(known, lagging, "" if known.status == CLOSED else objection)


def close_epoch(settings: Settings, wanted: Closing) -> Closed:
    """The closing record, then the pinned file, then the shares. See `closing`."""
    name, outcomes = wanted.epoch.epoch, []
    if wanted.epoch.status == OPEN:
        fact = facts.token_epoch(name, wanted.epoch.public_key, close=True)
        outcomes = publish(settings, ADMINISTRATION, [fact])
        if not all(one.is_applied for one in outcomes):
            return Closed(outcomes, "Nothing was unpinned or deleted.")
    pinned = read_pinned(settings)
    if name in [one.epoch for one in pinned]:
        write_pinned(settings, [one for one in pinned if one.epoch != name])
    return Closed(outcomes, destroy(settings, name))


def destroy(settings: Settings, name: str) -> str:
    """Delete a closed epoch's shares where this system alone has to do with them; a sentence."""
    if not settings.embedded_keyservers:
        return (
            f"Shares: ask each body for `tekil keyserver destroy {name} --folder FOLDER`, and for"
            " the end of its backups of them."
        )
    if settings.namespace:
        return "Shares: kept, as all namespaces share the key servers of this machine."
    root = settings.shared_folder("keys")
    pinning = [
        path.parent.name
        for path in sorted(root.glob("*/epochs.json"))
        if name in [one.epoch for one in read_pinned(_namespace(settings, path.parent.name))]
    ]
    if pinning:
        return (
            f"Shares: kept, as namespaces still pin {name}: {', '.join(pinning)}. Close it there,"
            f" then run again: tekil epoch close {name}"
        )
    numbers = settings.keyserver_numbers
    count = local.destroy_locally(embedded.folder(settings), name, numbers)
    held_by(settings)  # a running server forgets a share when it is asked
    return f"Shares: {count} deleted at the key servers of this machine; delete backups of them."


def _namespace(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update={"namespace": name})


# -- looking -------------------------------------------------------------------------------------


def status(settings: Settings) -> Status:
    """The epochs pinned here, in the journal and at the servers; who lags."""
    journal = read_journal(settings)
    is_hmac = not settings.keyserver_urls
    pinned = {} if is_hmac else {one.epoch: one.public_key for one in read_pinned(settings)}
    held, silent = held_by(settings)
    epochs = []
    for name in dict.fromkeys([*journal.epochs, *pinned, *held]):
        known = journal.epochs.get(name, JournalEpoch(name, "", "", 0))
        key = pinned.get(name, known.public_key)
        epochs.append(KnownEpoch(name, known.status, name in pinned, held.get(name, []), key))
    return Status(epochs, silent, journal.laggards, journal.quarantines)


def held_by(settings: Settings) -> tuple[dict[str, list[HeldBy]], list[str]]:
    """Epoch → the servers that say that they hold it; and who says nothing."""
    who = Identity(ADMINISTRATION, keys.load_signing_key(settings, ADMINISTRATION))
    held: dict[str, list[HeldBy]] = {}
    silent: list[str] = []
    for url in settings.keyserver_urls:
        connection = Connection(url, who, seconds=settings.keyserver_seconds)
        try:
            answer = connection.epochs()
        finally:
            connection.close()
        if isinstance(answer, Trouble):
            silent.append(f"{url}: {answer.what}")
            continue
        for one in answer.held:
            held.setdefault(one.epoch, []).append(HeldBy(answer.server, one.generation))
    return held, silent


def _check_scheme(settings: Settings) -> None:
    if not settings.keyserver_urls:
        raise UsageProblem("Tokens under the shared key (TEKIL_ASSURANCE=hmac) have no epochs.")


def _checked(name: str, public_key: str) -> PinnedEpoch:
    """UsageProblem unless both have the form that they have in the journal."""
    try:
        found = PinnedEpoch(epoch=name, public_key=public_key)
    except ValidationError:
        found = None
    if found is None or name == NO_EPOCH:
        raise UsageProblem(
            "An epoch's name is 1 to 7 small letters or digits (not `none`), its public key 64 hex"
            " digits."
        )
    return found
