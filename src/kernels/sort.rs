//! Stable order of lines. Elements become unsigned keys that compare as PyTorch's order does (-0 equals 0, nan
//! above all), so one routine sorts every dtype, up and down. A key and its position travel together, which
//! makes every sort stable: short lines and wide keys go to the library's, long lines to a radix sort.

mod choice;

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::dtype::Class;
use crate::dtype::Element;
use crate::kernels::rows::Raw;
use crate::kernels::scan::Lines;
use crate::par;
use crate::storage::cache::Loan;

/// The key of an element; narrow ones fit 32 bits.
#[inline(always)]
pub fn key<T: Element>(x: T) -> u64 {
    match T::DTYPE.class() {
        Class::Int if size_of::<T>() < 8 => (x.to_i64() as i32 as u32 ^ 0x8000_0000) as u64,
        Class::Int => x.to_i64() as u64 ^ (1 << 63),
        Class::F32 => {
            let x = x.to_f32();
            let bits = if x.is_nan() { 0x7fff_ffff } else { (x + 0.0).to_bits() };
            (if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }) as u64
        }
        Class::F64 => {
            let x = x.to_f64();
            let bits = if x.is_nan() { u64::MAX >> 1 } else { (x + 0.0).to_bits() };
            if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
        }
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }
}

const fn is_narrow<T: Element>() -> bool {
    matches!(T::DTYPE.class(), Class::F32) || size_of::<T>() < 8
}

/// The element of a key, unless several have that key (zeros and nans).
#[inline(always)]
fn element<T: Element>(key: u64) -> Option<T> {
    match T::DTYPE.class() {
        Class::Int if size_of::<T>() < 8 => Some(T::from_i64((key as u32 ^ 0x8000_0000) as i32 as i64)),
        Class::Int => Some(T::from_i64((key ^ (1 << 63)) as i64)),
        Class::F32 => {
            let bits = if key >> 31 == 1 { key as u32 & 0x7fff_ffff } else { !key as u32 };
            let x = f32::from_bits(bits);
            if x == 0.0 || x.is_nan() { None } else { Some(T::from_f32(x)) }
        }
        Class::F64 => {
            let x = f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key });
            if x == 0.0 || x.is_nan() { None } else { Some(T::from_f64(x)) }
        }
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }
}

/// A key and a position, in one word or in two.
trait Entry: Copy + Ord + Default + Send + Sync {
    const KEY_BITS: usize;
    const PASSES: usize = Self::KEY_BITS.div_ceil(BITS);
    fn new(key: u64, position: usize) -> Self;
    fn key(self) -> u64;
    fn position(self) -> usize;
    #[inline(always)]
    fn digit(self, pass: usize) -> usize {
        (self.key() >> (BITS * pass)) as usize % DIGITS
    }
}

/// A digit has so many bits: three make a narrow key.
const BITS: usize = 11;
const DIGITS: usize = 1 << BITS;

impl Entry for u64 {
    const KEY_BITS: usize = 32;
    #[inline(always)]
    fn new(key: u64, position: usize) -> u64 {
        key << 32 | position as u64
    }
    #[inline(always)]
    fn key(self) -> u64 {
        self >> 32
    }
    #[inline(always)]
    fn position(self) -> usize {
        self as u32 as usize
    }
}

