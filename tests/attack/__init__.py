"""One attacker, written once, and what each of the others holds.

loot.py       what can be taken out of stores: values that may be tokens, secrets that may be keys
attacker.py   what he does with it: every recipe of the open source, under every secret
harvest.py    what lies on a machine of the system, store by store
people.py     a small population that hides among many candidates, and its tokeniser
"""
