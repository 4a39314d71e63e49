#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""complete.py bash|zsh|fish COMPLETIONS SHOWN <CASES: types each line of CASES, LINE or LINE<tab>KEYS, into an interactive
shell that has the completions of directory COMPLETIONS, and then KEYS (the tab key if not given; backslashes as in
Python). Prints the line that the shell then has, one for each case; what the shell showed in the meantime goes to the
files 0, 1, ... of directory SHOWN."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time

LIMIT = 20  # seconds
QUIET = 0.7
SAVE = "\x14"  # the key that RC binds to saving the line
CLEAR = "\x05\x15"  # go to the end of the line and delete everything before it
RC = {
    "bash": """
PS1=$'\\nready> '
bind 'set bell-style none'; bind 'set page-completions off'; bind 'set completion-query-items 0'
bind 'set enable-bracketed-paste off'
source {completions}/lprof-bpf.bash
bind -x '"\\C-t": printf %s "$READLINE_LINE" >{result}.new && mv {result}.new {result}'
""",
    "zsh": """
PS1=$'\\nready> '
fpath=({completions} $fpath)
autoload -Uz compinit && compinit -u -D
unsetopt beep
LISTMAX=1000
zmodload zsh/zle
save() {{ print -rn -- "$BUFFER" >{result}.new && mv {result}.new {result} }}
zle -N save
bindkey '^T' save
""",
    "fish": """
function fish_prompt; echo; echo -n 'ready> '; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
source {completions}/lprof-bpf.fish
bind \\ct 'printf %s (commandline) >{result}.new; and mv {result}.new {result}'
""",
}


def command_of(shell, home, text):
    """The shell's arguments, after TEXT was put where it reads it at its start."""
    names = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
    path = os.path.join(home, names[shell])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    # If this directory is missing, fish spends its first minute reading all manual pages.
    os.makedirs(home + "/.local/fish/generated_completions")
    return {"bash": ["bash", "--noprofile", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}[shell]


class Terminal:
    def __init__(self, argv, home):
        self.shown = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=home, ZDOTDIR=home, XDG_CONFIG_HOME=home + "/.config", TERM="xterm",
                              XDG_DATA_HOME=home + "/.local", COLUMNS="200", LINES="100")
            os.environ.pop("INPUTRC", None)
            os.execvp(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 100, 200, 0, 0))

    def wait(self, condition, what):
        deadline = time.time() + LIMIT
        while not condition():
            if time.time() > deadline:
                sys.exit(f"{what}: not within {LIMIT} s; shown: {self.shown!r}")
            if select.select([self.fd], [], [], 0.02)[0]:
                self.shown += os.read(self.fd, 65536)

    def wait_for_quiet(self):
        while select.select([self.fd], [], [], QUIET)[0]:
            self.shown += os.read(self.fd, 65536)

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def complete(terminal, result, line, keys):
    """The line after typing LINE and KEYS, and what was shown until then."""
    terminal.shown = b""
    terminal.type(line + (keys or "\\t").encode().decode("unicode_escape"))
    if keys:  # the check may be about the display, which shells omit when more input is waiting
        terminal.wait_for_quiet()
    terminal.type(SAVE)
    terminal.wait(lambda: os.path.exists(result), repr(line))
    found = open(result).read()
    os.remove(result)
    terminal.type(CLEAR)
    # Other sequences than those for colours usually move the cursor, and so separate words.
    shown = re.sub(r"\x1b\[[0-9;]*m|\x1b\([0-9A-B]|\x0f", "", terminal.shown.decode(errors="replace"))
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r", " ", shown)
    return found, shown


def main():
    shell, completions, shown_in = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        result = home + "/result"
        text = RC[shell].format(completions=os.path.abspath(completions), result=result)
        terminal = Terminal(command_of(shell, home, text), home)
        try:
            terminal.wait(lambda: b"ready> " in terminal.shown, "prompt")
            for i, case in enumerate(sys.stdin):
                line, _, keys = case.rstrip("\n").partition("\t")
                found, shown = complete(terminal, result, line, keys)
                print(found.rstrip("\n"), flush=True)
                with open(f"{shown_in}/{i}", "w") as file:
                    file.write(shown)
        finally:
            terminal.close()


main()
