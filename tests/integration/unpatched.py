#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""unpatched.py PID: exits with 0 if all code that PID maps from files equals the files; prints the places that
differ and exits with 1 otherwise. With --patched it is the reverse: exits with 0 if some code differs, which
means that a probe is in place."""
import os
import sys


def differing(pid):
    """Yields (path, address) of the first byte of each page of code that differs from its file."""
    pages = 0
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for text in maps:
            fields = text.split(None, 5)
            if len(fields) < 6 or "x" not in fields[1] or not fields[5].startswith("/"):
                continue
            span, path = fields[0], fields[5].rstrip("\n")
            low, high = (int(part, 16) for part in span.split("-"))
            with open(f"/proc/{pid}/map_files/{low:x}-{high:x}", "rb") as file:
                file.seek(int(fields[2], 16))
                wanted = file.read(high - low)
            memory.seek(low)
            for offset in range(0, len(wanted), 4096):
                pages += 1
                page = memory.read(4096)
                if page[: len(wanted) - offset] != wanted[offset : offset + 4096]:
                    at = next(i for i, (a, b) in enumerate(zip(page, wanted[offset:])) if a != b)
                    yield path, low + offset + at
    if not pages:
        raise SystemExit(f"process {pid} maps no code")


def main():
    patched = sys.argv[1] == "--patched"
    places = list(differing(int(sys.argv[-1])))
    if patched:
        return 0 if places else 1
    for path, address in places[:10]:
        print(f"  {os.path.basename(path)} differs at {address:#x}")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
