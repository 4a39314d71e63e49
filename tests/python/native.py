"""Calls a function of a C library many times."""
import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
library.dgemm_like.restype = ctypes.c_double
library.dgemm_like.argtypes = [ctypes.c_int]


def main():
    total = 0.0
    for i in range(50):
        total += library.dgemm_like(i)
    print(total)


if len(sys.argv) > 2:
    input()  # wait until the profiler is attached
main()
