"""The installed command, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from crushwatch.gpu import has_nvidia_gpu

COMMANDS = sorted(entry.name for entry in entry_points(group="crushwatch.commands"))
SMALLEST = "id: demo\ncameras:\n  gate:\n    source: sim:gate\n"


def crushwatch(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("crushwatch")), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=dict(os.environ) | dict(environment or {})
    )


def test_every_command_is_listed() -> None:
    shown = crushwatch("--help")
    assert shown.returncode == 0
    assert [name for name in COMMANDS if name not in shown.stdout] == []
    assert {"demo", "up", "worker", "service", "check", "count", "models"} <= set(COMMANDS)


def test_python_runs_the_package_as_the_command() -> None:
    asked = [sys.executable, "-m", "crushwatch", "check", "no-such-site.yaml"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    as_command = crushwatch("check", "no-such-site.yaml")
    assert (told.returncode, told.stderr) == (as_command.returncode, as_command.stderr)
    assert "no-such-site.yaml" in told.stderr


CHOSEN = """
import os, sys
from typer.testing import CliRunner
from crushwatch.cli import app

CliRunner().invoke(app, [*sys.argv[1:], "schema"])
print({name: value for name, value in os.environ.items() if name.startswith("CRUSHWATCH_LOG_")})
"""


@pytest.mark.parametrize(
    ("options", "passed_on"),
    [([], {}), (["--log-level", "DEBUG"], {"CRUSHWATCH_LOG_LEVEL": "DEBUG"})],
    ids=["nothing chosen", "a level"],
)
def test_how_much_is_logged_holds_for_the_commands_that_a_command_starts(
    options: list[str], passed_on: dict[str, str]
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CRUSHWATCH_LOG_")}
    command = [sys.executable, "-c", CHOSEN, *options]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert told.stdout.strip() == str(passed_on), told.stderr


HELP_OF_ALL = """
import json
from typer.main import get_command
from typer.testing import CliRunner
from crushwatch.cli import app

def leaves(command, words):
    if not hasattr(command, "list_commands"):
        return [words]
    parts = {name: command.get_command(None, name) for name in command.list_commands(None)}
    return [leaf for name, part in parts.items() for leaf in leaves(part, [*words, name])]

def shown(words):
    told = CliRunner().invoke(app, [*words, "--help"], prog_name="crushwatch")
    return told.exit_code, told.output

print(json.dumps({" ".join(words): shown(words) for words in leaves(get_command(app), [])}))
"""


def test_every_command_shows_an_example() -> None:
    told = subprocess.run([sys.executable, "-c", HELP_OF_ALL], capture_output=True, text=True, timeout=100)
    assert told.returncode == 0, told.stderr
    helps = json.loads(told.stdout)
    assert {words.split()[0] for words in helps} == set(COMMANDS)
    assert [words for words, (code, _) in helps.items() if code != 0] == []
    assert [words for words, (_, text) in helps.items() if f"Example: crushwatch {words}" not in text] == []


def test_asked_wrongly_is_exit_code_2() -> None:
    assert crushwatch("check").returncode == 2
    assert crushwatch("no-such-command").returncode == 2
    assert crushwatch("up", "/nowhere/site.yaml").returncode == 2


def test_check_says_every_fault_with_line_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SMALLEST + "    colour: red\n    analysis_rate_hz: -1\n")
    checked = crushwatch("check", str(tmp_path / "site.yaml"))
    assert checked.returncode == 1
    assert "site.yaml:5 cameras.gate.colour: unknown key" in checked.stderr
    assert "site.yaml:6 cameras.gate.analysis_rate_hz" in checked.stderr
    assert "Traceback" not in checked.stderr


def test_check_says_where_the_service_would_refuse_its_database(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SMALLEST + "service: {database: 'mysql://root:secret-pw@db/x'}\n")
    checked = crushwatch("check", str(tmp_path / "site.yaml"))
    assert checked.returncode == 1
    assert "service.database: mysql is not known; sqlite and postgresql are" in checked.stderr
    assert "secret-pw" not in checked.stderr


def test_check_names_the_scenarios_there_are_for_one_that_is_not(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SMALLEST.replace("sim:gate", "sim:gaet"))
    checked = crushwatch("check", str(tmp_path / "site.yaml"))
    assert checked.returncode == 1
    assert "site.yaml:4 cameras.gate.source: sim:gaet: no such scenario; there are gate, " in checked.stderr
    assert checked.stderr.endswith("1 fault\n")


def test_check_as_json_is_one_object(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SMALLEST)
    checked = crushwatch("check", str(tmp_path / "site.yaml"), "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["cameras"]["gate"]["source"] == "sim:gate"


def test_check_warns_of_passwords_in_the_file_and_of_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").touch(mode=0o600)
    (tmp_path / "site.yaml").write_text(
        """\
