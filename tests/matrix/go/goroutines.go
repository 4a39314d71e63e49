// SPDX-License-Identifier: GPL-2.0-or-later
// Goroutines, channels, deferred calls and recovered panics.
package main

import (
	"fmt"
	"sync"
)

var (
	worker    = newCounter("worker()")
	received  = newCounter("received")
	sent      = newCounter("sent")
	deferred  = newCounter("deferred")
	panics    = newCounter("panics")
	survives  = newCounter("survives")
	recovered = newCounter("recovered")
	timer     = newCounter("selected")
	anonymous = newCounter("anonymous")
	deep      = newCounter("deep")
)

func work(in <-chan int, out chan<- int, done *sync.WaitGroup) { // @worker()
	worker.bump()
	defer done.Done()
	for n := range in {
		received.bump() // @received
		out <- grow(n)
	}
}

// Its frames make the goroutine's stack move.
//
//go:noinline
func grow(n int) int {
	var room [500]int
	deep.bump() // @deep
	room[n%500] = n
	if n == 0 {
		return 0
	}
	return grow(n-1) + room[n%500]
}

//go:noinline
func mayPanic(n int) (result int) {
	defer func() {
		deferred.bump() // @deferred
		if r := recover(); r != nil {
			recovered.bump() // @recovered
			result = 1
		}
	}()
	if n%4 == 3 {
		panics.bump() // @panics
		panic("three")
	}
	survives.bump() // @survives
	return n
}

func main() {
	in, out := make(chan int), make(chan int, 3)
	var done sync.WaitGroup
	for i := 0; i < 5; i++ {
		done.Add(1)
		go work(in, out, &done)
	}
	go func() {
		for n := 0; n < 60; n++ {
			sent.bump() // @sent
			in <- n
		}
		close(in)
		done.Wait()
		close(out)
	}()
	sum, open := 0, true
	for open {
		select {
		case n, more := <-out:
			timer.bump() // @selected
			sum += n
			open = more
		}
	}
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func(n int) {
			anonymous.bump() // @anonymous
			mayPanic(n)
			group.Done()
		}(i)
	}
	group.Wait()
	fmt.Println(sum)
	say()
}
