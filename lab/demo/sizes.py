"""How large a demo is, for who only wants to know that."""

from typing import Final

SEED: Final = 1453
HOUSEHOLDS: Final = 20_000
LEAST_HOUSEHOLDS: Final = 400
"""Fewer would be too few for two stories of each family."""
