//! History after in-place writes. A write to a view makes the base CopySlices of the op, and the view a
//! strided piece of the base. `gather` and `scatter` read and write by geometry; each is the other's derivative.

use smallvec::SmallVec;

use crate::dtype::Convert;
use crate::error::Result;
use crate::graph::foreign::Grads;
use crate::graph::node::Cx;
use crate::graph::node::Edge;
use crate::graph::node::NodeRef;
use crate::graph::node::OutputMeta;
use crate::graph::node::Single;
use crate::graph::record::record;
use crate::kernels::map;
use crate::kernels::map::View;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Sizes, strides and offset of a tensor inside its storage.
#[derive(Clone)]
pub struct Place {
    pub sizes: Dims,
    pub strides: Dims,
    pub offset: usize,
}

impl Place {
    pub fn of(t: &Tensor) -> Place {
        Place { sizes: t.dims(), strides: Dims::from_slice(t.strides()), offset: t.offset() }
    }

    /// The first element that lies beyond the place.
    fn end(&self) -> usize {
        if self.sizes.contains(&0) {
            return self.offset;
        }
        self.offset + 1 + self.sizes.iter().zip(&self.strides).map(|(&n, &s)| (n - 1) * s).sum::<i64>() as usize
    }

    fn view(&self, buffer: &Tensor) -> View {
        let data = buffer.data_ptr().wrapping_add(self.offset * buffer.dtype().size());
        View { data, strides: self.strides.clone(), dtype: buffer.dtype() }
    }

    /// Might two indices share an element?
    pub fn overlaps(&self) -> bool {
        let mut order: SmallVec<[usize; 8]> = (0..self.sizes.len()).filter(|&i| self.sizes[i] > 1).collect();
        order.sort_by_key(|&i| self.strides[i]);
        let mut reach = 0;
        order.iter().any(|&i| {
            let overlaps = self.strides[i] <= reach;
            reach += (self.sizes[i] - 1) * self.strides[i];
            overlaps
        })
    }
}

/// What lies at `piece` when `whole` lies at its own place.  The derivative scatters.
pub fn gather(whole: &Tensor, at: &Place, piece: &Place) -> Result<Tensor> {
    let buffer = creation::zeros(&[at.end().max(piece.end()) as i64], whole.dtype())?;
    let out = Tensor::empty(&piece.sizes, whole.dtype())?;
    // SAFETY: the buffer reaches to the end of both places; `out` is fresh.
    unsafe {
        map::copy(&at.sizes, at.view(&buffer), elementwise::of(whole));
        map::copy(&piece.sizes, elementwise::of(&out), piece.view(&buffer));
    }
    let (at, piece) = (at.clone(), piece.clone());
    record("AsStridedBackward0", &[whole], out, |_| move |cx, g| grads![cx; scatter(&g, &at, &piece)])
}

/// Zeros at the place of a whole, with `g` added at `piece`.  The derivative gathers.
pub fn scatter(g: &Tensor, at: &Place, piece: &Place) -> Result<Tensor> {
    let buffer = creation::zeros(&[at.end().max(piece.end()) as i64], g.dtype())?;
    let out = Tensor::empty(&at.sizes, g.dtype())?;
    // SAFETY: as in `gather`.
    unsafe {
        if piece.overlaps() {
            accumulate(&piece.sizes, piece.view(&buffer), elementwise::of(g));
        } else {
            map::copy(&piece.sizes, piece.view(&buffer), elementwise::of(g));
        }
        map::copy(&at.sizes, elementwise::of(&out), at.view(&buffer));
    }
    let (at, piece) = (at.clone(), piece.clone());
    record("AsStridedBackwardBackward0", &[g], out, |_| move |cx, gg| grads![cx; gather(&gg, &at, &piece)])
}

/// target += source, one element after the other: indices may share elements.
unsafe fn accumulate(sizes: &[i64], target: View, source: View) {
    let count: i64 = sizes.iter().product();
    with_dtype!(target.dtype, T => for mut i in 0..count {
        let (mut to, mut from) = (0i64, 0i64);
        for d in (0..sizes.len()).rev() {
            to += i % sizes[d] * target.strides[d];
            from += i % sizes[d] * source.strides[d];
            i /= sizes[d];
        }
        // SAFETY: the caller's views cover `sizes`.
        unsafe {
            let slot = (target.data as *mut T).offset(to as isize);
            *slot = T::from_f64((*slot).to_f64() + (*(source.data as *const T).offset(from as isize)).to_f64());
        }
    });
}

/// The sizes and strides of any view of the storage.
pub fn as_strided(input: &Tensor, size: &[i64], stride: &[i64], storage_offset: Option<i64>) -> Result<Tensor> {
    let offset = storage_offset.unwrap_or(input.offset() as i64);
    check_strided(input, size, stride, offset)?;
    let out = crate::ops::view::track(input, Dims::from_slice(size), Dims::from_slice(stride), offset as usize);
    record("AsStridedBackward0", &[input], out.clone(), |_| {
        let (at, piece) = (Place::of(input), Place::of(&out));
        move |cx, g| grads![cx; scatter(&g, &at, &piece)]
    })
}

