"""How a stage's state lies in its store, counted up with any change that older bytes do not fit."""


class OtherLayout(Exception):
    """The state was written by a version with another layout: it has to be folded anew."""

    def __init__(self, found: int, mine: int) -> None:
        super().__init__(f"its layout is {found}, this version's is {mine}")
        self.found = found
