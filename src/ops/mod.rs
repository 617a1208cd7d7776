//! Operations: one file per family, forward and derivative side by side. An op checks, computes, records.

pub mod arithmetic;
pub mod compare;
pub mod copy;
pub mod creation;
pub mod einsum;
pub mod elementwise;
pub mod expr;
pub mod index;
pub mod inplace;
pub mod interleave;
pub mod join;
pub mod linalg;
pub mod moments;
pub mod pointwise;
pub mod random;
pub mod rearrange;
pub mod rebase;
pub mod reduce;
pub mod scan;
pub mod scatter;
pub mod select;
pub mod sort;
pub mod special;
pub mod table;
pub mod transcendental;
pub mod view;
