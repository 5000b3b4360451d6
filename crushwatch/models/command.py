"""crushwatch models: what is shipped, and how well it counts."""

from __future__ import annotations

import json

import typer

from crushwatch.models.registry import ModelFile, find_model, list_models


def models(
    name: str | None = typer.Argument(None, help="Only this model, with its whole card."),
    as_json: bool = typer.Option(False, "--json", help="JSON instead of text."),
) -> None:
    """List the networks that are shipped, and how well they count.

    Example: crushwatch models compact
    """
    if name is None:
        found = list_models()
        typer.echo(json.dumps([_as_json(model) for model in found]) if as_json else "\n".join(map(_line, found)))
        return
    model = find_model(name)
    typer.echo(json.dumps(_as_json(model)) if as_json else _page(model))


def _as_json(model: ModelFile) -> dict[str, object]:
    card = model.card.model_dump(mode="json") if model.card else {}
    return {"name": model.name, "path": str(model.path), "sha256": model.sha256, "card": card}


def _line(model: ModelFile) -> str:
    return f"{model.name}: {model.card.summary if model.card else 'no card'}"


def _page(model: ModelFile) -> str:
    card = model.card
    if card is None:
        return f"{model.name}: no card\n  file     {model.path}\n  sha256   {model.sha256}"
    return "\n".join(
        [
            _line(model),
            f"  file     {model.path}",
            f"  sha256   {model.sha256}",
            f"  licence  {card.licence}",
            f"  size     {card.parameters:,} parameters, {card.gflop_1024x768:g} GFLOP for 1024x768",
            "learnt from",
            *(f"  {line}" for line in card.trained_on),
            "counts (people a picture: mean absolute error, root mean square error, bias)",
            *(
                f"  {figure.mae:6.1f} {figure.rmse:6.1f} {figure.bias:+6.1f}  {figure.data}, {figure.pictures} pictures"
                + (f" ({figure.note})" if figure.note else "")
                for figure in card.figures
            ),
            "limits",
            *(f"  {line}" for line in card.limits),
        ]
    )
