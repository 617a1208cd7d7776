//! The loops around the tiles: blocks of k, columns and rows that fit the caches, and when to pack.

use std::cell::RefCell;

use crate::kernels::gemm::Gemm;
use crate::kernels::gemm::tile::Kernels;
use crate::kernels::gemm::tile::Tile;
use crate::kernels::gemm::vector::LINE;
use crate::kernels::scratch::Scratch;

/// Element (i, j) is at `p + i * row + j * col`.
#[derive(Clone, Copy)]
pub struct Matrix<T> {
    pub p: *const T,
    pub row: isize,
    pub col: isize,
}

impl<T> Matrix<T> {
    pub fn from(self, i: usize, j: usize) -> Matrix<T> {
        Matrix { p: self.p.wrapping_offset(i as isize * self.row + j as isize * self.col), ..self }
    }

    pub fn transposed(self) -> Matrix<T> {
        Matrix { p: self.p, row: self.col, col: self.row }
    }
}

/// One product. The columns of C are adjacent wherever `blocked` is used.
#[derive(Clone, Copy)]
pub struct Job<T> {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub alpha: T,
    pub a: Matrix<T>,
    pub b: Matrix<T>,
    pub beta: T,
    pub c: *mut T,
    pub c_row: isize,
    pub c_col: isize,
}

// SAFETY: threads that share a job write disjoint parts of C.
unsafe impl<T: Sync> Sync for Job<T> {}

impl<T: Copy> Job<T> {
    /// The rows i..i+m and columns j..j+n of this product.
    pub fn part(self, i: usize, j: usize, m: usize, n: usize) -> Job<T> {
        let c = self.c.wrapping_offset(i as isize * self.c_row + j as isize * self.c_col);
        Job { m, n, a: self.a.from(i, 0), b: self.b.from(0, j), c, ..self }
    }

    /// The same product with C transposed.
    pub fn transposed(self) -> Job<T> {
        let (a, b) = (self.b.transposed(), self.a.transposed());
        Job { m: self.n, n: self.m, a, b, c_row: self.c_col, c_col: self.c_row, ..self }
    }
}

thread_local! {
    static PACKED: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
}

/// Bytes of B packed at once, bytes of A that share the second cache with a panel of B, and the longest block of k.
const B_BYTES: usize = 4 << 20;
const A_BYTES: usize = 480 << 10;
const K_BLOCK: usize = 512;

struct Plan {
    kc: usize,
    nc: usize,
    mc: usize,
    pack_a: bool,
    pack_b: bool,
    /// All panels of B are packed before the tiles, in the order of memory; else each one before its tiles.
    whole_b: bool,
}

/// How to cut a product. `kc` depends on k alone, as the order of additions does.
fn plan<T>(job: &Job<T>, kernels: &Kernels<T>) -> Plan {
    let (m, n, k) = (job.m, job.n, job.k);
    let panel = 2 * kernels.width;
    let kc = k.div_ceil(k.div_ceil(K_BLOCK)).next_multiple_of(8);
    let nc = (B_BYTES / size_of::<T>() / kc / panel).max(1) * panel;
    let groups = m.div_ceil(A_BYTES / size_of::<T>() / kc.max(64));
    let mc = if groups == 1 { m } else { m.div_ceil(groups).next_multiple_of(kernels.rows) };
    let bytes = |stride: isize| stride.unsigned_abs() * size_of::<T>();
    // Rows a multiple of 4 KB apart fall into one cache set.
    let aliased_a = n > 96 && m >= 48 && job.a.col == 1 && bytes(job.a.row).is_multiple_of(4096);
    let scattered_a = job.a.row != 1 && job.a.col != 1;
    let column_a = job.a.row == 1 && n >= 256 && m >= 48 && k >= 192;
    // Many tiles read a panel of B, or it comes from beyond the cache.
    let large_b = m > 64 && k * n > 32 * 1024 || m >= 32 && k * n > 1 << 20;
    let aliased_b = m > 64 && k >= 128 && bytes(job.b.row).is_multiple_of(1024) || m >= 24 && bytes(job.b.row).is_multiple_of(4096);
    let pack_b = job.b.col != 1 || large_b || aliased_b;
    Plan { kc, nc, mc, pack_a: aliased_a || scattered_a || column_a, pack_b, whole_b: pack_b && (m > mc || m >= 192) }
}

