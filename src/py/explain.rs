//! Errors about arguments, in PyTorch's words, made from the signatures.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::dispatch::Form;
use super::dispatch::Row;
use super::object;
use super::object::Obj;
use super::signature::Misfit;
use super::signature::Param;
use super::signature::Sig;
use super::signature::Slots;
use super::signature::text_of;
use super::warnings;
use super::warnings::Warning;

/// Says once which signature to use instead.
pub fn warn_deprecated(row: &Row, form: Form, sig: &Sig) -> PyResult<()> {
    let name = if form == Form::InPlace { format!("{}_", row.plain_name()) } else { row.plain_name().to_string() };
    let base = usize::from(form != Form::Function);
    let instead: Vec<String> =
        row.overloads.iter().map(|o| o.sig.get()).filter(|s| !s.deprecated).map(|s| format!("\n\t{name}({})", shown(s, base))).collect();
    warnings::once_as(
        Warning::DeprecatedOverload,
        &format!(
            "This overload of {name} is deprecated:\n\t{name}({})\nConsider using one of the following signatures instead:{}",
            shown(sig, base),
            instead.concat()
        ),
    )
}

/// How a signature failed. No text is made here: another signature may take the call.
pub enum Attempt {
    Misfit(Misfit),
    /// The slot.
    Argument(usize),
}

/// What is wrong with the argument of a slot.
enum Wrong {
    /// Its type.
    Type(String),
    /// The first item's, and the list's own: told where the argument came by position.
    FirstItem(String, String),
    /// The item that does not belong in the list, and its type.
    Item(usize, String),
}

/// `given` unless the argument was put together from the call's last arguments.
fn wrong(param: &Param, o: Obj, given: bool) -> Wrong {
    let items = super::convert::items(o).unwrap_or_default();
    let position = |fits: &dyn Fn(Obj) -> bool| items.iter().position(|&item| !fits(item));
    let wrong = match param.type_name.as_str() {
        "int[]" => position(&|item| <i64 as super::convert::Arg>::read(item).is_ok()),
        "Tensor[]" => position(&object::is_tensor),
        _ => None,
    };
    match wrong {
        Some(0) if param.type_name == "int[]" && given && !items.is_empty() => Wrong::FirstItem(plain_name(items[0]), plain_name(o)),
        Some(0) if param.type_name == "int[]" => Wrong::Type(plain_name(items[0])),
        Some(k) => Wrong::Item(k, plain_type_name(items[k])),
        None => Wrong::Type(plain_name(o)),
    }
}

/// What PyTorch calls an object's type, the types of a sequence's items with it.
pub fn type_name(o: Obj) -> String {
    let name = plain_name(o);
    let names = |items: &[Obj]| items.iter().map(|&i| plain_name(i)).collect::<Vec<_>>().join(", ");
    match (name.as_str(), super::convert::items(o)) {
        ("tuple", Ok(items)) => format!("tuple of ({})", names(&items)),
        ("list", Ok(items)) => format!("list of [{}]", names(&items)),
        _ => name,
    }
}

/// The name in the type itself, which has its module where the type is not Python's own.
pub fn plain_name(o: Obj) -> String {
    if object::is_tensor(o) {
        return plain_type_name(o);
    }
    // SAFETY: a live type's name is a C string.
    let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(o)).tp_name) }.to_string_lossy().into_owned();
    if name.starts_with("torch") { format!("torch.{}", plain_type_name(o)) } else { name }
}

/// The type's own name, without those of the items.
pub fn plain_type_name(o: Obj) -> String {
    // SAFETY: a live type's name is a C string.
    let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(o)).tp_name) }.to_string_lossy().into_owned();
    name.rsplit('.').next().unwrap_or_default().to_string()
}

