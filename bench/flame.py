"""A flame graph as a small SVG from py-spy's raw output: what runs, by thread; what waits is left out.

    python -m bench.flame runs/worker.folded runs/worker.txt docs/pictures/worker-flame.svg "Worker, 8 cameras"

runs/worker.txt is what `bench.worker_at_work` printed. Each thread is as wide as its processor time there, for py-spy
sees less of threads that run in short bursts; within a thread the widths are py-spy's samples. Threads of one kind are
drawn as one; those that libraries have started are one block, the network's. What is done once, at the start, is left
out. Point at a frame for its share.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH_PX, ROW_PX, TEXT_PX = 1200, 17, 11
THINNEST_PX = 1.5
WAITING = re.compile(r"^(wait|select|sleep|_wait_for_tstate_lock)\b")
OTHERS, NETWORK = "other", "threads of the network (openvino)"
LETTER_PX = 6.3
ONCE = re.compile(r"importlib|CameraMeter\._fit|_all_threads")
COLOURS = {"workers": "#e8833a", "crushwatch": "#d9a441", "openvino": "#5b8db8", "": "#b9b3a8"}


@dataclass
class Node:
    """A function called from where it lies."""

    samples: float = 0
    called: dict[str, Node] = field(default_factory=dict)

    def add(self, stack: list[str], samples: float) -> None:
        """One line of the raw output."""
        self.samples += samples
        if stack:
            self.called.setdefault(stack[0], Node()).add(stack[1:], samples)

    def scale(self, factor: float) -> None:
        """All of it, so many times as wide."""
        self.samples *= factor
        for node in self.called.values():
            node.scale(factor)

    def depth(self) -> int:
        """Rows that it needs."""
        return 1 + max((node.depth() for node in self.called.values()), default=0)


def read(lines: list[str], cores: dict[str, float]) -> Node:
    """The tree of all that does not wait, as wide as `cores` says of each thread; others are left out."""
    root = Node()
    for line in lines:
        text, _, samples = line.rpartition(" ")
        thread, *frames = text.split(";")
        name = re.sub(r"^thread \(\w+\):? ?|-camera-\d+$", "", thread)
        stack = [_plain(frame) for frame in frames if "threading.py" not in frame]
        if name in cores and not _waits(frames) and not ONCE.search(text):
            root.add([name, *_folded(stack)], int(samples))
    if OTHERS in cores:
        root.add([OTHERS, NETWORK], 1)
    for name, thread_node in root.called.items():
        thread_node.scale(cores[name] / thread_node.samples)
    root.samples = sum(node.samples for node in root.called.values())
    return root


def read_cores(lines: list[str]) -> dict[str, float]:
    """Of each thread that has Python in it, the share of a core that it takes."""
    found = (re.match(r"(capture|batch|infer|pipeline|publish|read|other) +([\d.]+)", line) for line in lines)
    return {match[1]: float(match[2]) for match in found if match}


def _waits(frames: list[str]) -> bool:
    leaf = frames[-1] if frames else "wait"
    return bool(WAITING.match(leaf.split(".")[-1])) or "Condition.wait" in leaf or "_queue" in leaf


def _plain(frame: str) -> str:
    """Without the line, and of the path no more than says where it is at home."""
    name, _, place = frame.rpartition(" (")
    path = re.sub(r":\d+\)$", "", place)
    return f"{name} ({'/'.join(path.split('/')[-3:])})"


def _folded(stack: list[str]) -> list[str]:
    return [frame for number, frame in enumerate(stack) if number == 0 or frame != stack[number - 1]]


def draw(root: Node, title: str) -> str:
    """The SVG."""
    height = (root.depth() + 2) * ROW_PX
    rows: list[str] = []
    _draw(root, f"{title}: all that runs", 0.0, height - ROW_PX, root.samples, rows)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" font-family="sans-serif" '
        f'font-size="{TEXT_PX}"><rect width="100%" height="100%" fill="#fff"/><text x="4" y="13">{escape(title)}</text>'
    )
    return "\n".join([head, *rows, "</svg>\n"])


def _draw(node: Node, name: str, left: float, top: float, whole: float, rows: list[str]) -> None:
    width = node.samples / whole * WIDTH_PX
    if width < THINNEST_PX:
        return
    colour = next(colour for part, colour in COLOURS.items() if f"({part}" in name or not part)
    label = escape(name[: int((width - 6) / LETTER_PX)]) if width > 30 else ""
    text = f'<text x="{left + 3:.1f}" y="{top + 12}">{label}</text>' if label else ""
    rows.append(
        f'<g><title>{escape(name)}: {node.samples / whole:.1%}</title><rect x="{left:.1f}" y="{top}" '
        f'width="{max(1.0, width - 0.5):.1f}" height="{ROW_PX - 1}" fill="{colour}"/>{text}</g>'
    )
    for called, child in sorted(node.called.items(), key=lambda pair: -pair[1].samples):
        _draw(child, called, left, top - ROW_PX, whole, rows)
        left += child.samples / whole * WIDTH_PX


if __name__ == "__main__":
    raw, printed, target, graph_title = sys.argv[1:]
    tree = read(Path(raw).read_text().splitlines(), read_cores(Path(printed).read_text().splitlines()))
    Path(target).write_text(draw(tree, graph_title), encoding="utf-8")
