"""From torch to ONNX and back.

The exported graph takes uint8 (n, h, w, 3) RGB and gives float32 (n, h / 8, w / 8); n, h and w are free (h and w
multiples of 32), the normalisation is inside, batch normalisation is folded into the convolutions, and the weights
lie on disk as FP16 (a Cast to float32 follows each, which every engine folds away when it loads).
"""

from __future__ import annotations

import copy
import io
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import Tensor, nn

from crushwatch.density.networks import DensityNetwork, build_density
from crushwatch.errors import EngineError, ModelError

OPSET = 17
LARGE_KERNEL = 16_384
"""Kernels of so many numbers are kept as FP16; the small ones of the first blocks are sensitive (2 % of a count)."""
WEIGHTED = ("Conv", "ConvTranspose", "Gemm")
"""The operators that carry what a network has learnt."""


def load_exported(path: str | Path, network: str | None = None) -> DensityNetwork:
    """The torch network whose weights lie in an exported ONNX file, in evaluation mode.

    `network` names it where the file does not (files of `export_onnx` do); without both it is `compact`.
    Raises EngineError when the file cannot be read or holds another network.
    """
    model = read_onnx(Path(path))
    notes = {entry.key: entry.value for entry in model.metadata_props}
    name = network or notes.get("network", "compact")
    loaded = fold(build_density(name, **json.loads(notes.get("options", "{}"))))
    pour(loaded, weights_in_order(model), f"{path} ({name})")
    return loaded.eval()


def network_in(path: Path) -> str:
    """The name of the network in an exported file; `compact` where the file does not say it."""
    return next((entry.value for entry in read_onnx(path).metadata_props if entry.key == "network"), "compact")


def read_onnx(path: Path) -> onnx.ModelProto:
    """The file's graph; raises EngineError with what to do when there is none."""
    try:
        return onnx.load(str(path))
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model; `crushwatch models` lists those that are shipped") from None
    except Exception as fault:
        raise ModelError(f"{path}: not an ONNX file ({fault})") from fault


def weights_in_order(model: onnx.ModelProto) -> list[npt.NDArray[np.float32]]:
    """Kernels and biases in the order in which the graph uses them."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    stored |= {node.output[0]: stored[node.input[0]] for node in model.graph.node if is_cast_of(stored, node)}
    return [
        numpy_helper.to_array(stored[name]).astype(np.float32)
        for node in model.graph.node
        if node.op_type in WEIGHTED
        for name in node.input[1:]
        if name in stored
    ]


def is_cast_of(stored: dict[str, onnx.TensorProto], node: onnx.NodeProto) -> bool:
    """Whether the node only turns a stored tensor into another type."""
    return node.op_type == "Cast" and node.input[0] in stored


def pour(network: nn.Module, weights: list[npt.NDArray[np.float32]], where: str) -> None:
    """Put the weights into the network's parameters, one after the other; shapes must agree."""
    parameters = list(network.parameters())
    shapes, wanted = [w.shape for w in weights], [tuple(p.shape) for p in parameters]
    if shapes != wanted:
        raise EngineError(f"{where}: holds {len(shapes)} weights of other shapes than this network's {len(wanted)}")
    with torch.no_grad():
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.copy_(torch.from_numpy(weight))


def fold(network: DensityNetwork) -> DensityNetwork:
    """The deployed network: a copy in evaluation mode whose batch normalisation has gone into the convolutions."""
    folded = copy.deepcopy(network).eval()
    for parent in list(folded.modules()):
        fold_children(parent)
    return folded


def fold_children(parent: nn.Module) -> None:
    """Fold each BatchNorm2d among the children into the Conv2d that stands before it."""
    before: tuple[str, nn.Module] | None = None
    for name, child in list(parent.named_children()):
        if isinstance(child, nn.BatchNorm2d) and before is not None and isinstance(before[1], nn.Conv2d):
            setattr(parent, before[0], nn.utils.fusion.fuse_conv_bn_eval(before[1], child))
            setattr(parent, name, nn.Identity())
        before = (name, child)
    if isinstance(parent, nn.Sequential):
        drop_identities(parent)


def drop_identities(sequence: nn.Sequential) -> None:
    """Take nn.Identity out of a sequence, so that a folded network looks like one built without normalisation."""
    kept = [child for child in sequence if not isinstance(child, nn.Identity)]
    while len(sequence):
        del sequence[-1]
    sequence.extend(kept)


def blended(network: DensityNetwork, other: DensityNetwork, share: float) -> DensityNetwork:
    """A copy whose weights are share x the network's and the rest the other's; both folded alike.

    Between a network and what it was fine-tuned from, a mean is often better than either (Wortsman et al., "Robust
    fine-tuning of zero-shot models", CVPR 2022). Raises EngineError for networks of different shapes.
    """
    mixed = fold(network)
    theirs = [parameter.detach() for parameter in fold(other).parameters()]
    if [p.shape for p in theirs] != [p.shape for p in mixed.parameters()]:
        raise EngineError("only networks of the same shape can be blended")
    with torch.no_grad():
        for parameter, their in zip(mixed.parameters(), theirs, strict=True):
            parameter.lerp_(their, 1.0 - share)
    return mixed


