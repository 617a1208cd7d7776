//! Operations: one file per family, forward and derivative side by side. An op checks, computes, records.

pub mod activation;
pub mod arithmetic;
pub mod compare;
pub mod copy;
pub mod creation;
pub mod distance;
pub mod elementwise;
pub mod expr;
pub mod gated;
pub mod index;
pub mod inplace;
pub mod join;
pub mod linalg;
pub mod loss;
pub mod margin;
pub mod nll;
pub mod optim;
pub mod pointwise;
pub mod random;
pub mod rebase;
pub mod reduce;
pub mod select;
pub mod softmax;
pub mod table;
pub mod transcendental;
pub mod view;
