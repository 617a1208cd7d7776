//! Loops over plain memory. A kernel knows no tensors, gradients or Python.

pub mod gemm;
pub mod isa;
pub mod random;
pub mod vmath;