id: square
cameras:
  gate: {source: "rtsp://watch:hunter2@10.0.0.11:554/s1", picture_size_px: &size [960, 540], regions: &floor {a: {
    polygon_px: [[0, 0], [900, 0], [0, 500]], area_m2: 90}}}
  hall:
    source: "rtsp://${HALL_USER}:${HALL_PASSWORD}@10.0.0.12:554/s1?channel=2"
    picture_size_px: *size
    regions: *floor
  yard: {source: "http://10.0.0.13/video?token=hunter3", picture_size_px: *size, regions: *floor}
  clip: {source: not-there.mp4, picture_size_px: *size, regions: *floor}
worker: {model: not-there.onnx}
service:
  password: hunter4-hunter4
  token: "${TOKEN}"
""",
        encoding="utf-8",
    )
    environment = {"HALL_USER": "watch", "HALL_PASSWORD": "hunter5", "TOKEN": "0123456789abcdef"}
    checked = crushwatch("check", str(tmp_path / "site.yaml"), "--json", environment=environment)
    assert checked.returncode == 0, checked.stderr
    warnings = json.loads(checked.stdout)["warnings"]
    assert [warning.partition("site.yaml")[2].partition(": ")[0] for warning in warnings] == [
        ":3 cameras.gate.source",
        ":9 cameras.yard.source",
        ":13 service.password",
        ":10 cameras.clip.source",
        ":11 worker.model",
    ]
    assert "hunter" not in checked.stdout + checked.stderr
    told = crushwatch("check", str(tmp_path / "site.yaml"), environment=environment)
    assert told.returncode == 0
    assert told.stderr.count("warning: ") == 5
    assert "5 warnings" in told.stdout


@pytest.mark.parametrize(
    ("worker", "keys"),
    [
        ("precision: fp8", ["precision"]),
        ("engine: tensorrt", ["engine"]),
        ("engine: tensorrt, precision: fp8", ["engine", "precision"]),
        ("precision: int8", []),
    ],
    ids=["fp8", "tensorrt", "both", "int8"],
)
def test_check_warns_of_arithmetic_that_needs_a_gpu_where_there_is_none(
    tmp_path: Path, worker: str, keys: list[str]
) -> None:
    (tmp_path / "site.yaml").write_text(f"id: demo\ncameras: {{gate: {{source: 'sim:gate'}}}}\nworker: {{{worker}}}\n")
    checked = crushwatch("check", str(tmp_path / "site.yaml"), "--json")
    warnings = [warning for warning in json.loads(checked.stdout)["warnings"] if " worker." in warning]
    assert len(warnings) == (0 if has_nvidia_gpu() else len(keys))
    for key, warning in zip(keys, warnings, strict=False):
        assert f"site.yaml:3 worker.{key}: " in warning
        assert "needs an NVIDIA GPU" in warning
        assert "a worker would not start here" in warning


def test_check_probes_each_camera_and_says_what_it_gives_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "id: demo\ncameras:\n  gate:\n    source: sim:gate\n"
        "  hall:\n    source: rtsp://viewer:${HALL}@127.0.0.1:1/s\n    connect_timeout_s: 1\n"
    )
    checked = crushwatch("check", str(tmp_path / "site.yaml"), "--probe", "--json", environment={"HALL": "hunter2"})
    assert checked.returncode == 1
    cameras = json.loads(checked.stdout)["cameras"]
    assert (cameras["gate"]["width_px"], cameras["gate"]["height_px"]) == (1280, 720)
    assert "127.0.0.1:1" in cameras["hall"]["error"]
    assert "hunter2" not in checked.stdout + checked.stderr


def test_a_camera_that_gives_nothing_stands_on_a_line_of_its_own_and_in_the_headline(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "id: demo\ncameras:\n  hall:\n    source: rtsp://127.0.0.1:1/s\n    connect_timeout_s: 1\n"
    )
    checked = crushwatch("check", str(tmp_path / "site.yaml"), "--probe")
    assert checked.returncode == 1
    assert "1 camera, 1 of them gives nothing" in checked.stdout
    assert "gives nothing: camera hall: 127.0.0.1:1 refuses the connection" in checked.stderr


GROUND = """\
id: square
cameras:
  gate:
    source: sim:gate
    picture_size_px: [960, 540]
    engine_shape: {shape}
    ground:
      points:
        - {{px: [{left}, 450], m: [0, 0]}}
        - {{px: [860, 450], m: [14, 0]}}
        - {{px: [775, 130], m: [14, 11]}}
        - {{px: [190, 130], m: [0, 11]}}
    regions:
      floor: {{name: Floor, kind: moving, polygon_m: {floor}}}
