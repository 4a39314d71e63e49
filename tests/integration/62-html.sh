#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The HTML report in a browser: its numbers are those of the JSON report, hostile names and source stay text, it
# fetches nothing, and its controls and keys work. html-validate checks its markup.
. "$(dirname "$0")/lib.sh"
need node npm chromium gcc
need_profiler

TOOLS=$TOP/build/npm

validate() {
	echo '{"root": true, "extends": ["html-validate:standard", "html-validate:a11y"]}' >"$WORK/validate.json"
	"$TOOLS/node_modules/.bin/html-validate" -c "$WORK/validate.json" "$@"
}

check "tools are there" tests/deps/npm-install
mkdir "$WORK/pages"
check "pages" build/html_pages "$WORK/pages"

build collatz gcc "$WORK/collatz" -O1
for name in recorded.html recorded.json; do
	"$LPROF" -q -f '*' -x "$WORK/collatz" -o "$WORK/$name" -- "$WORK/collatz" >"$WORK/out" 2>"$WORK/err"
	is "recorded: $name" 0 $?
done

check "the pages are valid" validate "$WORK"/pages/{functions,calls,hostile,empty}.html "$WORK/recorded.html"

node "$HERE/html_page.mjs" "$TOOLS" "$WORK/pages" "$WORK/recorded.html" "$WORK/recorded.json" >"$WORK/looked" 2>"$WORK/err"
is "the browser's part ends well ($(head -c 2000 "$WORK/err"))" 0 $?
while read -r verdict text; do
	case $verdict in
	ok) ok "$text" ;;
	note) echo "$text" ;;
	*) bad "$text" ;;
	esac
done <"$WORK/looked"
finish
