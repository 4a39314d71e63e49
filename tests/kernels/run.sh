#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots Debian's kernels in an emulator and compares the results of checks.sh in them with its results on this machine.
# KERNEL_SUITES names the suites.
#
# The emulator runs without hardware acceleration, which a virtual machine may not offer. It uses a single thread: with
# one for each processor, it breaks kernels that patch their own code, as switching on a tracepoint does.
. tests/integration/lib.sh
. tests/kernels/fetch.sh
need python3 gcc g++ qemu-system-x86_64 busybox cpio gzip apt-get apt-cache dpkg-deb
need_profiler
SUITES=${KERNEL_SUITES:-bookworm trixie sid}
LIMIT=${KERNEL_TIMEOUT:-600} # seconds for one kernel
GUEST=$WORK/guest
DETERMINISTIC="collatz every-line threads optimized recursion longjmp exceptions switches process system-wide cgroup samples-counted started"

# Makes the directory in which checks.sh runs, here and in the guest.
make_programs() {
	mkdir "$1" && cp "$LPROF" "$1/lprof-bpf" && cp build/test_attach tests/kernels/checks.sh "$1" || return 1
	build threads gcc "$1/threads-O2" -O2
	for program in collatz threads calls jumps exceptions switches redzone turns; do
		build "$program" gcc "$1/$program" -O0 || return 1
	done
	(cd "$1" && gcc -g -O0 -shared -fPIC -o libshared.so "$PROGRAMS/shared.c" &&
		gcc -g -O0 -o shared_user "$PROGRAMS/shared_user.c" -L. -lshared)
}

# libraries FILE...: prints the shared libraries that the files need, including the loader
libraries() {
	ldd "$@" 2>/dev/null | grep -o '/[^ ]* (0x' | sed 's/ (0x$//' | sort -u
}

make_initramfs() {
	local library
	mkdir -p "$GUEST/bin" "$GUEST/proc" "$GUEST/sys" "$GUEST/dev" "$GUEST/run" "$GUEST/tmp"
	make_programs "$GUEST/work" || return 1
	cp "$(command -v busybox)" "$GUEST/bin/busybox"
	for library in $(libraries "$GUEST"/work/{lprof-bpf,test_attach,exceptions,threads} "$GUEST/bin/busybox"); do
		mkdir -p "$GUEST$(dirname "$library")"
		cp -L "$library" "$GUEST$library"
	done
	cat >"$GUEST/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
cd /work
echo started
./checks.sh </dev/null
stty -F /dev/ttyS1 raw
tar -cz results >/dev/ttyS1
echo complete
poweroff -f
INIT
	chmod +x "$GUEST/init"
	(cd "$GUEST" && find . | cpio -o -H newc --quiet) | gzip -1 >"$WORK/initramfs"
}

# boot KERNEL DIRECTORY: boots the kernel; writes results/ and the text of the console to DIRECTORY.
boot() {
	local emulator end=$((SECONDS + LIMIT))
	qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-accel tcg,thread=single -cpu max -smp 2 -m 1024 -kernel "$1" -initrd "$WORK/initramfs" \
		-append "console=ttyS0 quiet panic=-1" -serial "file:$2/console" -serial "file:$2/results.tar.gz" &
	emulator=$!
	child $emulator
	while kill -0 $emulator 2>/dev/null && [ $SECONDS -lt $end ]; do
		sleep 1
	done
	kill -KILL $emulator 2>/dev/null
	wait $emulator 2>/dev/null
	forget $emulator
	tar -xzf "$2/results.tar.gz" -C "$2" 2>/dev/null
	grep -q '^complete' "$2/console"
}

# The emulator sometimes breaks a kernel that patches itself early in its boot, long before anything of ours runs.
boot_or_retry() {
	local try
	for try in 1 2 3; do
		boot "$@" && return
		grep -q '^started' "$2/console" && return 1
		echo "$(basename "$1") did not come up (try $try)"
	done
	return 1
}

