#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# CPython's own tests with all functions profiled, exactly and within a budget, in release builds and in builds with
# assertions: they must end as they do without. PYTHONS says in which (3.13 3.14 3.15), FILES which of its tests.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
need apt-get dpkg-deb python3
umask 022
read -ra VERSIONS <<<"${PYTHONS:-3.13 3.14 3.15}"
read -ra BUILDS <<<"${BUILDS:-d release}"
read -ra MODES <<<"${MODES:-none 2}"
read -ra FILES <<<"${FILES:-test_generators test_coroutines test_asyncgen test_exceptions test_raise test_with \
	test_contextlib test_contextlib_async test_functools test_itertools test_collections test_dict test_list test_set \
	test_scope test_grammar test_listcomps test_genexps test_patma test_exception_group test_except_star \
	test_decorators test_class test_gc test_sys_settrace}"
LIMIT=${LIMIT:-300}

# outcome STATUS FILE: what unittest says at the end, without the time that it took, and which tests failed.
outcome() {
	echo "status $1"
	grep -E '^(FAIL|ERROR): |^(OK|FAILED|NO TESTS)|^Ran ' "$2" | sed 's/ in [0-9.]*s$//' | sort
}

tried=0
for version in "${VERSIONS[@]}"; do
	if ! release=$(tests/deps/pythons "$version+debug"); then
		echo "  skipped: Python $version"
		continue
	fi
	for build in "${BUILDS[@]}"; do
		python=${release}${build#release}
		# Only CPython's own tests have a module that makes allocations fail.
		for mode in "${MODES[@]}"; do
			is "$version${build#release} no memory, --max-overhead $mode: goes on" "goes on" \
				"$(timeout -k 5 "$LIMIT" "$LPROF" -q --max-overhead "$mode" -f '*' -o "$WORK/memory.json" -- \
					"$python" "$TOP/tests/python/no_memory.py" 2>&1 | tail -1)"
		done
		for file in "${FILES[@]}"; do
			name="$version${build#release} $file"
			(cd "$WORK" && timeout -k 5 "$LIMIT" "$python" -m unittest -v "test.$file" >plain.out 2>&1 </dev/null)
			outcome $? "$WORK/plain.out" >"$WORK/plain"
			if ! grep -q '^Ran [1-9]' "$WORK/plain"; then
				echo "  skipped: $name: $(tail -1 "$WORK/plain.out")"
				continue
			fi
			tried=$((tried + 1))
			for mode in "${MODES[@]}"; do
				(cd "$WORK" && timeout -k 5 "$LIMIT" "$LPROF" -q --max-overhead "$mode" -f '*' -o "$WORK/suite.json" -- \
					"$python" -m unittest -v "test.$file" >profiled.out 2>&1 </dev/null)
				outcome $? "$WORK/profiled.out" >"$WORK/profiled"
				check "$name, --max-overhead $mode: as without" diff "$WORK/plain" "$WORK/profiled"
				is_json "$name, --max-overhead $mode: functions were profiled" True "$WORK/suite.json" 'len(p["functions"]) > 20'
				rm -f "$WORK/suite.json"
			done
		done
		echo "  Python $version${build#release}: $tried files so far, $FAILED checks failed"
	done
done
check "some were tried" test $tried != 0
finish
