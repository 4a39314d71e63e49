// SPDX-License-Identifier: GPL-2.0-or-later
// Loops, switches, closures, recursion, methods, generics.
package main

import "fmt"

var (
	forBody   = newCounter("for_body")
	rangeBody = newCounter("range_body")
	whileBody = newCounter("while_body")
	continued = newCounter("continued")
	labelled  = newCounter("labelled")
	one       = newCounter("one")
	fall      = newCounter("fall")
	other     = newCounter("other")
	never     = newCounter("never")
	closure   = newCounter("closure")
	fibCalls  = newCounter("fib()")
	fibLeaf   = newCounter("fib_leaf")
	area      = newCounter("area")
	flat      = newCounter("flat")
	small     = newCounter("small")
	smallBig  = newCounter("small_big")
	generic   = newCounter("generic")
	sum       = newCounter("sum")
)

//go:noinline
func loops(v []int) int {
	sum := 0
	for i := 0; i < len(v); i++ {
		forBody.bump() // @for_body
		sum += v[i] * i
	}
	for i, x := range v {
		rangeBody.bump() // @range_body
		sum += x - i
	}
	n := len(v)
	for n > 0 {
		whileBody.bump() // @while_body
		n /= 2
	}
outer:
	for i := range v {
		for _, x := range v[i:] {
			if x%5 == 4 {
				continued.bump() // @continued
				continue outer
			}
			labelled.bump() // @labelled
		}
	}
	return sum
}

//go:noinline
func switches(n int) int {
	switch n % 6 {
	case 1:
		one.bump() // @one
		fallthrough
	case 2:
		fall.bump() // @fall
	case 7:
		never.bump() // @never
	default:
		other.bump() // @other
	}
	return n
}

//go:noinline
func plainSum(v []int) int {
	total := 0
	sum.n += int64(len(v))
	for _, x := range v {
		total += x * x // @sum
	}
	return total
}

//go:noinline
func fib(n int) int { // @fib()
	fibCalls.bump()
	if n < 2 {
		fibLeaf.bump() // @fib_leaf
		return n
	}
	return fib(n-1) + fib(n-2)
}

type shape interface{ area() int }
type square struct{ side int }
type line struct{}

func (s *square) area() int {
	area.bump() // @area
	return s.side * s.side
}

func (l line) area() int {
	flat.bump() // @flat
	return 0
}

func clamp(n int) int {
	small.bump() // @small
	if n > 9 {
		smallBig.bump() // @small_big
		return 9
	}
	return n
}

func maximum[T int | float64](a, b T) T {
	generic.bump() // @generic
	if a > b {
		return a
	}
	return b
}

func main() {
	total := 0
	add := func(n int) {
		closure.bump() // @closure
		total += n
	}
	for n := 0; n < 20; n++ {
		v := make([]int, n)
		for i := range v {
			v[i] = i * 7 % 31
		}
		add(loops(v))
		add(switches(n))
		add(plainSum(v))
		var s shape = line{}
		if n%3 > 0 {
			s = &square{n}
		}
		add(s.area() + clamp(n) + clamp(2*n) + maximum(n, 7) + int(maximum(0.5, float64(n))))
	}
	fmt.Println(total + fib(10))
	say()
}
