//! Complex numbers of two float32, behind the cargo feature `complex`: the proof that another compute class fits into
//! the dtype list, promotion, the frame of kernels and the graph. add, mul and abs have loops; the rest panics.

use std::ops::Add;
use std::ops::Mul;

use super::Convert;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Complex {
    pub re: f32,
    pub im: f32,
}

impl Complex {
    pub const fn new(re: f32, im: f32) -> Complex {
        Complex { re, im }
    }

    pub fn abs(self) -> f32 {
        self.re.hypot(self.im)
    }

    pub fn conj(self) -> Complex {
        Complex::new(self.re, -self.im)
    }

    /// z / |z|, and 0 for 0.
    pub fn sgn(self) -> Complex {
        let abs = self.abs();
        if abs == 0.0 { Complex::default() } else { Complex::new(self.re / abs, self.im / abs) }
    }
}

impl Add for Complex {
    type Output = Complex;
    fn add(self, z: Complex) -> Complex {
        Complex::new(self.re + z.re, self.im + z.im)
    }
}

impl Mul for Complex {
    type Output = Complex;
    fn mul(self, z: Complex) -> Complex {
        Complex::new(self.re * z.re - self.im * z.im, self.re * z.im + self.im * z.re)
    }
}

/// To a real number: the real part.
impl Convert for Complex {
    fn to_f32(self) -> f32 {
        self.re
    }
    fn to_f64(self) -> f64 {
        self.re as f64
    }
    fn to_i64(self) -> i64 {
        self.re.to_i64()
    }
    fn from_f32(x: f32) -> Self {
        Complex::new(x, 0.0)
    }
    fn from_f64(x: f64) -> Self {
        Complex::new(x as f32, 0.0)
    }
    fn from_i64(x: i64) -> Self {
        Complex::new(x as f32, 0.0)
    }
}
