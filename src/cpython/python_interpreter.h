/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_interpreter: a CPython interpreter in an object file: its version, its probes, and where it keeps its frames.
 */
#ifndef LPROF_PYTHON_INTERPRETER_H
#define LPROF_PYTHON_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cpython/python_version.h"
#include "elf/objfile.h"
#include "flow/insn.h"
#include "lprof_python.h"
#include "target/site_code.h"
#include "target/target.h"

struct python_probe {
	enum lprof_python_event event;
	enum insn_probe class; /* of the probed instruction */
	uint64_t vaddr;
	struct site_code code; /* the probed instruction */
	uint64_t semaphore;    /* file offset */
	struct lprof_python_site site;
};

/* A piece of code. */
struct python_extent {
	uint64_t vaddr, size;
};

/* The version, major and minor, from which on there is a door for debuggers (PEP 768). */
#define PYTHON_DOOR_SINCE 0x030e

struct python_interpreter {
	char *name; /* as in target_object */
	char *path;
	struct target_files *files; /* a reference; as in target_object */
	char *build_id;
	unsigned long long dev, ino;
	char version[16]; /* "3.11.2"; "" when the object does not say */
	char *reason;	  /* why its functions cannot be profiled, as the end of a sentence; NULL: they can */
	unsigned hex;	  /* major, minor version; 0: not known */
	bool monitored;	  /* it has no probe of lines, but counts them itself if it is told to (sys.monitoring) */
	bool nameless;	  /* as in lprof_python_site: frames cannot be told apart */
	uint64_t runtime, code_type;	      /* vaddrs of _PyRuntime and PyCode_Type */
	uint64_t iterators[PYTHON_ITERATORS]; /* vaddrs of their types; 0: not known */
	const struct python_version *known;   /* where it keeps its frames; NULL: that is not known */
	struct python_version told;	      /* what KNOWN is if the interpreter itself tells that */
	struct python_extent *evals; /* the function that executes bytecode, and parts that were moved out of it */
	size_t n_evals, evals_room;
	uint64_t eval_offset; /* file offset of evals[0] */
	char **needed;	      /* names of the libraries that it is linked with */
	size_t n_needed, needed_room;
	struct python_probe *probes;
	size_t n_probes, probes_room;
};

/*
 * Looks for an interpreter in OBJECT. Returns 0 and *out, owned by the caller, NULL when there is none; or -ENOMEM.
 */
int python_interpreter__find(const struct target_object *object, struct python_interpreter **out);

/* The same for OBJ, which is the file of OBJECT. */
int python_interpreter__of(const struct objfile *obj, const struct target_object *object,
			   struct python_interpreter **out);

void python_interpreter__free(struct python_interpreter *interpreter); /* NULL is allowed */

/* Whether OBJECT is one of the libraries that come with the interpreter, rather than with an extension module. */
bool python_interpreter__needs(const struct python_interpreter *interpreter, const struct target_object *object);

/*
 * Checks, as far as can be seen now, that process PID keeps its frames where this version of the interpreter does.
 * Returns 0, also if the process does not run this interpreter; -EPROTO if it does not; or another -errno.
 */
int python_interpreter__validate(const struct python_interpreter *interpreter, pid_t pid);

/* Makes the interpreter nameless: from now on functions are told apart by their names only. */
void python_interpreter__forgo_frames(struct python_interpreter *interpreter);

/* A process that runs an interpreter. */
struct python_process {
	const struct python_interpreter *interpreter;
	pid_t pid;
	struct lprof_python_process shared; /* where its frames are */
};

/*
 * Fills OUT, which lives as long as INTERPRETER, for process PID, where BIAS plus a vaddr of the interpreter's object
 * is the address. Returns 0, -ENOTSUP when it is not known where this version keeps its frames, -EPROTO when the
 * process does not keep them there, or another -errno.
 */
int python_interpreter__process(const struct python_interpreter *interpreter, pid_t pid, uint64_t bias,
				struct python_process *out);

/* The same for a process whose mappings are not known. -ENOENT: it does not run this interpreter now. */
int python_interpreter__in(const struct python_interpreter *interpreter, pid_t pid, struct python_process *out);

/*
 * Where process PID has mapped the interpreter: BIAS plus a vaddr is the address. 0; -ENOENT: it does not run it now;
 * or another -errno.
 */
int python_interpreter__bias(const struct python_interpreter *interpreter, pid_t pid, uint64_t *bias);

/* Whether the code at VADDR executes bytecode: each call of it is one or several frames of Python functions. */
bool python_interpreter__executes(const struct python_interpreter *interpreter, uint64_t vaddr);

#endif
