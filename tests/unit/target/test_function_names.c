// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of C and C++, as sources, compilers, demanglers and people write them, against the functions that they mean. */
#include "unit/spelling.h"

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

#define ARGUMENT                                                                                                       \
	{                                                                                                              \
		.bare = "f", .qualified = "A<outer::v2::Q>::f", .inlines = inlines                                     \
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

#define OVER_NONE                                                                                                      \
	{                                                                                                              \
		.bare = "over", .qualified = "over", .linkage = "_Z4overv"                                             \
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

#define TEMPLATE(name, arguments)                                                                                      \
	{                                                                                                              \
		.bare = name, .qualified = name arguments                                                              \
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

#define NAMELESS METHOD("(anonymous namespace)", "f", "_ZN12_GLOBAL__N_11fEv")

#define NAMELESS_CLASS METHOD("(anonymous namespace)::A", "f", "_ZN12_GLOBAL__N_11A1fERKNS_1BE")

#define COMPARE FUNCTION("same", "_ZN12_GLOBAL__N_14sameESt6vectorINS_1AESaIS1_EE")

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
		cmocka_unit_test(test_unnamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