fn check_strided(input: &Tensor, size: &[i64], stride: &[i64], offset: i64) -> Result<()> {
    use crate::fail;
    use crate::shape::list;
    if size.len() != stride.len() {
        fail!(Runtime, "mismatch in length of strides and shape");
    }
    if stride.iter().any(|&s| s < 0) {
        fail!(Runtime, "as_strided: Negative strides are not supported at the moment, got strides: {}", list(stride));
    }
    if offset < 0 {
        fail!(Runtime, "Tensor: invalid storage offset {offset}");
    }
    crate::shape::numel(size, input.dtype().size())?;
    let place = Place { sizes: Dims::from_slice(size), strides: Dims::from_slice(stride), offset: offset as usize };
    let need = place.end() * input.dtype().size();
    let have = input.storage().bytes;
    if !size.contains(&0) && need > have {
        fail!(
            Runtime,
            "setStorage: sizes {}, strides {}, storage offset {offset}, and itemsize {} requiring a storage size of {need} are out of bounds for storage of size {have}",
            list(size),
            list(stride),
            input.dtype().size()
        );
    }
    Ok(())
}

/// The node of a view whose base was written to: a strided piece of the base.
pub fn rebuild(view: &Tensor, base: &Tensor) -> NodeRef {
    let (at, piece) = (Place::of(base), Place::of(view));
    let edges = SmallVec::from_iter([base.edge()]);
    let outputs = SmallVec::from_iter([OutputMeta::of(view)]);
    let formula = move |cx: &Cx, g: Tensor| grads![cx; scatter(&g, &at, &piece)];
    NodeRef::new("AsStridedBackward0", edges, SmallVec::new(), outputs, Single(formula))
}

/// Gives `target` the history `node` after it was overwritten; a view's base gets CopySlices.
pub fn move_history(target: &Tensor, node: NodeRef, output_nr: u32) -> Result<()> {
    let Some(view) = target.view_info() else {
        target.set_node(node, output_nr);
        return Ok(());
    };
    let base = view.base.clone();
    let (at, piece) = (Place::of(&base), Place::of(target));
    // The op's edge to the view itself becomes the base's edge to its old history.
    let needs = node.edges().iter().take(64).enumerate().fold(0u64, |mask, (i, edge)| mask | (!matches!(edge, Edge::None) as u64) << i);
    let own = node.edges().iter().position(|edge| leads_to(edge, target));
    let mut edges: SmallVec<[Edge; 2]> = SmallVec::from_iter([base.edge()]);
    for (i, edge) in node.edges_mut().iter_mut().enumerate() {
        if Some(i) != own {
            edges.push(std::mem::replace(edge, Edge::None));
        }
    }
    let outputs = SmallVec::from_iter([OutputMeta::of(&base)]);
    let inner = node;
    let formula = move |cx: &Cx, g: Tensor| copy_slices(cx, &g, (&inner, needs), own, &at, &piece);
    let rebased = NodeRef::new("CopySlices", edges, SmallVec::new(), outputs, Single(formula));
    base.set_node(rebased, 0);
    target.meta_mut().node = None;
    target.meta_mut().output_nr.set(0);
    target.meta().requires_grad.set(true);
    Ok(())
}

fn leads_to(edge: &Edge, target: &Tensor) -> bool {
    match edge {
        Edge::None => false,
        Edge::Leaf(leaf) => leaf.id() == target.id(),
        Edge::Node(node, nr) => target.meta().node.as_ref().is_some_and(|own| own.id() == node.id()) && *nr == target.output_nr(),
    }
}

/// The op's formula on the slice; the base keeps its gradient outside, and inside what the op gives its old value.
fn copy_slices(cx: &Cx, g: &Tensor, (inner, needs): (&NodeRef, u64), own: Option<usize>, at: &Place, piece: &Place) -> Result<Grads> {
    let slice = gather(g, at, piece)?;
    let mut buffers: SmallVec<[Option<Tensor>; 1]> = SmallVec::new();
    buffers.push(Some(slice.clone()));
    let mut inner_grads = inner.run(needs, buffers)?;
    let mut out = Grads::new();
    let mut of_base = (g - scatter(&slice, at, piece)?).0?;
    if let Some(part) = own.and_then(|i| inner_grads.get_mut(i)).and_then(Option::take) {
        let part = crate::ops::reduce::sum_to(&part, &piece.sizes)?;
        of_base = (of_base + scatter(&part, at, piece)?).0?;
    }
    out.push(cx.needs(0).then_some(of_base));
    for (i, grad) in inner_grads.into_iter().enumerate() {
        if Some(i) != own {
            out.push(grad);
        }
    }
    Ok(out)
}
