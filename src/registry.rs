//! What a row of the op table may say. The table itself is the macro `op_table!` in ops/table.rs; the binding
//! (src/py) and the tests instantiate it.

/// A function of the module.
pub const FUNCTION: u32 = 1;
/// A method of Tensor.
pub const METHOD: u32 = 2;
/// An in-place method, the name with an underscore.
pub const INPLACE: u32 = 4;
/// The in-place form is a function of the module, too.
pub const INPLACE_FUNCTION: u32 = 8;
/// One kernel: without recording, it may write straight into its destination.
pub const DIRECT: u32 = 16;
/// Differentiable: the derivative tests need samples for it.
pub const GRAD: u32 = 32;
/// `out=` must have the result's dtype and share no memory with the inputs.
pub const EXACT: u32 = 64;
/// `out=` must have the input's dtype.
pub const SAME: u32 = 128;
/// In place, no other operand may share memory with the target.
pub const APART: u32 = 256;
/// In place, the target may be expanded.
pub const EXPANDED: u32 = 512;
/// Where the result is written must not share some of an input's memory, as `DIRECT` says too; all of it, element for
/// element, may be.
pub const OUT_APART: u32 = 1024;
/// `out=` must have the result's dtype.
pub const TYPED: u32 = 2048;
/// Without `dtype`, the result takes that of `out=`.
pub const FOLLOWS: u32 = 4096;
