// SPDX-License-Identifier: GPL-2.0-or-later
package main

import "fmt"

type Tree struct{ l, r *Tree; v int }

//go:noinline
func (t *Tree) Insert(v int) *Tree { if t == nil { return &Tree{v: v} }; if v < t.v { t.l = t.l.Insert(v) } else { t.r = t.r.Insert(v) }; return t }

//go:noinline
func (t Tree) Depth() int { return t.v }

//go:noinline
func deepStack(n int) int { if n == 0 { return 0 }; return deepStack(n-1) + 1 }

type Number interface{ ~int | ~float64 }

//go:noinline
func Sum[T Number](v []T) T { var s T; for _, x := range v { s += x }; return s }

type List[T any] struct{ items []T }

//go:noinline
func (l *List[T]) Push(x T) { l.items = append(l.items, x) }

//go:noinline
func apply(f func(int) int, n int) int { return f(n) }

func main() {
	var t *Tree
	s := 0
	l := &List[string]{}
	for i := 0; i < 10; i++ {
		t = t.Insert(i)
		s += deepStack(3) + Sum([]int{1, 2}) + int(Sum([]float64{1, 2})) + t.Depth()
		l.Push("x")
		s += apply(func(n int) int { return n + s }, i)
		f := t.Insert
		f(3)
	}
	fmt.Println(s)
}
