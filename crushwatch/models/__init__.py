"""The networks that are shipped, each with its card; and any ONNX file of the same contract.

The contract: `images` (n, height, width, 3) uint8 RGB, sizes multiples of 32, in; `density` (n, height / 8, width / 8)
float32 people per cell out, normalisation inside.
"""

from crushwatch.models.card import Figure, ModelCard, Quantised
from crushwatch.models.registry import (
    ModelFile,
    find_for_watch,
    find_int8,
    find_model,
    int8_name,
    list_models,
    sha256_of,
)

__all__ = [
    "Figure",
    "ModelCard",
    "ModelFile",
    "Quantised",
    "find_for_watch",
    "find_int8",
    "find_model",
    "int8_name",
    "list_models",
    "sha256_of",
]
