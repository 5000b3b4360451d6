"""crushwatch export: from a checkpoint to the ONNX file that is deployed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import typer

from crushwatch.density.commands import open_model, require_science
from crushwatch.errors import EngineError

COUNT_TOLERANCE = 1e-3
"""A picture's count may differ by so much, relatively, from torch's."""


def export(
    checkpoint: Path = typer.Argument(..., help="A checkpoint (.pt); its averaged weights are exported."),
    out: Path = typer.Argument(..., help="The .onnx file to write; its card is written beside it."),
    pictures: Path = typer.Option(..., help="A folder of real pictures to verify on."),
    blend: str | None = typer.Option(None, help="Average the weights with this model's: a name, .onnx or .pt file."),
    share: float = typer.Option(0.5, min=0.0, max=1.0, help="The checkpoint's share of such an average."),
    name: str | None = typer.Option(None, help="The model's name on its card; the file's by default."),
) -> None:
    """Fold, write as ONNX with FP16 weights, verify against torch on real pictures, and write the model card.

    Example: crushwatch export runs/mall/best.pt mall.onnx --pictures data/mall/frames
    """
    require_science()
    from crushwatch.density.card import write_card
    from crushwatch.density.export import agreement, blended, export_onnx, fold
    from crushwatch.density.training import averaged_network, checkpoint_config

    network, config = averaged_network(checkpoint), checkpoint_config(checkpoint)
    if blend is not None:
        network = blended(network, open_model(blend), share)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        export_onnx(network, out, config.network, config.options)
    except OSError as error:
        raise EngineError(f"{out}: cannot be written: {error.strerror}") from None
    worst = agreement(network, out, verification_pictures(pictures))
    if worst > COUNT_TOLERANCE:
        out.unlink()
        raise EngineError(f"{out}: counts differ by {worst:.2%} from torch's; not written")
    write_card(out, new_card(name or out.stem, config.network, sum(p.numel() for p in fold(network).parameters())))
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, counts within {worst:.4%} of torch's; card in {out.stem}.json"
    )


def verification_pictures(folder: Path, limit: int = 8) -> list[npt.NDArray[np.uint8]]:
    """A few pictures of the folder, cut to multiples of 32."""
    from crushwatch.density.datasets.annotated import DatasetError, read_rgb

    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise DatasetError(f"{folder}: no pictures (.jpg, .png) to verify on")
    chosen = [read_rgb(path) for path in paths[:: max(1, len(paths) // limit)][:limit]]
    return [picture[: picture.shape[0] // 32 * 32, : picture.shape[1] // 32 * 32] for picture in chosen]


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
