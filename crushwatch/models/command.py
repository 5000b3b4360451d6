"""crushwatch models: what is shipped, and how well it counts."""

from __future__ import annotations

import json
from collections.abc import Iterable

import typer

from crushwatch.models.card import Figure, ModelCard
from crushwatch.models.registry import ModelFile, find_model, list_models

COUNTS = "counts (people a picture: MAE, RMSE, bias)"


def models(
    name: str | None = typer.Argument(None, help="Only this model, with its whole card."),
    as_json: bool = typer.Option(False, "--json", help="JSON instead of text."),
) -> None:
    """List the networks that are shipped, and how well they count.

    Example: crushwatch models compact
    """
    if name is None:
        found = list_models()
        typer.echo(json.dumps([_as_json(model) for model in found]) if as_json else "\n".join(map(_summary, found)))
        return
    model = find_model(name)
    typer.echo(json.dumps(_as_json(model)) if as_json else _page(model))


def _as_json(model: ModelFile) -> dict[str, object]:
    card = model.card.model_dump(mode="json") if model.card else {}
    return {"name": model.name, "path": str(model.path), "sha256": model.sha256, "card": card}


def _line(model: ModelFile) -> str:
    return f"{model.name}: {model.card.summary if model.card else 'no card'}"


def _summary(model: ModelFile) -> str:
    """One line of what it is, then one for each set of pictures that it was measured on."""
    figures = model.card.figures if model.card else ()
    return "\n".join([_line(model), *_section(COUNTS, map(_row, figures))])


def _page(model: ModelFile) -> str:
    card = model.card or ModelCard(name=model.name, network="not stated", sha256=model.sha256)
    lines = [_line(model), f"  file     {model.path}", f"  sha256   {model.sha256}", f"  licence  {card.licence}"]
    if card.parameters is not None:
        lines.append(f"  size     {card.parameters:,} parameters")
    if card.gflop_1024x768 is not None:
        lines.append(f"  work     {card.gflop_1024x768:g} GFLOP for 1024x768")
    lines += _section("learnt from", card.trained_on)
    lines += _section("recipe", (f"{name}: {value}" for name, value in card.recipe.items()))
    lines += _section("code", [f"commit {card.commit}"] if card.commit else [])
    lines += _section(COUNTS, map(_row, card.figures))
    lines += _section("limits", card.limits)
    return "\n".join(lines)


def _section(title: str, lines: Iterable[str]) -> list[str]:
    """The title and the lines under it; nothing when there are none."""
    below = [f"  {line}" for line in lines]
    return [title, *below] if below else []


def _row(figure: Figure) -> str:
    errors = f"{figure.mae:6.1f} {figure.rmse:6.1f} {figure.bias:+6.1f}"
    note = f" ({figure.note})" if figure.note else ""
    return f"{errors}  {figure.data}, {figure.pictures} pictures{note}"
