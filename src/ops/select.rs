//! Choice between elements: where, masked_fill, clamp, maximum and minimum, relu.

use crate::dtype::Convert;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::map;
use crate::kernels::map::Kernel;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::unary;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::tensor::Tensor;

pointwise!(Where {}; c, a, b => if c != T::ZERO { a } else { b }; int c, a, b => if c != 0 { a } else { b });
pointwise!(Maximum {}; a, b => T::maximum(a, b); int a, b => a.max(b); cheap true);
pointwise!(Between {}; x, low, high => T::minimum(T::maximum(x, low), high); int x, low, high => x.max(low).min(high));
pointwise!(Minimum {}; a, b => T::minimum(a, b); int a, b => a.min(b); cheap true);
pointwise!(Clamp { low: f64, high: f64, int_low: i64, int_high: i64 };
    x => T::minimum(T::of(high), T::maximum(T::of(low), x)); int x => x.max(int_low).min(int_high);
    cheap true);
pointwise!(ClampBackward { low: f64, high: f64 };
    g, x => if x >= T::of(low) && x <= T::of(high) { g } else { T::ZERO });
pointwise!(Relu {}; x => T::maximum(T::ZERO, x); int x => x.max(0); cheap true);
pointwise!(Threshold {}; g, y => if y <= T::ZERO { T::ZERO } else { g });

/// y = a where condition, else b.  The gradient goes where the value came from: keeps the condition.
pub fn where_(condition: &Tensor, a: Operand, b: Operand) -> Result<Tensor> {
    if !matches!(condition.dtype(), DType::Bool | DType::U8) {
        fail!(Runtime, "where expected condition to be a boolean tensor, but got a tensor with dtype {}", condition.dtype().scalar_type());
    }
    let dtype = elementwise::common_type(&[a, b], Promote::Common);
    for value in [a, b] {
        match value {
            // Beside half types PyTorch rounds to infinity.
            Operand::Number(s) if dtype == DType::F32 => creation::check_fits(s, dtype)?,
            Operand::Number(s) => creation::check_whole(s, dtype)?,
            Operand::Tensor(_) => {}
        }
    }
    let kernel = Kernel::pointwise(&Where {}, dtype, true);
    let out = elementwise::run(kernel, &[condition.into(), a, b], dtype, dtype)?;
    record("WhereBackward0", &[a, b], out, |save| {
        let condition = save.input("condition", condition);
        move |cx, g| {
            let c = condition.get(cx)?;
            grads![cx; where_(&c, (&g).into(), 0.0.into()), where_(&c, 0.0.into(), (&g).into())]
        }
    })
}

/// y = value where mask, else x.  dy/dx = 0 where mask; a 0-d tensor value gets the rest: keeps the mask.
pub fn masked_fill(input: &Tensor, mask: &Tensor, value: Operand) -> Result<Tensor> {
    if mask.dtype() != DType::Bool {
        fail!(Runtime, "masked_fill_ only supports boolean masks, but got mask with dtype {}", mask.dtype().c_type());
    }
    if let Operand::Tensor(v) = value
        && v.dim() != 0
    {
        fail!(Runtime, "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).", v.dim());
    }
    let dtype = input.dtype();
    let number = match value {
        Operand::Number(s) => s,
        Operand::Tensor(v) => creation::item(v)?,
    };
    let stored = creation::fitted(number, dtype)?.into();
    let fresh = !crate::ops::inplace::has_destination();
    let out = elementwise::run(Kernel::pointwise(&Where {}, dtype, true), &[mask.into(), stored, input.into()], dtype, dtype)?;
    let out = if fresh { copy::contiguous(&out)? } else { out };
    record("MaskedFillBackward0", &[Operand::Tensor(input), value], out, |save| {
        let mask = save.input("mask", mask);
        move |cx, g| {
            let m = mask.get(cx)?;
            grads![cx; where_(&m, 0.0.into(), (&g).into()), where_(&m, (&g).into(), 0.0.into())]
        }
    })
}

/// The larger of two, nan if either is.  Ties share the gradient evenly: keeps both.
pub fn maximum(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let out = binary(input, other, Maximum {}, Promote::Common)?;
    record("MaximumBackward0", &[input, other], out, |save| {
        let (a, b) = (save.input("self", input), save.input("other", other));
        move |cx, g| {
            let (a, b) = (&a.get(cx)?, &b.get(cx)?);
            grads![cx; share(&g, a, b, compare::lt), share(&g, b, a, compare::lt)]
        }
    })
}

