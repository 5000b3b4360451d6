"""The card, its clocks, and what it draws while something runs, as NVML and nvidia-smi say."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from types import TracebackType

import torch

FIELDS = "name,driver_version,clocks.max.sm,clocks.sm,clocks.mem,power.limit,memory.total,temperature.gpu"


def describe_card(device: str) -> str:
    """One line; the processor where there is no card."""
    if not device.startswith("cuda"):
        return f"no GPU: a rehearsal on the processor, torch {torch.__version__}"
    versions = f"torch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    values = asked(FIELDS)
    if values is None:
        return f"{torch.cuda.get_device_name()}; {versions}; nvidia-smi does not answer"
    name, driver, most, now, memory, watts, size, celsius = values
    return (
        f"{name}, {size}, driver {driver}, SM {now} (of {most}), memory {memory}, "
        f"limit {watts}, {celsius} C before; {versions}"
    )


def asked(fields: str) -> list[str] | None:
    """nvidia-smi's answer for the first card; None where it gives none."""
    if shutil.which("nvidia-smi") is None:
        return None
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    lines = answer.stdout.splitlines()
    return [value.strip() for value in lines[0].split(",")] if answer.returncode == 0 and lines else None


class Draw:
    """Watts and SM clock while the `with` block runs; None where nobody measures.

    Watts by the card's counter of joules where it has one: what it says of its power is the mean of the last second.
    """

    def __init__(self, device: str) -> None:
        self._wanted = device.startswith("cuda")
        self._over = threading.Event()
        self._seen: list[tuple[float, float]] = []
        self._spent: list[tuple[float, float | None]] = []
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Draw:
        if self._wanted:
            self._spent.append((time.monotonic(), spent_j()))
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._wanted:
            self._spent.append((time.monotonic(), spent_j()))
            self._thread.join(5)

    @property
    def watts(self) -> float | None:
        """The mean."""
        by_counter = mean_watts(self._spent)
        if by_counter is not None:
            return by_counter
        return sum(watts for watts, _ in self._seen) / len(self._seen) if self._seen else None

    @property
    def clock_mhz(self) -> float | None:
        """The lowest seen."""
        return min((clock for _, clock in self._seen), default=None)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            found = drawn()
            if found is not None:
                self._seen.append(found)


def mean_watts(spent: Sequence[tuple[float, float | None]]) -> float | None:
    """Between the first and the last of (seconds, joules); None where the counter was not read or did not move.

    >>> mean_watts([(10.0, 5000.0), (10.5, 5300.0)]), mean_watts([(10.0, None), (10.5, None)])
    (600.0, None)
    """
    if len(spent) < 2:
        return None
    (began_s, before_j), (ended_s, after_j) = spent[0], spent[-1]
    if before_j is None or after_j is None or after_j <= before_j:
        return None
    return (after_j - before_j) / (ended_s - began_s)


def spent_j() -> float | None:
    """Joules since the driver was loaded, of the first card; None where nobody counts them."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByIndex(0))) / 1000.0
    except Exception:  # no nvidia-ml-py, no driver, or a card without the counter
        return None


def drawn() -> tuple[float, float] | None:
    """Watts, and MHz of the multiprocessors, at this moment; None where nobody says."""
    try:
        return torch.cuda.power_draw() / 1000.0, float(torch.cuda.clock_rate())
    except Exception:  # no nvidia-ml-py, or it does not know this card: nvidia-smi takes a second to start
        values = asked("power.draw,clocks.sm")
    if values is None or "N/A" in "".join(values):
        return None
    return float(values[0].split()[0]), float(values[1].split()[0])
