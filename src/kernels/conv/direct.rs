//! Direct convolution: sweeps over an image with tiles of registers, without columns. The input gradient is one sweep
//! over y for each phase of the stride, with the weights the other way round.
//! Threads take strips of images; each element is one chain of multiply-adds, so cuts change no bits.

use std::cell::RefCell;

use crate::kernels::conv::Conv;
use crate::kernels::conv::Part;
use crate::kernels::conv::Product;
use crate::kernels::conv::columns::share;
use crate::kernels::conv::job::Job;
use crate::kernels::conv::job::Target;
use crate::kernels::conv::job::Way;
use crate::kernels::conv::job::run;
use crate::kernels::conv::job::way;
use crate::kernels::conv::places;
use crate::kernels::conv::sweep::Sweep;
use crate::kernels::conv::tile::Kernels;
use crate::kernels::gemm::Gemm;
use crate::kernels::isa;
use crate::kernels::scratch::Scratch;

thread_local! {
    /// Packed weights and biases of the call that this thread made.
    static PACKED: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
}

/// Bytes of the copy of a strip.
const STRIP: usize = 512 << 10;
/// Multiplications that are worth a strip of their own.
const WORTH: usize = 1 << 18;

/// Is the row of outputs long enough for a tile, or the work too small to matter?
fn suits(width: usize, outputs: usize, terms: usize) -> bool {
    width >= 3 || outputs * terms < 16 * 1024
}

/// y from x, unless the columns are better.
pub fn forward<T: Product + Gemm>(c: &Conv, kernels: &'static Kernels<T>, x: &[T], w: &[T], bias: Option<&[T]>, y: &mut [T]) -> bool {
    let mut sweep = Sweep::forward(c);
    let width = sweep.output[2];
    if !suits(width, c.outputs, c.terms()) || c.is_pointwise() && c.images * c.groups < 4 {
        return false;
    }
    cut(&mut sweep, c, size_of::<T>());
    let Some(offsets) = sweep.offsets(c.inputs) else { return false };
    let target = Target { size: sweep.output, step: [1; 3], phase: [0; 3] };
    let way = way(kernels, c.outputs, c.terms(), &target, width);
    let (panel, terms) = (2 * kernels.width, c.terms());
    let panels = c.outputs.div_ceil(panel);
    PACKED.with_borrow_mut(|(packed, starts)| {
        let start = starts_of(starts, bias, c.groups, c.outputs, panels * panel);
        let (mut weights, mut w_group) = (w.as_ptr(), c.outputs * terms);
        if way == Way::Channels {
            w_group = panels * panel * terms;
            let to = Part(packed.get::<T>(c.groups * w_group));
            let pack = T::kernels(isa::level()).pack_transposed;
            share(c.groups * panels, c.groups * w_group, |i| {
                let (group, q) = (i / panels, i % panels);
                let channels = panel.min(c.outputs - q * panel);
                // SAFETY: within the weights, and there is room for all panels.
                unsafe {
                    let from = w.as_ptr().add((group * c.outputs + q * panel) * terms);
                    pack_panel(to.at(i * panel * terms), panel, from, terms, channels, terms, pack);
                }
            });
            weights = to.at(0);
        }
        let job = Job {
            kernels,
            sweep,
            offsets,
            target,
            groups: c.groups,
            outputs: c.outputs,
            way,
            w: weights,
            w_group,
            start,
            start_group: panels * panel,
        };
        run(&job, c, x, y);
    });
    true
}

/// Cuts the sweep so that copies fit the cache and few images still make enough tasks.
fn cut(sweep: &mut Sweep, c: &Conv, size: usize) {
    let (units, pixels) = (c.images * c.groups, sweep.output.iter().product::<usize>());
    let room = sweep.room(sweep.channels) * size;
    let most = if room > STRIP { pixels * STRIP / room } else { pixels };
    let wanted = if units < 8 { 8usize.div_ceil(units).min(c.work() / WORTH) } else { 1 };
    sweep.cut(most, wanted.max(1));
}

/// to[term][channel] = from[channel * stride + term], 0 for channels that the panel lacks.
#[allow(clippy::too_many_arguments)]
unsafe fn pack_panel<T: Copy + Default>(
    to: *mut T,
    panel: usize,
    from: *const T,
    stride: usize,
    channels: usize,
    terms: usize,
    pack: unsafe fn(*mut T, usize, *const T, isize, usize, usize),
) {
    // SAFETY: the caller's promise.
    unsafe {
        if channels < panel {
            for term in 0..terms {
                (channels..panel).for_each(|j| *to.add(term * panel + j) = T::default());
            }
        }
        pack(to, panel, from, stride as isize, channels, terms);
    }
}

