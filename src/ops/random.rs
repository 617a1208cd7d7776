//! Random numbers: PyTorch's generator, its draws in memory order. Draws have no gradient.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::MutexGuard;

use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Real;
use crate::kernels::random::multinomial;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::ops::inplace;
use crate::ops::reduce;
use crate::ops::view;
use crate::tensor::Tensor;

/// A generator that several holders share.
pub type Shared = Arc<Mutex<Generator>>;

/// The process's own generator, seeded from the clock until `manual_seed`.
pub static DEFAULT: LazyLock<Shared> = LazyLock::new(|| Arc::new(Mutex::new(Generator::new(fresh_seed()))));

/// A seed that nobody can predict.
pub fn fresh_seed() -> u64 {
    use std::hash::BuildHasher;
    std::collections::hash_map::RandomState::new().hash_one(std::process::id()) & ((1 << 53) - 1)
}

pub fn lock(generator: Option<&Shared>) -> MutexGuard<'_, Generator> {
    let shared = match generator {
        Some(shared) => shared,
        None => &*DEFAULT,
    };
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Gives `draw` the elements in memory order, of a dense tensor directly, else by way of a copy in that order.
fn fill<T: crate::dtype::Element>(target: &Tensor, draw: impl FnOnce(&mut [T])) -> Result<()> {
    if target.is_contiguous() {
        draw(target.as_mut_slice());
        return Ok(());
    }
    if target.is_dense() {
        let flat =
            target.alias(crate::shape::Dims::from_slice(&[target.numel() as i64]), crate::shape::Dims::from_slice(&[1]), target.offset());
        draw(flat.as_mut_slice());
        return Ok(());
    }
    let ordered = elementwise::output(target.sizes(), &[target], target.dtype())?;
    fill(&ordered, draw)?;
    copy::copy_data(target, &ordered)
}

/// `fill(generator, out)`, in parallel where it is large and `words` outputs make an element. The generator is locked
/// no longer than it is stepped: the interpreter's lock is given up while threads work.
fn draw<T>(generator: Option<&Shared>, out: &mut [T], words: Option<usize>, fill: impl Fn(&mut Generator, &mut [T]) + Sync) {
    let parts = lock(generator).begin(out, words, &fill);
    parts.finish(fill);
}

/// The body with `T` as the float type of a dtype; other dtypes are an error of the named kernel.
macro_rules! floats {
    ($dtype:expr, $name:literal, $T:ident => $body:expr) => {
        match $dtype {
            DType::F32 => {
                type $T = f32;
                $body
            }
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::F16 => {
                type $T = half::f16;
                $body
            }
            DType::BF16 => {
                type $T = half::bf16;
                $body
            }
            other => not_implemented($name, other)?,
        }
    };
}

fn not_implemented<T>(kernel: &str, dtype: DType) -> Result<T> {
    fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", dtype.scalar_type())
}

/// Overwrites with draws: an in-place op whose old values get no gradient.
fn overwrite(target: &Tensor, draw: impl FnOnce(&Tensor) -> Result<()>) -> Result<()> {
    target.check_inplace()?;
    if crate::graph::record::recording(&[target]) || inplace::overlaps(target) {
        return inplace::run(target, &[], false, || {
            let out = creation::empty_like(target, None)?;
            draw(&out)?;
            record("UniformBackward0", &[target], out, |_| |cx, g| grads![cx; creation::zeros(g.sizes(), g.dtype())])
        });
    }
    draw(target)?;
    target.bump_version();
    Ok(())
}

fn draw_uniform(target: &Tensor, from: f64, to: f64, generator: Option<&Shared>) -> Result<()> {
    floats!(target.dtype(), "check_uniform_bounds", T => fill::<T>(target, |out| lock(generator).uniform(out, from, to)))
}

/// self ~ U[from, to).
pub fn uniform_(target: &Tensor, from: f64, to: f64, generator: Option<&Shared>) -> Result<()> {
    if from > to {
        fail!(Runtime, "uniform_ expects to return a [from, to) range, but found from={from} > to={to}");
    }
    overwrite(target, |t| draw_uniform(t, from, to, generator))
}

