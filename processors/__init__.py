"""The stages between the partners and the read side: intake, registry, receipts.

Each is a pure module; `worker.py` is the one file that knows Faust.
"""
