"""The epochs that count for this partner, each with its joint public key: `keys/epochs.json`.

Everything else that a key server says of itself is checked against these keys. They come from the
bodies that run the servers, once for an epoch, and by another way than from the servers.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from infra import safe_files
from infra.errors import UsageProblem
from infra.settings import Settings
from keyserver.oprf.group import DeserializeError, Element, deserialize_element
from keyserver.oprf.messages import EpochName, Hex32, Message

EPOCHS_FILE: Final = "epochs.json"
MAX_EPOCHS: Final = 2
"""More never overlap: the journal opens the next epoch when one of two is closed."""


class PinnedEpoch(Message):
    """An epoch and the joint public key that its tokens are made under."""

    epoch: EpochName
    public_key: Hex32

    @property
    def element(self) -> Element:
        """The public key as an element. DeserializeError if it is none."""
        return deserialize_element(bytes.fromhex(self.public_key))


_FILE: Final = TypeAdapter(
    Annotated[tuple[PinnedEpoch, ...], Field(min_length=1, max_length=MAX_EPOCHS)]
)


def read_pinned(settings: Settings) -> tuple[PinnedEpoch, ...]:
    """The pinned epochs, oldest first. UsageProblem if the file is missing or damaged."""
    path = epochs_path(settings)
    try:
        return _checked(_FILE.validate_json(path.read_bytes()))
    except FileNotFoundError:
        raise UsageProblem(f"{path} does not exist. {_HINT}") from None
    except OSError:
        raise UsageProblem(f"{path} cannot be read. {_HINT}") from None
    except ValueError:  # a ValidationError and a DeserializeError are one
        raise UsageProblem(
            f"{path} is not a list of one or two epochs with their public keys. {_HINT}"
        ) from None


def write_pinned(settings: Settings, epochs: Sequence[PinnedEpoch]) -> Path:
    """Pin these epochs, oldest first, instead of those pinned before; all or nothing.

    UsageProblem if they are none, too many, twice the same, or under no element.
    """
    try:
        pinned = _checked(_FILE.validate_python(tuple(epochs)))
    except (ValidationError, DeserializeError, ValueError):
        raise UsageProblem(
            f"One to {MAX_EPOCHS} different epochs are pinned, each with a public key."
        ) from None
    path = epochs_path(settings)
    safe_files.put(path, _FILE.dump_json(pinned) + b"\n")
    return path


def epochs_path(settings: Settings) -> Path:
    """Where the pinned epochs stand."""
    return settings.folder("keys") / EPOCHS_FILE


def _checked(pinned: tuple[PinnedEpoch, ...]) -> tuple[PinnedEpoch, ...]:
    if len({one.epoch for one in pinned}) != len(pinned):
        raise ValueError("an epoch twice")
    for one in pinned:
        _ = one.element
    return pinned


_HINT: Final = (
    "Where the key servers are on this machine, run: tekil up. Else write the epoch and its joint"
    " public key there, as two of their bodies told you (docs/partner-guide.md)."
)
