//! The weight gradient without columns: x is broadcast term by term against g turned to [pixel][channel]; where a group
//! has few channels, rows of x and of g are multiplied as they lie.
//! Tasks are a range of images, a piece of the inputs and some panels of channels, cut by shape; ranges add in order.

use std::cell::RefCell;
use std::ops::Range;

use crate::kernels::conv::Conv;
use crate::kernels::conv::Part;
use crate::kernels::conv::Product;
use crate::kernels::conv::columns::share;
use crate::kernels::conv::image_ranges;
use crate::kernels::conv::sweep::Strip;
use crate::kernels::conv::sweep::Sweep;
use crate::kernels::conv::tile::Kernels;
use crate::kernels::conv::tile::Weights;
use crate::kernels::gemm::Gemm;
use crate::kernels::isa;
use crate::kernels::scratch::Scratch;

thread_local! {
    /// The copy of a strip of x, and the strip of g, turned.
    static ROOM: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
}

/// Bytes of a strip's copy of x and of g.
const STRIP: usize = 192 << 10;
/// Tasks that are enough for the cores of a usual machine.
const TASKS: usize = 8;

struct Job<'a, T: 'static> {
    c: &'a Conv,
    kernels: &'static Kernels<T>,
    sweep: Sweep,
    /// Of all terms of one piece of the inputs.
    offsets: Vec<u32>,
    x: &'a [T],
    g: &'a [T],
}

/// One task: some images of a group, a piece of its inputs, panels of its outputs.
struct Share {
    images: Range<usize>,
    group: usize,
    inputs: Range<usize>,
    panels: Range<usize>,
}

/// w from x and g, unless the columns are better.
pub fn weight_gradient<T: Product + Gemm>(c: &Conv, kernels: &'static Kernels<T>, x: &[T], g: &[T], w: &mut [T]) -> bool {
    let mut sweep = Sweep::forward(c);
    let width = sweep.output[2];
    if width < 3 && c.outputs * c.terms() >= 16 * 1024 {
        return false;
    }
    let few = c.outputs < kernels.width / 2;
    let panel = 2 * kernels.width;
    let (panels, ranges) = (if few { 1 } else { c.outputs.div_ceil(panel) }, image_ranges(c));
    let inputs = c.inputs.div_ceil((TASKS / (ranges * c.groups)).clamp(1, c.inputs));
    let pieces = c.inputs.div_ceil(inputs);
    let sets = (TASKS / (ranges * c.groups * pieces)).clamp(1, panels);
    let pixels = sweep.output.iter().product::<usize>();
    let bytes = size_of::<T>() * if few { sweep.room(inputs) } else { sweep.room(inputs).max(panel * pixels) };
    sweep.cut(if bytes > STRIP { (pixels * STRIP / bytes).max(1) } else { pixels }, 1);
    let Some(offsets) = sweep.offsets(inputs) else { return false };
    let job = Job { c, kernels, sweep, offsets, x, g };
    // Sums of a task lie as [term][panel], or as [channel][term].
    let terms = c.terms();
    let size = if few { c.outputs * terms } else { panel * terms };
    let mut sums = vec![T::default(); ranges * c.groups * panels * size];
    let to = Part(sums.as_mut_ptr());
    share(ranges * c.groups * sets * pieces, c.images * c.groups * c.work(), |t| {
        let (block, set, piece) = (t / (sets * pieces), t / pieces % sets, t % pieces);
        let (range, group) = (block / c.groups, block % c.groups);
        let task = Share {
            images: c.images * range / ranges..c.images * (range + 1) / ranges,
            group,
            inputs: piece * inputs..((piece + 1) * inputs).min(c.inputs),
            panels: panels * set / sets..panels * (set + 1) / sets,
        };
        let to = to.at(block * panels * size);
        // SAFETY: each task has a part of the sums.
        unsafe { if few { job.dots(&task, to) } else { job.outer(&task, to) } }
    });
    merge(&mut sums, ranges);
    let sums = &sums[..c.groups * panels * size];
    if few {
        w.copy_from_slice(sums);
    } else {
        turn_back(c, sums, panel, w);
    }
    true
}

/// The first range's sums, the others added in order.
fn merge<T: Product>(sums: &mut [T], ranges: usize) {
    let (total, rest) = sums.split_at_mut(sums.len() / ranges);
    for part in rest.chunks_exact(total.len()) {
        total.iter_mut().zip(part).for_each(|(t, &p)| *t = *t + p);
    }
}

/// w[channel][term] = sums[panel][term][channel]
fn turn_back<T: Gemm>(c: &Conv, sums: &[T], panel: usize, w: &mut [T]) {
    let (terms, panels) = (c.terms(), c.outputs.div_ceil(panel));
    let pack = T::kernels(isa::level()).pack_transposed;
    for (i, block) in sums.chunks_exact(panel * terms).enumerate() {
        let (group, q) = (i / panels, i % panels);
        let channels = panel.min(c.outputs - q * panel);
        let to = &mut w[(group * c.outputs + q * panel) * terms..][..channels * terms];
        // SAFETY: `channels` rows of `terms`; the block has a panel for each term.
        unsafe { pack(to.as_mut_ptr(), terms, block.as_ptr(), panel as isize, terms, channels) };
    }
}

