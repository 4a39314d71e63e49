// SPDX-License-Identifier: GPL-2.0-or-later
// What a program counts of its own lines.
use std::sync::atomic::{AtomicI64, Ordering};

pub struct Counter(&'static str, AtomicI64);

impl Counter {
    pub const fn new(marker: &'static str) -> Counter {
        Counter(marker, AtomicI64::new(0))
    }

    #[inline(never)]
    pub fn bump(&self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    #[allow(dead_code)]
    pub fn add(&self, n: usize) {
        self.1.fetch_add(n as i64, Ordering::Relaxed);
    }

    pub fn say(&self) {
        eprintln!("@{} {}", self.0, self.1.load(Ordering::Relaxed));
    }
}
