"""A GPU that is really lost: a kernel that fails takes CUDA away from its whole process, so it has one of its own."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
import numpy as np, torch
from crushwatch.models import find_model
from crushwatch.simulate.training import render_training_frame
from workers.infer.choose import open_engine
engine = open_engine("torch", find_model("compact"), precision="fp32")
picture, _ = render_training_frame(np.random.default_rng(5), (512, 384))
images = np.stack([np.asarray(picture), np.asarray(picture)[:, ::-1]])
before = engine.infer(images).sum((1, 2))
assert engine.name == "torch" and before.min() > 10
try:
    torch.zeros(1, device="cuda")[torch.tensor([99], device="cuda")]  # an index out of range: a device-side assertion
    torch.cuda.synchronize()
except RuntimeError:
    pass
after = engine.infer(images).sum((1, 2))
np.testing.assert_allclose(before, after, rtol=0.02)
engine.close()  # what lies on a lost card may not be freed: torch would end the process
print(engine.name, "|", engine.device, flush=True)
os._exit(0)  # what CUDA says while it is torn down is of no account
"""


def test_a_lost_gpu_hands_over_to_the_processor_and_says_why() -> None:
    answer = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=110, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    told = answer.stdout.splitlines()[-1]  # log lines stand before it
    assert told.startswith("openvino |")
    assert "failed: torch: CUDA error" in told
