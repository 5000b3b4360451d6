"""Quantise, compare, and write what counts as FP32 does within 2 %; or say how far off it is, and write nothing."""

from __future__ import annotations

import importlib.metadata
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from crushwatch.errors import EngineError
from crushwatch.models import ModelCard, ModelFile, Quantised, find_model, sha256_of
from crushwatch.models.card import ReducedPrecision
from workers.infer.cache import EngineCache
from workers.infer.no_telemetry import ov
from workers.infer.openvino import OpenVinoEngine
from workers.quantize.difference import Counts, Difference, compare, refuse_few
from workers.quantize.pictures import Pictures, find_pictures, read_pixels
from workers.quantize.recipes import Recipe, recipes

ALLOWED_PERCENT = 2.0
"""By so much may counts differ from FP32's: of all pictures together, and in the mean over pictures."""

Say = Callable[[str], None]


def quantize(
    model: ModelFile, folder: Path, out: Path, say: Say, *, allowed_percent: float = ALLOWED_PERCENT
) -> ModelFile:
    """Write OUT.xml, OUT.bin and the card OUT.json by the first recipe that is within `allowed_percent`.

    Raises EngineError with the figures, and writes nothing, where none is.
    """
    if model.is_int8:
        raise EngineError(f"{model.name} is INT8 already; quantise the model that it was made from")
    pictures = find_pictures(folder)
    said = []
    with tempfile.TemporaryDirectory() as name:
        tried = recipes(model, pictures.calibrated, allowed_percent)
        say(f"counting {len(pictures.compared)} pictures in FP32")
        wanted = counts(model, pictures.compared, Path(name))
        refuse_few(wanted)
        for recipe in tried:
            say(f"{recipe.name}: calibrating on {len(pictures.calibrated)} pictures")
            network = recipe.make()
            if not is_int8_anywhere(network):
                said.append(f"{recipe.name}: nothing is left in INT8")
                continue
            made = saved(network, Path(name) / f"{out.stem}.xml")
            difference = compare(wanted, counts(made, pictures.compared, Path(name)))
            said.append(f"{recipe.name}: counts differ from FP32's by {difference}")
            say(said[-1])
            if difference.is_within(allowed_percent):
                return written(made, card_of(model, made, recipe, pictures, difference), out)
    raise EngineError(
        f"{model.name} is not quantised and nothing is written: at most {allowed_percent:g} % is allowed, in all and "
        f"in the mean over pictures. {'; '.join(said)}"
    )


def counts(model: ModelFile, paths: Sequence[Path], folder: Path) -> Counts:
    """People in each picture; what is INT8 in the file is computed so, all else in FP32."""
    engine = OpenVinoEngine(model, precision="fp32", cache=EngineCache(folder))
    found = np.array([float(engine.infer(read_pixels(path)).sum()) for path in paths])
    engine.close()
    return found


def is_int8_anywhere(network: ov.Model) -> bool:
    """Whether any of it has ranges for INT8; the careful recipe may take back all of them."""
    return any(node.get_type_name() == "FakeQuantize" for node in network.get_ops())


def saved(network: ov.Model, path: Path) -> ModelFile:
    """As files, without a card."""
    ov.save_model(network, str(path), compress_to_fp16=False)
    return ModelFile(path.stem, path, sha256_of(path), card=None)


def card_of(model: ModelFile, made: ModelFile, recipe: Recipe, pictures: Pictures, difference: Difference) -> ModelCard:
    """What is known of it: all that was known of the model but the figures, which were measured in FP32."""
    known = model.card or ModelCard(name=model.name, network="not stated", sha256=model.sha256)
    quantised = Quantised(
        from_sha256=model.sha256,
        calibrated_on=len(pictures.calibrated),
        compared_on=len(pictures.compared),
        recipe=recipe.name,
        made_with={name: importlib.metadata.version(name) for name in ("nncf", "openvino")},
        **asdict(difference),
    )
    changed = {
        "name": made.name,
        "sha256": made.sha256,
        "summary": f"{model.name} in INT8, for processors".strip(),
        "figures": (),
        "reduced_precision": ReducedPrecision(keep_fp32=recipe.kept_fp32),
        "quantised": quantised,
    }
    return known.model_copy(update=changed)


def written(made: ModelFile, card: ModelCard, out: Path) -> ModelFile:
    """The three files where they were wanted, each whole; the .xml, by which they are found, last."""
    out.parent.mkdir(parents=True, exist_ok=True)
    contents = {
        ".bin": made.path.with_suffix(".bin").read_bytes(),
        ".json": card.model_dump_json(indent=2).encode() + b"\n",
        ".xml": made.path.read_bytes(),
    }
    for suffix, content in contents.items():
        part = out.with_suffix(f"{suffix}.part")
        part.write_bytes(content)
        part.replace(out.with_suffix(suffix))
    return find_model(str(out))
