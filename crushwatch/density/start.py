"""How a run begins: the network with fresh or given weights, its average, and the optimiser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from crushwatch.density.checkpoint import Run, averaged_network, checkpoint
from crushwatch.density.export import load_exported, network_in
from crushwatch.density.networks import DensityNetwork, build_density
from crushwatch.density.networks.vgg16 import take_imagenet
from crushwatch.density.recipe import TrainingConfig
from crushwatch.density.shipped import model_path
from crushwatch.errors import SiteError


def started(config: TrainingConfig) -> Run:
    """A network with fresh or given weights, its average, and the optimiser."""
    network = build_density(config.network, **config.options)
    if config.init == "imagenet":
        take_imagenet(network.front_end())
    elif config.init is not None:
        take_initial(network, config)
    network = network.to(config.device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    average = build_density(config.network, **config.options).to(config.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average.load_state_dict(network.state_dict())
    return Run(network, average.eval(), optimiser_of(network, config))


def check_device(name: str) -> None:
    """Raise SiteError where the device cannot be used, naming those that can."""
    there = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if name not in (*there, *(["cuda"] if len(there) > 1 else [])):
        raise SiteError(f"device: {name} is not here or this torch cannot use it; there is {', '.join(there)}")


def in_bfloat16(config: TrainingConfig) -> bool:
    """Whether to compute in mixed precision: as the recipe says, or else where that is faster."""
    if config.bfloat16 is not None:
        return config.bfloat16
    if torch.device(config.device).type != "cpu":
        return True
    can: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # older versions of torch cannot say it
    return bool(can.get("avx512_bf16") or can.get("amx_bf16"))


def optimiser_of(network: DensityNetwork, config: TrainingConfig) -> torch.optim.Optimizer:
    """The optimiser that the configuration names; raises SiteError for another."""
    groups = parameter_groups(network, config)
    if config.optimiser == "adamw":
        on_processor = torch.device(config.device).type == "cpu"
        return torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=None if on_processor else True)
    if config.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=0.0, momentum=0.95, weight_decay=config.weight_decay)
    raise SiteError(f"there is no optimiser {config.optimiser!r}; there are adamw and sgd")


def take_initial(network: DensityNetwork, config: TrainingConfig) -> None:
    """Give the network the weights that `init` names; of a checkpoint of another network, its front end's."""
    path = model_path(os.path.expandvars(str(config.init)))
    if path.suffix == ".onnx":
        take_exported(network, config, path)
        return
    state = checkpoint(path)
    if state["config"]["network"] == config.network:
        network.load_state_dict(state["average"])
        return
    if not network.front_end():
        raise SiteError(f"init: {config.network} has no front end that could be taken out of {path}")
    other = averaged_network(path)
    try:
        nn.Sequential(*network.front_end()).load_state_dict(nn.Sequential(*other.front_end()).state_dict())
    except RuntimeError:
        raise SiteError(f"init: the front end of {path} ({state['config']['network']}) has other shapes") from None


def take_exported(network: DensityNetwork, config: TrainingConfig, path: Path) -> None:
    """Give the network an exported file's weights; raises SiteError where it is of another shape."""
    holds = network_in(path)
    if holds != config.network:
        raise SiteError(f"init: {path} holds a {holds}, from which {config.network} cannot start")
    try:
        network.load_state_dict(load_exported(path).state_dict())
    except RuntimeError:
        raise SiteError(
            f"init: {path} has other shapes than {config.network} with options {config.options} (an exported file has "
            "its batch normalisation folded in: start from the checkpoint, or without batch_norm)"
        ) from None


def parameter_groups(network: DensityNetwork, config: TrainingConfig) -> list[dict[str, Any]]:
    """The front end (less its frozen stages) and the rest, each with its own rate; only they need gradients."""
    stages = network.front_end()
    front = {id(p) for stage in stages for p in stage.parameters()}
    for stage in stages[: config.frozen_stages]:
        stage.requires_grad_(False)
    wanted = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in wanted if id(p) in front], "rate": config.rate_front, "lr": 0.0},
        {"params": [p for p in wanted if id(p) not in front], "rate": config.rate, "lr": 0.0},
    ]
    return [group for group in groups if group["params"]]


def open_weights(name_or_path: str) -> DensityNetwork:
    """A network from a shipped name, an ONNX file of ours, or a checkpoint's averaged weights, in evaluation mode."""
    path = model_path(os.path.expandvars(name_or_path))
    return averaged_network(path) if path.suffix == ".pt" else load_exported(path)
