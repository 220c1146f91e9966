"""The partner's side of the key servers: pinned epochs, the client, the cache, the tokenisers.

pinned (which epochs, under which joint keys) → connection (one server) → roster (who serves, who
lied) → client (any two of three) → threshold (the `Tokeniser` port) with its cache → opening.
"""
