"""Functions of many kinds, each in a call of its own, again and again for some processor time. Prints for each how much
of the processor its thread had meanwhile."""
import asyncio
import collections
import hashlib
import json
import os
import sys
import threading
import time

N = 20000
took = collections.Counter()
lock = threading.Lock()


def part(function, *arguments):
    began = time.thread_time()
    function(*arguments)
    with lock:
        took[function.__name__] += time.thread_time() - began


def spin(n):
    x = 0
    for i in range(n):
        x += i & 7
    return x


def loop():
    x = 0
    for i in range(N):
        x += i & 7
    for i in range(3 * N):
        x += i & 7


def recursive(depth=20):
    if depth:
        return recursive(depth - 1)
    return spin(N)


def by_key():
    def key(value):
        return -value
    return sorted(range(N), key=key)


def generated():
    def numbers(n):
        for i in range(n):
            yield i & 7

    def outer(n):
        yield from numbers(n)
    return sum(outer(N))


def comprehended():
    return [i * i for i in range(2 * N)]


class Method:
    def __lt__(self, other):
        return spin(100)

    def compare(self):
        for _ in range(200):
            self < self


def compare():
    Method().compare()


def made():
    """A function that is made anew each time: its code object is freed after each call."""
    names = {}
    exec(compile("def fresh(n):\n    x = 0\n    for i in range(n):\n        x += i & 7\n    return x\n", "fresh.py", "exec"),
         names)
    names["fresh"](N)


def awaited():
    async def inner():
        return spin(N)

    async def outer():
        await inner()
    asyncio.run(outer())


def hashed():
    """Most of it without the interpreter's lock."""
    hashlib.sha256(bytes(1 << 20)).digest()


PARTS = [loop, recursive, by_key, generated, comprehended, compare, made, awaited]


def nap():
    time.sleep(0.3)


def hash_for(seconds):
    while time.thread_time() < seconds:
        part(hashed)


def main(seconds):
    others = [threading.Thread(target=hash_for, args=(seconds / 3,)), threading.Thread(target=nap)]
    for other in others:
        other.start()
    while time.thread_time() < seconds:
        for function in PARTS:
            part(function)
    for other in others:
        other.join()
    child = os.fork()
    if not child:
        spin(50 * N)
        os._exit(0)
    os.waitpid(child, 0)
    json.dump(took, sys.stdout)


main(float(sys.argv[1]))
