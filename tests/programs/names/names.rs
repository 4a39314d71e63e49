// SPDX-License-Identifier: GPL-2.0-or-later
mod shape {
    pub trait Shape { fn area(&self) -> u64; fn twice(&self) -> u64 { std::hint::black_box(self.area() * 2) } }
    pub struct Square(pub u64);
    pub struct Circle(pub u64);
    pub struct Boxed<T>(pub T);
    impl Shape for Square { #[inline(never)] fn area(&self) -> u64 { std::hint::black_box(self.0 * self.0) } }
    impl Shape for Circle { #[inline(never)] fn area(&self) -> u64 { std::hint::black_box(self.0 * 3) } }
    impl<T: Copy + Into<u64>> Shape for Boxed<T> { #[inline(never)] fn area(&self) -> u64 { std::hint::black_box(self.0.into()) } }
    impl<T: Copy> Boxed<T> { #[inline(never)] pub fn inner(&self) -> T { std::hint::black_box(self.0) } }
    impl Circle { #[inline(never)] pub fn grow(&mut self, n: u64) { self.0 += std::hint::black_box(n); } }
}
use shape::*;
#[inline(never)]
fn largest<T: PartialOrd + Copy>(v: &[T]) -> T { let mut m = v[0]; for &x in v { if x > m { m = x; } } std::hint::black_box(m) }
#[inline(never)]
async fn step(x: u64) -> u64 { std::hint::black_box(x + 1) }
fn block<F: std::future::Future>(f: F) -> F::Output {
    use std::task::*;
    fn raw() -> RawWaker { fn no(_: *const ()) {} fn cl(_: *const ()) -> RawWaker { raw() } static V: RawWakerVTable = RawWakerVTable::new(cl, no, no, no); RawWaker::new(std::ptr::null(), &V) }
    let w = unsafe { Waker::from_raw(raw()) };
    let mut c = Context::from_waker(&w);
    let mut f = Box::pin(f);
    loop { if let Poll::Ready(v) = f.as_mut().poll(&mut c) { return v; } }
}
#[inline(never)]
fn apply(f: &dyn Fn(u64) -> u64, x: u64) -> u64 { f(x) }
fn main() {
    let mut s = 0; let k = std::env::args().count() as u64;
    let mut g = Circle(1);
    for i in 0..10u64 {
        s += Square(i).area(); s += Circle(i).area(); s += Boxed(i as u32).area(); s += Boxed(i).inner(); s += Circle(i).twice(); g.grow(i);
        s += largest(&[1u64, i]); s += largest(&[1i32, i as i32]) as u64;
        s += block(step(i)); s += apply(&|x| std::hint::black_box(x + k), i);
    }
    println!("{s}");
}
