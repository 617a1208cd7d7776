//! Sums of products over named dimensions. Operands are brought to one order of all labels; pairs contract as
//! stacks of matrix products, left to right, each label as soon as no later operand has it.

use crate::error::Result;
use crate::fail;
use crate::ops::linalg;
use crate::ops::reduce;
use crate::ops::view;
use crate::tensor::Tensor;

/// A dimension's name: a letter, or the n-th dimension of the ellipsis from the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Ellipsis(usize),
    Letter(char),
}

/// One operand's (or the output's) subscripts; None stands for the ellipsis.
type Subscripts = Vec<Option<char>>;

/// Reads subscripts; `whose` names the operand in errors.
fn read(text: &str, offset: usize, whose: Option<usize>) -> Result<Subscripts> {
    let (mut out, mut chars) = (Subscripts::new(), text.char_indices().peekable());
    while let Some((i, c)) = chars.next() {
        match c {
            ' ' => {}
            '.' => {
                if out.contains(&None) {
                    match whose {
                        Some(k) => fail!(Runtime, "einsum(): found '.' for operand {k} for which an ellipsis was already found"),
                        None => fail!(Runtime, "einsum(): found '.' for output but an ellipsis (...) was already found"),
                    }
                }
                if !text[i..].starts_with("...") {
                    match whose {
                        Some(k) => fail!(Runtime, "einsum(): found '.' for operand {k} that is not part of any ellipsis"),
                        None => fail!(Runtime, "einsum(): found '.' for output that is not part of any ellipsis (...)"),
                    }
                }
                chars.next();
                chars.next();
                out.push(None);
            }
            c if c.is_ascii_alphabetic() => out.push(Some(c)),
            _ => fail!(
                Runtime,
                "einsum(): invalid subscript given at index {} in the equation string, subscripts must be in [a-zA-Z]",
                offset + i
            ),
        }
    }
    Ok(out)
}

/// Names for an operand's dimensions; `span` is the length of the longest ellipsis.
fn labels(subscripts: &Subscripts, own: usize, span: usize) -> Vec<Label> {
    let expand = |s: &Option<char>| match s {
        Some(c) => vec![Label::Letter(*c)],
        None => (span - own..span).map(Label::Ellipsis).collect(),
    };
    subscripts.iter().flat_map(expand).collect()
}

/// The equation, resolved: names of every operand's dimensions, of the output's, and of those summed over.
struct Plan {
    operands: Vec<Vec<Label>>,
    order: Vec<Label>,
    kept: usize,
}

fn check_count(k: usize, subscripts: &Subscripts, t: &Tensor) -> Result<usize> {
    let letters = subscripts.iter().flatten().count();
    let ellipsis = subscripts.contains(&None);
    if ellipsis && letters > t.dim() {
        fail!(
            Runtime,
            "einsum(): the number of subscripts in the equation ({letters}) is more than the number of dimensions ({}) for operand {k}",
            t.dim()
        );
    }
    if !ellipsis && letters != t.dim() {
        fail!(
            Runtime,
            "einsum(): the number of subscripts in the equation ({letters}) does not match the number of dimensions ({}) for operand {k} and no ellipsis was given",
            t.dim()
        );
    }
    Ok(t.dim() - letters)
}

fn plan(equation: &str, tensors: &[&Tensor]) -> Result<Plan> {
    let (left, right) = match equation.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (equation, None),
    };
    let parts: Vec<&str> = left.split(',').collect();
    if parts.len() < tensors.len() {
        fail!(Runtime, "einsum(): more operands were provided than specified in the equation");
    }
    if parts.len() > tensors.len() {
        fail!(Runtime, "einsum(): fewer operands were provided than specified in the equation");
    }
    let (mut subscripts, mut at) = (Vec::new(), 0);
    for (k, part) in parts.iter().enumerate() {
        subscripts.push(read(part, at, Some(k))?);
        at += part.len() + 1;
    }
    let own = subscripts.iter().zip(tensors).enumerate().map(|(k, (s, t))| check_count(k, s, t)).collect::<Result<Vec<_>>>()?;
    let span = own.iter().copied().max().unwrap_or(0);
    let operands: Vec<Vec<Label>> = subscripts.iter().zip(&own).map(|(s, &n)| labels(s, n, span)).collect();
    let all: Vec<Label> = operands.iter().flatten().copied().collect();
    let output = match right {
        Some(text) => explicit(text, left.len() + 2, span, &all)?,
        None => {
            let mut once: Vec<Label> =
                all.iter().copied().filter(|l| matches!(l, Label::Letter(_)) && all.iter().filter(|x| *x == l).count() == 1).collect();
            once.sort();
            (0..span).map(Label::Ellipsis).chain(once).collect()
        }
    };
    let kept = output.len();
    let mut order = output;
    all.iter().for_each(|l| {
        if !order.contains(l) {
            order.push(*l);
        }
    });
    Ok(Plan { operands, order, kept })
}

fn explicit(text: &str, offset: usize, span: usize, all: &[Label]) -> Result<Vec<Label>> {
    let output = labels(&read(text, offset, None)?, span, span);
    for (i, label) in output.iter().enumerate() {
        let Label::Letter(c) = label else { continue };
        if output[..i].contains(label) {
            fail!(Runtime, "einsum(): output subscript {c} appears more than once in the output");
        }
        if !all.contains(label) {
            fail!(Runtime, "einsum(): output subscript {c} does not appear in the equation for any input operand");
        }
    }
    Ok(output)
}

