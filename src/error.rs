//! Errors. Each kind is a Python exception class; the text is the user's and in PyTorch's words where it has them.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Runtime,
    Value,
    Type,
    Index,
    NotImplemented,
    Memory,
    /// A matrix that has no such factor or inverse.
    LinAlg,
    /// A Python exception already raised in a `Foreign` call; the binding holds the object.
    Foreign,
}

#[derive(Clone, Debug)]
pub struct Error(Box<(Kind, String)>);

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The caller's place in the source is noted for `visited`.
    #[cold]
    #[track_caller]
    pub fn new(kind: Kind, text: String) -> Error {
        let place = Location::caller();
        if let Ok(mut places) = VISITED.lock() {
            places.insert((place.file(), place.line()));
        }
        Error(Box::new((kind, text)))
    }

    pub fn kind(&self) -> Kind {
        self.0.0
    }

    pub fn text(&self) -> &str {
        &self.0.1
    }
}

type WarnHook = fn(&str) -> Result<()>;

static WARN: OnceLock<WarnHook> = OnceLock::new();

/// Says who is told of warnings.
pub fn set_warn_hook(hook: WarnHook) {
    let _ = WARN.set(hook);
}

/// Tells the user of something that is no error; an error where the user made it one.
#[cold]
pub fn warn(text: &str) -> Result<()> {
    WARN.get().map_or(Ok(()), |hook| hook(text))
}

static VISITED: Mutex<BTreeSet<(&'static str, u32)>> = Mutex::new(BTreeSet::new());

/// Where errors were made so far: (file, line). A test holds it against the list of all `fail!` sites.
pub fn visited() -> Vec<(&'static str, u32)> {
    VISITED.lock().map_or_else(|_| Vec::new(), |places| places.iter().copied().collect())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.1)
    }
}

/// Returns an error from the calling function: `fail!(Index, "index {i} is out of bounds")`.
#[macro_export]
macro_rules! fail {
    ($kind:ident, $($text:tt)+) => {
        return Err($crate::error::Error::new($crate::error::Kind::$kind, format!($($text)+)))
    };
}
