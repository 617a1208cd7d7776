//! scaled_dot_product_attention: softmax(scale q k^T + mask) v. Without dropout one kernel that never holds all scores;
//! otherwise, and where it is differentiated twice, the same formula in tensor ops.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::kernels::attention::Heads;
use crate::kernels::attention::Operand;
use crate::kernels::attention::Problem;
use crate::kernels::float::Float;
use crate::kernels::gemm::Gemm;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::dropout;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::interleave;
use crate::ops::linalg;
use crate::ops::rearrange;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::softmax;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// y = dropout(softmax(scale q k^T + mask)) v, where scale is 1 / sqrt(width) if not given. A bool mask is True where
/// a key is seen; a query that sees none gives 0.
#[allow(clippy::too_many_arguments)]
pub fn scaled_dot_product_attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    attn_mask: Option<&Tensor>,
    dropout_p: f64,
    is_causal: bool,
    scale: Option<f64>,
    enable_gqa: bool,
) -> Result<Tensor> {
    check(query, key, value, attn_mask)?;
    let (key, value) = if enable_gqa { (shared_heads(query, key)?, shared_heads(query, value)?) } else { (key.clone(), value.clone()) };
    let mask = attn_mask.map(|mask| additive(mask, query.dtype())).transpose()?;
    let scale = scale.unwrap_or_else(|| 1.0 / (query.size(-1).unwrap_or(1) as f64).sqrt());
    let problem = Attention { mask, scale, causal: is_causal };
    let fits = dropout_p == 0.0 && problem.fits(query, &key, &value);
    if attn_mask.is_some() && is_causal && !(fits && query.dim() == 4 && query.sizes() == value.sizes()) {
        fail!(Runtime, "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True");
    }
    if fits {
        return problem.fused(query, &key, &value);
    }
    let weights = problem.weights(query, &key)?;
    linalg::matmul(&dropout::dropout(&weights, dropout_p, true)?, &value)
}

fn check(query: &Tensor, key: &Tensor, value: &Tensor, mask: Option<&Tensor>) -> Result<()> {
    let [q, k, v] = [query, key, value].map(|t| t.dtype());
    if q != k || q != v {
        let [q, k, v] = [q, k, v].map(|t| t.c_type());
        fail!(
            Runtime,
            "Expected query, key, and value to have the same dtype, but got query.dtype: {q} key.dtype: {k} and value.dtype: {v} instead."
        );
    }
    let [a, b, c] = [query, key, value].map(|t| t.dim());
    if a < 2 || b < 2 || c < 2 {
        fail!(
            Runtime,
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {a} key.dim: {b} and value.dim: {c} instead."
        );
    }
    if let Some(mask) = mask
        && ![DType::Bool, DType::F32, q].contains(&mask.dtype())
    {
        fail!(
            Runtime,
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {} and  query.dtype: {} instead.",
            mask.dtype().c_type(),
            q.c_type()
        );
    }
    Ok(())
}

/// Keys or values of grouped heads, repeated for each query head.
fn shared_heads(query: &Tensor, t: &Tensor) -> Result<Tensor> {
    let (wanted, have) = (query.size(-3)?, t.size(-3)?);
    if have == 0 || wanted % have != 0 {
        fail!(Runtime, "Number of heads in key and value must divide the number of heads in ");
    }
    interleave::by_number(t, wanted / have, Some(-3), None)
}

/// A mask as numbers to add: -inf where a bool mask is False.
fn additive(mask: &Tensor, dtype: DType) -> Result<Tensor> {
    if mask.dtype() != DType::Bool {
        return copy::to_dtype(mask, dtype, false);
    }
    let zeros = creation::zeros(mask.sizes(), dtype)?;
    select::masked_fill(&zeros, &compare::logical_not(mask)?, f64::NEG_INFINITY.into())
}

#[derive(Clone)]
struct Attention {
    mask: Option<Tensor>,
    scale: f64,
    causal: bool,
}

