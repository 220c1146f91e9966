"""Intake: which of the waiting messages become facts. Pure.

`decide` turns messages of aid-submissions into the items of the next block;
`evolve` folds a block (an own one or one read from the journal) into the state.
No clock, no randomness, no I/O but the given store.
"""

from processors.intake.decide import apply_draft, decide, genesis_draft
from processors.intake.fold import advance, evolve
from processors.intake.state import DoorFacts, Draft, IntakeState, Message

__all__ = [
    "DoorFacts",
    "Draft",
    "IntakeState",
    "Message",
    "advance",
    "apply_draft",
    "decide",
    "evolve",
    "genesis_draft",
]
