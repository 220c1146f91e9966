"""The stages' test keys, for stages that run."""

from events import signing
from events.model import SigningStage
from infra.settings import Settings
from tests.kit import private_key


def put_stage_keys(settings: Settings) -> None:
    """The stages' test keys, where the stages look for theirs."""
    for stage in SigningStage:
        key = private_key(stage)
        name = f"stage-{stage}-{signing.key_id(signing.public_bytes(key))}.key"
        (settings.folder("keys") / name).write_text(key.private_bytes_raw().hex())
