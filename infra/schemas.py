"""Writes `events/schemas`: `make schemas`, or `python -m infra.schemas`."""

from collections.abc import Mapping
from pathlib import Path

import events
from events import generate

FOLDER = Path(events.__file__).parent / "schemas"


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
    """Write the schemas and say which changed."""
    for changed in write(FOLDER, generate.schemas()):
        print(f"events/schemas/{changed}")


if __name__ == "__main__":
    main()
