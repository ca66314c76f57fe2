"""Pictures made from nothing, for uploads: PNG and baseline JPEG, with EXIF on request."""
import struct
import zlib


def _pixels(colour):
    return colour if callable(colour) else lambda x, y: colour


def png(width=64, height=64, colour=(200, 80, 40)):
    """An RGB picture; colour is (r, g, b) or a function of x and y."""
    at = _pixels(colour)
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in at(x, y)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def exif(orientation=1, gps=None, software=None):
    """EXIF data for jpeg(exif=…): orientation 1–8, gps as (latitude, longitude) in whole degrees, a software name."""
    def entry(tag, kind, count, value):
        return struct.pack("<HHI4s", tag, kind, count, value.ljust(4, b"\0"))

    entries = [entry(0x0112, 3, 1, struct.pack("<H", orientation))]
    n = 1 + bool(software) + bool(gps)
    extra_at = 8 + 2 + 12 * n + 4
    extra = b""
    if software:
        text = software.encode() + b"\0" * 5  # longer than four bytes, so that it stands outside the entry
        entries.append(entry(0x0131, 2, len(text), struct.pack("<I", extra_at)))
        extra += text
    if gps:
        ifd_at = extra_at + len(extra)
        entries.append(entry(0x8825, 4, 1, struct.pack("<I", ifd_at)))
        values_at = ifd_at + 2 + 12 * 4 + 4
        extra += struct.pack("<H", 4)
        extra += entry(1, 2, 2, b"N\0") + entry(2, 5, 3, struct.pack("<I", values_at))
        extra += entry(3, 2, 2, b"E\0") + entry(4, 5, 3, struct.pack("<I", values_at + 24)) + struct.pack("<I", 0)
        for degrees in gps:
            extra += struct.pack("<6I", degrees, 1, 0, 1, 0, 1)
    ifd = struct.pack("<H", n) + b"".join(entries) + struct.pack("<I", 0)
    return b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + ifd + extra


# ITU T.81, table K.3: how many bits a DC difference's size takes. AC coefficients are all zero here: one code is enough.
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_AC_COUNTS = bytes([1] + [0] * 15)


def _dc_codes():
    codes, code, size = {}, 0, 0
    for length, count in enumerate(_DC_COUNTS, 1):
        for _ in range(count):
            codes[size] = (code, length)
            code += 1
            size += 1
        code <<= 1
    return codes


class _Bits:
    def __init__(self):
        self.value, self.n = 0, 0

    def put(self, value, n):
        self.value, self.n = (self.value << n) | value, self.n + n

    def stuffed(self):
        pad = -self.n % 8
        data = ((self.value << pad) | ((1 << pad) - 1)).to_bytes((self.n + pad) // 8, "big")
        return data.replace(b"\xff", b"\xff\0")


def _segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(width=64, height=64, colour=(200, 80, 40), exif=b""):
    """A baseline JPEG of flat 8×8 blocks; colour is (r, g, b) or a function of a block's first x and y."""
    at, codes, bits, last = _pixels(colour), _dc_codes(), _Bits(), [0, 0, 0]
    scan = b""
    for y in range(0, height, 8):
        for x in range(0, width, 8):
            r, g, b = at(x, y)
            grey = 0.299 * r + 0.587 * g + 0.114 * b
            parts = (grey - 128, (b - grey) * 0.564, (r - grey) * 0.713)
            for i, part in enumerate(parts):
                level = max(-1024, min(1016, round(part * 8)))
                difference, last[i] = level - last[i], level
                size = abs(difference).bit_length()
                bits.put(*codes[size])
                if size:
                    bits.put(difference if difference > 0 else difference + (1 << size) - 1, size)
                bits.put(0, 1)  # the end of the block
    scan = bits.stuffed()
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"".join(bytes([i, 0x11, 0]) for i in (1, 2, 3))
    return (b"\xff\xd8" + (_segment(0xE1, exif) if exif else b"") + _segment(0xDB, b"\0" + b"\1" * 64)
            + _segment(0xC0, frame) + _segment(0xC4, b"\0" + _DC_COUNTS + bytes(range(12)))
            + _segment(0xC4, b"\x10" + _AC_COUNTS + b"\0")
            + _segment(0xDA, b"\3" + b"".join(bytes([i, 0]) for i in (1, 2, 3)) + b"\0\x3f\0") + scan + b"\xff\xd9")