impl<T: Product + Gemm> Job<'_, T> {
    /// Calls `f` with each strip of each image of the task: where x is read, where the image of g begins, the strip.
    unsafe fn strips(&self, task: &Share, room: &mut Scratch, mut f: impl FnMut(*const T, *const T, Strip)) {
        let c = self.c;
        let (size, pixels) = (c.input_pixels(), c.output_pixels());
        let channels = task.inputs.len();
        let room = room.get::<T>(self.sweep.room(channels));
        for image in task.images.clone() {
            let unit = image * c.groups + task.group;
            let x = self.x[(unit * c.inputs + task.inputs.start) * size..].as_ptr();
            let g = self.g[unit * c.outputs * pixels..].as_ptr();
            for strip in self.sweep.strips() {
                // SAFETY: the image has its channels, the copy its room.
                f(unsafe { self.sweep.source(x, channels, strip, room) }, g, strip);
            }
        }
    }

    /// sums[panel][term][channel] += x broadcast times g turned.
    unsafe fn outer(&self, task: &Share, sums: *mut T) {
        let c = self.c;
        let (panel, first_term) = (2 * self.kernels.width, task.inputs.start * c.taps());
        ROOM.with_borrow_mut(|(copy, turned)| {
            // SAFETY: sizes are the sweep's.
            unsafe {
                self.strips(task, copy, |x, g, strip| {
                    for q in task.panels.clone() {
                        let sums = sums.add((q * c.terms() + first_term) * panel);
                        let g = g.add(q * panel * c.output_pixels());
                        self.panel(task, panel.min(c.outputs - q * panel), x, g, strip, turned, sums);
                    }
                });
            }
        });
    }

    /// One panel of channels over one strip.
    #[allow(clippy::too_many_arguments)]
    unsafe fn panel(&self, task: &Share, channels: usize, x: *const T, g: *const T, strip: Strip, turned: &mut Scratch, sums: *mut T) {
        let (lanes, c) = (self.kernels.width, self.c);
        let kernels = self.kernels.terms_by_channels[channels.div_ceil(lanes) - 1];
        let (panel, terms, pixels) = (2 * lanes, task.inputs.len() * c.taps(), c.output_pixels());
        let (x_row, x_plane) = self.sweep.steps();
        let pack = T::kernels(isa::level()).pack_transposed;
        let (size, first) = self.sweep.outputs(strip);
        let plane = size[1] * size[2];
        let turned = turned.get::<T>(panel * size[0] * plane);
        let [_, rows, columns] = self.sweep.output;
        // SAFETY: sizes are the sweep's, and there is room for a strip.
        unsafe {
            for d in 0..size[0] {
                let from = g.add((d * rows + first[1]) * columns + first[2]);
                let to = turned.add(d * plane * panel);
                if channels < panel {
                    to.write_bytes(0, plane * panel);
                }
                pack(to, panel, from, pixels as isize, channels, plane);
            }
            let tiles = terms.div_ceil(kernels.len());
            for (i, d) in (0..tiles).flat_map(|i| (0..size[0]).map(move |d| (i, d))) {
                let (from, to) = (terms * i / tiles, terms * (i + 1) / tiles);
                kernels[to - from - 1](&Weights {
                    rows: size[1],
                    width: size[2],
                    x: x.add(d * x_plane),
                    x_row,
                    offsets: self.offsets[from..].as_ptr(),
                    g: turned.add(d * plane * panel),
                    g_row: 0,
                    d: sums.add(from * panel),
                });
            }
        }
    }

    /// sums[channel][term] += x row times g row.
    unsafe fn dots(&self, task: &Share, sums: *mut T) {
        let (kernels, c) = (self.kernels.dots, self.c);
        let (terms, pixels) = (task.inputs.len() * c.taps(), c.output_pixels());
        let (x_row, x_plane) = self.sweep.steps();
        let [_, rows, columns] = self.sweep.output;
        ROOM.with_borrow_mut(|(copy, _)| {
            // SAFETY: sizes are the sweep's.
            unsafe {
                self.strips(task, copy, |x, g, strip| {
                    let (size, first) = self.sweep.outputs(strip);
                    let tiles = terms.div_ceil(kernels.len());
                    for (o, d) in (0..c.outputs).flat_map(|o| (0..size[0]).map(move |d| (o, d))) {
                        for i in 0..tiles {
                            let (from, to) = (terms * i / tiles, terms * (i + 1) / tiles);
                            kernels[to - from - 1](&Weights {
                                rows: size[1],
                                width: size[2],
                                x: x.add(d * x_plane),
                                x_row,
                                offsets: self.offsets[from..].as_ptr(),
                                g: g.add(o * pixels + (d * rows + first[1]) * columns + first[2]),
                                g_row: columns,
                                d: sums.add(o * c.terms() + task.inputs.start * c.taps() + from),
                            });
                        }
                    }
                });
            }
        });
    }
}
