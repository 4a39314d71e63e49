// SPDX-License-Identifier: GPL-2.0-or-later
// Deferred calls, panics, deep recursion that moves the stack, channels, maps.
package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

var (
	deferred  = newCounter("deferred")
	recov     = newCounter("recov")
	mapRange  = newCounter("map_range")
	str       = newCounter("str")
	ch        = newCounter("ch")
	sel       = newCounter("sel")
	deep      = newCounter("deep")
	leaf      = newCounter("leaf")
	less      = newCounter("less")
	ins       = newCounter("ins")
	empty     = newCounter("empty")
	oks       = newCounter("oks")
	errs      = newCounter("errs")
	tsw       = newCounter("tsw")
	inl       = newCounter("inl")
	hanoiC    = newCounter("hanoi")
	unr       = newCounter("unr")
	cls       = newCounter("cls")
	got       = newCounter("gotos")
	deferLoop = newCounter("defer_loop")
	ack_      = newCounter("ack()")
)

func d(n int) (r int) {
	defer func() {
		deferred.bump() // @deferred
		if e := recover(); e != nil {
			recov.bump() // @recov
			r = 3
		}
	}()
	if n%4 == 0 {
		panic("x")
	}
	for i := 0; i < n; i++ {
		defer func() {
			deferLoop.bump() // @defer_loop
		}()
	}
	return n
}

func deepf(n int) int {
	var pad [50]int
	pad[n%50] = n
	deep.bump() // @deep
	if n == 0 {
		leaf.bump() // @leaf
		return 1
	}
	return deepf(n-1) + pad[n%50]
}

type node struct {
	l, r *node
	k    int
}

func (t *node) insert(k int) *node {
	ins.bump() // @ins
	if t == nil {
		empty.bump() // @empty
		return &node{k: k}
	}
	if k < t.k {
		t.l = t.l.insert(k)
	} else {
		t.r = t.r.insert(k)
	}
	return t
}

func hanoi(n int) {
	if n == 0 {
		return
	}
	hanoi(n - 1)
	hanoiC.bump() // @hanoi
	hanoi(n - 1)
}

func ack(m, n int) int { // @ack()
	ack_.bump()
	if m == 0 {
		return n + 1
	}
	if n == 0 {
		return ack(m-1, 1)
	}
	return ack(m-1, ack(m, n-1))
}

func parse(n int) (int, error) {
	if n%3 == 0 {
		return 0, errors.New("x")
	}
	oks.bump() // @oks
	return n, nil
}

func kind(x interface{}) int {
	switch v := x.(type) {
	case int:
		tsw.bump() // @tsw
		return v
	case string:
		return len(v)
	}
	return 0
}

func sq(x int) int {
	inl.bump() // @inl
	return x * x
}

//go:noinline
func many(n int) int {
	s := 0
	m := map[int]int{}
	for i := 0; i < n; i++ {
		m[i%7] += sq(i) + sq(i+1)
	}
	for k, v := range m {
		mapRange.bump() // @map_range
		s += k + v
	}
	for _, c := range "héllo" {
		str.bump() // @str
		s += int(c)
	}
	c := make(chan int, 30)
	for i := 0; i < n; i++ {
		c <- i
	}
	close(c)
	for x := range c {
		ch.bump() // @ch
		s += x
	}
	c2 := make(chan int, 1)
	for i := 0; i < n; i++ {
		select {
		case c2 <- i:
			sel.bump() // @sel
		case x := <-c2:
			s += x
		}
	}
	v := make([]int, n)
	for i := range v {
		v[i] = i * 13 % 17
	}
	sort.Slice(v, func(a, b int) bool {
		less.bump() // @less
		return v[a] < v[b]
	})
	for i := 0; i < 3; i++ {
		unr.bump() // @unr
	}
	i := 0
again:
	if i < n {
		got.bump() // @gotos
		i++
		goto again
	}
	strings.Map(func(r rune) rune {
		cls.bump() // @cls
		return r
	}, "abc")
	return s
}

func main() {
	s := 0
	var t *node
	for i := 0; i < 20; i++ {
		s += d(i) + many(i) + deepf(i*40) + kind(i) + kind("abc")
		t = t.insert(i * 7 % 13)
		hanoi(i / 4)
		if _, e := parse(i); e != nil {
			errs.bump() // @errs
		}
	}
	fmt.Println(s + ack(2, 3))
	say()
}
