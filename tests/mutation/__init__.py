"""Mutation testing of the rules: is there a test for every part of every line?

mutants.py   the wrong versions of a module
runner.py    runs the fast unit tests against each of them
__main__.py  `make mutate`

Why it is our own: docs/decisions/0014-a-mutator-of-our-own.md. The last score and the survivors:
docs/MUTATIONS.md.
"""
