//! One sweep over all images and groups: strips as tasks, rows as tiles of registers.

use std::cell::RefCell;

use crate::kernels::conv::Conv;
use crate::kernels::conv::Part;
use crate::kernels::conv::columns::share;
use crate::kernels::conv::sweep::Strip;
use crate::kernels::conv::sweep::Sweep;
use crate::kernels::conv::tile::Kernels;
use crate::kernels::conv::tile::Tile;
use crate::kernels::scratch::Scratch;

thread_local! {
    /// The copy of a strip, and rows on their way to scattered places.
    static ROOM: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
}

/// Where the outputs of a sweep lie in the image they belong to.
pub struct Target {
    pub size: [usize; 3],
    pub step: [usize; 3],
    pub phase: [usize; 3],
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
pub struct Job<T: 'static> {
    pub kernels: &'static Kernels<T>,
    pub sweep: Sweep,
    pub offsets: Vec<u32>,
    pub target: Target,
    pub groups: usize,
    /// Output channels of a group.
    pub outputs: usize,
    pub way: Way,
    /// Of one group: panels of [term][channel], or [channel][term].
    pub w: *const T,
    pub w_group: usize,
    /// One start for each output channel of a group, filled up to whole panels.
    pub start: *const T,
    pub start_group: usize,
}

// SAFETY: tasks only read through it.
unsafe impl<T> Sync for Job<T> {}

/// What the tiles are made of.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    /// Pixels by vectors of channels.
    Channels,
    /// Channels by vectors of pixels.
    Pixels,
    /// Rows by vectors of pixels, one channel after another.
    Rows,
}

pub fn way<T>(kernels: &Kernels<T>, outputs: usize, terms: usize, target: &Target, width: usize) -> Way {
    let (lanes, panel) = (kernels.width, 2 * kernels.width);
    if outputs <= 2 && target.step[2] == 1 {
        return Way::Rows;
    }
    let narrow = width < lanes / 2 && outputs >= lanes;
    // With few terms, turning the tile costs more than vectors of pixels waste.
    if narrow || outputs >= panel && terms >= 20 { Way::Channels } else { Way::Pixels }
}

/// All images, groups and strips of a job.
pub fn run<T: Copy + Default + Send + Sync>(job: &Job<T>, c: &Conv, source: &[T], out: &mut [T]) {
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
            let short = self.way == Way::Channels && !scattered && size[2] <= self.kernels.by_channels_of_two.len();
            let step = if short && self.outputs - q * 2 * self.kernels.width > self.kernels.width { 2 } else { 1 };
            for h in (0..size[1]).step_by(step) {
                let x = x.wrapping_add(h * row_step);
                let (line, channel) = if scattered { (room, size[2]) } else { (row(h), pixels) };
                let next = (step == 2 && h + 1 < size[1]).then_some((row_step, self.target.step[1] * self.target.size[2]));
                // SAFETY: a row of the strip, or two.
                unsafe {
                    match self.way {
                        Way::Channels => (q..q + together).for_each(|q| self.row_by_channels(q, x, group, line, channel, size[2], next)),
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
                        y_channel: 0,
                        y_row,
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

    /// One row of one panel of channels, or a short one and the next, which are as far apart as `next` says (x, y).
    #[allow(clippy::too_many_arguments)]
    unsafe fn row_by_channels(
        &self,
        q: usize,
        x: *const T,
        group: usize,
        y: *mut T,
        y_channel: usize,
        width: usize,
        next: Option<(usize, usize)>,
    ) {
        let (lanes, terms) = (self.kernels.width, self.offsets.len());
        let (panel, first) = (2 * lanes, q * 2 * lanes);
        let channels = panel.min(self.outputs - first);
        let vectors = channels.div_ceil(lanes);
        let kernels = if next.is_some() { self.kernels.by_channels_of_two } else { self.kernels.by_channels[vectors - 1] };
        let (x_row, y_row) = next.unwrap_or((0, 0));
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
                y_row,
                x_row,
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
                    y_row: 0,
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
