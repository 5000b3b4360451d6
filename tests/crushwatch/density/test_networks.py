"""Every network has its paper's size, keeps the contract, and counts in people."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from crushwatch.density.export import agreement, export_onnx, fold, load_exported
from crushwatch.density.networks import NETWORKS, CountRegressor, build, build_density, parameter_count, vgg16
from crushwatch.errors import EngineError, SiteError

PARAMETERS = {
    "compact": 2_107_682,
    "csrnet": 16_263_489,
    "mcnn": 133_705,
    "unet": 592_513,
    "unet-segmentation": 148_801,
    "fcrn-a": 1_365_825,
    "crowdnet": 14_745_897,
    "vgg16-decoder": 2_031_681,
    "no-pooling": 4_501_889,
    "autoencoder": 346_241,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_has_as_many_parameters_as_published(name: str) -> None:
    assert parameter_count(build(name)) == PARAMETERS[name]


@pytest.mark.parametrize("configuration", ["A", "B", "C", "D"])
def test_csrnet_has_the_same_size_in_every_configuration_once_normalisation_is_folded(configuration: str) -> None:
    assert parameter_count(fold(build("csrnet", configuration=configuration, batch_norm=True))) == 16_263_489


def test_the_compact_network_gives_while_training_what_it_gives_afterwards() -> None:
    torch.manual_seed(3)
    network = build("compact").train()
    images = torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)

    learning = network(images)
    with torch.no_grad():
        watching = network.eval()(images)

    torch.testing.assert_close(learning.detach(), watching, rtol=1e-4, atol=1e-6)


def test_channels_that_are_dropped_while_training_are_all_there_afterwards(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = build_density("compact", dropout=0.3)
    images = torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)

    with torch.no_grad():
        first, second = (network.train()(images) for _ in range(2))
        watching = [network.eval()(images) for _ in range(2)]

    assert (first - second).abs().max() > 1e-4
    torch.testing.assert_close(*watching, rtol=0, atol=0)
    export_onnx(network, tmp_path / "c.onnx", "compact", {"dropout": 0.3})
    assert agreement(network, tmp_path / "c.onnx", [images[0].numpy()]) < 1e-3
    assert load_exported(tmp_path / "c.onnx").dropped.p == 0.3


def test_the_count_regressor_has_the_published_layers() -> None:
    with torch.device("meta"):
        layers = [parameter_count(layer) for layer in CountRegressor().children()]
    assert layers == [202_112_956, 16_228_812, 16_228_812, 4_029]


def test_the_count_regressor_gives_one_number_a_map() -> None:
    assert CountRegressor(side_px=8, width=16)(torch.rand(3, 8, 8)).shape == (3,)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_people_per_cell_for_pictures_of_any_size(name: str) -> None:
    network = build(name).eval()
    with torch.inference_mode():
        density = network(torch.randint(0, 256, (2, 32, 64, 3), dtype=torch.uint8))
    assert density.shape == (2, 32 // network.cell_px, 64 // network.cell_px)
    assert density.dtype == torch.float32
    assert (density >= 0).all()
    assert torch.isfinite(density).all()


@pytest.mark.parametrize("name", ["mcnn", "unet", "fcrn-a", "vgg16-decoder", "autoencoder"])
def test_a_network_survives_export_and_comes_back(name: str, tmp_path: Path) -> None:
    network = build(name).eval()
    picture = torch.randint(0, 256, (64, 96, 3), dtype=torch.uint8).numpy()
    export_onnx(network, tmp_path / "n.onnx", name)
    assert agreement(network, tmp_path / "n.onnx", [picture]) < 1e-3
    assert agreement(load_exported(tmp_path / "n.onnx"), tmp_path / "n.onnx", [picture]) < 1e-4


def test_an_unknown_network_names_those_there_are() -> None:
    with pytest.raises(EngineError, match="compact"):
        build("skynet")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("compact", {"widht": 3}, "compact has no 'widht'; it has batch_norm, width, dropout"),
        ("compact", {"width": 0}, "width of compact is a whole number from 1 on, not 0"),
        ("compact", {"batch_norm": "yes"}, "true or false, not 'yes'"),
        ("compact", {"dropout": True}, "dropout of compact is a number such as 0.1, not True"),
        ("compact", {"dropout": "0.1"}, "dropout of compact is a number such as 0.1, not '0.1'"),
        ("compact", {"width": 64.0}, "width of compact is a whole number from 1 on, not 64.0"),
        ("compact", {"dropout": 1}, "dropout is a share from 0.0 to below 1.0, not 1"),
        ("compact", {"dropout": 1.5}, "dropout is a share from 0.0 to below 1.0, not 1.5"),
        ("mcnn", {"slim": 2}, "it has none"),
        ("csrnet", {"configuration": "E"}, "one of A, B, C, D, not 'E'"),
        ("csrnet", {"slim": 100}, "slim is at most 64"),
    ],
)
def test_options_that_a_network_does_not_have_are_told(name: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(SiteError, match=said):
        build(name, **options)


def test_a_whole_number_will_do_where_an_option_is_a_number() -> None:
    network = build("compact", dropout=0)
    assert network.load_state_dict(build("compact", dropout=0.0).state_dict())


def test_the_count_regressor_is_built_by_name_but_not_where_pictures_go_in() -> None:
    assert isinstance(build("count-regressor", side_px=8, width=16), CountRegressor)
    with pytest.raises(SiteError, match="one fixed size, not pictures"):
        build_density("count-regressor")


@pytest.mark.parametrize("normalised", [False, True], ids=["plain", "normalised"])
def test_weights_of_another_vgg_give_the_same_features(normalised: bool) -> None:
    """Against a network in torchvision's layout, whose convolutions keep their bias before normalisation."""
    torch.manual_seed(3)
    theirs = nn.Sequential()
    inputs = 3
    for channels in (8, 8):
        theirs.append(nn.Conv2d(inputs, channels, 3, padding=1))
        theirs.extend([nn.BatchNorm2d(channels)] if normalised else [])
        theirs.append(nn.ReLU())
        inputs = channels
    theirs.train()(torch.rand(4, 3, 16, 16))
    ours = vgg16.stages((8, 8), batch_norm=normalised)
    vgg16.copy_front(theirs, ours)
    x = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), atol=1e-6, rtol=1e-5)
