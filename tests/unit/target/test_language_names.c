// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of other languages than C and C++, against the functions that they mean. */
#include "unit/spelling.h"

#define V0_BOXED                                                                                                       \
	{                                                                                                              \
		.bare = "area<u32>", .qualified = "b::shape::{impl#2}::area<u32>",                                     \
		.linkage = "_RNvXs0_NtCslHcVFiSui7X_1b5shapeINtB5_5BoxedmENtB5_5Shape4areaB7_", RUST                   \
	}

#define V0_GROW                                                                                                        \
	{                                                                                                              \
		.bare = "grow", .qualified = "b::shape::Circle::grow",                                                 \
		.linkage = "_RNvMs2_NtCslHcVFiSui7X_1b5shapeNtB5_6Circle4grow", RUST                                   \
	}

#define VECTOR_PUSH                                                                                                    \
	{                                                                                                              \
		.bare = "push<u8>", .qualified = "alloc::vec::Vec<u8>::push<u8>", RUST                                 \
	}

#define CLOSURE                                                                                                        \
	{                                                                                                              \
		.bare = "{closure#0}", .qualified = "b::main::{closure#0}", RUST                                       \
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
		{"<_ as Shape>::area", V0_CIRCLE, true},
		{"<_ as shape::Shape>::area", V0_CIRCLE, true},
		{"<_ as Debug>::area", V0_CIRCLE, false},
		{"<_ as Shape>::grow", V0_CIRCLE, false},
		{"<_ as Shape>::area", LEGACY_CIRCLE, true},
		{"<_ as Circle>::area", LEGACY_CIRCLE, false},
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
		{"*Tree.Insert", GO("main.(*Tree).Insert"), true},
		{"*main.Tree.Insert", GO("main.(*Tree).Insert"), true},
		{"main.*Tree.Insert", GO("main.(*Tree).Insert"), true},
		{"(*main.Tree).Insert", GO("main.(*Tree).Insert"), true},
		{"(*other.Tree).Insert", GO("main.(*Tree).Insert"), false},
		{"(*a.org/b/store.Tree).Insert", GO("a.org/b/store.(*Tree).Insert"), true},
		{"(*a.org/c/store.Tree).Insert", GO("a.org/b/store.(*Tree).Insert"), false},
		{"*a.org/b/store.Tree.Insert", GO("a.org/b/store.(*Tree).Insert"), true},
		{"*Tree.Remove", GO("main.(*Tree).Insert"), false},
		{"(main.Tree).Depth", GO("main.Tree.Depth"), true},
		{"(*main.Tree).Depth", GO("main.Tree.Depth"), false},
		{"*List[string].Push", GO("main.(*List[go.shape.string_0]).Push"), true},
		{"*List[int].Push", GO("main.(*List[go.shape.string_0]).Push"), false},
		{"(*main.List[a.T]).Push", GO("main.(*List[go.shape.string_0]).Push"), false},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_rust_library),
		cmocka_unit_test(test_go),
		cmocka_unit_test(test_other_languages),
		cmocka_unit_test(test_parallel_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
