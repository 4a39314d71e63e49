/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_name: the container or the systemd unit that a process belongs to, as far as the path of its cgroup tells.
 * The managers of containers write their names into these paths in ways of their own. Pure.
 */
#ifndef LPROF_CONTAINER_NAME_H
#define LPROF_CONTAINER_NAME_H

#define CONTAINER_NAME_ROOM 256

/* "": there is none, or it is not known. What is longer is cut off. */
struct container_name {
	char runtime
		[32]; /* whose container it is: "docker", "podman", "containerd", "cri-o", "kubernetes", "lxc", ... */
	char container[CONTAINER_NAME_ROOM]; /* its ID, or the name that the runtime knows it by */
	char pod[64];			     /* the pod of Kubernetes that it is part of: its UID */
	char unit[CONTAINER_NAME_ROOM];	     /* the innermost unit of systemd in there, such as "nginx.service" */
};

/* Sets NAME to what PATH, that of a cgroup, tells. Of containers in containers it is the innermost one. */
void container_name__parse(const char *path, struct container_name *name);

/*
 * Finds the path of the cgroup in TEXT, which is that of /proc/PID/cgroup: that of version 2 or, if that is the root,
 * one of version 1 that is not. Returns its beginning in TEXT and sets *LEN; "/" if all are the root, or there is none.
 */
const char *container_name__path(const char *text, int *len);

#endif
