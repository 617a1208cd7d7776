//! Direct convolution: sweeps over an image with tiles of registers, without columns. The input gradient is one sweep
//! over y for each phase of the stride, with the weights the other way round.
//! Threads take strips of images; each element is one chain of multiply-adds, so cuts change no bits.

use std::cell::RefCell;

use crate::kernels::conv::Conv;
use crate::kernels::conv::Part;
use crate::kernels::conv::Product;
use crate::kernels::conv::columns::share;
use crate::kernels::conv::sweep::Strip;
use crate::kernels::conv::sweep::Sweep;
use crate::kernels::conv::tile::Kernels;
use crate::kernels::conv::tile::Tile;
use crate::kernels::gemm::Gemm;
use crate::kernels::isa;
use crate::kernels::scratch::Scratch;

thread_local! {
    /// Packed weights and biases of the call that this thread made.
    static PACKED: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
    /// The copy of a strip, and rows on their way to scattered places.
    static ROOM: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
}

/// Bytes of the copy of a strip.
const STRIP: usize = 512 << 10;
/// Multiplications that are worth a strip of their own.
const WORTH: usize = 1 << 18;

/// Where the outputs of a sweep lie in the image they belong to.
struct Target {
    size: [usize; 3],
    step: [usize; 3],
    phase: [usize; 3],
}

impl Target {
    fn row(&self, d: usize, h: usize) -> usize {
        let [_, rows, columns] = self.size;
        ((d * self.step[0] + self.phase[0]) * rows + h * self.step[1] + self.phase[1]) * columns + self.phase[2]
    }

    fn pixels(&self) -> usize {
        self.size.iter().product()
    }
}

/// One sweep for every image and group.
struct Job<T: 'static> {
    kernels: &'static Kernels<T>,
    sweep: Sweep,
    offsets: Vec<u32>,
    target: Target,
    groups: usize,
    /// Output channels of a group.
    outputs: usize,
    way: Way,
    /// Of one group: panels of [term][channel], or [channel][term].
    w: *const T,
    w_group: usize,
    /// One start for each output channel of a group, filled up to whole panels.
    start: *const T,
    start_group: usize,
}

// SAFETY: tasks only read through it.
unsafe impl<T> Sync for Job<T> {}

/// What the tiles are made of.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Pixels by vectors of channels.
    Channels,
    /// Channels by vectors of pixels.
    Pixels,
    /// Rows by vectors of pixels, one channel after another.
    Rows,
}

fn way<T>(kernels: &Kernels<T>, outputs: usize, terms: usize, target: &Target, width: usize) -> Way {
    let (lanes, panel) = (kernels.width, 2 * kernels.width);
    if outputs <= 2 && target.step[2] == 1 {
        return Way::Rows;
    }
    let narrow = width < lanes / 2 && outputs >= lanes;
    // With few terms, turning the tile costs more than vectors of pixels waste.
    if narrow || outputs >= panel && terms >= 20 { Way::Channels } else { Way::Pixels }
}