fn draw_normal(target: &Tensor, mean: f64, std: f64, generator: Option<&Shared>) -> Result<()> {
    let block = target.is_contiguous();
    floats!(target.dtype(), "normal_kernel_cpu", T => fill::<T>(target, |out| {
        draw(generator, out, block.then_some(<<T as Float>::Real as Real>::WORDS), |g, out| {
            if block { g.normal(out, mean, std) } else { g.normal_serial(out, mean, std) }
        })
    }))
}

/// self ~ N(mean, std^2).
pub fn normal_(target: &Tensor, mean: f64, std: f64, generator: Option<&Shared>) -> Result<()> {
    check_std(std)?;
    overwrite(target, |t| draw_normal(t, mean, std, generator))
}

fn check_std(std: f64) -> Result<()> {
    if std < 0.0 || std.is_nan() {
        fail!(Runtime, "normal expects std >= 0.0, but found std {std}");
    }
    Ok(())
}

fn fresh(size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    Tensor::empty(size, dtype.unwrap_or_else(dtype::default_dtype))
}

/// Uniform on [0, 1).
pub fn rand(size: &[i64], generator: Option<&Shared>, dtype: Option<DType>) -> Result<Tensor> {
    let out = fresh(size, dtype)?;
    draw_uniform(&out, 0.0, 1.0, generator)?;
    Ok(out)
}

/// Standard normal.
pub fn randn(size: &[i64], generator: Option<&Shared>, dtype: Option<DType>) -> Result<Tensor> {
    let out = fresh(size, dtype)?;
    draw_normal(&out, 0.0, 1.0, generator)?;
    Ok(out)
}

pub fn rand_like(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let out = creation::empty_like(input, dtype)?;
    draw_uniform(&out, 0.0, 1.0, None)?;
    Ok(out)
}

pub fn randn_like(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let out = creation::empty_like(input, dtype)?;
    draw_normal(&out, 0.0, 1.0, None)?;
    Ok(out)
}

/// N(mean, std^2) of numbers.
pub fn normal_numbers(mean: f64, std: f64, size: &[i64], generator: Option<&Shared>, dtype: Option<DType>) -> Result<Tensor> {
    check_std(std)?;
    let out = fresh(size, dtype)?;
    draw_normal(&out, mean, std, generator)?;
    Ok(out)
}

/// Standard normals times std, plus mean; each rounded.
pub fn normal_tensors(mean: &Tensor, std: &Tensor, generator: Option<&Shared>) -> Result<Tensor> {
    if std.numel() > 0 && creation::item(&reduce::amin(&std.detach(), None, false)?)?.to_f64() < 0.0 {
        fail!(Runtime, "normal expects all elements of std >= 0.0");
    }
    let sizes = crate::shape::broadcast(mean.sizes(), std.sizes())?;
    let out = Tensor::empty(&sizes, mean.dtype())?;
    draw_normal(&out, 0.0, 1.0, generator)?;
    let scaled = arithmetic::mul((&out).into(), (&std.detach()).into())?;
    let out = arithmetic::add_operands((&scaled).into(), (&mean.detach()).into())?;
    drawn("NormalBackward3", &[mean, std], copy::to_dtype(&out, mean.dtype(), false)?)
}

/// Draws pass no gradient on, and are recorded all the same.
fn drawn(node: &'static str, inputs: &[&Tensor], out: Tensor) -> Result<Tensor> {
    let metas: Vec<_> = inputs.iter().map(|t| (t.dims(), t.dtype())).collect();
    record(node, inputs, out, |_| move |_, _| metas.iter().map(|(sizes, dtype)| creation::zeros(sizes, *dtype).map(Some)).collect())
}

