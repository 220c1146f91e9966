"""Lists as they come from real desks, each with what should happen (README in each folder)."""