/// A parameter type as error texts print it.
fn shown_type(param: &Param) -> &str {
    match param.type_name.as_str() {
        "int[]" => "tuple of ints",
        "Tensor[]" | "Tensor?[]" => "tuple of Tensors",
        "Tensor|Number" => "Tensor",
        "float[]" => "tuple of floats",
        other => other,
    }
}

/// The error of a call that fits no signature. Where the number of arguments leaves one signature, it is that
/// signature's own error.
pub unsafe fn mismatch(
    row: &Row,
    in_place: bool,
    this: Option<Obj>,
    args: *const Obj,
    n: usize,
    names: Obj,
    attempts: &[Attempt],
) -> PyErr {
    let overloads = row.overloads.iter().position(|o| o.sig.get().deprecated).map_or(row.overloads, |i| &row.overloads[..i]);
    let attempts = &attempts[..overloads.len()];
    let name = if in_place { format!("{}_", row.plain_name()) } else { row.plain_name().to_string() };
    let base = this.is_some() as usize;
    // SAFETY: the caller's promise.
    let (got, keywords) = unsafe { arguments(args, n, names) };
    let count = base + n + keywords.len();
    let plausible: Vec<usize> = (0..attempts.len()).filter(|&i| overloads[i].sig.get().takes(count)).collect();
    let only = if attempts.len() == 1 { Some(0) } else { plausible.first().copied().filter(|_| plausible.len() == 1) };
    if let Some(i) = only {
        let sig = overloads[i].sig.get();
        return PyTypeError::new_err(match &attempts[i] {
            Attempt::Misfit(misfit) => misfitting(&name, sig, base, misfit),
            // SAFETY: the caller's promise.
            Attempt::Argument(slot) => unsafe {
                let mut slots = Slots::new(sig);
                let Ok(()) = sig.parse(this, args, n, names, &mut slots) else { unreachable!("it was parsed before") };
                let given = (0..n).any(|k| *args.add(k) == slots.at[*slot]);
                refused(&name, sig, base, *slot, wrong(&sig.params[*slot], slots.at[*slot], given), n)
            },
        });
    }
    // SAFETY: the caller's promise.
    let plain: Vec<String> = unsafe {
        (0..got.len())
            .map(|i| if i < n { plain_name(*args.add(i)) } else { format!("{}={}", keywords[i - n], plain_name(*args.add(i))) })
            .collect()
    };
    let shown_got = listed(&plain, n);
    let mut text = format!("{name}() received an invalid combination of arguments - got ({shown_got}), but expected one of:");
    for overload in overloads {
        let sig = overload.sig.get();
        text.push_str(&format!("\n * ({})", shown(sig, base)));
        if let Some(why) = reason(sig, base, &got, n, &keywords) {
            text.push_str(&format!("\n      didn't match because {why}"));
        }
    }
    text.push('\n');
    PyTypeError::new_err(text)
}

fn refused(name: &str, sig: &Sig, base: usize, slot: usize, wrong: Wrong, n: usize) -> String {
    let param = &sig.params[slot];
    let position = if slot < n + base { format!(" (position {})", slot + 1 - base) } else { String::new() };
    match wrong {
        Wrong::FirstItem(item, _) if !position.is_empty() => {
            format!("{name}(): argument '{}'{position} must be tuple of ints, but found element of type {item} at pos 0", param.name)
        }
        Wrong::FirstItem(_, got) | Wrong::Type(got) => {
            format!(
                "{name}(): argument '{}'{position} must be {}, not {got}",
                if param.name == "requires_grad_" { "requires_grad" } else { &param.name },
                shown_type(param)
            )
        }
        Wrong::Item(k, got) if param.type_name == "int[]" => {
            format!(
                "{name}(): argument '{}' failed to unpack the object at pos {} with error \"type must be tuple of ints,but got {got}\"",
                param.name,
                k + 1
            )
        }
        Wrong::Item(k, got) => format!("expected Tensor as element {k} in argument {slot}, but got {got}"),
    }
}

