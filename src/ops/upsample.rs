//! Resizing of the last dimensions: nearest, linear, cubic, antialiased. Each is a map by axes; positions are computed
//! in the precision that PyTorch uses, so that the same elements are chosen.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::kernels::axes::Axis;
use crate::ops::copy;
use crate::ops::resample;
use crate::ops::select;
use crate::ops::transcendental;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Nearest,
    NearestExact,
    Linear,
    Cubic,
    LinearAa,
    CubicAa,
    LanczosAa,
}

/// One axis to be resized; `narrow` where PyTorch computes in float32.
#[derive(Clone, Copy)]
struct Resize {
    size: usize,
    out: usize,
    scale: Option<f64>,
    align: bool,
    narrow: bool,
}

impl Resize {
    fn round(self, x: f64) -> f64 {
        if self.narrow { x as f32 as f64 } else { x }
    }

    /// Input elements to a step of the output.
    fn step(self) -> f64 {
        let (size, out) = (self.size as f64, self.out as f64);
        match self.scale {
            _ if self.align && self.out > 1 => self.round((size - 1.0) / (out - 1.0)),
            _ if self.align => 0.0,
            Some(scale) if scale > 0.0 => self.round(1.0 / scale),
            _ => self.round(size / out),
        }
    }

    /// Where output `o` lies in the input.
    fn place(self, o: usize, cubic: bool) -> f64 {
        let step = self.step();
        if self.align {
            return self.round(step * o as f64);
        }
        let place = self.round(self.round(step * self.round(o as f64 + 0.5)) - 0.5);
        if place < 0.0 && !cubic { 0.0 } else { place }
    }

    /// The element at or below a place, and how far the place is from it.
    fn split(self, place: f64) -> (i64, f64) {
        let at = (place.floor() as i64).min(self.size as i64 - 1);
        (at, self.round(place - at as f64).clamp(0.0, 1.0))
    }

    fn nearest(self, exact: bool) -> Axis {
        let step = self.step();
        let last = self.size - 1;
        let at = |o: usize| {
            let place = if exact { self.round(self.place(o, false) + 0.5) } else { self.round(step * o as f64) };
            (place as f32).floor() as usize
        };
        Axis::picking(self.size, (0..self.out).map(|o| at(o).min(last)))
    }

    fn linear(self) -> Axis {
        let mut axis = Axis::new(self.size);
        for o in 0..self.out {
            let (at, far) = if self.size == self.out { (o as i64, 0.0) } else { self.split(self.place(o, false)) };
            let at = at as usize;
            let next = (at + 1).min(self.size - 1);
            axis.push([(at, self.round(1.0 - far)), (next, far)].into_iter(), 1.0);
        }
        axis.finished()
    }

    fn cubic(self) -> Axis {
        let mut axis = Axis::new(self.size);
        for o in 0..self.out {
            let (at, t) = self.split(self.place(o, true));
            let weights = [t + 1.0, t, 1.0 - t, 2.0 - t].map(|x| cubic(x, -0.75));
            let taps = weights.into_iter().enumerate().map(|(k, w)| ((at - 1 + k as i64).clamp(0, self.size as i64 - 1) as usize, w));
            axis.push(taps, 1.0);
        }
        axis.finished()
    }

    /// A filter of `width` elements, wider where the image shrinks, that sums to 1.
    fn antialiased(self, width: f64, filter: impl Fn(f64) -> f64) -> Axis {
        let step = self.step();
        let (support, inverse) = if step >= 1.0 { (self.round(width * 0.5 * step), self.round(1.0 / step)) } else { (width * 0.5, 1.0) };
        let mut axis = Axis::new(self.size);
        for o in 0..self.out {
            let center = self.round(step * (o as f64 + 0.5));
            let first = (self.round(center - support + 0.5) as i64).max(0) as usize;
            let last = (self.round(center + support + 0.5) as i64).min(self.size as i64) as usize;
            let first = first.min(self.size - 1);
            let last = last.max(first + 1);
            let weights: Vec<f64> = (first..last).map(|i| filter(self.round((i as f64 - center + 0.5) * inverse))).collect();
            let total: f64 = weights.iter().sum();
            let total = if total == 0.0 { 1.0 } else { total };
            axis.push((first..last).zip(&weights).map(|(i, w)| (i, self.round(w / total))), 1.0);
        }
        axis.finished()
    }

    fn axis(self, kind: Kind) -> Axis {
        match kind {
            Kind::Nearest => self.nearest(false),
            Kind::NearestExact => self.nearest(true),
            Kind::Linear => self.linear(),
            Kind::Cubic => self.cubic(),
            Kind::LinearAa => self.antialiased(2.0, |x| (1.0 - x.abs()).max(0.0)),
            Kind::CubicAa => self.antialiased(4.0, |x| cubic(x.abs(), -0.5)),
            Kind::LanczosAa => self.antialiased(6.0, lanczos),
        }
    }
}

