"""nginx as it is shipped, on a free port of this machine before servers of the tests."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.config.front_door import ROOT, folder, free_port, wait_for

DEPLOY = ROOT / "deploy"
NODES = "include /etc/nginx/nodes.conf;"
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextmanager
def fronted(*ports: int) -> Iterator[str]:
    """The base URL of nginx before the servers on `ports`."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    with folder() as base:
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        [line] = [one for one in (DEPLOY / "node.conf").read_text(encoding="utf-8").splitlines() if "web:8000" in one]
        assert text.count(NODES) == 1
        text = text.replace(NODES, "\n".join(line.replace("web:8000", f"127.0.0.1:{one}") for one in ports))
        text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace(" /tmp/nginx", f" {base}/nginx")
        (base / "nginx.conf").write_text(text, encoding="utf-8")
        process = subprocess.Popen([NGINX, "-c", str(base / "nginx.conf"), "-g", "daemon off;"], text=True)
        try:
            wait_for(f"http://127.0.0.1:{port}/metrics", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)
