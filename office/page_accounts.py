"""Local accounts of the page: names and scrypt hashes in KEYS/page-users.json (mode 0600).

If the process dies while a password is written, the old file stands: it is replaced whole.
"""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash, generate_password_hash

from infra.safe_files import make_once, put
from infra.settings import Settings

USERS_FILE: Final = "page-users.json"
SESSION_KEY_FILE: Final = "page-session.key"
FIRST_USER: Final = "tekil"
PASSWORD_BYTES: Final = 15
SESSION_KEY_BYTES: Final = 32
METHOD: Final = "scrypt:32768:8:1"
FINGERPRINT_CHARACTERS: Final = 16
DEVICE_SECONDS: Final = 365 * 24 * 3_600
DEVICE_BYTES: Final = 12


class AccountsUnreadable(Exception):
    """The file of accounts is missing or damaged: `tekil page-password` makes a new one."""


def make_first(settings: Settings) -> str | None:
    """The account and the session key if there are none yet; its password, else None."""
    _make_key(settings)
    if _path(settings).exists():
        return None
    return new_password(settings)


def new_password(settings: Settings) -> str:
    """A new random password for the account; sessions of the old one end."""
    _make_key(settings)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    users = {FIRST_USER: generate_password_hash(password, METHOD)}
    put(_path(settings), json.dumps(users, indent=1).encode())
    return password


def load(settings: Settings) -> dict[str, str]:
    """Name → hash. Raises AccountsUnreadable."""
    path = _path(settings)
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise AccountsUnreadable(f"{path}: run `tekil page-password`") from error
    if not isinstance(found, dict) or not all(isinstance(h, str) and h for h in found.values()):
        raise AccountsUnreadable(f"{path}: run `tekil page-password`")
    return found


def verify(users: dict[str, str], name: str, password: str) -> bool:
    """True if it is the password. An unknown name takes as long as a known one."""
    stored = users.get(name) or next(iter(users.values()))
    right = check_password_hash(stored, password)
    return right and name in users


def fingerprint(stored: str) -> str:
    """Says which password a session was begun with, without saying the hash."""
    return hashlib.sha256(stored.encode()).hexdigest()[:FINGERPRINT_CHARACTERS]


def device(settings: Settings, account: str) -> str:
    """A device cookie for a browser of this account's. Raises AccountsUnreadable.

    With it failures of others do not count. It opens nothing by itself.
    """
    return str(_signer(settings).dumps([account, secrets.token_urlsafe(DEVICE_BYTES)]))


def device_name(settings: Settings, account: str, cookie: str) -> str:
    """The name of the device that the cookie says it is, or '' if it is none of the account's."""
    try:
        owner, name = _signer(settings).loads(cookie, max_age=DEVICE_SECONDS)
    except BadSignature:
        return ""
    return str(name) if owner == account else ""


def _make_key(settings: Settings) -> None:
    path = settings.folder("keys") / SESSION_KEY_FILE
    make_once(path, secrets.token_bytes(SESSION_KEY_BYTES))


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_key(settings), salt="tekil page device")


def session_key(settings: Settings) -> bytes:
    """The key that signs device cookies. Raises AccountsUnreadable."""
    path = settings.folder("keys") / SESSION_KEY_FILE
    try:
        key = path.read_bytes()
    except OSError as error:
        raise AccountsUnreadable(f"{path} is missing: run `tekil up`") from error
    if len(key) < SESSION_KEY_BYTES:
        raise AccountsUnreadable(f"{path} is too short: delete it and run `tekil up`")
    return key


def _path(settings: Settings) -> Path:
    return settings.folder("keys") / USERS_FILE
