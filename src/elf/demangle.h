/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * demangle: the source's name of a function, told from the name that its compiler gave the linker (the only user of
 * libiberty).
 */
#ifndef LPROF_DEMANGLE_H
#define LPROF_DEMANGLE_H

/*
 * The source's name for LINKAGE, owned by the caller: C++ with its parameters but without its return type
 * ("Foo<long, 1>::add(long)"), Rust in both manglings ("<shape::Circle as shape::Shape>::area"), D
 * ("shape.Circle.area()"). NULL if LINKAGE is no mangled name of a function, if that would be longer than 64 KiB, or
 * memory is short.
 */
char *demangle__name(const char *linkage);

/*
 * The same for Ada ("work.fact" for "work__fact"). GNAT's names cannot be told from others, so the caller must know
 * the language. Names that need no change are returned as they are.
 */
char *demangle__ada(const char *linkage);

#endif