fn starts_of<T: Copy + Default>(room: &mut Scratch, bias: Option<&[T]>, groups: usize, outputs: usize, each: usize) -> *const T {
    let p = room.get::<T>(groups * each);
    // SAFETY: room for `each` of every group.
    let starts = unsafe {
        p.write_bytes(0, groups * each);
        std::slice::from_raw_parts_mut(p, groups * each)
    };
    if let Some(bias) = bias {
        starts.chunks_exact_mut(each).zip(bias.chunks_exact(outputs)).for_each(|(s, b)| s[..outputs].copy_from_slice(b));
    }
    p
}

/// x from y, unless the columns are better. Elements that no tap reaches keep what they are.
pub fn input_gradient<T: Product + Gemm>(
    c: &Conv,
    kernels: &'static Kernels<T>,
    y: &[T],
    w: &[T],
    bias: Option<&[T]>,
    x: &mut [T],
) -> bool {
    let width = c.input[2] / c.stride[2];
    let collapsed = c.is_pointwise();
    if !collapsed && !suits(width, c.inputs, c.outputs * c.taps()) || collapsed && c.images * c.groups < 4 {
        return false;
    }
    let phases: Vec<[usize; 3]> = phases(c).collect();
    let sweeps: Vec<_> = phases.iter().filter_map(|&phase| Some((phase, Sweep::backward(c, phase)?))).collect();
    let (panel, outputs) = (2 * kernels.width, c.inputs);
    let panels = outputs.div_ceil(panel);
    for (phase, (mut sweep, taps)) in sweeps {
        cut(&mut sweep, c, size_of::<T>());
        let Some(offsets) = sweep.offsets(c.outputs) else { return false };
        let terms = sweep.terms();
        let target = match c.stride {
            [1, 1, 1] => Target { size: sweep.output, step: [1; 3], phase: [0; 3] },
            step => Target { size: c.input, step, phase },
        };
        let way = way(kernels, outputs, terms, &target, sweep.output[2]);
        PACKED.with_borrow_mut(|(packed, starts)| {
            let start = starts_of(starts, bias, c.groups, outputs, panels * panel);
            let w_group = if way == Way::Channels { panels * panel * terms } else { outputs * terms };
            let to = Part(packed.get::<T>(c.groups * w_group));
            if way == Way::Channels {
                share(c.groups * panels, c.groups * w_group, |i| {
                    turned_panel(c, w, &taps, i / panels, i % panels, panel, to.at(i * panel * terms))
                });
            } else {
                (0..c.groups).for_each(|group| turned_rows(c, w, &taps, group, to.at(group * w_group)));
            }
            let job = Job {
                kernels,
                sweep,
                offsets,
                target,
                groups: c.groups,
                outputs,
                way,
                w: to.at(0),
                w_group,
                start,
                start_group: panels * panel,
            };
            run(&job, c, y, x);
        });
    }
    true
}

/// The phases of the stride that have elements of x.
fn phases(c: &Conv) -> impl Iterator<Item = [usize; 3]> {
    places(std::array::from_fn(|d| c.stride[d].min(c.input[d])))
}

/// to[output and tap][input]: a panel of inputs of the weights the other way round, with the taps of one phase.
fn turned_panel<T: Gemm>(c: &Conv, w: &[T], taps: &[usize], group: usize, q: usize, panel: usize, to: *mut T) {
    let all = c.taps();
    let channels = panel.min(c.inputs - q * panel);
    let pack = T::kernels(isa::level()).pack_transposed;
    let mut block = vec![T::default(); if taps.len() < all { all * panel } else { 0 }];
    for o in 0..c.outputs {
        let from = w[((group * c.outputs + o) * c.inputs + q * panel) * all..].as_ptr();
        let to = to.wrapping_add(o * taps.len() * panel);
        // SAFETY: within the weights; there is room for the panel and for the block of all taps.
        unsafe {
            if taps.len() == all {
                pack_panel(to, panel, from, all, channels, all, pack);
                continue;
            }
            pack_panel(block.as_mut_ptr(), panel, from, all, channels, all, pack);
            for (i, tap) in taps.iter().enumerate() {
                std::ptr::copy_nonoverlapping(block[tap * panel..].as_ptr(), to.add(i * panel), panel);
            }
        }
    }
}

/// to[input][output and tap]
fn turned_rows<T: Copy>(c: &Conv, w: &[T], taps: &[usize], group: usize, to: *mut T) {
    let (all, mut to) = (c.taps(), to);
    for i in 0..c.inputs {
        for o in 0..c.outputs {
            let from = &w[((group * c.outputs + o) * c.inputs + i) * all..][..all];
            for &tap in taps {
                // SAFETY: the caller gives room for a group's weights.
                unsafe { to.write(from[tap]) };
                to = to.wrapping_add(1);
            }
        }
    }
}
