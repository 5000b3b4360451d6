"""The networks that are shipped, each with its card; and any ONNX file of the same contract.

The contract: `images` (n, height, width, 3) uint8 RGB, sizes multiples of 32, in; `density` (n, height / 8, width / 8)
float32 people per cell out, normalisation inside.
"""

from crushwatch.models.card import Figure, ModelCard
from crushwatch.models.registry import ModelFile, find_model, list_models

__all__ = ["Figure", "ModelCard", "ModelFile", "find_model", "list_models"]