pub fn normal_mean(mean: &Tensor, std: f64, generator: Option<&Shared>) -> Result<Tensor> {
    check_std(std)?;
    let out = Tensor::empty(mean.sizes(), mean.dtype())?;
    draw_normal(&out, 0.0, std, generator)?;
    drawn("NormalBackward1", &[mean], arithmetic::add_operands((&out).into(), (&mean.detach()).into())?)
}

pub fn normal_std(mean: f64, std: &Tensor, generator: Option<&Shared>) -> Result<Tensor> {
    let zero = creation::filled(&[], Scalar::Float(mean), std.dtype())?;
    drawn("NormalBackward2", &[std], normal_tensors(&zero, &std.detach(), generator)?)
}

fn draw_integers(target: &Tensor, low: i64, high: Option<i64>, generator: Option<&Shared>) -> Result<()> {
    with_dtype!(target.dtype(), T => fill::<T>(target, |out| lock(generator).randint(out, low, high)))
}

fn check_range(low: i64, high: i64) -> Result<()> {
    if low >= high {
        fail!(Runtime, "random_ expects 'from' to be less than 'to', but got from={low} >= to={high}");
    }
    Ok(())
}

/// Integers of [low, high).
pub fn randint(low: i64, high: i64, size: &[i64], generator: Option<&Shared>, dtype: Option<DType>) -> Result<Tensor> {
    check_range(low, high)?;
    let out = Tensor::empty(size, dtype.unwrap_or(DType::I64))?;
    draw_integers(&out, low, Some(high), generator)?;
    Ok(out)
}

pub fn randint_below(high: i64, size: &[i64], generator: Option<&Shared>, dtype: Option<DType>) -> Result<Tensor> {
    randint(0, high, size, generator, dtype)
}

pub fn randint_like(input: &Tensor, low: i64, high: i64, dtype: Option<DType>) -> Result<Tensor> {
    check_range(low, high)?;
    let out = creation::empty_like(input, dtype)?;
    draw_integers(&out, low, Some(high), None)?;
    Ok(out)
}

pub fn randint_like_below(input: &Tensor, high: i64, dtype: Option<DType>) -> Result<Tensor> {
    randint_like(input, 0, high, dtype)
}

/// self ~ the whole range of its dtype.
pub fn random_(target: &Tensor, generator: Option<&Shared>) -> Result<()> {
    overwrite(target, |t| with_dtype!(t.dtype(), T => fill::<T>(t, |out| lock(generator).random(out))))
}

pub fn random_from_(target: &Tensor, from: i64, to: Option<i64>, generator: Option<&Shared>) -> Result<()> {
    if let Some(to) = to {
        check_range(from, to)?;
    }
    overwrite(target, |t| draw_integers(t, from, to, generator))
}

pub fn random_to_(target: &Tensor, to: i64, generator: Option<&Shared>) -> Result<()> {
    random_from_(target, 0, Some(to), generator)
}

/// A random order of 0 .. n.
pub fn randperm(n: i64, generator: Option<&Shared>, dtype: Option<DType>) -> Result<Tensor> {
    let out = Tensor::empty(&[n], DType::I64)?;
    lock(generator).randperm(out.as_mut_slice());
    copy::to_dtype(&out, dtype.unwrap_or(DType::I64), false)
}

fn check_probability(p: f64, name: &str) -> Result<()> {
    if !(0.0..=1.0).contains(&p) {
        fail!(Runtime, "{name} expects p to be in [0, 1], but got p={p}");
    }
    Ok(())
}

pub fn draw_bernoulli(target: &Tensor, p: f64, generator: Option<&Shared>) -> Result<()> {
    with_dtype!(target.dtype(), T => fill::<T>(target, |out| lock(generator).bernoulli(out, p)))
}

/// self = 1 with probability p, else 0.
pub fn bernoulli_(target: &Tensor, p: f64, generator: Option<&Shared>) -> Result<()> {
    check_probability(p, "bernoulli_")?;
    overwrite(target, |t| draw_bernoulli(t, p, generator))
}

