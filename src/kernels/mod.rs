//! Loops over plain memory. A kernel knows no tensors, gradients or Python.

pub mod along;
pub mod axes;
pub mod convert;
pub mod ctc;
pub mod dense;
pub mod float;
pub mod fold;
pub mod gamma;
pub mod gemm;
pub mod grid_sample;
pub mod isa;
pub mod map;
pub mod norm;
pub mod optim;
pub mod pool;
pub mod random;
pub mod reduce;
pub mod rows;
pub mod scan;
pub mod softmax;
pub mod sort;
pub mod spectral;
pub mod transfer;
pub mod vmath;