"""
NEAR = "[[0, 0], [14, 0], [14, 11], [0, 11]]"


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({}, None),
        ({"shape": "[512, 288]"}, "gate.regions.floor: will be unknown: far away: the smallest heads are 3.9 px wide"),
        ({"floor": "[[0, 0], [60, 0], [60, 40], [0, 40]]"}, "gate.regions.floor: will be unknown: only "),
        ({"left": -200}, "gate.ground.points[0].px: -200, 450 lies outside the picture_size_px of 960 x 540"),
    ],
    ids=["all is well", "too far", "out of view", "a point beyond the picture"],
)
def test_check_foresees_which_regions_will_not_be_believed(
    tmp_path: Path, changes: dict[str, object], warned: str | None
) -> None:
    text = GROUND.format(**({"shape": "[1024, 576]", "floor": NEAR, "left": 100} | changes))
    (tmp_path / "site.yaml").write_text(text)
    checked = crushwatch("check", str(tmp_path / "site.yaml"), "--json")
    assert checked.returncode == 0, checked.stderr
    warnings = json.loads(checked.stdout)["warnings"]
    assert (warnings == []) if warned is None else any(warned in warning for warning in warnings), warnings


def test_check_shows_no_error_of_four_points_and_says_what_would_tell(tmp_path: Path) -> None:
    four = GROUND.format(shape="[1024, 576]", floor=NEAR, left=100)
    fifth = "    regions:\n      floor", "        - {px: [480, 260], m: [7, 5.5]}\n    regions:\n      floor"
    for text, is_known in ((four, False), (four.replace(*fifth), True)):
        (tmp_path / "site.yaml").write_text(text)
        gate = json.loads(crushwatch("check", str(tmp_path / "site.yaml"), "--json").stdout)["cameras"]["gate"]
        assert (gate["reprojection_error_px"] is not None) == is_known
        said = crushwatch("check", str(tmp_path / "site.yaml")).stdout
        assert ("reprojection_error_px" in said) == is_known
        assert ("any four points are met exactly, a fifth would tell" in said) == (not is_known)


def test_a_fault_in_the_site_file_stops_a_worker_with_the_sentence_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("id: demo\ncameras: {}\n")
    refused = crushwatch("worker", str(tmp_path / "site.yaml"))
    assert refused.returncode == 2
    assert "cameras" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_service_open_to_others_needs_a_password(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SMALLEST + "service: {host: 0.0.0.0}\n")
    refused = crushwatch("service", str(tmp_path / "site.yaml"))
    assert refused.returncode == 2
    assert "password" in refused.stderr
    assert "token" in refused.stderr


def test_a_webhook_secret_is_new_each_time() -> None:
    first, second = crushwatch("secret").stdout.strip(), crushwatch("secret").stdout.strip()
    assert first.startswith("whsec_")
    assert first != second


def test_the_service_command_loads_no_video_and_no_network() -> None:
    code = (
        "import sys, service.commands, service.run; print([m for m in ('av', 'openvino', 'torch') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_a_command_whose_room_is_not_installed_says_so_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "av.py").write_text("raise ModuleNotFoundError(\"No module named 'av'\", name='av')\n")
    without_video = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "crushwatch.cli"]
    listed = subprocess.run([*command, "--help"], env=without_video, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    assert "service" in listed.stdout
    asked = subprocess.run([*command, "replay", "x"], env=without_video, capture_output=True, text=True)
    assert asked.returncode == 1
    assert asked.stderr.strip() == "crushwatch replay needs av, which is not installed here"


ENDS = """
import os, sys, threading
from crushwatch import cli

class Late:
    def __del__(self, write=os.write):
        write(1, b"the interpreter is taken down")

late = Late()
if sys.argv.pop() == "hangs":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
cli.main()
"""


@pytest.mark.parametrize(("words", "code", "says"), [(["--version"], 0, "crushwatch "), (["no-such"], 2, "")])
def test_a_thread_that_hangs_in_a_library_neither_holds_up_the_end_nor_changes_how_it_ends(
    words: list[str], code: int, says: str
) -> None:
    """As the interpreter is taken down, a thread that comes back from C++ would abort the process, now and then."""
    ends = [
        subprocess.run([sys.executable, "-c", ENDS, *words, last], capture_output=True, text=True, timeout=60)
        for last in ("hangs", "returns")
    ]
    assert [end.returncode for end in ends] == [code, code]
    assert all(says in end.stdout for end in ends)
    assert ["taken down" in end.stdout for end in ends] == [False, True]
