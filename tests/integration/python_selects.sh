# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced: what -f selects in flow.py, run by $PYTHON.

selected() {
	local expected=$1
	shift
	"$LPROF" -q "$@" -o "$WORK/selected.json" -- "$PYTHON" "$SCRIPTS/flow.py" >/dev/null
	is_json "selects: $*" "$expected" "$WORK/selected.json" 'sorted(f["name"] for f in p["functions"])'
}
line() {
	grep -n -F -m 1 -e "$1" "$SCRIPTS/flow.py" | cut -d: -f1
}
selected "['fibonacci']" -f fibonacci
selected "['Managed.doubled', 'Managed.helper']" -f Managed.doubled -f Managed.helper
selected "['Managed.__enter__', 'Managed.__exit__', 'Managed.__init__']" -f 'flow.py:Managed.__*'
selected "['outer.<locals>.inner']" -f outer.inner
selected "['outer.<locals>.inner']" -f inner
selected "['outer.<locals>.inner']" -f "flow.py:$(line 'count += k')"
selected "['outer']" -f "flow.py:$(line 'inner(i)')"
selected "['<module>']" -f 'flow.py:<module>'
selected "['even', 'odd']" -f '/^(even|odd)$/'
selected "['cached', 'fibonacci']" -f "flow.py:$(line 'def fibonacci')-$(line 'return fibonacci')" -f cached
selected "['umlaute_größe']" -f umlaute_größe
selected "[]" -f no_such_function
selected "['even']" -f even -f 'no_such_*'
is_json "selects: what was not executed is said" "['no function that matches no_such_* was executed']" "$WORK/selected.json" \
	'[note for note in p["notes"] if "no_such" in note]'
