"""A folder of eighteen small pictures with drawn heads, for rehearsals: python -m bench.gpu.tiny_pictures FOLDER"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

PICTURES = 18
SIZE_PX = (128, 96)


def write(folder: Path) -> None:
    """images/ and heads.json, as the reader `heads-json` takes them."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    heads = {}
    for number in range(PICTURES):
        draw = np.random.default_rng(number)
        picture = np.clip(draw.normal(150, 8, (SIZE_PX[1], SIZE_PX[0], 3)), 0, 255).astype(np.uint8)
        points = draw.uniform((4, 4), (SIZE_PX[0] - 4, SIZE_PX[1] - 4), (number + 2, 2))
        for x, y in points.astype(int).tolist():
            cv2.circle(picture, (x, y), 4, (40, 40, 60), -1)
        name = f"tiny_{number:02d}.png"
        cv2.imwrite(str(folder / "images" / name), picture)
        heads[name] = np.round(points, 1).tolist()
    (folder / "heads.json").write_text(json.dumps(heads))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
