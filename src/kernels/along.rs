//! Reading and writing at positions along one dimension. Indices are contiguous; the other coordinates of an
//! element are those of its index. Writes go in row-major order of the index, so repeats have one meaning.

use crate::dtype::Class;
use crate::dtype::Element;
use crate::kernels::rows::Shared;
use crate::par;

/// Elements that a task reads.
const TASK: usize = 16 * 1024;

/// The tensor that positions point into: contiguous, with the index along dimension `d`.
pub struct Along<'a> {
    /// Sizes of the index.
    pub index_sizes: &'a [i64],
    /// Strides of the tensor.
    pub strides: &'a [i64],
    pub d: usize,
}

impl Along<'_> {
    /// Calls `f(number of its first index, offset of its line in the tensor, positions)` for the index's rows `from..to`.
    #[inline(always)]
    fn each(&self, positions: &[i64], from: usize, to: usize, mut f: impl FnMut(usize, usize, &[i64])) {
        let (sizes, row) = match self.index_sizes.split_last() {
            Some((&row, outer)) => (outer, row as usize),
            None => (self.index_sizes, 1),
        };
        for (r, chunk) in (from..to).zip(positions[from * row..to * row].chunks(row.max(1))) {
            let (mut base, mut rest) = (0, r as i64);
            for k in (0..sizes.len()).rev() {
                base += if k == self.d { 0 } else { rest % sizes[k] * self.strides[k] };
                rest /= sizes[k];
            }
            f(r * row, base as usize, chunk);
        }
    }

    fn rows(&self) -> usize {
        self.index_sizes.split_last().map_or(1, |(_, outer)| outer.iter().product::<i64>() as usize)
    }

    /// From an index of a row to the next, and from a position to the next, in elements of the tensor.
    fn steps(&self) -> (usize, usize) {
        let inner = self.index_sizes.len().saturating_sub(1);
        let stride = |k: usize| self.strides.get(k).map_or(1, |&s| s as usize);
        (if self.d == inner { 0 } else { stride(inner) }, stride(self.d))
    }

    /// out[i] = source at the i-th position.
    pub fn gather<T: Copy + Sync>(&self, positions: Within, source: &[T], out: &mut [T]) {
        self.check(&positions, source.len());
        let (rows, (across, stride)) = (self.rows(), self.steps());
        let row = out.len() / rows.max(1);
        let (together, out) = ((TASK / row.max(1)).max(1), Shared::of(out));
        par::run(rows.div_ceil(together), &|t| {
            let (from, to) = (t * together, ((t + 1) * together).min(rows));
            self.each(positions.all, from, to, |first, base, chunk| {
                let (line, out) = (&source[base..], out.part(first, first + chunk.len()));
                // SAFETY: `check` says that all of these lie in the source.
                if across == 0 {
                    out.iter_mut().zip(chunk).for_each(|(o, &p)| *o = unsafe { *line.get_unchecked(p as usize * stride) });
                } else {
                    out.iter_mut()
                        .zip(chunk)
                        .enumerate()
                        .for_each(|(j, (o, &p))| *o = unsafe { *line.get_unchecked(j * across + p as usize * stride) });
                }
            });
        });
    }

    /// target at the i-th position becomes f(what was there, the i-th of `source`), which may be a single one.
    pub fn update<T: Copy>(&self, positions: Within, source: &[T], target: &mut [T], f: impl Fn(T, T) -> T) {
        self.check(&positions, target.len());
        let (across, stride) = self.steps();
        self.each(positions.all, 0, self.rows(), |first, base, chunk| {
            let line = &mut target[base..];
            let mut put = |j: usize, p: i64, new: T| {
                // SAFETY: `check` says that all of these lie in the target.
                let slot = unsafe { line.get_unchecked_mut(j * across + p as usize * stride) };
                *slot = f(*slot, new);
            };
            match source {
                [single] => chunk.iter().enumerate().for_each(|(j, &p)| put(j, p, *single)),
                _ => chunk.iter().zip(&source[first..]).enumerate().for_each(|(j, (&p, &new))| put(j, p, new)),
            }
        });
    }

    /// Says that every position that an index of ours may hold lies in a tensor of so many elements.
    fn check(&self, positions: &Within, elements: usize) {
        let furthest = |k: usize, n: i64| (n - 1).max(0) * self.strides.get(k).copied().unwrap_or(1);
        let others: i64 = (0..self.index_sizes.len()).filter(|&k| k != self.d).map(|k| furthest(k, self.index_sizes[k])).sum();
        let reach = others + furthest(self.d, positions.size);
        assert!(positions.all.is_empty() || (reach as usize) < elements, "positions inside the tensor");
    }
}

