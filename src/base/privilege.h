/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privilege: the capabilities that profiling needs, whether this process has them, and that it has no more than these
 * where its file was given some.
 */
#ifndef LPROF_PRIVILEGE_H
#define LPROF_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/* Whose processes are to be looked into. */
enum privilege_reach {
	PRIVILEGE_OWN, /* those of this process's user */
	PRIVILEGE_ALL,
};

/* As setcap(8) takes them. */
#define PRIVILEGE_OWN_SET "cap_bpf,cap_perfmon,cap_checkpoint_restore+ep"
#define PRIVILEGE_ALL_SET "cap_bpf,cap_perfmon,cap_checkpoint_restore,cap_sys_ptrace+ep"

/*
 * To be called first of all. A program whose file has capabilities, run by an ordinary user, keeps those alone that
 * profiling needs, whatever its file was given: with others it would read and write files that this user may not.
 * 0, or -EPERM: the file is set-user-ID or set-group-ID, with which nothing here reckons.
 */
int privilege__confine(void);

/*
 * Gives up, for good, all capabilities but, of root, those that concern files: for what needs no others. 0 or -errno.
 */
int privilege__renounce(void);

/* Gives up, for good, all capabilities. 0 or -errno. */
int privilege__renounce_all(void);

/*
 * Writes to TEXT the names of the capabilities that this process needs for REACH and lacks, separated by ", ". Returns
 * their number.
 */
int privilege__missing(enum privilege_reach reach, char *text, size_t size);

/* Whether this process may send signals to those of other users, which profiling does not need. */
bool privilege__can_signal(void);

/* How the user can get the missing capabilities, for messages: "run it with sudo". Static. */
const char *privilege__advice(void);

#endif
