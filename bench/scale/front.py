"""The shipped nginx before nodes of this machine."""

import shutil
from collections.abc import Sequence

from bench.scale.room import Room
from config.env import ROOT

NAMED = ("web:8000", "web2:8000")
"""The nodes in `deploy/nodes.conf`."""


def start_nginx(room: Room, ports: Sequence[int]) -> None:
    """Start it on the room's port, with the nodes on theirs."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    named = (ROOT / "deploy" / "nodes.conf").read_text(encoding="utf-8")
    for name, port in zip(NAMED, ports, strict=True):
        named = named.replace(f"server {name}", f"server 127.0.0.1:{port}")
    folder = room.base / "nginx"
    folder.mkdir(exist_ok=True)
    text = text.replace("include /etc/nginx/nodes.conf;", named).replace(" /tmp/nginx", f" {folder}/nginx")
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{room.port};")
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    words = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    room.start("nginx", words, apart=False)
