// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file is text: the key's line, a line for each probe class, one for the rest, and a last word that tells a whole
 * file from one that was cut off. The profiler runs as root and uses what the file says, so it first checks who could
 * have written it, and each number in it.
 */
#include "probe/calibrate_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/run_directory.h"
#include "probe/attach.h"

#define FILE_SIZE 2048
#define END	  "end\n"

enum {
	PER_CLASS = 3,
	N_OF_CLASSES = PER_CLASS * INSN_PROBE_CLASSES,
	N_OF_KINDS = CALIBRATION_KINDS * CALIBRATION_RATIOS,
	N_NUMBERS = N_OF_CLASSES + 7 + LPROF_PATHS + N_OF_KINDS,
};
#define MAX_NUMBER 1000000 /* a larger number is damage: no hit costs more ns, and no ratio is larger */

/* Reads what follows NAME on the first line of the file at PATH that begins with NAME; with "", the first line. */
static int read_line(const char *path, const char *name, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int err = -ENODATA;

	if (!file)
		return -errno;
	while (err && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", line + strlen(name) + strspn(line + strlen(name), " \t:"));
		err = 0;
	}
	fclose(file);
	return err;
}

static void name_kinds(const struct calibration_request *request, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < request->n_kinds && used < size; i++)
		used += (size_t)snprintf(names + used, size - used, " %s", request->kinds[i]->name);
}

int calibrate_cache__key(const struct calibration_request *request, char key[CALIBRATE_KEY_SIZE])
{
	char boot[64], model[128], kinds[96];
	struct stat exe;
	int err = read_line("/proc/sys/kernel/random/boot_id", "", boot, sizeof(boot));

	if (!err)
		err = read_line("/proc/cpuinfo", "model name", model, sizeof(model));
	if (!err && stat("/proc/self/exe", &exe))
		err = -errno;
	if (err)
		return err;
	name_kinds(request, kinds, sizeof(kinds));
	/*
	 * The executable's inode, size and time stand for its version and its BPF programs: a new build is a new file.
	 */
	snprintf(key, CALIBRATE_KEY_SIZE,
		 "lprof-bpf calibration 5; boot %s; cpu %s; by %s; counters %s%s; kinds%s; program %lx:%lx %lx %lx.%lx",
		 boot, model, attach__best_way() == ATTACH_UPROBE_MULTI ? "uprobe_multi" : "perf",
		 request->apart ? "apart" : "together", request->budgeted ? "; gates" : "", kinds,
		 (unsigned long)exe.st_dev, (unsigned long)exe.st_ino, (unsigned long)exe.st_size,
		 (unsigned long)exe.st_ctim.tv_sec, (unsigned long)exe.st_ctim.tv_nsec);
	return 0;
}

static int check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || !run_directory__is_trusted(&st))
		return -EPERM;
	return st.st_size >= FILE_SIZE ? -EBADMSG : 0;
}

