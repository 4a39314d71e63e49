#!/usr/bin/python3
"""resident.py SCRIPT GO DONE: a program that runs already when it is profiled. It waits until the file GO is there, runs
SCRIPT, writes the file DONE, and goes on until it is killed."""
import os
import sys
import time


def stay():
    script, go, done = sys.argv[1:4]
    with open(script) as file:
        code = compile(file.read(), script, "exec")
    space = {"__name__": "__main__", "__file__": script, "__builtins__": __builtins__}
    while not os.path.exists(go):
        time.sleep(0.01)
    sys.argv = sys.argv[1:]
    try:
        exec(code, space)
    except SystemExit:
        pass
    sys.stdout.flush()
    with open(done, "w") as file:
        file.write("done")
    while True:
        time.sleep(0.01)


stay()
