"""A curve in the terminal, in braille dots, and as a PNG: no library but zlib."""
import struct
import zlib

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def _rows(values, width, height):
    """The curve's height in each of ``width`` columns, 0 at the bottom."""
    low, high = min(values), max(values)
    scale = (height - 1) / ((high - low) or 1.0)
    for column in range(width):
        place = column * (len(values) - 1) / max(width - 1, 1)
        left = int(place)
        right = min(left + 1, len(values) - 1)
        value = values[left] + (values[right] - values[left]) * (place - left)
        yield round((value - low) * scale)


def _strokes(values, width, height):
    """(column, lowest, highest) row to fill, so that the curve has no gaps."""
    before = None
    for column, row in enumerate(_rows(values, width, height)):
        low, high = (row, row) if before is None else (min(row, before), max(row, before))
        yield column, low + (before is not None and before < row), high - (before is not None and before > row)
        before = row


def draw(values, columns=64, lines=12):
    """The curve as text, ``columns`` wide; two dots by four to a character."""
    cells = [[0x2800] * columns for _ in range(lines)]
    for column, low, high in _strokes(values, columns * 2, lines * 4):
        for row in range(low, high + 1):
            down = lines * 4 - 1 - row
            cells[down // 4][column // 2] |= _DOTS[down % 4][column % 2]
    labels = {0: f"{max(values):8.4f}", lines - 1: f"{min(values):8.4f}"}
    text = [f"{labels.get(i, ''):>8} \u2524" + "".join(map(chr, line)) for i, line in enumerate(cells)]
    text.append(" " * 9 + "\u2514" + "\u2500" * columns)
    text.append(" " * 10 + "1" + f"{len(values):>{columns - 1}}")
    return "\n".join(text)


def write_png(path, values, width=640, height=320, margin=16):
    """The curve as an 8-bit RGB picture."""
    rows = [bytearray(b"\xff" * 3 * width) for _ in range(height)]

    def dot(x, y, color):
        if 0 <= x < width and 0 <= y < height:
            rows[y][3 * x:3 * x + 3] = color

    inner_width, inner_height = width - 2 * margin, height - 2 * margin
    for line in range(5):
        for x in range(margin, width - margin):
            dot(x, margin + line * (inner_height - 1) // 4, b"\xdd\xdd\xdd")
    for column, low, high in _strokes(values, inner_width, inner_height):
        for row in range(low, high + 1):
            for thick in (0, 1):
                dot(margin + column, margin + inner_height - 1 - row - thick, b"\x1f\x5f\xbf")

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