fn draw_bernoulli_each(target: &Tensor, p: &Tensor, generator: Option<&Shared>) -> Result<()> {
    let ordered = elementwise::output(target.sizes(), &[target], p.dtype())?;
    copy::copy_data(&ordered, p)?;
    let flat = crate::shape::Dims::from_slice(&[ordered.numel() as i64]);
    let probabilities = ordered.alias(flat, crate::shape::Dims::from_slice(&[1]), ordered.offset());
    let mut result = Ok(());
    floats!(p.dtype(), "bernoulli_tensor_cpu_p_", P => with_dtype!(target.dtype(), T => fill::<T>(target, |out| {
        result = lock(generator).bernoulli_each(out, probabilities.as_slice::<P>());
    })))?;
    result
}

pub fn bernoulli_each_(target: &Tensor, p: &Tensor, generator: Option<&Shared>) -> Result<()> {
    overwrite(target, |t| draw_bernoulli_each(t, p, generator))
}

/// 1 with the probability that the input holds, else 0.
pub fn bernoulli(input: &Tensor, generator: Option<&Shared>) -> Result<Tensor> {
    let out = Tensor::empty(input.sizes(), input.dtype())?;
    draw_bernoulli_each(&out, &input.detach(), generator)?;
    record("BernoulliBackward0", &[input], out, |_| |cx, g| grads![cx; creation::zeros(g.sizes(), g.dtype())])
}

pub fn bernoulli_p(input: &Tensor, p: f64, generator: Option<&Shared>) -> Result<Tensor> {
    check_probability(p, "bernoulli_")?;
    let out = Tensor::empty(input.sizes(), input.dtype())?;
    draw_bernoulli(&out, p, generator)?;
    Ok(out)
}

fn check_parameter(holds: bool, text: &str, value: f64) -> Result<()> {
    if !holds {
        fail!(Runtime, "{text}{value}");
    }
    Ok(())
}

