# SPDX-License-Identifier: GPL-2.0-or-later
"""served_files.py DIRECTORY: serves its files on a port of this machine, which it prints, and logs requests to standard error."""
import functools
import http.server
import sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_port, flush=True)
server.serve_forever()
