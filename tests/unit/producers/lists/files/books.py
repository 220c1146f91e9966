"""Workbooks written part by part, so that a test can say what no program writes."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
COLUMNS: Final = (
    "reference", "programme", "stage", "purpose", "modality", "frequency", "amount", "currency",
    "covers_from", "covers_to", "district", "id_number",
)  # fmt: skip
PAYMENT: Final = (
    "k1", "TEMEL", "delivered", "rent", "cash", "monthly", "100", "TRY", "2026-05-01",
    "2026-06-01", "TUR034026", "99291417710",
)  # fmt: skip


def inline(reference: str, text: str, style: int = 0) -> str:
    """A cell with its own text."""
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, texts: Iterable[str]) -> str:
    """A row of texts from column A on."""
    cells = "".join(inline(f"{chr(65 + at)}{number}", text) for at, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def sheet(*rows: str, behind: str = "") -> str:
    """A worksheet's part."""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData>{behind}</worksheet>'


def texts(*items: str) -> str:
    """The part of shared texts: each item is the inside of its <si>."""
    return f'<sst xmlns="{_MAIN}">{"".join(f"<si>{item}</si>" for item in items)}</sst>'


def styles(*codes: str) -> str:
    """The part of styles: style 0 is General, then one for each format code or built-in number."""
    own = [code for code in codes if not code.isdigit()]
    formats = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="{code}"/>' for at, code in enumerate(own)
    )
    ids = [code if code.isdigit() else str(200 + own.index(code)) for code in codes]
    cells = "".join(f'<xf numFmtId="{one}"/>' for one in ["0", *ids])
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{formats}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>'
    )


def parts(*sheets: str, more: dict[str, str] | None = None, properties: str = "") -> dict[str, str]:
    """A workbook's parts by name; `more` are sharedStrings.xml and styles.xml, or any other."""
    names = [f"sheet{number}" for number in range(1, len(sheets) + 1)]
    kinds = dict.fromkeys(names, "worksheet") | {
        "sharedStrings": "sharedStrings",
        "styles": "styles",
    }
    related = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{name}.xml"/>'
        for name, kind in kinds.items()
    )
    listed = "".join(f'<sheet name="{name}" sheetId="1" r:id="{name}"/>' for name in names)
    return {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        **{f"xl/{name}.xml": content for name, content in zip(names, sheets, strict=True)},
        **{f"xl/{name}": content for name, content in (more or {}).items()},
    }


def pack(path: Path, content: dict[str, str] | dict[str, bytes]) -> Path:
    """Write parts as a package."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, part in content.items():
            package.writestr(name, part)
    return path


def book(path: Path, *sheets: str, more: dict[str, str] | None = None) -> Path:
    """Write a workbook of these sheets."""
    return pack(path, parts(*sheets, more=more))


def open_document(path: Path, rows: str) -> Path:
    """Write an ODS file of one sheet with these rows."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "manifest")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f"<manifest:manifest {spaces}></manifest:manifest>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return pack(path, {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})
