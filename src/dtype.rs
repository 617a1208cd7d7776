//! Element types and their promotion. The one match on dtype is `with_dtype!`, made from the list below:
//! adding a dtype edits that list. Loops exist for the compute classes only; other types convert around them.

#[cfg(feature = "complex")]
mod complex;

#[cfg(feature = "complex")]
pub use complex::Complex;
use half::bf16;
use half::f16;

macro_rules! dtypes {
    ($($(#[$gate:meta])* $variant:ident $type:ty, $name:literal, $size:literal, $class:ident, $rank:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum DType { $($(#[$gate])* $variant),* }

        pub const DTYPES: &[DType] = &[$($(#[$gate])* DType::$variant),*];

        impl DType {
            /// PyTorch's name without the module: `float32`.
            pub const fn name(self) -> &'static str { match self { $($(#[$gate])* DType::$variant => $name),* } }
            /// Bytes of one element.
            #[inline]
            pub const fn size(self) -> usize { match self { $($(#[$gate])* DType::$variant => $size),* } }
            /// The type whose loops compute for this one.
            #[inline]
            pub const fn class(self) -> Class { match self { $($(#[$gate])* DType::$variant => Class::$class),* } }
            #[inline]
            const fn rank(self) -> u8 { match self { $($(#[$gate])* DType::$variant => $rank),* } }
        }

        $($(#[$gate])* impl Element for $type { const DTYPE: DType = DType::$variant; })*

        /// `with_dtype!(dtype, T => body)`: the body with `T` as the Rust type of `dtype`.
        macro_rules! with_dtype {
            ($dtype:expr, $T:ident => $body:expr) => {
                match $dtype { $($(#[$gate])* $crate::dtype::DType::$variant => { type $T = $type; $body })* }
            };
        }
    };
}

dtypes! {
    Bool bool, "bool", 1, Int, 0;
    U8 u8, "uint8", 1, Int, 1;
    I8 i8, "int8", 1, Int, 2;
    I16 i16, "int16", 2, Int, 3;
    I32 i32, "int32", 4, Int, 4;
    I64 i64, "int64", 8, Int, 5;
    F16 ::half::f16, "float16", 2, F32, 6;
    BF16 ::half::bf16, "bfloat16", 2, F32, 6;
    F32 f32, "float32", 4, F32, 7;
    F64 f64, "float64", 8, F64, 8;
    #[cfg(feature = "complex")]
    C64 crate::dtype::Complex, "complex64", 8, Complex, 9;
}

/// What a loop says that complex numbers have none of.
#[cfg(feature = "complex")]
pub const NO_COMPLEX: &str = "complex numbers have no loop here";

/// A compute class: float32 serves the half types, int64 the narrower integers and bool where they have no loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Int,
    F32,
    F64,
    #[cfg(feature = "complex")]
    Complex,
}

/// A Rust type that a tensor can hold. Conversions follow C's casts: wrap integers, truncate floats, test for zero.
pub trait Element: Copy + Default + Send + Sync + Convert + 'static {
    const DTYPE: DType;
}

/// Value conversion by way of the compute types.
pub trait Convert: Sized {
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    fn to_i64(self) -> i64;
    fn from_f32(x: f32) -> Self;
    fn from_f64(x: f64) -> Self;
    fn from_i64(x: i64) -> Self;
}

/// x86's float to int64 conversion, which PyTorch shows: out of range and nan give the smallest int64.
#[inline(always)]
fn float_to_int(x: f64) -> i64 {
    if (-9223372036854775808.0..9223372036854775808.0).contains(&x) { x as i64 } else { i64::MIN }
}

/// The same for what is narrower: by way of int32, but for float64 to uint8.
#[inline(always)]
fn float_to_narrow(x: f64) -> i32 {
    if x > -2147483649.0 && x < 2147483648.0 { x as i32 } else { i32::MIN }
}

macro_rules! convert_int {
    ($($t:ty, $by:ident, $by_wide:ident;)*) => {$(
        impl Convert for $t {
            #[inline(always)] fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)] fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)] fn to_i64(self) -> i64 { self as i64 }
            #[inline(always)] fn from_f32(x: f32) -> Self { $by(x as f64) as $t }
            #[inline(always)] fn from_f64(x: f64) -> Self { $by_wide(x) as $t }
            #[inline(always)] fn from_i64(x: i64) -> Self { x as $t }
        }
    )*};
}
convert_int! {
    u8, float_to_narrow, float_to_int;
    i8, float_to_narrow, float_to_narrow;
    i16, float_to_narrow, float_to_narrow;
    i32, float_to_narrow, float_to_narrow;
    i64, float_to_int, float_to_int;
}

impl Convert for bool {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as u8 as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as u8 as f64
    }
    #[inline(always)]
    fn to_i64(self) -> i64 {
        self as i64
    }
    #[inline(always)]
    fn from_f32(x: f32) -> Self {
        x != 0.0
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x != 0.0
    }
    #[inline(always)]
    fn from_i64(x: i64) -> Self {
        x != 0
    }
}

macro_rules! convert_float {
    ($($t:ty, $to32:expr, $to64:expr, $from32:expr, $from64:expr;)*) => {$(
        impl Convert for $t {
            #[inline(always)] fn to_f32(self) -> f32 { $to32(self) }
            #[inline(always)] fn to_f64(self) -> f64 { $to64(self) }
            #[inline(always)] fn to_i64(self) -> i64 { float_to_int($to64(self)) }
            #[inline(always)] fn from_f32(x: f32) -> Self { $from32(x) }
            #[inline(always)] fn from_f64(x: f64) -> Self { $from64(x) }
            #[inline(always)] fn from_i64(x: i64) -> Self { $from32(x as f32) }
        }
    )*};
}
convert_float! {
    f32, |x| x, |x| x as f64, |x| x, |x: f64| x as f32;
    f16, f16::to_f32, f16::to_f64, f16::from_f32, |x: f64| f16::from_f32(x as f32);
    bf16, bf16::to_f32, bf16::to_f64, bf16::from_f32, |x: f64| bf16::from_f32(x as f32);
}

impl Convert for f64 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn to_i64(self) -> i64 {
        float_to_int(self)
    }
    #[inline(always)]
    fn from_f32(x: f32) -> Self {
        x as f64
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn from_i64(x: i64) -> Self {
        x as f64
    }
}

impl DType {
    #[inline]
    pub const fn is_float(self) -> bool {
        matches!(self.class(), Class::F32 | Class::F64)
    }

    /// May a tensor of this type carry a gradient? Floats, and complex numbers where they are built in.
    #[inline(always)]
    pub const fn has_gradients(self) -> bool {
        !matches!(self.class(), Class::Int)
    }

    /// Integers, bool not among them.
    #[inline]
    pub const fn is_integer(self) -> bool {
        matches!(self.class(), Class::Int) && !matches!(self, DType::Bool)
    }

    /// PyTorch's name of the C type, as its error texts print it: `Float`.
    pub const fn scalar_type(self) -> &'static str {
        match self {
            DType::Bool => "Bool",
            DType::U8 => "Byte",
            DType::I8 => "Char",
            DType::I16 => "Short",
            DType::I32 => "Int",
            DType::I64 => "Long",
            DType::F16 => "Half",
            DType::BF16 => "BFloat16",
            DType::F32 => "Float",
            DType::F64 => "Double",
            #[cfg(feature = "complex")]
            DType::C64 => "ComplexFloat",
        }
    }

    /// PyTorch's name of the C type in kernels' error texts: `long int`, `float`.
    pub const fn c_type(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "unsigned char",
            DType::I8 => "signed char",
            DType::I16 => "short int",
            DType::I32 => "int",
            DType::I64 => "long int",
            DType::F16 => "c10::Half",
            DType::BF16 => "c10::BFloat16",
            DType::F32 => "float",
            DType::F64 => "double",
            #[cfg(feature = "complex")]
            DType::C64 => "c10::complex<float>",
        }
    }

    /// bool 0, integers 1, floats 2, complex 3: a lower category never changes a higher one.
    const fn category(self) -> u8 {
        match self {
            DType::Bool => 0,
            #[cfg(feature = "complex")]
            DType::C64 => 3,
            _ if self.is_float() => 2,
            _ => 1,
        }
    }

    /// May a result of this type be stored into `to`? PyTorch's `can_cast`: never down a category.
    pub const fn can_cast(self, to: DType) -> bool {
        self.category() <= to.category()
    }
}

/// The type that holds both: PyTorch's `promote_types`.
pub fn promote(a: DType, b: DType) -> DType {
    use DType::*;
    match (a, b) {
        _ if a == b => a,
        (F16, BF16) | (BF16, F16) => F32,
        (U8, I8) | (I8, U8) => I16,
        _ if a.rank() < b.rank() => b,
        _ => a,
    }
}

/// What an operand weighs in promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A Python number.
    Number,
    /// A tensor with no dimensions.
    Scalar,
    Dimensioned,
}

/// PyTorch's `result_type` of operands: the highest rank decides unless a lower rank has a higher category.
/// A Python float counts as the default dtype, a Python int as int64.
pub fn result_type(operands: impl IntoIterator<Item = (DType, Rank)>) -> DType {
    let mut found: [Option<DType>; 3] = [None; 3];
    for (dtype, rank) in operands {
        let slot = &mut found[rank as usize];
        *slot = Some(slot.map_or(dtype, |seen| promote(seen, dtype)));
    }
    let mut result: Option<DType> = None;
    for lower in found.into_iter().rev().flatten() {
        result = Some(match result {
            None => lower,
            Some(higher) if lower.category() > higher.category() => promote(higher, lower),
            Some(higher) => higher,
        });
    }
    result.unwrap_or(DType::F32)
}

/// A Python number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Bool(bool),
    Int(i64),
    /// 2^63 and more, which PyTorch keeps as a uint64: int64 tensors take it wrapped, floats as it is.
    Unsigned(u64),
    Float(f64),
}

impl Scalar {
    /// The type a tensor of this number would have.
    pub fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::Int(_) | Scalar::Unsigned(_) => DType::I64,
            Scalar::Float(_) => default_dtype(),
        }
    }

    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => b as i64 as f64,
            Scalar::Int(i) => i as f64,
            Scalar::Unsigned(u) => u as f64,
            Scalar::Float(x) => x,
        }
    }

    pub fn to_i64(self) -> i64 {
        match self {
            Scalar::Bool(b) => b as i64,
            Scalar::Int(i) => i,
            Scalar::Unsigned(u) => u as i64,
            Scalar::Float(x) => float_to_int(x),
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Scalar::Float(_))
    }

    /// What a tensor of the type holds of it: integers wrap, half types round. Float32 is left to the loops.
    pub fn cast(self, dtype: DType) -> Scalar {
        match dtype {
            DType::Bool => Scalar::Bool(self.to_f64() != 0.0),
            DType::F16 => Scalar::Float(f16::from_f64(self.to_f64()).to_f64()),
            DType::BF16 => Scalar::Float(bf16::from_f64(self.to_f64()).to_f64()),
            dtype if dtype.is_integer() => Scalar::Int(with_dtype!(dtype, T => T::from_i64(self.to_i64()).to_i64())),
            _ => self,
        }
    }
}

impl From<f64> for Scalar {
    fn from(x: f64) -> Scalar {
        Scalar::Float(x)
    }
}

impl From<i64> for Scalar {
    fn from(x: i64) -> Scalar {
        Scalar::Int(x)
    }
}

static DEFAULT: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(DType::F32 as u8);

/// The dtype of floats made from Python numbers; one for the process.
pub fn default_dtype() -> DType {
    DTYPES[DEFAULT.load(std::sync::atomic::Ordering::Relaxed) as usize]
}

pub fn set_default_dtype(dtype: DType) {
    DEFAULT.store(dtype as u8, std::sync::atomic::Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promotion_is_pytorchs() {
        use DType::*;
        for (a, b, want) in [(U8, I8, I16), (F16, BF16, F32), (I64, F16, F16), (Bool, U8, U8), (F32, F64, F64), (U8, I64, I64)] {
            assert_eq!(promote(a, b), want);
            assert_eq!(promote(b, a), want);
        }
        let number = (F32, Rank::Number);
        assert_eq!(result_type([(I32, Rank::Dimensioned), number]), F32);
        assert_eq!(result_type([(F16, Rank::Dimensioned), (F64, Rank::Scalar)]), F16);
        assert_eq!(result_type([(I32, Rank::Dimensioned), (I64, Rank::Number)]), I32);
        assert_eq!(result_type([(Bool, Rank::Dimensioned), (I64, Rank::Number)]), I64);
    }
}
