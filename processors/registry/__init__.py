"""The registry: one deterministic fold over the journal that finds double coverage.

rules.py    what two records mean to each other (pure arithmetic on dates and money)
state.py    how the fold's facts are laid out in the store
memory.py   what the fold has in hand while it folds a block
index.py    who a token stands for, and which live records list it
links.py    which records share a person
findings.py pairs that may not stand together: opened, revised, withdrawn
answers.py  what a partner is told, and what became of it
fold.py     block in, one output and one batch of writes out
"""
