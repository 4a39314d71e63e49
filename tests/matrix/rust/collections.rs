// SPDX-License-Identifier: GPL-2.0-or-later
// Iterators of the standard library, collections, recursion that moves boxes, a guard that is dropped.
mod counting;
use counting::Counter;
use std::collections::{BTreeMap, HashMap};

macro_rules! counters {
    ($($name:ident $marker:literal)*) => {
        $(static $name: Counter = Counter::new($marker);)*
        static ALL: &[&Counter] = &[$(&$name),*];
    };
}

counters! {
    RANGE "range" STEP "step" REV "rev" WINDOW "window" CHUNK "chunk"
    PEEK "peek" FLAT "flat" TREE "tree" HASH "hash" CHARS "chars"
    INSERT "insert" EMPTY "empty" HANOI "hanoi" OKS "oks" ERRS "errs"
    UNR "unr" ZIP "zip" WL "wl" SORT "sort" ITER "iter"
    EVEN "even" ODD "odd" ACK "ack" COL "col" TAKE "take"
    GUARD "guard" TESTED "tested"
}

#[inline(never)]
fn loops(n: usize) -> usize {
    let v: Vec<usize> = (0..n).collect();
    let mut s = 0;
    for i in 0..n {
        RANGE.bump(); // @range
        s += i;
    }
    for i in (0..n).step_by(3) {
        STEP.bump(); // @step
        s ^= i;
    }
    for i in (1..=n).rev() {
        REV.bump(); // @rev
        s += i * 3;
    }
    for w in v.windows(2) {
        WINDOW.bump(); // @window
        s += w[0] * w[1];
    }
    for c in v.chunks(4) {
        CHUNK.bump(); // @chunk
        s += c.len();
    }
    for (a, b) in v.iter().zip(v.iter().skip(1)) {
        ZIP.bump(); // @zip
        s += a ^ b;
    }
    let mut stack = vec![n];
    while let Some(top) = stack.pop() {
        WL.bump(); // @wl
        if top > 1 {
            stack.push(top / 2);
            stack.push(top / 3);
        }
    }
    for i in 0..4 {
        UNR.bump(); // @unr
        s += i;
    }
    for x in v.iter().flat_map(|x| [*x, *x + 1]) {
        FLAT.bump(); // @flat
        s += x;
    }
    for x in v.iter().take_while(|x| **x < 7) {
        TAKE.bump(); // @take
        s += x;
    }
    let mut it = v.iter().peekable();
    while let Some(x) = it.next() {
        if let Some(_y) = it.peek() {
            PEEK.bump(); // @peek
        }
        s += x;
    }
    s
}

#[inline(never)]
fn collections(n: usize) -> usize {
    let mut t = BTreeMap::new();
    let mut h = HashMap::new();
    for i in 0..n {
        t.insert(i * 7 % 11, i);
        *h.entry(i % 5).or_insert(0) += i;
    }
    let mut s = 0;
    for (k, v) in &t {
        TREE.bump(); // @tree
        s += k * v;
    }
    for (_, v) in &h {
        HASH.bump(); // @hash
        s += v;
    }
    for c in "héllo".chars() {
        CHARS.bump(); // @chars
        s += c as usize;
    }
    let mut v: Vec<usize> = (0..n).map(|x| x * 13 % 17).collect();
    v.sort_by(|a, b| {
        SORT.bump(); // @sort
        b.cmp(a)
    });
    s + v.len()
}

struct Node {
    l: Option<Box<Node>>,
    r: Option<Box<Node>>,
    k: usize,
}

fn insert(t: Option<Box<Node>>, k: usize) -> Option<Box<Node>> {
    INSERT.bump(); // @insert
    match t {
        None => {
            EMPTY.bump(); // @empty
            Some(Box::new(Node { l: None, r: None, k }))
        }
        Some(mut n) => {
            if k < n.k {
                n.l = insert(n.l.take(), k)
            } else {
                n.r = insert(n.r.take(), k)
            }
            Some(n)
        }
    }
}

fn hanoi(n: usize, a: u8, b: u8, c: u8) {
    if n == 0 {
        return;
    }
    hanoi(n - 1, a, c, b);
    HANOI.bump(); // @hanoi
    hanoi(n - 1, c, b, a);
}

fn ack(m: u64, n: u64) -> u64 {
    ACK.bump(); // @ack
    match (m, n) {
        (0, n) => n + 1,
        (m, 0) => ack(m - 1, 1),
        (m, n) => ack(m - 1, ack(m, n - 1)),
    }
}

#[inline(never)]
fn parse(s: &str) -> Result<i32, std::num::ParseIntError> {
    let v: i32 = s.parse()?;
    OKS.bump(); // @oks
    Ok(v)
}

struct Guard;
impl Drop for Guard {
    fn drop(&mut self) {
        GUARD.bump(); // @guard
    }
}

#[inline(never)]
fn collatz(mut n: u64) -> u64 {
    let mut s = 0;
    let _g = Guard;
    while n != 1 {
        if n % 2 == 1 {
            ODD.bump(); // @odd
            n = 3 * n + 1;
        } else {
            EVEN.bump(); // @even
            n /= 2;
        }
        COL.bump(); // @col
        s += 1;
    }
    s
}

#[inline(never)]
fn skipped(n: usize) -> usize {
    let mut s = 0;
    for i in 0..n {
        TESTED.bump();
        if i % 3 != 0 { // @tested
            s += std::hint::black_box(i);
        }
    }
    s
}

fn main() {
    let mut s = 0usize;
    let mut t = None;
    for i in 0..20 {
        s += skipped(i) + loops(i) + collections(i) + collatz(i as u64 + 1) as usize;
        t = insert(t, i * 7 % 13);
        hanoi(i / 4, 1, 2, 3);
        if let Err(_) = parse(if i % 3 == 0 { "12" } else { "a" }) {
            ERRS.bump(); // @errs
        }
        (0..i).for_each(|x| {
            ITER.bump(); // @iter
            s += x;
        });
    }
    s += ack(2, 3) as usize;
    println!("{} {}", s, t.is_some());
    for c in ALL {
        c.say();
    }
}
