"""crushwatch quantize: a model in INT8, where that counts as it does in FP32."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from crushwatch.models import find_model, int8_name


def quantize(
    model: str = typer.Argument(..., help="A model of `crushwatch models`, or the path of an ONNX file."),
    pictures: Path = typer.Option(
        ...,
        exists=True,
        file_okay=False,
        help="Folder of real pictures, of crowds as your cameras see them. Those whose number ends in 3 only decide.",
    ),
    out: Path | None = typer.Option(
        None, help="The .xml to write; .bin and .json lie beside it. MODEL.int8.xml if left out."
    ),
    engine: str = typer.Option("openvino", help="openvino, for processors, or tensorrt: an .onnx with its scales."),
    kind: str = typer.Option("int8", help="int8, or fp8 (tensorrt alone)."),
    as_json: bool = typer.Option(False, "--json", help="End with one JSON line."),
) -> None:
    """Turn a model into INT8: on processors two to four times as fast. Refused where counts change by more than 2 %.

    Then `precision: int8` in the site file takes it, from beside the model or from the folder where the worker runs.

    Example: crushwatch quantize compact --pictures recordings/frames
    """
    from workers.quantize.quantize import quantize as quantize_model

    found = find_model(model)
    if engine == "tensorrt":
        from workers.quantize.for_tensorrt import default_out, quantize_for_tensorrt

        path = _ending(out or default_out(found, kind), ".onnx")
        made = quantize_for_tensorrt(found, pictures, path, typer.echo, kind=kind)
    elif engine == "openvino" and kind == "int8":
        made = quantize_model(found, pictures, _ending(out or Path(int8_name(found.name)), ".xml"), typer.echo)
    else:
        raise typer.BadParameter(f"{engine} in {kind}: there are openvino in int8, tensorrt in int8 and fp8")
    if as_json and made.card and made.card.quantised:
        typer.echo(json.dumps({"path": str(made.path), "sha256": made.sha256} | made.card.quantised.model_dump()))
    else:
        typer.echo(f"written: {made.path}; `precision: {kind}` takes it")


def _ending(path: Path, suffix: str) -> Path:
    if path.suffix != suffix:
        raise typer.BadParameter(f"{path}: must end in {suffix}", param_hint="--out")
    return path
