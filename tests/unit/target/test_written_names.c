// SPDX-License-Identifier: GPL-2.0-or-later
/* Names as people write them: declarations, with names of generics, as patterns, and odd text. */
#include "unit/spelling.h"

#define POINTERS FUNCTION("f", "_Z1fPFiiEPPcRA4_i")

#define DEFAULTS FUNCTION("f", "_Z1fRKSsj")

#define CONST_AREA METHOD("Sq", "area", "_ZNK2Sq4areaEv")

static void test_declarations(void **state)
{
	static const struct spelling spellings[] = {
		{"over(int n)", OVER_INT, true},
		{"static int over(int n);", OVER_INT, true},
		{"over(int n) noexcept", OVER_INT, true},
		{"auto over(int n) -> int", OVER_INT, true},
		{"over(long n)", OVER_INT, false},
		{"int over(const char *text)", OVER_CHAR, true},
		{"over(const char text[])", OVER_CHAR, true},
		{"over(char *text)", OVER_CHAR, false},
		{"over(unsigned long)", OVER_INT, false},
		{"f(int (*call)(int), char *argv[], int (&array)[4])", POINTERS, true},
		{"f(int (*call)(int n), char **argv, int (&array)[4])", POINTERS, true},
		{"f(int (*call)(long n), char **argv, int (&array)[4])", POINTERS, false},
		{"void f(const std::string &text, unsigned n = 3)", DEFAULTS, true},
		{"over(const std::string &text, unsigned n = 3)", OVER_STRING, true},
		{"virtual int Sq::area() const override", CONST_AREA, true},
		{"int Sq::area() const noexcept;", CONST_AREA, true},
		{"int Sq::area() const = 0;", CONST_AREA, true},
		{"template <class T> T Foo::add(long n)", GCC_ADD, true},
		{"ns::f+0x1c", CLONED, true},
		{"ns::f()+0x1c/0x40", CLONED, true},
		{"_ZN2ns1fEv+0x5", CLONED, true},
		{"ns::f+c", CLONED, false},
		{"fn step", STEP, true},
		{"pub(crate) async fn step<T: Copy, U>(x: &[T]) -> Option<U>", STEP, true},
		{"b::step::h0123456789abcdef", STEP, true},
		{"fn steps", STEP, false},
		{"fn largest::<i32>", LARGEST, true},
		{"fn largest::<u32>", LARGEST, false},
		{"func (t *Tree) Insert(k int) error", GO("main.(*Tree).Insert"), true},
		{"func (Tree) Insert(k int)", GO("main.(*Tree).Insert"), true},
		{"func (t *Tree) Insert", GO("main.Tree.Insert"), false},
		{"func (l *List[T]) Push(x T)", GO("main.(*List[go.shape.string_0]).Push"), true},
		{"func Sum[T Number](xs []T) T", GO("main.Sum[go.shape.int_0]"), true},
		{"subroutine accumulate(x, n)", FORTRAN, true},
		{"SUBROUTINE Accumulate", FORTRAN, true},
		{"call accumulate", FORTRAN, true},
		{"recursive integer function accumulate(n) result(r)", FORTRAN, true},
		{"function other", FORTRAN, false},
		{"procedure Work.Fact (N : Integer)", ADA("work__fact", "work.fact"), true},
		{"function", FUNCTION("function", NULL), true},
		{"call", FUNCTION("call", NULL), true},
		{"function(int)", FUNCTION("function", "_Z8functioni"), true},
	};

	(void)state;
	CHECK_ALL(spellings);
}

static const char *const foo_generics[] = {"T", "N", NULL};

static const char *const pack_generics[] = {"Types", NULL};

static const char *const callable_generics[] = {"U", "F", NULL};

static const char *const map_generics[] = {"T", "U", "F", NULL};

static const char *const boxed_generics[] = {"T", NULL};

#define FOO(linkage_name)                                                                                              \
	{                                                                                                              \
		.bare = "add", .qualified = "Foo<long int, -3>::add", .linkage = linkage_name,                         \
		.generics = foo_generics                                                                               \
	}

#define PACK                                                                                                           \
	{                                                                                                              \
		.bare = "many<int, std::pair<int, long int> >", .qualified = "many<int, std::pair<int, long int> >",   \
		.generics = pack_generics                                                                              \
	}

#define CALLABLE                                                                                                       \
	{                                                                                                              \
		.bare = "apply<int, half>", .qualified = "apply<int, half>",                                           \
		.linkage = "_Z5applyIiXadL_Z4halfdEEEiPKT_S0_", .generics = callable_generics                          \
	}

