"""Every command ends with the codes that docs/operating.md lists, and with a sentence."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import cv2
import numpy as np
import pytest
import structlog
from typer.testing import CliRunner

from crushwatch.cli import app
from crushwatch.ending import EXIT_CODES, told
from crushwatch.errors import ASKED_WRONGLY, COULD_NOT, DONE, IN_USE, INTERRUPTED
from support.waiting import wait_for

REPOSITORY = Path(__file__).parents[3]
COMMANDS = {entry.name for entry in entry_points(group="crushwatch.commands")}
SITE = """\
id: demo
cameras:
  gate: {source: "sim:gate"}
bus: {url: "redis://127.0.0.1:1/0"}
service: {port: 0}
"""
Run = Callable[[str, list[str]], "Ended"]
FAULTY = "id: demo\ncameras: {}\n"

ON_A_SITE = {
    "backup": ["SITE", "b.tgz"],
    "calibrate-count": ["SITE", "gate", "labelled"],
    "readings": ["SITE"],
    "reference": ["SITE", "gate"],
    "replay": ["clip.mp4", "--site", "SITE"],
    "service": ["SITE"],
    "tune": ["SITE"],
    "up": ["SITE"],
    "validate": ["--site", "SITE", "--frames", "labelled"],
    "worker": ["SITE"],
}
"""The commands that take a site file, and how. `check` and `restore` have their own cases."""

OF_A_CAMERA = {
    "calibrate-count": ["site.yaml", "hall", "labelled"],
    "readings": ["site.yaml", "--camera", "hall"],
    "reference": ["site.yaml", "hall"],
    "replay": ["clip.mp4", "--site", "site.yaml", "--camera", "hall"],
    "validate": ["--site", "site.yaml", "--camera", "hall", "--frames", "labelled"],
}
WITH_A_MODEL = {
    "calibrate-count": ["no-model.yaml", "gate", "labelled"],
    "count": ["picture.png", "--model", "nowhere.onnx"],
    "evaluate": ["heads-json", "--root", "labelled", "--model", "nowhere.onnx"],
    "export": ["nowhere.pt", "model.onnx", "--pictures", "labelled"],
    "quantize": ["nowhere.onnx", "--pictures", "labelled"],
    "replay": ["clip.mp4", "--site", "no-model.yaml"],
    "train": ["recipe.yaml", "--out", "run", "--init", "nowhere.onnx", "--steps", "1"],
    "tune": ["no-model.yaml"],
    "up": ["no-model.yaml"],
    "validate": ["--model", "nowhere.onnx", "--quick"],
    "worker": ["no-model.yaml"],
}
WITH_AN_INPUT = {
    "calibrate-count": ["site.yaml", "gate", "nowhere"],
    "count": ["nowhere.mp4"],
    "data": ["show", "heads-json", "--root", "nowhere"],
    "demo": ["--camera", "nowhere.mp4"],
    "evaluate": ["heads-json", "--root", "nowhere"],
    "quantize": ["compact", "--pictures", "nowhere"],
    "replay": ["nowhere.mp4", "--site", "site.yaml"],
    "restore": ["nowhere.tgz", "new.yaml"],
    "simulate": ["nowhere", "--out", "clip.mp4"],
    "train": ["nowhere.yaml", "--out", "run"],
    "validate": ["--site", "site.yaml", "--frames", "nowhere"],
}
TO_AN_OUTPUT = {
    "backup": ["site.yaml", "file/b.tgz"],
    "count": ["picture.png", "--heatmap", "file/p.png", "--shape", "64x64"],
    "data": ["show", "heads-json", "--root", "labelled", "--out", "file/p.png"],
    "readings": ["site.yaml", "--out", "file/r.jsonl"],
    "reference": ["site.yaml", "gate", "--out", "file/p.jpg", "--every", "0"],
    "simulate": ["calm", "--out", "file/c.mp4", "--duration", "0.1", "--size", "64x64"],
    "train": ["recipe.yaml", "--out", "file/run", "--steps", "1"],
}
"""`file` is a file, so that nothing can be written below it, not even by root."""

WITHOUT_FILES = {"check", "engines", "models", "schema", "secret"}
"""`check` has its own cases."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site file, a picture, a labelled frame, and what is wrong with others."""
    found = tmp_path_factory.mktemp("exit-codes")
    database = f"service: {{port: 0, database: 'sqlite:///{found}/demo.db'}}"
    (found / "site.yaml").write_text(SITE.replace("service: {port: 0}", database))
    (found / "no-model.yaml").write_text(f"{SITE}worker: {{model: nowhere.onnx}}\n")
    (found / "faulty.yaml").write_text(FAULTY)
    (found / "no-yaml.yaml").write_text("cameras: [\n")
    (found / "recipe.yaml").write_text(
        f"network: compact\nsources: [{{reader: heads-json, root: {found}/labelled, share: 1}}]\n"
    )
    (found / "file").touch()
    (found / "demo.db").touch()
    (found / "labelled").mkdir()
    cv2.imwrite(str(found / "picture.png"), np.zeros((64, 64, 3), np.uint8))
    cv2.imwrite(str(found / "labelled" / "frame.png"), np.zeros((64, 64, 3), np.uint8))
    (found / "labelled" / "heads.json").write_text('{"frame.png": [[10, 10]]}')
    (found / "clip.mp4").touch()
    return found


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def ended(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command in the folder, in this process: what each of them imports is imported once."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.chdir(folder)

    def run(name: str, arguments: list[str]) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end, told():
            app([name, *arguments], prog_name="crushwatch")
        said = capfd.readouterr()
        return Ended(int(end.value.code or 0), said.out, said.err)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
    structlog.reset_defaults()


def one_sentence(done: Ended, code: int) -> None:
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert done.err.strip()


@pytest.mark.parametrize("site", ["nowhere.yaml", "faulty.yaml", "no-yaml.yaml"])
@pytest.mark.parametrize("name", sorted(ON_A_SITE))
def test_without_a_site_file_that_can_be_read_it_is_asked_wrongly(ended: Run, name: str, site: str) -> None:
    done = ended(name, [site if word == "SITE" else word for word in ON_A_SITE[name]])
    one_sentence(done, ASKED_WRONGLY)
    assert site in done.err


@pytest.mark.parametrize("name", sorted(OF_A_CAMERA))
def test_of_a_camera_that_is_not_there_it_is_asked_wrongly(ended: Run, name: str) -> None:
    done = ended(name, OF_A_CAMERA[name])
    one_sentence(done, ASKED_WRONGLY)
    assert "no camera 'hall'" in done.err
    assert "there are gate" in done.err


@pytest.mark.parametrize("name", sorted(WITH_A_MODEL))
def test_with_a_model_that_is_not_there_it_is_asked_wrongly(ended: Run, name: str) -> None:
    done = ended(name, WITH_A_MODEL[name])
    one_sentence(done, ASKED_WRONGLY)
    assert "nowhere." in done.err


@pytest.mark.parametrize("name", sorted(WITH_AN_INPUT))
def test_of_an_input_that_is_not_there_it_is_asked_wrongly(ended: Run, name: str) -> None:
    done = ended(name, WITH_AN_INPUT[name])
    one_sentence(done, ASKED_WRONGLY)
    assert "nowhere" in done.err


@pytest.mark.parametrize("name", sorted(TO_AN_OUTPUT))
def test_what_cannot_be_written_could_not_be_done(ended: Run, name: str) -> None:
    done = ended(name, TO_AN_OUTPUT[name])
    one_sentence(done, COULD_NOT)
    assert re.search(r"file/\S+: |file/\S+ cannot be written", done.err)


@pytest.mark.parametrize("name", ["demo", "service", "up"])
def test_on_a_port_on_which_another_listens_it_says_so_and_that_another_has_it(
    ended: Run, tmp_path: Path, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        service = f"service: {{port: {port}, database: 'sqlite:///{tmp_path}/demo.db'}}"
        (tmp_path / "site.yaml").write_text(
            SITE.replace("service: {port: 0}", service) + f"worker: {{state_dir: {tmp_path}, metrics_port: 0}}\n"
        )
        done = ended(name, ["--port", str(port)] if name == "demo" else [str(tmp_path / "site.yaml")])
    one_sentence(done, IN_USE)
    assert f"port {port}" in done.err


def test_no_command_is_left_out() -> None:
    held = (ON_A_SITE, OF_A_CAMERA, WITH_A_MODEL, WITH_AN_INPUT, TO_AN_OUTPUT)
    assert {name for table in held for name in table} | WITHOUT_FILES == COMMANDS


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="NOT RUN: this system has no disk that is always full")
def test_on_a_full_disk_it_could_not_be_done() -> None:
    command = [sys.executable, "-m", "crushwatch.cli", "schema"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (COULD_NOT, "what was to be written: No space left on device\n")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_option_that_there_is_not_is_asked_wrongly(ended: Run, name: str) -> None:
    one_sentence(ended(name, ["--no-such-option"]), ASKED_WRONGLY)


@pytest.mark.parametrize(
    ("site", "code"),
    [("site.yaml", DONE), ("faulty.yaml", COULD_NOT), ("no-yaml.yaml", COULD_NOT), ("nowhere.yaml", ASKED_WRONGLY)],
)
def test_a_check_that_finds_faults_is_a_finding_and_one_that_reads_nothing_is_asked_wrongly(
    ended: Run, site: str, code: int
) -> None:
    assert ended("check", [site]).code == code
    found = ended("check", [site, "--json"])
    assert found.code == code
    assert f'"ok": {"true" if code == DONE else "false"}' in found.out


def test_what_the_documents_and_the_help_say_of_exit_codes_is_so() -> None:
    shown = CliRunner().invoke(app, ["--help"], prog_name="crushwatch").output
    assert " ".join(EXIT_CODES.split()) in " ".join(shown.split())
    operating = (REPOSITORY / "docs" / "operating.md").read_text()
    table = operating[operating.index("## Exit codes") :].partition("\n## ")[0]
    listed = [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    assert listed == [DONE, COULD_NOT, ASKED_WRONGLY, IN_USE, INTERRUPTED]
    assert [int(code) for code in re.findall(r"\b(\d+) [a-z]", EXIT_CODES)] == listed


@pytest.mark.parametrize(
    ("name", "arguments", "begins", "code"),
    [
        ("simulate", ["gate", "--out", "long.mp4", "--duration", "3600"], "long.part.mp4", INTERRUPTED),
        ("count", ["many", "--shape", "64x64", "--heatmap", "seen"], "seen/0.png", INTERRUPTED),
        ("service", ["site.yaml"], "demo.db.lock", DONE),
        ("worker", ["site.yaml"], "state/outbox.db", DONE),
        ("up", ["site.yaml"], "state/outbox.db", DONE),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_ctrl_c_ends_what_runs_for_ever_well_and_interrupts_the_rest(
    folder: Path, tmp_path: Path, name: str, arguments: list[str], begins: str, code: int
) -> None:
    """It comes once the command is at work, which is seen from a file that it makes."""
    (tmp_path / "site.yaml").write_text(SITE.replace("port: 0", f"port: 0, database: 'sqlite:///{tmp_path}/demo.db'"))
    (tmp_path / "many").mkdir()
    for number in range(3000):
        (tmp_path / "many" / f"{number}.png").symlink_to(folder / "picture.png")
    command = [sys.executable, "-m", "crushwatch.cli", name, *arguments]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        wait_for(f"{name} at work", (tmp_path / begins).exists, within_s=60)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0]
    assert process.returncode == code, said
    assert "Traceback" not in said
