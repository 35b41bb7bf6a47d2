"""A gateway that answers at once, and knows nothing of films."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLASSES = {"image/png": {"ill": 0.25, "well": 0.75}, "application/dicom": {"ill": 0.5, "well": 0.5}}
FIELDS = dict.fromkeys(("id", "created", "discriminator", "lungs", "predicted_class", "models", "timings_ms"), "any")


class FakeGateway(BaseHTTPRequestHandler):
    """Knows nothing of films: the type says what is found. Every fifth routine film that is computed is too much."""

    protocol_version = "HTTP/1.1"
    count = 0
    wrong = False

    def do_POST(self):
        """An assessment."""
        self.rfile.read(int(self.headers["Content-Length"]))
        computed = self.headers.get("Cache-Control") == "no-cache"
        FakeGateway.count += 1
        if computed and not self.headers.get("Priority") and FakeGateway.count % 5 == 0:
            return self._answer(429, {"code": "overloaded"}, {"Retry-After": "1"})
        classes = {"ill": 1.0} if self.wrong and computed else CLASSES[self.headers["Content-Type"]]
        told = {"outcome": "assessed", "cached": not computed, "classes": classes}
        return self._answer(200, FIELDS | told, {})

    def _answer(self, status, told, headers):
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def serving():
    """The address of one."""
    FakeGateway.count, FakeGateway.wrong = 0, False
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeGateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
