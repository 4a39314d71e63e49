#!/usr/bin/python3
"""traced.py PID: traces a process as a debugger does, without stopping it, until it is killed."""
import ctypes
import sys
import time

PTRACE_SEIZE = 0x4206
if ctypes.CDLL(None, use_errno=True).ptrace(PTRACE_SEIZE, int(sys.argv[1]), None, None):
    sys.exit("cannot trace it")
print("traced", flush=True)
time.sleep(60)
