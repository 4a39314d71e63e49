// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of functions, as linkers and debug information have them: a flag byte, then two names. */
#include "elf/demangle.h"
#include "fuzz/common/fuzz.h"
#include "target/name_declaration.h"
#include "target/name_distance.h"
#include "target/name_form.h"
#include "target/name_glob.h"
#include "target/name_match.h"

static const struct name_style *const styles[] = {
	&name_style_c,	&name_style_any_case, &name_style_dots,	 &name_style_any_case_dots, &name_style_ada,
	&name_style_go, &name_style_nim,      &name_style_ocaml, &name_style_rust,
};

static void compare(const char *want, const char *have, const struct name_style *style)
{
	char *a = name_form__make(want, style, NULL), *b = name_form__make(have, style, NULL);
	char *key = name_form__key(want), *declared = name_declaration__name(want);
	char value[] = "int";
	const struct name_generic generics[] = {{"T", value}, {"T", NULL}, {NULL, NULL}};
	const char *const inlines[] = {"a::b", "c", NULL};
	struct name_reading reading = {.style = style};

	fuzz__assert(a && b && key && declared);
	name_match__is(a, b, &reading);
	reading.global = true;
	reading.generics = generics;
	name_match__is(a, b, &reading);
	name_match__is(a, b, &(struct name_reading){.style = style, .generics = generics + 1});
	name_glob__is(want, have, style, inlines);
	name_match__is_specific(a);
	name_distance__between(want, have, 8);
	fuzz__assert(name_distance__edits(want, have, 20) == name_distance__edits(have, want, 20));
	free(a);
	free(b);
	free(key);
	free(declared);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	const struct name_style *style = styles[fuzz__u8(&bytes) % (sizeof(styles) / sizeof(*styles))];
	char *want = fuzz__string(&bytes), *have = fuzz__string(&bytes);
	char *demangled = demangle__name(have), *ada = demangle__ada(have);
	char *respelled = style->respell ? style->respell(have) : NULL;

	compare(want, have, style);
	if (demangled)
		compare(want, demangled, style);
	free(want);
	free(have);
	free(demangled);
	free(ada);
	free(respelled);
	return 0;
}
