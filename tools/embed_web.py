#!/usr/bin/env python3
"""Write the C table of all files that browsers get (struct asset ASSETS[]): web/<page>/… as /<page>/…, and from npm packages
what web/packages names, as far as tools/fetch_npm.sh has unpacked it.

usage: embed_web.py WEB_DIR NPM_DIR OUT.c OUT.bin DEPFILE

The bytes, plain and gzipped, go to OUT.bin, which the assembler takes in whole. A file whose kind is not in KINDS is refused:
a browser would guess.
"""
import gzip
import hashlib
import pathlib
import sys

KINDS = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json", ".yaml": "application/yaml",
    ".woff2": "font/woff2",
}


def packages(listing):
    """(address, package, file) of each line "ADDRESS PACKAGE FILE" of web/packages."""
    lines = (line.split() for line in listing.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return [words for words in lines if words]


def nearest(path):
    """The path, or the first folder above it that is there: what changes when it comes."""
    while not path.exists():
        path = path.parent
    return path


def collect(web, npm):
    """{address: path} of what is there, and every path that this depends on."""
    files, watched = {}, [web, web / "packages"]
    for path in sorted(web.rglob("*")):
        watched.append(path)
        if path.is_file() and path != web / "packages":
            files["/" + path.relative_to(web).as_posix()] = path
    for address, package, name in packages(web / "packages"):
        path = npm / package / name
        watched.append(nearest(path))
        if path.is_file():
            files[address] = path
    return files, watched


def row(address, path, blob):
    kind = KINDS.get(path.suffix)
    if kind is None:
        sys.exit(f"{path}: no content type is known for {path.suffix}")
    plain = path.read_bytes()
    small = gzip.compress(plain, 9, mtime=0)
    if len(small) >= len(plain):
        small = b""
    etag = hashlib.sha256(plain).hexdigest()[:32]
    at = len(blob)
    blob += plain + small
    return f'    {{"{address}", "{kind}", "\\"{etag}\\"", {at}, {len(plain)}, {at + len(plain)}, {len(small)}}},\n'


def main():
    web, npm, out, binary, depfile = (pathlib.Path(p) for p in sys.argv[1:])
    files, watched = collect(web, npm)
    blob = bytearray()
    rows = "".join(row(address, files[address], blob) for address in sorted(files))
    binary.write_bytes(blob)
    out.write_text("/* All files that browsers get, made by tools/embed_web.py. */\n"
                   '#include "platform/http/asset.h"\n\n'
                   '__asm__(".section .rodata\\n"\n        ".global ASSET_BYTES\\n"\n        "ASSET_BYTES:\\n"\n'
                   f'        ".incbin \\"{binary.resolve()}\\"\\n"\n        ".byte 0\\n"\n        ".previous\\n");\n\n'
                   f"const struct asset ASSETS[] = {{\n{rows}    {{0}},\n}};\n", encoding="utf-8")
    depfile.write_text(f"{out}: " + " ".join(str(p).replace(" ", "\\ ") for p in watched) + "\n")


if __name__ == "__main__":
    main()
