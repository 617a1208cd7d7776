//! How an elementwise function is written: `pointwise!(Exp; x => T::exp::<S>(x))` makes a kernel type;
//! parameters come first, `int` gives the integer form where PyTorch has one, `rare` the condition under which the
//! branch-free form may be wrong, and the form that is right there; `cheap true` more loops, as `Pointwise::CHEAP` says.

/// Makes a type that is a `Pointwise` kernel. `T` is float32 or float64, `S` the instruction-set token.
macro_rules! pointwise {
    ($name:ident; $($rest:tt)+) => { $crate::ops::pointwise::pointwise!($name {}; $($rest)+); };
    ($name:ident $params:tt; $($x:ident),+ => $float:expr
        $(; int $($i:ident),+ => $int:expr)?
        $(; complex $($z:ident),+ => $complex:expr)?
        $(; rare $is_rare:expr => $rare:expr)?
        $(; cheap $cheap:literal)?) => {
        #[derive(Clone, Copy)]
        struct $name $params
        impl $crate::kernels::map::Pointwise for $name {
            #[inline(always)]
            #[allow(unused_variables)]
            fn float<T: $crate::kernels::float::Float, S: $crate::kernels::isa::Simd>(&self, x: [T; 3]) -> T {
                $crate::ops::pointwise::bind!(x; $($x),+);
                $crate::ops::pointwise::unpack!(self; $name $params);
                $float
            }
            $(#[inline(always)]
            #[allow(unused_variables)]
            fn int(&self, x: [i64; 3]) -> i64 {
                $crate::ops::pointwise::bind!(x; $($i),+);
                $crate::ops::pointwise::unpack!(self; $name $params);
                $int
            })?
            $(#[cfg(feature = "complex")]
            fn complex(&self, z: [$crate::dtype::Complex; 3]) -> $crate::dtype::Complex {
                $crate::ops::pointwise::bind!(z; $($z),+);
                $complex
            })?
            $crate::ops::pointwise::rare!($($x),+ $(; $is_rare => $rare)?);
            $(const CHEAP: bool = $cheap;)?
        }
    };
}

/// Binds the parameters to their names.
macro_rules! unpack {
    ($this:ident; $name:ident { $($p:ident : $pt:ty),* $(,)? }) => {
        let $name { $($p),* } = *$this;
    };
}

/// The methods of `rare`, if it stands there.
macro_rules! rare {
    ($($x:ident),+) => {};
    ($($x:ident),+; $is_rare:expr => $rare:expr) => {
        const HAS_RARE: bool = true;
        #[inline(always)]
        fn is_rare<T: $crate::kernels::float::Float, S: $crate::kernels::isa::Simd>(&self, x: [T; 3]) -> bool {
            $crate::ops::pointwise::bind!(x; $($x),+);
            $is_rare
        }
        #[inline(never)]
        fn rare<T: $crate::kernels::float::Float>(&self, x: [T; 3]) -> T {
            $crate::ops::pointwise::bind!(x; $($x),+);
            $rare
        }
    };
}

/// Makes a type that is a `Test` kernel.
macro_rules! question {
    ($name:ident; $($x:ident),+ => $float:expr; int $($i:ident),+ => $int:expr) => {
        #[derive(Clone, Copy)]
        struct $name;
        impl $crate::kernels::map::Test for $name {
            #[inline(always)]
            #[allow(unused_variables)]
            fn float<T: $crate::kernels::float::Float>(&self, x: [T; 3]) -> bool {
                $crate::ops::pointwise::bind!(x; $($x),+);
                $float
            }
            #[inline(always)]
            #[allow(unused_variables)]
            fn int(&self, x: [i64; 3]) -> bool {
                $crate::ops::pointwise::bind!(x; $($i),+);
                $int
            }
        }
    };
}

macro_rules! bind {
    ($v:ident; $a:ident) => {
        let $a = $v[0];
    };
    ($v:ident; $a:ident, $b:ident) => {
        let ($a, $b) = ($v[0], $v[1]);
    };
    ($v:ident; $a:ident, $b:ident, $c:ident) => {
        let ($a, $b, $c) = ($v[0], $v[1], $v[2]);
    };
}

pub(crate) use bind;
pub(crate) use pointwise;
pub(crate) use question;
pub(crate) use rare;
pub(crate) use unpack;
