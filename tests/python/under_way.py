#!/usr/bin/python3
"""under_way.py GO: functions, a generator and coroutines that have been called before the file GO is there, and execute
lines afterwards: 1000 turns each. The main thread waits in join() meanwhile. Makes the file GO.begun when all have been
called, and GO.done when they are done. Then it says what is left of a profiler."""
import asyncio
import os
import sys
import threading
import time

go = sys.argv[1]
called = []
lock = threading.Lock()


def begin(name):
    with lock:
        called.append(name)
        if len(called) == 5:
            open(go + ".begun", "w").close()


def work():
    begin("work")
    while not os.path.exists(go):
        time.sleep(0.005)
    total = 0
    for i in range(1000):
        total += i  # of the thread
    return total


def generate():
    yield 0
    for i in range(1000):
        yield i  # of the generator


def use():
    generator = generate()
    next(generator)
    begin("use")
    while not os.path.exists(go):
        time.sleep(0.005)
    for i in generator:
        pass  # of its user


async def cooperate():
    begin("cooperate")
    while not os.path.exists(go):
        await asyncio.sleep(0.005)
    for i in range(1000):
        await asyncio.sleep(0)  # of the coroutine


async def gather():
    await asyncio.gather(cooperate(), cooperate())


threads = [threading.Thread(target=target) for target in (work, work, use, lambda: asyncio.run(gather()))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
open(go + ".done", "w").close()
deadline = time.time() + 20
while any(sys.monitoring.get_tool(i) for i in range(6)) and time.time() < deadline:
    time.sleep(0.01)
print([sys.monitoring.get_tool(i) for i in range(6)], [name for name in globals() if "lprof" in name],
      [name for name in sys.modules if "lprof" in name])
