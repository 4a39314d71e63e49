// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/privilege.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	int capability;
	bool of_admin; /* CAP_SYS_ADMIN includes it */
	const char *name;
} needed[] = {
	{CAP_BPF, true, "CAP_BPF"},				  /* load the BPF programs and create their maps */
	{CAP_PERFMON, true, "CAP_PERFMON"},			  /* load a BPF program of a tracing type */
	{CAP_CHECKPOINT_RESTORE, true, "CAP_CHECKPOINT_RESTORE"}, /* /proc/PID/map_files */
	{CAP_SYS_PTRACE, false, "CAP_SYS_PTRACE"}, /* read the memory mappings of other users' processes */
};

static bool is_effective(const struct __user_cap_data_struct *data, int capability)
{
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

const char *privilege__advice(void)
{
	if (geteuid())
		return "run it with sudo";
	return "this is root, but in a container or service that was started without them; grant it those "
	       "capabilities, or "
	       "run it on the host";
}

/* If that fails, DATA says that no capability is effective. */
static void read_capabilities(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	memset(data, 0, _LINUX_CAPABILITY_U32S_3 * sizeof(*data));
	syscall(__NR_capget, &header, data);
}

bool privilege__can_signal(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	read_capabilities(data);
	return is_effective(data, CAP_KILL);
}

int privilege__missing(char *text, size_t size)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int n = 0;

	*text = '\0';
	read_capabilities(data);
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		size_t used = strlen(text);

		/* CAP_BPF and others were split off CAP_SYS_ADMIN, which still includes them. */
		if (is_effective(data, needed[i].capability) ||
		    (needed[i].of_admin && is_effective(data, CAP_SYS_ADMIN)))
			continue;
		snprintf(text + used, size - used, "%s%s", n++ ? ", " : "", needed[i].name);
	}
	return n;
}