#define BOXED_INNER                                                                                                    \
	{                                                                                                              \
		.bare = "inner<alloc::string::String>",                                                                \
		.qualified = "b::shape::Boxed<alloc::string::String>::inner<alloc::string::String>",                   \
		.linkage = "_ZN1b5shape14Boxed$LT$T$GT$5inner17h126245c2716c13e8E", .generics = boxed_generics, RUST   \
	}

#define BOXED_AREA                                                                                                     \
	{                                                                                                              \
		.bare = "area<u32>", .qualified = "b::shape::{impl#2}::area<u32>",                                     \
		.linkage =                                                                                             \
			"_ZN60_$LT$b..shape..Boxed$LT$T$GT$$u20$as$u20$b..shape..Shape$GT$4area17h8da9e1d57aa0d8e3E",  \
		.generics = boxed_generics, RUST                                                                       \
	}

#define BOXED_MAP                                                                                                      \
	{                                                                                                              \
		.bare = "map<u8, u64, b::F>", .qualified = "b::Boxed<u8>::map<u8, u64, b::F>",                         \
		.generics = map_generics, RUST                                                                         \
	}

#define TRAIT_DEFAULT                                                                                                  \
	{                                                                                                              \
		.bare = "twice<b::Sq>", .qualified = "b::Shape::twice<b::Sq>",                                         \
		.linkage = "_ZN1b5Shape5twice17h8da9e1d57aa0d8e3E", .respelled = "<b::Sq as b::Shape>::twice", RUST    \
	}

