// SPDX-License-Identifier: GPL-2.0-or-later
/* Names as sources, compilers, demanglers and people write them, against the functions that they mean. */
#include <stdio.h>

#include "target/selector.h"
#include "unit/test.h"

struct spelling {
	const char *typed;
	struct function_names names;
	bool selected;
};

static void check(const struct spelling *spelling)
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
#define CLANG_ADD                                                                                                      \
	{                                                                                                              \
		.bare = "add", .qualified = "Foo<long, 1>::add", .linkage = "_ZN3FooIlLi1EE3addEl"                     \
	}
#define GCC_TWO                                                                                                        \
	{                                                                                                              \
		.bare = "add", .qualified = "Foo<unsigned int, 2>::add", .linkage = "_ZN3FooIjLi2EE3addEj"             \
	}
#define LETTER                                                                                                         \
	{                                                                                                              \
		.bare = "add", .qualified = "Foo<'a'>::add", .linkage = "_ZN3FooILc97EE3addEv"                         \
	}
#define LONGLONG                                                                                                       \
	{                                                                                                              \
		.bare = "f", .qualified = "f<long long unsigned int>"                                                  \
	}
#define SHORTS                                                                                                         \
	{                                                                                                              \
		.bare = "f", .qualified = "A<short unsigned int, signed char, -3>::f"                                  \
	}

