//! Rotations of adjacent rows, many of them applied to a few columns at a time, which then stay in cache.

use super::lines::Line;
use super::lines::Matrix;
use super::lines::NARROW;
use super::lines::fma;
use super::lines::lines;
use super::lines::mul;
use super::lines::part;
use super::lines::splat;
use crate::kernels::isa::Simd;
use crate::stamp;

/// Rotations of adjacent rows, gathered and then applied together.
#[derive(Default)]
pub struct Turns {
    list: Vec<(f64, f64)>,
    sweeps: Vec<Sweep>,
}

/// Rotations of `first` and the next row, of that and the one after it, ...; upwards where `up`.
#[derive(Clone, Copy)]
struct Sweep {
    first: usize,
    up: bool,
    begin: usize,
}

/// Rotations that are worth a walk through the matrix.
const TOGETHER: usize = 4096;

impl Turns {
    pub fn begin(&mut self, first: usize, up: bool) {
        // One without rotations is none.
        self.sweeps.pop_if(|last| last.begin == self.list.len());
        self.sweeps.push(Sweep { first, up, begin: self.list.len() });
    }

    /// The next rotation: x' = c x + s y for the row x where the last one ended and y, the next; y' = c y - s x.
    #[inline(always)]
    pub fn push(&mut self, c: f64, s: f64) {
        self.list.push((c, s));
    }

    /// Applies what was gathered when it is much, or `all` of it; forgets it where there is no matrix.
    pub fn settle(&mut self, a: &mut Option<&mut Matrix>, all: bool) {
        match a {
            Some(a) if all || self.list.len() >= TOGETHER => self.apply(a),
            Some(_) => return,
            None => {}
        }
        self.list.clear();
        self.sweeps.clear();
    }

    fn apply(&self, a: &mut Matrix) {
        let end = |i: usize| self.sweeps.get(i + 1).map_or(self.list.len(), |next| next.begin);
        for at in (0..lines(a.columns)).step_by(NARROW) {
            let width = NARROW.min(lines(a.columns) - at);
            let mut i = 0;
            while i < self.sweeps.len() {
                let sweep = self.sweeps[i];
                let turns = &self.list[sweep.begin..end(i)];
                let next = self.sweeps.get(i + 1).filter(|next| (next.first, next.up) == (sweep.first, sweep.up));
                let others = next.map_or(&[][..], |next| &self.list[next.begin..end(i + 1)]);
                if next.is_some() && (others.len() == turns.len() || others.len() + 1 == turns.len()) {
                    rotate_twice(&mut a.data, a.stride, at, width, sweep, turns, others);
                    i += 2;
                } else {
                    rotate(&mut a.data, a.stride, at, width, sweep, turns);
                    i += 1;
                }
            }
        }
    }
}

/// x' = c x + s y, and the next x, c y - s x.
#[inline(always)]
fn turn<S: Simd>(x: Line, y: Line, (c, s): (f64, f64)) -> (Line, Line) {
    (fma::<S>(splat(s), y, mul(splat(c), x)), fma::<S>(splat(-s), x, mul(splat(c), y)))
}

#[inline(always)]
fn rotate_part<S: Simd, const P: usize>(a: &mut [Line], stride: usize, at: usize, sweep: Sweep, turns: &[(f64, f64)]) {
    let step = if sweep.up { stride.wrapping_neg() } else { stride };
    let mut place = sweep.first * stride + at;
    let mut carry = *part::<P>(a, place);
    for &by in turns {
        let next = *part::<P>(a, place.wrapping_add(step));
        let out = part::<P>(a, place);
        for p in 0..P {
            (out[p], carry[p]) = turn::<S>(carry[p], next[p], by);
        }
        place = place.wrapping_add(step);
    }
    *part::<P>(a, place) = carry;
}

/// Two sweeps from one row in one walk, the second one row behind; it may be one rotation shorter.
#[inline(always)]
fn rotate_twice_part<S: Simd, const P: usize>(
    a: &mut [Line],
    stride: usize,
    at: usize,
    sweep: Sweep,
    one: &[(f64, f64)],
    two: &[(f64, f64)],
) {
    let step = if sweep.up { stride.wrapping_neg() } else { stride };
    let mut last = sweep.first * stride + at;
    let mut place = last.wrapping_add(step);
    let (mut behind, mut carry) = (*part::<P>(a, last), *part::<P>(a, place));
    for p in 0..P {
        (behind[p], carry[p]) = turn::<S>(behind[p], carry[p], one[0]);
    }
    for (&by, &then) in one[1..].iter().zip(two) {
        let next = *part::<P>(a, place.wrapping_add(step));
        let out = part::<P>(a, last);
        for p in 0..P {
            let between;
            (between, carry[p]) = turn::<S>(carry[p], next[p], by);
            (out[p], behind[p]) = turn::<S>(behind[p], between, then);
        }
        last = place;
        place = place.wrapping_add(step);
    }
    if two.len() == one.len() {
        for p in 0..P {
            (behind[p], carry[p]) = turn::<S>(behind[p], carry[p], two[two.len() - 1]);
        }
    }
    *part::<P>(a, last) = behind;
    *part::<P>(a, place) = carry;
}

#[inline(always)]
fn rotate_body<S: Simd>(a: &mut [Line], stride: usize, at: usize, width: usize, sweep: Sweep, turns: &[(f64, f64)]) {
    match width {
        1 => rotate_part::<S, 1>(a, stride, at, sweep, turns),
        _ => rotate_part::<S, NARROW>(a, stride, at, sweep, turns),
    }
}

#[inline(always)]
fn rotate_twice_body<S: Simd>(
    a: &mut [Line],
    stride: usize,
    at: usize,
    width: usize,
    sweep: Sweep,
    one: &[(f64, f64)],
    two: &[(f64, f64)],
) {
    match width {
        1 => rotate_twice_part::<S, 1>(a, stride, at, sweep, one, two),
        _ => rotate_twice_part::<S, NARROW>(a, stride, at, sweep, one, two),
    }
}

stamp! { fn rotate(a: &mut [Line], stride: usize, at: usize, width: usize, sweep: Sweep, turns: &[(f64, f64)]) = rotate_body; }
stamp! { fn rotate_twice(a: &mut [Line], stride: usize, at: usize, width: usize, sweep: Sweep, one: &[(f64, f64)], two: &[(f64, f64)])
= rotate_twice_body; }
