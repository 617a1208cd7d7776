//! The hot half of the grad-mode context managers: entering and leaving `no_grad` and `enable_grad`.

use std::cell::Cell;

use pyo3::prelude::*;

use crate::graph::mode;

/// Sets recording to `ON` in a `with` block and restores it after.
macro_rules! switch {
    ($name:ident, $py:literal, $on:literal) => {
        #[pyclass(subclass, unsendable, name = $py, module = "rgrad._C")]
        struct $name {
            was_off: Cell<bool>,
        }

        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (*_args))]
            fn new(_args: &Bound<'_, pyo3::types::PyTuple>) -> $name {
                $name { was_off: Cell::new(false) }
            }

            fn __enter__(&self) {
                self.was_off.set(mode::set(mode::GRAD_OFF, !$on));
            }

            #[pyo3(signature = (*_raised))]
            fn __exit__(&self, _raised: &Bound<'_, pyo3::types::PyTuple>) {
                mode::set(mode::GRAD_OFF, self.was_off.get());
            }
        }
    };
}
switch!(NoGrad, "_NoGrad", false);
switch!(EnableGrad, "_EnableGrad", true);

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<NoGrad>()?;
    m.add_class::<EnableGrad>()
}
