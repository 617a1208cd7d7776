//! x mod pi/2 for any f32, in f64 arithmetic and without a branch.
//! Small x subtracts multiples of pi/2 in two parts; large x = m 2^e multiplies its 24-bit integer m by a table of
//! 2^e * 2/pi mod 4, cut so that the first product is exact.

use crate::kernels::isa::Simd;

/// Adding it to |x| < 2^51 leaves round(x) in the low bits.
pub const ROUND: f64 = 6755399441055744.0;

/// 2/pi: bit i of word w has weight 2^-(64 w + 64 - i). A zero word on both sides.
const TWO_OVER_PI: [u64; 6] = [0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0];

/// The table starts at the f32 exponent field of 2^20 and ends at infinity's.
const FIRST: u32 = 127 + 20;

const fn bits(start: usize, count: usize) -> u64 {
    let (word, shift) = (start / 64, start % 64);
    let pair = ((TWO_OVER_PI[word] as u128) << 64) | TWO_OVER_PI[word + 1] as u128;
    ((pair << shift) >> (128 - count)) as u64
}

/// (29 bits down to 2^-27, the next 53 bits) of 2^e * 2/pi mod 4, for the exponent fields from FIRST on.
static PRODUCT: ([f64; 128], [f64; 128]) = product_table();

const fn product_table() -> ([f64; 128], [f64; 128]) {
    let (mut high, mut low) = ([0.0; 128], [0.0; 128]);
    let mut i = 0;
    while i < 255 - FIRST as usize {
        // x = m 2^e with e = field - 150, so the bit of weight 2 is e - 2 places into the fraction.
        let start = 64 + i + FIRST as usize - 150 - 2;
        high[i] = bits(start, 29) as f64 / (1u64 << 27) as f64;
        low[i] = bits(start + 29, 53) as f64 / ((1u64 << 40) as f64 * (1u64 << 40) as f64);
        i += 1;
    }
    (high, low)
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
    let index = (field.wrapping_sub(FIRST) & 127) as usize;
    let mantissa = ((x.to_bits() & 0x7fffff) | 0x800000) as i32 as f64;
    let signed = if x < 0.0 { -mantissa } else { mantissa };
    let turns = signed * PRODUCT.0[index];
    let rest = signed * PRODUCT.1[index];
    let t_large = turns + ROUND;
    let r_large = ((turns - (t_large - ROUND)) + rest) * std::f64::consts::FRAC_PI_2;

    let small = field < FIRST;
    let t = if small { t_small } else { t_large };
    let r = if small { r_small } else { r_large };
    (t.to_bits() as i64, r)
}
