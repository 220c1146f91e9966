"""A key server: a body's program that holds a share of the joint key (docs/decisions/0017).

files, sealed → folder (what is public in it), holder (what is secret) → documents (what servers
send each other) → ceremony, refreshing, recovering (how shares are made, moved on, brought back)
→ local (all of it at once, for an embedded system). quotas, audit → server → app (over HTTP).
connections, listening: how long others may keep it waiting, and how many.

It knows partners and blinded elements: no identifier, no person, no journal.
"""