/// Draws of `T` for a target of the dtype, by what `draw` wants to know; `refused` says what is wrong with other dtypes.
macro_rules! distributions {
    ($($(#[$m:meta])* $name:ident($a:ident $(, $b:ident)?) $call:ident, $words:expr, $check:expr, $text:literal, $value:ident, $refused:expr;)*) => {$(
        $(#[$m])*
        pub fn $name(target: &Tensor, $a: f64, $($b: f64,)? generator: Option<&Shared>) -> Result<()> {
            $refused(target.dtype())?;
            check_parameter($check, $text, $value)?;
            overwrite(target, |t| with_dtype!(t.dtype(), T => fill::<T>(t, |out| {
                draw(generator, out, $words, |g, out| g.$call(out, $a $(, $b)?))
            })))
        }
    )*};
}

/// What PyTorch says of a continuous distribution of integers.
fn continuous(what: &str, dtype: DType, shown: &str) -> Result<()> {
    if !dtype.is_float() {
        fail!(
            Runtime,
            "{what} distribution is a continuous probability distribution. dtype must be a floating point but you specified {shown}"
        );
    }
    Ok(())
}

distributions! {
    /// self ~ lambd e^(-lambd x).
    exponential_(lambd) exponential, Some(2), lambd > 0.0, "exponential_ expects lambda > 0.0, but found lambda=", lambd, |d: DType| continuous("Exponential", d, d.scalar_type());
    /// self ~ the number of trials until a success of probability p.
    geometric_(p) geometric, Some(2), p > 0.0 && p < 1.0, "geometric_ expects p to be in (0, 1), but got p=", p, |d| if d == DType::Bool { not_implemented("geometric_cpu", d) } else { Ok(()) };
    /// self ~ the Cauchy distribution.
    cauchy_(median, sigma) cauchy, Some(2), sigma > 0.0 && !median.is_nan(), "cauchy_ expects sigma > 0.0, but found sigma=", sigma, |d: DType| continuous("Cauchy", d, d.c_type());
    /// self ~ e^N(mean, std^2).
    log_normal_(mean, std) log_normal, None, std > 0.0 && !mean.is_nan(), "log_normal_ expects std > 0.0, but found std=", std, |d: DType| if d.is_float() { Ok(()) } else { not_implemented("log_normal_cpu", d) };
}

/// Draws from the Poisson distributions whose rates the input holds.
pub fn poisson(input: &Tensor, generator: Option<&Shared>) -> Result<Tensor> {
    let rates = copy::contiguous(&input.detach())?;
    let out = Tensor::empty(input.sizes(), input.dtype())?;
    floats!(input.dtype(), "poisson_cpu", T => lock(generator).poisson(out.as_mut_slice::<T>(), rates.as_slice::<T>()))?;
    record("PoissonBackward0", &[input], out, |_| |cx, g| grads![cx; creation::zeros(g.sizes(), g.dtype())])
}

/// Categories by weight: `num_samples` of each row.
pub fn multinomial(input: &Tensor, num_samples: i64, replacement: bool, generator: Option<&Shared>) -> Result<Tensor> {
    if input.dim() == 0 || input.dim() > 2 {
        fail!(Runtime, "prob_dist must be 1 or 2 dim");
    }
    if !input.dtype().is_float() {
        fail!(Runtime, "multinomial only supports floating-point dtypes for input, got: {}", input.dtype().scalar_type());
    }
    if num_samples <= 0 {
        fail!(Runtime, "cannot sample n_sample <= 0 samples");
    }
    let categories = *input.sizes().last().expect("one dimension at least");
    if !replacement && num_samples > categories {
        fail!(Runtime, "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
    }
    let weights = copy::contiguous(&input.detach())?;
    let race = !replacement || num_samples == 1;
    if race {
        check_weights(&weights)?;
    }
    let mut sizes = crate::shape::Dims::from_slice(&input.sizes()[..input.dim() - 1]);
    sizes.push(num_samples);
    let out = Tensor::empty(&sizes, DType::I64)?;
    let (categories, samples) = (categories as usize, num_samples as usize);
    if race && out.numel() > 0 {
        // Drawn in the order of the weights in memory.
        let draws = creation::empty_like(&input.detach(), None)?;
        exponential_(&draws, 1.0, generator)?;
        let draws = copy::contiguous(&draws)?;
        floats!(input.dtype(), "multinomial", T => {
            multinomial::race(out.as_mut_slice(), weights.as_slice::<T>(), draws.as_mut_slice(), categories, samples);
            Ok(())
        })?;
        return Ok(out);
    }
    floats!(input.dtype(), "multinomial", T => {
        lock(generator).multinomial(out.as_mut_slice(), weights.as_slice::<T>(), categories, samples)
    })?;
    Ok(out)
}

fn check_weights(weights: &Tensor) -> Result<()> {
    let finite = reduce::any_all(&compare::isfinite(weights)?, false)?;
    let negative = reduce::any_all(&compare::lt(weights.into(), 0.0.into())?, true)?;
    if !finite || negative {
        fail!(Runtime, "probability tensor contains either `inf`, `nan` or element < 0");
    }
    let totals = reduce::sum(weights, Some(&[-1]), false, None)?;
    if weights.numel() > 0 && compare::any_zero(&totals)? {
        fail!(Runtime, "invalid multinomial distribution (sum of probabilities <= 0)");
    }
    Ok(())
}

/// A tensor with the 5056 bytes of a generator's state.
pub fn state_tensor(generator: &Shared) -> Result<Tensor> {
    Tensor::from_slice(&lock(Some(generator)).get_state(), &[crate::kernels::random::STATE_BYTES as i64])
}

pub fn set_state_tensor(generator: &Shared, state: &Tensor) -> Result<()> {
    if state.dtype() != DType::U8 {
        fail!(Type, "RNG state must be a torch.ByteTensor");
    }
    let bytes = copy::contiguous(&view::reshape(&state.detach(), &[-1])?)?;
    match lock(Some(generator)).set_state(bytes.as_slice()) {
        Ok(()) => Ok(()),
        Err(text) => fail!(Runtime, "{text}"),
    }
}
