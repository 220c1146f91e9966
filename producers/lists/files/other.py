"""Files that are no list that is read, whatever their names end with → what people call them.

XLS, XLSB and ODS are among them: no library that we may use shows what is hidden, merged or in
error in them, and an error that is read as an empty cell is a number that is "not given".
"""

import os
import re
from typing import IO, Final

from producers.lists.files.package import Package

START_BYTES: Final = 4_096
ZIP: Final = b"PK\x03\x04"
PASSWORD: Final = "XLSX + password"
UNKNOWN_ZIP: Final = "ZIP"

_OLE: Final = b"\xd0\xcf\x11\xe0"
_OLE_DIRECTORY_BYTES: Final = 1 << 20
_STREAMS: Final = (  # names of an OLE file's parts (MS-CFB, 2.6.1)
    ("EncryptedPackage", PASSWORD),
    ("Workbook", "Excel 97–2003 (.xls)"),
    ("Book", "Excel 5.0/95 (.xls)"),
    ("WordDocument", "Word (.doc)"),
    ("PowerPoint Document", "PowerPoint (.ppt)"),
)
_XML_2003: Final = rb".{0,2000}urn:schemas-microsoft-com:office:spreadsheet"
_HTML: Final = rb"<(?:!doctype\s+html|!--|html|head|body|meta|style|table|div)\b"
_STARTS: Final = tuple(
    (re.compile(begins, re.IGNORECASE | re.DOTALL), form)
    for begins, form in (
        (rb"%PDF-", "PDF"),
        (rb"\{\\rtf", "RTF"),
        (rb"MIME-Version:", "MHTML"),
        (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*", "image"),
        (rb"\x1f\x8b|7z\xbc\xaf|Rar!", "archive"),
        (rb"\x09[\x00\x02\x04\x08][\x04\x06\x08]\x00", "Excel 2.0–4.0 (.xls)"),
        (_XML_2003, "Excel XML 2003"),
        (_HTML, "HTML"),
        (rb"<\?xml.{0,2000}<html", "HTML"),
        (rb"<\?xml", "XML"),
        (rb"[\[{]\s*[\"{\[]", "JSON"),
    )
)
_PARTS: Final = (
    ("xl/workbook.bin", "Excel (.xlsb)"),
    ("word/document.xml", "Word (.docx)"),
    ("ppt/presentation.xml", "PowerPoint (.pptx)"),
    ("Index/Document.iwa", "Apple Numbers"),
    ("content.xml", "OpenDocument (.ods)"),
)


def form_of(start: bytes, file: IO[bytes]) -> str:
    """The form of a file that begins with `start`; '' if it may be a list. The file is at 0."""
    if start.startswith(_OLE):
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        directory = file.read(_OLE_DIRECTORY_BYTES)  # it stands near the start or at the end
        file.seek(max(0, size - _OLE_DIRECTORY_BYTES))
        directory += file.read(_OLE_DIRECTORY_BYTES)
        for name, form in _STREAMS:
            if name.encode("utf-16-le") in directory:
                return form
        return "OLE"
    text = start.removeprefix(b"\xef\xbb\xbf")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text.replace(b"\0", b"")[2:]
    text = text.lstrip()
    return next((form for begins, form in _STARTS if begins.match(text)), "")


def form_of_package(package: Package) -> str:
    """The form of a zipped file that is no workbook in XML."""
    return next((form for part, form in _PARTS if package.has(part)), UNKNOWN_ZIP)
