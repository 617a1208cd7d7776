//! Holds the walls of the house: the order of the layers, where pyo3 and `unsafe` may stand, how files open,
//! how long they are. Reads the sources as text; needs neither the library nor Python.

use std::fs;
use std::path::Path;

/// Lowest first. Names between commas share a layer. A file may use its own layer and those before it.
const LAYERS: &[&str] = &["error,dtype,shape", "par,storage", "kernels", "tensor,graph", "registry", "ops", "engine", "py"];

/// Macros live at the crate's root; their layer is that of the file that defines them.
const MACROS: &[(&str, &str)] = &[("fail", "error"), ("with_dtype", "dtype"), ("stamp", "kernels"), ("op_table", "ops")];

/// `unsafe` belongs to these: the allocator, the tensor block, the node, kernels, threads, Python.
const UNSAFE_HOMES: &[&str] = &["storage.rs", "storage/", "tensor/block.rs", "graph/node.rs", "kernels/", "par.rs", "par/", "py/"];

/// Where it stands elsewhere today. This list only gets shorter.
const UNSAFE_ELSEWHERE: &[&str] = &[
    "ops/copy.rs",
    "ops/creation.rs",
    "ops/elementwise.rs",
    "ops/index.rs",
    "ops/inplace.rs",
    "ops/linalg.rs",
    "ops/rebase.rs",
    "ops/reduce.rs",
    "tensor/mod.rs",
];

const MAX_LINES: usize = 400;

/// Files that are longer today. This list only gets shorter.
const LONG: &[&str] = &["engine.rs", "ops/random.rs", "py/convert.rs", "py/function.rs", "py/methods.rs", "tensor/block.rs"];

struct Source {
    /// Relative to src/, with forward slashes.
    path: String,
    text: String,
}

impl Source {
    /// The module of the crate's root that this file belongs to.
    fn module(&self) -> &str {
        self.path.split('/').next().expect("a path is not empty").trim_end_matches(".rs")
    }

    /// Lines of code, without comments and without strings that span a line's end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line.split("//").next().unwrap_or("")))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let relative = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
                found.push(Source { path: relative, text: fs::read_to_string(&path).expect("UTF-8") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn layer(module: &str) -> Option<usize> {
    let module = MACROS.iter().find(|(name, _)| *name == module).map_or(module, |(_, home)| home);
    LAYERS.iter().position(|names| names.split(',').any(|name| name == module))
}

/// The first names of all `crate::` paths in a line, those in braces too.
fn used(line: &str) -> Vec<&str> {
    let first = |path: &'_ str| path.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(path.len());
    let mut names = Vec::new();
    for (at, prefix) in line.match_indices("crate::") {
        let own = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = &line[at + prefix.len()..];
        if own && !rest.starts_with('{') {
            names.push(&rest[..first(rest)]);
        } else if own {
            let inner = rest[1..].split('}').next().unwrap_or("");
            names.extend(inner.split(',').map(|path| &path.trim()[..first(path.trim())]));
        }
    }
    names
}

fn report(what: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}

#[test]
fn every_file_uses_only_its_own_layer_and_those_below() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| s.path != "lib.rs") {
        let Some(own) = layer(source.module()) else {
            wrong.push(format!("src/{}: module {} has no place in LAYERS", source.path, source.module()));
            continue;
        };
        for (number, line) in source.code() {
            for name in used(line) {
                match layer(name) {
                    Some(other) if other <= own => {}
                    Some(_) => wrong.push(format!("src/{}:{number} uses {name}, a layer above its own", source.path)),
                    None => wrong.push(format!("src/{}:{number} uses {name}, which has no place in LAYERS", source.path)),
                }
            }
        }
    }
    report("the order of the layers is broken", wrong);
}

#[test]
fn pyo3_stands_under_py_only() {
    let strays = sources().into_iter().filter(|s| !s.path.starts_with("py/"));
    let wrong = strays.filter(|s| s.code().any(|(_, line)| line.contains("pyo3"))).map(|s| s.path).collect();
    report("pyo3 outside src/py", wrong);
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == word)
}

#[test]
fn unsafe_stands_in_its_homes() {
    let home = |path: &str| UNSAFE_HOMES.iter().any(|h| path == *h || (h.ends_with('/') && path.starts_with(h)));
    let with = sources().into_iter().filter(|s| s.code().any(|(_, line)| has_word(line, "unsafe")));
    let strays: Vec<String> = with.map(|s| s.path).filter(|path| !home(path)).collect();
    compare("unsafe", &strays, UNSAFE_ELSEWHERE);
}

#[test]
fn every_file_says_what_it_is_in_one_to_six_lines() {
    let head = |s: &Source| s.text.lines().take_while(|line| line.starts_with("//!")).count();
    let wrong = sources().into_iter().filter(|s| !(1..=6).contains(&head(s))).map(|s| format!("src/{}: {} lines of //!", s.path, head(&s)));
    report("a file opens with one to six lines of //!", wrong.collect());
}

#[test]
fn files_stay_under_400_lines() {
    let long = sources().into_iter().filter(|s| s.path != "ops/table.rs" && s.text.lines().count() > MAX_LINES);
    compare("longer than 400 lines", &long.map(|s| s.path).collect::<Vec<_>>(), LONG);
}

/// What is, against what is allowed: nothing new, and nothing on the list that is mended.
fn compare(what: &str, found: &[String], allowed: &[&str]) {
    report(what, found.iter().filter(|path| !allowed.contains(&path.as_str())).cloned().collect());
    let mended = allowed.iter().filter(|a| !found.iter().any(|path| path == *a)).map(|a| a.to_string()).collect();
    report(&format!("no longer {what}: take them off the list in tests/layers.rs"), mended);
}
