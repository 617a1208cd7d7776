//! Signatures in PyTorch's own notation, parsed once, on first use: names, defaults, what is keyword-only.
//! `parse` puts the arguments of a call into slots, borrowed. Names of options (`out`, `device`, ...) are
//! not passed to the op; the dispatcher looks after them.

use std::cell::Cell;
use std::cell::UnsafeCell;
use std::ffi::CString;
use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::ffi;
use pyo3::prelude::*;

use super::object::Obj;
use crate::shape::Dims;

pub const MAX_ARGS: usize = 16;

/// Options that every factory takes, and the output argument.
const FACTORY: &str = "torch.layout layout=None, torch.device device=None, bool pin_memory=False, bool requires_grad=False";
const OUT: &str = "Tensor out=None";

pub struct Param {
    pub name: String,
    pub type_name: String,
    pub default_text: Option<String>,
    pub keyword_only: bool,
    /// Takes all remaining positional ints as one tuple.
    pub variadic: bool,
    interned: Obj,
    default: Obj,
}

pub struct Sig {
    pub params: Vec<Param>,
    positional: usize,
    required: usize,
    defaults: [Obj; MAX_ARGS],
    /// Works with a warning, and is not shown in errors.
    pub deprecated: bool,
    /// Of a named tuple, where the call gives one.
    pub fields: Option<&'static str>,
    pub out: Option<usize>,
    pub requires_grad: Option<usize>,
    pub device: Option<usize>,
    pub layout: Option<usize>,
    pub memory_format: Option<usize>,
    /// Whether one of the last three is there, or the signature is deprecated.
    pub checked: bool,
    /// Whether the first argument must be a tensor.
    pub tensor_first: bool,
    variadic: Option<usize>,
}

/// A signature's text and, after first use, what it says.
pub struct SigCell {
    pub text: &'static str,
    ready: Cell<bool>,
    sig: UnsafeCell<Option<Box<Sig>>>,
}

// SAFETY: filled once, under the interpreter's lock.
unsafe impl Sync for SigCell {}

/// Why arguments do not fit a signature.
pub enum Misfit {
    TooMany {
        most: usize,
        got: usize,
    },
    Missing(usize),
    Twice(usize),
    /// The keyword, borrowed from the call.
    Unexpected(Obj),
}

/// The slots of a call, and an object made for it. Filled in place: a copy would read back in wide pieces what was just
/// written in narrow ones, which stalls.
pub struct Slots {
    pub at: [Obj; MAX_ARGS],
    made: Obj,
}

impl Slots {
    #[inline(always)]
    pub fn new(sig: &Sig) -> Slots {
        Slots { at: sig.defaults, made: null_mut() }
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        if !self.made.is_null() {
            // SAFETY: `made` is ours.
            unsafe { ffi::Py_DECREF(self.made) };
        }
    }
}

impl SigCell {
    pub const fn new(text: &'static str) -> SigCell {
        SigCell { text, ready: Cell::new(false), sig: UnsafeCell::new(None) }
    }

    #[inline(always)]
    pub fn get(&self) -> &Sig {
        // SAFETY: written once before `ready`; the lock is held.
        unsafe {
            if !self.ready.get() {
                *self.sig.get() = Some(Box::new(Sig::new(self.text)));
                self.ready.set(true);
            }
            (*self.sig.get()).as_deref().unwrap_unchecked()
        }
    }
}

impl Sig {
    /// Could a call with this many arguments fit?
    pub fn takes(&self, count: usize) -> bool {
        (self.required..=self.params.len()).contains(&count)
    }

    #[cold]
    fn new(text: &'static str) -> Sig {
        let (text, deprecated) = text.strip_suffix(" deprecated").map_or((text, false), |text| (text, true));
        let (inner, fields) = text.split_once(" -> ").map_or((text, None), |(inner, fields)| (inner, Some(fields)));
        let inner = inner.trim().strip_prefix('(').and_then(|t| t.strip_suffix(')')).expect("a signature stands in parentheses");
        let inner = inner.replace("*OPT", FACTORY).replace("*OUT", OUT);
        let mut params: Vec<Param> = Vec::new();
        let mut keyword_only = false;
        for part in split_top(&inner) {
            if part == "*" {
                keyword_only = true;
            } else if !part.is_empty() {
                params.push(Param::new(part, keyword_only));
            }
        }
        assert!(params.len() <= MAX_ARGS, "{text} has too many parameters");
        let find = |name: &str| params.iter().position(|p| p.name == name);
        let mut defaults = [null_mut(); MAX_ARGS];
        params.iter().enumerate().for_each(|(i, p)| defaults[i] = p.default);
        Sig {
            positional: params.iter().filter(|p| !p.keyword_only).count(),
            required: params.iter().rposition(|p| p.default.is_null()).map_or(0, |i| i + 1),
            defaults,
            out: find("out"),
            requires_grad: find("requires_grad"),
            device: find("device"),
            layout: find("layout"),
            memory_format: find("memory_format"),
            variadic: params.iter().position(|p| p.variadic),
            checked: deprecated || ["device", "layout", "memory_format"].into_iter().any(|name| find(name).is_some()),
            tensor_first: params.first().is_some_and(|p| p.type_name == "Tensor"),
            params,
            fields,
            deprecated,
        }
    }

