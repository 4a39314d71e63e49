# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs at work, for production.py and truth.py: servers under load generators, and those of tests/bench/loads. Each
says how many units of work it has done so far, and after a turn of load how long units took."""
import bisect
import collections
import contextlib
import csv
import glob
import itertools
import os
import pwd
import re
import socket
import struct
import subprocess
import time
import urllib.request

BITS = 5  # as in loads/load.h
BUCKETS = (64 - BITS + 1) << BITS
FIELDS = 2 + 2 * BUCKETS + 1

# Percentiles of the times that units took, in milliseconds; and, where it is known, EXCESS: by how much the processor time of
# all units was more than if each had taken the median.
Latencies = collections.namedtuple("Latencies", "p50 p99 cpu_p50 cpu_p99 excess", defaults=(0, 0, 0))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def wait_until(true, what, limit=30):
    deadline = time.monotonic() + limit
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} is not ready")
        time.sleep(0.05)


def schedstat(pid):
    """(seconds on a processor, seconds ready to run and waiting for one) of all threads of a process"""
    run = wait = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as stream:
            fields = stream.read().split()
            run, wait = run + int(fields[0]), wait + int(fields[1])
    return run / 1e9, wait / 1e9


def start(command, **kwargs):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **kwargs})


def end(process):
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()
    process.wait()


class Load:
    """What all have in common."""

    unit = "units"
    functions = ()
    object = None  # profiled by -x, if not by -p
    slowed = 1  # how much slower than usual the next turn is expected to be; of use where its length is a number of requests
    slowness = 3  # how much slower all probes make it

    def placed(self, programs, work):
        """PROGRAMS is the directory of built programs, WORK one for its files. Then it can be started, by `with`."""
        self.programs, self.work, self.pids, self.processes = programs, work, [], []
        return self

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            end(process)

    def at(self, name):
        return os.path.join(self.programs, name)

    def target(self):
        """What tells lprof-bpf which processes to profile."""
        return ["-x", self.object] if self.object else ["-p", ",".join(map(str, self.pids))]

    def cpu_seconds(self):
        return sum(schedstat(pid)[0] for pid in self.pids)

    def wrong(self):
        """How many units had a wrong result."""
        return 0

    def keep_busy(self):
        """There shall be load until the end, if there is not anyway."""


class Own(Load):
    """A program of tests/bench/loads. It works on and on; a turn is a part of that."""

    def __init__(self, name, functions, threads=1):
        self.name, self.functions, self.threads = name, functions, threads

    @property
    def path(self):
        return os.path.join(self.work, self.name + ".load")

    def command(self, units=None):
        """What does so many units and ends, or works for ever."""
        return [self.at("load-" + self.name), *([self.path + ".other", str(units)] if units else [self.path])]

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path)
        self.processes.append(start(self.command()))
        self.pids = [self.processes[0].pid]
        wait_until(lambda: os.path.exists(self.path) and os.path.getsize(self.path) and self.done() > 10, self.name)

    def read(self, count, at):
        size, sums = 8 * FIELDS, [0] * count
        with open(self.path, "rb") as stream:
            for thread in range(self.threads):
                stream.seek(size * thread + 8 * at)
                sums = [a + b for a, b in zip(sums, struct.unpack(f"{count}Q", stream.read(8 * count)))]
        return sums

    def done(self):
        return self.read(1, 0)[0]

    def wrong(self):
        return self.read(1, 1)[0]

    def begin(self, seconds):
        self.before, self.deadline = self.read(FIELDS, 0), time.monotonic() + seconds

    def under_way(self):
        return time.monotonic() < self.deadline and self.processes[0].poll() is None

    def end(self):
        if self.processes[0].poll() is not None:
            raise SystemExit(f"{self.name} ended by itself: {self.processes[0].returncode}")
        sums = [after - before for after, before in zip(self.read(FIELDS, 0), self.before)]
        units, cpu_ns = sum(sums[2 : 2 + BUCKETS]), sums[-1]
        p50, p99 = self.percentiles(sums[2 : 2 + BUCKETS])
        cpu_p50, cpu_p99 = self.percentiles(sums[2 + BUCKETS : -1])
        return Latencies(p50, p99, cpu_p50, cpu_p99, cpu_ns / 1e6 / (units * cpu_p50) - 1 if units else 0)

    def percentiles(self, counts):
        """The median, and what one unit in a hundred exceeds, between the limits of the bucket."""
        sums = list(itertools.accumulate(counts))
        found = []
        for share in (0.5, 0.99):
            bucket = bisect.bisect_left(sums, share * sums[-1])
            below = sums[bucket] - counts[bucket]
            inside = (share * sums[-1] - below) / (counts[bucket] or 1)
            low, high = self.milliseconds(bucket), self.milliseconds(bucket + 1)
            found.append(low + inside * (high - low))
        return found

    @staticmethod
    def milliseconds(bucket):
        shift = max((bucket >> BITS) - 1, 0)
        return ((bucket - (shift << BITS)) << shift) / 1e6


class Served(Load):
    """A server, and a load generator for each turn."""

    def begin(self, seconds):
        self.generator = start(self.generate(seconds), stdout=subprocess.PIPE, text=True, cwd=self.work)
        self.processes.append(self.generator)

    def under_way(self):
        return self.generator.poll() is None

    def end(self):
        out = self.generator.communicate()[0]
        self.processes.remove(self.generator)
        if self.generator.returncode:
            raise SystemExit(f"{self.generator.args[0]}: status {self.generator.returncode}")
        return self.latencies(out)


class Redis(Served):
    """GET of one key by twenty clients, each with DEPTH requests under way."""

    unit = "requests"
    functions = ("processCommand", "dictFind", "siphash")

    def __init__(self, depth):
        self.depth, self.rate = depth, None

    def start(self):
        self.port = free_port()
        server = start([self.at("redis-server"), "--port", self.port, "--save", "", "--bind", "127.0.0.1", "--dir", self.work])
        self.processes.append(server)
        self.pids, self.socket = [server.pid], None
        wait_until(self.answers, "redis")
        self.ask("SET key:__rand_int__ value")
        self.rate = 1e7  # requests a second, measured now
        before, begin = self.done(), time.monotonic()
        self.processes.append(start(self.generate(60)))
        time.sleep(2)
        self.rate = (self.done() - before) / (time.monotonic() - begin)
        end(self.processes.pop())

    def answers(self):
        with contextlib.suppress(OSError):
            self.socket = socket.create_connection(("127.0.0.1", int(self.port)))
        return self.socket

    def ask(self, command):
        self.socket.sendall(command.encode() + b"\r\n")
        return self.socket.recv(65536).decode()

    def done(self):
        return int(re.search(r"total_commands_processed:(\d+)", self.ask("INFO stats"))[1])

    def generate(self, seconds=None, requests=None):
        return [self.at("redis-benchmark"), "-p", self.port, "--csv", "-c", "20", "-P", str(self.depth), "-t", "get", "-n",
                str(requests or int(self.rate * seconds / self.slowed) + 1)]

    def keep_busy(self):
        self.slowed = 1
        self.processes.append(start(self.generate(3600)))

    def latencies(self, out):
        rows = list(csv.DictReader(out.splitlines()))
        return Latencies(float(rows[0]["p50_latency_ms"]), float(rows[0]["p99_latency_ms"]))


NGINX = """user root;
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 256; }}
http {{
	access_log off;
	keepalive_requests 1000000000;
	client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};
	server {{
		listen 127.0.0.1:{port};
		root {work};
		location /status {{ stub_status; }}
	}}
}}
"""


class Nginx(Served):
    """GET of a small page over twenty connections by wrk."""

    unit = "requests"
    functions = ("ngx_http_parse_request_line", "ngx_http_parse_header_line", "ngx_http_process_request_headers", "ngx_palloc")

    def start(self):
        self.port, path = free_port(), os.path.join(self.work, "nginx.conf")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(NGINX.format(work=self.work, port=self.port))
        with open(os.path.join(self.work, "page"), "w", encoding="utf-8") as stream:
            stream.write("a page\n" * 100)
        master = start([self.at("nginx"), "-c", path, "-p", self.work])
        self.processes.append(master)
        wait_until(lambda: self.done() is not None, "nginx")
        with open(f"/proc/{master.pid}/task/{master.pid}/children", encoding="utf-8") as stream:
            self.pids = [int(pid) for pid in stream.read().split()]

    def done(self):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=20) as answer:
            return int(answer.read().decode().splitlines()[2].split()[2])
        return None

    def generate(self, seconds):
        return ["wrk", "-t", "1", "-c", "20", "-d", f"{seconds}s", "--latency", f"http://127.0.0.1:{self.port}/page"]

    def latencies(self, out):
        units = {"us": 0.001, "ms": 1, "s": 1000}
        found = {share: float(number) * units[unit] for share, number, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)\b", out)}
        return Latencies(found["50"], found["99"])


class Postgres(Served):
    """pgbench with four clients that only read. The processes of these clients are profiled, or, with WHOLE, all processes of
    the server, present and future."""

    unit = "transactions"
    functions = ("ExecInterpExpr", "hash_search_with_hash_value", "AllocSetAlloc", "_bt_compare")
    CLIENTS = 4

    def __init__(self, whole):
        self.whole = whole

    def tool(self, name):
        return os.path.join(self.programs, "postgresql/bin", name)

    def start(self):
        # The server refuses to run as root.
        user, self.data, self.port = pwd.getpwnam("nobody"), os.path.join(self.work, "data"), free_port()
        os.chmod(self.work, 0o755)
        os.mkdir(self.data, 0o700)
        os.chown(self.data, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
        subprocess.run([self.tool("initdb"), "-N", "-A", "trust", "-U", "bench", "-D", self.data], check=True, stdout=subprocess.DEVNULL, **as_user)
        self.processes.append(start([self.tool("postgres"), "-D", self.data, "-p", self.port, "-h", "127.0.0.1", "-k", self.data, "-c",
                                     "shared_buffers=64MB"], **as_user))
        self.object = self.tool("postgres") if self.whole else None
        self.environment = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": self.port, "PGUSER": "bench", "PGDATABASE": "postgres"}
        ready = [self.tool("pg_isready"), "-q"]
        wait_until(lambda: subprocess.run(ready, env=self.environment, check=False).returncode == 0, "postgres")
        subprocess.run([self.tool("pgbench"), "-i", "-q"], env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def generate(self, seconds):
        return [self.tool("pgbench"), "-n", "-S", "-M", "prepared", "-c", str(self.CLIENTS), "-j", "1", "-T", str(seconds), "-P", "1", "-l",
                "--log-prefix", "pgbench"]

    def begin(self, seconds):
        for path in glob.glob(os.path.join(self.work, "pgbench.*")):
            os.remove(path)
        self.rows = self.read = 0
        self.generator = start(self.generate(seconds), env=self.environment, cwd=self.work)
        self.processes.append(self.generator)
        wait_until(lambda: len(self.clients()) == self.CLIENTS, "pgbench")
        self.pids = self.clients()

    def clients(self):
        """The processes that serve pgbench."""
        found = []
        with open(f"/proc/{self.processes[0].pid}/task/{self.processes[0].pid}/children", encoding="utf-8") as stream:
            for pid in stream.read().split():
                with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
                    if line.read().startswith("postgres: bench"):
                        found.append(int(pid))
        return found

    def done(self):
        """Rows of pgbench's log, which it writes as transactions end."""
        for path in glob.glob(os.path.join(self.work, "pgbench.*")):
            with open(path, "rb") as stream:
                stream.seek(self.read)
                rows = stream.read()
                self.rows, self.read = self.rows + rows.count(b"\n"), self.read + len(rows)
        return self.rows

    def latencies(self, _):
        times = []
        for path in glob.glob(os.path.join(self.work, "pgbench.*")):
            with open(path, encoding="utf-8") as stream:
                times += [int(row.split()[2]) / 1e3 for row in stream]
        times.sort()
        return Latencies(times[len(times) // 2], times[len(times) * 99 // 100])


class Lua(Own):
    """The interpreter with a script, which writes a byte for each unit."""

    def command(self, units=None):
        return [self.at("lua"), "tests/bench/loads/lua.lua", *([self.path + ".other", str(units)] if units else [self.path])]

    def done(self):
        return os.path.getsize(self.path)

    def wrong(self):
        return 0


# For production.py.
LOADS = {
    "redis": Redis(1),
    "redis-pipelined": Redis(16),
    "nginx": Nginx(),
    "sqlite": Own("sqlite", ["sqlite3VdbeExec"]),
    "postgres": Postgres(whole=False),
    "postgres-all": Postgres(whole=True),
    "throws": Own("throws", ["evaluate", "reader::sum", "reader::term", "reader::number"]),
    "threads": Own("threads", ["mix", "sort_words"], threads=8),
    "tight": Own("tight", ["turn_around"]),
}

# For truth.py: with how many units the exact hits of one are found out.
TRUTHS = {
    "collatz": (Own("collatz", ["collatz"]), 100),
    "bzip2": (Own("bzip2", ["mainSort", "mainSimpleSort", "mainQSort3", "BZ2_hbMakeCodeLengths", "generateMTFValues"]), 2),
    "lua": (Lua("lua", ["luaV_execute", "luaH_getshortstr", "luaH_getint", "luaH_resize", "sort_comp"]), 20),
    "sqlite": (Own("sqlite", ["sqlite3VdbeExec", "sqlite3BtreeNext", "sqlite3VdbeSerialGet"]), 5),
    "redis": (Redis(1), 2000),
}
