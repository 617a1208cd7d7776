//! What the loops over N-d views share: operands with strides, the dimensions that all of them walk evenly merged,
//! and the walk over the rows along the innermost one.

use smallvec::SmallVec;

use crate::dtype::DType;
use crate::shape::Dims;

/// Operands a frame takes, the output first.
pub const OPERANDS: usize = 4;

/// An operand: strides in elements, one for each dimension of the frame.
#[derive(Clone)]
pub struct View {
    pub data: *mut u8,
    pub strides: Dims,
    pub dtype: DType,
}

/// Orders dimensions by the output's strides, the smallest innermost, and merges neighbours that every operand walks
/// evenly. Dimensions of size 1 go; one dimension is always left.
pub fn coalesce(sizes: &[i64], operands: &mut [View]) -> Dims {
    let mut sizes = Dims::from_slice(sizes);
    order(&mut sizes, operands);
    let mut kept = 0;
    for i in 0..sizes.len() {
        let size = sizes[i];
        if size == 1 {
            continue;
        }
        if kept > 0 && operands.iter().all(|view| view.strides[kept - 1] == view.strides[i] * size) {
            sizes[kept - 1] *= size;
        } else {
            sizes[kept] = size;
            kept += 1;
        }
        for view in operands.iter_mut() {
            view.strides[kept - 1] = view.strides[i];
        }
    }
    sizes.truncate(kept);
    operands.iter_mut().for_each(|view| view.strides.truncate(kept));
    if kept == 0 {
        sizes.push(1);
        operands.iter_mut().for_each(|view| view.strides.push(1));
    }
    sizes
}

/// Sorts dimensions by the steps of the output, then of the first input, largest first. Most are sorted already.
fn order(sizes: &mut Dims, operands: &mut [View]) {
    let key = |i: usize| (operands[0].strides[i].unsigned_abs(), operands.get(1).map(|view| view.strides[i].unsigned_abs()));
    let mut last = None;
    let sorted = (0..sizes.len()).filter(|&i| sizes[i] != 1).all(|i| {
        let this = key(i);
        last.replace(this).is_none_or(|last| last >= this)
    });
    if sorted {
        return;
    }
    let mut order: SmallVec<[usize; 8]> = (0..sizes.len()).collect();
    order.retain(|&mut i| sizes[i] != 1);
    order.sort_by_key(|&i| std::cmp::Reverse(key(i)));
    let permuted = |of: &Dims| order.iter().map(|&i| of[i]).collect();
    *sizes = permuted(sizes);
    operands.iter_mut().for_each(|view| view.strides = permuted(&view.strides));
}

impl View {
    /// The distance of so many steps along a dimension.
    #[inline(always)]
    fn bytes(&self, d: usize, steps: i64) -> isize {
        (steps * self.strides[d]) as isize * self.dtype.size() as isize
    }
}

/// An operand, the last one for those that are missing.
#[inline(always)]
fn stand_in(operands: &[View], i: usize) -> &View {
    &operands[i.min(operands.len() - 1)]
}

/// Where each operand's current row begins.
pub struct Rows<'a> {
    /// All dimensions but the innermost.
    outer: &'a [i64],
    operands: &'a [View],
    /// Along `outer`; of its last dimension as of the last carry.
    index: Dims,
    /// Missing operands stand where the last one does. Read one by one: a wide read of what was just written would wait
    /// for the rows before to leave the store buffer.
    pub starts: [*mut u8; OPERANDS],
    /// Bytes from a row to the next along the last dimension of `outer`, and how many rows follow there.
    step: [isize; OPERANDS],
    left: i64,
}

impl<'a> Rows<'a> {
    /// At row number `row` of a frame with these sizes.
    pub fn at(mut row: usize, sizes: &'a [i64], operands: &'a [View]) -> Rows<'a> {
        let outer = &sizes[..sizes.len() - 1];
        let starts = std::array::from_fn(|i| stand_in(operands, i).data);
        let mut rows = Rows { outer, operands, index: SmallVec::from_elem(0, outer.len()), starts, step: [0; OPERANDS], left: 0 };
        for d in (0..outer.len()).rev() {
            if row == 0 {
                break;
            }
            rows.index[d] = (row % outer[d] as usize) as i64;
            row /= outer[d] as usize;
            rows.shift(d, rows.index[d]);
        }
        if let Some(last) = outer.len().checked_sub(1) {
            rows.step = std::array::from_fn(|i| stand_in(operands, i).bytes(last, 1));
            rows.left = outer[last] - 1 - rows.index[last];
        }
        rows
    }

    /// To the next row; after the last one, back to the first.
    #[inline(always)]
    pub fn advance(&mut self) {
        if self.left == 0 {
            return self.carry();
        }
        self.left -= 1;
        for (start, step) in self.starts.iter_mut().zip(self.step) {
            *start = start.wrapping_offset(step);
        }
    }

    #[inline(never)]
    fn carry(&mut self) {
        let Some(last) = self.outer.len().checked_sub(1) else { return };
        self.left = self.outer[last] - 1;
        self.shift(last, -self.left);
        for d in (0..last).rev() {
            self.index[d] += 1;
            if self.index[d] < self.outer[d] {
                return self.shift(d, 1);
            }
            self.shift(d, 1 - self.outer[d]);
            self.index[d] = 0;
        }
    }

    /// Moves the starts by so many steps along a dimension, the innermost among them.
    #[inline(always)]
    pub fn shift(&mut self, d: usize, steps: i64) {
        for (i, start) in self.starts.iter_mut().enumerate() {
            *start = start.wrapping_offset(stand_in(self.operands, i).bytes(d, steps));
        }
    }
}
