"""The stages' private keys: files under TEKIL_HOME (0600), one for each key.

Which of them a stage signs with is for the journal to say (`events.trust`): the newest that was
introduced, is not ended, and lies here.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import signing
from events.model import SigningStage
from events.stage_signing import signed
from events.trust import Trust
from infra.errors import SystemUnavailable
from infra.safe_files import make_once
from infra.settings import Settings


class NoStageKey(SystemUnavailable):
    """The journal asks this stage to sign, and none of its keys is on this machine."""


def make(settings: Settings, stage: SigningStage) -> str:
    """Make a key of a stage; its public half as 64 hex digits."""
    key = Ed25519PrivateKey.generate()
    public = signing.public_bytes(key)
    path = settings.folder("keys") / f"stage-{stage}-{signing.key_id(public)}.key"
    make_once(path, key.private_bytes_raw().hex().encode())
    return public.hex()


def of_stage(settings: Settings, stage: SigningStage) -> dict[str, Ed25519PrivateKey]:
    """Id of key → private key, for all of a stage's that lie here."""
    found = {}
    for path in sorted(settings.folder("keys").glob(f"stage-{stage}-*.key")):
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii")))
        found[signing.key_id(signing.public_bytes(key))] = key
    return found


class StageSigner:
    """Signs what one stage writes. The files are read again when the journal names another key."""

    def __init__(self, settings: Settings, stage: SigningStage) -> None:
        self._settings, self._stage = settings, stage
        self._keys: dict[str, Ed25519PrivateKey] = {}

    def sign(self, trust: Trust, topic: str, seq: int, content: bytes, place: str = "") -> bytes:
        """The message about block `seq`; as it is where the journal does not ask for a signature.

        `place` names it in its topic, where that is not `seq` alone. Raises NoStageKey.
        """
        if not trust.must_sign(self._stage, topic, seq):
            return content
        able = trust.able(self._stage, topic, seq)
        if not self._keys.keys() >= set(able[-1:]):
            self._keys = of_stage(self._settings, self._stage)
        for key_id in reversed(able):
            if key_id in self._keys:
                return signed(self._keys[key_id], topic, place or str(seq), content)
        raise NoStageKey(
            f"no key of {self._stage} that the journal trusts lies in"
            f" {self._settings.folder('keys')}: bring it back from the backup"
        )
