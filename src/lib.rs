//! rgrad: define-by-run autograd on CPU with PyTorch's semantics. The layers, lowest first, are the
//! modules below in order; a file may use its own layer and those above it in this list.

pub mod error;

pub mod par;

pub mod kernels;
