"""The language of Tekil: records, wire format, reason codes. Pure: no I/O, clock or randomness."""
