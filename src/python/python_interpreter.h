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

struct python_interpreter {
	char *name; /* as in target_object */
	char *path;
	struct target_files *files; /* a reference; as in target_object */
	char *build_id;
	unsigned long long dev, ino;
	char version[16]; /* "3.11.2"; "" when the object does not say */
	char *reason;	  /* why its functions cannot be profiled, as the end of a sentence; NULL: they can */
	bool nameless;	  /* as in lprof_python_site: frames cannot be told apart */
	uint64_t runtime, code_type; /* vaddrs of _PyRuntime and PyCode_Type */
	char **needed;		     /* names of the libraries that it is linked with */
	size_t n_needed, needed_room;
	struct python_probe *probes;
	size_t n_probes, probes_room;
};

/*
 * Looks for an interpreter in OBJECT. Returns 0 and *out, owned by the caller, NULL when there is none; or -ENOMEM.
 */
int python_interpreter__find(const struct target_object *object, struct python_interpreter **out);
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

#endif
