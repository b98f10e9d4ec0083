"""`python -m bench.peer_mapserver PORT`: Debian's MapServer as FastCGI, its processes behind nginx that packs for them.

The same table and properties as ours, the connection kept open, the map file read once by each process.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict

from bench.servers import CONNECTIONS

MAPSERV = Path("/usr/lib/cgi-bin/mapserv")
NGINX = Path("/usr/sbin/nginx")

MAP = """
MAP
  NAME bench
  STATUS ON
  SIZE 256 256
  EXTENT -20037508.34 -20037508.34 20037508.34 20037508.34
  PROJECTION "init=epsg:3857" END
  OUTPUTFORMAT
    NAME mvt
    DRIVER MVT
    FORMATOPTION "EXTENT=4096"
    FORMATOPTION "EDGE_BUFFER=64"
  END
  LAYER
    NAME buildings
    TYPE POLYGON
    STATUS ON
    CONNECTIONTYPE POSTGIS
    CONNECTION "host={host} dbname={dbname} user={user}"
    DATA "shape FROM spatial_building USING UNIQUE id USING SRID=3857"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    PROJECTION "init=epsg:3857" END
    METADATA
      "gml_include_items" "name,height_m"
      "gml_featureid" "id"
    END
  END
END
"""
CONFIG = """
CONFIG
  ENV
    MS_MAPFILE "{folder}/bench.map"
  END
END
"""
NGINX_CONF = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  gzip on;
  gzip_comp_level 1;
  gzip_types *;
  upstream mapserver {{ server unix:{folder}/socket; keepalive {connections}; }}
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/tiles/(\\d+)/(\\d+)/(\\d+)$ {{
      fastcgi_pass mapserver;
      fastcgi_keep_conn on;
      fastcgi_param REQUEST_METHOD GET;
      fastcgi_param QUERY_STRING "mode=tile&tilemode=gmap&tile=$2+$3+$1&layers=buildings&map.imagetype=mvt";
    }}
  }}
}}
"""


def main(port: str) -> None:
    """Run until told to stop."""
    given = conninfo_to_dict(os.environ["DATABASE_URL"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as listening:
        folder = Path(name)
        (folder / "bench.map").write_text(MAP.format(**given))
        (folder / "mapserver.conf").write_text(CONFIG.format(folder=folder))
        (folder / "nginx.conf").write_text(NGINX_CONF.format(folder=folder, port=port, connections=CONNECTIONS))
        listening.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o666)  # nginx's workers are not root
        folder.chmod(0o755)
        listening.listen(256)
        environment = {**os.environ, "MAPSERVER_CONFIG_FILE": str(folder / "mapserver.conf")}
        started = [subprocess.Popen([MAPSERV], stdin=listening, env=environment) for _ in range(CONNECTIONS)]
        started.append(subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder]))
        try:
            started[-1].wait()
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait(10)


if __name__ == "__main__":
    main(sys.argv[1])