impl Entry for (u64, u64) {
    const KEY_BITS: usize = 64;
    #[inline(always)]
    fn new(key: u64, position: usize) -> (u64, u64) {
        (key, position as u64)
    }
    #[inline(always)]
    fn key(self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn position(self) -> usize {
        self.1 as usize
    }
}

/// From here on a radix sort is the faster one.
const RADIX: usize = 2048;

/// Entries of a long line that a task handles, and at most so many tasks: each has a table of counts.
const PART: usize = 64 * 1024;
const PARTS: usize = 32;

/// Calls `task(part, first..last)` for the parts of a line.
fn by_parts(n: usize, task: impl Fn(usize, Range<usize>) + Sync) {
    let each = n.div_ceil(PARTS).max(PART);
    par::run(n.div_ceil(each), &|p| task(p, p * each..((p + 1) * each).min(n)));
}

/// Makes the entry of every position.
fn fill<E: Entry>(room: &mut [MaybeUninit<E>], of: impl Fn(usize) -> E + Sync) -> &mut [E] {
    let (n, shared) = (room.len(), Raw(room.as_mut_ptr()));
    by_parts(n, |_, part| {
        for k in part {
            // SAFETY: inside the room; every part has its own places.
            unsafe { shared.write(k, MaybeUninit::new(of(k))) };
        }
    });
    // SAFETY: all n entries were written.
    unsafe { std::slice::from_raw_parts_mut(room.as_mut_ptr().cast(), n) }
}

/// Sorts entries whose positions ascend, so the order of keys alone is stable. Each part of a long line counts its digits
/// and then moves its entries to where those of the parts before it end. The result is in `entries` or in what `spare`
/// has got.
fn sort_entries<'a, E: Entry>(entries: &'a mut [E], spare: &'a mut Option<Loan<E>>) -> &'a [E] {
    let n = entries.len();
    if n < RADIX {
        entries.sort_unstable();
        return entries;
    }
    let mut tables = vec![[0usize; DIGITS]; n.div_ceil(PART).min(PARTS)];
    let (mut from, mut to) = (entries.as_mut_ptr(), spare.insert(Loan::new(n)).room().as_mut_ptr().cast::<E>());
    for pass in 0..E::PASSES {
        // SAFETY: `from` has n entries, and nothing writes to them until the next pass.
        let source = unsafe { std::slice::from_raw_parts(from, n) };
        let counts = Raw(tables.as_mut_ptr());
        by_parts(n, |p, part| {
            // SAFETY: every part has its own table.
            let counts = unsafe { &mut *counts.at(p) };
            counts.fill(0);
            source[part].iter().for_each(|e| counts[e.digit(pass)] += 1);
        });
        let (mut at, mut most) = (0, 0);
        for digit in 0..DIGITS {
            let before = at;
            for counts in &mut tables {
                at += std::mem::replace(&mut counts[digit], at);
            }
            most = most.max(at - before);
        }
        if most == n {
            continue;
        }
        let (places, target) = (Raw(tables.as_mut_ptr()), Raw(to));
        by_parts(n, |p, part| {
            // SAFETY: every part has its own table.
            let places = unsafe { &mut *places.at(p) };
            for &e in &source[part] {
                let place = &mut places[e.digit(pass)];
                // SAFETY: the places of all digits of all parts are the numbers below n, each once.
                unsafe { target.write(*place, e) };
                *place += 1;
            }
        });
        std::mem::swap(&mut from, &mut to);
    }
    // SAFETY: `from` is one of the two buffers, whose loans outlast the result, and all its n entries are written.
    unsafe { std::slice::from_raw_parts(from, n) }
}

/// What is wanted of a line.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// Everything in order, equal elements in theirs.
    All,
    /// So many of the first; see `choice`.
    First { take: usize, in_order: bool },
}

impl Wanted {
    /// How many elements of a line of n.
    pub fn of(self, n: usize) -> usize {
        match self {
            Wanted::All => n,
            Wanted::First { take, .. } => take,
        }
    }
}

/// Positions of the wanted elements of every line, in `out`. The elements themselves, too, unless `values` is empty.
pub fn order<T: Element>(x: &[T], lines: Lines, wanted: Wanted, descending: bool, out: &mut [i64], values: &mut [T]) {
    assert_eq!(x.len(), lines.count(), "the lines cover the elements");
    assert!(values.is_empty() || values.len() == out.len(), "a value for each position");
    assert_eq!(out.len(), lines.outer * lines.inner * wanted.of(lines.n), "the output has the wanted elements");
    assert!(wanted.of(lines.n) <= lines.n, "no more than there are");
    if out.is_empty() {
        return;
    }
    if is_narrow::<T>() && lines.n <= u32::MAX as usize {
        order_as::<T, u64>(x, lines, wanted, descending, out, values);
    } else {
        order_as::<T, (u64, u64)>(x, lines, wanted, descending, out, values);
    }
}

fn order_as<T: Element, E: Entry>(x: &[T], lines: Lines, wanted: Wanted, descending: bool, out: &mut [i64], values: &mut [T]) {
    let with_values = !values.is_empty();
    let (shared, values) = (Raw(out.as_mut_ptr()), Raw(values.as_mut_ptr()));
    let flip = if !descending {
        0
    } else if is_narrow::<T>() {
        u32::MAX as u64
    } else {
        u64::MAX
    };
    lines.each(|first, step| {
        let start = first / (lines.n * step) * wanted.of(lines.n) * step + first % step;
        let write = |entries: &[E]| {
            by_parts(entries.len(), |_, part| {
                for (k, e) in part.clone().zip(&entries[part]) {
                    // SAFETY: inside the outputs by their length; every line has its own places.
                    unsafe { shared.write(start + k * step, e.position() as i64) };
                    if with_values {
                        let value = element(e.key() ^ flip).unwrap_or_else(|| x[first + e.position() * step]);
                        // SAFETY: as above.
                        unsafe { values.write(start + k * step, value) };
                    }
                }
            });
        };
        match wanted {
            Wanted::All => {
                let (mut loan, mut spare) = (Loan::new(lines.n), None);
                let entries = fill(loan.room(), |k| E::new(key(x[first + k * step]) ^ flip, k));
                write(sort_entries(entries, &mut spare));
            }
            Wanted::First { take, in_order } => {
                let keyed = |&x: &T| key(x) ^ flip;
                let entries: Vec<E> = if step == 1 {
                    choice::first_of(x[first..first + lines.n].iter().map(keyed), lines.n, take, in_order)
                } else {
                    choice::first_of(x[first..].iter().step_by(step).take(lines.n).map(keyed), lines.n, take, in_order)
                };
                write(&entries);
            }
        }
    });
}