/// Runs a product with adjacent C columns on this thread.
pub unsafe fn blocked<T: Gemm>(job: &Job<T>) {
    let kernels = T::kernels(crate::kernels::isa::level());
    // The stride of a single row or column says nothing.
    let (row, col) = (if job.m == 1 { 1 } else { job.a.row }, if job.k == 1 { 1 } else { job.a.col });
    let job = &Job { a: Matrix { row, col, ..job.a }, ..*job };
    let plan = plan(job, kernels);
    if !plan.pack_a && !plan.pack_b {
        // SAFETY: the caller's promise.
        return unsafe { blocks(job, kernels, &plan, std::ptr::null_mut(), std::ptr::null_mut()) };
    }
    PACKED.with_borrow_mut(|(a, b)| {
        let panel = 2 * kernels.width;
        let columns = if plan.whole_b { plan.nc.min(job.n.next_multiple_of(panel)) } else { panel };
        let a = if plan.pack_a { a.get(plan.mc.div_ceil(kernels.rows) * kernels.rows * plan.kc) } else { std::ptr::null_mut() };
        let b = if plan.pack_b { b.get(columns * plan.kc) } else { std::ptr::null_mut() };
        // SAFETY: the caller's promise, and room for the packed blocks.
        unsafe { blocks(job, kernels, &plan, a, b) }
    });
}

/// Rows of one block of the product, and room for what is packed of it.
struct Block<T> {
    job: Job<T>,
    packed_a: *mut T,
    packed_b: *mut T,
}

unsafe fn blocks<T: Gemm>(job: &Job<T>, kernels: &Kernels<T>, plan: &Plan, packed_a: *mut T, packed_b: *mut T) {
    let panel = 2 * kernels.width;
    for jc in (0..job.n).step_by(plan.nc) {
        let n = plan.nc.min(job.n - jc);
        for pc in (0..job.k).step_by(plan.kc) {
            let k = plan.kc.min(job.k - pc);
            let beta = if pc == 0 { job.beta } else { T::ONE };
            let part = job.part(0, jc, job.m, n);
            let part = Job { k, beta, a: part.a.from(0, pc), b: part.b.from(pc, 0), ..part };
            if plan.whole_b {
                let step = strip(part.b.col == 1, k);
                for p in (0..k).step_by(step) {
                    for j in (0..n).step_by(panel) {
                        // SAFETY: within B and within the packed block.
                        unsafe {
                            let to = packed_b.add(j * k + p * panel);
                            pack(kernels, panel, part.b.from(p, j), panel.min(n - j), step.min(k - p), to);
                        }
                    }
                }
            }
            for ic in (0..job.m).step_by(plan.mc) {
                let part = part.part(ic, 0, plan.mc.min(job.m - ic), n);
                // SAFETY: within the product.
                unsafe { row_block(&Block { job: part, packed_a, packed_b }, kernels, plan) }
            }
        }
    }
}

/// Cuts m rows evenly into tiles and names tile t's first row.
fn tile_start(m: usize, tiles: usize, t: usize) -> usize {
    m * t / tiles
}

unsafe fn row_block<T: Gemm>(block: &Block<T>, kernels: &Kernels<T>, plan: &Plan) {
    let job = &block.job;
    let tiles = job.m.div_ceil(kernels.rows);
    if plan.pack_a {
        let step = strip(job.a.row == 1, job.k);
        for p in (0..job.k).step_by(step) {
            for t in 0..tiles {
                let (i, end) = (tile_start(job.m, tiles, t), tile_start(job.m, tiles, t + 1));
                // SAFETY: within A and within the packed block.
                unsafe {
                    let to = block.packed_a.add(t * kernels.rows * job.k + p * kernels.rows);
                    pack(kernels, kernels.rows, job.a.from(i, p).transposed(), end - i, step.min(job.k - p), to);
                }
            }
        }
    }
    let panel = 2 * kernels.width;
    for j in (0..job.n).step_by(panel) {
        let width = panel.min(job.n - j);
        // SAFETY: within the product, and the packed blocks hold it.
        unsafe {
            let (b, b_row) = match (plan.pack_b, plan.whole_b) {
                (false, _) => (job.b.from(0, j).p, job.b.row),
                (true, true) => (block.packed_b.add(j * job.k).cast_const(), panel as isize),
                (true, false) => {
                    pack(kernels, panel, job.b.from(0, j), width, job.k, block.packed_b);
                    (block.packed_b.cast_const(), panel as isize)
                }
            };
            column_of_tiles(block, kernels, plan, j, (b, b_row));
        }
    }
}

