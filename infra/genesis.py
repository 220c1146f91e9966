"""The first record of a system's journal, as `tekil up` keeps it beside the keys."""

from typing import Final

from events.model import Genesis
from infra.settings import Settings

GENESIS_FILE: Final = "genesis.json"


def load_genesis(settings: Settings) -> Genesis | None:
    """The genesis that this system was begun with; None before the first `tekil up`."""
    path = settings.folder("keys") / GENESIS_FILE
    if not path.exists():
        return None
    return Genesis.model_validate_json(path.read_bytes())
