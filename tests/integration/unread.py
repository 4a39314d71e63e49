# SPDX-License-Identifier: GPL-2.0-or-later
"""unread.py SECONDS COMMAND...: passes the command's output on, but reads nothing of it for that long: the pipe is full."""
import os
import subprocess
import sys
import time

reading, writing = os.pipe()
os.set_blocking(writing, False)
try:
    while True:
        os.write(writing, b"\n" * 4096)
except BlockingIOError:
    pass
os.set_blocking(writing, True)
command = subprocess.Popen(sys.argv[2:], stdout=writing)
os.close(writing)
time.sleep(float(sys.argv[1]))
with os.fdopen(reading, "rb") as output:
    sys.stdout.buffer.write(output.read().lstrip(b"\n"))
sys.exit(command.wait())
