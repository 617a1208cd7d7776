//! The op table and the Python-only rows as callables.

use super::dispatch::Entry;
use super::dispatch::Overload;
use super::dispatch::Row;
use super::dispatch::RowType;
use super::dispatch::entry;
use super::dispatch::typed;
use super::methods;
use super::optim;
use super::signature::SigCell;
use crate::ops::*;
use crate::registry::APART as A;
use crate::registry::DIRECT as D;
use crate::registry::EXACT as X;
use crate::registry::EXPANDED as E;
use crate::registry::FOLLOWS as L;
use crate::registry::FUNCTION as F;
use crate::registry::GRAD as G;
use crate::registry::INPLACE as I;
use crate::registry::INPLACE_FUNCTION as IF;
use crate::registry::METHOD as M;
use crate::registry::OUT_APART as O;
use crate::registry::SAME as S;
use crate::registry::TYPED as Y;

macro_rules! entries {
    ($($name:literal, $kinds:expr, [$($sig:literal => $f:path),+ $(,)?], $doc:literal;)*) => {
        &[$({
            struct This;
            static OVERLOADS: &[Overload] = &[$({
                static SIG: SigCell = SigCell::new($sig);
                Overload { sig: &SIG, call: typed($f) }
            }),+];
            static ROW: Row = Row { name: concat!($name, "\0"), kinds: $kinds, overloads: OVERLOADS, doc: concat!($doc, "\n", $("\n", $name, $sig),+, "\0") };
            impl RowType for This {
                #[inline(always)]
                fn row() -> &'static Row { &ROW }
            }
            entry::<This>()
        }),*]
    };
}

pub static OPS: &[Entry] = crate::op_table!(entries);

