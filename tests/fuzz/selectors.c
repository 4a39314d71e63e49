// SPDX-License-Identifier: GPL-2.0-or-later
/* What -f takes, against names of functions: a flag byte, then strings: selector, file, bare, qualified, linkage name. */
#include "elf/demangle.h"
#include "fuzz/common/fuzz.h"
#include "target/selector.h"

static const struct name_style *const styles[] = {
	&name_style_c,	&name_style_any_case, &name_style_dots,	 &name_style_any_case_dots, &name_style_ada,
	&name_style_go, &name_style_nim,      &name_style_ocaml, &name_style_rust,
};

static void match(const struct selector *selector, struct fuzz_bytes *bytes, const struct name_style *style)
{
	char *file = fuzz__string(bytes), *bare = fuzz__string(bytes), *qualified = fuzz__string(bytes);
	char *linkage = fuzz__string(bytes), *demangled = demangle__name(linkage);
	char *respelled = style->respell ? style->respell(bare) : NULL;
	const char *const inlines[] = {"std::__cxx11", "outer::v2", NULL};
	const struct function_names names = {
		.bare = bare,
		.qualified = qualified,
		.linkage = linkage,
		.body_linkage = linkage,
		.demangled = demangled,
		.respelled = respelled,
		.style = style,
		.inlines = inlines,
	};
	bool matches = selector__matches_name(selector, &names);
	struct selector *same = NULL;

	selector__may_match(selector, bare, linkage);
	selector__matches_file(selector, file);
	(void)matches;
	if (!selector__of_function(qualified, linkage, file, &same)) {
		selector__matches_name(same, &names);
		selector__free(same);
	}
	free(file);
	free(bare);
	free(qualified);
	free(linkage);
	free(demangled);
	free(respelled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	const struct name_style *style = styles[fuzz__u8(&bytes) % (sizeof(styles) / sizeof(*styles))];
	char *text = fuzz__string(&bytes);
	struct selector *selector = NULL;
	unsigned first, last;

	if (!selector__parse(text, &selector)) {
		selector__exact_name(selector);
		selector__name(selector);
		selector__file(selector);
		if (selector__lines(selector, &first, &last))
			fuzz__assert(first && first <= last);
		match(selector, &bytes, style);
		selector__free(selector);
	}
	free(text);
	return 0;
}
