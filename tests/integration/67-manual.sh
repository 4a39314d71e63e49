#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual page is well-formed, and has the same options, verbs and words as --help and the program.
. "$(dirname "$0")/lib.sh"
need mandoc groff

PAGE=$TOP/src/install/lprof-bpf.8

# References to manual pages that are not installed here are not this page's fault.
mandoc -T lint -W style "$PAGE" 2>&1 | grep -v -E 'referenced manual not found|mandoc.db' >"$WORK/lint"
is "mandoc is silent" "" "$(cat "$WORK/lint")"
is "groff is silent" "" "$(groff -ww -mdoc -Tascii -z "$PAGE" 2>&1)"

mandoc -T ascii -O width=200 "$PAGE" | sed 's/.\x08//g' >"$WORK/page"
"$LPROF" --help >"$WORK/help"
"$LPROF" --list-options >"$WORK/list"

# The headings of options in the page and in --help: letter, name and value, up to the explanation.
headings() {
	sed -n 's/^  *-/-/p' "$1" | sed 's/   *.*//; s/ $//' | sort
}
awk '/^[A-Z]/ { on = $0 == "OPTIONS" } on && /^     -/' "$WORK/page" >"$WORK/page.options"
grep -E '^ +(-., )?--' "$WORK/help" >"$WORK/help.options"
check "there are options" test "$(wc -l <"$WORK/help.options")" -gt 15
is "options as in --help" "$(headings "$WORK/help.options")" "$(headings "$WORK/page.options")"

verbs() {
	grep -oE '^ +lprof-bpf [a-z]+( |$)' "$1" | sed 's/.*lprof-bpf //; s/ //' | sort -u
}
sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' "$WORK/page" >"$WORK/synopsis"
sed -n '/^Usage/,/^$/p' "$WORK/help" >"$WORK/usage"
check "there are verbs" test "$(verbs "$WORK/usage" | wc -l)" -gt 1
is "verbs as in --help" "$(verbs "$WORK/usage")" "$(verbs "$WORK/synopsis")"
is "verbs as the program knows them" "$(sed -n 's/^verb\t//p' "$WORK/list" | sort)" "$(verbs "$WORK/synopsis")"
for verb in $(verbs "$WORK/usage"); do
	check "$verb is explained" grep -q -E "^     $verb( |\$)" "$WORK/page"
done

# paragraph OPTION: prints what the page says about it
paragraph() {
	awk -v option="$1" '/^     -/ { on = $0 ~ "(^| )" option "( |$)" } /^[A-Z]/ { on = 0 } on' "$WORK/page"
}
while IFS=$'\t' read -r kind name _ _ words _; do
	[ "$kind" = option ] || continue
	# A short option and its text may be on one line.
	check "$name has a text" test "$(paragraph "$name" | wc -w)" -gt 3
	[ "$words" = - ] && continue
	for word in ${words//,/}; do
		check "$name: $word" grep -q -w -e "$word" <(paragraph "$name")
	done
done <"$WORK/list"

for section in NAME SYNOPSIS DESCRIPTION OPTIONS ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
	check "section $section" grep -q -x -F "$section" "$WORK/page"
done
finish
