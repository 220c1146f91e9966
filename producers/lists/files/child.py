"""The process that reads a strange file: `…files.child MIB SECONDS ENCODING`.

The file is its standard input, frames are its standard output; it opens and writes nothing else.
It takes away its own means first: memory, processor time, files, dumps of its memory.
"""

import csv
import os
import resource
import struct
import sys
import traceback
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Final
from xml.parsers import expat

import orjson

from producers.lists.files import other, text, xlsx
from producers.lists.files.cells import (
    Item,
    NotAList,
    OtherForm,
    TooMuch,
    UnknownEncoding,
    frame,
    frames,
)
from producers.lists.files.package import Package

TOO_MUCH: Final = "too-much"
OUT_OF_MEMORY: Final = "memory"
BROKEN: Final = "broken"
FAULT: Final = "fault"
OTHER_FORM: Final = "other-form"
ENCODING: Final = "encoding"
END: Final = "end"

_MAX_OPEN_FILES: Final = 32
_NO_MEMORY: Final = 1  # XML_ERROR_NO_MEMORY
BROKEN_FILE: Final = (
    NotAList,
    csv.Error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,  # a compression that zipfile does not know
    RuntimeError,  # an encrypted part
    OSError,
    EOFError,
    # what stands in a broken file: no number, no such style or text, no such character
    ValueError,
    LookupError,
    OverflowError,
)
"""What a reader raises where a file is broken; anything else is a fault of ours."""


def main() -> None:
    """Read standard input. The last frame says how it ended; without one it was ended."""
    memory_mib, seconds = map(int, sys.argv[1:3])
    encoding = sys.argv[3]
    sys.excepthook = _tell
    _limit(memory_mib << 20, seconds)
    out = sys.stdout.buffer
    try:
        file = sys.stdin.buffer
        for packed in frames(read(file, os.fstat(file.fileno()).st_size, encoding)):
            out.write(packed)
            out.flush()  # a list that stops here is shown as far as it was read
        _end(out, END)
    except BrokenPipeError:
        os._exit(0)  # nobody reads on: the rest was not wanted
    except TooMuch as limit:
        _end(out, TOO_MUCH, limit.what)
    except OtherForm as form:
        _end(out, OTHER_FORM, form.name)
    except UnknownEncoding as doubt:
        _end(out, ENCODING, str(doubt.line))
    except MemoryError:
        _end(out, OUT_OF_MEMORY)
    except expat.ExpatError as error:
        _end(out, OUT_OF_MEMORY if error.code == _NO_MEMORY else BROKEN)
    except BROKEN_FILE:
        _end(out, BROKEN)


def read(file: IO[bytes], size: int, encoding: str = "") -> Iterator[Item]:
    """What stands in a file of `size` bytes, by the form that its first bytes show.

    Raises TooMuch, OtherForm, UnknownEncoding, MemoryError, those of BROKEN_FILE and
    expat.ExpatError.
    """
    start = file.read(other.START_BYTES)
    file.seek(0)
    if name := other.form_of(start, file):
        raise OtherForm(name)
    if not start.startswith(other.ZIP):
        yield from text.read(file, size, encoding)
        return
    package = Package(file)
    if not xlsx.is_workbook(package):
        raise OtherForm(other.form_of_package(package))
    yield from xlsx.read(package)


def _limit(memory_bytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_OPEN_FILES, _MAX_OPEN_FILES))


def _end(out: IO[bytes], how: str, what: str = "") -> None:
    out.write(frame(orjson.dumps([how, what])))
    out.flush()


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Where this program went wrong; what stood in the file is not said."""
    last = traceback.extract_tb(trace)[-1]
    _end(sys.stdout.buffer, FAULT, f"{kind.__name__} in {last.name}, line {last.lineno}")


if __name__ == "__main__":
    main()
