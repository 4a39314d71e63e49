#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A store of profiles that can be told to misbehave.

receiver.py DIR PORT    POSTs become DIR/NNNN.json with their profiles decoded, until it is killed. How it answers is in
                        DIR/mode, read anew for each: a status, "slow SECONDS", "lost" (takes the profile and closes the
                        connection without an answer), or "echo" (400, with the credentials and control characters in
                        its words). received.py has questions to what it got.
"""
import base64
import collections
import gzip
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse


def fields(data):
    """(number, value) of a protocol buffer message: integers, and bytes for what has a length."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            length = varint()
            if at + length > len(data):
                raise ValueError("a field ends behind the message")
            yield key >> 3, data[at:at + length]
            at += length
        else:
            raise ValueError(f"wire type {key & 7}")


def integers(values):
    """A repeated integer field's values, packed or not."""
    result = []
    for value in values:
        result += [value] if isinstance(value, int) else [v for _, v in fields(b"".join(
            b"\x08" + piece for piece in split_varints(value)))]
    return result


def split_varints(data):
    start = 0
    for at, byte in enumerate(data):
        if byte < 128:
            yield data[start:at + 1]
            start = at + 1


def message(data):
    result = collections.defaultdict(list)
    for number, value in fields(data):
        result[number].append(value)
    return result


def decode(zipped):
    """A gzip'd pprof profile as {"begin_ns": N, "lines": {"FUNCTION:LINE": {TYPE: SUM}}, "stacks": ...}. A line has what
    ended in it; a stack is named by its lines, the outermost first: "FUNCTION:LINE;FUNCTION:LINE"."""
    profile = message(gzip.decompress(zipped))
    strings = [text.decode() for text in profile[6]]
    types = [strings[message(value_type)[1][0]] for value_type in profile[1]]
    functions = {m[1][0]: strings[(m[2] or [0])[0]] for m in map(message, profile[5])}
    locations = {}
    for location in map(message, profile[4]):
        line = message(location[4][0])
        number = (line[2] or [0])[0]  # it is not in the message where it is not known
        locations[location[1][0]] = f"{functions[line[1][0]]}:{number}"
    lines, stacks = (collections.defaultdict(lambda: collections.defaultdict(int)) for _ in range(2))
    for sample in map(message, profile[2]):
        places = [locations[number] for number in integers(sample[1])]
        for value_type, value in zip(types, integers(sample[2]), strict=True):
            lines[places[0]][value_type] += value
            stacks[";".join(reversed(places))][value_type] += value
    return {"begin_ns": (profile[9] or [0])[0], "lines": lines, "stacks": stacks}


def describe(handler, body, mode):
    """Describes a request. A body that cannot be decoded is an error."""
    url = urllib.parse.urlsplit(handler.path)
    result = {"mode": mode, "path": url.path, "query": dict(urllib.parse.parse_qsl(url.query, strict_parsing=True))
              if url.query else {}, "headers": {k.lower(): v for k, v in handler.headers.items()}}
    if result["headers"].get("content-type") == "application/json":
        series = json.loads(body)["series"]
        [one] = series
        [sample] = one["samples"]
        result["labels"] = {label["name"]: label["value"] for label in one["labels"]["labels"]}
        zipped = base64.b64decode(sample["rawProfile"], validate=True)
    else:
        zipped = body
    result["profile"] = decode(zipped)
    return result


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionResetError("the sender has closed the connection within a profile")
        with open(self.server.directory + "/mode", encoding="ascii") as stream:
            mode, *rest = stream.read().split()
        request = describe(self, body, mode)
        if mode == "slow":
            time.sleep(float(rest[0]))
        # The request is recorded before it is answered, so that a client that got the answer finds it here.
        with self.server.lock:
            self.server.n += 1
            name = f"{self.server.directory}/{self.server.n:04}.json"
            with open(name + ".part", "w", encoding="utf-8") as stream:
                json.dump(request, stream)
            os.rename(name + ".part", name)
        if mode == "lost":
            self.close_connection = True
            return
        words = b"told to"
        if mode == "echo":
            given = self.headers.get("Authorization", "")
            words = b"\x1b[31mno \xff" + given.encode() + b" " + base64.b64decode(given.split()[-1] + "==") + b"\r\n"
        self.send_response({"slow": 200, "echo": 400}.get(mode) or int(mode))
        self.send_header("Content-Length", str(len(words)))
        if mode == "429":
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_):
        pass


def serve(directory, port):
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.directory = directory
    server.lock = threading.Lock()
    server.n = len([name for name in os.listdir(directory) if name.endswith(".json")])
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
