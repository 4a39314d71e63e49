// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The script loads the library from a file without a name, because the directory may be on a file system from which
 * nothing may be executed. A program keeps the library as an attribute of sys.monitoring, where nobody looks, for the
 * next time. Several threads may be here at once: one of them loads it. Nothing is imported but what every Python has
 * built in, and no name is left.
 */
#include "monitoring/monitoring_script.h"

#include <stdio.h>

#include "shim/lprof_shim.h"

static const char text[] =
	"def lprof_bpf(directory, name, *door):\n"
	"    import sys, posix, _imp\n"
	"    kept = vars(sys.monitoring)\n"
	"    def load():\n"
	"        memory = posix.memfd_create('" LPROF_SHIM_EXTENSION "', posix.MFD_CLOEXEC)\n"
	"        try:\n"
	"            file = posix.open(directory + '/" LPROF_SHIM_COPY "', posix.O_RDONLY | posix.O_CLOEXEC)\n"
	"            try:\n"
	"                while piece := posix.read(file, 1 << 20):\n"
	"                    posix.write(memory, piece)\n"
	"            finally:\n"
	"                posix.close(file)\n"
	"            class spec:\n"
	"                name = 'lprof_python'\n"
	"                origin = f'/proc/self/fd/{memory}'\n"
	"            module = _imp.create_dynamic(spec)\n"
	"            _imp.exec_dynamic(module)\n"
	"            return module\n"
	"        finally:\n"
	"            posix.close(memory)\n"
	"    def find():\n"
	"        mine = object()\n"
	"        if kept.setdefault(name, mine) is mine:\n"
	"            try:\n"
	"                kept[name] = load()\n"
	"            finally:\n"
	"                if kept[name] is mine:\n"
	"                    del kept[name]\n"
	"        while type(kept[name]) is object:\n"
	"            posix.sched_yield()\n"
	"        return kept[name]\n"
	"    try:\n"
	"        find().obey(directory, *door)\n"
	"    except BaseException as error:\n"
	"        try:\n"
	"            file = posix.open(directory + '/" MONITORING_SCRIPT_FAILURE
	"', posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o600)\n"
	"            posix.write(file, f'{type(error).__name__}: {error}'[:200].encode('utf-8', 'replace'))\n"
	"            posix.close(file)\n"
	"        except BaseException:\n"
	"            pass\n"
	"lprof_bpf('%s', '_lprof_bpf_%llx', %llu, %llu, %llu)\n"
	"del lprof_bpf\n";

char *monitoring_script__make(const struct monitoring_door *door, const char *directory)
{
	char *script;

	if (asprintf(&script, text, directory, (unsigned long long)LPROF_SHIM_MAGIC, (unsigned long long)door->pending,
		     (unsigned long long)door->path, (unsigned long long)door->path_size) < 0)
		return NULL;
	return script;
}