/// Keys' cubic convolution at x >= 0.
fn cubic(x: f64, a: f64) -> f64 {
    match x {
        _ if x <= 1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
        _ if x < 2.0 => ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a,
        _ => 0.0,
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (x * std::f64::consts::PI).sin() / (x * std::f64::consts::PI) };
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

/// One of the two must be given, with a number for each dimension.
fn target(n: usize, input: &Tensor, size: Option<&[i64]>, scales: Option<&[f64]>) -> Result<Dims> {
    let given = match (size, scales) {
        (Some(size), None) => ("output_size", size.len()),
        (None, Some(scales)) => ("scale_factors", scales.len()),
        _ => fail!(Runtime, "Must specify exactly one of output_size and scale_factors"),
    };
    if given.1 != n || input.dim() != n + 2 {
        fail!(
            Runtime,
            "Expected static_cast<int64_t>({}->size()) == spatial_dimensions to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)",
            given.0
        );
    }
    let tail = &input.sizes()[2..];
    let out: Dims = match (size, scales) {
        (Some(size), _) => Dims::from_slice(size),
        (_, scales) => tail.iter().zip(scales.unwrap_or_default()).map(|(&s, &f)| (s as f64 * f) as i64).collect(),
    };
    if tail.iter().chain(&out).any(|&s| s <= 0) {
        let list = |sizes: &[i64]| {
            let named: Vec<String> = ["D", "H", "W"][3 - n..].iter().zip(sizes).map(|(n, s)| format!("{n}: {s}")).collect();
            named.join(", ")
        };
        let and = if n == 1 { "and " } else { "" };
        fail!(Runtime, "Input and output sizes should be greater than 0, but got input ({}) {and}output ({})", list(tail), list(&out));
    }
    if input.sizes()[1] == 0 {
        fail!(Runtime, "Non-empty {}D data tensor expected but got a tensor with sizes {}", n + 2, shape::list(input.sizes()));
    }
    Ok(out)
}

struct Op {
    n: usize,
    kind: Kind,
    kernel: &'static str,
    node: &'static str,
    back: &'static str,
}

fn resize(op: &Op, input: &Tensor, size: Option<&[i64]>, align: bool, scales: Option<&[f64]>) -> Result<Tensor> {
    let out = target(op.n, input, size, scales)?;
    let picks = matches!(op.kind, Kind::Nearest | Kind::NearestExact);
    let antialiased = matches!(op.kind, Kind::LinearAa | Kind::CubicAa | Kind::LanczosAa);
    if antialiased && input.sizes()[2..] == *out {
        return copy::clone(input);
    }
    let (bytes, halves) = (input.dtype() == DType::U8 && (picks || op.n == 2), matches!(input.dtype(), DType::F16 | DType::BF16));
    if !input.dtype().is_float() && !bytes || antialiased && halves {
        fail!(NotImplemented, "\"{}\" not implemented for '{}'", op.kernel, input.dtype().scalar_type());
    }
    shape::numel(&out, 8)?;
    let narrow = input.dtype() != DType::F64;
    let axes: Vec<Axis> = (0..op.n)
        .map(|d| {
            let scale = scales.map(|s| s[d]);
            Resize { size: input.sizes()[2 + d] as usize, out: out[d] as usize, scale, align, narrow }.axis(op.kind)
        })
        .collect();
    if picks {
        return resample::picked(op.node, op.back, input, axes);
    }
    if bytes {
        let wide = copy::to_dtype(input, DType::F32, false)?;
        let exact = resample::weighted(op.node, op.back, &wide, axes)?;
        let whole = transcendental::round(&exact, 0)?;
        return copy::to_dtype(&select::clamp(&whole, Some(0.0.into()), Some(255.0.into()))?, DType::U8, false);
    }
    resample::weighted(op.node, op.back, input, axes)
}

macro_rules! nearest {
    ($($name:ident $n:literal $kind:ident $kernel:literal $node:literal;)*) => {$(
        /// y = the nearest element of x.
        pub fn $name(input: &Tensor, output_size: Option<&[i64]>, scale_factors: Option<&[f64]>) -> Result<Tensor> {
            let op = Op { n: $n, kind: Kind::$kind, kernel: $kernel, node: concat!($node, "Backward0"), back: concat!($node, "BackwardBackward0") };
            resize(&op, input, output_size, false, scale_factors)
        }
    )*};
}
nearest! {
    upsample_nearest1d 1 Nearest "compute_indices_weights_nearest" "UpsampleNearest1D";
    upsample_nearest2d 2 Nearest "upsample_nearest2d_channels_last" "UpsampleNearest2D";
    upsample_nearest3d 3 Nearest "compute_indices_weights_nearest" "UpsampleNearest3D";
    upsample_nearest_exact1d 1 NearestExact "compute_indices_weights_nearest" "UpsampleNearestExact1D";
    upsample_nearest_exact2d 2 NearestExact "upsample_nearest2d_channels_last" "UpsampleNearestExact2D";
    upsample_nearest_exact3d 3 NearestExact "compute_indices_weights_nearest" "UpsampleNearestExact3D";
}

macro_rules! weighted {
    ($($name:ident $n:literal $kind:ident $kernel:literal $node:literal;)*) => {$(
        /// y = a weighted sum of x's neighbours.
        pub fn $name(input: &Tensor, output_size: Option<&[i64]>, align_corners: bool, scale_factors: Option<&[f64]>) -> Result<Tensor> {
            let op = Op { n: $n, kind: Kind::$kind, kernel: $kernel, node: concat!($node, "Backward0"), back: concat!($node, "BackwardBackward0") };
            resize(&op, input, output_size, align_corners, scale_factors)
        }
    )*};
}
weighted! {
    upsample_linear1d 1 Linear "compute_indices_weights_linear" "UpsampleLinear1D";
    upsample_bilinear2d 2 Linear "upsample_bilinear2d_channels_last" "UpsampleBilinear2D";
    upsample_trilinear3d 3 Linear "compute_indices_weights_linear" "UpsampleTrilinear3D";
    upsample_bicubic2d 2 Cubic "compute_indices_weights_cubic" "UpsampleBicubic2D";
    upsample_bilinear2d_aa 2 LinearAa "compute_index_ranges_weights" "UpsampleBilinear2DAa";
    upsample_bicubic2d_aa 2 CubicAa "compute_index_ranges_weights" "UpsampleBicubic2DAa";
    upsample_lanczos2d_aa 2 LanczosAa "compute_index_ranges_weights" "UpsampleLanczos2DAa";
}
