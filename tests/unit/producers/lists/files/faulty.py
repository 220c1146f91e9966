"""The reading process with a fault of its own."""

from producers.lists.files import child

SECRET = "99291417710"


def read(*_: object) -> None:
    """Goes wrong with a value of the file in its hands."""
    raise AttributeError(SECRET)


if __name__ == "__main__":
    child.read = read  # type: ignore[assignment]
    child.main()
