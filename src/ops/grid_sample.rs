//! Reading an image at the points of a grid, and the grids of affine maps. The derivative is a kernel; where it is
//! recorded itself, it is written with tensor ops: around its point every weight is a cubic, known by its derivatives.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::node::Cx;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::graph::record::renamed;
use crate::kernels::float::Float;
use crate::kernels::grid_sample as kernels;
use crate::kernels::grid_sample::Mode;
use crate::kernels::grid_sample::OUTSIDE;
use crate::kernels::grid_sample::Padding;
use crate::kernels::grid_sample::Rule;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::linalg;
use crate::ops::reduce;
use crate::ops::scatter;
use crate::ops::softmax::compute_type;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

fn check(input: &Tensor, grid: &Tensor, mode: i64) -> Result<()> {
    let (ndim, x, at) = (input.dim(), shape::list(input.sizes()), shape::list(grid.sizes()));
    if input.dtype() != grid.dtype() {
        fail!(Runtime, "expected scalar type {} but found {}", input.dtype().scalar_type(), grid.dtype().scalar_type());
    }
    if ndim == 0 || grid.dim() == 0 || input.sizes()[0] != grid.sizes()[0] {
        fail!(
            Runtime,
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes {x} and grid with sizes {at}"
        );
    }
    if *grid.sizes().last().expect("a dimension") != ndim as i64 - 2 {
        fail!(Runtime, "grid_sampler(): expected grid to have size {} in last dimension, but got grid with sizes {at}", ndim as i64 - 2);
    }
    if let Some(d) = (2..ndim).find(|&d| input.sizes()[d] == 0) {
        fail!(
            Runtime,
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {x} with dimension {d} being empty"
        );
    }
    if !(4..=5).contains(&ndim) || ndim != grid.dim() {
        return check_dims(if ndim == 5 { 5 } else { 4 }, input, grid);
    }
    if ndim == 5 && mode == 2 {
        fail!(Runtime, "grid_sampler(): bicubic interpolation only supports 4D input");
    }
    // The 2-d kernel gives an empty result in any dtype.
    if !input.dtype().is_float() && (ndim == 5 || input.numel() > 0 && grid.numel() > 0) {
        let kernel = if ndim == 4 { "grid_sampler_2d_cpu_kernel_impl" } else { "grid_sampler3d_cpu" };
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    Ok(())
}

/// Sizes as the kernels take them.
struct Sizes {
    channels: usize,
    image: Vec<usize>,
    points: usize,
}

impl Sizes {
    fn of(input: &Tensor, grid: &Tensor) -> Sizes {
        let image = input.sizes()[2..].iter().map(|&s| s as usize).collect();
        let points = grid.sizes()[1..grid.dim() - 1].iter().product::<i64>() as usize;
        Sizes { channels: input.sizes()[1] as usize, image, points }
    }

    fn shape(&self) -> kernels::Shape<'_> {
        kernels::Shape { channels: self.channels, image: &self.image, points: self.points }
    }
}

fn sample<T: Float + Element>(rule: &Rule, input: &Tensor, grid: &Tensor, sizes: &[i64]) -> Result<Tensor> {
    let out = Tensor::empty(sizes, T::DTYPE)?;
    if out.numel() > 0 {
        let (x, at) = (copy::values(input, T::DTYPE)?, copy::values(grid, T::DTYPE)?);
        kernels::forward(rule, Sizes::of(input, grid).shape(), x.as_slice::<T>(), at.as_slice(), out.as_mut_slice());
    }
    Ok(out)
}

/// y[n][c][p] = the image of n and c at point p: keeps both.
pub fn grid_sampler(input: &Tensor, grid: &Tensor, interpolation_mode: i64, padding_mode: i64, align_corners: bool) -> Result<Tensor> {
    check(input, grid, interpolation_mode)?;
    let mode = [Mode::Linear, Mode::Nearest, Mode::Cubic].get(interpolation_mode as usize).copied().unwrap_or(Mode::Linear);
    let padding = [Padding::Zeros, Padding::Border, Padding::Reflection].get(padding_mode as usize).copied().unwrap_or(Padding::Zeros);
    let rule = Rule { mode, padding, align: align_corners };
    let mut sizes = Dims::from_slice(&input.sizes()[..2]);
    sizes.extend_from_slice(&grid.sizes()[1..grid.dim() - 1]);
    let out = match compute_type(input.dtype()) {
        DType::F64 => sample::<f64>(&rule, input, grid, &sizes)?,
        _ => sample::<f32>(&rule, input, grid, &sizes)?,
    };
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    let node = if input.dim() == 4 { "GridSampler2DBackward0" } else { "GridSampler3DBackward0" };
    record(node, &[input, grid], out, |save| {
        let (x, at) = (save.input("input", input), save.input("grid", grid));
        move |cx, g| {
            let (x, at) = (x.get(cx)?, at.get(cx)?);
            if recording(&[&g, &x, &at]) {
                return recorded(cx, &rule, &g, &x, &at);
            }
            match compute_type(x.dtype()) {
                DType::F64 => backward::<f64>(cx, &rule, &g, &x, &at),
                _ => backward::<f32>(cx, &rule, &g, &x, &at),
            }
        }
    })
}