impl Attention {
    /// Has the kernel these shapes and types, and nothing but q, k and v to differentiate?
    fn fits(&self, q: &Tensor, k: &Tensor, v: &Tensor) -> bool {
        let batch = |t: &Tensor| Dims::from_slice(&t.sizes()[..t.dim() - 2]);
        let (keys, width) = (k.sizes()[k.dim() - 2], k.sizes()[k.dim() - 1]);
        matches!(q.dtype(), DType::F32 | DType::F64)
            && batch(q) == batch(k)
            && batch(q) == batch(v)
            && q.sizes()[q.dim() - 1] == width
            && v.sizes()[v.dim() - 2] == keys
            && [q, k, v].iter().all(|t| t.numel() > 0)
            && self.mask.as_ref().is_none_or(|mask| {
                let whole: Dims = q.sizes()[..q.dim() - 1].iter().copied().chain([keys]).collect();
                !mask.requires_grad() && shape::expandable(mask.sizes(), &whole)
            })
    }

    /// softmax(scale q k^T + mask) in tensor ops; rows that are all -inf give 0.
    fn weights(&self, q: &Tensor, k: &Tensor) -> Result<Tensor> {
        let mut scores = (linalg::matmul(q, &view::transpose(k, -2, -1)?)? * self.scale).0?;
        if let Some(mask) = &self.mask {
            scores = (scores + mask).0?;
        }
        if self.causal {
            let (rows, columns) = (scores.size(-2)?, scores.size(-1)?);
            let hidden = rearrange::triu(&creation::filled(&[rows, columns], Scalar::Bool(true), DType::Bool)?, 1)?;
            scores = select::masked_fill(&scores, &hidden, f64::NEG_INFINITY.into())?;
        }
        if self.mask.is_none() {
            return softmax::softmax(&scores, -1, None);
        }
        let empty = reduce::all(&compare::eq((&scores).into(), f64::NEG_INFINITY.into())?, Some(&[-1]), true)?;
        let some = select::masked_fill(&scores, &empty, 0.0.into())?;
        select::masked_fill(&softmax::softmax(&some, -1, None)?, &empty, 0.0.into())
    }

    fn fused(&self, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
        let [out, logs] = match q.dtype() {
            DType::F64 => self.forward::<f64>(q, k, v)?,
            _ => self.forward::<f32>(q, k, v)?,
        };
        let this = self.clone();
        record("ScaledDotProductFlashAttentionForCpuBackward0", &[q, k, v], out, |save| {
            let inputs = [save.input("query", q), save.input("key", k), save.input("value", v)];
            let (out, logs) = (save.output(), save.input("logsumexp", &logs));
            move |cx, g| {
                let [q, k, v] = [inputs[0].get(cx)?, inputs[1].get(cx)?, inputs[2].get(cx)?];
                if recording(&[&g, &q, &k, &v]) {
                    let p = this.weights(&q, &k)?;
                    let slopes = (&g).apply(|g| linalg::matmul(g, &view::transpose(&v, -2, -1)?)).0?;
                    let along = (&slopes * &p).apply(|t| reduce::sum(t, Some(&[-1]), true, None)).0?;
                    let dx = (&p * (slopes - along) * this.scale).0?;
                    let turned = |t: &Tensor| view::transpose(t, -2, -1);
                    return grads![
                        cx;
                        linalg::matmul(&dx, &k),
                        linalg::matmul(&turned(&dx)?, &q),
                        linalg::matmul(&turned(&p)?, &g)
                    ];
                }
                let (out, logs) = (out.get(cx)?, logs.get(cx)?);
                match q.dtype() {
                    DType::F64 => this.backward::<f64>([&q, &k, &v], &g, &out, &logs),
                    _ => this.backward::<f32>([&q, &k, &v], &g, &out, &logs),
                }
            }
        })
    }

