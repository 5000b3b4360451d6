"""Split a large file for a transfer that limits files, and join it again, checked.

python -m bench.gpu.parts split csrnet.onnx --mib 15
python -m bench.gpu.parts join csrnet.onnx
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

MIB = 2**20


def split(path: Path, mib: int) -> list[Path]:
    """Writes <name>.part00 and on, of at most `mib` MiB each, and <name>.sha256. Gives the parts."""
    whole = path.read_bytes()
    parts = []
    for number, start in enumerate(range(0, len(whole), mib * MIB)):
        parts.append(path.with_name(f"{path.name}.part{number:02d}"))
        parts[-1].write_bytes(whole[start : start + mib * MIB])
    sum_of(path).write_text(hashlib.sha256(whole).hexdigest() + "\n")
    return parts


def join(path: Path) -> int:
    """Writes the file from its parts beside it; gives its bytes. Raises SystemExit when it is not what was split."""
    whole = b"".join(part.read_bytes() for part in sorted(path.parent.glob(f"{path.name}.part*")))
    if hashlib.sha256(whole).hexdigest() != sum_of(path).read_text().strip():
        raise SystemExit(f"{path}: the parts do not make up what was split; fetch them again")
    path.write_bytes(whole)
    return len(whole)


def sum_of(path: Path) -> Path:
    """Where the whole file's SHA-256 is kept."""
    return path.with_name(f"{path.name}.sha256")


def main() -> None:
    """As typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("split", "join"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--mib", type=int, default=15)
    options = parser.parse_args()
    if options.what == "split":
        print(*split(options.path, options.mib), sep="\n")
    else:
        print(f"{options.path}: {join(options.path)} bytes, whole")


if __name__ == "__main__":
    main()
