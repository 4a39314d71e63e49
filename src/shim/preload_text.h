/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preload_text: texts and variables of an environment, without the functions of the C library for that. Some of those
 * allocate, and some programs, such as bash, have functions of their own by their names, which are of no use before the
 * program has begun.
 */
#ifndef LPROF_PRELOAD_TEXT_H
#define LPROF_PRELOAD_TEXT_H

/* Room for preload_text__held(). */
#define PRELOAD_TEXT_HELD sizeof("/proc/2147483647/fd/2147483647")

/* Writes TEXT to TO. Returns the end of it, where the NUL is. */
char *preload_text__append(char *to, const char *text);

/* The same for NUMBER, which is not negative, in decimal digits. */
char *preload_text__append_number(char *to, long number);

/* Writes the path of file NUMBER of those that the process HOLDER has open for others. Returns the end. */
char *preload_text__append_held(char *to, long holder, int number);

/* Where the variable NAME is in the environment ENVP, which may be NULL; NULL: it is not there. */
char *const *preload_text__find(char *const *envp, const char *name);

/* Its value, likewise. */
const char *preload_text__value(char *const *envp, const char *name);

#endif