/* Reads the file. It is opened with O_NONBLOCK because it may turn out to be a FIFO, on which open() would wait. */
static int read_file(const char *directory, char text[FILE_SIZE])
{
	int dir = run_directory__open(directory, false), fd, err;
	ssize_t size;

	if (dir < 0)
		return dir;
	fd = openat(dir, CALIBRATE_CACHE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	err = fd < 0 ? -errno : check_file(fd);
	if (!err) {
		size = read(fd, text, FILE_SIZE - 1);
		if (size < 0)
			err = -errno;
		else
			text[size] = '\0';
	}
	if (fd >= 0)
		close(fd);
	close(dir);
	return err;
}

static int parse_number(const char **text, uint32_t *out)
{
	char *end;
	unsigned long value;

	if (**text < '0' || **text > '9')
		return -EBADMSG;
	value = strtoul(*text, &end, 10);
	if ((*end != ' ' && *end != '\n') || value > MAX_NUMBER)
		return -EBADMSG;
	*text = end + 1;
	*out = (uint32_t)value;
	return 0;
}

/* The numbers of a calibration in the order of the file. */
static void numbers_of(struct calibration *calibration, uint32_t *numbers[N_NUMBERS])
{
	size_t n = 0;

	for (int i = 0; i < INSN_PROBE_CLASSES; i++) {
		numbers[n++] = &calibration->price_ns[i];
		numbers[n++] = &calibration->uncertainty_ns[i];
		numbers[n++] = &calibration->kernel_ratio[i];
	}
	numbers[n++] = &calibration->prices.self_ns;
	for (int i = 0; i < LPROF_PATHS; i++)
		numbers[n++] = &calibration->prices.path_ratio[i];
	numbers[n++] = &calibration->prices.pre_ratio;
	numbers[n++] = &calibration->prices.clock_ratio;
	numbers[n++] = &calibration->prices.return_ratio;
	numbers[n++] = &calibration->prices.count_self_ratio;
	numbers[n++] = &calibration->prices.count_ratio;
	numbers[n++] = &calibration->prices.closed_ratio;
	for (int i = 0; i < N_OF_KINDS; i++)
		numbers[n++] = &calibration->kind_ratios[i / CALIBRATION_RATIOS][i % CALIBRATION_RATIOS];
}

static int parse(const char *text, struct calibration *out)
{
	uint32_t *numbers[N_NUMBERS];
	int err = 0;

	numbers_of(out, numbers);
	for (int i = 0; !err && i < N_NUMBERS; i++)
		err = parse_number(&text, numbers[i]);
	for (int i = 0; !err && i < INSN_PROBE_CLASSES; i++)
		if (!out->price_ns[i] || !out->prices.self_ns)
			err = -EBADMSG;
	if (!err && strcmp(text, END) != 0)
		err = -EBADMSG;
	return err;
}

int calibrate_cache__load(const char *directory, const char *key, struct calibration *out)
{
	struct calibration found = {.source = CALIBRATION_CACHED};
	char text[FILE_SIZE];
	size_t length = strlen(key);
	int err = read_file(directory, text);

	if (err)
		return err;
	if (strncmp(text, key, length) != 0 || text[length] != '\n')
		return -ESTALE;
	err = parse(text + length + 1, &found);
	if (!err)
		*out = found;
	return err;
}

static int format(const char *key, const struct calibration *calibration, char text[FILE_SIZE])
{
	struct calibration copy = *calibration;
	uint32_t *numbers[N_NUMBERS];
	int length = snprintf(text, FILE_SIZE, "%s\n", key);

	numbers_of(&copy, numbers);
	for (int i = 0; i < N_NUMBERS; i++) {
		bool last = i < N_OF_CLASSES ? (i + 1) % PER_CLASS == 0 : i + 1 == N_NUMBERS;

		length += snprintf(text + length, FILE_SIZE - (size_t)length, "%u%c", *numbers[i], last ? '\n' : ' ');
	}
	length += snprintf(text + length, FILE_SIZE - (size_t)length, END);
	return length;
}

int calibrate_cache__store(const char *directory, const char *key, const struct calibration *calibration)
{
	char text[FILE_SIZE], name[64];
	int dir = run_directory__open(directory, true), length = format(key, calibration, text), fd, err = 0;

	if (dir < 0)
		return dir;
	snprintf(name, sizeof(name), CALIBRATE_CACHE_FILE ".%ld", (long)getpid());
	unlinkat(dir, name, 0); /* a process with our ID may have died here before */
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0) {
		err = -errno;
		close(dir);
		return err;
	}
	if (fchmod(fd, 0644))
		err = -errno;
	else if (write(fd, text, (size_t)length) != length)
		err = -EIO;
	close(fd);
	if (!err && renameat(dir, name, dir, CALIBRATE_CACHE_FILE))
		err = -errno;
	if (err)
		unlinkat(dir, name, 0);
	close(dir);
	return err;
}
