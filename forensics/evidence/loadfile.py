"""A load file for review platforms: Concordance DAT, Opticon OPT, and the same as CSV.

DAT: every field between thorns (U+00FE), fields apart by U+0014, a header row, CRLF, UTF-8 with a byte order mark
(without the mark, readers take the thorn for another letter), and once more in cp1252 for older platforms. The number
of a document stands in names and in the load file, never in the evidence: the native file is the line, byte for byte.
Lines have no pages, so the OPT shows one slip sheet for each, as productions of native files do.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from forensics.evidence.extract import REASONS, write_csv
from forensics.text import visible

VOLUME = "VOL001"
COLUMNS = (
    "BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "CUSTODIAN", "DOCTYPE", "SOURCE_FILE", "SOURCE_SHA256",
    "BYTE_OFFSET", "BYTE_LENGTH", "SHA256", "EXHIBITS", "CONFIDENTIALITY", "REDACTED", "REDACTION_REASON", "NATIVEPATH",
    "TEXTPATH",
)  # fmt: skip
_QUOTE, _SEPARATOR, _BREAK = "\u00fe", "\x14", "\u00ae"
_SHEET = "IMAGES/slip-sheet.tif"
_WIDTH, _HEIGHT, _SCALE = 816, 1056, 6  # a letter page at 96 dots per inch
_WORDS = ("SEE NATIVE FILE",)
_LETTERS = {
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "N": "10001 11001 10101 10011 10001 10001 10001",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "V": "10001 10001 10001 10001 10001 01010 00100",
    "F": "11111 10000 10000 11110 10000 10000 10000",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    " ": "00000 00000 00000 00000 00000 00000 00000",
}


def write_load_file(payload: Path, rows: Iterable[Mapping[str, object]], tlp: str) -> None:
    """Write `loadfile/` from the rows of the evidence index: one document per Bates number, in its order."""
    folder = payload / "loadfile"
    for name in ("NATIVE", "TEXT", "IMAGES"):
        (folder / name).mkdir(parents=True)
    (folder / _SHEET).write_bytes(_slip_sheet())
    documents: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        if row["bates"]:
            documents.setdefault(str(row["bates"]), []).append(row)
    lines = [_document(payload, bates, documents[bates], tlp) for bates in sorted(documents)]
    dat = [COLUMNS, *(tuple(str(line[column] or "") for column in COLUMNS) for line in lines)]
    text = "".join(_SEPARATOR.join(_quoted(cell) for cell in row) + "\r\n" for row in dat)
    (folder / f"{VOLUME}.dat").write_bytes(text.encode("utf-8-sig"))
    (folder / f"{VOLUME}-cp1252.dat").write_bytes(text.encode("cp1252", "backslashreplace"))
    sheet = _SHEET.replace("/", "\\")
    opt = "".join(f"{line['BEGBATES']},{VOLUME},{sheet},Y,,,1\r\n" for line in lines)
    (folder / f"{VOLUME}.opt").write_bytes(opt.encode("ascii"))
    write_csv(folder / f"{VOLUME}.csv", COLUMNS, lines)


def _document(payload: Path, bates: str, rows: list[Mapping[str, object]], tlp: str) -> dict[str, object]:
    """Write the files of one line and return its row; a line that is not shown has a row and no file."""
    row = rows[0]
    shown = next((one for one in rows if one["extract"]), None)
    native = text = ""
    if shown:
        native, text = f"NATIVE/{bates}.log", f"TEXT/{bates}.txt"
        content = _content(payload / "evidence" / str(shown["extract"]), shown)
        (payload / "loadfile" / native).write_bytes(content)
        readable = visible(content.decode("utf-8", "backslashreplace"))
        (payload / "loadfile" / text).write_text(readable + "\n", encoding="utf-8", newline="\n")
    reason = "" if shown else str(row["withheld"])
    return {
        "BEGBATES": bates, "ENDBATES": bates, "BEGATTACH": None, "ENDATTACH": None, "CUSTODIAN": None,
        "DOCTYPE": "log line", "SOURCE_FILE": row["path"], "SOURCE_SHA256": row["log_file_sha256"],
        "BYTE_OFFSET": row["offset"], "BYTE_LENGTH": row["length"], "SHA256": row["line_sha256"],
        "EXHIBITS": "; ".join(str(one["exhibit_id"]) for one in rows), "CONFIDENTIALITY": f"TLP:{tlp.upper()}",
        "REDACTED": "N" if shown else "Y", "REDACTION_REASON": REASONS.get(reason),
        "NATIVEPATH": native.replace("/", "\\"), "TEXTPATH": text.replace("/", "\\"),
    }  # fmt: skip


def _content(path: Path, row: Mapping[str, object]) -> bytes:
    with path.open("rb") as stream:
        stream.seek(int(str(row["extract_offset"])))
        return stream.read(int(str(row["length"])))


def _quoted(cell: str) -> str:
    """Return a field; the letters that structure the file are shown by their names."""
    safe = visible(cell)
    for letter in (_QUOTE, _BREAK):
        safe = safe.replace(letter, f"<U+{ord(letter):04X}>")
    return f"{_QUOTE}{safe}{_QUOTE}"


def _slip_sheet() -> bytes:
    """Return a page that says where to look, as an uncompressed bilevel TIFF (0 = white)."""
    page = bytearray(_WIDTH // 8 * _HEIGHT)
    for line, words in enumerate(_WORDS):
        left = (_WIDTH - 6 * _SCALE * len(words)) // 2
        for place, letter in enumerate(words):
            for row, bits in enumerate(_LETTERS[letter].split()):
                for column, bit in enumerate(bits):
                    if bit == "1":
                        x = left + (6 * place + column) * _SCALE
                        _square(page, x, _HEIGHT // 3 + (9 * line + row) * _SCALE)
    entries = (
        (256, 3, _WIDTH), (257, 3, _HEIGHT), (258, 3, 1), (259, 3, 1), (262, 3, 0), (273, 4, 8), (277, 3, 1),
        (278, 3, _HEIGHT), (279, 4, len(page)),
    )  # fmt: skip
    directory = len(entries).to_bytes(2, "little")
    for tag, kind, value in entries:
        parts = ((tag, 2), (kind, 2), (1, 4), (value, 4))
        directory += b"".join(number.to_bytes(size, "little") for number, size in parts)
    return b"II*\0" + (8 + len(page)).to_bytes(4, "little") + bytes(page) + directory + bytes(4)


def _square(page: bytearray, x: int, y: int) -> None:
    for row in range(y, y + _SCALE):
        for column in range(x, x + _SCALE):
            page[(row * _WIDTH + column) // 8] |= 0x80 >> column % 8
