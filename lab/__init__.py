"""What shows and measures the rest: the demo, the bench. Nothing of it runs in production."""