/// The smaller of two, nan if either is.  Ties share the gradient evenly: keeps both.
pub fn minimum(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let out = binary(input, other, Minimum {}, Promote::Common)?;
    record("MinimumBackward0", &[input, other], out, |save| {
        let (a, b) = (save.input("self", input), save.input("other", other));
        move |cx, g| {
            let (a, b) = (&a.get(cx)?, &b.get(cx)?);
            grads![cx; share(&g, a, b, compare::gt), share(&g, b, a, compare::gt)]
        }
    })
}

/// g where `a` won, g / 2 where they tie, 0 where it `loses`.
fn share(g: &Tensor, a: &Tensor, b: &Tensor, loses: fn(Operand, Operand) -> Result<Tensor>) -> Result<Tensor> {
    let half = (g / 2.0).0?;
    let tie = compare::eq(a.into(), b.into())?;
    let shared = where_(&tie, (&half).into(), g.into())?;
    where_(&loses(a.into(), b.into())?, 0.0.into(), (&shared).into())
}

/// y = x held between min and max.  dy/dx = 1 inside and on the bounds: keeps the input.
pub fn clamp(input: &Tensor, min: Option<Scalar>, max: Option<Scalar>) -> Result<Tensor> {
    let mut operands: smallvec::SmallVec<[Operand; 3]> = smallvec::smallvec![input.into()];
    operands.extend(min.iter().chain(&max).map(|s| Operand::Number(*s)));
    let dtype = elementwise::common_type(&operands, Promote::Common);
    let low = min.map_or(f64::NEG_INFINITY, Scalar::to_f64);
    let high = max.map_or(f64::INFINITY, Scalar::to_f64);
    for bound in min.iter().chain(&max) {
        creation::check_fits(*bound, dtype)?;
    }
    let wrapped = |s: Scalar| with_dtype!(dtype, T => creation::of_scalar::<T>(s).to_i64());
    let k = Clamp { low, high, int_low: min.map_or(i64::MIN, wrapped), int_high: max.map_or(i64::MAX, wrapped) };
    let out = if dtype == input.dtype() {
        unary(input, k, Promote::Common)?
    } else {
        unary(&copy::to_dtype(&input.detach(), dtype, false)?, k, Promote::Common)?
    };
    record("ClampBackward1", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; clamp_backward(&g, &x.get(cx)?, low, high)]
    })
}

fn clamp_backward(g: &Tensor, x: &Tensor, low: f64, high: f64) -> Result<Tensor> {
    let out = binary(g, x, ClampBackward { low, high }, Promote::Common)?;
    record("WhereBackward0", &[g], out, |save| {
        let x = save.input("self", x);
        move |cx, gg| grads![cx; clamp_backward(&gg, &x.get(cx)?, low, high)]
    })
}

pub fn clamp_min(input: &Tensor, min: Scalar) -> Result<Tensor> {
    renamed(clamp(input, Some(min), None)?, "ClampMinBackward0")
}

pub fn clamp_max(input: &Tensor, max: Scalar) -> Result<Tensor> {
    renamed(clamp(input, None, Some(max))?, "ClampMaxBackward0")
}

/// clamp with tensors for bounds.  The gradient goes to x inside, to the bound that holds outside: keeps all.
pub fn clamp_tensor(input: &Tensor, min: Option<&Tensor>, max: Option<&Tensor>) -> Result<Tensor> {
    if min.is_none() && max.is_none() {
        fail!(Runtime, "torch.clamp: At least one of 'min' or 'max' must not be None");
    }
    let plain = input.detach();
    if min.is_some() && max.is_some() && [Some(input), min, max].into_iter().flatten().all(|t| t.dtype() == DType::Bool) {
        fail!(NotImplemented, "\"clamp_cpu\" not implemented for 'Bool'");
    }
    let out = match (min, max) {
        (Some(min), Some(max)) => elementwise::ternary([(&plain).into(), min.into(), max.into()], Between {}, Promote::Common)?,
        (Some(min), None) => binary(&plain, min, Maximum {}, Promote::Common)?,
        (None, max) => binary(&plain, max.expect("one of the two"), Minimum {}, Promote::Common)?,
    };
    record("ClampBackward0", &[Some(input), min, max], out, |save| {
        let x = save.input("self", input);
        let (low, high) = (save.optional("min", min), save.optional("max", max));
        move |cx, g| {
            let x = &x.get(cx)?;
            let low = low.map(|s| s.get(cx)).transpose()?;
            let high = high.map(|s| s.get(cx)).transpose()?;
            clamp_tensor_backward(cx, &g, x, low.as_ref(), high.as_ref())
        }
    })
}

