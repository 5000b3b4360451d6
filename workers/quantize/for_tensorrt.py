"""Eight bits for NVIDIA GPUs: an ONNX file with its scales in it, that counts as FP32 does within 2 %, or none.

Compared on the processor, where ONNX Runtime computes the same graph with the same roundings; how fast it is on a card
is `bench/gpu`'s to say.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

from crushwatch.errors import EngineError
from crushwatch.models import ModelCard, ModelFile, Quantised, find_model
from workers.infer.tensorrt_build import eight_bit_name
from workers.quantize.difference import Counts, Difference, compare, refuse_few
from workers.quantize.explicit import plain_session, quantised, ranges
from workers.quantize.pictures import Pictures, find_pictures, read_pixels
from workers.quantize.quantize import ALLOWED_PERCENT

RECIPES = {"all convolutions": 1, "convolutions of 3 x 3": 3}
"""What is put into eight bits, by the smallest kernel: the first that counts well enough is taken."""


def quantize_for_tensorrt(
    model: ModelFile, folder: Path, out: Path, say: Callable[[str], None], *, kind: str = "int8"
) -> ModelFile:
    """Write OUT (.onnx) and its card; raises EngineError with the figures, and writes nothing, where none is within."""
    if model.is_int8 or model.path.suffix != ".onnx":
        raise EngineError(f"{model.path} is no ONNX file in FP32; quantise the model that it was made from")
    pictures = find_pictures(folder)
    say(f"counting {len(pictures.compared)} pictures in FP32")
    wanted = counts(model.path.read_bytes(), pictures.compared)
    refuse_few(wanted)
    say(f"ranges of {len(pictures.calibrated)} pictures")
    known = ranges(model.path, pictures.calibrated)
    said = []
    for recipe, smallest_kernel in RECIPES.items():
        graph = quantised(model.path, model.keep_fp32, known, kind, smallest_kernel)
        difference = compare(wanted, counts(graph, pictures.compared))
        said.append(f"{kind}, {recipe}: counts differ from FP32's by {difference}")
        say(said[-1])
        if difference.is_within(ALLOWED_PERCENT):
            return written(graph, model, f"{kind}, {recipe}", pictures, difference, out)
    raise EngineError(f"{model.name} is not quantised and nothing is written. {'; '.join(said)}")


def counts(graph: bytes, paths: Sequence[Path]) -> Counts:
    """People in each picture, every node computed as it stands in the graph."""
    session = plain_session(graph)
    return np.array([float(session.run(None, {"images": read_pixels(path)})[0].sum()) for path in paths])


def written(
    graph: bytes, model: ModelFile, recipe: str, pictures: Pictures, difference: Difference, out: Path
) -> ModelFile:
    """The file and its card, each whole; the file, by which they are found, last."""
    part = out.with_suffix(".part")
    part.write_bytes(graph)
    known = model.card or ModelCard(name=model.name, network="not stated", sha256=model.sha256)
    made = Quantised(
        from_sha256=model.sha256,
        calibrated_on=len(pictures.calibrated),
        compared_on=len(pictures.compared),
        recipe=recipe,
        made_with={name: importlib.metadata.version(name) for name in ("onnx", "onnxruntime")},
        **asdict(difference),
    )
    changed = {
        "name": out.stem,
        "sha256": sha256(graph).hexdigest(),
        "summary": f"{model.name} in eight bits, for TensorRT",
        "figures": (),
        "quantised": made,
    }
    out.with_suffix(".json").write_text(known.model_copy(update=changed).model_dump_json(indent=2) + "\n")
    part.replace(out)
    return find_model(str(out))


def default_out(model: ModelFile, kind: str) -> Path:
    """Where `precision: int8` or `fp8` of the engine tensorrt looks for it, in the folder where this runs."""
    return Path(eight_bit_name(model, kind))
