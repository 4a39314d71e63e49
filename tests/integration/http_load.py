#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""http_load.py PORT PATH FILE [--threads N] [--requests N] [--per-connection N]

Asks the HTTP server at 127.0.0.1:PORT for PATH, over and over, and compares every answer with FILE. Ends after
--requests of them, or at SIGTERM, with "requests N connections N wrong N"; SIGUSR1 prints "so far N" at any time.
"""
import argparse
import http.client
import signal
import sys
import threading


class Load:
    def __init__(self, args):
        self.args = args
        with open(args.file, "rb") as file:
            self.expected = file.read()
        self.lock = threading.Lock()
        self.left = args.requests
        self.requests = self.connections = self.wrong = 0
        self.stopping = False

    def claim(self):
        """How many requests the next connection makes."""
        with self.lock:
            n = 0 if self.stopping else min(self.left, self.args.per_connection)
            self.left -= n
            self.connections += bool(n)
            return n

    def finished(self, right):
        with self.lock:
            self.requests += 1
            self.wrong += not right

    def connect(self, n):
        connection = http.client.HTTPConnection("127.0.0.1", self.args.port, timeout=20)
        for i in range(n):
            try:
                headers = {"Connection": "keep-alive" if i + 1 < n else "close"}
                connection.request("GET", self.args.path, headers=headers)
                answer = connection.getresponse()
                self.finished(answer.read() == self.expected and answer.status == 200)
            except (OSError, http.client.HTTPException) as error:
                print(f"request {i + 1} of {n} of a connection: {error!r}", flush=True)
                self.finished(False)
                break
        connection.close()

    def work(self):
        while True:
            n = self.claim()
            if not n:
                return
            self.connect(n)

    def run(self):
        threads = [threading.Thread(target=self.work) for _ in range(self.args.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"requests {self.requests} connections {self.connections} wrong {self.wrong}", flush=True)
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--requests", type=int, default=10**9)
    parser.add_argument("--per-connection", type=int, default=10)
    load = Load(parser.parse_args())

    def stop(*_):
        load.stopping = True  # does not take the lock, because this handler may have interrupted its holder

    # The same applies to a signal during counting: the count is then at most one too low.
    signal.signal(signal.SIGUSR1, lambda *_: print(f"so far {load.requests}", flush=True))
    signal.signal(signal.SIGTERM, stop)
    return load.run()


if __name__ == "__main__":
    sys.exit(main())
