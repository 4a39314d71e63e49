# SPDX-License-Identifier: GPL-2.0-or-later
"""The options that production.py, truth.py and safety.py have in common."""
import argparse
import signal
import sys


class Parser(argparse.ArgumentParser):
    """Reads what a benchmark of LOADS is called with. DEFAULT says which loads it takes when none is named."""

    def __init__(self, doc, loads, default="all"):
        super().__init__(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        self.known = list(loads)
        self.add_argument("--lprof", required=True, help=argparse.SUPPRESS)
        self.add_argument("--programs", required=True, help=argparse.SUPPRESS)
        self.add_argument("--option", action="append", default=[], help="pass it to lprof-bpf")
        self.add_argument("loads", nargs="*", metavar="LOAD", help=f"one of {', '.join(self.known)} (default: {default})")

    def read(self):
        """The arguments. From now on SIGTERM ends the benchmark in order, so that what it has started is ended as well."""
        args = self.parse_args()
        unknown = [name for name in args.loads if name not in self.known]
        if unknown:
            self.error(f"there is no load {unknown[0]}")
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        return args
