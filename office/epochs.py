"""From one epoch of keys to the next: what opening and closing one does, step by step.

Each step can be done again. If the process dies in one, the same command goes on: a share that
is there is looked at, a pinned epoch stays pinned, a record that is in the journal is answered
as a duplicate, and a share that is gone is gone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from events.identity import PLACEHOLDERS
from events.model import ADMINISTRATION, MAX_EPOCHS, NO_EPOCH
from infra.errors import SystemUnavailable, UsageProblem
from infra.settings import Settings
from keyserver import local
from office import embedded
from office.control import Row, publish
from producers import facts, keys
from producers.tokenising.cache import Notify
from producers.tokenising.connection import Connection, Identity, Trouble
from producers.tokenising.opening import tokeniser_for
from producers.tokenising.pinned import PinnedEpoch, epochs_path, read_pinned, write_pinned
from projections import query as analyst
from projections.writer import wait_until_current

OPEN: Final = "open"
CLOSED: Final = "closed"
VIEWS_SECONDS: Final = 60.0
_NO_KEY: Final = "0" * 64
_EPOCHS: Final = "SELECT epoch, status, public_key, number FROM v1_epochs ORDER BY number"
_LAGGARDS: Final = """
SELECT epoch, status, org, laggards, covering, live FROM v1_epoch_laggards
WHERE laggards > 0 ORDER BY epoch, org"""


@dataclass(frozen=True, slots=True)
class Journal:
    """What the journal says: each epoch that was ever opened, and who lags."""

    epochs: dict[str, dict[str, Any]]
    laggards: list[dict[str, Any]]

    @property
    def open(self) -> list[str]:
        """The names of the open epochs, oldest first."""
        return [name for name, one in self.epochs.items() if one["status"] == OPEN]

    @property
    def quarantines(self) -> int:
        """Active quarantines that do not hold the newest open epoch's token of their number."""
        said = [one["laggards"] for one in self.laggards if one["org"] == ADMINISTRATION]
        return sum(map(int, said))

    def lagging(self, epoch: str) -> list[dict[str, Any]]:
        """Who has live records that meet nobody's new ones when this epoch is closed."""
        return [one for one in self.laggards if one["epoch"] == epoch]


@dataclass(frozen=True, slots=True)
class Opened:
    """An epoch that was opened, and how many quarantines need their number again."""

    epoch: PinnedEpoch
    rows: list[Row]
    quarantines: int


@dataclass(frozen=True, slots=True)
class Closed:
    """An epoch that was closed, and what became of its shares."""

    rows: list[Row]
    shares: str


def read_journal(settings: Settings) -> Journal:
    """The epochs and laggards as the views show them now. SystemUnavailable if they are behind."""
    if not wait_until_current(settings, VIEWS_SECONDS):
        raise SystemUnavailable(f"The views are behind the journal after {VIEWS_SECONDS:.0f} s.")
    epochs = {row["epoch"]: row for row in analyst.query(settings, _EPOCHS).plain()}
    return Journal(epochs, analyst.query(settings, _LAGGARDS).plain())


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
    for known in (journal.epochs.get(name, {}).get("public_key"), _pinned_key(settings, name)):
        if known not in (None, new.public_key):
            raise UsageProblem(f"Epoch {name} is known with the public key {known}: another one.")
    wanted = _in_order([*before, new], journal)
    said = _facts(settings, wanted, notify)  # a key that no server holds is found out here
    write_pinned(settings, wanted)
    rows = publish(settings, ADMINISTRATION, said)
    return Opened(new, rows, read_journal(settings).quarantines)


def _beside(settings: Settings, journal: Journal, name: str) -> list[PinnedEpoch]:
    """The pinned epochs that stay beside the new one. UsageProblem if it cannot be opened."""
    if journal.epochs.get(name, {}).get("status") == CLOSED:
        raise UsageProblem(
            f"Epoch {name} was closed, and is never opened again: choose a new name."
        )
    others = [one for one in read_pinned(settings) if one.epoch != name]
    for one in others:
        if journal.epochs.get(one.epoch, {}).get("status") == CLOSED:
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


def _pinned_key(settings: Settings, name: str) -> str | None:
    return next((one.public_key for one in read_pinned(settings) if one.epoch == name), None)


def _in_order(epochs: Sequence[PinnedEpoch], journal: Journal) -> list[PinnedEpoch]:
    """In the order of their opening, which tokens are sent in; the journal has the last word."""
    numbers = {name: int(one["number"]) for name, one in journal.epochs.items()}
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


def closing(settings: Settings, name: str) -> tuple[Journal, str]:
    """Before an epoch is closed: the journal, and a sentence that asks for `--yes`, if any.

    UsageProblem if it cannot be closed.
    """
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
    if known["status"] == CLOSED:
        return journal, ""
    if name == journal.open[-1]:
        return journal, f"{name} is the newest epoch: what carries it alone will meet nobody."
    count = sum(int(one["laggards"]) for one in journal.lagging(name))
    return journal, (
        f"{count} live records carry {name} alone: they will meet nobody." * (count > 0)
    )


def close_epoch(settings: Settings, name: str, journal: Journal) -> Closed:
    """The closing record, then the pinned file, then the shares. See `closing`."""
    known, rows = journal.epochs[name], []
    if known["status"] == OPEN:
        fact = facts.token_epoch(name, known["public_key"], close=True)
        rows = publish(settings, ADMINISTRATION, [fact])
        if any(row.disposition == "rejected" for row in rows):
            return Closed(rows, "Nothing was unpinned or deleted.")
    pinned = read_pinned(settings)
    if name in [one.epoch for one in pinned]:
        write_pinned(settings, [one for one in pinned if one.epoch != name])
    return Closed(rows, destroy(settings, name))


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


def status(settings: Settings) -> dict[str, Any]:
    """The epochs pinned here, in the journal and at the servers; who lags."""
    journal = read_journal(settings)
    is_hmac = not settings.keyserver_urls
    pinned = {} if is_hmac else {one.epoch: one.public_key for one in read_pinned(settings)}
    held, silent = held_by(settings)
    names = dict.fromkeys([*journal.epochs, *pinned, *held])
    return {
        "epochs": [
            {
                "epoch": name,
                "journal": journal.epochs.get(name, {}).get("status", ""),
                "is_pinned": name in pinned,
                "held": held.get(name, []),
                "public_key": pinned.get(name)
                or journal.epochs.get(name, {}).get("public_key", ""),
            }
            for name in names
        ],
        "silent": silent,
        "laggards": journal.laggards,
        "quarantines_to_repeat": journal.quarantines,
    }


def held_by(settings: Settings) -> tuple[dict[str, list[dict[str, int]]], list[str]]:
    """Epoch → the servers that say that they hold it, with the generation; and who says nothing."""
    who = Identity(ADMINISTRATION, keys.load_signing_key(settings, ADMINISTRATION))
    held: dict[str, list[dict[str, int]]] = {}
    silent: list[str] = []
    for url in settings.keyserver_urls:
        connection = Connection(url, who, seconds=settings.keyserver_seconds)
        try:
            said = connection.epochs()
        finally:
            connection.close()
        if isinstance(said, Trouble):
            silent.append(f"{url}: {said.what}")
            continue
        for one in said.held:
            server = {"server": said.server, "generation": one.generation}
            held.setdefault(one.epoch, []).append(server)
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
