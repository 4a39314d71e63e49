// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/privilege.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static const struct {
	int capability;
	enum privilege_reach reach; /* needed for this and what is more */
	bool of_admin;		    /* CAP_SYS_ADMIN includes it */
	const char *name;
} needed[] = {
	/* load the BPF programs and create their maps */
	{CAP_BPF, PRIVILEGE_OWN, true, "CAP_BPF"},
	/* load a BPF program of a tracing type, put in uprobes, sample the kernel */
	{CAP_PERFMON, PRIVILEGE_OWN, true, "CAP_PERFMON"},
	/* /proc/PID/map_files: the file that is mapped, also if another has its name by now */
	{CAP_CHECKPOINT_RESTORE, PRIVILEGE_OWN, true, "CAP_CHECKPOINT_RESTORE"},
	/* read the memory mappings of other users' processes */
	{CAP_SYS_PTRACE, PRIVILEGE_ALL, false, "CAP_SYS_PTRACE"},
};

static bool is_effective(const struct __user_cap_data_struct *data, int capability)
{
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

/* If that fails, DATA says that no capability is effective. */
static void read_capabilities(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	memset(data, 0, _LINUX_CAPABILITY_U32S_3 * sizeof(*data));
	syscall(__NR_capget, &header, data);
}

/* Whether the program's file has capabilities for it, which this process has not got. */
static bool is_denied_its_own(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct vfs_ns_cap_data file = {0};

	read_capabilities(data);
	return getxattr("/proc/self/exe", "security.capability", &file, sizeof(file)) > 0 &&
	       le32toh(file.data[CAP_TO_INDEX(CAP_BPF)].permitted) & CAP_TO_MASK(CAP_BPF) &&
	       !is_effective(data, CAP_BPF);
}

const char *privilege__advice(void)
{
	if (!geteuid())
		return "this is root, but in a container or service that was started without them; grant it those "
		       "capabilities, or run it on the host";
	if (is_denied_its_own())
		return "run it with sudo: its file has capabilities, but they have no effect where its file system is "
		       "mounted with nosuid, where it is traced, and below what forbids new privileges";
	return "run it with sudo, or give its file these capabilities (see SECURITY CONSIDERATIONS in lprof-bpf(8))";
}

bool privilege__can_signal(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	read_capabilities(data);
	return is_effective(data, CAP_KILL);
}

int privilege__missing(enum privilege_reach reach, char *text, size_t size)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int n = 0;

	*text = '\0';
	read_capabilities(data);
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		size_t used = strlen(text);

		/* CAP_BPF and others were split off CAP_SYS_ADMIN, which still includes them. */
		if (needed[i].reach > reach || is_effective(data, needed[i].capability) ||
		    (needed[i].of_admin && is_effective(data, CAP_SYS_ADMIN)))
			continue;
		snprintf(text + used, size - used, "%s%s", n++ ? ", " : "", needed[i].name);
	}
	return n;
}

/* Those with which root reads the files of others as they may be read, and writes reports for them. */
static const int of_files[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_CHOWN, CAP_SETUID, CAP_SETGID};

/* Gives up all capabilities but those in KEPT. 0 or -errno. */
static int keep(const uint32_t kept[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	read_capabilities(data);
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= kept[i];
		data[i].effective &= kept[i];
		data[i].inheritable &= kept[i];
	}
	return syscall(__NR_capset, &header, data) ? -errno : 0;
}

static int keep_needed(void)
{
	uint32_t kept[_LINUX_CAPABILITY_U32S_3] = {0};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		kept[CAP_TO_INDEX(needed[i].capability)] |= CAP_TO_MASK(needed[i].capability);
	return keep(kept);
}

int privilege__renounce_all(void)
{
	static const uint32_t none[_LINUX_CAPABILITY_U32S_3];

	return keep(none);
}

int privilege__renounce(void)
{
	uint32_t kept[_LINUX_CAPABILITY_U32S_3] = {0};

	for (size_t i = 0; !geteuid() && i < sizeof(of_files) / sizeof(*of_files); i++)
		kept[CAP_TO_INDEX(of_files[i])] |= CAP_TO_MASK(of_files[i]);
	return keep(kept);
}

int privilege__confine(void)
{
	if (!getauxval(AT_SECURE) || !getuid())
		return 0; /* it has what its caller has */
	return geteuid() == getuid() && getegid() == getgid() ? keep_needed() : -EPERM;
}
