//! scatter_reduce: values that meet at a position become their sum, product, mean or extreme.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::node::Cx;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::scatter;
use crate::ops::scatter::Meet;
use crate::ops::select;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Which reduction, along which dimension.
#[derive(Clone, Copy)]
struct Reduction {
    meet: Meet,
    mean: bool,
    include_self: bool,
    dim: i64,
}

impl Reduction {
    fn of(reduce: &str, dim: i64, include_self: bool) -> Result<Reduction> {
        let (meet, mean) = match reduce {
            "sum" => (Meet::Add, false),
            "mean" => (Meet::Add, true),
            "prod" => (Meet::Multiply, false),
            "amax" => (Meet::Larger, false),
            "amin" => (Meet::Smaller, false),
            _ => fail!(Runtime, "reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"),
        };
        Ok(Reduction { meet, mean, include_self, dim })
    }

    /// What is neutral in it.
    fn identity(self) -> f64 {
        match self.meet {
            Meet::Multiply => 1.0,
            Meet::Larger => f64::NEG_INFINITY,
            Meet::Smaller => f64::INFINITY,
            _ => 0.0,
        }
    }

    fn values(self, input: &Tensor, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        let d = shape::wrap_dim(self.dim, input.dim())?;
        let base = if self.include_self {
            input.detach()
        } else if matches!(self.meet, Meet::Larger | Meet::Smaller) {
            // The first value that comes is the identity; every position that is reduced has one.
            scatter::scatter(&input.detach(), self.dim, index, (&src.detach()).into())?
        } else {
            scatter::scatter(&input.detach(), self.dim, index, self.identity().into())?
        };
        let out = scatter::scattered("scatter", &base, d, index, src.into(), self.meet)?;
        if !self.mean {
            return Ok(out);
        }
        let count = self.count(input, index, src)?;
        arithmetic::div((&out).into(), (&count).into(), (!out.dtype().is_float()).then_some("floor"))
    }

    /// How many values meet at each position, 1 where none do.
    fn count(self, input: &Tensor, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        let start = creation::full_like(&input.detach(), (self.include_self as i64).into(), None)?;
        let ones = creation::filled(src.sizes(), 1.into(), src.dtype())?;
        let count = scatter::scatter_add(&start, self.dim, index, &ones)?;
        select::masked_fill(&count, &compare::eq((&count).into(), 0.0.into())?, Operand::Number(1.into()))
    }

    fn gradients(self, cx: &Cx, g: &Tensor, x: &Tensor, index: &Tensor, src: &Tensor, out: &Tensor) -> Result<Grads> {
        let at = |t: &Tensor| scatter::gather(t, self.dim, index);
        let (of_self, of_src) = match self.meet {
            Meet::Multiply => self.product_gradients(g, x, index, src, out)?,
            Meet::Larger | Meet::Smaller => {
                let own = copy::to_dtype(&compare::eq(x.into(), out.into())?, g.dtype(), false)?;
                let theirs = copy::to_dtype(&compare::eq(src.into(), (&at(out)?).into())?, g.dtype(), false)?;
                let hits = scatter::scatter_add(&own, self.dim, index, &theirs)?;
                let share = (g / hits).0?;
                ((own * &share).0?, (theirs * at(&share)?).0?)
            }
            _ if self.mean => {
                let share = (g / self.count(x, index, src)?).0?;
                let of_src = at(&share)?;
                (share, of_src)
            }
            _ => (g.clone(), at(g)?),
        };
        let of_self = if self.include_self { of_self } else { scatter::scatter(&of_self, self.dim, index, 0.0.into())? };
        grads![cx; of_self, of_src]
    }

