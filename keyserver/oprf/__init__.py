"""Tokens by an oblivious function whose key nobody holds whole: mathematics only.

group (ristretto255 on libsodium) → rfc9497 (OPRF, VOPRF) → shares (the key in parts)
→ threshold (any two of three servers answer) → tokens (an identifier's input and its token).
No network, no file, no clock; randomness comes in as an argument.

Python cannot wipe memory: a scalar lives until its bytes object is collected, and a copy may
outlive it. What holds a share of the key is therefore a process of its own, and dies as one.
"""