/* The names that the source has for the parameters of templates stand for whatever they are. */
static void test_generics(void **state)
{
	static const struct spelling spellings[] = {
		{"Foo<T, N>::add", FOO(NULL), true},
		{"Foo<T,N>::add", FOO(NULL), true},
		{"Foo<T, -3>::add", FOO(NULL), true},
		{"Foo<long, N>::add", FOO(NULL), true},
		{"Foo<...>::add", FOO(NULL), true},
		{"Foo<long, ...>::add", FOO(NULL), true},
		{"Foo<T, 3>::add", FOO(NULL), false},
		{"Foo<int, N>::add", FOO(NULL), false},
		{"Foo<T>::add", FOO(NULL), false},
		{"Foo<U, N>::add", FOO(NULL), false},
		{"Foo<T, N, N>::add", FOO(NULL), false},
		{"Bar<T, N>::add", FOO(NULL), false},
		{"T Foo<T, N>::add(T const&)", FOO("_ZN3FooIlLin3EE3addERKl"), true},
		{"Foo<T, N>::add(const T &x)", FOO("_ZN3FooIlLin3EE3addERKl"), true},
		{"Foo<T, N>::add(T)", FOO("_ZN3FooIlLin3EE3addERKl"), false},
		{"Foo<T, N>::add(const Foo &)", FOO("_ZN3FooIlLin3EE3addERKS0_"), true},
		{"Foo<T, N>::add(const Foo<T, N> &)", FOO("_ZN3FooIlLin3EE3addERKS0_"), true},
		{"Foo::add(const Bar &)", FOO("_ZN3FooIlLin3EE3addERKS0_"), false},
		{"many<Types...>", PACK, true},
		{"many<int, Types...>", PACK, true},
		{"many<Types>", PACK, false},
		{"many<Other...>", PACK, false},
		{"apply<U, F>", CALLABLE, true},
		{"apply<U, half>", CALLABLE, true},
		{"apply<int, F>(const U *, U)", CALLABLE, true},
		{"apply<U, F>(U, U)", CALLABLE, false},
		{"Boxed<T>::inner", BOXED_INNER, true},
		{"Boxed::<T>::inner", BOXED_INNER, true},
		{"Boxed<String>::inner", BOXED_INNER, true},
		{"Boxed<std::string::String>::inner", BOXED_INNER, true},
		{"Boxed<_>::inner", BOXED_INNER, true},
		{"Boxed<u8>::inner", BOXED_INNER, false},
		{"Boxed<&String>::inner", BOXED_INNER, false},
		{"Boxed<u8>::map<u64, b::F>", BOXED_MAP, true},
		{"Boxed<T>::map<U, F>", BOXED_MAP, true},
		{"Boxed::map::<u8, u64, b::F>", BOXED_MAP, true},
		{"Boxed<u8>::map<u32, b::F>", BOXED_MAP, false},
		{"Boxed<u64>::map<u64, b::F>", BOXED_MAP, false},
		{"<Boxed<T> as Shape>::area", BOXED_AREA, true},
		{"<Boxed<u32> as Shape>::area", BOXED_AREA, true},
		{"<Boxed<u64> as Shape>::area", BOXED_AREA, false},
		{"Boxed<u64>::area", BOXED_AREA, false},
		{"Shape::area", BOXED_AREA, true},
		{"largest::<T>", LARGEST, true},
		{"largest<'a, T>", LARGEST, true},
		{"step<'a>", STEP, true},
		{"Sq::twice", TRAIT_DEFAULT, true},
		{"<Sq as Shape>::twice", TRAIT_DEFAULT, true},
		{"Shape::twice", TRAIT_DEFAULT, true},
		{"Circle::twice", TRAIT_DEFAULT, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

static void test_patterns(void **state)
{
	static const struct spelling spellings[] = {
		{"Foo<*>::add", GCC_ADD, true},
		{"Foo::*", GCC_ADD, true},
		{"Foo::a*", GCC_ADD, true},
		{"Foo::b*", GCC_ADD, false},
		{"Foo<unsigned*>::add", GCC_ADD, false},
		{"Fo*", METHOD("ns::Foo", "add", NULL), false}, /* of one part: a function's name */
		{"Foo::*", METHOD("ns::Foo", "add", NULL), true},
		{"ns::F*::add", METHOD("ns::Foo", "add", NULL), true},
		{"oo::*", METHOD("ns::Foo", "add", NULL), false},
		{"::Foo::*", METHOD("ns::Foo", "add", NULL), false},
		{"::ns::*", METHOD("ns::Foo", "add", NULL), true},
		{"outer::*", INLINE, true},
		{"outer::Q::*", INLINE, true},
		{"::outer::Q::*", INLINE, true},
		{"outer::v2::Q::*", INLINE, true},
		{"outer::v1::Q::*", INLINE, false},
		{"outer::*::f", TWICE, true},
		{"::outer::f*", TWICE, true},
		{"outer::Q::*", OTHER, false},
		{"operator<*", METHOD("B", "operator<<", NULL), true},
		{"B::operator<*", METHOD("ns::B", "operator<<", NULL), true},
		{"B::*", METHOD("ns::B", "operator<<", NULL), true},
		{"A::*", METHOD("ns::B<ns::A>", "f", NULL), false},
		{"Circle::*", V0_CIRCLE, true},
		{"Shape::a*", V0_CIRCLE, true},
		{"shape::Circle::*", LEGACY_CIRCLE, true},
		{"Square::*", V0_CIRCLE, false},
		{"Boxed::*", LEGACY_BOXED, true},
		{"(*Store).*", GO("example.com/a/store.(*Store).Put"), true},
		{"store.*", GO("example.com/a/store.(*Store).Put"), true},
		{"a/store.*", GO("example.com/a/store.(*Store).Put"), true},
		{"(*Stack).*", GO("example.com/a/store.(*Store).Put"), false},
		{"tore.*", GO("example.com/a/store.(*Store).Put"), false},
		{"stats.*", FORTRAN, true},
		{"Stats%Acc*", FORTRAN, true},
		{"other.*", FORTRAN, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

/* Text that only looks like a name must do no harm. */
static void test_odd_text(void **state)
{
	static const char *const texts[] = {
		"<",	     "a<",	 "a<b",	     "f(",     "(*",	  "(*T",	"operator", "operator()",
		"operator(", "{lambda",	 "{lambda(", "$_",     "a!",	  "!a",		"a!(",	    "a::b<",
		"'",	     "'a'",	 "'lambda'", "[...",   "a[",	  "const",	"(const",   "f(const",
		"<X as",     "<X as Y>", "<>::",     ".",      "..",	  "a..b",	"::::",	    "\"",
		"unsigned",  "<<<>>>",	 "fn f(",    "func (", "func (x", "template <", "f+0x",	    "`anonymous",
		"f(a b",     "f(=)",	 "f(x[",     "f(x[])"};
	const struct function_names names[] = {{.bare = ""}, CLANG_LAMBDA, V0_CIRCLE, GO("main.(*Tree).Insert"), D_SUM};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			const struct function_names odd = {.bare = texts[k], .style = &name_style_go};
			struct selector *selector;

			if (selector__parse(texts[i], &selector))
				continue;
			selector__matches_name(selector, &odd);
			selector__matches_name(selector, &names[k % (sizeof(names) / sizeof(names[0]))]);
			selector__free(selector);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_declarations),
		cmocka_unit_test(test_generics),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_odd_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
