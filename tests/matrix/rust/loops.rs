// SPDX-License-Identifier: GPL-2.0-or-later
// Loops, iterators, closures, early returns and recursion.
mod counting;
use counting::Counter;

static FOR_BODY: Counter = Counter::new("for_body");
static WHILE_BODY: Counter = Counter::new("while_body");
static LOOP_BODY: Counter = Counter::new("loop_body");
static CONTINUED: Counter = Counter::new("continued");
static LABELLED: Counter = Counter::new("labelled");
static MAPPED: Counter = Counter::new("mapped");
static KEPT: Counter = Counter::new("kept");
static FOLDED: Counter = Counter::new("folded");
static EARLY: Counter = Counter::new("early");
static LATE: Counter = Counter::new("late");
static FIB: Counter = Counter::new("fib()");
static FIB_LEAF: Counter = Counter::new("fib_leaf");
static GCD: Counter = Counter::new("gcd");
static SUM: Counter = Counter::new("sum");

#[inline(never)]
fn loops(v: &[i32]) -> i32 {
    let mut sum = 0;
    for (i, x) in v.iter().enumerate() {
        FOR_BODY.bump(); // @for_body
        sum += x * i as i32;
    }
    let mut n = v.len();
    while n > 0 {
        WHILE_BODY.bump(); // @while_body
        n /= 2;
    }
    loop {
        LOOP_BODY.bump(); // @loop_body
        n += 3;
        if n > 10 {
            break;
        }
    }
    'outer: for i in 0..v.len() {
        for k in i..v.len() {
            if v[k] % 5 == 4 {
                CONTINUED.bump(); // @continued
                continue 'outer;
            }
            LABELLED.bump(); // @labelled
        }
    }
    sum + n as i32
}

#[inline(never)]
fn iterators(v: &[i32]) -> i32 {
    v.iter()
        .map(|x| {
            MAPPED.bump(); // @mapped
            x * 3
        })
        .filter(|x| x % 2 == 0)
        .inspect(|_| {
            KEPT.bump() // @kept
        })
        .fold(0, |a, b| {
            FOLDED.bump(); // @folded
            a ^ b
        })
}

#[inline(never)]
fn plain_sum(v: &[i32]) -> i32 {
    let mut sum = 0i32;
    SUM.add(v.len());
    for x in v {
        sum = sum.wrapping_add(x * x); // @sum?
    }
    sum
}

#[inline(never)]
fn find(v: &[i32], wanted: i32) -> Option<usize> {
    for (i, x) in v.iter().enumerate() {
        if *x == wanted {
            EARLY.bump(); // @early
            return Some(i);
        }
    }
    LATE.bump(); // @late
    None
}

#[inline(never)]
fn parsed(text: &str) -> Result<i32, std::num::ParseIntError> {
    let n: i32 = text.parse()?;
    Ok(n + 1)
}

#[inline(never)]
fn fib(n: u32) -> u32 { // @fib()
    FIB.bump();
    if n < 2 {
        FIB_LEAF.bump(); // @fib_leaf
        return n;
    }
    fib(n - 1) + fib(n - 2)
}

#[inline(never)]
fn gcd(a: u32, b: u32) -> u32 {
    GCD.bump(); // @gcd
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

fn main() {
    let mut sum = 0;
    for n in 0..20 {
        let v: Vec<i32> = (0..n).map(|x| x * 7 % 31).collect();
        sum += loops(&v) + iterators(&v) + plain_sum(&v) + find(&v, n).unwrap_or(3) as i32;
        sum += parsed(if n % 3 == 0 { "12" } else { "x" }).unwrap_or(1);
        sum += gcd(n as u32 * 12, 18) as i32;
    }
    println!("{}", sum + fib(10) as i32);
    for counter in [&FOR_BODY, &WHILE_BODY, &LOOP_BODY, &CONTINUED, &LABELLED, &MAPPED, &KEPT, &FOLDED, &EARLY, &LATE, &FIB, &FIB_LEAF, &GCD, &SUM] {
        counter.say();
    }
}
