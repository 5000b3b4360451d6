from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from crushwatch.errors import EngineError
from crushwatch.gpu import has_nvidia_gpu
from crushwatch.models import find_model
from workers.infer.choose import open_engine
from workers.infer.no_telemetry import ov
from workers.infer.openvino import OpenVinoEngine

COMPACT = find_model("compact")


def test_auto_takes_openvino_where_there_is_no_nvidia_gpu() -> None:
    if has_nvidia_gpu():
        pytest.skip("NOT RUN: this machine has an NVIDIA GPU")
    assert open_engine("auto", COMPACT).name == "openvino"


def test_choosing_an_engine_loads_no_other() -> None:
    script = (
        "import sys; from crushwatch.models import find_model; from workers.infer.choose import open_engine\n"
        "open_engine('openvino', find_model('compact')); assert 'torch' not in sys.modules, 'torch was loaded'"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_openvino_and_nncf_tell_nobody_that_they_are_used() -> None:
    script = (
        "import sys, workers.infer.openvino, nncf; from crushwatch.models import find_model\n"
        "workers.infer.openvino.OpenVinoEngine(find_model('compact'))\n"
        "assert sys.modules['openvino_telemetry'] is None, 'the module that tells was loaded'"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize(
    ("engine", "packages", "extra"),
    [
        pytest.param("torch", ["torch"], "crushwatch[train]", id="torch"),
        pytest.param(
            "tensorrt", ["tensorrt", "tensorrt_rtx", "tensorrt_rtx_bindings"], "crushwatch[tensorrt]", id="tensorrt"
        ),
        pytest.param("tensorrt", ["cuda"], "crushwatch[tensorrt]", id="cuda"),
    ],
)
def test_an_engine_without_its_package_names_the_extra_to_install(engine: str, packages: list[str], extra: str) -> None:
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({packages}))\n"
        "from crushwatch.models import find_model; from workers.infer.choose import open_engine\n"
        f"open_engine({engine!r}, find_model('compact'))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "EngineError" in answer.stderr
    assert f"pip install '{extra}'" in answer.stderr


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EngineError, match="auto, openvino, torch, tensorrt"):
        open_engine("caffe", COMPACT)


@pytest.mark.parametrize(("engine", "precision"), [("openvino", "fp8"), ("torch", "int8")])
def test_a_precision_that_the_engine_lacks_is_refused(engine: str, precision: str) -> None:
    with pytest.raises(EngineError, match=precision):
        open_engine(engine, COMPACT, precision=precision)


def test_auto_precision_is_bf16_only_where_processor_and_card_agree() -> None:
    has_bf16 = ov.Core().get_property("CPU", "INFERENCE_PRECISION_HINT") == ov.Type.bf16
    assert OpenVinoEngine(COMPACT).precision == ("bf16" if has_bf16 else "fp32")


def test_auto_precision_is_fp32_for_a_model_without_a_card(tmp_path: Any) -> None:
    path = tmp_path / "unknown.onnx"
    path.write_bytes(COMPACT.path.read_bytes())
    assert OpenVinoEngine(find_model(str(path))).precision == "fp32"


def test_threads_are_limited_to_what_was_asked_for() -> None:
    assert open_engine("openvino", COMPACT, threads=1).device.endswith(", 1 threads")


def test_a_file_that_is_no_network_is_refused_by_name(tmp_path: Any) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("not a network")
    for engine in ("openvino", "torch"):
        with pytest.raises(EngineError, match=r"text\.onnx"):
            open_engine(engine, find_model(str(path)))


def test_fp8_without_a_gpu_says_what_it_needs_and_what_to_set() -> None:
    if has_nvidia_gpu():
        pytest.skip("NOT RUN: this machine has an NVIDIA GPU")
    with pytest.raises(EngineError, match=r"fp8 needs an NVIDIA GPU .*worker\.precision to auto"):
        open_engine("auto", COMPACT, precision="fp8")
