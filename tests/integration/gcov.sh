# SPDX-License-Identifier: GPL-2.0-or-later
# To be sourced: compares the hits of a real program with gcov's. The program is $WORK/prof/covered, its twin for gcov
# is $WORK/gcov/covered; $SOURCE is the source directory, $ALLOWED the table of named differences.

# run NAME INPUT ARGS...: compares a profiled run of the program with a run of its twin.
run() {
	local name=$1 input=$2
	shift 2
	find "$WORK/gcov" -name '*.gcda' -delete
	"$WORK/gcov/covered" "$@" <"$input" >"$WORK/expected"
	if [ -n "${ORACLE_ONLY:-}" ]; then
		python3 "$HERE/compare_gcov.py" --convert "$WORK/gcov" >"$WORK/$name.json"
		get "$WORK/$name.json" total
	else
		"$LPROF" -q -f '*' -x "$WORK/prof/covered" -o "$WORK/$name.json" -- "$WORK/prof/covered" "$@" <"$input" >"$WORK/out" 2>"$WORK/err"
		is "$name: exit status" 0 $?
		check "$name: same output" cmp "$WORK/expected" "$WORK/out"
		missed_none "$name" "$WORK/$name.json"
	fi
	sed -n "s/^$name //p" "$ALLOWED" >"$WORK/allowed.now"
	check "$name: hits against gcov" python3 "$HERE/compare_gcov.py" --allow "$WORK/allowed.now" --binary "$WORK/prof/covered" --min-lines 500 \
		"$WORK/$name.json" "$WORK/gcov" "$SOURCE"
	tail -1 "$WORK/check.log"
}
