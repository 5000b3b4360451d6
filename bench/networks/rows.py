"""What is trained, on what it is measured, and which published figure stands beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """name: also that of the recipe beside this file; reader, folder, split: what it is measured on."""

    name: str
    network: str
    reader: str
    folder: str
    split: str
    data: str
    published: str
    every: int = 1
    resize_px: int = 0
    init: str | None = None
    segment: bool = False


CELLS = ("vgg-cells", "vgg_cells", "test", "VGG cells, 80 to learn from, measured on 101 to 200")
MALL = ("mall", "mall", "validation", "Mall, frames 1 to 640, measured on 641 to 800")
STREET = ("shanghaitech-b", "shanghaitech", "validation", "ShanghaiTech B, validation")
DENSE = ("shanghaitech-a", "shanghaitech", "validation", "ShanghaiTech A, validation")

XIE = "MAE about 2.9 (FCRN-A with 64 pictures, Xie et al. 2015)"
MALL_BEST = "MAE 1.3 to 1.7 (networks like CSRNet)"

ROWS = (
    Row("unet-cells", "unet, 32 filters", *CELLS, published=XIE),
    Row("fcrn-a-cells", "fcrn-a", *CELLS, published=XIE),
    Row("unet-mall", "unet, 32 filters", *MALL, published=MALL_BEST),
    Row("fcrn-a-mall", "fcrn-a", *MALL, published=MALL_BEST),
    Row("compact-mall", "compact, from the shipped weights", *MALL, published=MALL_BEST, init="compact"),
    Row("mcnn", "mcnn", *STREET, published="MAE 26.4 (test set, Zhang et al. 2016)"),
    Row("crowdnet", "crowdnet", *STREET, published="MAE 452 (UCF_CC_50, Boominathan et al. 2016)"),
    Row("vgg16-decoder", "vgg16-decoder", *STREET, published="nothing learnt: zero everywhere (NWPU)"),
    Row(
        "vgg16-decoder-224",
        "vgg16-decoder at 224 x 224",
        *STREET,
        published="nothing learnt: zero everywhere (NWPU at 224 x 224)",
        resize_px=224,
    ),
    Row(
        "no-pooling",
        "no-pooling at 224 x 224",
        *STREET,
        published="small heads found, close ones missed; no figure",
        resize_px=224,
    ),
    Row("autoencoder", "autoencoder", *DENSE, published="mean percentage error 79 % (heatmaps of A and B)"),
    Row("csrnet", "csrnet", *DENSE, published="MAE 75.69 after its whole training (test set); the paper: 68.2"),
    Row(
        "unet-segmentation",
        "unet-segmentation",
        *DENSE,
        published="people: precision 0.32, recall 0.71, F1 0.44; R2 of the share 0.50",
        segment=True,
    ),
)
