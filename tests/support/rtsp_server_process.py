"""A GStreamer RTSP server that plays files round and round: the camera of the tests.

Run by the system's Python (`gi` is a Debian package, not a wheel) as a child of `RtspServer`. The first line of
standard input is the configuration as JSON, each further line a command, `freeze NAME` or `thaw NAME`; it ends with
standard input. The files are not encoded again: their pictures are sent as they are, at their own pace, for ever.
"""

import json
import sys
import threading
import time
from dataclasses import dataclass

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402  # gi wants the versions first

STREAM = {
    "h264": ("video/x-h264,stream-format=byte-stream,alignment=au", "h264parse", "rtph264pay"),
    "hevc": ("video/x-h265,stream-format=byte-stream,alignment=au", "h265parse", "rtph265pay"),
}
DEMUXER = {"mp4": "qtdemux", "mkv": "matroskademux", "ts": "tsdemux"}
ROLE = "camera"


@dataclass(frozen=True)
class Unit:
    """One coded picture: when it is due and shown, in nanoseconds from the start of its file."""

    data: bytes
    due_ns: int
    shown_ns: int
    is_key: bool


@dataclass(frozen=True)
class Film:
    """The coded pictures of a file."""

    units: list
    length_ns: int
    codec: str


def read_film(path: str, codec: str) -> Film:
    """All coded pictures of the file at `path`."""
    caps, parser, _ = STREAM[codec]
    demuxer = DEMUXER[path.rsplit(".", 1)[1]]
    pipeline = Gst.parse_launch(
        f'filesrc location="{path}" ! {demuxer} ! {parser} config-interval=-1 ! {caps} ! appsink name=out sync=false'
    )
    pipeline.set_state(Gst.State.PLAYING)
    sink = pipeline.get_by_name("out")
    units = []
    while (sample := sink.try_pull_sample(5 * Gst.SECOND)) is not None:
        units.append(_unit(sample.get_buffer()))
    pipeline.set_state(Gst.State.NULL)
    if len(units) < 2 or not units[0].is_key:
        sys.exit(f"{path}: no {codec} pictures that begin with a key frame")
    pace_ns = (units[-1].due_ns - units[0].due_ns) // (len(units) - 1)
    return Film(units, units[-1].due_ns - units[0].due_ns + pace_ns, codec)


def _unit(buffer: Gst.Buffer) -> Unit:
    due_ns = buffer.dts if buffer.dts != Gst.CLOCK_TIME_NONE else buffer.pts
    is_key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
    return Unit(buffer.extract_dup(0, buffer.get_size()), due_ns, buffer.pts, is_key)


class Camera(GstRtspServer.RTSPMediaFactory):
    """One mount: all its clients see the same film, which may stand still while its clock runs."""

    def __init__(self, film: Film, name: str) -> None:
        super().__init__()
        self.film = film
        self.name = name
        self.frozen = threading.Event()
        self.set_shared(True)

    def do_create_element(self, _url) -> Gst.Element:
        caps, _, payloader = STREAM[self.film.codec]
        source = f"appsrc name=source is-live=true format=time caps={caps}"
        return Gst.parse_launch(f"( {source} ! {payloader} name=pay0 pt=96 )")

    def do_configure(self, media: GstRtspServer.RTSPMedia) -> None:
        source = media.get_element().get_by_name_recurse_up("source")
        threading.Thread(target=self._play, args=(source,), daemon=True).start()

    def _play(self, source: GstApp.AppSrc) -> None:
        """Push pictures at their pace until the last client has gone."""
        started_s = time.monotonic()
        for unit, due_ns, shown_ns in self._for_ever():
            time.sleep(max(0.0, started_s + due_ns / 1e9 - time.monotonic()))
            buffer = Gst.Buffer.new_wrapped(unit.data)
            buffer.dts, buffer.pts = due_ns, shown_ns
            if source.emit("push-buffer", buffer) not in (Gst.FlowReturn.OK, Gst.FlowReturn.FLUSHING):
                return
            if source.get_parent() is None:
                return

    def _for_ever(self):
        """(unit, due, shown): the film again and again; while frozen its last key frame in place of every picture."""
        first_ns = self.film.units[0].due_ns
        offset_ns = 0
        key = self.film.units[0]
        waits_for_key = False
        while True:
            for unit in self.film.units:
                key = unit if unit.is_key and not self.frozen.is_set() else key
                waits_for_key = self.frozen.is_set() or (waits_for_key and not unit.is_key)
                due_ns, shown_ns = (moment - first_ns + offset_ns for moment in (unit.due_ns, unit.shown_ns))
                yield (key, due_ns, due_ns) if waits_for_key else (unit, due_ns, shown_ns)
            offset_ns += self.film.length_ns


def ask_for_password(server: GstRtspServer.RTSPServer, users: dict, method: str) -> None:
    """Let in only `users` (name to password), by "basic" or "digest" authentication."""
    guard = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    for user, password in users.items():
        if method == "basic":
            guard.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        else:
            guard.add_digest(user, password, token)
    guard.set_supported_methods(getattr(GstRtsp.RTSPAuthMethod, method.upper()))
    server.set_auth(guard)


def permit(camera: Camera) -> None:
    """Those who gave a password may see this camera."""
    permissions = GstRtspServer.RTSPPermissions()
    for what in ("access", "construct"):
        permissions.add_permission_for_role(ROLE, f"media.factory.{what}", True)
    camera.set_permissions(permissions)


def obey(cameras: dict, loop: GLib.MainLoop) -> None:
    """Carry out the commands on standard input until it ends."""
    for line in sys.stdin:
        verb, name = line.split()
        {"freeze": cameras[name].frozen.set, "thaw": cameras[name].frozen.clear}[verb]()
        print("done", flush=True)
    loop.quit()


def main() -> None:
    """Serve what the first line of standard input says."""
    configuration = json.loads(sys.stdin.readline())
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(configuration["port"]))
    if configuration["users"]:
        ask_for_password(server, configuration["users"], configuration["method"])
    cameras = {
        name: Camera(read_film(mount["file"], mount["codec"]), name) for name, mount in configuration["mounts"].items()
    }
    for name, camera in cameras.items():
        if configuration["users"]:
            permit(camera)
        server.get_mount_points().add_factory(f"/{name}", camera)
    if server.attach(None) == 0:
        sys.exit(f"port {configuration['port']} cannot be had")
    loop = GLib.MainLoop()
    threading.Thread(target=obey, args=(cameras, loop), daemon=True).start()
    print(f"ready {server.get_bound_port()}", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
