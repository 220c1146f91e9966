"""The registry: one deterministic fold over the journal that finds double coverage.

rules.py    what two records mean to each other (pure arithmetic on dates and money)
state.py    how the fold's facts are laid out in the store
links.py    which records share a person
fold.py     block in, one output message and one batch of writes out
"""