    /// The product of the others: zeros stand for 1 where they are the only one.
    fn product_gradients(self, g: &Tensor, x: &Tensor, index: &Tensor, src: &Tensor, out: &Tensor) -> Result<(Tensor, Tensor)> {
        let at = |t: &Tensor| scatter::gather(t, self.dim, index);
        let again = |a: &Tensor, s: &Tensor| scatter_reduce_by(self, a, index, s);
        let one = || Operand::Number(1.into());
        let filled = select::masked_fill(x, &compare::eq(x.into(), 0.0.into())?, one())?;
        let of_self = (g * again(&filled, src)? / &filled).0?;
        let zero = compare::eq(src.into(), 0.0.into())?;
        let zeros = copy::to_dtype(&zero, src.dtype(), false)?;
        let count = at(&scatter::scatter_add(&creation::zeros_like(&x.detach(), None)?, self.dim, index, &zeros)?)?;
        let single = compare::logical_and(&zero, &compare::eq((&count).into(), 1.0.into())?)?;
        let others = again(x, &select::masked_fill(src, &single, one())?)?;
        let alone = at(&(g * others).0?)?;
        let shared = (at(&(g * out).0?)? / select::masked_fill(src, &zero, one())?).0?;
        Ok((of_self, select::where_(&single, (&alone).into(), (&shared).into())?))
    }
}

fn scatter_reduce_by(how: Reduction, input: &Tensor, index: &Tensor, src: &Tensor) -> Result<Tensor> {
    let out = how.values(input, index, src)?;
    record("ScatterReduceBackward0", &[input, src], out, |save| {
        let (x, index, src, y) = (save.input("self", input), save.input("index", index), save.input("src", src), save.output());
        move |cx, g| how.gradients(cx, &g, &x.get(cx)?, &index.get(cx)?, &src.get(cx)?, &y.get(cx)?)
    })
}

/// x with the values of src that meet at a position reduced, x's own among them if `include_self`.
pub fn scatter_reduce(input: &Tensor, dim: i64, index: &Tensor, src: &Tensor, reduce: &str, include_self: bool) -> Result<Tensor> {
    scatter_reduce_by(Reduction::of(reduce, dim, include_self)?, input, index, src)
}

/// Slices of `source` reduced into those of `input` at the positions of `dim`.
pub fn index_reduce(input: &Tensor, dim: i64, index: &Tensor, source: &Tensor, reduce: &str, include_self: bool) -> Result<Tensor> {
    if !matches!(reduce, "prod" | "mean" | "amax" | "amin") {
        fail!(Runtime, "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.");
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    if index.dim() > 1 {
        fail!(
            Index,
            "index_reduce_(): Index is supposed to be a vector, but got dim: {} with type: {} and size: {}",
            index.dim(),
            index.dtype().scalar_type(),
            shape::list(index.sizes())
        );
    }
    if !matches!(index.dtype(), DType::I32 | DType::I64) {
        fail!(Runtime, "index_reduce_(): Expected dtype int32/int64 for index but got: {}", index.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        let (own, other) = (input.dtype().scalar_type(), source.dtype().scalar_type());
        fail!(Runtime, "index_reduce_(): self ({own}) and source ({other}) must have the same scalar type");
    }
    let others = |t: &Tensor| t.sizes().iter().enumerate().filter(|(i, _)| *i != d).map(|(_, &n)| n).collect::<Vec<_>>();
    if source.dim() != input.dim() || others(source) != others(input) {
        fail!(
            Runtime,
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {} source.shape = {}",
            shape::list(input.sizes()),
            shape::list(source.sizes())
        );
    }
    let along = source.sizes().get(d).copied().unwrap_or(1);
    if index.numel() as i64 != along {
        fail!(
            Runtime,
            "index_reduce_(): Number of indices ({}) should be equal to source.size(dim): ({along}), for dim: {d}",
            index.numel()
        );
    }
    if input.dtype() == DType::Bool {
        let kernel = if include_self { "index_func_" } else { "index_reduce_func_exclude_input_init" };
        fail!(NotImplemented, "\"{kernel}\" not implemented for 'Bool'");
    }
    let index = copy::contiguous(&copy::to_dtype(index, DType::I64, false)?)?;
    let size = input.sizes().get(d).copied().unwrap_or(1);
    if index.as_slice::<i64>().iter().any(|&p| p < 0 || p >= size) {
        fail!(Index, "index out of range in self");
    }
    let mut lined = vec![1; input.dim()];
    if let Some(slot) = lined.get_mut(d) {
        *slot = along;
    }
    let spread = view::expand(&view::reshape(&index, &lined)?, source.sizes())?;
    renamed(scatter_reduce(input, dim, &spread, source, reduce, include_self)?, "IndexReduceBackward0")
}
