#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# numpy and scikit-learn in Pythons from 3.12 on, beside line_profiler of the same release of Debian: hits are equal, and
# shares of time are compared. Those that are beyond what line_profiler itself finds from run to run are printed.
# ROUNDS says how many runs (9), PYTHONS of which versions (3.13 3.14 3.15).
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
need apt-get dpkg-deb python3
SCRIPTS=$TOP/tests/python
ROUNDS=${ROUNDS:-9}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
umask 022

# beside SCRIPT FUNCTION THEIRS NAME FILE: runs take turns, so that both see the same machine.
beside() {
	local script=$1 function=$2 named=$3 name=$4 file=$5 round theirs=() ours=()
	for round in $(seq "$ROUNDS"); do
		"$python" "$SCRIPTS/line_profiler.py" "$WORK/theirs.$round" "$SCRIPTS/$script.py" "$named" >"$WORK/their.out"
		"$LPROF" -q -f "$function" -o "$WORK/ours.$round.json" -- "$python" "$SCRIPTS/$script.py" >"$WORK/our.out"
		theirs+=("$WORK/theirs.$round")
		ours+=("$WORK/ours.$round.json")
	done
	"$SCRIPTS/shares.py" "$name" "$file" "${theirs[@]}" -- "${ours[@]}"
	is "$version $name: as line_profiler" 0 $?
	check "$version $name: the program's output" cmp "$WORK/their.out" "$WORK/our.out"
	missed_none "$version $name" "$WORK/ours.1.json"
}

tried=0
for version in ${PYTHONS:-3.13 3.14 3.15}; do
	if ! python=$(tests/deps/pythons $version+science); then
		echo "  skipped: Python $version"
		continue
	fi
	# Debian's unstable suite has these packages for some of its Pythons only.
	if ! modules=$("$python" -c 'import line_profiler, numpy, sklearn
print(f"numpy {numpy.__version__}, scikit-learn {sklearn.__version__}, line_profiler {line_profiler.__version__}")' 2>&1); then
		echo "  skipped: Python $version: $(tail -1 <<<"$modules")"
		continue
	fi
	tried=$((tried + 1))
	echo "  Python $version: $modules"
	beside matmul main main main "$SCRIPTS/matmul.py"
	beside matmul multiply multiply multiply "$SCRIPTS/matmul.py"
	linear=$("$python" -c 'import sklearn.linear_model._base as m; print(m.__file__)')
	beside regression LinearRegression.fit sklearn.linear_model:LinearRegression.fit LinearRegression.fit "$linear"
done
check "there is one" test $tried != 0
finish
