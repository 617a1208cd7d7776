//! rgrad: define-by-run autograd on CPU with PyTorch's semantics. The layers, lowest first, are the
//! groups of modules below; a file may use its own layer and those above it in this list.

pub mod error;
#[macro_use]
pub mod dtype;
pub mod shape;

pub mod par;
pub mod storage;

pub mod kernels;

pub mod graph;
pub mod tensor;

pub mod registry;

pub mod ops;

pub mod engine;

#[cfg(feature = "python")]
mod py;
