"""What the officer's commands say, in her language (TEKIL_LANG): their help and their lines."""

import os
from typing import Final

from events.texts import LANGS, read_catalogues

_TEXTS: Final = read_catalogues(__file__)
_USUAL: Final = "en"


def said(key: str, **places: object) -> str:
    """A text by its key, with its places filled.

    The language is read from the environment alone: help is made before there are settings, and
    what is wrong with those is said by whoever reads them.
    """
    lang = os.environ.get("TEKIL_LANG", _USUAL).strip().lower()
    texts = _TEXTS[lang if lang in LANGS else _USUAL]
    return str(texts[key]).format(**places)
