//! Arithmetic inside derivative formulas: operators on tensors that carry an error through, so that
//! `g * (1.0 - y.square())` is one expression and fails as one.

use crate::dtype::Scalar;
use crate::error::Result;
use crate::ops::arithmetic;
use crate::ops::elementwise::Operand;
use crate::ops::sign;
use crate::tensor::Tensor;

/// A tensor on its way, or what went wrong.
#[derive(Clone)]
pub struct Expr(pub Result<Tensor>);

/// What can stand in an expression.
pub trait Term {
    fn term(self) -> Result<Tensor>;
}

impl Term for Expr {
    fn term(self) -> Result<Tensor> {
        self.0
    }
}

impl Term for Result<Tensor> {
    fn term(self) -> Result<Tensor> {
        self
    }
}

impl Term for Tensor {
    #[inline(always)]
    fn term(self) -> Result<Tensor> {
        Ok(self)
    }
}

impl Term for &Tensor {
    #[inline(always)]
    fn term(self) -> Result<Tensor> {
        Ok(self.clone())
    }
}

/// The gradients of a node's inputs, each computed only if someone asks for it.
macro_rules! grads {
    ($cx:expr; $($g:expr),+ $(,)?) => {{
        let mut grads = $crate::graph::foreign::Grads::new();
        $(
            let wanted = $cx.needs(grads.len());
            grads.push(if wanted { Some($crate::ops::expr::Term::term($g)?) } else { None });
        )+
        let _ = &mut grads;
        Ok(grads)
    }};
}
pub(crate) use grads;

fn apply(a: Result<Tensor>, b: Result<Tensor>, f: fn(Operand, Operand) -> Result<Tensor>) -> Expr {
    Expr(a.and_then(|a| f((&a).into(), (&b?).into())))
}

macro_rules! operators {
    ($($Trait:ident $method:ident $f:path;)*) => {$(
        operators!(@pair $Trait $method $f; Expr, Expr; Expr, Tensor; Expr, &Tensor; Tensor, Expr; Tensor, Tensor; Tensor, &Tensor;
            &Tensor, Expr; &Tensor, Tensor; &Tensor, &Tensor);
        operators!(@right $Trait $method $f; Expr, Tensor, &Tensor);
    )*};
    (@pair $Trait:ident $method:ident $f:path; $($A:ty, $B:ty);*) => {$(
        impl std::ops::$Trait<$B> for $A {
            type Output = Expr;
            fn $method(self, other: $B) -> Expr { apply(self.term(), other.term(), |a, b| $f(a, b)) }
        }
    )*};
    (@right $Trait:ident $method:ident $f:path; $($A:ty),*) => {$(
        impl std::ops::$Trait<f64> for $A {
            type Output = Expr;
            fn $method(self, other: f64) -> Expr {
                Expr(self.term().and_then(|a| $f((&a).into(), other.into())))
            }
        }
        impl std::ops::$Trait<$A> for f64 {
            type Output = Expr;
            fn $method(self, other: $A) -> Expr {
                Expr(other.term().and_then(|b| $f(self.into(), (&b).into())))
            }
        }
        impl std::ops::$Trait<Scalar> for $A {
            type Output = Expr;
            fn $method(self, other: Scalar) -> Expr {
                Expr(self.term().and_then(|a| $f((&a).into(), other.into())))
            }
        }
    )*};
}

operators! {
    Add add arithmetic::add_operands;
    Sub sub arithmetic::sub_operands;
    Mul mul arithmetic::mul;
    Div div arithmetic::true_divide;
}

macro_rules! negate {
    ($($A:ty)*) => {$(
        impl std::ops::Neg for $A {
            type Output = Expr;
            fn neg(self) -> Expr { Expr(self.term().and_then(|a| sign::neg(&a))) }
        }
    )*};
}
negate!(Expr Tensor &Tensor);

/// Elementwise functions that formulas use, on terms.
pub trait TermMath: Term + Sized {
    fn square(self) -> Expr {
        Expr(self.term().and_then(|t| arithmetic::mul((&t).into(), (&t).into())))
    }
    /// The complex conjugate; what formulas say so that complex types need no new ones.
    fn conj(self) -> Expr {
        #[cfg(feature = "complex")]
        return self.apply(crate::ops::complex::conj);
        #[cfg(not(feature = "complex"))]
        Expr(self.term())
    }
    fn apply(self, f: impl FnOnce(&Tensor) -> Result<Tensor>) -> Expr {
        Expr(self.term().and_then(|t| f(&t)))
    }
}

impl<T: Term> TermMath for T {}
