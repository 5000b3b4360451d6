"""The card beside every weight: what it is, what it learnt from, how well it counts, where it fails."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

FIELDS = ("name", "network", "summary", "sha256", "licence", "parameters", "gflop_1024x768", "weights", "commit")


def write_card(model: Path, card: Mapping[str, object]) -> dict[str, object]:
    """Write `<model>.json` and `<model>.md` beside an exported model, with the file's sha256. Returns the card."""
    complete = dict(card) | {"sha256": hashlib.sha256(model.read_bytes()).hexdigest()}
    model.with_suffix(".json").write_text(json.dumps(complete, indent=2, ensure_ascii=False) + "\n")
    model.with_suffix(".md").write_text(markdown(complete))
    return complete


def markdown(card: Mapping[str, object]) -> str:
    """The card for people."""
    head = "".join(f"- {name.replace('_', ' ')}: {card[name]}\n" for name in FIELDS[1:] if name in card)
    return (
        f"# {card['name']}\n\n{card.get('summary', '')}\n\n{head}"
        + bullets("Trained on", card.get("trained_on", ()))
        + bullets("Recipe", recipe_lines(card.get("recipe", {})))
        + figures(card.get("figures", ()))
        + bullets("Limits", card.get("limits", ()))
    )


def recipe_lines(recipe: object) -> list[str]:
    """What the recipe says, a line a field.

    >>> recipe_lines({"loss": "l2", "crop_px": 320})
    ['loss: l2', 'crop px: 320']
    """
    fields = recipe.items() if isinstance(recipe, Mapping) else ()
    return [f"{name.replace('_', ' ')}: {value}" for name, value in fields]


def bullets(title: str, lines: object) -> str:
    """A section of a list; nothing when there are no lines."""
    if not isinstance(lines, Sequence) or isinstance(lines, str) or not lines:
        return ""
    return f"\n## {title}\n\n" + "".join(f"- {line}\n" for line in lines)


def figures(rows: object) -> str:
    """MAE, RMSE and bias a data set, as a table."""
    if not isinstance(rows, Sequence) or not rows:
        return ""
    cells = (
        (r["data"], r["pictures"], f"{r['mae']:.2f}", f"{r['rmse']:.2f}", f"{r['bias']:+.2f}", r.get("note", ""))
        for r in rows
    )
    lines = "".join(f"| {' | '.join(map(str, row))} |\n" for row in cells)
    return f"\n## Figures\n\n| data | pictures | MAE | RMSE | bias | note |\n{'| --- ' * 6}|\n{lines}"
