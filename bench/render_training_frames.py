"""Write rendered crowds as a training folder: images/ and heads.json.

    python bench/render_training_frames.py runs/rendered --frames 300 --seed 1

Frames already there are kept, so a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from crushwatch.simulate.training import render_training_frame

SIZES = ((640, 480), (960, 540), (1024, 768))


def render(folder: Path, frames: int, seed: int) -> None:
    """Frame k is drawn from (seed, k) alone."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    index = folder / "heads.json"
    heads: dict[str, list[list[float]]] = json.loads(index.read_text()) if index.exists() else {}
    for number in range(frames):
        name = f"rendered_{seed}_{number:05d}.jpg"
        if name in heads:
            continue
        rng = np.random.default_rng([seed, number])
        image, points_px = render_training_frame(rng, SIZES[number % len(SIZES)])
        cv2.imwrite(str(folder / "images" / name), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        heads[name] = np.round(points_px, 1).tolist()
        index.with_suffix(".new").write_text(json.dumps(heads))
        index.with_suffix(".new").replace(index)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    render(options.folder, options.frames, options.seed)