fn clamp_tensor_backward(
    cx: &crate::graph::node::Cx,
    g: &Tensor,
    x: &Tensor,
    low: Option<&Tensor>,
    high: Option<&Tensor>,
) -> Result<crate::graph::foreign::Grads> {
    let keep = |mask: Result<Tensor>| where_(&mask?, g.into(), 0.0.into());
    let true_ = |t: &Tensor| creation::filled(t.sizes(), Scalar::Bool(true), DType::Bool);
    let above = |l: &Tensor| compare::ge(x.into(), l.into());
    let below = |h: &Tensor| compare::le(x.into(), h.into());
    let inside = || {
        let a = low.map_or_else(|| true_(x), above)?;
        compare::logical_and(&a, &high.map_or_else(|| true_(x), below)?)
    };
    let at_low = || {
        let l = low.expect("min was given");
        let first = compare::lt(x.into(), l.into())?;
        match high {
            Some(h) => compare::logical_and(&first, &compare::lt(l.into(), h.into())?),
            None => Ok(first),
        }
    };
    let at_high = || {
        let h = high.expect("max was given");
        let first = compare::gt(x.into(), h.into())?;
        match low {
            Some(l) => compare::logical_or(&first, &compare::ge(l.into(), h.into())?),
            None => Ok(first),
        }
    };
    grads![cx; keep(inside()), keep(at_low()), keep(at_high())]
}

/// y = max(x, 0).  dy/dx = 1 where y > 0: keeps the output.
pub fn relu(input: &Tensor) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        fail!(Runtime, "Boolean inputs not supported for relu");
    }
    let out = unary(input, Relu {}, Promote::Common)?;
    record("ReluBackward0", &[input], out, |save| {
        let y = save.output();
        move |cx, g| grads![cx; threshold_backward(&g, &y.get(cx)?)]
    })
}

/// g where y > 0, else 0, in one kernel.
fn threshold_backward(g: &Tensor, y: &Tensor) -> Result<Tensor> {
    let out = binary(g, y, Threshold {}, Promote::Common)?;
    record("ThresholdBackwardBackward0", &[g], out, |save| {
        let y = save.input("self", y);
        move |cx, gg| grads![cx; threshold_backward(&gg, &y.get(cx)?)]
    })
}

