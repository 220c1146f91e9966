"""Texts for people: one catalogue a language, as JSON beside the package that says them.

A text is a sentence with `{places}`, or one sentence for each plural category of CLDR.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

Lang = Literal["tr", "en", "ar"]
LANGS: Final[tuple[Lang, ...]] = ("tr", "en", "ar")
Text = str | dict[str, str]
Catalogues = Mapping[str, Mapping[str, Text]]


def read_catalogues(package_file: str) -> Catalogues:
    """The catalogues in `locales/` beside a module's file. Raises ValueError for a key said twice.

    What a later line may not overwrite cannot change its meaning unseen.
    """
    folder = Path(package_file).with_name("locales")
    return {
        lang: json.loads((folder / f"{lang}.json").read_text("utf-8"), object_pairs_hook=_once)
        for lang in LANGS
    }


def _once(pairs: list[tuple[str, Text]]) -> dict[str, Text]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"twice: {sorted({name for name in names if names.count(name) > 1})}")
    return found
