// SPDX-License-Identifier: GPL-2.0-or-later
// Traits, generics, own iterators, closures that are kept, destructors, panics that are caught.
mod counting;
use counting::Counter;

static AREA: Counter = Counter::new("area");
static DEFAULT: Counter = Counter::new("default");
static DYNAMIC: Counter = Counter::new("dynamic");
static GENERIC: Counter = Counter::new("generic()");
static BIG: Counter = Counter::new("big");
static NEXT: Counter = Counter::new("next");
static NEXT_END: Counter = Counter::new("next_end");
static CLOSURE: Counter = Counter::new("closure");
static DROPPED: Counter = Counter::new("dropped");
static PANICS: Counter = Counter::new("panics");
static SURVIVES: Counter = Counter::new("survives");
static ARM: Counter = Counter::new("arm");
static GUARDED: Counter = Counter::new("guarded");
static OTHER: Counter = Counter::new("other");
static NEVER: Counter = Counter::new("never");

trait Shape {
    fn area(&self) -> i32;
    fn doubled(&self) -> i32 {
        DEFAULT.bump(); // @default
        2 * self.area()
    }
}

struct Square(i32);
struct Line;

impl Shape for Square {
    fn area(&self) -> i32 {
        AREA.bump(); // @area
        self.0 * self.0
    }
}

impl Shape for Line {
    fn area(&self) -> i32 {
        DYNAMIC.bump(); // @dynamic
        0
    }
}

impl Drop for Square {
    fn drop(&mut self) {
        DROPPED.bump(); // @dropped
    }
}

struct Countdown(i32);

impl Iterator for Countdown {
    type Item = i32;
    fn next(&mut self) -> Option<i32> {
        NEXT.bump(); // @next
        if self.0 == 0 {
            NEXT_END.bump(); // @next_end
            return None;
        }
        self.0 -= 1;
        Some(self.0)
    }
}

fn generic<T: PartialOrd + From<u8> + std::ops::Add<Output = T>>(value: T) -> T { // @generic()
    GENERIC.bump();
    if value > T::from(5) {
        BIG.bump(); // @big
    }
    value + T::from(1)
}

fn adder(n: i32) -> Box<dyn Fn(i32) -> i32> {
    Box::new(move |x| {
        CLOSURE.bump(); // @closure
        x + n
    })
}

#[inline(never)]
fn matched(value: Option<i32>) -> i32 {
    match value {
        Some(3) => {
            ARM.bump(); // @arm
            7
        }
        Some(n) if n % 2 == 0 => {
            GUARDED.bump(); // @guarded
            n
        }
        Some(n) if n > 1000 => {
            NEVER.bump(); // @never
            n
        }
        _ => {
            OTHER.bump(); // @other
            1
        }
    }
}

#[inline(never)]
fn may_panic(n: i32) -> i32 {
    let square = Square(n);
    if n % 4 == 3 {
        PANICS.bump(); // @panics
        panic!("three");
    }
    SURVIVES.bump(); // @survives
    square.area()
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut sum = 0i64;
    for n in 0..16 {
        let shapes: Vec<Box<dyn Shape>> = (0..n).map(|i| -> Box<dyn Shape> { if i % 3 == 0 { Box::new(Line) } else { Box::new(Square(i)) } }).collect();
        sum += shapes.iter().map(|shape| shape.doubled()).sum::<i32>() as i64;
        sum += generic(n) as i64 + generic(n as f64) as i64 + generic(n as i64);
        sum += Countdown(n).zip(Countdown(5)).map(|(a, b)| a * b).sum::<i32>() as i64;
        sum += adder(n)(2) as i64 + matched(Some(n)) as i64 + matched(None) as i64;
        sum += std::panic::catch_unwind(|| may_panic(n)).unwrap_or(2) as i64;
    }
    println!("{}", sum);
    for counter in [&AREA, &DEFAULT, &DYNAMIC, &GENERIC, &BIG, &NEXT, &NEXT_END, &CLOSURE, &DROPPED, &PANICS, &SURVIVES, &ARM, &GUARDED, &OTHER, &NEVER] {
        counter.say();
    }
}
