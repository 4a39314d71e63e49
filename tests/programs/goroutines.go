// SPDX-License-Identifier: GPL-2.0-or-later

// Functions whose stacks grow and so move, and which go on in other threads. It prints how often its lines are executed,
// and how long some of them took.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var walked, filled, waited int64
var requesting, waiting int64 // nanoseconds

//go:noinline
func walk(k int) int { /* calls: walked */ /* hits: walked */
	walked++ /* hits: walked */
	if k == 0 {
		return 0 /* hits: 21 */
	}
	x := walk(k - 1) /* hits: walked - 21 */
	return x + 1     /* hits: walked - 21 */
}

//go:noinline
func sum(frame *[20000]byte) int {
	return int(frame[7]) + int(frame[19999])
}

// So large a frame is checked for in two steps.
//
//go:noinline
func fill(k int) int { /* calls: filled */ /* hits: filled */
	atomic.AddInt64(&filled, 1) /* hits: filled */
	var frame [20000]byte
	frame[k] = 1
	return sum(&frame) /* hits: filled */
}

//go:noinline
func grow(k int) int {
	var frame [256]byte
	frame[k%256] = byte(k)
	if k == 0 {
		return int(frame[3])
	}
	return grow(k-1) + int(frame[k%256]&1)
}

//go:noinline
func request() int { /* calls: 50 */ /* hits: 50 */
	begin := time.Now() /* hits: 50 */
	s := grow(60)       /* hits: 50 */
	requesting += int64(time.Since(begin))
	return s /* hits: 50 */
}

// What it waits for comes from other goroutines, and it goes on in whatever thread is free.
//
//go:noinline
func wait(in, out chan int) { /* calls: 6 */ /* hits: 6 */
	for i := 0; i < 50; i++ {
		begin := time.Now() /* hits: 300 */
		v := <-in           /* hits: 300 */
		atomic.AddInt64(&waiting, int64(time.Since(begin)))
		atomic.AddInt64(&waited, 1) /* hits: waited */
		out <- v + 1                /* hits: waited */
	}
}

func converse(group *sync.WaitGroup) {
	in, out := make(chan int), make(chan int)
	go wait(in, out)
	for i := 0; i < 50; i++ {
		time.Sleep(300 * time.Microsecond)
		in <- i
		<-out
	}
	group.Done()
}

func main() {
	var group sync.WaitGroup
	done := make(chan int)
	go func() { done <- walk(1000) }()
	<-done
	for i := 0; i < 20; i++ {
		walk(30)
		go func() { done <- fill(i) }()
		<-done
	}
	for i := 0; i < 50; i++ {
		go func() { done <- request() }()
		<-done
		time.Sleep(time.Millisecond)
	}
	for i := 0; i < 6; i++ {
		group.Add(1)
		go converse(&group)
	}
	group.Wait()
	fmt.Printf("counter walked %d\ncounter filled %d\ncounter waited %d\n", walked, filled, waited)
	fmt.Printf("counter requesting %d\ncounter waiting %d\n", requesting, waiting)
}