static void test_template_arguments(void **state)
{
	static const struct spelling spellings[] = {
		{"&Foo<long, 1>::add", GCC_ADD, true},
		{"Foo<long, 1>::add", GCC_ADD, true},
		{"Foo<long int, 1>::add", GCC_ADD, true},
		{"Foo<long,1>::add", GCC_ADD, true},
		{"Foo< int long , 1u >::add", GCC_ADD, true},
		{"Foo<long int, 1>::add", CLANG_ADD, true},
		{"Foo<long, 1>::add(long)", CLANG_ADD, true},
		{"Foo::add", GCC_ADD, true},
		{"add", GCC_ADD, true},
		{"Foo<int, 1>::add", GCC_ADD, false},
		{"Foo<long, 2>::add", GCC_ADD, false},
		{"Foo<long>::add", GCC_ADD, false},
		{"Foo<unsigned, 2>::add", GCC_TWO, true},
		{"Foo<unsigned int, 2u>::add", GCC_TWO, true},
		{"Foo<unsigned, (unsigned char)2>::add", GCC_TWO, true},
		{"Foo<int, 2>::add", GCC_TWO, false},
		{"Foo<'a'>::add", LETTER, true},
		{"Foo<97>::add", LETTER, true},
		{"Foo<(char)97>::add", LETTER, true},
		{"Foo<'b'>::add", LETTER, false},
		{"f<unsigned long long>", LONGLONG, true},
		{"f<unsigned long long int>", LONGLONG, true},
		{"f<unsigned long>", LONGLONG, false},
		{"A<unsigned short, signed char, -3l>::f", SHORTS, true},
		{"A<unsigned short, char, -3>::f", SHORTS, false},
		{"A<unsigned short, signed char, 3>::f", SHORTS, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define PUSH                                                                                                           \
	{                                                                                                              \
		.bare = "push_back", .qualified = "std::vector<std::__cxx11::basic_string<char, "                      \
						  "std::char_traits<char>, std::allocator<char> >, "                   \
						  "std::allocator<std::__cxx11::basic_string<char, "                   \
						  "std::char_traits<char>, std::allocator<char> "                      \
						  "> > >::push_back"                                                   \
	}
#define LIBCXX                                                                                                         \
	{                                                                                                              \
		.bare = "append", .qualified = "std::__1::basic_string<char>::append"                                  \
	}
#define POINTER                                                                                                        \
	{                                                                                                              \
		.bare = "f", .qualified = "A<const char*>::f"                                                          \
	}

static void test_standard_library(void **state)
{
	static const struct spelling spellings[] = {
		{"std::vector<std::string>::push_back", PUSH, true},
		{"vector<string>::push_back", PUSH, true},
		{"std::vector<std::string, std::allocator<std::string>>::push_back", PUSH, true},
		{"std::vector<std::__cxx11::string>::push_back", PUSH, true},
		{"std::vector::push_back", PUSH, true},
		{"std::vector<int>::push_back", PUSH, false},
		{"std::string::append", LIBCXX, true},
		{"std::__1::string::append", LIBCXX, true},
		{"std::basic_string::append", LIBCXX, false},
		{"A<const char *>::f", POINTER, true},
		{"A<char const*>::f", POINTER, true},
		{"A<char*>::f", POINTER, false},
	};

	(void)state;
	CHECK_ALL(spellings);
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
#define ARGUMENT                                                                                                       \
	{                                                                                                              \
		.bare = "f", .qualified = "A<outer::v2::Q>::f", .inlines = inlines                                     \
	}
#define OTHER                                                                                                          \
	{                                                                                                              \
		.bare = "f", .qualified = "outer::v1::Q::f", .inlines = inlines                                        \
	}
#define HIDDEN                                                                                                         \
	{                                                                                                              \
		.bare = "f", .qualified = "ns::(anonymous namespace)::A::f"                                            \
	}

static void test_namespaces(void **state)
{
	static const struct spelling spellings[] = {
		{"outer::Q::f", INLINE, true},
		{"outer::v2::Q::f", INLINE, true},
		{"v2::Q::f", INLINE, true},
		{"::outer::Q::f", INLINE, true},
		{"::outer::v2::Q::f", INLINE, true},
		{"outer::Q::f()", INLINE, true},
		{"::Q::f", INLINE, false},
		{"outer::f", TWICE, true},
		{"outer::v2::f", TWICE, true},
		{"outer::abi::f", TWICE, false},
		{"A<outer::Q>::f", ARGUMENT, true},
		{"A<Q>::f", ARGUMENT, true},
		{"A<other::Q>::f", ARGUMENT, false},
		{"outer::Q::f", OTHER, false},
		{"ns::A::f", HIDDEN, true},
		{"::ns::A::f", HIDDEN, true},
		{"ns::(anonymous namespace)::A::f", HIDDEN, true},
		{"ns::{anonymous}::A::f", HIDDEN, true},
		{"ns::<unnamed>::A::f", HIDDEN, true},
		{"(anonymous namespace)::f", HIDDEN, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define OVER_INT                                                                                                       \
	{                                                                                                              \
		.bare = "over", .qualified = "over", .linkage = "_Z4overi"                                             \
	}
#define OVER_CHAR                                                                                                      \
	{                                                                                                              \
		.bare = "over", .qualified = "over", .linkage = "_Z4overPKc"                                           \
	}
#define OVER_NONE                                                                                                      \
	{                                                                                                              \
		.bare = "over", .qualified = "over", .linkage = "_Z4overv"                                             \
	}
#define OVER_STRING                                                                                                    \
	{                                                                                                              \
		.bare = "over", .qualified = "over",                                                                   \
		.linkage = "_Z4overRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEj"                            \
	}
#define OVER_C                                                                                                         \
	{                                                                                                              \
		.bare = "over", .qualified = "over"                                                                    \
	}
#define GET                                                                                                            \
	{                                                                                                              \
		.bare = "get", .qualified = "Foo<long int, 1>::get", .linkage = "_ZNK3FooIlLi1EE3getEv"                \
	}
#define SET                                                                                                            \
	{                                                                                                              \
		.bare = "set", .qualified = "A::set", .linkage = "_ZN1A3setEv"                                         \
	}

static void test_parameters(void **state)
{
	static const struct spelling spellings[] = {
		{"over", OVER_INT, true},
		{"over(int)", OVER_INT, true},
		{"over( signed int )", OVER_INT, true},
		{"over(long)", OVER_INT, false},
		{"over()", OVER_INT, false},
		{"over()", OVER_NONE, true},
		{"over(void)", OVER_NONE, true},
		{"over(const char *)", OVER_CHAR, true},
		{"over(char const*)", OVER_CHAR, true},
		{"over(char *)", OVER_CHAR, false},
		{"over(const std::string &, unsigned)", OVER_STRING, true},
		{"over(string const&, unsigned int)", OVER_STRING, true},
		{"over(std::string, unsigned)", OVER_STRING, false},
		{"over(int)", OVER_C, true}, /* nothing tells its parameters */
		{"Foo<long, 1>::get() const", GET, true},
		{"Foo::get()", GET, true},
		{"A::set() const", SET, false},
		{"A::set()", SET, true},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define SHIFT                                                                                                          \
	{                                                                                                              \
		.bare = "operator<<", .qualified = "Q::operator<<", .linkage = "_ZN1QlsEi"                             \
	}
#define CALL                                                                                                           \
	{                                                                                                              \
		.bare = "operator()", .qualified = "Q::operator()", .linkage = "_ZN1QclEi"                             \
	}
#define INDEX                                                                                                          \
	{                                                                                                              \
		.bare = "operator[]", .qualified = "Q::operator[]", .linkage = "_ZN1QixEi"                             \
	}
#define LESS                                                                                                           \
	{                                                                                                              \
		.bare = "operator< <int>", .qualified = "Q::operator< <int>"                                           \
	}
#define TO_INT                                                                                                         \
	{                                                                                                              \
		.bare = "operator unsigned int", .qualified = "Q::operator unsigned int", .linkage = "_ZN1QcvjEv"      \
	}
#define NOT                                                                                                            \
	{                                                                                                              \
		.bare = "operator!", .qualified = "Q::operator!", .linkage = "_ZN1QntEv"                               \
	}
#define LITERAL                                                                                                        \
	{                                                                                                              \
		.bare = "operator\"\"_km", .qualified = "operator\"\"_km", .linkage = "_Zli3_kmy"                      \
	}
#define DESTRUCTOR                                                                                                     \
	{                                                                                                              \
		.bare = "~Q", .qualified = "ns::Q::~Q", .linkage = "_ZN2ns1QD4Ev", .body_linkage = "_ZN2ns1QD1Ev"      \
	}
#define CLONED                                                                                                         \
	{                                                                                                              \
		.bare = "f", .qualified = "ns::f", .linkage = "_ZN2ns1fEv"                                             \
	}

static void test_operators_and_copies(void **state)
{
	static const struct spelling spellings[] = {
		{"Q::operator<<", SHIFT, true},
		{"Q::operator<<(int)", SHIFT, true},
		{"Q::operator<", SHIFT, false},
		{"Q::operator()", CALL, true},
		{"Q::operator()(int)", CALL, true},
		{"Q::operator()(long)", CALL, false},
		{"operator[]", INDEX, true},
		{"Q::operator[](int)", INDEX, true},
		{"Q::operator<", LESS, true},
		{"Q::operator< <int>", LESS, true},
		{"Q::operator< <long>", LESS, false},
		{"Q::operator unsigned", TO_INT, true},
		{"Q::operator unsigned int()", TO_INT, true},
		{"Q::operator int", TO_INT, false},
		{"Q::operator!", NOT, true},
		{"Q::operator!()", NOT, true},
		{"operator\"\"_km", LITERAL, true},
		{"operator\"\" _km", LITERAL, true},
		{"Q::~Q", DESTRUCTOR, true},
		{"~Q", DESTRUCTOR, true},
		{"ns::Q::~Q()", DESTRUCTOR, true},
		{"_ZN2ns1QD1Ev", DESTRUCTOR, true},
		{"Q::Q", DESTRUCTOR, false},
		{"ns::f.cold", CLONED, true},
		{"f.isra.0", CLONED, true},
		{"f.constprop.0.cold", CLONED, true},
		{"ns::f() [clone .part.0]", CLONED, true},
		{"_ZN2ns1fEv.isra.0", CLONED, true},
		{"f.other.0", CLONED, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define GCC_LAMBDA                                                                                                     \
	{                                                                                                              \
		.bare = "operator()", .qualified = "lam::(anonymous)::operator()", .linkage = "_ZZ3lamiENKUliE_clEi"   \
	}
#define CLANG_LAMBDA                                                                                                   \
	{                                                                                                              \
		.bare = "operator()", .qualified = "lam::(anonymous)::operator()", .linkage = "_ZZ3lamiENK3$_0clEi"    \
	}
#define BARE_LAMBDA                                                                                                    \
	{                                                                                                              \
		.bare = "operator()", .qualified = "lam::(anonymous)::operator()"                                      \
	}

static void test_lambdas(void **state)
{
	static const struct spelling spellings[] = {
		{"lam(int)::{lambda(int)#1}", GCC_LAMBDA, true},
		{"lam(int)::{lambda(int)#1}::operator()", GCC_LAMBDA, true},
		{"lam(int)::{lambda(int)#1}::operator()(int) const", GCC_LAMBDA, true},
		{"lam()::{lambda(int)#1}", GCC_LAMBDA, true},
		{"lam::<lambda(int)>", GCC_LAMBDA, true},
		{"lam(int)::<lambda(int)>::operator()", GCC_LAMBDA, true},
		{"lam::<lambda>", GCC_LAMBDA, true},
		{"lam(int)::'lambda'(int)::operator()", GCC_LAMBDA, true},
		{"lam::(anonymous)::operator()", GCC_LAMBDA, true},
		{"lam(int)::{lambda(int)#2}", GCC_LAMBDA, false},
		{"lam(int)::{lambda(long)#1}", GCC_LAMBDA, false},
		{"lam(long)::{lambda(int)#1}", GCC_LAMBDA, false},
		{"other::<lambda>", GCC_LAMBDA, false},
		{"lam::$_0", CLANG_LAMBDA, true},
		{"lam(int)::$_0::operator()(int) const", CLANG_LAMBDA, true},
		{"lam(int)::{lambda(int)#1}", CLANG_LAMBDA, true},
		{"lam::<lambda>", CLANG_LAMBDA, true},
		{"lam::<lambda(long)>", CLANG_LAMBDA, false},
		{"lam::<lambda(int)>", BARE_LAMBDA, true}, /* nothing tells its parameters */
		{"lam", GCC_LAMBDA, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define FUNCTION(name, mangled)                                                                                        \
	{                                                                                                              \
		.bare = name, .qualified = name, .linkage = mangled                                                    \
	}
#define TEMPLATE(name, arguments)                                                                                      \
	{                                                                                                              \
		.bare = name, .qualified = name arguments                                                              \
	}
#define METHOD(type, name, mangled)                                                                                    \
	{                                                                                                              \
		.bare = name, .qualified = type "::" name, .linkage = mangled                                          \
	}

static void test_spellings_of_types(void **state)
{
	static const struct spelling spellings[] = {
		{"over(size_t)", FUNCTION("over", "_Z4overm"), true},
		{"over(std::size_t)", FUNCTION("over", "_Z4overm"), true},
		{"over(uint64_t)", FUNCTION("over", "_Z4overm"), true},
		{"over(int64_t)", FUNCTION("over", "_Z4overm"), false},
		{"over(uint32_t)", FUNCTION("over", "_Z4overj"), true},
		{"over(const uint8_t *, std::int16_t)", FUNCTION("over", "_Z4overPKhs"), true},
		{"over(mine::size_t)", FUNCTION("over", "_Z4overm"), false},
		{"put<uint64_t>", TEMPLATE("put", "<long unsigned int>"), true},
		{"put<std::int8_t>", TEMPLATE("put", "<signed char>"), true},
		{"put<int8_t>", TEMPLATE("put", "<char>"), false},
		{"st(struct B)", FUNCTION("st", "_Z2st1B"), true},
		{"st(const class B &)", FUNCTION("st", "_Z2stRK1B"), true},
		{"st(C)", FUNCTION("st", "_Z2st1B"), false},
		{"nul(std::nullptr_t)", FUNCTION("nul", "_Z3nulDn"), true},
		{"nul(decltype(nullptr))", FUNCTION("nul", "_Z3nulDn"), true},
		{"cb(int (*)(int), int)", FUNCTION("cb", "_Z2cbPFiiEi"), true},
		{"cb(int(*)(int),int)", FUNCTION("cb", "_Z2cbPFiiEi"), true},
		{"cb(int (*)(long), int)", FUNCTION("cb", "_Z2cbPFiiEi"), false},
		{"mp(int S::*, S&)", FUNCTION("mp", "_Z2mpM1SiRS_"), true},
		{"mp(int T::*, S&)", FUNCTION("mp", "_Z2mpM1SiRS_"), false},
		{"cb(*)", FUNCTION("cb", "_Z2cbPFiiEi"), false},
		{"fp<&neg>", TEMPLATE("fp", "<neg>"), true},
		{"fp<neg>", TEMPLATE("fp", "<&neg>"), true},
		{"fp<pos>", TEMPLATE("fp", "<&neg>"), false},
		{"fp<int>", TEMPLATE("fp", "<int&>"), false},
		{"void (anonymous namespace)::anon<int>(int)",
		 METHOD("{anonymous}", "anon", "_ZN12_GLOBAL__N_14anonIiEEvT_"), true},
		{"void (anonymous namespace)::anon<int>(long)",
		 METHOD("{anonymous}", "anon", "_ZN12_GLOBAL__N_14anonIiEEvT_"), false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

static void test_blanks_in_operators(void **state)
{
	static const struct spelling spellings[] = {
		{"B::operator <<", METHOD("B", "operator<<", "_ZN1BlsEi"), true},
		{"B::operator <<(int)", METHOD("B", "operator<<", "_ZN1BlsEi"), true},
		{"B::operator <", METHOD("B", "operator<<", "_ZN1BlsEi"), false},
		{"B::operator ()", METHOD("B", "operator()", "_ZN1BclEi"), true},
		{"B::operator []", METHOD("B", "operator[]", "_ZN1BixEi"), true},
		{"B::operator *", METHOD("B", "operator*", "_ZN1BmlEi"), true},
		{"B::operator new [](size_t)", METHOD("B", "operator new []", "_ZN1BnaEm"), true},
		{"operator \"\" _km", FUNCTION("operator\"\"_km", "_Zli3_kme"), true},
		{"operator \"\"_km(long double)", FUNCTION("operator\"\"_km", "_Zli3_kme"), true},
		{"operator \"\" _mi", FUNCTION("operator\"\"_km", "_Zli3_kme"), false},
		{"B::operator const char *", METHOD("B", "operator const char*", "_ZNK1BcvPKcEv"), true},
		{"B::operator const char *", METHOD("B", "operator const char *", "_ZNK1BcvPKcEv"), true},
		{"B::operator char const*() const", METHOD("B", "operator const char*", "_ZNK1BcvPKcEv"), true},
		{"B::operator char *", METHOD("B", "operator const char*", "_ZNK1BcvPKcEv"), false},
		{"B::operator *", METHOD("B", "operator const char*", "_ZNK1BcvPKcEv"), false},
		{"Q::operator std::string", METHOD("Q", "operator std::string", "_ZNK1QcvSsEv"), true},
		{"Q::operator string", METHOD("Q", "operator std::string", "_ZNK1QcvSsEv"), true},
		{"Q::operator string() const", METHOD("Q", "operator std::string", "_ZNK1QcvSsEv"), true},
		{"Q::operator strings", METHOD("Q", "operator std::string", "_ZNK1QcvSsEv"), false},
	};

	(void)state;
	CHECK_ALL(spellings);
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
#define V0_BOXED                                                                                                       \
	{                                                                                                              \
		.bare = "area<u32>", .qualified = "b::shape::{impl#2}::area<u32>",                                     \
		.linkage = "_RNvXs0_NtCslHcVFiSui7X_1b5shapeINtB5_5BoxedmENtB5_5Shape4areaB7_", RUST                   \
	}
#define LEGACY_BOXED                                                                                                   \
	{                                                                                                              \
		.bare = "inner<u64>", .qualified = "b::shape::Boxed<u64>::inner<u64>",                                 \
		.linkage = "_ZN1b5shape14Boxed$LT$T$GT$5inner17h126245c2716c13e8E", RUST                               \
	}
#define V0_GROW                                                                                                        \
	{                                                                                                              \
		.bare = "grow", .qualified = "b::shape::Circle::grow",                                                 \
		.linkage = "_RNvMs2_NtCslHcVFiSui7X_1b5shapeNtB5_6Circle4grow", RUST                                   \
	}
#define LARGEST                                                                                                        \
	{                                                                                                              \
		.bare = "largest<i32>", .qualified = "b::largest<i32>",                                                \
		.linkage = "_RINvCslHcVFiSui7X_1b7largestlEB2_", RUST                                                  \
	}
#define VECTOR_PUSH                                                                                                    \
	{                                                                                                              \
		.bare = "push<u8>", .qualified = "alloc::vec::Vec<u8>::push<u8>", RUST                                 \
	}
#define CLOSURE                                                                                                        \
	{                                                                                                              \
		.bare = "{closure#0}", .qualified = "b::main::{closure#0}", RUST                                       \
	}
#define STEP                                                                                                           \
	{                                                                                                              \
		.bare = "step", .qualified = "b::step", RUST                                                           \
	}
#define BODY                                                                                                           \
	{                                                                                                              \
		.bare = "{async_fn#0}", .qualified = "b::step::{async_fn#0}", RUST                                     \
	}

#define ADD                                                                                                            \
	{                                                                                                              \
		.bare = "add", .qualified = "b::{impl#2}::add",                                                        \
		.linkage = "_ZN46_$LT$b..S$u20$as$u20$core..ops..arith..Add$GT$3add17h8da9e1d57aa0d8e3E", RUST         \
	}
#define WRITE                                                                                                          \
	{                                                                                                              \
		.bare = "write_str", .qualified = "alloc::string::{impl#63}::write_str",                               \
		.linkage = "_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Write$GT$9write_str17h8da9e1"        \
			   "d57aa0d8e3E",                                                                              \
		RUST                                                                                                   \
	}

/* The library shows things in other places than where they are written. */
static void test_rust_library(void **state)
{
	static const struct spelling spellings[] = {
		{"<S as core::ops::Add>::add", ADD, true},
		{"<b::S as std::ops::Add>::add", ADD, true},
		{"<crate::S as std::ops::arith::Add>::add", ADD, true},
		{"crate::S::add", ADD, true},
		{"std::ops::Add::add", ADD, true},
		{"<S as std::ops::Sub>::add", ADD, false},
		{"<S as std::fmt::Add>::add", ADD, false},
		{"<S as other::ops::Add>::add", ADD, false},
		{"<T as std::ops::Add>::add", ADD, false},
		{"std::ops::add", ADD, false},
		{"<std::string::String as std::fmt::Write>::write_str", WRITE, true},
		{"<std::string::String as std::io::Write>::write_str", WRITE, false},
		{"<std::vec::String as std::fmt::Write>::write_str", WRITE, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

static void test_rust(void **state)
{
	static const struct spelling spellings[] = {
		{"Circle::area", V0_CIRCLE, true},
		{"shape::Circle::area", V0_CIRCLE, true},
		{"b::shape::Circle::area", V0_CIRCLE, true},
		{"Shape::area", V0_CIRCLE, true},
		{"<Circle as Shape>::area", V0_CIRCLE, true},
		{"<b::shape::Circle as b::shape::Shape>::area", V0_CIRCLE, true},
		{"b::main::<impl b::shape::Shape for b::shape::Circle>::area", V0_CIRCLE, true},
		{"<impl Shape for Circle>::area", V0_CIRCLE, true},
		{"<impl Shape for Boxed<u32>>::area", V0_BOXED, true},
		{"<impl Shape for Square>::area", V0_CIRCLE, false},
		{"<impl Circle for Shape>::area", V0_CIRCLE, false},
		{"&Circle::area", V0_CIRCLE, true},
		{"{impl#1}::area", V0_CIRCLE, true},
		{"Square::area", V0_CIRCLE, false},
		{"<Square as Shape>::area", V0_CIRCLE, false},
		{"<Circle as Debug>::area", V0_CIRCLE, false},
		{"<Shape as Circle>::area", V0_CIRCLE, false},
		{"*Circle*area", V0_CIRCLE, true},
		{"Circle::area", LEGACY_CIRCLE, true},
		{"<shape::Circle as shape::Shape>::area", LEGACY_CIRCLE, true},
		{"<Square as Shape>::area", LEGACY_CIRCLE, false},
		{"Boxed::area", V0_BOXED, true},
		{"Boxed<u32>::area", V0_BOXED, true},
		{"<Boxed<u32> as Shape>::area", V0_BOXED, true},
		{"Boxed<u8>::area", V0_BOXED, false},
		{"Boxed<u64>::inner", LEGACY_BOXED, true},
		{"Boxed::inner", LEGACY_BOXED, true},
		{"Circle::grow", V0_GROW, true},
		{"<b::shape::Circle>::grow", V0_GROW, true},
		{"largest", LARGEST, true},
		{"largest::<i32>", LARGEST, true},
		{"b::largest<i32>", LARGEST, true},
		{"largest::<u64>", LARGEST, false},
		{"crate::largest", LARGEST, true},
		{"crate::b::largest::<i32>", LARGEST, true},
		{"r#largest", LARGEST, true},
		{"crate::smallest", LARGEST, false},
		{"std::vec::Vec<u8>::push", VECTOR_PUSH, true},
		{"alloc::vec::Vec::push", VECTOR_PUSH, true},
		{"alloc::vec::*", VECTOR_PUSH, true},
		{"std::other::Vec::push", VECTOR_PUSH, false},
		{"main::{{closure}}", CLOSURE, true},
		{"main::{closure#0}", CLOSURE, true},
		{"main::{closure_env#0}", CLOSURE, true},
		{"main::{closure#1}", CLOSURE, false},
		{"main", CLOSURE, false},
		{"step", STEP, true},
		{"step", BODY, true},
		{"b::step", BODY, true},
		{"step::{{closure}}", BODY, true},
		{"step::{async_fn#0}", BODY, true},
		{"step::{async_fn_env#0}", BODY, true},
		{"step::{{closure}}", STEP, false},
		{"b", BODY, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define GO(name)                                                                                                       \
	{                                                                                                              \
		.bare = name, .qualified = name, .style = &name_style_go                                               \
	}

static void test_go(void **state)
{
	static const struct spelling spellings[] = {
		{"deepStack", GO("main.deepStack"), true},
		{"main.deepStack", GO("main.deepStack"), true},
		{"stack", GO("main.deepStack"), false},
		{"Insert", GO("main.(*Tree).Insert"), true},
		{"(*Tree).Insert", GO("main.(*Tree).Insert"), true},
		{"main.(*Tree).Insert", GO("main.(*Tree).Insert"), true},
		{"Tree.Insert", GO("main.(*Tree).Insert"), true},
		{"(*Tree).Depth", GO("main.Tree.Depth"), false},
		{"(*List).Insert", GO("main.(*Tree).Insert"), false},
		{"Insert", GO("main.(*Tree).Insert-fm"), false},
		{"Insert-fm", GO("main.(*Tree).Insert-fm"), true},
		{"main.(*Tree).*", GO("main.(*Tree).Insert"), true},
		{"Sum", GO("main.Sum[go.shape.int_0]"), true},
		{"main.Sum[...]", GO("main.Sum[go.shape.int_0]"), true},
		{"main.Sum[int]", GO("main.Sum[go.shape.int_0]"), true},
		{"main.Sum[int]", GO("main.Sum[go.shape.int]"), true},
		{"main.Sum[go.shape.int_0]", GO("main.Sum[go.shape.int_0]"), true},
		{"main.Sum[float64]", GO("main.Sum[go.shape.int_0]"), false},
		{"Pair[int,string]", GO("main.Pair[go.shape.int_0,go.shape.string_1]"), true},
		{"(*List[string]).Push", GO("main.(*List[go.shape.string_0]).Push"), true},
		{"(*List[...]).Push", GO("main.(*List[go.shape.string_0]).Push"), true},
		{"List.Push", GO("main.(*List[go.shape.string_0]).Push"), true},
		{"List[int].Push", GO("main.(*List[go.shape.string_0]).Push"), false},
		{"main.f.func1", GO("main.f.func1"), true},
		{"f.func1.2", GO("main.f.func1.2"), true},
		{"f", GO("main.f.func1"), false},
		{"fmtsort.compare", GO("internal/fmtsort.compare"), true},
		{"internal/fmtsort.compare", GO("internal/fmtsort.compare"), true},
		{"github.com/x/y.F", GO("github.com/x/y.F"), true},
		{"y.F", GO("github.com/x/y.F"), true},
		{"z.F", GO("github.com/x/y.F"), false},
		{"(Tree).Depth", GO("main.Tree.Depth"), true},
		{"(Tree).Depth", GO("main.(*Tree).Depth"), true},
		{"yaml.Unmarshal", GO("gopkg.in/yaml%2ev3.Unmarshal"), true},
		{"yaml.v3.Unmarshal", GO("gopkg.in/yaml%2ev3.Unmarshal"), true},
		{"gopkg.in/yaml.v3.Unmarshal", GO("gopkg.in/yaml%2ev3.Unmarshal"), true},
		{"gopkg.in/yaml%2ev3.Unmarshal", GO("gopkg.in/yaml%2ev3.Unmarshal"), true},
		{"json.Unmarshal", GO("gopkg.in/yaml%2ev3.Unmarshal"), false},
		{"yaml.(*Node).Decode", GO("gopkg.in/yaml%2ev3.(*Node).Decode"), true},
		{"cobra.Execute", GO("example.com/cobra/v2.Execute"), true},
		{"cobra/v2.Execute", GO("example.com/cobra/v2.Execute"), true},
		{"cobra.Execute", GO("example.com/cobra/vx.Execute"), false},
		{"Sum[T]", GO("main.Sum[go.shape.int_0]"), true},
		{"(*List[T]).Push", GO("main.(*List[go.shape.string_0]).Push"), true},
		{"Pair[K, V].Key", GO("main.Pair[go.shape.int_0,go.shape.string_1].Key"), true},
		{"Pair[K, int].Key", GO("main.Pair[go.shape.int_0,go.shape.string_1].Key"), false},
		{"Pair[K].Key", GO("main.Pair[go.shape.int_0,go.shape.string_1].Key"), false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define ADA(name, real)                                                                                                \
	{                                                                                                              \
		.bare = name, .qualified = name, .respelled = real, .style = &name_style_ada                           \
	}
#define FORTRAN                                                                                                        \
	{                                                                                                              \
		.bare = "accumulate", .qualified = "stats::accumulate", .style = &name_style_any_case_dots             \
	}
#define FORTRAN_BODY                                                                                                   \
	{                                                                                                              \
		.bare = "__stats_MOD_accumulate._omp_fn.0",                                                            \
		.qualified = "stats::accumulate::__stats_MOD_accumulate._omp_fn.0", .style = &name_style_any_case_dots \
	}
#define PASCAL                                                                                                         \
	{                                                                                                              \
		.bare = "AREA", .qualified = "TCIRCLE::AREA", .style = &name_style_any_case_dots                       \
	}
#define PASCAL_LIST                                                                                                    \
	{                                                                                                              \
		.bare = "Add", .qualified = "TList$1$crc9F312717::Add", .style = &name_style_any_case_dots             \
	}
#define D_AREA                                                                                                         \
	{                                                                                                              \
		.bare = "area", .qualified = "f::Circle::area", .style = &name_style_dots                              \
	}
#define D_LARGEST                                                                                                      \
	{                                                                                                              \
		.bare = "largest", .qualified = "f::largest", .linkage = "_D1f__T7largestTiZQlFNaNbNiNfAiZi",          \
		.style = &name_style_dots                                                                              \
	}
#define D_MAIN                                                                                                         \
	{                                                                                                              \
		.bare = "D main", .qualified = "f::D main", .linkage = "_Dmain", .style = &name_style_dots             \
	}
#define D_NESTED                                                                                                       \
	{                                                                                                              \
		.bare = "nested", .qualified = "f::D main::nested", .linkage = "_D1f4mainFZ6nestedMFiZi",              \
		.style = &name_style_dots                                                                              \
	}
#define D_SUM                                                                                                          \
	{                                                                                                              \
		.bare = "sum", .qualified = "f::Pair!int::sum", .style = &name_style_dots                              \
	}

static void test_other_languages(void **state)
{
	static const struct spelling spellings[] = {
		{"Work.Fact", ADA("work__fact", "work.fact"), true},
		{"FACT", ADA("work__fact", "work.fact"), true},
		{"work__fact", ADA("work__fact", "work.fact"), true},
		{"Work.\"+\"", ADA("work__Oadd", "work.\"+\""), true},
		{"Work.*", ADA("work__fact", "work.fact"), true},
		{"Other.Fact", ADA("work__fact", "work.fact"), false},
		{"act", ADA("work__fact", "work.fact"), false},
		{"stats%accumulate", FORTRAN, true},
		{"other%accumulate", FORTRAN, false},
		{"Accumulate", FORTRAN, true},
		{"STATS::ACCUMULATE", FORTRAN, true},
		{"Stats.Accumulate", FORTRAN, true},
		{"Other::Accumulate", FORTRAN, false},
		{"Accumulate", FORTRAN_BODY, true},
		{"Stats::Accumulate", FORTRAN_BODY, true},
		{"Stats", FORTRAN_BODY, false},
		{"TCircle.Area", PASCAL, true},
		{"tcircle::area", PASCAL, true},
		{"TSquare.Area", PASCAL, false},
		{"TList.Add", PASCAL_LIST, true},
		{"TList$1$crc9F312717::Add", PASCAL_LIST, true},
		{"TOther.Add", PASCAL_LIST, false},
		{"Work.\"and\"", ADA("work__Oand", "work.\"and\""), true},
		{"Work.\"or\"", ADA("work__Oand", "work.\"and\""), false},
		{"Circle.area", D_AREA, true},
		{"f.Circle.area", D_AREA, true},
		{"Circle.Area", D_AREA, false},
		{"largest", D_LARGEST, true},
		{"largest!int", D_LARGEST, true},
		{"f.largest!(int)", D_LARGEST, true},
		{"largest!long", D_LARGEST, false},
		{"Pair!int.sum", D_SUM, true},
		{"Pair.sum", D_SUM, true},
		{"Pair!long.sum", D_SUM, false},
		{"main", D_MAIN, true},
		{"f.main", D_MAIN, true},
		{"D main", D_MAIN, true},
		{"f.main.nested", D_NESTED, true},
		{"f.main", D_NESTED, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define OMP(name)                                                                                                      \
	{                                                                                                              \
		.bare = name, .qualified = name                                                                        \
	}
#define OMP_CXX                                                                                                        \
	{                                                                                                              \
		.bare = "_ZN2ns1S3parEi._omp_fn.0", .qualified = "ns::S::par::_ZN2ns1S3parEi._omp_fn.0"                \
	}
#define OMP_CLANG                                                                                                      \
	{                                                                                                              \
		.bare = ".omp_outlined.", .qualified = ".omp_outlined.", .respelled = "ns::par.omp_outlined."          \
	}

static void test_parallel_regions(void **state)
{
	static const struct spelling spellings[] = {
		{"par", OMP("par._omp_fn.0"), true},
		{"par._omp_fn.0", OMP("par._omp_fn.0"), true},
		{"par._omp_fn.1", OMP("par._omp_fn.0"), false},
		{"pa", OMP("par._omp_fn.0"), false},
		{"par", OMP("par.omp_outlined"), true},
		{"par", OMP("par.omp_outlined_debug__"), true},
		{"par", OMP_CXX, true},
		{"ns::S::par", OMP_CXX, true},
		{"S", OMP_CXX, false},
		{"par", OMP_CLANG, true},
		{"ns::par", OMP_CLANG, true},
		{".omp_outlined.", OMP_CLANG, true},
		{"other", OMP_CLANG, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define NAMELESS       METHOD("(anonymous namespace)", "f", "_ZN12_GLOBAL__N_11fEv")
#define NAMELESS_CLASS METHOD("(anonymous namespace)::A", "f", "_ZN12_GLOBAL__N_11A1fERKNS_1BE")
#define COMPARE	       FUNCTION("same", "_ZN12_GLOBAL__N_14sameESt6vectorINS_1AESaIS1_EE")

/* What demanglers, compilers' messages and people write for a namespace without a name. */
static void test_unnamed(void **state)
{
	static const struct spelling spellings[] = {
		{"(anonymous namespace)::f", NAMELESS, true},
		{"<anonymous>::f", NAMELESS, true},
		{"{anonymous}::f", NAMELESS, true},
		{"(anonymous)::f", NAMELESS, true},
		{"<unnamed>::f", NAMELESS, true},
		{"<anonymous namespace>::f", NAMELESS, true},
		{"`anonymous namespace'::f", NAMELESS, true},
		{"_GLOBAL__N_1::f", NAMELESS, true},
		{"(anonymous class)::f", NAMELESS, true},
		{"<other>::f", NAMELESS, false},
		{"<anonymous>::g", NAMELESS, false},
		{"<anonymous>::f", METHOD("ns", "f", NULL), false},
		{"lam::(anonymous class)::operator()", BARE_LAMBDA, true},
		{"<anonymous>::A::f", NAMELESS_CLASS, true},
		{"A::f(B const&)", NAMELESS_CLASS, true},
		{"A::f({anonymous}::B const&)", NAMELESS_CLASS, true},
		{"A::f((anonymous namespace)::B const&)", NAMELESS_CLASS, true},
		{"A::f(C const&)", NAMELESS_CLASS, false},
		{"same(std::vector<A>)", COMPARE, true},
		{"same(std::vector<(anonymous namespace)::A, std::allocator<(anonymous namespace)::A> >)", COMPARE,
		 true},
		{"same(std::vector<B>)", COMPARE, false},
	};

	(void)state;
	CHECK_ALL(spellings);
}

#define POINTERS   FUNCTION("f", "_Z1fPFiiEPPcRA4_i")
#define DEFAULTS   FUNCTION("f", "_Z1fRKSsj")
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
		cmocka_unit_test(test_template_arguments),
		cmocka_unit_test(test_standard_library),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_operators_and_copies),
		cmocka_unit_test(test_lambdas),
		cmocka_unit_test(test_spellings_of_types),
		cmocka_unit_test(test_blanks_in_operators),
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_rust_library),
		cmocka_unit_test(test_go),
		cmocka_unit_test(test_other_languages),
		cmocka_unit_test(test_parallel_regions),
		cmocka_unit_test(test_unnamed),
		cmocka_unit_test(test_declarations),
		cmocka_unit_test(test_generics),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_odd_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
