"""The pipeline's keeper: a thread that died or an engine that hangs ends the worker, which is then started anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from structlog.testing import CapturingLogger

from crushwatch.bus import MemoryBus, Outbox
from crushwatch.errors import EngineError
from crushwatch.messages import AlertEvent, CameraHealth, CameraState, RegionReading
from crushwatch.site import Site
from support.waiting import wait_for
from workers.camera import CameraWatch
from workers.capture.picture import ArrayPicture
from workers.capture.source import Frame
from workers.health.pace import Pace
from workers.infer.ahead import EngineStuckError
from workers.metrics import WorkerMetrics
from workers.run import EngineKeeper
from workers.worker import Worker, _tell_pace

dies_in_its_thread = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Holding:
    """An engine that counts nobody, and from a batch on holds until it is let go."""

    name, precision, device = "holding", "fp32", "none"

    def __init__(self, *, holds_from: int) -> None:
        self.asked, self.is_closed = 0, False
        self.go_on = threading.Event()
        self._holds_from = holds_from

    def infer(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.asked += 1
        if self.asked >= self._holds_from:
            self.go_on.wait(20)
        return np.zeros((len(images), images.shape[1] // 8, images.shape[2] // 8), np.float32)

    def close(self) -> None:
        self.is_closed = True


class Sizeless(ArrayPicture):
    """A picture that ends the thread which asks how wide it is."""

    @property
    def width_px(self) -> int:
        raise MemoryError("no room for a number")


class Running:
    """A worker at work in its thread, with cameras that never answer: frames are given by `show`."""

    def __init__(self, engine: Holding, folder: Path, keys: Sequence[str]) -> None:
        camera = {"source": str(folder / "none.mp4"), "engine_shape": [64, 64], "picture_size_px": [64, 64]}
        rules = {"camera": {"silent_after_s": 2, "clear_after_s": 1}}
        site = Site.model_validate({"id": "s", "cameras": dict.fromkeys(keys, camera), "rules": rules})
        self.bus, self.outbox, self.raised = MemoryBus(), Outbox(folder / "outbox.db"), list[Exception]()
        self.worker = Worker(site, engine, "compact", self.bus, self.outbox, name="w", metrics=WorkerMetrics())
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.worker.run(self.stop)
        except EngineError as error:
            self.raised.append(error)

    def show(
        self, kind: Callable[[npt.NDArray[np.uint8]], ArrayPicture] = ArrayPicture, *, camera: str = "gate"
    ) -> None:
        picture = kind(np.zeros((64, 64, 3), np.uint8))
        self.worker._cameras[camera].slot.put(Frame(camera, picture, datetime.now(UTC), time.monotonic(), 1))

    def ended(self, within_s: float = 10.0) -> list[Exception]:
        self.thread.join(within_s)
        assert not self.thread.is_alive()
        return self.raised


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[tuple[Holding, Running]] = []

    def begin(engine: Holding, *cameras: str) -> Running:
        made.append((engine, Running(engine, tmp_path, cameras or ["gate"])))
        return made[-1][1]

    yield begin
    for engine, running in made:
        engine.go_on.set()
        running.stop.set()
        running.thread.join(10)
        running.outbox.close()


@dies_in_its_thread
def test_a_worker_whose_batches_are_formed_no_more_ends_and_says_so(start: Callable[..., Running]) -> None:
    running = start(Holding(holds_from=99))
    running.show(Sizeless)
    assert [str(error).partition(":")[0] for error in running.ended()] == ["the thread batch has died"]


@dies_in_its_thread
def test_a_worker_whose_engines_thread_has_died_ends_and_says_so(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(Holding(holds_from=99))
    monkeypatch.delattr(running.worker._inferring, "_tracer")
    running.show()
    assert [str(error).partition(":")[0] for error in running.ended()] == ["the thread infer has died"]


def test_an_engine_that_hangs_ends_the_worker_with_everything_kept_and_is_not_closed_at_its_work(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.infer.ahead.STUCK_AFTER_S", 0.3)
    monkeypatch.setattr("workers.infer.ahead.STOP_WITHIN_S", 0.2)
    engine = Holding(holds_from=2)
    running = start(engine)
    running.show()
    wait_for("the first batch", lambda: engine.asked == 1 and not running.worker._inferring.busy_since_s)
    running.show()
    (fault,) = running.ended()
    assert isinstance(fault, EngineStuckError)
    told = [received.message for received in running.bus.read("test", "one", limit=1000, block_s=0)]
    assert [message.region for message in told if isinstance(message, RegionReading)]
    assert running.outbox.states()
    keeper = EngineKeeper()
    keeper._engine = engine
    keeper.__exit__(type(fault), fault, None)
    assert not engine.is_closed
    keeper.__exit__(None, None, None)
    assert engine.is_closed


def test_a_camera_whose_pictures_make_us_fail_is_told_to_be_silent_and_costs_the_others_nothing(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(Holding(holds_from=9999), "gate", "yard")
    gate = running.worker._cameras["gate"]

    def told() -> dict[str, CameraHealth]:
        for camera in ("gate", "yard"):
            running.show(camera=camera)
        return {health.camera: health for health in cameras(running)}

    with monkeypatch.context() as broken:
        broken.setattr(gate.meter, "measure", lambda *_arguments, **_named: 1 // 0)
        silent = wait_for("the alert", lambda: _of(told(), CameraState.SILENT), within_s=30)
    assert (
        silent["gate"].reason
        == "its pictures cannot be analysed: ZeroDivisionError: integer division or modulo by zero"
    )
    wait_for("its end", lambda: _of(told(), CameraState.OK), within_s=30)
    running.stop.set()
    assert running.ended() == []


def test_after_a_worker_stood_still_no_camera_is_blamed_and_one_that_was_silent_stays_so(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crushwatch.stood_still.STOOD_STILL_S", 1.5)
    running = start(Holding(holds_from=9999), "gate", "yard")
    gate, alerts = running.worker._cameras["gate"].meter, list[tuple[str, str]]()
    measure = gate.measure

    def shown() -> list[tuple[str, str]]:
        running.show()
        told = [received.message for received in running.bus.read("test", "one", limit=1000, block_s=0)]
        alerts.extend((message.camera, message.change.value) for message in told if isinstance(message, AlertEvent))
        return alerts

    running.show(camera="yard")
    wait_for("the yard's alert", shown, within_s=30)
    with monkeypatch.context() as still:
        still.setattr(gate, "measure", lambda *arguments, **named: (time.sleep(4), measure(*arguments, **named))[1])
        running.show()
        time.sleep(1)
    until_s = time.monotonic() + 7
    while time.monotonic() < until_s:
        shown()
        time.sleep(0.1)
    assert alerts == [("yard", "raised")]


def _of(told: Mapping[str, CameraHealth], state: CameraState) -> Mapping[str, CameraHealth]:
    """What was told, once the gate's camera is in that state and the yard's is well."""
    states = {camera: health.state for camera, health in told.items()}
    return told if states == {"gate": state, "yard": CameraState.OK} else {}


def test_the_first_batch_may_take_its_time(start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.infer.ahead.STUCK_AFTER_S", 0.1)
    engine = Holding(holds_from=1)
    running = start(engine)
    running.show()
    wait_for("the engine at work", lambda: engine.asked)
    time.sleep(1.5)
    engine.go_on.set()
    running.stop.set()
    assert running.ended() == []


def test_a_machine_that_does_not_keep_up_is_named_in_the_log_and_beside_its_cameras(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.health.pace.LASTS_S", 0.0)
    monkeypatch.setattr(CameraWatch, "pace", lambda *_: Pace(0.5, 2.0))
    log = CapturingLogger()
    monkeypatch.setattr("workers.worker.log", log)
    running = start(Holding(holds_from=99))
    slow = wait_for("its camera", lambda: [health for health in cameras(running) if health.machine_slow])
    monkeypatch.setattr(CameraWatch, "pace", lambda *_: Pace(2.0, 2.0))
    wait_for("its recovery", lambda: [health for health in cameras(running) if not health.machine_slow])
    assert slow[0].camera == "gate"
    said = [call.args[0] for call in log.calls if "this machine" in call.args[0]]
    assert said[0].startswith("this machine analyses 0.5 of 2.0 pictures a second: figures and alerts come late. ")
    assert "int8" not in said[0]
    assert said[1:] == ["this machine keeps up again: 2.0 of 2.0 pictures a second"]


@pytest.mark.parametrize(("precision", "is_named"), [("fp32", True), ("bf16", True), ("int8", False)])
def test_int8_is_named_to_a_slow_machine_that_could_take_it(
    monkeypatch: pytest.MonkeyPatch, precision: str, is_named: bool
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr("workers.worker.log", log)
    engine = Holding(holds_from=1)
    engine.name, engine.precision = "openvino", precision
    _tell_pace(Pace(0.5, 2.0), engine, is_behind=True)
    assert ("or precision: int8, fewer cameras" in log.calls[0].args[0]) is is_named


def test_a_slow_machine_whose_cameras_all_went_away_is_not_said_to_keep_up(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.health.pace.LASTS_S", 0.0)
    monkeypatch.setattr(CameraWatch, "pace", lambda *_: Pace(0.5, 2.0))
    log = CapturingLogger()
    monkeypatch.setattr("workers.worker.log", log)
    running = start(Holding(holds_from=99))
    wait_for("its camera", lambda: [health for health in cameras(running) if health.machine_slow])
    monkeypatch.setattr(CameraWatch, "pace", lambda *_: Pace(0.0, 0.0))
    wait_for("its end", lambda: [health for health in cameras(running) if not health.machine_slow])
    said = [call.args[0] for call in log.calls if "this machine" in call.args[0]]
    assert [text.partition(":")[0] for text in said] == ["this machine analyses 0.5 of 2.0 pictures a second"]


def cameras(running: Running) -> list[CameraHealth]:
    """What has been said of the cameras since it was asked last."""
    told = [received.message for received in running.bus.read("test", "one", limit=1000, block_s=0)]
    return [message for message in told if isinstance(message, CameraHealth)]