/// y = start + weight (end - start).  Computed from the nearer end: keeps all three.
pub fn lerp(input: &Tensor, end: &Tensor, weight: Operand) -> Result<Tensor> {
    if !input.dtype().is_float() && input.dtype() == end.dtype() {
        let kind = if weight.tensor().is_some() { "tensor" } else { "scalar" };
        fail!(NotImplemented, "\"lerp_kernel_{kind}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    if input.dtype() != end.dtype() {
        fail!(Runtime, "expected dtype {} for `end` but got dtype {}", input.dtype().c_type(), end.dtype().c_type());
    }
    let dtype = match weight {
        Operand::Tensor(w) if w.dim() == 0 => elementwise::common_type(&[input.into(), end.into(), weight], Promote::Common),
        _ => input.dtype(),
    };
    match weight {
        Operand::Tensor(w) if w.dim() > 0 && w.dtype() != dtype => {
            fail!(Runtime, "expected dtype {} for `weight` but got dtype {}", dtype.c_type(), w.dtype().c_type())
        }
        Operand::Number(w) => creation::fitted_for_math(w, dtype).map(drop)?,
        Operand::Tensor(_) => {}
    }
    // A number keeps its digits beside half types.
    let common = if weight.tensor().is_some() { dtype } else { map::native(dtype.class()) };
    let operands = [Operand::Tensor(&input.detach()), Operand::Tensor(&end.detach()), weight];
    let out = elementwise::run(Kernel::pointwise(&Lerp {}, dtype, false), &operands, common, dtype)?;
    let weight_tensor = weight.tensor();
    record(if weight_tensor.is_some() { "LerpBackward1" } else { "LerpBackward0" }, &[Some(input), Some(end), weight_tensor], out, |save| {
        let (a, b) = (save.input("self", input), save.input("end", end));
        let slot = save.optional("weight", weight_tensor);
        let number = if let Operand::Number(s) = weight { s } else { Scalar::Int(0) };
        move |cx, g| {
            let w = slot.map_or_else(|| creation::filled(&[], number, g.dtype()), |s| s.get(cx))?;
            grads![cx; &g * (1.0 - &w), &g * &w, &g * (b.get(cx)? - a.get(cx)?)]
        }
    })
}

pointwise!(Lerp {}; a, b, w => {
    let (w, from) = if T::abs(w) < T::of(0.5) { (w, a) } else { (w - T::ONE, b) };
    T::fma::<S>(w, b - a, from)
}; cheap true);

/// `addcmul` with its arguments in the order of old.
pub fn addcmul_scaled(input: &Tensor, value: Scalar, tensor1: &Tensor, tensor2: &Tensor) -> Result<Tensor> {
    addcmul(input, tensor1, tensor2, value)
}

/// y = x + value a b.
pub fn addcmul(input: &Tensor, tensor1: &Tensor, tensor2: &Tensor, value: Scalar) -> Result<Tensor> {
    if input.dtype() == DType::Bool && tensor1.dtype() == DType::Bool && tensor2.dtype() == DType::Bool {
        fail!(NotImplemented, "\"addcmul_cpu_out\" not implemented for 'Bool'");
    }
    let operands = [Operand::Tensor(input), tensor1.into(), tensor2.into()];
    let factor = creation::fitted_for_math(value, elementwise::common_type(&operands, Promote::Common))?;
    let (float, int) = (factor.to_f64(), factor.to_i64());
    let out = elementwise::ternary(operands, AddCMul { float, int }, Promote::Common)?;
    record("AddcmulBackward0", &[input, tensor1, tensor2], out, |save| {
        let (a, b) = (save.input("tensor1", tensor1), save.input("tensor2", tensor2));
        move |cx, g| grads![cx; &g, &g * (b.get(cx)? * value), &g * (a.get(cx)? * value)]
    })
}

pointwise!(AddCMul { float: f64, int: i64 }; x, a, b => T::fma::<S>(T::of(float) * a, b, x); int x, a, b => x.wrapping_add(int.wrapping_mul(a).wrapping_mul(b));
    cheap true);
pointwise!(AddCDiv { float: f64 }; x, a, b => x + T::of(float) * a / b; cheap true);

/// `addcdiv` with its arguments in the order of old.
pub fn addcdiv_scaled(input: &Tensor, value: Scalar, tensor1: &Tensor, tensor2: &Tensor) -> Result<Tensor> {
    addcdiv(input, tensor1, tensor2, value)
}

/// y = x + value a / b.
pub fn addcdiv(input: &Tensor, tensor1: &Tensor, tensor2: &Tensor, value: Scalar) -> Result<Tensor> {
    if !tensor1.dtype().is_float() && !tensor2.dtype().is_float() {
        fail!(
            Runtime,
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
        );
    }
    let operands = [Operand::Tensor(input), tensor1.into(), tensor2.into()];
    let float = creation::fitted_for_math(value, elementwise::common_type(&operands, Promote::Common))?.to_f64();
    let out = elementwise::ternary(operands, AddCDiv { float }, Promote::Common)?;
    record("AddcdivBackward0", &[input, tensor1, tensor2], out, |save| {
        let (a, b) = (save.input("tensor1", tensor1), save.input("tensor2", tensor2));
        move |cx, g| {
            let (a, b) = (a.get(cx)?, b.get(cx)?);
            grads![cx; &g, &g * value / &b, -&g * (&a * value / (&b * &b))]
        }
    })
}

pub fn where_method(input: &Tensor, condition: &Tensor, other: Operand) -> Result<Tensor> {
    where_(condition, input.into(), other)
}

pub fn clamp_min_tensor(input: &Tensor, min: &Tensor) -> Result<Tensor> {
    renamed(clamp_tensor(input, Some(min), None)?, "ClampMinBackward1")
}

pub fn clamp_max_tensor(input: &Tensor, max: &Tensor) -> Result<Tensor> {
    renamed(clamp_tensor(input, None, Some(max))?, "ClampMaxBackward1")
}
