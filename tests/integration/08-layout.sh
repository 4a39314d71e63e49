#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make lint` refuses besides wrong formatting: includes against the order of the folders, circular includes, and
# wide comments.
. "$(dirname "$0")/lib.sh"
need python3 make

LINT=$TOP/tests/lint/layout
TREE=$WORK/tree

# tree: makes a small tree with nothing wrong
tree() {
	rm -rf "$TREE"
	mkdir -p "$TREE"/src/{base,flow,native,python,run} "$TREE/tests/lint"
	printf 'base  what all use\nflow  what uses base\nnative one\npython another\nrun   the verbs\n' >"$TREE/src/ORDER"
	echo '#include "flow/plan.h"' >"$TREE/src/main.c"
	printf '#include <stdio.h>\n' >"$TREE/src/base/diag.h"
	printf '#include "base/diag.h"\n\n#include "base/grow.h"\n' >"$TREE/src/base/diag.c"
	printf '/* grow */\n' >"$TREE/src/base/grow.h"
	printf '#include "base/diag.h"\n' >"$TREE/src/flow/plan.h"
	printf '#include "flow/plan.h"\n#include "lprof.h"\n' >"$TREE/src/flow/plan.c"
}

# refuse NAME WORDS...: the tree must be refused in one line that contains all of the words.
refuse() {
	local name=$1 word
	shift
	if "$LINT" "$TREE" >"$WORK/out" 2>&1; then
		bad "$name: it is accepted"
		return
	fi
	is "$name: lines" 1 "$(wc -l <"$WORK/out")"
	for word; do
		check "$name: $word" grep -q -F -e "$word" "$WORK/out" || cat "$WORK/out"
	done
}

accept() {
	is "$1" "" "$("$LINT" "$TREE" 2>&1)"
}

check "the tree of lprof-bpf itself" make -s lint-layout

tree
accept "a tree with nothing wrong"
echo '#include "flow/plan.h"' >>"$TREE/src/base/grow.h"
refuse "a header against the order" src/base/grow.h flow/plan.h src/ORDER
tree
echo '#include "flow/plan.h"' >>"$TREE/src/base/diag.c"
refuse "a source against the order" src/base/diag.c flow/plan.h
tree
echo '#include "diag.h"' >>"$TREE/src/flow/plan.c"
refuse "an include without a folder" src/flow/plan.c diag.h
tree
echo '#include "other/x.h"' >>"$TREE/src/flow/plan.c"
refuse "an include from an unknown folder" src/flow/plan.c other/x.h
tree
mkdir "$TREE/src/other"
echo '#include "base/diag.h"' >"$TREE/src/other/x.c"
refuse "a folder that is not listed" src/other/x.c src/ORDER
tree
echo >"$TREE/src/native/native.h"
echo '#include "native/native.h"' >"$TREE/src/python/python.c"
refuse "one kind of program that knows the other" src/python/python.c native/native.h
tree
echo >"$TREE/src/native/native.h"
echo '#include "native/native.h"' >"$TREE/src/run/prepare.c"
accept "the table of front-ends"
mv "$TREE/src/run/prepare.c" "$TREE/src/run/list.c"
refuse "a front-end that is named elsewhere" src/run/list.c native/native.h src/run/prepare.c

tree
echo '#include "base/diag.h"' >>"$TREE/src/base/grow.h"
refuse "a circle" base/diag base/grow circle
echo '#include "flow/cfg.h"' >>"$TREE/src/flow/plan.h"
echo '#include "flow/plan.h"' >"$TREE/src/flow/cfg.h"
is "two circles are both told" "base/diag base/grow flow/cfg flow/plan" \
	"$("$LINT" "$TREE" 2>&1 | grep -o '[a-z]*/[a-z]*' | sort -u | xargs)"

wide() {
	printf '%*s' "$1" '' | tr ' ' x
}
tree
echo "/* $(wide 114) */" >>"$TREE/src/base/grow.h"
accept "a comment of 120 columns"
tree
echo "/* $(wide 115) */" >>"$TREE/src/base/grow.h"
refuse "a comment of 121 columns" src/base/grow.h:2 121
tree
printf '/*\n * %s\n */\n' "$(wide 118)" >>"$TREE/src/base/grow.h"
refuse "a longer comment's line of 121 columns" src/base/grow.h:3 121
tree
printf '\t\t/* %s */\n' "$(wide 99)" >>"$TREE/src/base/grow.h"
refuse "tabs are 8 columns wide" src/base/grow.h:2 121
tree
printf 'const char *text = "/* %s */";\n' "$(wide 115)" >>"$TREE/src/base/grow.h"
accept "a string is no comment"
finish
