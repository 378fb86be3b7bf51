"""A small stand-in for RunPod's side of a serverless endpoint: hands out jobs, takes results, hears heartbeats.

It speaks to the worker exactly where the runpod SDK 1.12.0 looks: the URLs go into the environment of the
worker process, see `environment`.
"""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

POD = "pod-under-test"

Worker = subprocess.Popen[bytes]


class Platform:
    """Jobs in, everything the worker says out. Use it as a context manager."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[dict[str, Any]] = queue.Queue()
        self.taken: list[str] = []
        self.progress: list[tuple[str, Any]] = []
        self.results: list[tuple[str, dict[str, Any]]] = []
        self.pings: list[dict[str, list[str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """What makes a worker process work for this platform."""
        address = f"http://127.0.0.1:{self._server.server_port}/v2/endpoint"
        return {
            "RUNPOD_WEBHOOK_GET_JOB": f"{address}/job-take/$ID?gpu=none",
            "RUNPOD_WEBHOOK_POST_OUTPUT": f"{address}/job-done/$RUNPOD_POD_ID/$ID?gpu=none",
            "RUNPOD_WEBHOOK_PING": f"{address}/ping/$RUNPOD_POD_ID",
            "RUNPOD_PING_INTERVAL": "1000",
            "RUNPOD_POD_ID": POD,
            "RUNPOD_ENDPOINT_ID": "endpoint",
            "RUNPOD_AI_API_KEY": "key-under-test",
        }

    def submit(self, job_id: str, job_input: object) -> None:
        """Put a job into the queue."""
        self.waiting.put({"id": job_id, "input": job_input})

    def result(self, job_id: str) -> dict[str, Any]:
        """The one result that came for a job."""
        (found,) = [result for done, result in self.results if done == job_id]
        return found


def wait_until(holds: Callable[[], object], *, seconds: float, what: str) -> None:
    """Return as soon as `holds()` is true; raise TimeoutError, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def _handler_for(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request of the worker."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Job wanted, stop signal wanted, or heartbeat."""
            url = urlsplit(self.path)
            kind = url.path.split("/")[3]
            if kind == "job-take":
                self._hand_out_a_job()
            elif kind == "job-stop":
                time.sleep(0.5)
                self._answer(204)
            else:
                platform.pings.append(parse_qs(url.query))
                self._answer(200, {})

        def do_POST(self) -> None:
            """A result, or word of progress."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            job_id = urlsplit(self.path).path.split("/")[5]
            if body.get("status") == "IN_PROGRESS":
                platform.progress.append((job_id, body["output"]))
            else:
                platform.results.append((job_id, body))
            self._answer(200, {})

        def _hand_out_a_job(self) -> None:
            try:
                job = platform.waiting.get(timeout=0.5)
            except queue.Empty:
                self._answer(204)
                return
            platform.taken.append(job["id"])
            self._answer(200, job)

        def _answer(self, status: int, body: object = None) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
