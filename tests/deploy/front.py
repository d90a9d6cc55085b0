"""nginx as docker/nginx configures it, in front of stubs."""
import contextlib
import http.server
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def serving(handler, **attributes):
    """Gives the port of a server with this handler; the attributes are the server's."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.__dict__.update(attributes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def nginx(main, replicas):
    """Runs nginx with this configuration; `replicas` gives the ports that stand for a service. Gives nginx's port."""
    main = pathlib.Path(main)

    def upstream(found):
        servers = "".join(f" server 127.0.0.1:{port} max_fails=0;" for port in replicas(found[1]))
        return re.sub(r"(\s*server [^;]*;)+", servers, found[0])

    text = re.sub(r"upstream (\w+)(?:-anew)? \{.*?\}", upstream, main.read_text(), flags=re.S)
    # What needs containers, or a newer nginx than Debian's, is left out: finding names again and again.
    text = re.sub(r"^\s*resolver .*$", "", text, flags=re.M).replace("error_log stderr warn;", "error_log stderr crit;")
    port = free_port()
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("127.0.0.1:8081", f"127.0.0.1:{free_port()}")
    with tempfile.TemporaryDirectory() as folder:
        for included in main.parent.glob("*.conf"):
            shutil.copy(included, folder)
        pathlib.Path(folder, "nginx.conf").write_text("daemon off;\n" + text.replace("/tmp/", folder + "/"))
        process = subprocess.Popen(["nginx", "-q", "-e", "stderr", "-p", folder, "-c", f"{folder}/nginx.conf"])
        try:
            wait_until_open(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


def wait_until_open(port, process):
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError as closed:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("nginx did not start (above)") from closed
            time.sleep(0.02)