    /// The result, in the query's order of dimensions, and the logarithms of the rows' sums.
    fn forward<T: Float + Gemm + Element>(&self, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<[Tensor; 2]> {
        let (q, k, v) = (rows(q)?, rows(k)?, rows(v)?);
        let mut sizes = q.dims();
        let n = sizes.len();
        sizes[n - 1] = v.sizes()[n - 1];
        let like = creation::empty_like(&q, None)?;
        let fits = sizes[..] == *q.sizes() && like.strides()[n - 1] == 1;
        let out = if fits { like } else { Tensor::empty(&sizes, T::DTYPE)? };
        let logs = Tensor::empty(&sizes[..n - 1], T::DTYPE)?;
        let (begins, mask) = (begins(&out), self.mask_rows(&sizes, k.sizes()[n - 2])?);
        let heads = Heads { begins: &begins, row: out.strides()[n - 2] as usize };
        self.with::<T, _>([&q, &k, &v], mask.as_ref(), |problem| problem.forward(out.span_mut(), heads, logs.as_mut_slice()));
        Ok([out, logs])
    }

    fn backward<T: Float + Gemm + Element>(&self, inputs: [&Tensor; 3], g: &Tensor, out: &Tensor, logs: &Tensor) -> Result<Grads> {
        let [q, k, v] = [rows(inputs[0])?, rows(inputs[1])?, rows(inputs[2])?];
        let (g, out) = (rows(g)?, rows(out)?);
        let dq = Tensor::empty(q.sizes(), T::DTYPE)?;
        let (dk, dv) = (creation::zeros(k.sizes(), T::DTYPE)?, creation::zeros(v.sizes(), T::DTYPE)?);
        let n = q.dim();
        let mask = self.mask_rows(out.sizes(), k.sizes()[n - 2])?;
        let (g_begins, out_begins) = (begins(&g), begins(&out));
        let (g, out) = (operand::<T>(&g, &g_begins), operand::<T>(&out, &out_begins));
        self.with::<T, _>([&q, &k, &v], mask.as_ref(), |problem| {
            problem.backward(g, out, logs.as_slice(), dq.as_mut_slice(), dk.as_mut_slice(), dv.as_mut_slice())
        });
        Ok(smallvec::smallvec![Some(dq), Some(dk), Some(dv)])
    }

    /// The mask with the result's leading dimensions and one row of `keys` elements a query, repeated where it was.
    fn mask_rows(&self, sizes: &[i64], keys: i64) -> Result<Option<Tensor>> {
        let Some(mask) = &self.mask else { return Ok(None) };
        let mut whole = Dims::from_slice(sizes);
        *whole.last_mut().expect("two dimensions at least") = keys;
        let mut own = mask.dims();
        if let Some(last) = own.last_mut() {
            *last = keys;
        }
        view::expand(&copy::contiguous(&view::expand(&mask.detach(), &own)?)?, &whole).map(Some)
    }

    fn with<T: Float + Gemm + Element, R>(&self, inputs: [&Tensor; 3], mask: Option<&Tensor>, f: impl FnOnce(&Problem<T>) -> R) -> R {
        let [q, k, v] = inputs;
        let n = q.dim();
        let (q_begins, k_begins, v_begins) = (begins(q), begins(k), begins(v));
        let mask_begins = mask.map_or_else(Vec::new, begins);
        f(&Problem {
            queries: q.sizes()[n - 2] as usize,
            keys: k.sizes()[n - 2] as usize,
            width: q.sizes()[n - 1] as usize,
            value_width: v.sizes()[n - 1] as usize,
            scale: self.scale,
            causal: self.causal,
            q: operand(q, &q_begins),
            k: operand(k, &k_begins),
            v: operand(v, &v_begins),
            mask: mask.map(|mask| operand(mask, &mask_begins)),
        })
    }
}

/// The values with the elements of a row adjacent.
fn rows(t: &Tensor) -> Result<Tensor> {
    let t = t.detach();
    if t.strides()[t.dim() - 1] == 1 { Ok(t) } else { copy::contiguous(&t) }
}

/// Where each matrix of the last two dimensions begins, in elements from the tensor's first.
fn begins(t: &Tensor) -> Vec<usize> {
    let n = t.dim() - 2;
    let mut out = vec![0];
    for (&size, &stride) in t.sizes()[..n].iter().zip(t.strides()) {
        out = out.iter().flat_map(|&begin| (0..size as usize).map(move |i| begin + i * stride as usize)).collect();
    }
    out
}

fn operand<'a, T: Element>(t: &'a Tensor, begins: &'a [usize]) -> Operand<'a, T> {
    Operand { data: t.span(), heads: Heads { begins, row: t.strides()[t.dim() - 2] as usize } }
}