/// All row tiles of one panel of B.
unsafe fn column_of_tiles<T: Gemm>(block: &Block<T>, kernels: &Kernels<T>, plan: &Plan, j: usize, (b, b_row): (*const T, isize)) {
    let job = &block.job;
    let panel = 2 * kernels.width;
    let width = panel.min(job.n - j);
    let (vectors, tiles) = (width.div_ceil(kernels.width), job.m.div_ceil(kernels.rows));
    let last = width - (vectors - 1) * kernels.width;
    // Where the rows of the next panel are, if this column of tiles shall fetch them.
    let next = match (plan.whole_b, (plan.whole_b || job.b.col == 1) && j + panel < job.n) {
        (_, false) => Matrix { p: b, row: 0, col: 0 },
        (true, true) => Matrix { p: b.wrapping_add(panel * job.k), row: panel as isize, col: 1 },
        (false, true) => job.b.from(0, j + panel),
    };
    let every = tiles.clamp(1, 8).next_power_of_two();
    // Rows of A that lie one after the other and have not been read: each tile of the first column fetches those of the next.
    let new_rows = j == 0 && !plan.pack_a && job.a.row == job.k as isize && job.a.col == 1;
    for t in 0..tiles {
        let (i, end) = (tile_start(job.m, tiles, t), tile_start(job.m, tiles, t + 1));
        let a = if plan.pack_a {
            let packed = block.packed_a.wrapping_add(t * kernels.rows * job.k);
            Matrix { p: packed.cast_const(), row: 1, col: kernels.rows as isize }
        } else {
            job.a.from(i, 0)
        };
        let tile = Tile {
            k: job.k,
            a: a.p,
            a_row: a.row,
            a_col: a.col,
            b,
            b_row,
            c: job.c.wrapping_offset(i as isize * job.c_row + j as isize * job.c_col),
            c_row: job.c_row,
            // The stride of a single column says nothing.
            c_col: if job.n == 1 { 1 } else { job.c_col },
            last,
            last_read: if plan.pack_b { kernels.width } else { last },
            next: if new_rows { job.a.from(end, 0).p } else { next.from(job.k * t / every, 0).p },
            next_row: if new_rows { (2 * LINE / size_of::<T>()) as isize } else { next.row },
            next_mask: if new_rows { 1 } else { every - 1 },
            alpha: job.alpha,
            beta: job.beta,
        };
        // SAFETY: the tile lies within the product.
        unsafe { kernels.tile(a.row == 1, vectors, end - i)(&tile) }
    }
}

/// How many terms to pack of each panel in turn. Where the panels lie side by side in memory a few, so that whole rows
/// are read in order.
fn strip(side_by_side: bool, k: usize) -> usize {
    if side_by_side { 16 } else { k }
}

/// to[p * length + j] = from[p, j] for j < width and p < k.
unsafe fn pack<T: Gemm>(kernels: &Kernels<T>, length: usize, from: Matrix<T>, width: usize, k: usize, to: *mut T) {
    // SAFETY: the caller gives room for k rows of `length`.
    unsafe {
        match (from.row, from.col) {
            (_, 1) => (kernels.pack)(to, length, from.p, from.row, width, k),
            (1, _) => (kernels.pack_transposed)(to, length, from.p, from.col, width, k),
            _ => {
                for p in 0..k {
                    for j in 0..width {
                        *to.add(p * length + j) = *from.from(p, j).p;
                    }
                }
            }
        }
    }
}
