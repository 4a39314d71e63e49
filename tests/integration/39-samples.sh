#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sampled stacks of many kinds, each with all of its frames and about the time that the program spends below it.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

PHASE=100 # milliseconds, as in the program
build callback gcc "$WORK/libcallback.so" -O2 -fPIC -shared
build sampled gcc "$WORK/sampled" -O2 -fomit-frame-pointer
build sampled gcc "$WORK/sampled.fp" -O1 -fno-omit-frame-pointer

line() {
	number_of sampled "$1"
}

# takes NAME PROFILE MIN MAX EXPRESSION: the expression is a number of milliseconds in this range
takes() {
	local found
	found=$(get "$2" "$5")
	if python3 -c 'import sys
low, found, high = map(float, sys.argv[1:])
sys.exit(not low <= found <= high)' "$3" "${found:-nan}" "$4"; then
		ok "$1 ($found ms)"
	else
		bad "$1: $found ms are not between $3 and $4"
	fi
}

# below NAME PROFILE STACK [MS]: the stack, from main or the thread on, is what burn() was called from for about MS
below() {
	takes "$1" "$2" "$((${4:-PHASE} * 6 / 10))" "$((${4:-PHASE} * 15 / 10))" "cpu(r'$3;burn:')"
}

again="(recurse:$(line '/* again */');){39}recurse:$(line '/* at the bottom */')"
handled="main:[0-9]+;be_interrupted:($(line 'while (!handled)')|$(line '/* is interrupted */'));[^;]+;handler:$(line '/* handles */')"
called_back="open_late:$(line '/* calls the library */');shared_call:[0-9]+;called_back:$(line '/* called back */')"
inlined="with_inlined:$(line '/* the inlined call */');inlined"
for program in sampled sampled.fp; do
	profile=$WORK/$program.json
	"$LPROF" -q --no-probes --by thread -o "$profile" -- "$WORK/$program" "$WORK/libcallback.so" >"$WORK/out" 2>"$WORK/err"
	is "$program: status" 0 $?
	is "$program: nothing on standard error" "" "$(cat "$WORK/err")"
	start='^_start:[0-9]+;([^;]*libc_start[^;]*;)+main:[0-9]+'
	outer="$start;outer:$(line '/* outer calls */');inner"
	below "$program: calls" "$profile" "$outer:$(line '/* innermost */')"
	below "$program: below a frame of variable size" "$profile" "$outer:[0-9]+;with_array:$(line '/* below an array */')"
	below "$program: recursion" "$profile" "$start;$again"
	# The sort of the C library may compare three numbers with two or three calls.
	below "$program: through the C library's sort" "$profile" \
		"$start;sort:$(line '/* sorts */');([^;]*(qsort|msort)[^;]*;)+compare:$(line '/* compares */')" 85
	below "$program: in a handler of a signal" "$profile" "^_start:.*$handled"
	# Without symbols of the C library it is known by its place, which is a multiple of 16.
	is_json "$program: the code that handlers return to" "[]" "$profile" \
		'[p for p in paths(";handler:") if not re.search(r";(__restore_rt|[^;]+[+]0x[0-9a-f]*0):0;handler:", p)]'
	takes "$program: asleep in a handler, below the same" "$profile" 120 1500 \
		"blocked(r';be_interrupted:[0-9]+;(__restore_rt|[^;]+[+]0x[0-9a-f]*0):0;handler:$(line '/* sleeps in the handler */')')"
	below "$program: first inlined call" "$profile" "$start;$inlined:$(line '/* inlined calls */')" 50
	below "$program: second inlined call" "$profile" "$start;$inlined:$(line '/* inlined calls again */')" 50
	below "$program: a library that was opened late" "$profile" "$called_back"
	below "$program: in a thread" "$profile" "^[^;]*clone3?[^;]*;start_thread:[0-9]+;in_thread:$(line '/* in a thread */')"
	is_json "$program: threads of one process apart" "(2, 1)" "$profile" \
		'(len(owners(";burn:")), len({owner["pid"] for owner in owners(";burn:")}))'
	is_json "$program: one thread in another's function" 1 "$profile" 'len(owners("in_thread:"))'
	is_json "$program: main in another thread than that" "[]" "$profile" \
		'[owner for owner in owners("main:") if owner in owners("in_thread:")]'
	takes "$program: asleep" "$profile" 100 1500 "blocked(r'$start;sleep_often:$(line '/* sleeps */')')"
	takes "$program: waiting for a thread" "$profile" 40 1500 \
		"blocked(r'$start;start_thread_of_its_own:$(line '/* waits for the thread */')')"
	# What was not known yet when the program or the library was new.
	takes "$program: without all frames" "$profile" 0 60 'cpu("^(?!_start:|[^;]*clone3?:)")'
	takes "$program: all samples" "$profile" "$(sed -n 's/^counter cpu_ns \([0-9]*\)......$/\1/p' "$WORK/out")" 2500 'cpu("") * 1.15'
done

"$LPROF" -q --no-probes -o "$WORK/short.json" -- "$WORK/sampled" short
is "a program of 20 ms: status" 0 $?
is_json "a program of 20 ms: the period of the first seconds" 1003009 "$WORK/short.json" 'p["stacks"]["period_ns"]'
takes "a program of 20 ms" "$WORK/short.json" 10 40 'cpu("burn:")'

# Samples are not in step with a program that works by the clock.
"$LPROF" -q --no-probes --clock cpu -o "$WORK/paced.json" -- "$WORK/sampled" paced
takes "work every ten milliseconds" "$WORK/paced.json" 65 140 'cpu(";be_paced:")'

# A child that is forked while the file is looked for everywhere.
rm -f "$WORK/err"
"$LPROF" -q --no-probes -x "$WORK/sampled" -o "$WORK/forked.json" 2>"$WORK/err" &
profiler=$!
child $profiler
wait_for 20 grep -q profiling "$WORK/err"
"$WORK/sampled" fork
is "a forked child: its status" 0 $?
stop $profiler INT
is "a forked child: status" 0 $?
takes "a forked child" "$WORK/forked.json" 60 150 \
	"cpu(r'main:[0-9]+;in_child:[0-9]+;(recurse:[0-9]+;){3}burn:')"

# After two seconds samples are rarer.
while :; do :; done &
busy=$!
child $busy
"$LPROF" -q --no-probes "${EXACT[@]}" -p $busy -d 2.8 -o "$WORK/rarer.json" &
rarer=$!
child $rarer

# While the profiler is stopped, samples wait for it. Without time asleep.
"$LPROF" -q --no-probes --clock cpu -o "$WORK/stopped.json" -- "$WORK/sampled" >"$WORK/out" &
profiler=$!
child $profiler
sleep 0.4
kill -STOP $profiler
sleep 1
kill -CONT $profiler
wait $profiler
is "a stopped profiler: status" 0 $?
forget $profiler
takes "a stopped profiler: all samples" "$WORK/stopped.json" "$(sed -n 's/^counter cpu_ns \([0-9]*\)......$/\1/p' "$WORK/out")" 2500 \
	'cpu("") * 1.15'
takes "--clock cpu: not asleep" "$WORK/stopped.json" 0 0 'blocked("")'
below "a stopped profiler: calls" "$WORK/stopped.json" "$outer:$(line '/* innermost */')"
wait $rarer
is "rarer samples: status" 0 $?
forget $rarer
is_json "rarer samples: the mean period" True "$WORK/rarer.json" '1003009 < p["stacks"]["period_ns"] < 2618033'
finish