    /// Arguments into slots. A method's `this` is slot 0.
    ///
    /// # Safety
    /// `args` and `names` are what a FASTCALL | KEYWORDS function gets.
    #[inline]
    pub unsafe fn parse(&self, this: Option<Obj>, args: *const Obj, count: usize, names: Obj, slots: &mut Slots) -> Result<(), Misfit> {
        let base = this.is_some() as usize;
        if let Some(this) = this {
            slots.at[0] = this;
        }
        let mut taken = base + count;
        // SAFETY: the caller's promise; indices stay below the counts.
        unsafe {
            if let Some(v) = self.variadic
                && base + count > v
                && !is_sequence(*args.add(v - base))
            {
                self.gather(v, base, args, count, slots);
                (0..v - base).for_each(|i| slots.at[base + i] = *args.add(i));
                taken = v + 1;
            } else {
                if base + count > self.positional {
                    return Err(Misfit::TooMany { most: self.positional - base, got: count });
                }
                (0..count).for_each(|i| slots.at[base + i] = *args.add(i));
            }
            if !names.is_null() {
                self.keywords(taken, args.add(count), names, slots)?;
            }
        }
        // Methods take no `out`.
        if let Some(out) = self.out.filter(|&out| this.is_some() && slots.at[out] != self.defaults[out]) {
            return Err(Misfit::Unexpected(self.params[out].interned));
        }
        for i in 0..self.required {
            if slots.at[i].is_null() {
                return Err(Misfit::Missing(i));
            }
        }
        Ok(())
    }

    /// The remaining positional ints as one argument: read at once where all are plain ints, else as a tuple.
    unsafe fn gather(&self, v: usize, base: usize, args: *const Obj, count: usize, slots: &mut Slots) {
        let n = base + count - v;
        // SAFETY: n arguments from v on; the tuple takes a reference to each.
        unsafe {
            let rest = std::slice::from_raw_parts(args.add(v - base), n);
            if rest.iter().all(|&o| ffi::PyLong_CheckExact(o) != 0) && gather_ints(rest) {
                slots.at[v] = gathered_mark();
                return;
            }
            let tuple = ffi::PyTuple_New(n as isize);
            for (i, &item) in rest.iter().enumerate() {
                ffi::Py_INCREF(item);
                ffi::PyTuple_SET_ITEM(tuple, i as isize, item);
            }
            slots.made = tuple;
            slots.at[v] = tuple;
        }
    }

    unsafe fn keywords(&self, taken: usize, values: *const Obj, names: Obj, slots: &mut Slots) -> Result<(), Misfit> {
        // SAFETY: the caller's promise.
        unsafe {
            for k in 0..ffi::PyTuple_GET_SIZE(names) {
                let key = ffi::PyTuple_GET_ITEM(names, k);
                let same = |p: &Param| p.interned == key;
                let found = self.params.iter().position(same).or_else(|| self.slow_find(key));
                if let Some(i) = found.filter(|&i| !same(&self.params[i]))
                    && text_of(key) != self.params[i].name
                    && (0..ffi::PyTuple_GET_SIZE(names)).any(|j| text_of(ffi::PyTuple_GET_ITEM(names, j)) == self.params[i].name)
                {
                    return Err(Misfit::Unexpected(key));
                }
                match found {
                    Some(i) if i < taken => return Err(Misfit::Twice(i)),
                    Some(i) => slots.at[i] = *values.offset(k),
                    None => return Err(Misfit::Unexpected(key)),
                }
            }
        }
        Ok(())
    }

