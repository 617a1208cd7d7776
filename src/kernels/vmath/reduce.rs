//! x mod pi/2 for any f32, in f64 arithmetic and without a branch.
//! Small x subtracts multiples of pi/2 in two parts; large x = m 2^e multiplies its 24-bit integer m by
//! 2^e * 2/pi mod 4, cut in two so that the first product is exact.

use crate::kernels::isa::Simd;

/// Adding it to |x| < 2^51 leaves round(x) in the low bits.
pub const ROUND: f64 = 6755399441055744.0;

/// 2/pi: bit i of word w has weight 2^-(64 w + 64 - i). A zero word on both sides.
const TWO_OVER_PI: [u64; 6] = [0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0];

/// The f32 exponent field of 2^20, below which the subtraction is exact enough.
const LARGE: u32 = 127 + 20;

/// A whole number below 2^52, without a conversion instruction.
#[inline(always)]
fn to_f64(n: u64) -> f64 {
    const TWO_52: f64 = 4503599627370496.0;
    f64::from_bits(TWO_52.to_bits() | n) - TWO_52
}

/// 64 bits of `TWO_OVER_PI` from word `word` + `at` on: selects, as a gather costs more than the rest of sin.
#[inline(always)]
fn word(word: u64, at: usize) -> u64 {
    let w = if word == 0 { TWO_OVER_PI[at] } else { TWO_OVER_PI[at + 1] };
    let w = if word == 2 { TWO_OVER_PI[at + 2] } else { w };
    if word == 3 { TWO_OVER_PI[at + 3] } else { w }
}

/// 2^e * 2/pi mod 4 as (29 bits down to 2^-27, the next 52 bits), for x = m 2^e with the given exponent field.
#[inline(always)]
fn turns_of_exponent(field: u64) -> (f64, f64) {
    // e = field - 150, so the bit of weight 2 is e - 2 places into the fraction.
    let start = field.wrapping_add(64).wrapping_sub(152);
    let (index, shift) = ((start >> 6) & 3, start & 63);
    let (a, b, c) = (word(index, 0), word(index, 1), word(index, 2));
    let first = (a << shift) | ((b >> 1) >> (63 - shift));
    let second = (b << shift) | ((c >> 1) >> (63 - shift));
    let high = to_f64(first >> 35);
    let low = to_f64(((first << 17) | (second >> 47)) & 0x000f_ffff_ffff_ffff);
    (high * (1.0 / (1u64 << 27) as f64), low * (1.0 / ((1u64 << 40) as f64 * (1u64 << 39) as f64)))
}

/// x = n pi/2 + r with |r| <= 1; n is right modulo 4. Not a number or infinite gives anything.
#[inline(always)]
pub fn quarter_turns<S: Simd>(x: f32) -> (i64, f64) {
    const P1: f64 = 1.5707963267341256;
    const P2: f64 = 6.077100506506192e-11;
    let wide = x as f64;
    let t_small = S::fma64(wide, std::f64::consts::FRAC_2_PI, ROUND);
    let n = t_small - ROUND;
    let r_small = S::fma64(n, -P2, S::fma64(n, -P1, wide));

    let field = (x.to_bits() >> 23) & 0xff;
    let (high, low) = turns_of_exponent(field as u64);
    let mantissa = ((x.to_bits() & 0x7fffff) | 0x800000) as i32 as f64;
    let signed = if x < 0.0 { -mantissa } else { mantissa };
    let turns = signed * high;
    let rest = signed * low;
    let t_large = turns + ROUND;
    let r_large = ((turns - (t_large - ROUND)) + rest) * std::f64::consts::FRAC_PI_2;

    let small = field < LARGE;
    let t = if small { t_small } else { t_large };
    let r = if small { r_small } else { r_large };
    (t.to_bits() as i64, r)
}