/// An operand with one dimension for every label, of size 1 where it lacks the label; repeated labels are diagonals.
fn aligned(t: &Tensor, own: &[Label], k: usize, order: &[Label]) -> Result<Tensor> {
    let (mut t, mut own) = (t.clone(), own.to_vec());
    let mut i = 0;
    while i < own.len() {
        if let Some(j) = own[..i].iter().position(|l| *l == own[i]) {
            let (x, y) = (t.sizes()[j], t.sizes()[i]);
            if x != y {
                let Label::Letter(c) = own[i] else { unreachable!("an ellipsis stands once") };
                fail!(Runtime, "einsum(): subscript {c} is repeated for operand {k} but the sizes don't match, {y} != {x}");
            }
            t = view::movedim(&view::diagonal(&t, 0, j as i64, i as i64)?, &[-1], &[j as i64])?;
            own.remove(i);
        } else {
            i += 1;
        }
    }
    let places: Vec<i64> = order.iter().filter_map(|l| own.iter().position(|o| o == l)).map(|p| p as i64).collect();
    t = view::permute(&t, &places)?;
    for (i, label) in order.iter().enumerate() {
        if !own.contains(label) {
            t = view::unsqueeze(&t, i as i64)?;
        }
    }
    Ok(t)
}

fn check_sizes(aligned: &[Tensor], order: &[Label]) -> Result<()> {
    let mut seen: Vec<i64> = vec![1; order.len()];
    for (k, t) in aligned.iter().enumerate() {
        for (i, &n) in t.sizes().iter().enumerate() {
            if n != 1 && seen[i] != 1 && n != seen[i] {
                match order[i] {
                    Label::Letter(c) => fail!(
                        Runtime,
                        "einsum(): subscript {c} has size {n} for operand {k} which does not broadcast with previously seen size {}",
                        seen[i]
                    ),
                    Label::Ellipsis(e) => fail!(
                        Runtime,
                        "einsum(): dimension {e} covered by ellipsis in operand {k}has size {n} which does not broadcast with previously seen ellipsis with size {} for the respective dimension",
                        seen[i]
                    ),
                }
            }
            seen[i] = seen[i].max(n).min(if n == 0 { 0 } else { i64::MAX });
        }
    }
    Ok(())
}

/// The sum of products that an equation such as "ij,jk->ik" names.
pub fn einsum(equation: &str, tensors: &[&Tensor]) -> Result<Tensor> {
    if tensors.is_empty() {
        fail!(Runtime, "einsum(): must provide at least one operand");
    }
    let plan = plan(equation, tensors)?;
    let operands =
        tensors.iter().zip(&plan.operands).enumerate().map(|(k, (t, own))| aligned(t, own, k, &plan.order)).collect::<Result<Vec<_>>>()?;
    check_sizes(&operands, &plan.order)?;
    let summed: Vec<usize> = (plan.kept..plan.order.len()).collect();
    let last = |d: usize| operands.iter().rposition(|t| t.sizes()[d] != 1).unwrap_or(0);
    let mut out = operands[0].clone();
    let now: Vec<i64> = summed.iter().filter(|&&d| last(d) == 0).map(|&d| d as i64).collect();
    if !now.is_empty() {
        out = reduce::sum(&out, Some(&now), true, Some(out.dtype()))?;
    }
    for (k, operand) in operands.iter().enumerate().skip(1) {
        let now: Vec<usize> = summed.iter().copied().filter(|&d| last(d) == k).collect();
        out = pair(&out, operand, &now)?;
    }
    let tail: Vec<i64> = summed.iter().map(|&d| d as i64).collect();
    if tail.is_empty() { Ok(out) } else { view::squeeze(&out, Some(&tail)) }
}

/// The product of two aligned tensors, summed over `sum` (kept as size 1), by one stack of matrix products.
fn pair(a: &Tensor, b: &Tensor, sum: &[usize]) -> Result<Tensor> {
    let (mut a, mut b) = (a.clone(), b.clone());
    let (mut both, mut left, mut right, mut inner) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for d in 0..a.dim() {
        let (x, y) = (a.sizes()[d] != 1, b.sizes()[d] != 1);
        match (x, y, sum.contains(&d)) {
            (true, true, true) => inner.push(d),
            (true, false, true) => a = reduce::sum(&a, Some(&[d as i64]), true, Some(a.dtype()))?,
            (false, true, true) => b = reduce::sum(&b, Some(&[d as i64]), true, Some(b.dtype()))?,
            (true, true, false) => both.push(d),
            (true, false, false) => left.push(d),
            (false, true, false) => right.push(d),
            (false, false, _) => {}
        }
    }
    let count = |t: &Tensor, dims: &[usize]| dims.iter().map(|&d| t.sizes()[d]).product::<i64>();
    let ones: Vec<usize> = (0..a.dim()).filter(|d| !both.contains(d) && !left.contains(d) && !right.contains(d)).collect();
    let stack = |t: &Tensor, groups: [&[usize]; 3]| {
        let named: Vec<usize> = groups.concat();
        let rest = (0..t.dim()).filter(|d| !named.contains(d));
        let order: Vec<i64> = named.iter().copied().chain(rest).map(|d| d as i64).collect();
        let sizes = groups.map(|g| count(t, g));
        view::reshape(&view::permute(t, &order)?, &sizes)
    };
    let product = linalg::bmm(&stack(&a, [&both, &left, &inner])?, &stack(&b, [&both, &inner, &right])?)?;
    let order: Vec<usize> = [both.as_slice(), &left, &right, &ones].concat();
    let size = |&d: &usize| {
        if left.contains(&d) || both.contains(&d) {
            a.sizes()[d]
        } else if right.contains(&d) {
            b.sizes()[d]
        } else {
            1
        }
    };
    let sizes: Vec<i64> = order.iter().map(size).collect();
    let mut back = vec![0i64; order.len()];
    order.iter().enumerate().for_each(|(to, &from)| back[from] = to as i64);
    view::permute(&view::reshape(&product, &sizes)?, &back)
}
