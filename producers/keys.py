"""Key files under TEKIL_HOME: signing keys, the shared token key, each partner's reference key.

All are made with mode 0600 in a temporary file that is then linked to its name, so that
two processes that start together agree on one key and nobody reads half a file.
"""

import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from events import signing
from events.model import Code, OrgCode
from infra.errors import UsageProblem
from infra.safe_files import make_once
from infra.settings import Settings
from producers.tokens import KEY_BYTES

TOKEN_KEY_FILE: Final = "token-hmac.key"
REFERENCE_KEY_FILE: Final = "reference.key"
LEDGER_FILE: Final = "ledger.sqlite"
_ORG: Final[TypeAdapter[str]] = TypeAdapter(OrgCode)
_USER: Final[TypeAdapter[str]] = TypeAdapter(Code)


def checked_org(org: str) -> str:
    """`org` if it has the form of an organisation's code. Raises UsageProblem.

    Checked before a path is made of it, so that no code can name a place elsewhere.
    """
    try:
        return _ORG.validate_python(org)
    except ValidationError:
        raise UsageProblem(
            "An organisation's code is 3 to 12 capital letters or digits and begins with a letter."
        ) from None


def keygen(settings: Settings, org: str) -> tuple[Path, str]:
    """Make ORG's signing key: (path of the private key, public key as 64 hex digits).

    Raises UsageProblem if the key exists: what was signed with it must stay explicable.
    """
    private_path, public_path = _paths(settings, org)
    key = Ed25519PrivateKey.generate()
    if not make_once(private_path, _pem(key)):
        raise UsageProblem(f"{private_path} exists and is not overwritten.")
    public = signing.public_bytes(key).hex()
    public_path.write_text(public + "\n", encoding="ascii")
    return private_path, public


def load_signing_key(settings: Settings, org: str) -> Ed25519PrivateKey:
    """ORG's private key. Raises UsageProblem saying which command makes a missing one."""
    return _load(_paths(settings, org)[0], f"tekil keygen {org}")


def _load(path: Path, hint: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise UsageProblem(f"{path} does not exist. Run: {hint}") from None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageProblem(f"{path} cannot be read as an Ed25519 private key (PEM).") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageProblem(f"{path} is not an Ed25519 key.")
    return key


def has_signing_key(settings: Settings, org: str) -> bool:
    """True if ORG's private key is on this machine."""
    return _paths(settings, org)[0].exists()


def account_key(settings: Settings, org: str, user: str) -> str:
    """The public key (64 hex digits) of an account's own signing key; made if it is missing.

    A key of its own for each person: two signatures are then two people.
    """
    path = _account_path(settings, org, user)
    make_once(path, _pem(Ed25519PrivateKey.generate()))
    return signing.public_bytes(load_account_key(settings, org, user)).hex()


def has_account_key(settings: Settings, org: str, user: str) -> bool:
    """True if the account's private key is on this machine."""
    return _account_path(settings, org, user).exists()


def load_account_key(settings: Settings, org: str, user: str) -> Ed25519PrivateKey:
    """The private key of an account. Raises UsageProblem saying which command makes it."""
    hint = f"tekil account add {user} --role ROLE --org {org}"
    return _load(_account_path(settings, org, user), hint)


def load_public_key(settings: Settings, org: str) -> str:
    """ORG's public key as 64 hex digits, from ORG.pub or else from its private key.

    Raises UsageProblem if there is neither, or ORG.pub holds something else.
    """
    _, path = _paths(settings, org)
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return signing.public_bytes(load_signing_key(settings, org)).hex()
    except (OSError, UnicodeDecodeError):
        raise UsageProblem(f"{path} cannot be read.") from None
    if len(text) != 2 * signing.PUBLIC_KEY_BYTES or set(text) - set("0123456789abcdef"):
        raise UsageProblem(f"{path} does not hold a public key of 64 hex digits.")
    return text


def token_key(settings: Settings, *, make: bool = False) -> bytes:
    """The 32-byte key that all partners of this system share (assurance `hmac`).

    `make=True` makes a missing one; the bootstrap does that, so that a partner's machine
    never invents a key whose tokens meet nobody's. Raises UsageProblem if it is missing or bad.
    """
    path = settings.folder("keys") / TOKEN_KEY_FILE
    if make:
        make_once(path, secrets.token_bytes(KEY_BYTES))
    return _secret(path, "Run: tekil up (or copy the key that the administration gave you)")


def reference_key(settings: Settings, org: str) -> bytes:
    """ORG's own 32-byte key under which references become assistance ids; made if missing.

    Whoever loses it can no longer amend what was sent: it belongs into the partner's backup.
    """
    path = partner_folder(settings, org) / REFERENCE_KEY_FILE
    make_once(path, secrets.token_bytes(KEY_BYTES))
    return _secret(path, "Restore it from a backup")


def partner_folder(settings: Settings, org: str) -> Path:
    """The folder of ORG's own files (ledger, reference key), mode 0700."""
    path = settings.folder("partners") / checked_org(org)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def ledger_path(settings: Settings, org: str) -> Path:
    """What ORG has sent, and the first answer to each version (`producers.ledger`)."""
    return partner_folder(settings, org) / LEDGER_FILE


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _account_path(settings: Settings, org: str, user: str) -> Path:
    try:
        name = _USER.validate_python(user)
    except ValidationError:
        raise UsageProblem(
            "An account is named by small letters, digits and dashes, and by no long number."
        ) from None
    return settings.folder("keys") / f"{checked_org(org)}.{name}.key"


def _secret(path: Path, hint: str) -> bytes:
    try:
        key = path.read_bytes()
    except OSError:
        raise UsageProblem(f"{path} cannot be read. {hint}.") from None
    if len(key) != KEY_BYTES:
        raise UsageProblem(f"{path} does not hold {KEY_BYTES} bytes. {hint}.")
    return key


def _paths(settings: Settings, org: str) -> tuple[Path, Path]:
    folder = settings.folder("keys")
    return folder / f"{checked_org(org)}.key", folder / f"{org}.pub"
