//! Box-Muller over blocks of 16: uniforms 0..8 give radii, 8..16 angles; cosines go to 0..8, sines to 8..16.
//! The f32 polynomials are torch's (cephes), fused exactly where its avx2 build fuses: another order changes bits.
//! Constants are written as the source has them; they round to float.
#![allow(clippy::excessive_precision, clippy::approx_constant)]

use crate::kernels::random::level::per_level;

const LANES: usize = 8;

#[inline(always)]
fn log_f32(x: f32) -> f32 {
    let x = if x < f32::MIN_POSITIVE { f32::MIN_POSITIVE } else { x };
    let bits = x.to_bits() as i32;
    let exponent = ((bits >> 23) - 127) as f32 + 1.0;
    let m = f32::from_bits(((bits & !0x7F80_0000) | 0x3F00_0000) as u32);
    let small = m < 0.707106781186547524;
    let m = (m - 1.0) + if small { m } else { 0.0 };
    let exponent = exponent - if small { 1.0 } else { 0.0 };
    let z = m * m;
    let mut y = 7.0376836292e-2f32;
    y = y.mul_add(m, -1.1514610310e-1);
    y = y.mul_add(m, 1.1676998740e-1);
    y = y.mul_add(m, -1.2420140846e-1);
    y = y.mul_add(m, 1.4249322787e-1);
    y = y.mul_add(m, -1.6668057665e-1);
    y = y.mul_add(m, 2.0000714765e-1);
    y = y.mul_add(m, -2.4999993993e-1);
    y = y.mul_add(m, 3.3333331174e-1);
    y *= m;
    y = y.mul_add(z, exponent * -2.12194440e-4);
    y -= z * 0.5;
    exponent.mul_add(0.693359375, m + y)
}

/// Sine and cosine of x in [0, 2 pi].
#[inline(always)]
fn sin_cos_f32(x: f32) -> (f32, f32) {
    // A small whole number added to 2^23 stands in the low bits; `as i32` would spend time on numbers out of range.
    let octant = ((x * 1.27323954473516).trunc() + 8388608.0).to_bits() as i32 & 0xFF;
    let j = (octant + 1) & !1;
    let y = j as f32;
    let x = y.mul_add(-0.78515625, x);
    let x = y.mul_add(-2.4187564849853515625e-4, x);
    let x = y.mul_add(-3.77489497744594108e-8, x);
    let z = x * x;
    let c = 2.443315711809948e-5f32.mul_add(z, -1.388731625493765e-3);
    let c = c.mul_add(z, 4.166664568298827e-2) * z;
    let c = c.mul_add(z, -(z * 0.5)) + 1.0;
    let s = (-1.9515295891e-4f32).mul_add(z, 8.3321608736e-3);
    let s = s.mul_add(z, -1.6666654611e-1) * z;
    let s = s.mul_add(x, x);
    let swapped = j & 2 != 0;
    let (sin, cos) = if swapped { (c, s) } else { (s, c) };
    // Bit 2 of j is the sign of the sine, bit 2 of !(j - 2) that of the cosine.
    let sin_sign = ((j & 4) << 29) as u32;
    let cos_sign = ((!(j - 2) & 4) << 29) as u32;
    (f32::from_bits(sin.to_bits() ^ sin_sign), f32::from_bits(cos.to_bits() ^ cos_sign))
}

#[inline(always)]
fn pair_f32<const FUSED: bool>(radius: f32, angle: f32) -> (f32, f32) {
    if FUSED {
        let radius = (-2.0 * log_f32(1.0 - radius)).sqrt();
        let (sin, cos) = sin_cos_f32(6.283185307179586 * angle);
        (radius * cos, radius * sin)
    } else {
        let radius = (-2.0 * (1.0 - radius).ln()).sqrt();
        let theta = (std::f64::consts::TAU * f64::from(angle)) as f32;
        (radius * theta.cos(), radius * theta.sin())
    }
}

/// Two blocks at once: their radii fill one AVX-512 register.
#[inline(always)]
fn two_blocks_f32<const FUSED: bool>(blocks: &mut [f32; 4 * LANES], mean: f32, std: f32) {
    let mut radii = [0.0; 2 * LANES];
    let mut angles = [0.0; 2 * LANES];
    for half in 0..2 {
        let (to, from) = (half * LANES, 2 * half * LANES);
        radii[to..to + LANES].copy_from_slice(&blocks[from..from + LANES]);
        angles[to..to + LANES].copy_from_slice(&blocks[from + LANES..from + 2 * LANES]);
    }
    for (radius, angle) in radii.iter_mut().zip(angles.iter_mut()) {
        let (cosine, sine) = pair_f32::<FUSED>(*radius, *angle);
        *radius = cosine.mul_add(std, mean);
        *angle = sine.mul_add(std, mean);
    }
    for half in 0..2 {
        let (from, to) = (half * LANES, 2 * half * LANES);
        blocks[to..to + LANES].copy_from_slice(&radii[from..from + LANES]);
        blocks[to + LANES..to + 2 * LANES].copy_from_slice(&angles[from..from + LANES]);
    }
}

#[inline(always)]
fn box_muller_f32_body<const FUSED: bool>(uniforms: &mut [f32], mean: f32, std: f32) {
    let (pairs, rest) = uniforms.as_chunks_mut::<{ 4 * LANES }>();
    for blocks in pairs {
        two_blocks_f32::<FUSED>(blocks, mean, std);
    }
    if !rest.is_empty() {
        let mut blocks = [0.0; 4 * LANES];
        blocks[..2 * LANES].copy_from_slice(rest);
        two_blocks_f32::<FUSED>(&mut blocks, mean, std);
        rest.copy_from_slice(&blocks[..2 * LANES]);
    }
}

/// Bound by libm; the scaling is fused at every level.
#[inline(always)]
fn box_muller_f64_body<const FUSED: bool>(uniforms: &mut [f64], mean: f64, std: f64) {
    for block in uniforms.chunks_exact_mut(2 * LANES) {
        let (radii, angles) = block.split_at_mut(LANES);
        for (radius, angle) in radii.iter_mut().zip(angles) {
            let length = (-2.0 * (1.0 - *radius).ln()).sqrt();
            let theta = std::f64::consts::TAU * *angle;
            *radius = (length * theta.cos()).mul_add(std, mean);
            *angle = (length * theta.sin()).mul_add(std, mean);
        }
    }
}

per_level! { fn box_muller_f32<>(uniforms: &mut [f32], mean: f32, std: f32) = box_muller_f32_body }
per_level! { fn box_muller_f64<>(uniforms: &mut [f64], mean: f64, std: f64) = box_muller_f64_body }
