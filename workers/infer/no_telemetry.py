"""OpenVINO without its telemetry.

`import openvino` and `import nncf` tell their maker over the internet that they are used unless a person has objected.
A watch of cameras tells nobody: their module that tells is not found, and both do without it. Import `ov` from here.
"""

from __future__ import annotations

import sys

if "openvino" not in sys.modules:
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # so Python marks what must not be imported

import openvino as ov  # after that

__all__ = ["ov"]
