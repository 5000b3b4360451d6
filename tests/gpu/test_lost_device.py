"""A GPU that is really lost: a kernel that fails takes CUDA away from its whole process, so it has one of its own."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
import numpy as np, torch
from crushwatch.models import find_model
from workers.infer.choose import open_engine
engine = open_engine("torch", find_model("compact"), precision="fp32")
images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
before = engine.infer(images)
try:
    torch.zeros(1, device="cuda")[torch.tensor([99], device="cuda")]  # an index out of range: a device-side assertion
    torch.cuda.synchronize()
except RuntimeError:
    pass
after = engine.infer(images)
np.testing.assert_allclose(before, after, atol=5e-3)
print(engine.name, "|", engine.device, flush=True)
os._exit(0)  # what CUDA says while it is torn down is of no account
"""


def test_a_lost_gpu_hands_over_to_the_processor_and_says_why() -> None:
    answer = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=110, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert answer.stdout.startswith("openvino |")
    assert "failed: torch: CUDA error" in answer.stdout
