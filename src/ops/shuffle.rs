//! Channels to pixels and back, and channels among groups: reshapes and permutations under one name.

use crate::error::Result;
use crate::fail;
use crate::graph::record::renamed;
use crate::ops::copy;
use crate::ops::view;
use crate::shape::Dims;
use crate::tensor::Tensor;

fn check(name: &str, input: &Tensor, factor: i64, what: &str) -> Result<()> {
    if input.dim() < 3 {
        fail!(Runtime, "{name} expects input to have at least 3 dimensions, but got input with {} dimension(s)", input.dim());
    }
    if factor <= 0 {
        fail!(Runtime, "{name} expects a positive {what}, but got {factor}");
    }
    Ok(())
}

/// The leading dimensions, and the sizes of channels, height and width.
fn parts(input: &Tensor) -> (Dims, i64, i64, i64) {
    let sizes = input.sizes();
    let n = sizes.len() - 3;
    (Dims::from_slice(&sizes[..n]), sizes[n], sizes[n + 1], sizes[n + 2])
}

/// `inner` behind the leading dimensions, permuted, and as `outer` behind them.
fn rearranged(input: &Tensor, inner: &[i64], order: &[i64], outer: &[i64], node: &'static str) -> Result<Tensor> {
    let (lead, ..) = parts(input);
    let n = lead.len() as i64;
    let with = |rest: &[i64]| lead.iter().chain(rest).copied().collect::<Dims>();
    let permutation: Dims = (0..n).chain(order.iter().map(|d| n + d)).collect();
    let moved = view::permute(&view::reshape(input, &with(inner))?, &permutation)?;
    renamed(view::reshape(&copy::contiguous(&moved)?, &with(outer))?, node)
}

/// (C r^2, H, W) to (C, H r, W r).
pub fn pixel_shuffle(input: &Tensor, r: i64) -> Result<Tensor> {
    check("pixel_shuffle", input, r, "upscale_factor")?;
    let (_, c, h, w) = parts(input);
    if c % (r * r) != 0 {
        fail!(
            Runtime,
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)={c} is not divisible by {}",
            r * r
        );
    }
    let out = c / (r * r);
    rearranged(input, &[out, r, r, h, w], &[0, 3, 1, 4, 2], &[out, h * r, w * r], "PixelShuffleBackward0")
}

/// (C, H r, W r) to (C r^2, H, W).
pub fn pixel_unshuffle(input: &Tensor, r: i64) -> Result<Tensor> {
    check("pixel_unshuffle", input, r, "downscale_factor")?;
    let (_, c, h, w) = parts(input);
    if h % r != 0 {
        fail!(
            Runtime,
            "pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)={h} is not divisible by {r}"
        );
    }
    if w % r != 0 {
        fail!(Runtime, "pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)={w} is not divisible by {r}");
    }
    if input.numel() == 0 {
        return copy::clone(input);
    }
    rearranged(input, &[c, h / r, r, w / r, r], &[0, 2, 4, 1, 3], &[c * r * r, h / r, w / r], "PixelUnshuffleBackward0")
}

/// Channels of (N, C, ...) dealt out to groups in turn.
pub fn channel_shuffle(input: &Tensor, groups: i64) -> Result<Tensor> {
    let sizes = input.dims();
    if sizes.len() <= 2 {
        fail!(Runtime, "channel_shuffle expects input with > 2 dims, but got input with sizes {}", crate::shape::list(&sizes));
    }
    if groups <= 0 {
        fail!(Runtime, "Number of groups to divide channels in must be positive. Value of groups:{groups}");
    }
    if sizes[1] % groups != 0 {
        fail!(Runtime, "Number of channels must be divisible by groups. Got {} channels and {groups} groups.", sizes[1]);
    }
    let rest: i64 = sizes[2..].iter().product();
    let split = view::reshape(input, &[sizes[0], groups, sizes[1] / groups, rest])?;
    let moved = copy::contiguous(&view::transpose(&split, 1, 2)?)?;
    renamed(view::reshape(&moved, &sizes)?, "ChannelShuffleBackward0")
}