fn misfitting(name: &str, sig: &Sig, base: usize, misfit: &Misfit) -> String {
    match misfit {
        Misfit::TooMany { most: 0, got } => format!("TensorBase.{name}() takes no arguments ({got} given)"),
        Misfit::TooMany { most, got } => {
            format!(
                "{name}() takes {most} positional argument{} but {got} {} given",
                if *most == 1 { "" } else { "s" },
                if *got == 1 { "was" } else { "were" }
            )
        }
        Misfit::Missing(first) => {
            let missing: Vec<String> =
                sig.params.iter().skip(*first).filter(|p| p.default_text.is_none()).map(|p| format!("\"{}\"", p.name)).collect();
            // PyTorch has the plural where one is missing.
            let plural = if missing.len() == 1 { "s" } else { "" };
            format!("{name}() missing {} required positional argument{plural}: {}", missing.len(), missing.join(", "))
        }
        Misfit::Twice(i) => format!("{name}() got multiple values for argument '{}'", sig.params[*i].name),
        Misfit::Unexpected(_) if base > 0 && sig.params[base..].iter().all(|p| p.name == "out") || sig.params.len() == base => {
            format!("TensorBase.{name}() takes no keyword arguments")
        }
        // SAFETY: a keyword of the call that is being refused.
        Misfit::Unexpected(key) => format!("{name}() got an unexpected keyword argument '{}'", unsafe { text_of(*key) }),
    }
}

unsafe fn arguments(args: *const Obj, n: usize, names: Obj) -> (Vec<String>, Vec<String>) {
    let mut got: Vec<String> = Vec::new();
    let mut keywords = Vec::new();
    // SAFETY: the caller's promise.
    unsafe {
        (0..n).for_each(|i| got.push(type_name(*args.add(i))));
        if !names.is_null() {
            for k in 0..ffi::PyTuple_GET_SIZE(names) {
                let key = text_of(ffi::PyTuple_GET_ITEM(names, k)).to_string();
                got.push(format!("{key}={}", type_name(*args.add(n + k as usize))));
                keywords.push(key);
            }
        }
    }
    (got, keywords)
}

/// A signature's text as PyTorch shows it; a method has neither self nor out.
fn shown(sig: &Sig, base: usize) -> String {
    let mut parts = Vec::new();
    let mut starred = false;
    for param in sig.params[base..].iter().filter(|p| base == 0 || p.name != "out") {
        if param.keyword_only && !starred {
            parts.push("*".to_string());
            starred = true;
        }
        let default = param.default_text.as_ref().map_or(String::new(), |d| format!(" = {d}"));
        parts.push(format!("{} {}{default}", shown_type(param), param.name));
    }
    parts.join(", ")
}

/// With a comma after the last where keywords came alone, as PyTorch has it.
fn listed(got: &[String], n: usize) -> String {
    got.join(", ") + if n == 0 && !got.is_empty() { ", " } else { "" }
}

/// Said only where as many arguments came as the signature's text has parts, `*` and nothing being parts.
fn reason(sig: &Sig, base: usize, got: &[String], n: usize, keywords: &[String]) -> Option<String> {
    let params: Vec<&Param> = sig.params[base..].iter().filter(|p| base == 0 || p.name != "out").collect();
    if got.len() != shown(sig, base).split(", ").count() {
        return None;
    }
    let wrong: Vec<&str> = keywords.iter().filter(|k| !params.iter().any(|p| p.name == **k)).map(String::as_str).collect();
    if !wrong.is_empty() {
        return Some(format!("some of the keywords were incorrect: {}", wrong.join(", ")));
    }
    let fits = |k: usize| k < n && params.get(k).is_some_and(|p| p.type_name == got[k]);
    let shown: Vec<String> = got.iter().enumerate().map(|(k, t)| if fits(k) { t.clone() } else { format!("!{t}!") }).collect();
    Some(format!("some of the arguments have invalid types: ({})", listed(&shown, n)))
}
