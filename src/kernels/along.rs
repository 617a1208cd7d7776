//! Reading and writing at positions along one dimension. Indices are contiguous; the other coordinates of an
//! element are those of its index. Writes go in row-major order of the index, so repeats have one meaning.

use crate::dtype::Class;
use crate::dtype::Element;
use crate::kernels::scan::Lines;
use crate::shape::Dims;

/// The tensor that positions point into: contiguous, with the index along dimension `d`.
pub struct Along<'a> {
    /// Sizes of the index.
    pub index_sizes: &'a [i64],
    /// Strides of the tensor.
    pub strides: &'a [i64],
    pub d: usize,
}

impl Along<'_> {
    /// Calls `f(number of the index, offset in the tensor)` for each.
    #[inline(always)]
    fn each(&self, positions: &[i64], mut f: impl FnMut(usize, usize)) {
        let Some(inner) = self.index_sizes.len().checked_sub(1) else {
            return positions.iter().for_each(|&p| f(0, p as usize));
        };
        let row = self.index_sizes[inner] as usize;
        if row == 0 {
            return;
        }
        let mut at: Dims = smallvec::SmallVec::from_elem(0, inner);
        let (step, own) = (self.strides[inner], self.d == inner);
        for (r, chunk) in positions.chunks(row).enumerate() {
            let base: i64 = at.iter().enumerate().filter(|(k, _)| *k != self.d).map(|(k, c)| c * self.strides[k]).sum();
            let stride = self.strides[self.d];
            for (j, &p) in chunk.iter().enumerate() {
                let across = if own { 0 } else { j as i64 * step };
                f(r * row + j, (base + across + p * stride) as usize);
            }
            for k in (0..inner).rev() {
                at[k] += 1;
                if at[k] < self.index_sizes[k] {
                    break;
                }
                at[k] = 0;
            }
        }
    }

    /// out[i] = source at the i-th position.
    pub fn gather<T: Copy>(&self, positions: &[i64], source: &[T], out: &mut [T]) {
        self.each(positions, |i, offset| out[i] = source[offset]);
    }

    /// target at the i-th position becomes f(what was there, i).
    pub fn update<T: Copy>(&self, positions: &[i64], target: &mut [T], f: impl Fn(T, usize) -> T) {
        self.each(positions, |i, offset| target[offset] = f(target[offset], i));
    }
}

/// Whole slices at positions along a line: target slice `positions[i]` becomes f(what was there, the number of the
/// element in a source whose lines have as many slices as there are positions).
pub fn slices<T: Copy>(lines: Lines, positions: &[i64], target: &mut [T], f: impl Fn(T, usize) -> T) {
    let Lines { outer, n, inner } = lines;
    for o in 0..outer {
        for (i, &p) in positions.iter().enumerate() {
            let (to, from) = ((o * n + p as usize) * inner, (o * positions.len() + i) * inner);
            target[to..to + inner].iter_mut().enumerate().for_each(|(j, slot)| *slot = f(*slot, from + j));
        }
    }
}

/// The first position outside 0..size.
pub fn outside(positions: &[i64], size: i64) -> Option<i64> {
    positions.iter().copied().find(|&p| p < 0 || p >= size)
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
            along.gather(&positions, &source, &mut out);
            let mut added = vec![0i64; n as usize];
            along.update(&positions, &mut added, |old, i| old + i as i64);
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
}
