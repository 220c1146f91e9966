"""How an identifier becomes the function's input, and the function's output a token.

The rule is the shared-key tokeniser's (`producers.tokens`): type and epoch stand in the input
itself, because RFC 9497's public `info` (POPRF) does not go with shares of a key.
"""

from keyserver.oprf.rfc9497 import OUTPUT_BYTES
from producers.tokens import SCHEME_VERSION, TOKEN_BYTES


def token_input(epoch: str, kind: str, number: str) -> bytes:
    """The input for a typed, canonical number.

    ValueError for a line's end in epoch or type: with one, two identifiers could have one input.
    The number stands last and may hold anything.
    """
    if "\n" in epoch or "\n" in kind:
        raise ValueError("no line's end in an epoch or a type")
    return f"{SCHEME_VERSION}\n{epoch}\n{kind}\n{number}".encode()


def token(output: bytes) -> str:
    """The first 16 bytes of an output, as 32 hex digits. ValueError if it is no output."""
    if len(output) != OUTPUT_BYTES:
        raise ValueError(f"an output has {OUTPUT_BYTES} bytes, not {len(output)}")
    return output[:TOKEN_BYTES].hex()