fn backward<T: Float + Element>(cx: &Cx, rule: &Rule, g: &Tensor, x: &Tensor, at: &Tensor) -> Result<Grads> {
    let sizes = Sizes::of(x, at);
    let (g, points) = (copy::values(g, T::DTYPE)?, copy::values(at, T::DTYPE)?);
    let mut grads = Grads::new();
    for (i, like) in [x, at].into_iter().enumerate() {
        if !cx.needs(i) {
            grads.push(None);
            continue;
        }
        let out = creation::zeros(like.sizes(), T::DTYPE)?;
        if g.numel() > 0 && i == 0 {
            kernels::backward_image(rule, sizes.shape(), points.as_slice::<T>(), g.as_slice(), out.as_mut_slice());
        } else if g.numel() > 0 {
            let x = copy::values(x, T::DTYPE)?;
            kernels::backward_grid(rule, sizes.shape(), x.as_slice::<T>(), points.as_slice(), g.as_slice(), out.as_mut_slice());
        }
        grads.push(Some(out));
    }
    Ok(grads)
}

/// Along one dimension: positions, 0 where there is none, and each derivative of the weights, as (batch, 1, points).
struct Line {
    at: Vec<Vec<i64>>,
    inside: Vec<Vec<f64>>,
    weights: Vec<Expr>,
    slopes: Vec<Expr>,
}

impl Line {
    fn new(rule: &Rule, grid: &Tensor, d: usize, size: usize, sizes: &[i64]) -> Result<Line> {
        let coordinates = view::reshape(&view::select(grid, -1, d as i64)?, sizes)?;
        let values = copy::values(&coordinates, DType::F64)?;
        let taps: Vec<_> = values.as_slice::<f64>().iter().map(|&x| rule.taps(x, size)).collect();
        // 0 that has the coordinate's gradient.
        let from_here = (&coordinates - coordinates.detach()).0?;
        let mut line = Line { at: Vec::new(), inside: Vec::new(), weights: Vec::new(), slopes: Vec::new() };
        for k in 0..kernels::count(rule.mode) {
            let column = |i: usize| -> Result<Tensor> {
                let list: Vec<f64> = taps.iter().map(|t| t[k].weight[i]).collect();
                copy::to_dtype(&Tensor::from_slice(&list, sizes)?, grid.dtype(), false)
            };
            let w = [column(0)?, column(1)?, column(2)?, column(3)?];
            line.weights.push(&w[0] + &from_here * (&w[1] + &from_here * (&w[2] * 0.5 + &from_here * (&w[3] * (1.0 / 6.0)))));
            line.slopes.push(&w[1] + &from_here * (&w[2] + &from_here * (&w[3] * 0.5)));
            line.at.push(taps.iter().map(|t| if t[k].at == OUTSIDE { 0 } else { t[k].at as i64 }).collect());
            line.inside.push(taps.iter().map(|t| f64::from(t[k].at != OUTSIDE)).collect());
        }
        Ok(line)
    }
}

