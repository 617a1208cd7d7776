//! The tensor handle: geometry accessors, views over the same bytes, leaf state. Knows no ops.

pub(crate) mod block;
pub mod extra;

pub use block::Tensor;
pub use block::set_drop_wrapper;

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Rank;
use crate::error::Result;
use crate::fail;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::extra::Extra;

impl Tensor {
    #[inline(always)]
    pub fn sizes(&self) -> &[i64] {
        &self.meta().geometry.sizes
    }

    #[inline(always)]
    pub fn strides(&self) -> &[i64] {
        &self.meta().geometry.strides
    }

    /// Distance of the first element from the start of the storage, in elements.
    #[inline(always)]
    pub fn offset(&self) -> usize {
        self.meta().geometry.offset
    }

    #[inline(always)]
    pub fn numel(&self) -> usize {
        self.meta().geometry.numel
    }

    #[inline(always)]
    pub fn dtype(&self) -> DType {
        self.meta().geometry.dtype
    }

    #[inline(always)]
    pub fn dim(&self) -> usize {
        self.sizes().len()
    }

    #[inline(always)]
    pub fn is_contiguous(&self) -> bool {
        self.meta().geometry.contiguous
    }

    /// Size along a dimension; negative counts from the end.
    pub fn size(&self, dim: i64) -> Result<i64> {
        let d = shape::wrap_dim(dim, self.dim())?;
        if self.dim() == 0 {
            fail!(Index, "Dimension specified as {dim} but tensor has no dimensions");
        }
        Ok(self.sizes()[d])
    }

    /// What the tensor weighs in promotion.
    #[inline(always)]
    pub fn rank(&self) -> Rank {
        if self.sizes().is_empty() { Rank::Scalar } else { Rank::Dimensioned }
    }

    /// Do two tensors have the same sizes, strides and start?
    pub fn same_elements(&self, other: &Tensor) -> bool {
        self.data_ptr() == other.data_ptr()
            && self.sizes() == other.sizes()
            && self.strides() == other.strides()
            && self.dtype() == other.dtype()
    }

    /// Is every element at an address of its own, without gaps?
    pub fn is_dense(&self) -> bool {
        self.is_contiguous() || shape::is_dense(self.sizes(), self.strides())
    }

    /// A contiguous tensor of the values, in row-major order.
    pub fn from_slice<T: Element>(values: &[T], sizes: &[i64]) -> Result<Tensor> {
        let out = Tensor::empty(sizes, T::DTYPE)?;
        assert_eq!(out.numel(), values.len(), "as many values as the sizes say");
        // SAFETY: `out` is fresh, contiguous, and holds `values.len()` elements of T.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), out.data_ptr() as *mut T, values.len()) };
        Ok(out)
    }

    /// The elements of a contiguous tensor.
    pub fn as_slice<T: Element>(&self) -> &[T] {
        assert!(self.is_contiguous() && self.dtype() == T::DTYPE, "a contiguous tensor of this type");
        if self.numel() == 0 {
            return &[];
        }
        // SAFETY: the handle keeps the bytes alive; type and length were checked.
        unsafe { std::slice::from_raw_parts(self.data_ptr() as *const T, self.numel()) }
    }

    /// The elements of a contiguous tensor, to write. The caller holds no other slice of them.
    #[allow(clippy::mut_from_ref)]
    pub fn as_mut_slice<T: Element>(&self) -> &mut [T] {
        assert!(self.is_contiguous() && self.dtype() == T::DTYPE, "a contiguous tensor of this type");
        if self.numel() == 0 {
            return &mut [];
        }
        // SAFETY: as above; writers are serialised.
        unsafe { std::slice::from_raw_parts_mut(self.data_ptr() as *mut T, self.numel()) }
    }

    /// All elements from the first to the last that the strides reach, gaps among them.
    pub fn span<T: Element>(&self) -> &[T] {
        assert!(self.dtype() == T::DTYPE, "a tensor of this type");
        // SAFETY: the handle keeps the bytes alive; the last element that the strides reach lies in them.
        unsafe { std::slice::from_raw_parts(self.data_ptr() as *const T, self.span_len()) }
    }

    /// The same, to write. The caller holds no other slice of them.
    #[allow(clippy::mut_from_ref)]
    pub fn span_mut<T: Element>(&self) -> &mut [T] {
        assert!(self.dtype() == T::DTYPE, "a tensor of this type");
        // SAFETY: as above; writers are serialised.
        unsafe { std::slice::from_raw_parts_mut(self.data_ptr() as *mut T, self.span_len()) }
    }

    /// The bytes of the storage, as a vector.
    pub fn whole_storage(&self) -> Tensor {
        let bytes = self.storage().bytes as i64;
        self.reinterpret(DType::U8, Dims::from_slice(&[bytes]), Dims::from_slice(&[1]), 0)
    }

    fn span_len(&self) -> usize {
        if self.numel() == 0 {
            return 0;
        }
        1 + self.sizes().iter().zip(self.strides()).map(|(&n, &stride)| (n - 1) * stride).sum::<i64>() as usize
    }

    pub fn set_requires_grad(&self, on: bool) {
        self.meta().requires_grad.set(on);
    }

    #[inline(always)]
    pub fn grad(&self) -> Option<&Tensor> {
        self.meta().grad.as_ref()
    }

    pub fn set_grad(&self, grad: Option<Tensor>) {
        let old = std::mem::replace(&mut self.meta_mut().grad, grad);
        drop(old);
    }

    pub fn extra(&self) -> Option<&Extra> {
        self.meta().extra.as_deref()
    }

    #[allow(clippy::mut_from_ref)]
    pub fn extra_mut(&self) -> &mut Extra {
        self.meta_mut().extra.get_or_insert_default()
    }

    /// Cuts the tensor off its graph: it becomes a leaf (`detach_`).
    pub fn forget_history(&self) {
        let meta = self.meta_mut();
        let old = (meta.node.take(), meta.view.take());
        meta.requires_grad.set(false);
        meta.output_nr.set(0);
        drop(old);
    }

    /// Sizes as a list of its own.
    pub fn dims(&self) -> Dims {
        Dims::from_slice(self.sizes())
    }
}