/// Is the row of outputs long enough for a tile, or the work too small to matter?
fn suits(width: usize, outputs: usize, terms: usize) -> bool {
    width >= 4 || outputs * terms < 16 * 1024
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
    let [a, b, e] = std::array::from_fn(|d| c.stride[d].min(c.input[d]));
    (0..a).flat_map(move |i| (0..b).flat_map(move |j| (0..e).map(move |k| [i, j, k])))
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

/// All images, groups and strips of a job.
fn run<T: Copy + Default + Send + Sync>(job: &Job<T>, c: &Conv, source: &[T], out: &mut [T]) {
    let (units, strips) = (c.images * c.groups, job.sweep.strip_count());
    let out = Part(out.as_mut_ptr());
    let size = source.len() / units;
    share(units * strips, units * c.work(), |t| {
        let (unit, strip) = (t / strips, job.sweep.nth_strip(t % strips));
        let image = source[unit * size..].as_ptr();
        let y = out.at(unit * job.outputs * job.target.pixels());
        ROOM.with_borrow_mut(|(copy, rows)| {
            let copy = copy.get::<T>(job.sweep.room(job.sweep.channels));
            // SAFETY: the image has its size, the copy its room; each strip has outputs of its own.
            unsafe {
                let x = job.sweep.source(image, job.sweep.channels, strip, copy);
                job.strip(x, unit % job.groups, strip, y, rows);
            }
        });
    });
}

impl<T: Copy + Default> Job<T> {
    unsafe fn strip(&self, x: *const T, group: usize, strip: Strip, y: *mut T, rows: &mut Scratch) {
        let (size, first) = self.sweep.outputs(strip);
        let (row_step, plane_step) = self.sweep.steps();
        let (pixels, scattered) = (self.target.pixels(), self.target.step[2] > 1);
        let room = if scattered { rows.get::<T>(self.outputs * size[2]) } else { std::ptr::null_mut() };
        let panels = if self.way == Way::Channels { self.outputs.div_ceil(2 * self.kernels.width) } else { 1 };
        // A panel's weights stay in the cache for all rows, unless the rows need all channels together.
        let (sets, together) = if scattered { (1, panels) } else { (panels, 1) };
        for (q, d) in (0..sets).flat_map(|q| (0..size[0]).map(move |d| (q, d))) {
            let x = x.wrapping_add(d * plane_step);
            let row = |h: usize| y.wrapping_add(self.target.row(first[0] + d, first[1] + h) + first[2] * self.target.step[2]);
            if self.way == Way::Rows {
                let y_row = self.target.step[1] * self.target.size[2];
                // SAFETY: the rows of the strip.
                unsafe { self.rows(x, row_step, group, row(0), y_row, [size[1], size[2]]) };
                continue;
            }
            for h in 0..size[1] {
                let x = x.wrapping_add(h * row_step);
                let (line, channel) = if scattered { (room, size[2]) } else { (row(h), pixels) };
                // SAFETY: a row of the strip.
                unsafe {
                    match self.way {
                        Way::Channels => (q..q + together).for_each(|q| self.row_by_channels(q, x, group, line, channel, size[2])),
                        _ => self.row_by_pixels(x, group, line, channel, size[2]),
                    }
                    if scattered {
                        self.scatter(room, size[2], row(h));
                    }
                }
            }
        }
    }

    /// All rows of each channel.
    unsafe fn rows(&self, x: *const T, x_row: usize, group: usize, y: *mut T, y_row: usize, [height, width]: [usize; 2]) {
        let (lanes, terms) = (self.kernels.width, self.offsets.len());
        let vectors = width.div_ceil(lanes);
        for channel in 0..self.outputs {
            let y = y.wrapping_add(channel * self.target.pixels());
            let mut v = 0;
            while v < vectors {
                let count = (vectors - v).min(2);
                let kernels = self.kernels.by_rows[count - 1];
                for h in (0..height).step_by(kernels.len()) {
                    let tile = Tile {
                        terms,
                        x: x.wrapping_add(h * x_row + v * lanes),
                        offsets: self.offsets.as_ptr(),
                        w: self.w.wrapping_add(group * self.w_group + channel * terms),
                        start: self.start.wrapping_add(group * self.start_group + channel),
                        y: y.wrapping_add(h * y_row + v * lanes),
                        y_channel: y_row,
                        x_row,
                        last: lanes.min(width - (v + count - 1) * lanes),
                    };
                    // SAFETY: the tile lies within the strip.
                    unsafe { kernels[kernels.len().min(height - h) - 1](&tile) }
                }
                v += count;
            }
        }
    }

    /// One row of one panel of channels.
    unsafe fn row_by_channels(&self, q: usize, x: *const T, group: usize, y: *mut T, y_channel: usize, width: usize) {
        let (lanes, terms) = (self.kernels.width, self.offsets.len());
        let (panel, first) = (2 * lanes, q * 2 * lanes);
        let channels = panel.min(self.outputs - first);
        let vectors = channels.div_ceil(lanes);
        let kernels = self.kernels.by_channels[vectors - 1];
        let tiles = width.div_ceil(kernels.len());
        for i in 0..tiles {
            let (from, to) = (width * i / tiles, width * (i + 1) / tiles);
            let tile = Tile {
                terms,
                x: x.wrapping_add(from),
                offsets: self.offsets.as_ptr(),
                w: self.w.wrapping_add(group * self.w_group + q * panel * terms),
                start: self.start.wrapping_add(group * self.start_group + first),
                y: y.wrapping_add(first * y_channel + from),
                y_channel,
                x_row: 0,
                last: channels - (vectors - 1) * lanes,
            };
            // SAFETY: the tile lies within the row.
            unsafe { kernels[to - from - 1](&tile) }
        }
    }

    /// One row of all channels.
    unsafe fn row_by_pixels(&self, x: *const T, group: usize, y: *mut T, y_channel: usize, width: usize) {
        let (lanes, terms) = (self.kernels.width, self.offsets.len());
        let vectors = width.div_ceil(lanes);
        let [_, _, few] = self.kernels.by_pixels;
        let wide = vectors > 2 && self.outputs <= few.len();
        let most = if wide { few.len() } else { self.kernels.by_pixels[0].len() };
        let tiles = self.outputs.div_ceil(most);
        for i in 0..tiles {
            let (first, end) = (self.outputs * i / tiles, self.outputs * (i + 1) / tiles);
            let mut v = 0;
            while v < vectors {
                let (kind, count) = match vectors - v {
                    4.. if wide => (2, 4),
                    2.. => (1, 2),
                    _ => (0, 1),
                };
                let tile = Tile {
                    terms,
                    x: x.wrapping_add(v * lanes),
                    offsets: self.offsets.as_ptr(),
                    w: self.w.wrapping_add(group * self.w_group + first * terms),
                    start: self.start.wrapping_add(group * self.start_group + first),
                    y: y.wrapping_add(first * y_channel + v * lanes),
                    y_channel,
                    x_row: 0,
                    last: lanes.min(width - (v + count - 1) * lanes),
                };
                // SAFETY: the tile lies within the row.
                unsafe { self.kernels.by_pixels[kind][end - first - 1](&tile) }
                v += count;
            }
        }
    }

    /// A row of every channel to its places.
    unsafe fn scatter(&self, from: *const T, width: usize, to: *mut T) {
        let (pixels, step) = (self.target.pixels(), self.target.step[2]);
        for channel in 0..self.outputs {
            for i in 0..width {
                // SAFETY: the row has `width` places in the image.
                unsafe { *to.wrapping_add(channel * pixels + i * step) = *from.add(channel * width + i) }
            }
        }
    }
}