    /// By content, and by the names that NumPy uses.
    unsafe fn slow_find(&self, key: Obj) -> Option<usize> {
        // SAFETY: the caller's promise.
        let text = unsafe { text_of(key) };
        let numpy = match text {
            "axis" => "dim",
            "keepdims" => "keepdim",
            "x" | "x1" | "a" => "input",
            "x2" => "other",
            other => other,
        };
        let find = |name: &str| self.params.iter().position(|p| p.name == name);
        find(text).or_else(|| find(numpy))
    }
}

/// Sizes that are read at once; more of them go by way of a tuple.
const GATHERED_MAX: usize = 6;

thread_local! {
    /// Sizes given one by one, for the argument whose slot holds `gathered_mark`, and how many.
    static GATHERED: Cell<([i64; GATHERED_MAX], usize)> = const { Cell::new(([0; GATHERED_MAX], 0)) };
}

/// Reads plain ints; false where one is too large, or too many.
#[inline(always)]
fn gather_ints(items: &[Obj]) -> bool {
    let mut sizes = [0; GATHERED_MAX];
    if items.len() > GATHERED_MAX {
        return false;
    }
    for (size, &item) in sizes.iter_mut().zip(items) {
        let mut overflow = 0;
        // SAFETY: an int, attached.
        *size = unsafe { ffi::PyLong_AsLongLongAndOverflow(item, &mut overflow) };
        if overflow != 0 {
            return false;
        }
    }
    GATHERED.set((sizes, items.len()));
    true
}

/// The object that stands for gathered sizes.
#[inline(always)]
fn gathered_mark() -> Obj {
    static MARK: AtomicPtr<ffi::PyObject> = AtomicPtr::new(null_mut());
    let mark = MARK.load(Relaxed);
    if !mark.is_null() {
        return mark;
    }
    // SAFETY: attached; the object lives for ever.
    let made = unsafe { ffi::PyType_GenericAlloc(&raw mut ffi::PyBaseObject_Type, 0) };
    MARK.store(made, Relaxed);
    made
}

/// The sizes, if `o` stands for them.
#[inline(always)]
pub fn gathered(o: Obj) -> Option<Dims> {
    (o == gathered_mark()).then(|| {
        let (sizes, n) = GATHERED.get();
        Dims::from_slice(&sizes[..n])
    })
}

/// A tuple or list: the whole size as one argument.
unsafe fn is_sequence(o: Obj) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyTuple_Check(o) != 0 || ffi::PyList_Check(o) != 0 }
}

/// The text of a keyword, which lives as long as the call; empty where it is no UTF-8.
///
/// # Safety
/// A live str, attached; the text is not used after it.
pub unsafe fn text_of<'a>(key: Obj) -> &'a str {
    let mut length = 0;
    // SAFETY: a live object, attached; the text is kept in the object.
    unsafe {
        let text = ffi::PyUnicode_AsUTF8AndSize(key, &mut length);
        if text.is_null() {
            ffi::PyErr_Clear();
            return "";
        }
        std::str::from_utf8_unchecked(std::slice::from_raw_parts(text as *const u8, length as usize))
    }
}

/// Parts between commas outside brackets.
fn split_top(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (i, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

impl Param {
    fn new(part: &str, keyword_only: bool) -> Param {
        let (head, default) = match part.split_once('=') {
            Some((head, default)) => (head, Some(default.trim().to_string())),
            None => (part, None),
        };
        let (type_name, name) = head.trim().rsplit_once(' ').expect("a parameter is a type and a name");
        let variadic = type_name.ends_with("...");
        let text = CString::new(name).expect("no zero in a name");
        // SAFETY: attached; interned names live for ever.
        let interned = unsafe { ffi::PyUnicode_InternFromString(text.as_ptr()) };
        Param {
            name: name.to_string(),
            type_name: type_name.trim_end_matches("...").to_string(),
            keyword_only,
            variadic,
            interned,
            default: default.as_deref().map_or(null_mut(), default_object),
            default_text: default,
        }
    }
}

/// A literal as an object that lives for ever.
fn default_object(text: &str) -> Obj {
    // SAFETY: attached; every branch gives a new reference that is kept.
    unsafe {
        match text {
            "None" => ffi::Py_None(),
            "True" => ffi::Py_True(),
            "False" => ffi::Py_False(),
            _ => {
                if let Ok(i) = text.parse::<i64>() {
                    return ffi::PyLong_FromLongLong(i);
                }
                if let Ok(x) = text.parse::<f64>() {
                    return ffi::PyFloat_FromDouble(x);
                }
                let code = CString::new(text).expect("no zero in a default");
                Python::attach(|py| py.eval(&code, None, None).expect("a default is an expression").into_ptr())
            }
        }
    }
}
