"""Writes `events/schemas` and `events/examples`: `python -m infra.schemas` (`make schemas`)."""

from collections.abc import Mapping
from pathlib import Path

import events
from events import generate

FOLDER = Path(events.__file__).parent


def write(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Make `folder` hold exactly these JSON files (folders in it stay); the names that changed."""
    folder.mkdir(exist_ok=True)
    changed = []
    for path in sorted(folder.glob("*.json")):
        if path.name not in texts:
            path.unlink()
            changed.append(path.name)
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(name)
    return changed


def main() -> None:
    """Write both folders and say what changed."""
    for name, texts in (("schemas", generate.schemas()), ("examples", generate.examples())):
        for changed in write(FOLDER / name, texts):
            print(f"events/{name}/{changed}")


if __name__ == "__main__":
    main()