/// The derivative with tensor ops, to be differentiated again.
fn recorded(cx: &Cx, rule: &Rule, g: &Tensor, x: &Tensor, grid: &Tensor) -> Result<Grads> {
    let (n, batch, channels) = (x.dim() - 2, x.sizes()[0], x.sizes()[1]);
    let image: Vec<i64> = x.sizes()[2..].to_vec();
    let plane: i64 = image.iter().product();
    let points: i64 = grid.sizes()[1..=n].iter().product();
    let (row, full) = ([batch, 1, points], [batch, channels, points]);
    let (flat, g) = (view::reshape(x, &[batch, channels, plane])?, view::reshape(g, &full)?);
    let lines = (0..n).map(|d| Line::new(rule, grid, n - 1 - d, image[d] as usize, &row)).collect::<Result<Vec<_>>>()?;
    let mut dx = Expr(creation::zeros(flat.sizes(), x.dtype()));
    let mut slopes: Vec<Expr> = (0..n).map(|_| Expr(creation::zeros(&row, x.dtype()))).collect();
    let k = kernels::count(rule.mode);
    for choice in 0..k.pow(n as u32) {
        let picks: Vec<usize> = (0..n).map(|d| choice / k.pow((n - 1 - d) as u32) % k).collect();
        let mut at = vec![0i64; (batch * points) as usize];
        let mut inside = vec![1.0; at.len()];
        for d in 0..n {
            at.iter_mut().zip(&lines[d].at[picks[d]]).for_each(|(a, &i)| *a = *a * image[d] + i);
            inside.iter_mut().zip(&lines[d].inside[picks[d]]).for_each(|(m, &i)| *m *= i);
        }
        let inside = copy::to_dtype(&Tensor::from_slice(&inside, &row)?, x.dtype(), false)?;
        let at = copy::contiguous(&view::expand(&Tensor::from_slice(&at, &row)?, &full)?)?;
        let others = |skip: usize| {
            let chosen = (0..n).filter(|&e| e != skip);
            chosen.fold(Expr(Ok(inside.clone())), |product, e| product * lines[e].weights[picks[e]].clone())
        };
        dx = dx + scatter::put_along(&(&g * others(n)).0?, &at, flat.sizes(), 2)?;
        let along = (&g * scatter::gather(&flat, 2, &at)?).apply(|t| reduce::sum(t, Some(&[1]), true, None));
        for (d, slope) in slopes.iter_mut().enumerate() {
            *slope = slope.clone() + along.clone() * lines[d].slopes[picks[d]].clone() * others(d);
        }
    }
    let dx = cx.needs(0).then(|| view::reshape(&dx.0?, x.sizes())).transpose()?;
    let columns = slopes.into_iter().rev().map(|s| s.0).collect::<Result<Vec<_>>>()?;
    let columns: Vec<&Tensor> = columns.iter().collect();
    let dgrid = cx.needs(1).then(|| view::reshape(&crate::ops::join::stack(&columns, -1)?, grid.sizes())).transpose()?;
    Ok(smallvec::smallvec![dx, dgrid])
}

/// The dimensions that a form of its own number wants.
fn check_dims(n: usize, input: &Tensor, grid: &Tensor) -> Result<()> {
    if input.dim() != n || grid.dim() != n {
        let (x, at) = (shape::list(input.sizes()), shape::list(grid.sizes()));
        fail!(
            Runtime,
            "grid_sampler(): expected {n}D input and grid with same number of dimensions, but got input with sizes {x} and grid with sizes {at}"
        );
    }
    Ok(())
}

pub fn grid_sampler_2d(input: &Tensor, grid: &Tensor, interpolation_mode: i64, padding_mode: i64, align_corners: bool) -> Result<Tensor> {
    check_dims(4, input, grid)?;
    grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)
}

pub fn grid_sampler_3d(input: &Tensor, grid: &Tensor, interpolation_mode: i64, padding_mode: i64, align_corners: bool) -> Result<Tensor> {
    check_dims(5, input, grid)?;
    grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)
}

/// `steps` points of [-1, 1]: the ends, or the middles of as many equal parts.
fn points(steps: i64, align: bool) -> Vec<f64> {
    let n = steps as f64;
    let scale = if align { 1.0 } else { (n - 1.0) / n };
    (0..steps).map(|i| if steps <= 1 { 0.0 } else { (2.0 * i as f64 / (n - 1.0) - 1.0) * scale }).collect()
}

/// y[n][p] = theta[n] (p, 1) for the points p of an image of `size`.
pub fn affine_grid_generator(theta: &Tensor, size: &[i64], align_corners: bool) -> Result<Tensor> {
    if !(4..=5).contains(&size.len()) {
        fail!(Runtime, "AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.");
    }
    let (n, batch, image) = (size.len() - 2, size[0], &size[2..]);
    let count = shape::numel(image, 8)?;
    let along: Vec<Vec<f64>> = image.iter().map(|&s| points(s, align_corners)).collect();
    let mut base = Vec::with_capacity(count * (n + 1));
    for i in 0..count as i64 {
        let mut rest = i;
        for d in (0..n).rev() {
            base.push(along[d][(rest % image[d]) as usize]);
            rest /= image[d];
        }
        base.push(1.0);
    }
    let base = copy::to_dtype(&Tensor::from_slice(&base, &[1, count as i64, n as i64 + 1])?, theta.dtype(), false)?;
    let base = view::expand(&base, &[batch, count as i64, n as i64 + 1])?;
    let grid = linalg::bmm(&base, &view::transpose(theta, 1, 2)?)?;
    let mut sizes = Dims::from_slice(&[batch]);
    sizes.extend_from_slice(image);
    sizes.push(n as i64);
    renamed(view::view(&grid, &sizes)?, "AffineGridGeneratorBackward0")
}
