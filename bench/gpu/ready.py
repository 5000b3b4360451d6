"""Is all there that training, tests and figures on a GPU need? Said before the GPU's time is spent.

python -m bench.gpu.ready crushwatch/models/csrnet.yaml ...    ends with 1 where something is missing
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("torch", "numpy", "scipy", "cv2", "h5py", "onnx", "onnxruntime", "yaml", "typer", "pydantic")
"""Without these nothing can be learnt."""
WISHED = (
    "av",
    "structlog",
    "shapely",
    "openvino",
    "pytest",
    "pytest_timeout",
    "redis",
    "prometheus_client",
    "hypothesis",
)
"""Without these tests or figures are missing."""
FREE_GB = 10.0


def main(configs: Sequence[Path]) -> int:
    """Print what there is and what is missing; the number of what is missing that nothing goes without."""
    wished = [name for name in WISHED if find_spec(name) is None]
    print(f"packages of tests and figures: {'missing: ' + ', '.join(wished) if wished else 'all there'}")
    faults = [f"package {name} is missing" for name in PACKAGES if find_spec(name) is None]
    if not faults:
        for config in configs:
            faults += faults_of(config)
    if (free_gb := shutil.disk_usage(".").free / 1e9) < FREE_GB:
        faults.append(f"{free_gb:.0f} GB free on the disk; {FREE_GB:.0f} are needed")
    print("\n".join(faults) if faults else "ready")
    return len(faults)


def faults_of(config: Path) -> Iterator[str]:
    """What a configuration names and is not here."""
    from crushwatch.density.recipe import load_config, pictures_of, pictures_to_learn
    from crushwatch.density.start import check_device
    from crushwatch.errors import CrushwatchError

    try:
        wanted = load_config(config)
        learnt = sum(len(pictures_to_learn(source)) for source in wanted.sources)
        measured = [len(pictures_of(part)) for part in wanted.validation]
    except CrushwatchError as fault:
        yield f"{config}: {fault}"
        return
    try:
        check_device(wanted.device)
    except CrushwatchError as fault:
        yield f"{config}: {fault}"
    print(f"{config}: {learnt} pictures to learn from, {sum(measured)} to measure on, device {wanted.device}")
    if not learnt or 0 in measured:
        yield f"{config}: a data set without pictures"


if __name__ == "__main__":
    sys.exit(min(1, main([Path(name) for name in sys.argv[1:]])))
