//! What pooling ops share: lists of one size for all dimensions, the rules for windows, output sizes.

use crate::error::Result;
use crate::fail;
use crate::kernels::pool::Windows;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// `n` numbers; one stands for all.
pub fn each(list: &[i64], n: usize) -> Option<Dims> {
    match list.len() {
        1 => Some(Dims::from_elem(list[0], n)),
        len if len == n => Some(Dims::from_slice(list)),
        _ => None,
    }
}

/// A list of exactly one int, as the 1-d forms take it.
pub fn single(op: &str, name: &str, list: &[i64]) -> Result<i64> {
    if list.len() != 1 {
        fail!(Runtime, "{op}() argument '{name}' should contain one int (got {})", list.len());
    }
    Ok(list[0])
}

/// Kernel, stride, padding and dilation of a pooling op of n dimensions.
pub struct Spec {
    pub kernel: Dims,
    pub stride: Dims,
    pub pad: Dims,
    pub dilation: Dims,
    pub ceil_mode: bool,
}

impl Spec {
    pub fn new(op: &str, n: usize, lists: [&[i64]; 4], ceil_mode: bool) -> Result<Spec> {
        let count = if n == 2 { "two" } else { "three" };
        // avg_pool3d puts it shorter.
        let either = if op == "avg_pool3d" { "" } else { "either " };
        let [kernel, stride, pad, dilation] = lists;
        let Some(kernel) = each(kernel, n) else {
            fail!(Runtime, "{op}: kernel_size must {either}be a single int, or a tuple of {count} ints");
        };
        let Some(stride) = (if stride.is_empty() { Some(kernel.clone()) } else { each(stride, n) }) else {
            fail!(Runtime, "{op}: stride must {either}be omitted, a single int, or a tuple of {count} ints");
        };
        let Some(pad) = each(pad, n) else {
            fail!(Runtime, "{op}: padding must {either}be a single int, or a tuple of {count} ints");
        };
        let Some(dilation) = each(dilation, n) else {
            fail!(Runtime, "{op}: dilation must be either a single int, or a tuple of {count} ints");
        };
        Ok(Spec { kernel, stride, pad, dilation, ceil_mode })
    }

    /// The output's size along dimension `d`, and what the kernel may not be.
    pub fn output(&self, d: usize, size: i64) -> Result<i64> {
        let (kernel, stride, pad, dilation) = (self.kernel[d], self.stride[d], self.pad[d], self.dilation[d]);
        if stride == 0 {
            fail!(Runtime, "stride should not be zero");
        }
        if pad < 0 {
            fail!(Runtime, "pad must be non-negative, but got pad: {pad}");
        }
        let effective = dilation.saturating_mul(kernel.saturating_sub(1)).saturating_add(1);
        if pad > effective / 2 {
            fail!(
                Runtime,
                "pad should be at most half of effective kernel size, but got pad={pad}, kernel_size={kernel} and dilation={dilation}"
            );
        }
        let room = size.saturating_add(2 * pad).saturating_sub(effective);
        let mut out = room.saturating_add(if self.ceil_mode { stride - 1 } else { 0 }).div_euclid(stride).saturating_add(1);
        if self.ceil_mode && (out - 1).saturating_mul(stride) >= size + pad {
            out -= 1;
        }
        Ok(out)
    }

    fn check_positive(&self) -> Result<()> {
        let names: &[&str] = if self.kernel.len() == 2 { &["H", "W"] } else { &["T", "H", "W"] };
        let list = |name: &str, values: &[i64]| {
            let parts: Vec<String> = names.iter().zip(values).map(|(n, v)| format!("{name}{n}: {v}")).collect();
            parts.join(" ")
        };
        if self.kernel.iter().any(|&k| k <= 0) {
            fail!(Runtime, "kernel size should be greater than zero, but got {}", list("k", &self.kernel));
        }
        if self.stride.iter().any(|&s| s <= 0) {
            fail!(Runtime, "stride should be greater than zero, but got {}", list("d", &self.stride));
        }
        if self.dilation.iter().any(|&s| s <= 0) {
            fail!(Runtime, "dilation should be greater than zero, but got {}", list("dilation", &self.dilation));
        }
        Ok(())
    }

    /// The output's last sizes; every rule of PyTorch's shape check. `kernel_name` is what it calls itself.
    pub fn output_sizes(&self, input: &Tensor, kernel_name: &str, average: bool) -> Result<Dims> {
        let (n, ndim, sizes) = (self.kernel.len(), input.dim(), input.sizes());
        let tail = &sizes[ndim - n..];
        let out = (0..n).map(|d| self.output(d, tail[d])).collect::<Result<Dims>>()?;
        self.check_positive()?;
        let empty = sizes[usize::from(ndim == n + 2)..].contains(&0);
        if n == 2 && empty {
            fail!(
                Runtime,
                "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{}",
                shape::list(sizes)
            );
        }
        if n == 3 && empty {
            // PyTorch prints the size, not the dimension.
            fail!(
                Runtime,
                "{kernel_name}: Expected input's non-batch dimensions to have positive length, but input has a shape of {} and non-batch dimension 0 has length zero!",
                shape::list(sizes)
            );
        }
        if n == 3 && average && (0..3).any(|d| tail[d] < self.kernel[d]) {
            let k = &self.kernel;
            fail!(
                Runtime,
                "input image (T: {} H: {} W: {}) smaller than kernel size (kT: {} kH: {} kW: {})",
                tail[0],
                tail[1],
                tail[2],
                k[0],
                k[1],
                k[2]
            );
        }
        if out.iter().any(|&o| o < 1) {
            let planes = sizes[ndim - n - 1];
            let list = |s: &[i64]| s.iter().fold(planes.to_string(), |text, v| format!("{text}x{v}"));
            fail!(Runtime, "Given input size: ({}). Calculated output size: ({}). Output size is too small", list(tail), list(&out));
        }
        Ok(out)
    }

    /// As the kernel takes it; sizes are checked.
    pub fn windows(&self, size: &[i64], out: &[i64]) -> Windows {
        let n = size.len();
        let three = |list: &[i64], one: usize| {
            let mut all = [one; 3];
            list.iter().enumerate().for_each(|(i, &v)| all[3 - n + i] = v as usize);
            all
        };
        Windows {
            size: three(size, 1),
            out: three(out, 1),
            kernel: three(&self.kernel, 1),
            stride: three(&self.stride, 1),
            pad: three(&self.pad, 0),
            dilation: three(&self.dilation, 1),
        }
    }
}

/// The leading sizes with `tail` in the place of the last ones.
pub fn with_tail(input: &Tensor, tail: &[i64]) -> Dims {
    let mut sizes = Dims::from_slice(&input.sizes()[..input.dim() - tail.len()]);
    sizes.extend_from_slice(tail);
    sizes
}

/// PyTorch's words for a wrong number of dimensions of a 1-d form.
pub fn check_1d(op: &str, input: &Tensor) -> Result<()> {
    if !(2..=3).contains(&input.dim()) {
        fail!(
            Runtime,
            "Expected 2 to 3 dimensions, but got {}-dimensional tensor for argument #1 'self' (while checking arguments for {op})",
            input.dim()
        );
    }
    Ok(())
}
