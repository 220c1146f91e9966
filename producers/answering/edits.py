"""XML as bytes → the same bytes, with some left out and some put in (pure).

A spreadsheet's part is not written anew: what an officer's program put there stays as it is, byte
for byte, and nothing of it is held in memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from xml.parsers import expat

from producers.lists.files.cells import NotAList

_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
Attributes = Mapping[str, str]


class Editor:
    """What is done to the elements of a part; one for each reading of it.

    Names are those in the file, with a prefix if it has one: `local` takes it away.

    `leaves_out`: True for an element that goes, with all that is in it. `before_end`: what is put
    in before an element ends; `before`: what is put in before one begins. `tag`: the bytes of a
    start tag → those that take their place; `text`: the same of all that is between the tags.
    """

    def leaves_out(self, name: str, attributes: Attributes) -> bool:
        """Nothing goes."""
        return False

    def before(self, name: str, attributes: Attributes) -> bytes:
        """Nothing is put in."""
        return b""

    def before_end(self, name: str) -> bytes:
        """Nothing is put in."""
        return b""

    def tag(self, name: str, raw: bytes) -> bytes:
        """Each start tag stays."""
        return raw

    def text(self, raw: bytes) -> bytes:
        """Each text stays."""
        return raw


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def edited(chunks: Iterable[bytes], editor: Editor) -> Iterator[bytes]:
    """The part's bytes after `editor`. Raises NotAList (a document type, UTF-16), ExpatError."""
    return _Stream(editor).of(chunks)


class _Stream:
    """Holds the bytes of the token that was seen last: where it ends, the next one says."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._held = bytearray()
        self._begin = 0  # the place in the part at which the held bytes begin
        self._out: list[bytes] = []
        self._deep = 0  # how far inside of an element that goes
        self._stays = True  # the held token
        self._starts = ""  # the element whose start tag is held
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._other
        parser.DefaultHandler = self._other
        parser.StartDoctypeDeclHandler = _refuse
        self._parser = parser

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes that go on, as far as they are known."""
        is_first = True
        for chunk in chunks:
            if is_first and chunk[:2] in _UTF16:
                raise NotAList
            is_first = False
            self._held += chunk
            self._parser.Parse(chunk, False)
            yield self._taken()
        self._parser.Parse(b"", True)
        self._finish(self._begin + len(self._held))
        yield self._taken()

    def _taken(self) -> bytes:
        out, self._out = self._out, []
        return b"".join(out)

    def _finish(self, place: int) -> bytes:
        """The held token ends where the next one begins: it goes on, or out. Its bytes."""
        size = place - self._begin
        raw = bytes(self._held[:size])
        del self._held[:size]
        self._begin = place
        if self._stays:
            editor, name = self._editor, self._starts
            self._out.append(editor.tag(name, raw) if name else editor.text(raw))
        self._starts = ""
        return raw

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._finish(self._parser.CurrentByteIndex)
        if self._deep or self._editor.leaves_out(name, attributes):
            self._deep += 1
            self._stays = False
            return
        self._out.append(self._editor.before(name, attributes))
        self._stays, self._starts = True, name

    def _end(self, name: str) -> None:
        # <row/> ends behind its tag, <row></row> before the second one
        raw = self._finish(self._parser.CurrentByteIndex)
        is_empty = raw.endswith(b"/>")
        self._stays = not self._deep
        if self._deep:
            self._deep -= 1
            self._stays = is_empty and not self._deep
        elif not is_empty:
            self._out.append(self._editor.before_end(name))

    def _other(self, _: str) -> None:
        self._finish(self._parser.CurrentByteIndex)
        self._stays = not self._deep


def _refuse(*_: object) -> None:
    raise NotAList
