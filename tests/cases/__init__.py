"""Lists as they come from real desks: each folder's README says what should become of it."""