/// Positions that all lie in 0..size.
#[derive(Clone, Copy)]
pub struct Within<'a> {
    all: &'a [i64],
    size: i64,
}

impl<'a> Within<'a> {
    /// The first position outside is an error.
    pub fn new(all: &'a [i64], size: i64) -> Result<Within<'a>, i64> {
        match outside(all, size) {
            None => Ok(Within { all, size }),
            Some(p) => Err(p),
        }
    }
}

/// The first position outside 0..size.
pub fn outside(positions: &[i64], size: i64) -> Option<i64> {
    // One of the two is negative for a position outside.
    if positions.iter().fold(0, |signs, &p| signs | p | (size - 1).wrapping_sub(p)) >= 0 {
        return None;
    }
    positions.iter().copied().find(|&p| !(0..size).contains(&p))
}

/// a + b by way of the compute type.
#[inline(always)]
pub fn add<T: Element>(a: T, b: T) -> T {
    match T::DTYPE.class() {
        Class::Int => T::from_i64(a.to_i64().wrapping_add(b.to_i64())),
        Class::F32 => T::from_f32(a.to_f32() + b.to_f32()),
        Class::F64 => T::from_f64(a.to_f64() + b.to_f64()),
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }
}

/// The larger (or smaller) of two, nan if either is.
#[inline(always)]
pub fn extreme<T: Element>(a: T, b: T, larger: bool) -> T {
    match T::DTYPE.class() {
        Class::Int => T::from_i64(if larger { a.to_i64().max(b.to_i64()) } else { a.to_i64().min(b.to_i64()) }),
        _ => {
            let (x, y) = (a.to_f64(), b.to_f64());
            if x.is_nan() || !y.is_nan() && if larger { x >= y } else { x <= y } { a } else { b }
        }
    }
}

/// a b by way of the compute type.
#[inline(always)]
pub fn mul<T: Element>(a: T, b: T) -> T {
    match T::DTYPE.class() {
        Class::Int => T::from_i64(a.to_i64().wrapping_mul(b.to_i64())),
        Class::F32 => T::from_f32(a.to_f32() * b.to_f32()),
        Class::F64 => T::from_f64(a.to_f64() * b.to_f64()),
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape;

    #[test]
    fn positions_along_every_dimension() {
        for (sizes, index, d) in [
            (vec![4], vec![6], 0),
            (vec![3, 4], vec![2, 7], 1),
            (vec![3, 4], vec![7, 2], 0),
            (vec![2, 3, 5], vec![2, 4, 5], 1),
            (vec![2, 3], vec![0, 3], 0),
        ] {
            let strides = shape::contiguous_strides(&sizes);
            let n: i64 = sizes.iter().product();
            let count: i64 = index.iter().product();
            let source: Vec<i64> = (0..n).map(|i| i * 10).collect();
            let positions: Vec<i64> = (0..count).map(|i| i * 31 % sizes[d]).collect();
            let along = Along { index_sizes: &index, strides: &strides, d };
            let mut out = vec![0; count as usize];
            let within = Within::new(&positions, sizes[d]).unwrap();
            along.gather(within, &source, &mut out);
            let mut added = vec![0i64; n as usize];
            let numbers: Vec<i64> = (0..count).collect();
            along.update(within, &numbers, &mut added, |old, new| old + new);
            let inner = shape::contiguous_strides(&index);
            let mut want_added = vec![0i64; n as usize];
            for i in 0..count {
                let coordinate = |k: usize| i / inner[k] % index[k];
                let offset: i64 = (0..sizes.len()).map(|k| strides[k] * if k == d { positions[i as usize] } else { coordinate(k) }).sum();
                assert_eq!(out[i as usize], offset * 10);
                want_added[offset as usize] += i;
            }
            assert_eq!(added, want_added);
        }
    }

    #[test]
    fn positions_outside_are_found() {
        for (all, size, want) in [
            (vec![0, 2, 1], 3, None),
            (vec![0, 3, -1], 3, Some(3)),
            (vec![1, -1], 3, Some(-1)),
            (vec![i64::MIN], 3, Some(i64::MIN)),
            (vec![i64::MAX, 0], 3, Some(i64::MAX)),
            (vec![0], 0, Some(0)),
            (vec![], 0, None),
        ] {
            assert_eq!(Within::new(&all, size).err(), want);
        }
    }

    #[test]
    #[should_panic(expected = "positions inside the tensor")]
    fn an_index_larger_than_the_tensor_is_refused() {
        let along = Along { index_sizes: &[2, 2], strides: &[2, 1], d: 0 };
        along.gather(Within::new(&[0, 1, 2, 0], 3).unwrap(), &[1i64, 2, 3, 4], &mut [0; 4]);
    }
}
