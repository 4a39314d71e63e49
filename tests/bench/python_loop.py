"""python_loop.py N [line_profiler|settrace]: runs a function of three lines N times through its loop, and another one
that nobody asks for; prints what a line of each took, in nanoseconds."""
import sys
import time


def wanted(n):
    x = 0
    for i in range(n):
        x += i
        x ^= 3
    return x


def other(n):
    x = 0
    for i in range(n):
        x += i
        x ^= 3
    return x


def trace(frame, event, argument):
    return trace


def measure(function, n):
    start = time.perf_counter()
    function(n)
    return (time.perf_counter() - start) / (3 * n) * 1e9


n = int(sys.argv[1])
how = sys.argv[2] if len(sys.argv) > 2 else ""
if how == "line_profiler":
    from line_profiler import LineProfiler

    profiler = LineProfiler(wanted)
    profiler.enable()
elif how == "settrace":
    sys.settrace(trace)
wanted(n // 10)  # lets the BPF programs learn where the frame is
print(measure(wanted, n), measure(other, n))
