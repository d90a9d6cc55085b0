"""Systems that are told by webhooks: one that works and others that do not, all behind TLS."""

import http.server
import pathlib
import ssl
import subprocess
import threading


def make_certificate(folder, name):
    """A certificate for localhost that signs itself; returns the files of certificate and key."""
    certificate, key = pathlib.Path(folder, f"{name}.pem"), pathlib.Path(folder, f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", certificate, "-keyout", key],
        check=True, capture_output=True)
    return certificate, key


class _QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Whoever hangs up does what a test wants."""


class Receiver:
    """Answers by the path: `/200/…` with that status, `/302/…` with the address of another path, `/close/…` by closing,
    `/hang/…` not at all. Keeps what it was sent."""

    def __init__(self, certificate, key):
        self._lock = threading.Lock()
        self._requests = []
        self.answers = {}  # path → status, in the place of the one that it names
        self._stopping = threading.Event()
        self._server = _QuietServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"https://localhost:{self.port}{path}"

    def requests(self, path):
        """What came to this path: headers and body."""
        with self._lock:
            return [(headers, body) for at, headers, body in self._requests if at == path]

    def stop(self):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._lock:
                    receiver._requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                what = receiver.answers.get(self.path, self.path.split("/")[1])
                if what == "hang":
                    receiver._stopping.wait(60)
                if what in ("hang", "close"):
                    self.close_connection = True
                    return
                self.send_response(int(what))
                if what == "302":
                    self.send_header("Location", receiver.url("/200/redirected"))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler
