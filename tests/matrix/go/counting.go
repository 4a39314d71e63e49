// SPDX-License-Identifier: GPL-2.0-or-later
package main

import (
	"fmt"
	"os"
	"sync/atomic"
)

// What a program counts of its own lines.
type counter struct {
	marker string
	n      int64
}

var counters []*counter

func newCounter(marker string) *counter {
	c := &counter{marker: marker}
	counters = append(counters, c)
	return c
}

//go:noinline
func (c *counter) bump() {
	atomic.AddInt64(&c.n, 1)
}

func say() {
	for _, c := range counters {
		fmt.Fprintf(os.Stderr, "@%s %d\n", c.marker, c.n)
	}
}
