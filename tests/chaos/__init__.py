"""A whole system under faults, judged by a plain loop over the submissions as they were sent."""
