"""The administration's key of person_ref, a file under TEKIL_HOME/keys."""

import os
import secrets
from pathlib import Path
from typing import Final

from infra.settings import Settings

FILE: Final = "person-ref.key"
KEY_BYTES: Final = 32


def person_ref_key(settings: Settings) -> bytes:
    """The 32-byte key, made on first use.

    Two processes that start together get the same key: the file appears whole or not at
    all, and the first one stays. Losing the file gives every person another reference, so
    it belongs in the backup of the keys. Raises ValueError if the file is damaged.
    """
    path = settings.shared_folder("keys") / FILE
    if not path.exists():
        _create(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} has {len(key)} bytes, not {KEY_BYTES}")
    return key


def _create(path: Path, key: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename it never replaces the first one's key
        except FileExistsError:
            return
    finally:
        draft.unlink()
