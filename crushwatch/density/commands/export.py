"""crushwatch export: from a checkpoint to the ONNX file that is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import typer

from crushwatch.density.commands import open_model, require_science
from crushwatch.errors import EngineError

if TYPE_CHECKING:
    from crushwatch.density.checkpoint import Origin
    from crushwatch.density.networks import DensityNetwork

COUNT_TOLERANCE = 1e-3
"""A picture's count may differ by so much, relatively, from torch's."""
FEWEST_PEOPLE = 20.0
"""In pictures of fewer people than this it may differ by as much as in one of so many: by 0.02 people."""

LARGEST_PX = 1024
"""Of a larger picture only so much is verified on: a network at full size may want gigabytes for it."""


def export(
    checkpoint: Path = typer.Argument(..., help="A checkpoint (.pt); its averaged weights are exported."),
    out: Path = typer.Argument(..., help="The .onnx file to write; its card is written beside it."),
    pictures: Path = typer.Option(..., help="A folder of real pictures to verify on."),
    blend: str | None = typer.Option(None, help="Average the weights with this model's: a name, .onnx or .pt file."),
    share: float = typer.Option(0.5, min=0.0, max=1.0, help="The checkpoint's share of such an average."),
    name: str | None = typer.Option(None, help="The model's name on its card; the file's by default."),
) -> None:
    """Fold, write as ONNX, verify against torch on real pictures, and write the model card.

    A picture's count may differ from torch's by 0.1 %, or by 0.02 people where there are fewer than 20. Weights are
    stored as FP16 (half the size) where that holds, else as FP32.

    Example: crushwatch export runs/mall/best.pt mall.onnx --pictures data/mall/frames
    """
    require_science()
    from crushwatch.density.card import write_card
    from crushwatch.density.checkpoint import averaged_network, origin_of
    from crushwatch.density.export import blended, fold
    from crushwatch.density.networks import parameter_count

    network, origin = averaged_network(checkpoint), origin_of(checkpoint)
    if not network.counts:
        raise EngineError(f"{checkpoint}: {origin.config.network} does not count people, so there is nothing to deploy")
    if blend is not None:
        network = blended(network, open_model(blend), share)
    weights, worst = write_verified(network, origin, out, verification_pictures(pictures))
    card = new_card(name or out.stem, origin.config.network, parameter_count(fold(network)))
    blending = {} if blend is None else {"blend": f"{share:g} of these weights, {1 - share:g} of {blend}"}
    write_card(out, card | {"weights": weights} | origin_on_card(origin, blending))
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, {weights} weights, counts within {worst:.4%} of torch's; "
        f"card in {out.stem}.json"
    )


def write_verified(
    network: DensityNetwork, origin: Origin, out: Path, pictures: list[npt.NDArray[np.uint8]]
) -> tuple[str, float]:
    """Write the file with FP16 weights, or with FP32 weights where FP16 moves a count by more than is allowed.

    Returns which, and the largest difference as a share; raises EngineError. A file that was there stays as it is until
    the new one is verified.
    """
    from crushwatch.density.export import agreement, export_onnx

    if out.exists() and not out.is_file():
        raise EngineError(f"{out}: is no file; give the name of an .onnx file to write")
    draft = out.with_name(f"{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for weights in ("FP16", "FP32"):
            export_onnx(network, draft, origin.config.network, origin.config.options, half_weights=weights == "FP16")
            worst = agreement(network, draft, pictures, FEWEST_PEOPLE)
            if worst <= COUNT_TOLERANCE:
                draft.replace(out)
                return weights, worst
    except OSError as error:
        raise EngineError(f"{out}: cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    raise EngineError(f"{out}: counts differ by {worst:.2%} from torch's; not written")


def verification_pictures(folder: Path, limit: int = 8) -> list[npt.NDArray[np.uint8]]:
    """The middle of a few pictures of the folder, its sides multiples of 32, at most LARGEST_PX."""
    from crushwatch.density.datasets.annotated import DatasetError, read_rgb

    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise DatasetError(f"{folder}: no pictures (.jpg, .png) to verify on")
    chosen = (middle(read_rgb(path)) for path in paths[:: max(1, len(paths) // limit)][:limit])
    if not (large_enough := [picture for picture in chosen if picture.size]):
        raise DatasetError(f"{folder}: its pictures are smaller than 32 pixels: too small to verify on")
    return large_enough


def middle(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture without what is beyond a multiple of 32, or beyond LARGEST_PX, on all sides alike."""
    height, width = (min(LARGEST_PX, length // 32 * 32) for length in picture.shape[:2])
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def new_card(name: str, network: str, parameters: int) -> dict[str, object]:
    """A card that says what the file itself says; figures and limits are for whoever measures them."""
    return {
        "name": name,
        "network": network,
        "summary": "Trained with `crushwatch train`; not measured yet.",
        "licence": "Apache-2.0",
        "parameters": parameters,
        "trained_on": [],
        "figures": [],
        "limits": ["not measured yet: run `crushwatch evaluate`"],
    }


def origin_on_card(origin: Origin, blending: dict[str, str]) -> dict[str, object]:
    """Which data the weights learnt from, in which shares, by which recipe, and the commit of the code."""
    config = origin.config
    whole = sum(source.share for source in config.sources) or 1.0
    kept = (
        "init", "options", "loss", "teacher", "batch", "crop_px", "optimiser", "rate", "rate_front", "freeze", "seed"
    )  # fmt: skip
    decided = {name: value for name in kept if (value := getattr(config, name)) not in (None, {})}
    return {
        "trained_on": [
            f"{source.reader} ({source.split}{f', one in {source.every}' if source.every > 1 else ''}): "
            f"{source.share / whole:.0%} of the crops"
            for source in config.sources
        ],
        "recipe": decided | {"steps": origin.steps, "minutes": round(origin.elapsed_s / 60, 1)} | blending,
        "commit": origin.commit,
    }
