//! Functions of whole numbers: greatest common divisors, least common multiples.

use crate::error::Result;
use crate::ops::compare;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::pointwise::pointwise;
use crate::tensor::Tensor;

pointwise!(Gcd {}; x, y => x; int x, y => gcd_of(x, y));
pointwise!(Lcm {}; x, y => x; int x, y => { let g = gcd_of(x, y); if g == 0 { 0 } else { (x / g).wrapping_mul(y).wrapping_abs() } });

fn gcd_of(x: i64, y: i64) -> i64 {
    let (mut a, mut b) = (x.wrapping_abs(), y.wrapping_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The greatest common divisor.
pub fn gcd(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    integers(input, other, Gcd {}, "gcd_cpu")
}

/// The least common multiple.
pub fn lcm(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    integers(input, other, Lcm {}, "lcm_cpu")
}

fn integers<K: crate::kernels::map::Pointwise>(a: &Tensor, b: &Tensor, k: K, name: &str) -> Result<Tensor> {
    compare::need_integers(&[a.into(), b.into()], name)?;
    binary(a, b, k, Promote::Common)
}
