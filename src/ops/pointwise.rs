//! How an elementwise function is written: `pointwise!(Exp; x => T::exp::<S>(x))` makes a kernel type;
//! parameters come first, `int` gives the integer form where PyTorch has one, `beyond` the one for large |x|.

/// Makes a type that is a `Pointwise` kernel. `T` is float32 or float64, `S` the instruction-set token.
macro_rules! pointwise {
    ($name:ident; $($rest:tt)+) => { $crate::ops::pointwise::pointwise!($name {}; $($rest)+); };
    ($name:ident { $($p:ident : $pt:ty),* }; $($x:ident),+ => $float:expr) => {
        $crate::ops::pointwise::pointwise!(@make $name { $($p: $pt),* }; $($x),+ => $float; {});
    };
    ($name:ident { $($p:ident : $pt:ty),* }; $x:ident => $float:expr; beyond $limit:expr => $beyond:expr) => {
        $crate::ops::pointwise::pointwise!(@make $name { $($p: $pt),* }; $x => $float; {
            const LIMIT: f64 = $limit;
            #[inline(never)]
            fn beyond(&self, $x: f64) -> f64 {
                $beyond
            }
        });
    };
    ($name:ident { $($p:ident : $pt:ty),* }; $($x:ident),+ => $float:expr; int $($i:ident),+ => $int:expr
        $(; complex $($z:ident),+ => $complex:expr)?) => {
        $crate::ops::pointwise::pointwise!(@make $name { $($p: $pt),* }; $($x),+ => $float; {
            #[inline(always)]
            #[allow(unused_variables)]
            fn int(&self, x: [i64; 3]) -> i64 {
                $crate::ops::pointwise::bind!(x; $($i),+);
                let $name { $($p),* } = *self;
                $int
            }
            $(#[cfg(feature = "complex")]
            fn complex(&self, z: [$crate::dtype::Complex; 3]) -> $crate::dtype::Complex {
                $crate::ops::pointwise::bind!(z; $($z),+);
                $complex
            })?
        });
    };
    (@make $name:ident { $($p:ident : $pt:ty),* }; $($x:ident),+ => $float:expr; { $($int:tt)* }) => {
        #[derive(Clone, Copy)]
        struct $name { $($p: $pt),* }
        impl $crate::kernels::map::Pointwise for $name {
            #[inline(always)]
            #[allow(unused_variables)]
            fn float<T: $crate::kernels::float::Float, S: $crate::kernels::isa::Simd>(&self, x: [T; 3]) -> T {
                $crate::ops::pointwise::bind!(x; $($x),+);
                let $name { $($p),* } = *self;
                $float
            }
            $($int)*
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
