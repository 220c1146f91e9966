"""A partner's wire to a `tests.kit.System`: the real intake and registry, without a broker.

What it cannot do: waiting. Every submission is a block of its own and answered at once.
"""

from collections.abc import Sequence

import orjson

from infra.settings import Settings
from tests.kit import System


class SystemWire:
    """The `connect` argument of publishers; all organisations share the one system."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._org = ""
        self._receipts: list[bytes] = []

    def connect(self, settings: Settings, org: str) -> "SystemWire":
        """The wire of any organisation."""
        self._org = org
        return self

    def listen(self) -> bool:
        """A topic of receipts is there for whom the journal names."""
        self._receipts.clear()
        return self._org in self.system.intake.world.partners

    def send(self, headers: Sequence[tuple[str, bytes]], value: bytes) -> None:
        """Take and answer one submission."""
        self.system.send(self.system.raw(headers, value))
        outcomes = self.system.outputs[-1]["submissions"]
        org, seq = outcomes[0]["org"], self.system.outputs[-1]["seq"]
        receipt = {"v": 1, "receipt_id": "", "org": org, "seq": seq, "submissions": outcomes}
        self._receipts.append(self.system.signed_receipt(org, seq, orjson.dumps(receipt)))

    def poll(self, seconds: float) -> list[bytes]:
        """All receipts that wait."""
        found, self._receipts = self._receipts, []
        return found

    def close(self) -> None:
        """Nothing to give up."""
