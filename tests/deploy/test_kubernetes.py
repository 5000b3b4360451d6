"""The Kubernetes manifests: what pods find beside their site file. `make check-deploy` holds them to the schemas."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from crushwatch.regions.count_check import check_path
from crushwatch.site import load_site

REPOSITORY = Path(__file__).parents[2]
MANIFESTS = REPOSITORY / "deploy" / "kubernetes"
MOUNTED = Path("/etc/crushwatch")
PICTURE, CHECK = b"\xff\xd8\xff\xe0 a picture", '{"camera": "north-gate"}'


def built(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The manifests of a folder as kustomize makes them, by kind and name."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl here: the overlay of docs/operating.md was not built")
    told = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(told.stdout)}


def mounted_files(manifests: dict[tuple[str, str], dict[str, Any]]) -> dict[Path, tuple[str, str, str]]:
    """What lies where in a worker's site folder: map, part of it (data or binaryData), key."""
    pod = manifests["StatefulSet", "worker"]["spec"]["template"]["spec"]
    (volume,) = (each for each in pod["volumes"] if each["name"] == "site")
    found = {}
    for source in (each["configMap"] for each in volume["projected"]["sources"]):
        made = manifests["ConfigMap", source["name"]]
        parts = {key: part for part in ("data", "binaryData") for key in made.get(part) or {}}
        for item in source.get("items") or [{"key": key, "path": key} for key in parts]:
            found[MOUNTED / item["path"]] = (source["name"], parts[item["key"]], item["key"])
    return found


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    """A clone's manifests, and beside them a site folder with the overlay that docs/operating.md gives."""
    shutil.copytree(MANIFESTS, tmp_path / "deploy" / "kubernetes")
    folder = tmp_path / "venue"
    (folder / "count-checks").mkdir(parents=True)
    (folder / "site.yaml").write_text((MANIFESTS / "site.yaml").read_text().replace("id: demo", "id: venue"))
    (folder / "north-gate.jpg").write_bytes(PICTURE)
    check_path(folder / "site.yaml", "north-gate").write_text(CHECK)
    text = (REPOSITORY / "docs" / "operating.md").read_text()
    (overlay,) = re.findall(r"```yaml\n(apiVersion: kustomize.*?)```", text, re.DOTALL)
    (folder / "kustomization.yaml").write_text(overlay)
    return folder


@pytest.mark.parametrize(("kind", "name"), [("StatefulSet", "worker"), ("Deployment", "service")])
def test_the_site_file_lies_where_the_images_look_for_it(kind: str, name: str) -> None:
    manifests = built(MANIFESTS)
    (container,) = manifests[kind, name]["spec"]["template"]["spec"]["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert Path(mounts["site"]) == MOUNTED
    room = "worker-cpu" if name == "worker" else name
    assert f"{MOUNTED}/site.yaml" in (REPOSITORY / "deploy" / f"{room}.Dockerfile").read_text()
    assert mounted_files(manifests) == {MOUNTED / "site.yaml": ("site", "data", "site.yaml")}


def test_the_manifests_site_file_has_no_fault() -> None:
    assert load_site(MANIFESTS / "site.yaml", {}).cameras


def test_reference_pictures_and_checks_of_counts_reach_the_workers_by_the_overlay_of_the_guide(venue: Path) -> None:
    manifests = built(venue)
    assert mounted_files(manifests) == {
        MOUNTED / "site.yaml": ("site", "data", "site.yaml"),
        MOUNTED / "north-gate.jpg": ("north-gate", "binaryData", "north-gate.jpg"),
        check_path(MOUNTED / "site.yaml", "north-gate"): ("north-gate", "data", "north-gate.json"),
    }
    assert manifests["ConfigMap", "north-gate"]["data"]["north-gate.json"] == CHECK
    assert "id: venue" in manifests["ConfigMap", "site"]["data"]["site.yaml"]
    assert manifests["StatefulSet", "worker"]["spec"]["replicas"] == 2
