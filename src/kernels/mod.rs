//! Loops over plain memory. A kernel knows no tensors, gradients or Python.

pub mod along;
pub mod attention;
pub mod channels;
pub mod conv;
pub mod convert;
pub mod float;
pub mod fold;
pub mod frame;
pub mod gamma;
pub mod gemm;
pub mod isa;
pub mod map;
pub mod norm;
pub mod optim;
pub mod random;
pub mod recurrent;
pub mod reduce;
pub mod rows;
pub mod scan;
pub mod scratch;
pub mod softmax;
pub mod sort;
pub mod transfer;
pub mod vmath;