def export_onnx(
    network: DensityNetwork,
    path: str | Path,
    name: str,
    options: Mapping[str, object] | None = None,
    half_weights: bool = True,
) -> None:
    """Write the network to an ONNX file that `load_exported` and every engine can read.

    name, options: what `networks.build` made it of; kept in the file's metadata.
    half_weights: keep large kernels as FP16 on disk (half the size).
    """
    model = traced(per_eighth(fold(network)))
    pad_in_convolutions(model)
    if half_weights:
        halve_kernels(model)
    helper.set_model_props(model, {"network": name, "options": json.dumps(dict(options or {}))})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


class PerEighth(nn.Module):
    """A network whose cells are finer than 8 pixels, its people summed over squares of 8 x 8 pixels."""

    def __init__(self, network: DensityNetwork) -> None:
        super().__init__()
        self.network = network
        self.side = 8 // network.cell_px

    def forward(self, images: Tensor) -> Tensor:
        return F.avg_pool2d(self.network(images)[:, None], self.side)[:, 0] * self.side**2


def per_eighth(network: DensityNetwork) -> nn.Module:
    """The network as it is deployed: people per 8 x 8 pixels, whatever its own cells are."""
    return network if network.cell_px == 8 else PerEighth(network).eval()


def traced(network: nn.Module) -> onnx.ModelProto:
    """The graph as torch's tracer writes it, with n, h and w free."""
    example = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The tracer is deprecated; its successor needs onnxscript and writes a larger graph for the same network.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            buffer,  # type: ignore[arg-type]  # files are accepted too; torch's annotation names paths only
            dynamo=False,
            opset_version=OPSET,
            input_names=["images"],
            output_names=["density"],
            dynamic_axes={"images": {0: "n", 1: "h", 2: "w"}, "density": {0: "n", 1: "h8", 2: "w8"}},
        )
    return onnx.load_model_from_string(buffer.getvalue())


def pad_in_convolutions(model: onnx.ModelProto) -> None:
    """Replace each padding by zeros that stands before a convolution by that convolution's own `pads`."""
    graph = model.graph
    constants = constant_values(graph)
    producers = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        before = producers.get(node.input[0]) if node.op_type == "Conv" else None
        if before is None or before.op_type != "Pad":
            continue
        amounts = constants[before.input[1]].reshape(2, -1)[:, -2:].ravel()
        own = next(attribute for attribute in node.attribute if attribute.name == "pads")
        own.ints[:] = [int(a) + int(b) for a, b in zip(own.ints, amounts, strict=True)]
        node.input[0] = before.input[0]
    drop_unused_nodes(graph)


def constant_values(graph: onnx.GraphProto) -> dict[str, npt.NDArray[np.generic]]:
    """The value of everything in the graph that depends on no input."""
    known: dict[str, npt.NDArray[np.generic]] = {}
    for node in graph.node:
        if any(name and name not in known for name in node.input):
            continue
        values = ReferenceEvaluator(node).run(None, {name: known[name] for name in node.input if name})
        known |= dict(zip(node.output, values, strict=True))
    return known


def drop_unused_nodes(graph: onnx.GraphProto) -> None:
    """Keep the nodes on which the graph's output depends."""
    wanted = {output.name for output in graph.output}
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def halve_kernels(model: onnx.ModelProto) -> None:
    """Store large kernels as FP16, with a Cast to float32 behind each; small ones and biases stay as they are."""
    casts: list[onnx.NodeProto] = []
    for tensor in model.graph.initializer:
        kernel = numpy_helper.to_array(tensor)
        if kernel.dtype != np.float32 or kernel.size < LARGE_KERNEL:
            continue
        name = tensor.name
        with np.errstate(over="ignore"):  # what becomes infinite is seen by `agreement`
            half = kernel.astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=onnx.TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


def agreement(
    network: DensityNetwork, path: str | Path, pictures: Sequence[npt.NDArray[np.uint8]], fewest_people: float = 1.0
) -> float:
    """The largest relative difference between the network's counts and those of the exported file under ONNX Runtime.

    pictures:      (h, w, 3) uint8 RGB, h and w multiples of 32
    fewest_people: a difference is taken relative to so many where fewer are counted: on a thin scene the rounding of
                   FP16 weights is a large share of nearly nothing
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for picture in pictures:
        exported = float(session.run(None, {"images": picture[None]})[0].sum())
        with torch.inference_mode():
            own = float(network.eval()(torch.from_numpy(np.ascontiguousarray(picture[None]))).sum())
        if not math.isfinite(exported):
            return math.inf
        worst = max(worst, abs(exported - own) / max(fewest_people, own))
    return worst
