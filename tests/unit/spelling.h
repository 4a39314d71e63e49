/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names as sources, compilers, demanglers and people write them, against the functions that they mean: what tests of
 * them have in common.
 */
#ifndef LPROF_UNIT_SPELLING_H
#define LPROF_UNIT_SPELLING_H

#include <stdio.h>

#include "target/selector.h"
#include "unit/test.h"

struct spelling {
	const char *typed;
	struct function_names names;
	bool selected;
};

static inline void check(const struct spelling *spelling)
{
	const struct function_names *names = &spelling->names;
	struct selector *selector = NULL;
	bool selected;

	assert_int_equal(selector__parse(spelling->typed, &selector), 0);
	selected = selector__matches_name(selector, names);
	if (selected != spelling->selected)
		fail_msg("%s: %s", spelling->typed, selected ? "is selected" : "is not selected");
	/* What selects a function must not be refused before it is looked at. */
	if (selected && !selector__may_match(selector, names->bare, names->linkage) &&
	    !selector__may_match(selector, names->bare, names->body_linkage))
		fail_msg("%s: refused at once", spelling->typed);
	selector__free(selector);
}

#define CHECK_ALL(spellings)                                                                                           \
	for (size_t i = 0; i < sizeof(spellings) / sizeof((spellings)[0]); i++)                                        \
	check(&(spellings)[i])

#define GCC_ADD                                                                                                        \
	{                                                                                                              \
		.bare = "add", .qualified = "Foo<long int, 1>::add", .linkage = "_ZN3FooIlLi1EE3addEl"                 \
	}

static const char *const inlines[] = {"outer::v2", "outer::v2::abi", NULL};

#define INLINE                                                                                                         \
	{                                                                                                              \
		.bare = "f", .qualified = "outer::v2::Q::f", .linkage = "_ZN5outer2v21Q1fEv", .inlines = inlines       \
	}

#define TWICE                                                                                                          \
	{                                                                                                              \
		.bare = "f", .qualified = "outer::v2::abi::f", .inlines = inlines                                      \
	}

#define OTHER                                                                                                          \
	{                                                                                                              \
		.bare = "f", .qualified = "outer::v1::Q::f", .inlines = inlines                                        \
	}

#define OVER_INT                                                                                                       \
	{                                                                                                              \
		.bare = "over", .qualified = "over", .linkage = "_Z4overi"                                             \
	}

#define OVER_CHAR                                                                                                      \
	{                                                                                                              \
		.bare = "over", .qualified = "over", .linkage = "_Z4overPKc"                                           \
	}

#define OVER_STRING                                                                                                    \
	{                                                                                                              \
		.bare = "over", .qualified = "over",                                                                   \
		.linkage = "_Z4overRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEj"                            \
	}

#define CLONED                                                                                                         \
	{                                                                                                              \
		.bare = "f", .qualified = "ns::f", .linkage = "_ZN2ns1fEv"                                             \
	}

#define CLANG_LAMBDA                                                                                                   \
	{                                                                                                              \
		.bare = "operator()", .qualified = "lam::(anonymous)::operator()", .linkage = "_ZZ3lamiENK3$_0clEi"    \
	}

#define FUNCTION(name, mangled)                                                                                        \
	{                                                                                                              \
		.bare = name, .qualified = name, .linkage = mangled                                                    \
	}

#define METHOD(type, name, mangled)                                                                                    \
	{                                                                                                              \
		.bare = name, .qualified = type "::" name, .linkage = mangled                                          \
	}

#define RUST .style = &name_style_rust

#define V0_CIRCLE                                                                                                      \
	{                                                                                                              \
		.bare = "area", .qualified = "b::shape::{impl#1}::area",                                               \
		.linkage = "_RNvXs_NtCslHcVFiSui7X_1b5shapeNtB4_6CircleNtB4_5Shape4area", RUST                         \
	}

#define LEGACY_CIRCLE                                                                                                  \
	{                                                                                                              \
		.bare = "area", .qualified = "b::shape::{impl#1}::area",                                               \
		.linkage = "_ZN52_$LT$b..shape..Circle$u20$as$u20$b..shape..Shape$GT$4area17h8da9e1d57aa0d8e3E", RUST  \
	}

#define LEGACY_BOXED                                                                                                   \
	{                                                                                                              \
		.bare = "inner<u64>", .qualified = "b::shape::Boxed<u64>::inner<u64>",                                 \
		.linkage = "_ZN1b5shape14Boxed$LT$T$GT$5inner17h126245c2716c13e8E", RUST                               \
	}

#define LARGEST                                                                                                        \
	{                                                                                                              \
		.bare = "largest<i32>", .qualified = "b::largest<i32>",                                                \
		.linkage = "_RINvCslHcVFiSui7X_1b7largestlEB2_", RUST                                                  \
	}

#define STEP                                                                                                           \
	{                                                                                                              \
		.bare = "step", .qualified = "b::step", RUST                                                           \
	}

#define GO(name)                                                                                                       \
	{                                                                                                              \
		.bare = name, .qualified = name, .style = &name_style_go                                               \
	}

#define ADA(name, real)                                                                                                \
	{                                                                                                              \
		.bare = name, .qualified = name, .respelled = real, .style = &name_style_ada                           \
	}

#define FORTRAN                                                                                                        \
	{                                                                                                              \
		.bare = "accumulate", .qualified = "stats::accumulate", .style = &name_style_any_case_dots             \
	}

#define D_SUM                                                                                                          \
	{                                                                                                              \
		.bare = "sum", .qualified = "f::Pair!int::sum", .style = &name_style_dots                              \
	}

#endif