pub static METHODS: &[Entry] = entries! {
    "item", M, ["(Tensor input)" => methods::item], "The one element as a Python number.";
    "tolist", M, ["(Tensor input)" => methods::tolist], "Nested lists of Python numbers.";
    "size", M, ["(Tensor input, int dim=None)" => methods::size], "The sizes, or one of them.";
    "stride", M, ["(Tensor input, int dim=None)" => methods::stride], "The strides in elements, or one of them.";
    "numel", F | M, ["(Tensor input)" => methods::numel], "The number of elements.";
    "nelement", M, ["(Tensor input)" => methods::numel], "The number of elements.";
    "dim", M, ["(Tensor input)" => methods::dim], "The number of dimensions.";
    "ndimension", M, ["(Tensor input)" => methods::dim], "The number of dimensions.";
    "storage_offset", M, ["(Tensor input)" => methods::storage_offset], "Where the first element lies in the storage.";
    "data_ptr", M, ["(Tensor input)" => methods::data_ptr], "The address of the first element.";
    "element_size", M, ["(Tensor input)" => methods::element_size], "Bytes of one element.";
    "share_memory_", M, ["(Tensor input)" => methods::share_memory_], "Moves the memory to where forked processes share it.";
    "is_shared", M, ["(Tensor input)" => methods::is_shared], "Whether forked processes share the memory.";
    "is_contiguous", M, ["(Tensor input, *, object memory_format=None)" => methods::is_contiguous], "Row-major without gaps?";
    "is_floating_point", F | M, ["(Tensor input)" => methods::is_floating_point], "Of a float dtype?";
    "is_complex", F | M, ["(Tensor input)" => methods::is_complex], "Of a complex dtype?";
    "is_conj", F | M, ["(Tensor input)" => methods::is_complex], "Conjugated when it is read? No real tensor is.";
    "is_neg", F | M, ["(Tensor input)" => methods::is_complex], "Negated when it is read? No real tensor is.";
    "_is_view", M, ["(Tensor input)" => methods::is_view], "Over the memory of another tensor?";
    "is_signed", F | M, ["(Tensor input)" => methods::is_signed], "Of a signed dtype?";
    "is_inference", F | M, ["(Tensor input)" => methods::is_inference], "Made in inference mode?";
    "get_device", F | M, ["(Tensor input)" => methods::get_device], "-1, the CPU.";
    "is_same_size", F | M, ["(Tensor input, Tensor other)" => methods::is_same_size], "Of the same sizes?";
    "is_set_to", M, ["(Tensor input, Tensor tensor)" => methods::is_set_to], "The same elements in memory?";
    "detach", F | M, ["(Tensor input)" => methods::detach], "The same elements without history.";
    "detach_", F | M, ["(Tensor input)" => methods::detach_], "Cuts the tensor off its history.";
    "requires_grad_", M, ["(Tensor input, bool requires_grad_=True)" => methods::requires_grad_], "Sets whether gradients are recorded.";
    "numpy", M, ["(Tensor input, *, bool force=False)" => methods::numpy], "A NumPy array over the same memory.";
    "cpu", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::cpu], "The tensor itself.";
    "cuda", M, ["(Tensor input, object device=None, bool non_blocking=False)" => methods::cuda], "There is no CUDA: raises.";
    "float", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::float], "As float32.";
    "double", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::double], "As float64.";
    "half", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::half], "As float16.";
    "bfloat16", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::bfloat16], "As bfloat16.";
    "long", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::long], "As int64.";
    "int", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::to_int], "As int32.";
    "short", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::short], "As int16.";
    "char", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::char], "As int8.";
    "byte", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::byte], "As uint8.";
    "bool", M, ["(Tensor input, torch.memory_format memory_format=None)" => methods::to_bool], "As bool.";
    "to", M, [
        "(Tensor input, object first=None, object second=None, *, torch.dtype dtype=None, object device=None, bool copy=False, bool non_blocking=False, torch.memory_format memory_format=None)" => methods::to,
        "(Tensor input, object first=None, object second=None, bool non_blocking=False, bool copy=False, *, torch.dtype dtype=None, object device=None, torch.memory_format memory_format=None)" => methods::to_positional
    ], "As another dtype or on another device.";
    "type_as", M, ["(Tensor input, Tensor other)" => methods::type_as], "As other's dtype.";
    "type", M, ["(Tensor input, object dtype=None, bool non_blocking=False)" => methods::type_], "The type's name, or the tensor converted.";
    "_backward", F, ["(object tensors, object gradient, bool retain_graph, bool create_graph, object inputs)" => methods::backward], "See torch.autograd.backward.";
    "backward", M, ["(Tensor input, object gradient=None, bool retain_graph=None, bool create_graph=False, object inputs=None)" => methods::backward], "Fills .grad of the leaves of this tensor's graph.";
    "_grad", F, ["(object outputs, object inputs, object grad_outputs, bool retain_graph, bool create_graph, bool allow_unused, bool materialize_grads)" => methods::grad], "See torch.autograd.grad.";
    "register_hook", M, ["(Tensor input, object hook)" => methods::register_hook], "Calls hook(grad) when the gradient is known.";
    "register_post_accumulate_grad_hook", M, ["(Tensor input, object hook)" => methods::register_post_accumulate_grad_hook], "Calls hook(tensor) after .grad was filled.";
    "retain_grad", M, ["(Tensor input)" => methods::retain_grad], "Keeps .grad of a tensor that is no leaf.";
    "is_grad_enabled", F, ["()" => methods::is_grad_enabled], "Are operations recorded?";
    "_set_grad_enabled", F, ["(bool mode)" => methods::set_grad_enabled], "Switches recording; gives the old state.";
    "is_inference_mode_enabled", F, ["()" => methods::is_inference_mode_enabled], "In inference mode?";
    "_set_inference_mode", F, ["(bool mode)" => methods::set_inference_mode], "Switches inference mode; gives the old state.";
    "tensor", F, ["(object data, *, torch.dtype dtype=None, torch.device device=None, bool requires_grad=False, bool pin_memory=False)" => methods::tensor], "A tensor with a copy of the data.";
    "as_tensor", F, ["(object data, torch.dtype dtype=None, torch.device device=None)" => methods::as_tensor], "A tensor of the data, without a copy if possible.";
    "asarray", F, ["(object obj, *, torch.dtype dtype=None, torch.device device=None, bool copy=None, bool requires_grad=False)" => methods::as_tensor], "A tensor of the data, without a copy if possible.";
    "from_numpy", F, ["(object ndarray)" => methods::from_numpy], "A tensor over the memory of a NumPy array.";
    "new_tensor", M, ["(Tensor input, object data, *, torch.dtype dtype=None, torch.device device=None, bool requires_grad=False)" => methods::new_tensor], "A tensor of the data in this dtype.";
    "_make_subclass", F, ["(object cls, Tensor data, bool require_grad=False)" => methods::make_subclass], "An instance of a subclass over the same elements.";
    "as_subclass", M, ["(Tensor input, object cls)" => methods::as_subclass], "The same elements as an instance of a subclass.";
    "_raw_bytes", M, ["(Tensor input)" => methods::raw_bytes], "The elements' bytes, row-major.";
    "_from_bytes", F, ["(object data, int[] size, torch.dtype dtype)" => methods::from_bytes], "A tensor of the elements' bytes.";
    "_set_data", M, ["(Tensor input, Tensor source)" => methods::set_data], "Takes over another tensor's elements.";
    "_storage_bytes", M, ["(Tensor input)" => methods::storage_bytes], "All bytes of the storage.";
    "_storage_id", M, ["(Tensor input)" => methods::storage_id], "A number that tensors share when they share memory.";
    "frombuffer", F, ["(object buffer, *, torch.dtype dtype, int count=-1, int offset=0, bool requires_grad=False)" => methods::frombuffer], "A tensor over the memory of a buffer.";
    "is_anomaly_enabled", F, ["()" => methods::is_anomaly_enabled], "Does backward look for nan?";
    "is_anomaly_check_nan_enabled", F, ["()" => methods::is_anomaly_check_nan_enabled], "Does anomaly mode look for nan?";
    "set_anomaly_enabled", F, ["(bool enabled, bool check_nan=True)" => methods::set_anomaly_enabled], "Switches anomaly mode.";
    "result_type", F, ["(Tensor|Number tensor1, Tensor|Number tensor2)" => methods::result_type], "The dtype of arithmetic on both.";
    "promote_types", F, ["(torch.dtype type1, torch.dtype type2)" => methods::promote_types], "The dtype that holds both.";
    "can_cast", F, ["(torch.dtype from_, torch.dtype to)" => methods::can_cast], "May the one be stored as the other?";
    "get_num_threads", F, ["()" => methods::get_num_threads], "How many threads kernels use.";
    "set_num_threads", F, ["(int n)" => methods::set_num_threads], "Sets how many threads kernels use.";
    "set_flush_denormal", F, ["(object mode)" => methods::set_flush_denormal], "Lets this thread take denormal floats as 0; False where the processor cannot.";
    "copy_", M, ["(Tensor input, Tensor|Number src, bool non_blocking=False)" => methods::copy_], "Overwrites with other values.";
    "fill_", M, ["(Tensor input, Tensor value)" => methods::fill_tensor_, "(Tensor input, Number value)" => methods::fill_], "Overwrites with a number.";
    "zero_", M, ["(Tensor input)" => methods::zero_], "Overwrites with 0.";
    "t_", M, ["(Tensor input)" => methods::t_], "Transposes in place.";
    "unsqueeze_", M, ["(Tensor input, int dim)" => methods::unsqueeze_], "Puts a dimension of size 1 in.";
    "squeeze_", M, ["(Tensor input, int[] dim=None)" => methods::squeeze_], "Takes dimensions of size 1 out.";
    "transpose_", M, ["(Tensor input, int dim0, int dim1)" => methods::transpose_], "Swaps two dimensions in place.";
    "swapaxes_", M, ["(Tensor input, int axis0, int axis1)" => methods::transpose_], "Swaps two dimensions in place.";
    "swapdims_", M, ["(Tensor input, int dim0, int dim1)" => methods::transpose_], "Swaps two dimensions in place.";
    "float_power_", M, ["(Tensor input, Tensor|Number exponent)" => methods::float_power_], "A power in float64, in place.";
    "eq_", M, ["(Tensor input, Tensor|Number other)" => methods::eq_], "The comparison, in place.";
    "ne_", M, ["(Tensor input, Tensor|Number other)" => methods::ne_], "The comparison, in place.";
    "not_equal_", M, ["(Tensor input, Tensor|Number other)" => methods::ne_], "The comparison, in place.";
    "lt_", M, ["(Tensor input, Tensor|Number other)" => methods::lt_], "The comparison, in place.";
    "less_", M, ["(Tensor input, Tensor|Number other)" => methods::lt_], "The comparison, in place.";
    "le_", M, ["(Tensor input, Tensor|Number other)" => methods::le_], "The comparison, in place.";
    "less_equal_", M, ["(Tensor input, Tensor|Number other)" => methods::le_], "The comparison, in place.";
    "gt_", M, ["(Tensor input, Tensor|Number other)" => methods::gt_], "The comparison, in place.";
    "greater_", M, ["(Tensor input, Tensor|Number other)" => methods::gt_], "The comparison, in place.";
    "ge_", M, ["(Tensor input, Tensor|Number other)" => methods::ge_], "The comparison, in place.";
    "greater_equal_", M, ["(Tensor input, Tensor|Number other)" => methods::ge_], "The comparison, in place.";
    "resize_", M, ["(Tensor input, int[]... size, *, torch.memory_format memory_format=None)" => methods::resize_], "Changes the sizes in place.";
    "nonzero", F | M, ["(Tensor input, *, bool as_tuple=False, *OUT)" => methods::nonzero], "Coordinates of what is not zero.";
    "cumsum_", M, ["(Tensor input, int dim, *, torch.dtype dtype=None)" => methods::cumsum_], "Running sums, in place.";
    "cumprod_", M, ["(Tensor input, int dim, *, torch.dtype dtype=None)" => methods::cumprod_], "Running products, in place.";
    "uniform_", M, ["(Tensor input, float from_=0, float to=1, *, torch.Generator generator=None)" => methods::uniform_], "Overwrites with U[from, to).";
    "normal_", M, ["(Tensor input, float mean=0, float std=1, *, torch.Generator generator=None)" => methods::normal_], "Overwrites with N(mean, std^2).";
    "random_", M, [
        "(Tensor input, *, torch.Generator generator=None)" => methods::random_,
        "(Tensor input, int to, *, torch.Generator generator=None)" => methods::random_to_,
        "(Tensor input, int from_, int to=None, *, torch.Generator generator=None)" => methods::random_from_
    ], "Overwrites with integers.";
    "bernoulli_", M, [
        "(Tensor input, Tensor p, *, torch.Generator generator=None)" => methods::bernoulli_each_,
        "(Tensor input, float p=0.5, *, torch.Generator generator=None)" => methods::bernoulli_
    ], "Overwrites with 1 of probability p, else 0.";
    "exponential_", M, ["(Tensor input, float lambd=1, *, torch.Generator generator=None)" => methods::exponential_], "Overwrites with exponential draws.";
    "geometric_", M, ["(Tensor input, float p, *, torch.Generator generator=None)" => methods::geometric_], "Overwrites with geometric draws.";
    "cauchy_", M, ["(Tensor input, float median=0, float sigma=1, *, torch.Generator generator=None)" => methods::cauchy_], "Overwrites with Cauchy draws.";
    "log_normal_", M, ["(Tensor input, float mean=1, float std=2, *, torch.Generator generator=None)" => methods::log_normal_], "Overwrites with log-normal draws.";
    // Optimizers.
    "_sgd_step", F, ["(object param_groups, object state)" => optim::sgd_step], "One step of SGD.";
    "_adam_step", F, ["(object param_groups, object state)" => optim::adam_step], "One step of Adam.";
    "_adamw_step", F, ["(object param_groups, object state)" => optim::adam_step], "One step of AdamW.";
    "_rmsprop_step", F, ["(object param_groups, object state)" => optim::rmsprop_step], "One step of RMSprop.";
    "_zero_grad", F, ["(object param_groups, bool set_to_none)" => optim::zero_grad], "Drops or zeroes all gradients.";
};