status_of() {
	cat "$1/$2.status" 2>/dev/null || echo "did not run"
}

# verdict NAME COMMAND...: prints one line for each check, and the profiler's messages if it failed.
verdict() {
	local name=$1
	shift
	if "$@" >"$WORK/verdict" 2>&1; then
		PASSED=$((PASSED + 1))
		echo "ok: $RELEASE: $name"
		return
	fi
	bad "$RELEASE: $name"
	head -12 "$WORK/verdict" | sed 's/^/    /'
	tail -25 "$FOUND/${name%%:*}.err" 2>/dev/null | sed 's/^/    /'
}

# same_hits NAME: exit status, hits and calls must be the same as here, and nothing may be missed.
same_hits() {
	[ "$(status_of "$HOST" "$1")" = "$(status_of "$FOUND" "$1")" ] || {
		echo "exit status $(status_of "$FOUND" "$1"), here $(status_of "$HOST" "$1")"
		return 1
	}
	[ -e "$HOST/$1.json" ] && [ -e "$FOUND/$1.json" ] || {
		echo "there is no report"
		return 1
	}
	[ "$(get "$FOUND/$1.json" 'p["probe"]["missed"]')" = 0 ] || {
		echo "hits were missed"
		return 1
	}
	python3 "$HERE/lprof_json.py" same "$HOST/$1.json" "$FOUND/$1.json"
}

succeeds() {
	cat "$FOUND/$1.out"
	[ "$(status_of "$FOUND" "$1")" = 0 ]
}

# The target must compute right results while probes come and go, and its calls must be counted.
unharmed() {
	cat "$FOUND/unharmed.target"
	succeeds unharmed && grep -q '^wrong 0$' "$FOUND/unharmed.target" && grep -q '^status 0$' "$FOUND/unharmed.target" &&
		[ "$(get "$FOUND/unharmed.json" 'f("mix")["calls"] > 50 and abs(f("mix")["calls"] - f("bits")["calls"]) <= 64')" = True ]
}

# samples_are_right NAME: as samples.py judges
samples_are_right() {
	[ "$(status_of "$FOUND" "samples-$1")" = 0 ] && tests/kernels/samples.py "$1" "$FOUND/samples-$1.json"
}

fails_in_words() {
	[ "$(status_of "$FOUND" no-such-function)" = 1 ] && grep -q nonesuch "$FOUND/no-such-function.err"
}

judge() {
	local name
	FOUND=$1 RELEASE=$(cat "$1/uname")
	verdict doctor succeeds doctor
	sed -n -E 's/^(uprobes by|samples of stacks) +/    \1: /p' "$FOUND/doctor.out"
	verdict test_attach succeeds test_attach
	for name in $DETERMINISTIC; do
		verdict "$name" same_hits "$name"
	done
	for name in alone counted found; do
		verdict "samples-$name: stacks" samples_are_right "$name"
	done
	verdict unharmed unharmed
	verdict no-such-function fails_in_words
}

make_initramfs || exit 1
(cd "$GUEST/work" && ./checks.sh) </dev/null >"$WORK/host.log" 2>&1
HOST=$WORK/host
mv "$GUEST/work/results" "$HOST"
judge "$HOST"
for suite in $SUITES; do
	mkdir "$WORK/$suite"
	start=$SECONDS
	if ! kernel=$(fetch_kernel "$suite"); then
		bad "$suite: no kernel"
	elif boot_or_retry "$kernel" "$WORK/$suite"; then
		echo "$suite: ${kernel#"$TOP/"}, $((SECONDS - start)) s"
		judge "$WORK/$suite/results"
	else
		bad "$suite: $kernel did not run to the end; its console:"
		tail -25 "$WORK/$suite/console"
	fi
	[ -z "${KEEP:-}" ] || cp -r "$WORK/$suite" "$KEEP"
done
finish
