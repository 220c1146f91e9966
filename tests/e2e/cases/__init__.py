"""The acceptance scenarios of docs/scenarios.md as data: lists, and what must follow."""
