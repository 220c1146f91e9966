"""How well names and people are found by their tokens alone: `python -m tests.matching`."""