/// Lines from this length on are counted before anything is moved.
const COUNTED: usize = 4096;

/// The position of the element of some rank in every line, by the rank's function of the number of nans.
pub fn nth<T: Element>(x: &[T], lines: Lines, rank: impl Fn(usize) -> usize + Sync, out: &mut [i64]) {
    assert_eq!(x.len(), lines.count(), "the lines cover the elements");
    assert_eq!(out.len(), lines.outer * lines.inner, "one place for each line");
    if out.is_empty() {
        return;
    }
    let shared = Raw(out.as_mut_ptr());
    lines.each(|first, step| {
        let found = if step == 1 {
            nth_of_line(x[first..first + lines.n].iter(), lines.n, &rank)
        } else {
            nth_of_line(x[first..].iter().step_by(step).take(lines.n), lines.n, &rank)
        };
        // SAFETY: inside the output by its length; every line has its own place.
        unsafe { shared.write(first / (lines.n * step) * step + first % step, found as i64) };
    });
}

fn nth_of_line<'a, T: Element>(line: impl Iterator<Item = &'a T> + Clone, n: usize, rank: impl Fn(usize) -> usize) -> usize {
    let nans = if T::DTYPE.is_float() { line.clone().filter(|x| x.to_f64().is_nan()).count() } else { 0 };
    let (keys, rank) = (line.map(|&x| key(x)), rank(nans));
    if is_narrow::<T>() && n <= u32::MAX as usize { select::<u64>(keys, n, rank) } else { select::<(u64, u64)>(keys, n, rank) }
}

/// The position of the entry of a rank. Long lines are counted by the leading bits of keys, and only those that share
/// the bits of the one that is looked for are compared.
#[inline(always)]
fn select<E: Entry>(keys: impl Iterator<Item = u64> + Clone, n: usize, mut rank: usize) -> usize {
    let entries = keys.clone().enumerate().map(|(k, key)| E::new(key, k));
    let mut entries: Vec<E> = if n < COUNTED {
        entries.collect()
    } else {
        let bin = |key: u64| (key >> (E::KEY_BITS - BITS)) as usize % DIGITS;
        // Two tables, as an increment waits for the one before it.
        let mut counts = [[0usize; DIGITS]; 2];
        keys.enumerate().for_each(|(k, key)| counts[k % 2][bin(key)] += 1);
        let mut wanted = 0;
        while rank >= counts[0][wanted] + counts[1][wanted] {
            rank -= counts[0][wanted] + counts[1][wanted];
            wanted += 1;
        }
        // The next place is written always and kept if the bin is right.
        let mut kept = vec![E::default(); counts[0][wanted] + counts[1][wanted] + 1];
        let mut at = 0;
        for e in entries {
            kept[at] = e;
            at += usize::from(bin(e.key()) == wanted);
        }
        kept.truncate(at);
        kept
    };
    entries.select_nth_unstable(rank).1.position()
}

/// The first position in `sorted` whose element is not below (or, where `right`, is above) `x`.
pub fn search<T: Element>(sorted: impl Fn(usize) -> T, n: usize, x: T, right: bool) -> usize {
    // A nan is below nothing and nothing is above it: PyTorch's comparisons, on the elements that it compares.
    let below = |k: usize| {
        let at = sorted(k);
        if const { T::DTYPE.is_float() } {
            let (at, x) = (at.to_f64(), x.to_f64());
            !(if right { at > x } else { at >= x })
        } else {
            let (at, x) = (at.to_i64(), x.to_i64());
            if right { at <= x } else { at < x }
        }
    };
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        // Without a branch: which half it is nobody can guess.
        let up = below(middle);
        low = if up { middle + 1 } else { low };
        high = if up { high } else { middle };
    }
    low
}

/// Do two elements have the same place in the order?
pub fn same<T: Element>(a: T, b: T) -> bool {
    key(a) == key(b)
}

#[cfg(test)]
mod tests;
