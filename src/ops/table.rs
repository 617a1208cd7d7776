//! The table of operations: name, forms, signatures in PyTorch's notation with their functions, help text.
//! `op_table!(macro)` hands every row to a macro; src/py makes the Python face of it, the tests their lists.
//! `*OUT` stands for `Tensor out=None`, `*OPT` for the options of factories, `int...` for sizes given one by one.

#[macro_export]
macro_rules! op_table {
    ($use:ident) => {
        $use! {
            // Creation.
            "empty", F, ["(int[]... size, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => creation::empty], "Undefined content.";
            "zeros", F | L | Y, ["(int[]... size, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::zeros_of], "Filled with 0.";
            "ones", F | L | Y, ["(int[]... size, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::ones], "Filled with 1.";
            "full", F | L | Y, ["(int[] size, Number fill_value, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::full], "Filled with a number.";
            "arange", F | L | Y, [
                "(Number end, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::arange_to,
                "(Number start, Number end, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::arange_from,
                "(Number start, Number end, Number step=1, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::arange
            ], "Numbers in steps, the end not included.";
            "linspace", F | L | Y, ["(Number start, Number end, int steps, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::linspace], "Points at equal distances, both ends included.";
            "eye", F | L | Y, [
                "(int n, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::eye_square,
                "(int n, int m, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::eye
            ], "Ones on the diagonal.";
            "empty_like", F, ["(Tensor input, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => creation::empty_like], "Undefined content in the input's shape.";
            "zeros_like", F, ["(Tensor input, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => creation::zeros_like], "0 in the input's shape.";
            "ones_like", F, ["(Tensor input, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => creation::ones_like], "1 in the input's shape.";
            "full_like", F, ["(Tensor input, Number fill_value, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => creation::full_like], "A number in the input's shape.";
            "new_zeros", M, ["(Tensor input, int[]... size, *, torch.dtype dtype=None, *OPT)" => creation::new_zeros], "0 in the input's dtype.";
            "new_ones", M, ["(Tensor input, int[]... size, *, torch.dtype dtype=None, *OPT)" => creation::new_ones], "1 in the input's dtype.";
            "new_empty", M, ["(Tensor input, int[]... size, *, torch.dtype dtype=None, *OPT)" => creation::new_empty], "Undefined content in the input's dtype.";
            "new_full", M, ["(Tensor input, int[] size, Number fill_value, *, torch.dtype dtype=None, *OPT)" => creation::new_full], "A number in the input's dtype.";

            // Arithmetic.
            "add", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, Number alpha=1, *OUT)" => arithmetic::add, "(Tensor input, Number alpha, Tensor|Number other, *, *OUT) deprecated" => arithmetic::add_scaled], "input + alpha * other.";
            "sub", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, Number alpha=1, *OUT)" => arithmetic::sub, "(Tensor input, Number alpha, Tensor|Number other, *, *OUT) deprecated" => arithmetic::sub_scaled], "input - alpha * other.";
            "subtract", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, Number alpha=1, *OUT)" => arithmetic::sub], "input - alpha * other.";
            "rsub", F | G, ["(Tensor input, Tensor|Number other, *, Number alpha=1)" => arithmetic::rsub], "other - alpha * input.";
            "mul", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => arithmetic::mul], "input * other.";
            "multiply", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => arithmetic::mul], "input * other.";
            "div", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, str rounding_mode=None, *OUT)" => arithmetic::div], "input / other.";
            "divide", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, str rounding_mode=None, *OUT)" => arithmetic::div], "input / other.";
            "true_divide", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => arithmetic::true_divide], "input / other.";
            "floor_divide", F | M | I | D, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => arithmetic::floor_divide], "floor(input / other).";
            "remainder", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::remainder, "(Number self, Tensor other)" => arithmetic::remainder_of_number], "input mod other, with other's sign.";
            "fmod", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::fmod], "input mod other, with input's sign.";
            "pow", F | M | I | D | G, ["(Tensor input, Tensor|Number exponent, *, *OUT)" => arithmetic::pow, "(Number self, Tensor exponent, *, *OUT)" => power::pow_of_number], "input to a power.";
            "neg", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => sign::neg], "-input.";
            "negative", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => sign::neg], "-input.";
            "positive", F | M | G, ["(Tensor input)" => sign::positive], "+input.";
            "abs", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => sign::abs], "The absolute value.";
            "absolute", F | M | I | D | G | S, ["(Tensor input, *, *OUT)" => sign::abs], "The absolute value.";
            "square", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::square], "input * input.";
            "reciprocal", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::reciprocal], "1 / input.";
            "lerp", F | M | I | D | G, ["(Tensor input, Tensor end, Tensor|Number weight, *, *OUT)" => select::lerp], "input + weight * (end - input).";
            "addcmul", F | M | I | G | D, ["(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1, *OUT)" => select::addcmul, "(Tensor input, Number value, Tensor tensor1, Tensor tensor2, *, *OUT) deprecated" => select::addcmul_scaled], "input + value * tensor1 * tensor2.";
            "addcdiv", F | M | I | G | D, ["(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1, *OUT)" => select::addcdiv, "(Tensor input, Number value, Tensor tensor1, Tensor tensor2, *, *OUT) deprecated" => select::addcdiv_scaled], "input + value * tensor1 / tensor2.";

            // Functions of one element.
            "exp", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::exp], "e to the input.";
            "exp2", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::exp2], "2 to the input.";
            "expm1", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::expm1], "e to the input, minus 1.";
            "log", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::log], "The natural logarithm.";
            "log2", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::log2], "The logarithm to base 2.";
            "log10", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::log10], "The logarithm to base 10.";
            "log1p", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::log1p], "log(1 + input).";
            "sqrt", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::sqrt], "The square root.";
            "rsqrt", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::rsqrt], "1 / sqrt(input).";
            "sin", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::sin], "The sine, of radians.";
            "cos", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::cos], "The cosine, of radians.";
            "tan", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::tan], "The tangent, of radians.";
            "sinh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::sinh], "The hyperbolic sine.";
            "cosh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::cosh], "The hyperbolic cosine.";
            "asin", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::asin], "The arc sine.";
            "arcsin", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::asin], "The arc sine.";
            "acos", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::acos], "The arc cosine.";
            "arccos", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::acos], "The arc cosine.";
            "atan", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::atan], "The arc tangent.";
            "arctan", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::atan], "The arc tangent.";
            "tanh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::tanh], "The hyperbolic tangent.";
            "sigmoid", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::sigmoid], "1 / (1 + e^-input).";
            "erf", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::erf], "The error function.";
            "floor", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => transcendental::floor], "Rounded down.";
            "ceil", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => transcendental::ceil], "Rounded up.";
            "trunc", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => transcendental::trunc], "Rounded toward zero.";
            "fix", F | M | I | IF | D | G | S, ["(Tensor input, *, *OUT)" => transcendental::trunc], "Rounded toward zero.";
            "frac", F | M | I | IF | G | S, ["(Tensor input, *, *OUT)" => transcendental::frac], "The fraction.";
            "round", F | M | I | IF | G | S | O, ["(Tensor input, *, int decimals=0, *OUT)" => transcendental::round], "Rounded, ties to even.";
            "sign", F | M | I | D | G | S, ["(Tensor input, *, *OUT)" => sign::sign], "-1, 0 or 1.";
            "angle", F | M | G, ["(Tensor input, *, *OUT)" => real::angle], "0, pi where a number is negative.";
            "conj", F | M, ["(Tensor input)" => real::itself], "The conjugate: a real tensor itself.";
            "conj_physical", F | M, ["(Tensor input)" => real::itself], "The conjugate: a real tensor itself.";
            "resolve_conj", F | M, ["(Tensor input)" => real::itself], "The tensor itself.";
            "resolve_neg", F | M, ["(Tensor input)" => real::itself], "The tensor itself.";
            "real", F, ["(Tensor input)" => real::itself], "The real part: a real tensor itself.";
            "imag", F, ["(Tensor input)" => real::imag], "Of complex tensors only: raises.";
            "sgn", F | M | I | D | G | S, ["(Tensor input, *, *OUT)" => sign::sgn], "-1, 0 or 1.";

            // Comparison and logic.
            "eq", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::eq], "input = other.";
            "ne", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ne], "input differs from other.";
            "not_equal", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ne], "input differs from other.";
            "lt", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::lt], "input < other.";
            "less", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::lt], "input < other.";
            "le", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::le], "input <= other.";
            "less_equal", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::le], "input <= other.";
            "gt", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::gt], "input > other.";
            "greater", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::gt], "input > other.";
            "ge", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ge], "input >= other.";
            "greater_equal", F | M | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ge], "input >= other.";
            "logical_and", F | M | I | D, ["(Tensor input, Tensor other, *, *OUT)" => compare::logical_and], "Both non-zero.";
            "logical_or", F | M | I | D, ["(Tensor input, Tensor other, *, *OUT)" => compare::logical_or], "Either non-zero.";
            "logical_xor", F | M | I | D, ["(Tensor input, Tensor other, *, *OUT)" => compare::logical_xor], "Exactly one non-zero.";
            "logical_not", F | M | I, ["(Tensor input, *, *OUT)" => compare::logical_not], "Zero?";
            "bitwise_and", F | M | I | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::bitwise_and, "(Number self, Tensor other)" => compare::and_number], "Bitwise and.";
            "bitwise_or", F | M | I | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::bitwise_or, "(Number self, Tensor other)" => compare::or_number], "Bitwise or.";
            "bitwise_xor", F | M | I | D, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::bitwise_xor, "(Number self, Tensor other)" => compare::xor_number], "Bitwise exclusive or.";
            "bitwise_not", F | M | I | D | S, ["(Tensor input, *, *OUT)" => compare::bitwise_not], "Bitwise not.";
            "isnan", F | M, ["(Tensor input)" => compare::isnan], "Not a number?";
            "isinf", F | M, ["(Tensor input)" => compare::isinf], "Infinite?";
            "isfinite", F | M, ["(Tensor input)" => compare::isfinite], "Neither infinite nor nan?";
            "isclose", F | M, ["(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)" => compare::isclose], "Close, element by element?";
            "allclose", F | M, ["(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)" => compare::allclose], "All elements close?";
            "equal", F | M, ["(Tensor input, Tensor other)" => compare::equal], "Same sizes and elements?";

            // Choice.
            "where", F | O | Y, [
                "(Tensor condition)" => index::where_columns,
                "(Tensor condition, Tensor|Number input, Tensor|Number other, *, *OUT)" => select::where_
            ], "input where the condition holds, else other.";
            "where", M | G | O, ["(Tensor input, Tensor condition, Tensor|Number other)" => select::where_method], "The tensor where the condition holds, else other.";
            "masked_fill", F | M | I | D | G | E, ["(Tensor input, Tensor mask, Tensor|Number value)" => select::masked_fill], "value where the mask holds.";
            "maximum", F | M | G | O, ["(Tensor input, Tensor other, *, *OUT)" => select::maximum], "The larger of two.";
            "minimum", F | M | G | O, ["(Tensor input, Tensor other, *, *OUT)" => select::minimum], "The smaller of two.";
            "clamp", F | M | I | IF | D | G | Y, [
                "(Tensor input, Tensor min=None, Tensor max=None, *, *OUT)" => select::clamp_tensor,
                "(Tensor input, Number min=None, Number max=None, *, *OUT)" => select::clamp
            ], "Held between min and max.";
            "clip", F | M | I | IF | D | G | Y, [
                "(Tensor input, Tensor min=None, Tensor max=None, *, *OUT)" => select::clamp_tensor,
                "(Tensor input, Number min=None, Number max=None, *, *OUT)" => select::clamp
            ], "Held between min and max.";
            "clamp_min", F | M | I | IF | D | G | Y, ["(Tensor input, Tensor min, *, *OUT)" => select::clamp_min_tensor, "(Tensor input, Number min, *, *OUT)" => select::clamp_min], "At least min.";
            "clamp_max", F | M | I | IF | D | G | Y, ["(Tensor input, Tensor max, *, *OUT)" => select::clamp_max_tensor, "(Tensor input, Number max, *, *OUT)" => select::clamp_max], "At most max.";
            "relu", F | M | I | IF | D | G, ["(Tensor input)" => select::relu], "max(input, 0).";

            // Reductions.
            "sum", F | M | G | Y | L, [
                "(Tensor input, *, torch.dtype dtype=None)" => reduce::sum_everything,
                "(Tensor input, int[] dim, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::sum
            ], "The sum.";
            "mean", F | M | G | Y, [
                "(Tensor input, *, torch.dtype dtype=None)" => reduce::mean_everything,
                "(Tensor input, int[] dim, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::mean
            ], "The mean.";
            "prod", F | M | G | Y | L, [
                "(Tensor input, *, torch.dtype dtype=None)" => reduce::prod_everything,
                "(Tensor input, int dim, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::prod
            ], "The product.";
            "max", F | M | G | O | Y, [
                "(Tensor input, *, *OUT)" => reduce::max_everything,
                "(Tensor input, Tensor other, *, *OUT)" => select::maximum,
                "(Tensor input, int dim, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => reduce::max_along
            ], "The largest element.";
            "min", F | M | G | O | Y, [
                "(Tensor input, *, *OUT)" => reduce::min_everything,
                "(Tensor input, Tensor other, *, *OUT)" => select::minimum,
                "(Tensor input, int dim, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => reduce::min_along
            ], "The smallest element.";
            "amax", F | M | G | Y, ["(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::amax], "The largest elements.";
            "amin", F | M | G | Y, ["(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::amin], "The smallest elements.";
            "argmax", F | M | Y, ["(Tensor input, int dim=None, bool keepdim=False, *, *OUT)" => reduce::argmax], "Where the largest element is.";
            "argmin", F | M | Y, ["(Tensor input, int dim=None, bool keepdim=False, *, *OUT)" => reduce::argmin], "Where the smallest element is.";
            "any", F | M | Y, [
                "(Tensor input, *, *OUT)" => reduce::any_everything,
                "(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::any
            ], "Any non-zero?";
            "all", F | M | Y, [
                "(Tensor input, *, *OUT)" => reduce::all_everything,
                "(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::all
            ], "All non-zero?";
            "var", F | M | G, [
                "(Tensor input, int[] dim, bool unbiased=True, bool keepdim=False, *, *OUT)" => moments::var_unbiased,
                "(Tensor input, int[] dim=None, *, Number correction=None, bool keepdim=False, *OUT)" => moments::var,
                "(Tensor input, bool unbiased=True)" => moments::var_all
            ], "The variance.";
            "std", F | M | G, [
                "(Tensor input, int[] dim, bool unbiased=True, bool keepdim=False, *, *OUT)" => moments::std_unbiased,
                "(Tensor input, int[] dim=None, *, Number correction=None, bool keepdim=False, *OUT)" => moments::std,
                "(Tensor input, bool unbiased=True)" => moments::std_all
            ], "The standard deviation.";
            "linalg_vector_norm", F | G | Y, ["(Tensor input, Number ord=2, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => moments::vector_norm], "The p-norm of a vector.";
            "logsumexp", F | M | G, ["(Tensor input, int[] dim, bool keepdim=False, *, *OUT)" => moments::logsumexp], "log of the sum of e^input.";

            // Views and joins.
            "view", M | G, ["(Tensor input, torch.dtype dtype)" => view::view_dtype, "(Tensor input, int[]... size)" => view::view], "The same elements under other sizes.";
            "reshape", F, ["(Tensor input, int[] shape)" => view::reshape], "A view if strides allow it, else a copy.";
            "reshape", M | G, ["(Tensor input, int[]... shape)" => view::reshape], "A view if strides allow it, else a copy.";
            "view_as", M | G, ["(Tensor input, Tensor other)" => view::view_as], "A view in the sizes of other.";
            "reshape_as", M | G, ["(Tensor input, Tensor other)" => view::reshape_as], "Reshaped to the sizes of other.";
            "flatten", F | M | G, ["(Tensor input, int start_dim=0, int end_dim=-1)" => view::flatten], "Dimensions joined into one.";
            "unflatten", F | M | G, ["(Tensor input, int dim, int[] sizes)" => view::unflatten], "One dimension cut into several.";
            "ravel", F | M | G, ["(Tensor input)" => view::ravel], "All dimensions joined into one.";
            "t", F | M | G, ["(Tensor input)" => view::t], "The transpose of a matrix.";
            "transpose", F | M | G, ["(Tensor input, int dim0, int dim1)" => view::transpose], "Two dimensions swapped.";
            "swapaxes", F | M | G, ["(Tensor input, int axis0, int axis1)" => view::transpose], "Two dimensions swapped.";
            "adjoint", F | M | G, ["(Tensor input)" => view::adjoint], "The last two dimensions swapped.";
            "swapdims", F | M | G, ["(Tensor input, int dim0, int dim1)" => view::transpose], "Two dimensions swapped.";
            "permute", F, ["(Tensor input, int[] dims)" => view::permute], "Dimensions in another order.";
            "permute", M | G, ["(Tensor input, int[]... dims)" => view::permute], "Dimensions in another order.";
            "movedim", F | M | G, ["(Tensor input, int[] source, int[] destination)" => view::movedim], "Dimensions moved.";
            "moveaxis", F | M | G, ["(Tensor input, int[] source, int[] destination)" => view::movedim], "Dimensions moved.";
            "squeeze", F | M | G, ["(Tensor input)" => view::squeeze_all, "(Tensor input, int[] dim)" => view::squeeze_dims], "Dimensions of size 1 taken out.";
            "unsqueeze", F | M | G, ["(Tensor input, int dim)" => view::unsqueeze], "A dimension of size 1 put in.";
            "expand", M | G, ["(Tensor input, int[]... size, *, bool implicit=False)" => view::expand_method], "Dimensions of size 1 repeated, without a copy.";
            "expand_as", M | G, ["(Tensor input, Tensor other)" => view::expand_as], "Expanded to the sizes of other.";
            "broadcast_to", F | M | G, ["(Tensor input, int[] size)" => view::expand], "Broadcast to a shape.";
            "narrow", F | M | G, ["(Tensor input, int dim, Tensor start, int length)" => view::narrow_from, "(Tensor input, int dim, int start, int length)" => view::narrow], "A range of a dimension.";
            "select", F | M | G, ["(Tensor input, int dim, int index)" => view::select], "One index of a dimension.";
            "diagonal", F | M | G, ["(Tensor input, int offset=0, int dim1=0, int dim2=1)" => view::diagonal], "A diagonal.";
            "as_strided", F | M | G, ["(Tensor input, int[] size, int[] stride, int storage_offset=None)" => rebase::as_strided], "Any view of the storage.";
            "cat", F | G | X, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::cat], "Joined along a dimension.";
            "concat", F | G | X, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::cat], "Joined along a dimension.";
            "concatenate", F | G | X, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::cat], "Joined along a dimension.";
            "stack", F | G | O, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::stack], "Joined along a new dimension.";
            "split", F | M | G, ["(Tensor input, int split_size, int dim=0)" => join::split, "(Tensor input, int[] split_size, int dim=0)" => join::split_with_sizes], "Cut into pieces of a size.";
            "split_with_sizes", F | M | G, ["(Tensor input, int[] split_sizes, int dim=0)" => join::split_with_sizes], "Cut into pieces of given sizes.";
            "chunk", F | M | G, ["(Tensor input, int chunks, int dim=0)" => join::chunk], "Cut into a number of pieces.";
            "unbind", F | M | G, ["(Tensor input, int dim=0)" => join::unbind], "Every index of a dimension.";
            "repeat", M | G, ["(Tensor input, int[]... repeats)" => join::repeat], "Repeated along its dimensions.";
            "clone", F | M | G, ["(Tensor input, *, torch.memory_format memory_format=None)" => copy::clone], "A copy.";
            "contiguous", M | G, ["(Tensor input, *, torch.memory_format memory_format=None)" => copy::contiguous], "Row-major, copied if it is not.";

            // Positions.
            "gather", F | M | G | X, ["(Tensor input, int dim, Tensor index, *, bool sparse_grad=False, *OUT)" => scatter::gather_method], "Elements by position along a dimension.";
            "index_select", F | M | G | X, ["(Tensor input, int dim, Tensor index, *, *OUT)" => index::index_select], "Rows by position.";

            // Products.
            "matmul", F | M | G | Y, ["(Tensor input, Tensor other, *, *OUT)" => linalg::matmul], "The matrix product.";
            "mm", F | M | G | D | Y, ["(Tensor input, Tensor mat2, *, *OUT)" => linalg::mm], "The product of two matrices.";
            "bmm", F | M | G | D | Y, ["(Tensor input, Tensor mat2, *, *OUT)" => linalg::bmm], "Products of matrices, stack by stack.";
            "mv", F | M | G, ["(Tensor input, Tensor vec, *, *OUT)" => linalg::mv], "Matrix times vector.";
            "dot", F | M | G | Y, ["(Tensor input, Tensor tensor, *, *OUT)" => linalg::dot], "The inner product of two vectors.";
            "outer", F | M | G | O, ["(Tensor input, Tensor vec2, *, *OUT)" => linalg::outer], "The outer product of two vectors.";
            "ger", F | M | G | O, ["(Tensor input, Tensor vec2, *, *OUT)" => linalg::outer], "The outer product of two vectors.";
            "addmm", F | M | I | G | Y, ["(Tensor input, Tensor mat1, Tensor mat2, *, Number beta=1, Number alpha=1, *OUT)" => contract::addmm], "beta * input + alpha * mat1 @ mat2.";
            "baddbmm", F | M | I | G | Y, ["(Tensor input, Tensor batch1, Tensor batch2, *, Number beta=1, Number alpha=1, *OUT)" => contract::baddbmm], "beta * input + alpha * batch1 @ batch2.";
            "linear", F | G, ["(Tensor input, Tensor weight, Tensor bias=None)" => linalg::linear], "input @ weight.T + bias.";

            // Scans.
            "cumsum", F | M | G | O | Y | L, ["(Tensor input, int dim, *, torch.dtype dtype=None, *OUT)" => scan::cumsum], "Running sums.";
            "cumprod", F | M | G | O | Y | L, ["(Tensor input, int dim, *, torch.dtype dtype=None, *OUT)" => scan::cumprod], "Running products.";
            "logcumsumexp", F | M | G | O, ["(Tensor input, int dim, *, *OUT)" => scan::logcumsumexp], "log of the running sums of e^input.";
            "cummax", F | M | G, ["(Tensor input, int dim, *, *OUT) -> (Tensor values, Tensor indices)" => scan::cummax], "Running maxima.";
            "cummin", F | M | G, ["(Tensor input, int dim, *, *OUT) -> (Tensor values, Tensor indices)" => scan::cummin], "Running minima.";

            // Order.
            "sort", F | M | G | O | Y, [
                "(Tensor input, int dim=-1, bool descending=False, *, *OUT) -> (Tensor values, Tensor indices)" => sort::sort,
                "(Tensor input, *, bool stable, int dim=-1, bool descending=False, *OUT) -> (Tensor values, Tensor indices)" => sort::sort_stable
            ], "In order along a dimension.";
            "argsort", F | M, [
                "(Tensor input, int dim=-1, bool descending=False)" => sort::argsort,
                "(Tensor input, *, bool stable, int dim=-1, bool descending=False, *OUT)" => sort::argsort_stable
            ], "The positions that put elements in order.";
            "msort", F | M | G | Y, ["(Tensor input, *, *OUT)" => sort::msort], "In order along the first dimension.";
            "topk", F | M | G | Y, ["(Tensor input, int k, int dim=-1, bool largest=True, bool sorted=True, *, *OUT) -> (Tensor values, Tensor indices)" => sort::topk], "The k largest.";
            "kthvalue", F | M | G | X, ["(Tensor input, int k, int dim=-1, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => sort::kthvalue], "The k-th smallest.";
            "median", F | M | G, [
                "(Tensor input)" => sort::median,
                "(Tensor input, int dim, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => sort::median_along
            ], "The lower median.";
            "nanmedian", F | M | G, [
                "(Tensor input)" => sort::nanmedian,
                "(Tensor input, int dim, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => sort::nanmedian_along
            ], "The lower median, nan ignored.";
            "mode", F | M | G, ["(Tensor input, int dim=-1, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => sort::mode], "The commonest element.";
            "searchsorted", F | Y, [
                "(Tensor sorted_sequence, Tensor input, *, bool out_int32=False, bool right=False, str side=None, Tensor sorter=None, *OUT)" => sort::searchsorted,
                "(Tensor sorted_sequence, Number self, *, bool out_int32=False, bool right=False, str side=None, Tensor sorter=None, *OUT)" => sort::searchsorted_number
            ], "Where values would stand in sorted rows.";
            "bucketize", F | Y, [
                "(Tensor input, Tensor boundaries, *, bool out_int32=False, bool right=False, *OUT)" => sort::bucketize,
                "(Number self, Tensor boundaries, *, bool out_int32=False, bool right=False, *OUT)" => sort::bucketize_number
            ], "Which interval values lie in.";

            // Writing by position.
            "scatter", F | M | I | G | X | A, [
                "(Tensor input, int dim, Tensor index, Tensor|Number src, *, *OUT)" => scatter::scatter,
                "(Tensor input, int dim, Tensor index, Tensor|Number src, *, str reduce, *OUT)" => scatter::scatter_reduced,
                "(Tensor input, int dim, Tensor index, Number value, *, *OUT)" => scatter::scatter,
                "(Tensor input, int dim, Tensor index, Number value, *, str reduce, *OUT)" => scatter::scatter_reduced
            ], "Written at positions along a dimension.";
            "scatter_add", F | M | I | G | X | A, ["(Tensor input, int dim, Tensor index, Tensor src, *, *OUT)" => scatter::scatter_add], "Added at positions along a dimension.";
            "index_add", F | M | I | G | A, ["(Tensor input, int dim, Tensor index, Tensor source, *, Number alpha=1, *OUT)" => slices::index_add], "Slices added at positions.";
            "index_copy", F | M | I | G | A, ["(Tensor input, int dim, Tensor index, Tensor source, *, *OUT)" => slices::index_copy], "Slices replaced at positions.";
            "index_fill", F | M | I | G | A | E, ["(Tensor input, int dim, Tensor index, Tensor|Number value)" => slices::index_fill], "Slices filled at positions.";
            "scatter_reduce", F | M | I | G | A, ["(Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True, *OUT)" => scatter_reduce::scatter_reduce], "Reduced at positions along a dimension.";
            "lgamma", F | M | I | D | G, ["(Tensor input, *, *OUT)" => gamma::lgamma], "log |gamma(input)|.";
            "special_softmax", F | G, ["(Tensor input, int dim, torch.dtype dtype=None)" => softmax::softmax], "e^input, divided by its sum along a dimension.";
            "special_log_softmax", F | G, ["(Tensor input, int dim, torch.dtype dtype=None)" => softmax::log_softmax], "The logarithm of softmax.";
            "special_gammaln", F | G, ["(Tensor input, *, *OUT)" => gamma::lgamma], "log |gamma(input)|.";
            "digamma", F | M | I | D | G, ["(Tensor input, *, *OUT)" => gamma::digamma], "The derivative of lgamma.";
            "special_digamma", F | G, ["(Tensor input, *, *OUT)" => gamma::digamma], "The derivative of lgamma.";
            "special_psi", F | G, ["(Tensor input, *, *OUT)" => gamma::digamma], "The derivative of lgamma.";
            "polygamma", F | G, ["(int n, Tensor input, *, *OUT)" => gamma::polygamma], "The n-th derivative of digamma.";
            "polygamma", M | G, ["(Tensor input, int n)" => gamma::polygamma_method], "The n-th derivative of digamma.";
            "special_polygamma", F | G, ["(int n, Tensor input, *, *OUT)" => gamma::polygamma], "The n-th derivative of digamma.";
            "erfinv", F | M | I | D | G, ["(Tensor input, *, *OUT)" => gamma::erfinv], "The inverse of erf.";
            "special_erfinv", F | G, ["(Tensor input, *, *OUT)" => gamma::erfinv], "The inverse of erf.";
            "index_put", F | M | I | IF | G | A | E, ["(Tensor input, Tensor?[] indices, Tensor values, bool accumulate=False)" => index::index_put], "Written at positions of all dimensions.";
            "take", F | M | G | X, ["(Tensor input, Tensor index, *, *OUT)" => scatter::take], "Elements by row-major number.";
            "put", F | M | I | G | A, ["(Tensor input, Tensor index, Tensor source, bool accumulate=False)" => scatter::put], "Written by row-major number.";
            "take_along_dim", F | M | G, ["(Tensor input, Tensor indices, int dim=None, *, *OUT)" => scatter::take_along_dim], "Elements by position along a dimension, broadcast.";
            "masked_select", F | M | G | X, ["(Tensor input, Tensor mask, *, *OUT)" => rearrange::masked_select], "The elements where the mask holds.";
            "masked_scatter", F | M | I | G, ["(Tensor input, Tensor mask, Tensor source)" => rearrange::masked_scatter], "Replaced in order where the mask holds.";
            "argwhere", F | M, ["(Tensor input)" => index::nonzero], "Coordinates of what is not zero.";
            "count_nonzero", F | M, [
                "(Tensor input, int dim=None)" => rearrange::count_nonzero,
                "(Tensor input, int[] dim)" => rearrange::count_nonzero
            ], "How many are not zero.";
            "var_mean", F | G, [
                "(Tensor input, int[] dim, bool unbiased=True, bool keepdim=False)" => moments::var_mean_unbiased,
                "(Tensor input, int[] dim=None, *, Number correction=None, bool keepdim=False)" => moments::var_mean,
                "(Tensor input, bool unbiased=True)" => moments::var_mean_all
            ], "Variance and mean.";
            "std_mean", F | G, [
                "(Tensor input, int[] dim, bool unbiased=True, bool keepdim=False)" => moments::std_mean_unbiased,
                "(Tensor input, int[] dim=None, *, Number correction=None, bool keepdim=False)" => moments::std_mean,
                "(Tensor input, bool unbiased=True)" => moments::std_mean_all
            ], "Standard deviation and mean.";

            // Other places.
            "flip", F, ["(Tensor input, int[] dims)" => rearrange::flip], "Order reversed.";
            "flip", M | G, ["(Tensor input, int[]... dims)" => rearrange::flip], "Order reversed.";
            "fliplr", F | M | G, ["(Tensor input)" => rearrange::fliplr], "Columns in reverse.";
            "flipud", F | M | G, ["(Tensor input)" => rearrange::flipud], "Rows in reverse.";
            "rot90", F | M | G, ["(Tensor input, int k=1, int[] dims=[0,1])" => rearrange::rot90], "Turned by quarters.";
            "roll", F | M | G, ["(Tensor input, int[] shifts, int[] dims=[])" => rearrange::roll], "Pushed round.";
            "tile", F, ["(Tensor input, int[] dims)" => rearrange::tile], "Repeated along the last dimensions.";
            "tile", M | G, ["(Tensor input, int[]... dims)" => rearrange::tile], "Repeated along the last dimensions.";
            "repeat_interleave", F | G, [
                "(Tensor repeats, *, int output_size=None)" => interleave::positions,
                "(Tensor input, Tensor repeats, int dim=None, *, int output_size=None)" => interleave::by_tensor,
                "(Tensor input, int repeats, int dim=None, *, int output_size=None)" => interleave::by_number
            ], "Elements repeated side by side.";
            "repeat_interleave", M | G, [
                "(Tensor input, Tensor repeats, int dim=None, *, int output_size=None)" => interleave::by_tensor,
                "(Tensor input, int repeats, int dim=None, *, int output_size=None)" => interleave::by_number
            ], "Elements repeated side by side.";
            "tril", F | M | I | G | E | Y, ["(Tensor input, int diagonal=0, *, *OUT)" => rearrange::tril], "The lower triangle.";
            "triu", F | M | I | G | E | Y, ["(Tensor input, int diagonal=0, *, *OUT)" => rearrange::triu], "The upper triangle.";
            "tril_indices", F, ["(int row, int col, int offset=0, *, torch.dtype dtype=None, *OPT)" => rearrange::tril_indices], "Coordinates of a lower triangle.";
            "triu_indices", F, ["(int row, int col, int offset=0, *, torch.dtype dtype=None, *OPT)" => rearrange::triu_indices], "Coordinates of an upper triangle.";
            "diag", F | M | G | Y, ["(Tensor input, int diagonal=0, *, *OUT)" => rearrange::diag], "A diagonal, or a matrix of it.";
            "diag_embed", F | M | G, ["(Tensor input, int offset=0, int dim1=-2, int dim2=-1)" => rearrange::diag_embed], "Matrices with given diagonals.";
            "diagflat", F | M | G, ["(Tensor input, int offset=0)" => rearrange::diagflat], "A matrix with a given diagonal.";
            "trace", F | M | G, ["(Tensor input)" => rearrange::trace], "The sum of the diagonal.";
            "hstack", F | G, ["(Tensor[] tensors, *, *OUT)" => stacks::hstack], "Side by side.";
            "vstack", F | G, ["(Tensor[] tensors, *, *OUT)" => stacks::vstack], "One below the other.";
            "row_stack", F | G, ["(Tensor[] tensors, *, *OUT)" => stacks::vstack], "One below the other.";
            "dstack", F | G, ["(Tensor[] tensors, *, *OUT)" => stacks::dstack], "One behind the other.";
            "column_stack", F | G, ["(Tensor[] tensors, *, *OUT)" => stacks::column_stack], "As columns, side by side.";
            "atleast_1d", F | G, ["(Tensor input)" => stacks::atleast_1d, "(Tensor[] tensors)" => stacks::atleast_1d_all], "With a dimension.";
            "atleast_2d", F | G, ["(Tensor input)" => stacks::atleast_2d, "(Tensor[] tensors)" => stacks::atleast_2d_all], "With two dimensions.";
            "atleast_3d", F | G, ["(Tensor input)" => stacks::atleast_3d, "(Tensor[] tensors)" => stacks::atleast_3d_all], "With three dimensions.";
            "broadcast_tensors", F | G, ["(Tensor[] tensors)" => rearrange::broadcast_tensors], "Expanded to their common shape.";
            "unfold", M | G, ["(Tensor input, int dimension, int size, int step)" => rearrange::unfold], "Windows along a dimension.";
            "einsum", F | G, ["(str equation, Tensor[] tensors)" => einsum::einsum], "A sum of products over named dimensions.";

            // Rarer functions.
            "nan_to_num", F | M | I | IF | G | O | Y, ["(Tensor input, float nan=None, float posinf=None, float neginf=None, *, *OUT)" => special::nan_to_num], "nan and infinities replaced.";
            "atan2", F | M | I | D | G, ["(Tensor input, Tensor other, *, *OUT)" => special::atan2], "The angle of (other, input).";
            "arctan2", F | M | I | D | G, ["(Tensor input, Tensor other, *, *OUT)" => special::atan2], "The angle of (other, input).";
            "hypot", F | M | I | D | G, ["(Tensor input, Tensor other, *, *OUT)" => special::hypot], "sqrt(input^2 + other^2).";
            "copysign", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => sign::copysign], "The size of input, the sign of other.";
            "logaddexp", F | M | G | O, ["(Tensor input, Tensor other, *, *OUT)" => special::logaddexp], "log(e^input + e^other).";
            "logaddexp2", F | M | G | O, ["(Tensor input, Tensor other, *, *OUT)" => special::logaddexp2], "log2(2^input + 2^other).";
            "heaviside", F | M | I | O, ["(Tensor input, Tensor values, *, *OUT)" => special::heaviside], "0, values or 1.";
            "fmax", F | M | G | O, ["(Tensor input, Tensor other, *, *OUT)" => special::fmax], "The larger, nan ignored.";
            "fmin", F | M | G | O, ["(Tensor input, Tensor other, *, *OUT)" => special::fmin], "The smaller, nan ignored.";
            "xlogy", F | M | I | IF | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => special::xlogy, "(Number self, Tensor other, *, *OUT)" => special::xlogy_of_number], "input * log(other).";
            "special_xlogy", F | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => special::xlogy, "(Number self, Tensor other, *, *OUT)" => special::xlogy_of_number], "input * log(other).";
            "special_xlog1py", F | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => special::xlog1py, "(Number self, Tensor other, *, *OUT)" => special::xlog1py_of_number], "input * log(1 + other).";
            "nextafter", F | M | I | G, ["(Tensor input, Tensor other, *, *OUT)" => special::nextafter], "The next number toward other.";
            "gcd", F | M | I | IF | D, ["(Tensor input, Tensor other, *, *OUT)" => divisors::gcd], "The greatest common divisor.";
            "lcm", F | M | I | IF | D, ["(Tensor input, Tensor other, *, *OUT)" => divisors::lcm], "The least common multiple.";
            "float_power", F | M | G | Y, ["(Tensor input, Tensor|Number exponent, *, *OUT)" => special::float_power, "(Number self, Tensor exponent, *, *OUT)" => special::float_power_of_number], "A power in float64.";
            "ldexp", F | M | I | IF | G, ["(Tensor input, Tensor other, *, *OUT)" => special::ldexp], "input * 2^other.";
            "acosh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::acosh], "The inverse hyperbolic cosine.";
            "arccosh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::acosh], "The inverse hyperbolic cosine.";
            "asinh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::asinh], "The inverse hyperbolic sine.";
            "arcsinh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::asinh], "The inverse hyperbolic sine.";
            "atanh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::atanh], "The inverse hyperbolic tangent.";
            "arctanh", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::atanh], "The inverse hyperbolic tangent.";
            "deg2rad", F | M | I | IF | G, ["(Tensor input, *, *OUT)" => special::deg2rad], "Degrees to radians.";
            "rad2deg", F | M | I | IF | G, ["(Tensor input, *, *OUT)" => special::rad2deg], "Radians to degrees.";
            "logit", F | M | I | IF | G, ["(Tensor input, float eps=None, *, *OUT)" => special::logit], "log(input / (1 - input)).";
            "special_logit", F | G, ["(Tensor input, float eps=None, *, *OUT)" => special::logit], "log(input / (1 - input)).";
            "sinc", F | M | I | IF | G, ["(Tensor input, *, *OUT)" => special::sinc], "sin(pi input) / (pi input).";
            "special_sinc", F | G, ["(Tensor input, *, *OUT)" => special::sinc], "sin(pi input) / (pi input).";
            "erfc", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => special::erfc], "1 - erf(input).";
            "special_erfc", F | G, ["(Tensor input, *, *OUT)" => special::erfc], "1 - erf(input).";
            "signbit", F | M | Y, ["(Tensor input, *, *OUT)" => sign::signbit], "Is the sign bit set?";
            "isposinf", F | M | Y, ["(Tensor input, *, *OUT)" => special::isposinf], "Positive infinity?";
            "isneginf", F | M | Y, ["(Tensor input, *, *OUT)" => special::isneginf], "Negative infinity?";
            "isreal", F | M, ["(Tensor input)" => special::isreal], "Without an imaginary part?";
            "special_erf", F | G, ["(Tensor input, *, *OUT)" => transcendental::erf], "The error function.";
            "special_exp2", F | G, ["(Tensor input, *, *OUT)" => transcendental::exp2], "2 to the input.";
            "special_expm1", F | G, ["(Tensor input, *, *OUT)" => transcendental::expm1], "e to the input, minus 1.";
            "special_log1p", F | G, ["(Tensor input, *, *OUT)" => transcendental::log1p], "log(1 + input).";
            "special_expit", F | G, ["(Tensor input, *, *OUT)" => transcendental::sigmoid], "1 / (1 + e^-input).";
            "special_round", F | G, ["(Tensor input, *, int decimals=0, *OUT)" => transcendental::special_round], "Rounded, ties to even.";
            "special_logsumexp", F | G, ["(Tensor input, int[] dim, bool keepdim=False, *, *OUT)" => moments::logsumexp], "log of the sum of e^input.";
            "linalg_matmul", F | G | Y, ["(Tensor input, Tensor other, *, *OUT)" => linalg::matmul], "The matrix product.";
            "linalg_qr", F | G, ["(Tensor A, str mode=\"reduced\") -> (Tensor Q, Tensor R)" => qr::linalg_qr], "The QR decomposition.";
            "linalg_diagonal", F | G, ["(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1)" => view::diagonal], "A diagonal.";
            "fill", F | G, ["(Tensor input, Tensor|Number value)" => creation::fill], "Filled with a value.";
            "zero_", F, ["(Tensor input)" => creation::zero_], "Overwrites with 0.";
            "scalar_tensor", F, ["(Number s, *, torch.dtype dtype=None, *OPT)" => creation::scalar_tensor], "A number as a tensor.";
            "logspace", F | L | Y, ["(Number start, Number end, int steps, float base=10.0, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::logspace], "Powers at equal distances.";
            "norm", F | M | G | Y, [
                "(Tensor input, Number p=None, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => moments::norm,
                "(Tensor input, str p=\"fro\", int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => moments::norm_named
            ], "The p-norm.";

            // Contractions, pieces, statistics.
            "addmv", F | M | I | IF | G, ["(Tensor input, Tensor mat, Tensor vec, *, Number beta=1, Number alpha=1, *OUT)" => contract::addmv], "beta * input + alpha * mat @ vec.";
            "addr", F | M | I | G | O, ["(Tensor input, Tensor vec1, Tensor vec2, *, Number beta=1, Number alpha=1, *OUT)" => contract::addr], "beta * input + alpha * outer(vec1, vec2).";
            "addbmm", F | M | I | G, ["(Tensor input, Tensor batch1, Tensor batch2, *, Number beta=1, Number alpha=1, *OUT)" => contract::addbmm], "beta * input + alpha * the summed products of stacks.";
            "vdot", F | M | G | Y, ["(Tensor input, Tensor other, *, *OUT)" => linalg::vdot], "The inner product of two vectors.";
            "inner", F | M | G, ["(Tensor input, Tensor other, *, *OUT)" => contract::inner], "Products along the last dimensions.";
            "kron", F | M | G, ["(Tensor input, Tensor other, *, *OUT)" => contract::kron], "The Kronecker product.";
            "tensordot", F | G, ["(Tensor input, Tensor other, int[] dims_self, int[] dims_other, *, *OUT)" => contract::tensordot], "Contraction of listed dimensions.";
            "cross", F | M | G | Y, ["(Tensor input, Tensor other, int dim=None, *, *OUT)" => contract::cross], "The cross product.";
            "linalg_cross", F | G | Y, ["(Tensor input, Tensor other, *, int dim=-1, *OUT)" => contract::linalg_cross], "The cross product.";
            "dist", F | M | G, ["(Tensor input, Tensor other, Number p=2)" => contract::dist], "The p-norm of the difference.";
            "cdist", F | G, ["(Tensor x1, Tensor x2, float p=2, int compute_mode=None)" => contract::cdist], "Distances of rows.";
            "tensor_split", F | M | G, [
                "(Tensor input, int sections, int dim=0)" => split::tensor_split,
                "(Tensor input, int[] indices, int dim=0)" => split::tensor_split_at,
                "(Tensor input, Tensor tensor_indices_or_sections, int dim=0)" => split::tensor_split_by
            ], "Cut into unequal pieces.";
            "hsplit", F | M | G, ["(Tensor input, int sections)" => split::hsplit, "(Tensor input, int[] indices)" => split::hsplit_at], "Cut into columns.";
            "vsplit", F | M | G, ["(Tensor input, int sections)" => split::vsplit, "(Tensor input, int[] indices)" => split::vsplit_at], "Cut into rows.";
            "dsplit", F | M | G, ["(Tensor input, int sections)" => split::dsplit, "(Tensor input, int[] indices)" => split::dsplit_at], "Cut in depth.";
            "select_scatter", F | M | G, ["(Tensor input, Tensor src, int dim, int index)" => pieces::select_scatter], "A copy with one index replaced.";
            "slice_scatter", F | M | G, ["(Tensor input, Tensor src, int dim=0, int start=None, int end=None, int step=1)" => pieces::slice_scatter], "A copy with a slice replaced.";
            "diagonal_scatter", F | M | G, ["(Tensor input, Tensor src, int offset=0, int dim1=0, int dim2=1)" => pieces::diagonal_scatter], "A copy with a diagonal replaced.";
            "meshgrid", F | G, ["(Tensor[] tensors, *, str indexing=None)" => grid::meshgrid], "Coordinate grids.";
            "cartesian_prod", F | G, ["(Tensor[] tensors)" => grid::cartesian_prod], "All combinations of elements.";
            "combinations", F | G, ["(Tensor input, int r=2, bool with_replacement=False)" => grid::combinations], "Combinations of a vector's elements.";
            "block_diag", F | G, ["(Tensor[] tensors)" => stacks::block_diag], "A matrix of blocks on the diagonal.";
            "diff", F | M | G | O, ["(Tensor input, int n=1, int dim=-1, Tensor prepend=None, Tensor append=None, *, *OUT)" => statistics::diff], "Differences of neighbours.";
            "sum_to_size", M | G, ["(Tensor input, int[]... size)" => reduce::sum_to_size], "Summed to a shape.";
            "isin", F, [
                "(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False, *OUT)" => unique::isin,
                "(Number element, Tensor test_elements, *, bool assume_unique=False, bool invert=False, *OUT)" => unique::isin_number,
                "(Tensor elements, Number test_element, *, bool assume_unique=False, bool invert=False, *OUT)" => unique::isin_of_number
            ], "Among the others?";
            "bitwise_left_shift", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::shift_left, "(Number self, Tensor other)" => compare::shift_left_number], "Shifted left.";
            "bitwise_right_shift", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::shift_right, "(Number self, Tensor other)" => compare::shift_right_number], "Shifted right.";
            "nansum", F | M | G, ["(Tensor input, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => statistics::nansum], "The sum without nan.";
            "nanmean", F | M | G, ["(Tensor input, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => statistics::nanmean], "The mean without nan.";
            "aminmax", F | M | G | X, ["(Tensor input, *, int dim=None, bool keepdim=False, *OUT) -> (Tensor min, Tensor max)" => statistics::aminmax], "The smallest and the largest.";
            "bincount", F | M, ["(Tensor input, Tensor weights=None, int minlength=0)" => statistics::bincount], "How often each number occurs.";
            "histc", F | M | Y, ["(Tensor input, int bins=100, Number min=0, Number max=0, *, *OUT)" => statistics::histc], "Counts in equal intervals.";
            "quantile", F | M | G | Y, [
                "(Tensor input, Tensor q, int dim=None, bool keepdim=False, *, str interpolation=\"linear\", *OUT)" => statistics::quantile,
                "(Tensor input, float q, int dim=None, bool keepdim=False, *, str interpolation=\"linear\", *OUT)" => statistics::quantile_number
            ], "Values of a rank.";
            "nanquantile", F | M | G | Y, [
                "(Tensor input, Tensor q, int dim=None, bool keepdim=False, *, str interpolation=\"linear\", *OUT)" => statistics::nanquantile,
                "(Tensor input, float q, int dim=None, bool keepdim=False, *, str interpolation=\"linear\", *OUT)" => statistics::nanquantile_number
            ], "Values of a rank, nan ignored.";
            "_unique2", F, ["(Tensor input, bool sorted=True, bool return_inverse=False, bool return_counts=False)" => unique::unique2], "See torch.unique.";
            "unique_dim", F, ["(Tensor input, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False)" => unique::unique_dim], "See torch.unique.";
            "unique_consecutive", F, ["(Tensor input, bool return_inverse=False, bool return_counts=False, int dim=None)" => unique::unique_consecutive], "See torch.unique_consecutive.";
            "trapezoid", F | G, ["(Tensor y, Tensor x, *, int dim=-1)" => statistics::trapezoid_x, "(Tensor y, *, Number dx=1, int dim=-1)" => statistics::trapezoid], "The area under points.";
            "trapz", F | G, ["(Tensor y, Tensor x, *, int dim=-1)" => statistics::trapezoid_x, "(Tensor y, *, Number dx=1, int dim=-1)" => statistics::trapezoid], "The area under points.";
            "cov", F | M | G, ["(Tensor input, *, int correction=1, Tensor fweights=None, Tensor aweights=None)" => statistics::cov], "The covariance of rows.";
            "corrcoef", F | M | G, ["(Tensor input)" => statistics::corrcoef], "The correlation of rows.";

            // Random numbers.
            "rand", F, ["(int[]... size, *, torch.Generator generator=None, torch.dtype dtype=None, *OPT, *OUT)" => random::rand], "Uniform on [0, 1).";
            "randn", F, ["(int[]... size, *, torch.Generator generator=None, torch.dtype dtype=None, *OPT, *OUT)" => random::randn], "Standard normal.";
            "randint", F, [
                "(int high, int[] size, *, torch.Generator generator=None, torch.dtype dtype=None, *OPT, *OUT)" => random::randint_below,
                "(int low, int high, int[] size, *, torch.Generator generator=None, torch.dtype dtype=None, *OPT, *OUT)" => random::randint
            ], "Integers of [low, high).";
            "randperm", F, ["(int n, *, torch.Generator generator=None, torch.dtype dtype=None, *OPT, *OUT)" => random::randperm], "A random order of 0 .. n.";
            "rand_like", F, ["(Tensor input, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => random::rand_like], "Uniform, in the input's shape.";
            "randn_like", F, ["(Tensor input, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => random::randn_like], "Normal, in the input's shape.";
            "randint_like", F, [
                "(Tensor input, int high, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => random::randint_like_below,
                "(Tensor input, int low, int high, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => random::randint_like
            ], "Integers, in the input's shape.";
            "normal", F, [
                "(Tensor mean, Tensor std, *, torch.Generator generator=None, *OUT)" => random::normal_tensors,
                "(Tensor mean, float std=1, *, torch.Generator generator=None, *OUT)" => random::normal_mean,
                "(float mean, Tensor std, *, torch.Generator generator=None, *OUT)" => random::normal_std,
                "(float mean, float std, int[] size, *, torch.Generator generator=None, torch.dtype dtype=None, *OPT, *OUT)" => random::normal_numbers
            ], "Normal with given means and deviations.";
            "bernoulli", F | M | G, [
                "(Tensor input, *, torch.Generator generator=None, *OUT)" => random::bernoulli,
                "(Tensor input, float p, *, torch.Generator generator=None)" => random::bernoulli_p
            ], "1 with the input's probability.";
            "multinomial", F | M | X, ["(Tensor input, int num_samples, bool replacement=False, *, torch.Generator generator=None, *OUT)" => random::multinomial], "Categories by weight.";
            "poisson", F, ["(Tensor input, torch.Generator generator=None)" => random::poisson], "Poisson with the input's rates.";
            "_standard_gamma", F, ["(Tensor input, torch.Generator generator=None)" => trials::standard_gamma], "Gamma with the input's shapes and scale 1.";
            "binomial", F, ["(Tensor count, Tensor prob, torch.Generator generator=None)" => trials::binomial], "Successes in count trials with probability prob.";
            "dropout", F | I | IF | G, ["(Tensor input, float p, bool train)" => dropout::dropout], "Elements zeroed at random, the rest scaled.";
            "feature_dropout", F | I | IF | G, ["(Tensor input, float p, bool train)" => dropout::feature_dropout], "Channels zeroed at random, the rest scaled.";
            "alpha_dropout", F | I | IF | G, ["(Tensor input, float p, bool train)" => dropout::alpha_dropout], "Elements sent to selu's low value at random; mean and variance stay.";
            "feature_alpha_dropout", F | I | IF | G, ["(Tensor input, float p, bool train)" => dropout::feature_alpha_dropout], "The same by channels.";

            // Neural networks: softmax.
            "softmax", F | M | G, ["(Tensor input, int dim, torch.dtype dtype=None, *, *OUT)" => softmax::softmax], "e^input, divided by its sum along a dimension.";
            "log_softmax", F | M | G, ["(Tensor input, int dim, torch.dtype dtype=None, *, *OUT)" => softmax::log_softmax], "The logarithm of softmax.";

            // Neural networks: activations.
            "gelu", F | D | G, ["(Tensor input, *, str approximate='none', *OUT)" => activation::gelu], "x Phi(x).";
            "silu", F | I | IF | D | G, ["(Tensor input, *, *OUT)" => activation::silu], "x sigmoid(x).";
            "mish", F | I | IF | D | G, ["(Tensor input, *, *OUT)" => activation::mish], "x tanh(softplus(x)).";
            "softplus", F | D | G, ["(Tensor input, Number beta=1, Number threshold=20, *, *OUT)" => activation::softplus], "log(1 + e^(beta x)) / beta.";
            "log_sigmoid", F | D | G, ["(Tensor input, *, *OUT)" => activation::log_sigmoid], "log(sigmoid(x)).";
            "elu", F | I | IF | D | G, ["(Tensor input, Number alpha=1, Number scale=1, Number input_scale=1, *, *OUT)" => activation::elu], "x, or alpha (e^x - 1) below 0.";
            "selu", F | I | IF | D | G, ["(Tensor input)" => activation::selu], "The self-normalising scaled elu.";
            "celu", F | I | IF | D | G, ["(Tensor input, Number alpha=1.0)" => activation::celu], "x, or alpha (e^(x / alpha) - 1) below 0.";
            "leaky_relu", F | I | IF | D | G, ["(Tensor input, Number negative_slope=0.01, *, *OUT)" => activation::leaky_relu], "x, or negative_slope x below 0.";
            "hardtanh", F | I | IF | D | G, ["(Tensor input, Number min_val=-1, Number max_val=1, *, *OUT)" => activation::hardtanh], "x held between two bounds.";
            "relu6", F | I | IF | D | G, ["(Tensor input)" => activation::relu6], "x held between 0 and 6.";
            "hardswish", F | I | IF | D | G, ["(Tensor input, *, *OUT)" => activation::hardswish], "x relu6(x + 3) / 6.";
            "hardsigmoid", F | I | IF | D | G, ["(Tensor input, *, *OUT)" => activation::hardsigmoid], "relu6(x + 3) / 6.";
            "hardshrink", F | M | D | G, ["(Tensor input, Number lambd=0.5, *, *OUT)" => activation::hardshrink], "x where |x| > lambd, else 0.";
            "softshrink", F | D | G, ["(Tensor input, Number lambd=0.5, *, *OUT)" => activation::softshrink], "x moved lambd toward 0.";
            "threshold", F | I | IF | D | G, ["(Tensor input, Number threshold, Number value, *, *OUT)" => activation::threshold], "x where x > threshold, else value.";
            "prelu", F | M | G, ["(Tensor input, Tensor weight)" => gated::prelu], "x, or weight x below 0.";
            "glu", F | G, ["(Tensor input, int dim=-1, *, *OUT)" => gated::glu], "a sigmoid(b) for the halves a, b.";
            "rrelu", F | I | IF | G, ["(Tensor input, Number lower=0.125, Number upper=0.3333333333333333, bool training=False, torch.Generator generator=None)" => gated::rrelu], "leaky_relu with a random slope.";

            // Neural networks: attention.
            "scaled_dot_product_attention", F | G, ["(Tensor query, Tensor key, Tensor value, Tensor attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float scale=None, bool enable_gqa=False)" => attention::scaled_dot_product_attention], "softmax(scale query key^T + attn_mask) value.";

            // Neural networks: recurrent layers and cells.
            "lstm", F | G, [
                "(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first)" => recurrent::lstm,
                "(Tensor data, Tensor batch_sizes, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional)" => recurrent::lstm_packed
            ], "Long short-term memory over a sequence.";
            "gru", F | G, [
                "(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first)" => recurrent::gru,
                "(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional)" => recurrent::gru_packed
            ], "Gated recurrent units over a sequence.";
            "rnn_tanh", F | G, [
                "(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first)" => recurrent::rnn_tanh,
                "(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional)" => recurrent::rnn_tanh_packed
            ], "An Elman network with tanh over a sequence.";
            "rnn_relu", F | G, [
                "(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first)" => recurrent::rnn_relu,
                "(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional)" => recurrent::rnn_relu_packed
            ], "An Elman network with relu over a sequence.";
            "lstm_cell", F | G, ["(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor b_ih=None, Tensor b_hh=None)" => recurrent::lstm_cell], "One step of an LSTM.";
            "gru_cell", F | G, ["(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor b_ih=None, Tensor b_hh=None)" => recurrent::gru_cell], "One step of a GRU.";
            "rnn_tanh_cell", F | G, ["(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor b_ih=None, Tensor b_hh=None)" => recurrent::rnn_tanh_cell], "One step of an Elman network with tanh.";
            "rnn_relu_cell", F | G, ["(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor b_ih=None, Tensor b_hh=None)" => recurrent::rnn_relu_cell], "One step of an Elman network with relu.";

            // Neural networks: normalisation, rows by number.
            "layer_norm", F | G, ["(Tensor input, int[] normalized_shape, Tensor weight=None, Tensor bias=None, float eps=1e-05, bool cudnn_enable=True)" => normalization::layer_norm], "Normalised over the last dimensions.";
            "rms_norm", F | G, ["(Tensor input, int[] normalized_shape, Tensor weight=None, float eps=None)" => normalization::rms_norm], "Divided by the root mean square.";
            "group_norm", F | G, ["(Tensor input, int num_groups, Tensor weight=None, Tensor bias=None, float eps=1e-05, bool cudnn_enabled=True)" => normalization::group_norm], "Groups of channels normalised.";
            "batch_norm", F | G, ["(Tensor input, Tensor weight, Tensor bias, Tensor running_mean, Tensor running_var, bool training, float momentum, float eps, bool cudnn_enabled)" => normalization::batch_norm], "Channels normalised over the batch.";
            "instance_norm", F | G, ["(Tensor input, Tensor weight, Tensor bias, Tensor running_mean, Tensor running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled)" => normalization::instance_norm], "Channels of each sample normalised.";
            "embedding", F | G, ["(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False)" => embedding::embedding], "Rows of weight by number.";
            "embedding_bag", F | G, ["(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor per_sample_weights=None, bool include_last_offset=False, int padding_idx=None)" => bag::embedding_bag], "Sums, means or maxima of rows of weight.";
            "embedding_renorm_", F, ["(Tensor input, Tensor indices, float max_norm, float norm_type)" => embedding::embedding_renorm_], "Shortens long rows in place.";
            "one_hot", F, ["(Tensor input, int num_classes=-1)" => embedding::one_hot], "1 at each number, 0 elsewhere.";

            // Neural networks: convolutions.
            "conv1d", F | G, [
                "(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, int[] padding=0, int[] dilation=1, int groups=1)" => convolution::conv1d,
                "(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, str padding=\"valid\", int[] dilation=1, int groups=1)" => convolution::conv1d_named
            ], "Convolution over one dimension.";
            "conv2d", F | G, [
                "(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, int[] padding=0, int[] dilation=1, int groups=1)" => convolution::conv2d,
                "(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, str padding=\"valid\", int[] dilation=1, int groups=1)" => convolution::conv2d_named
            ], "Convolution over two dimensions.";
            "conv3d", F | G, [
                "(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, int[] padding=0, int[] dilation=1, int groups=1)" => convolution::conv3d,
                "(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, str padding=\"valid\", int[] dilation=1, int groups=1)" => convolution::conv3d_named
            ], "Convolution over three dimensions.";
            "conv_transpose1d", F | G, ["(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, int[] padding=0, int[] output_padding=0, int groups=1, int[] dilation=1)" => convolution::conv_transpose1d], "The transposed conv1d.";
            "conv_transpose2d", F | G, ["(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, int[] padding=0, int[] output_padding=0, int groups=1, int[] dilation=1)" => convolution::conv_transpose2d], "The transposed conv2d.";
            "conv_transpose3d", F | G, ["(Tensor input, Tensor weight, Tensor bias=None, int[] stride=1, int[] padding=0, int[] output_padding=0, int groups=1, int[] dilation=1)" => convolution::conv_transpose3d], "The transposed conv3d.";
            "convolution", F | G, ["(Tensor input, Tensor weight, Tensor bias, int[] stride, int[] padding, int[] dilation, bool transposed, int[] output_padding, int groups)" => convolution::convolution], "A convolution of a batch, or a transposed one.";
            "conv_tbc", F | G, ["(Tensor input, Tensor weight, Tensor bias, int pad=0)" => convolution::conv_tbc], "conv1d of (time, batch, channel).";
            "im2col", F | G, ["(Tensor input, int[] kernel_size, int[] dilation, int[] padding, int[] stride)" => unfold::im2col], "Windows of an image as columns.";
            "col2im", F | G, ["(Tensor input, int[] output_size, int[] kernel_size, int[] dilation, int[] padding, int[] stride)" => unfold::col2im], "Columns summed into an image.";

            // Neural networks: losses; reduction is 0 for none, 1 for the mean, 2 for the sum.
            "nll_loss", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, int ignore_index=-100, *, *OUT)" => nll::nll_loss], "-input[target].";
            "nll_loss_nd", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, int ignore_index=-100)" => nll::nll_loss_nd], "-input[target] with any number of dimensions.";
            "cross_entropy_loss", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, int ignore_index=-100, float label_smoothing=0.0)" => cross_entropy::cross_entropy_loss], "The negative log-likelihood of softmax.";
            "mse_loss", F | G, ["(Tensor input, Tensor target, int reduction=1, *, *OUT)" => loss::mse_loss], "(input - target)^2.";
            "l1_loss", F | G, ["(Tensor input, Tensor target, int reduction=1)" => loss::l1_loss], "|input - target|.";
            "smooth_l1_loss", F | G, ["(Tensor input, Tensor target, int reduction=1, float beta=1.0, *, *OUT)" => loss::smooth_l1_loss], "Squared below beta, absolute above.";
            "huber_loss", F | G, ["(Tensor input, Tensor target, int reduction=1, float delta=1.0, *, *OUT)" => loss::huber_loss], "Squared below delta, linear above.";
            "binary_cross_entropy", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, *, *OUT)" => loss::binary_cross_entropy], "Cross entropy of probabilities.";
            "binary_cross_entropy_with_logits", F | G, ["(Tensor input, Tensor target, Tensor weight=None, Tensor pos_weight=None, int reduction=1)" => loss::binary_cross_entropy_with_logits], "Cross entropy of sigmoid(input).";
            "kl_div", F | G, ["(Tensor input, Tensor target, int reduction=1, *, bool log_target=False)" => margin::kl_div], "target (log target - input).";
            "poisson_nll_loss", F | G, ["(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction)" => margin::poisson_nll_loss], "The negative log-likelihood of Poisson counts.";
            "soft_margin_loss", F | G, ["(Tensor input, Tensor target, int reduction=1, *, *OUT)" => margin::soft_margin_loss], "log(1 + e^(-target input)).";
            "hinge_embedding_loss", F | G, ["(Tensor input, Tensor target, float margin=1.0, int reduction=1)" => margin::hinge_embedding_loss], "input, or max(0, margin - input) where target is -1.";
            "margin_ranking_loss", F | G, ["(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=1)" => margin::margin_ranking_loss], "max(0, -target (input1 - input2) + margin).";
            "cosine_embedding_loss", F | G, ["(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=1)" => margin::cosine_embedding_loss], "1 - cos, or max(0, cos - margin) where target is -1.";
            "multi_margin_loss", F | G, ["(Tensor input, Tensor target, Number p=1, Number margin=1, Tensor weight=None, int reduction=1, *, *OUT)" => margin::multi_margin_loss], "Multi-class hinge loss.";
            "multilabel_margin_loss", F | G, ["(Tensor input, Tensor target, int reduction=1, *, *OUT)" => margin::multilabel_margin_loss], "Hinge loss of several true classes.";
            "triplet_margin_loss", F | G, ["(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, float eps=1e-06, bool swap=False, int reduction=1)" => margin::triplet_margin_loss], "max(0, d(anchor, positive) - d(anchor, negative) + margin).";
            "cosine_similarity", F | G, ["(Tensor x1, Tensor x2, int dim=1, float eps=1e-08)" => distance::cosine_similarity], "x1 x2 / (|x1| |x2|).";
            "pairwise_distance", F | G, ["(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False)" => distance::pairwise_distance], "The p-norm of x1 - x2 + eps.";

            // Neural networks: padding, resizing.
            "pad", F | G, ["(Tensor input, int[] pad, str mode=\"constant\", float value=None)" => pad::pad], "The last dimensions made longer or shorter.";
            "constant_pad_nd", F | G, ["(Tensor input, int[] pad, Number value=0)" => pad::constant_pad_nd], "The last dimensions in a frame of a number.";
            "max_pool1d", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, int[] dilation=1, bool ceil_mode=False)" => max_pool::max_pool1d], "Maxima of windows.";
            "max_pool1d_with_indices", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, int[] dilation=1, bool ceil_mode=False)" => max_pool::max_pool1d_with_indices], "Maxima of windows, and where they are.";
            "max_pool2d", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, int[] dilation=1, bool ceil_mode=False)" => max_pool::max_pool2d], "Maxima of windows.";
            "max_pool2d_with_indices", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, int[] dilation=1, bool ceil_mode=False)" => max_pool::max_pool2d_with_indices], "Maxima of windows, and where they are.";
            "max_pool3d", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, int[] dilation=1, bool ceil_mode=False)" => max_pool::max_pool3d], "Maxima of windows.";
            "max_pool3d_with_indices", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, int[] dilation=1, bool ceil_mode=False)" => max_pool::max_pool3d_with_indices], "Maxima of windows, and where they are.";
            "avg_pool1d", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, bool ceil_mode=False, bool count_include_pad=True)" => avg_pool::avg_pool1d], "Means of windows.";
            "avg_pool2d", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, bool ceil_mode=False, bool count_include_pad=True, int divisor_override=None)" => avg_pool::avg_pool2d], "Means of windows.";
            "avg_pool3d", F | G, ["(Tensor input, int[] kernel_size, int[] stride=(), int[] padding=0, bool ceil_mode=False, bool count_include_pad=True, int divisor_override=None)" => avg_pool::avg_pool3d], "Means of windows.";
            "adaptive_avg_pool1d", F | G, ["(Tensor input, int[] output_size)" => avg_pool::adaptive_avg_pool1d], "Means of windows that reach a size.";
            "adaptive_max_pool1d", F | G, ["(Tensor input, int[] output_size)" => unpool::adaptive_max_pool1d], "Maxima of windows that reach a size, and where they are.";
            "adaptive_avg_pool2d", F | G, ["(Tensor input, int[] output_size)" => avg_pool::adaptive_avg_pool2d], "Means of windows that reach a size.";
            "adaptive_max_pool2d", F | G, ["(Tensor input, int[] output_size)" => unpool::adaptive_max_pool2d], "Maxima of windows that reach a size, and where they are.";
            "adaptive_avg_pool3d", F | G, ["(Tensor input, int[] output_size)" => avg_pool::adaptive_avg_pool3d], "Means of windows that reach a size.";
            "adaptive_max_pool3d", F | G, ["(Tensor input, int[] output_size)" => unpool::adaptive_max_pool3d], "Maxima of windows that reach a size, and where they are.";
            "fractional_max_pool2d", F | G, ["(Tensor input, int[] kernel_size, int[] output_size, Tensor random_samples)" => unpool::fractional_max_pool2d], "Maxima of windows that start at random, and where they are.";
            "fractional_max_pool3d", F | G, ["(Tensor input, int[] kernel_size, int[] output_size, Tensor random_samples)" => unpool::fractional_max_pool3d], "Maxima of windows that start at random, and where they are.";
            "max_unpool2d", F | G, ["(Tensor input, Tensor indices, int[] output_size)" => unpool::max_unpool2d], "Elements put back where maxima were.";
            "max_unpool3d", F | G, ["(Tensor input, Tensor indices, int[] output_size, int[] stride, int[] padding)" => unpool::max_unpool3d], "Elements put back where maxima were.";
            "upsample_nearest1d", F | G, ["(Tensor input, int[] output_size, float[] scale_factors)" => upsample::upsample_nearest1d], "Resized, the nearest element.";
            "_upsample_nearest_exact1d", F | G, ["(Tensor input, int[] output_size, float[] scale_factors)" => upsample::upsample_nearest_exact1d], "Resized, the nearest element by centers.";
            "upsample_nearest2d", F | G, ["(Tensor input, int[] output_size, float[] scale_factors)" => upsample::upsample_nearest2d], "Resized, the nearest element.";
            "_upsample_nearest_exact2d", F | G, ["(Tensor input, int[] output_size, float[] scale_factors)" => upsample::upsample_nearest_exact2d], "Resized, the nearest element by centers.";
            "upsample_nearest3d", F | G, ["(Tensor input, int[] output_size, float[] scale_factors)" => upsample::upsample_nearest3d], "Resized, the nearest element.";
            "_upsample_nearest_exact3d", F | G, ["(Tensor input, int[] output_size, float[] scale_factors)" => upsample::upsample_nearest_exact3d], "Resized, the nearest element by centers.";
            "upsample_linear1d", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_linear1d], "Resized, neighbours weighted.";
            "upsample_bilinear2d", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_bilinear2d], "Resized, neighbours weighted.";
            "upsample_trilinear3d", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_trilinear3d], "Resized, neighbours weighted.";
            "upsample_bicubic2d", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_bicubic2d], "Resized, neighbours weighted.";
            "_upsample_bilinear2d_aa", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_bilinear2d_aa], "Resized, neighbours weighted over what an output covers.";
            "_upsample_bicubic2d_aa", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_bicubic2d_aa], "Resized, neighbours weighted over what an output covers.";
            "_upsample_lanczos2d_aa", F | G, ["(Tensor input, int[] output_size, bool align_corners, float[] scale_factors)" => upsample::upsample_lanczos2d_aa], "Resized, neighbours weighted over what an output covers.";
            "grid_sampler", F | G, ["(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)" => grid_sample::grid_sampler], "The input at the points of a grid.";
            "grid_sampler_2d", F | G, ["(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)" => grid_sample::grid_sampler_2d], "The input at the points of a grid.";
            "grid_sampler_3d", F | G, ["(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)" => grid_sample::grid_sampler_3d], "The input at the points of a grid.";
            "affine_grid_generator", F | G, ["(Tensor theta, int[] size, bool align_corners)" => grid_sample::affine_grid_generator], "The grid of an affine map.";
            "ctc_loss", F | G, [
                "(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, int reduction=1, bool zero_infinity=False)" => ctc::ctc_loss,
                "(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, int reduction=1, bool zero_infinity=False)" => ctc::ctc_loss_tensors
            ], "The negative log-likelihood of unaligned labels.";
            "_pack_padded_sequence", F | G, ["(Tensor input, Tensor lengths, bool batch_first)" => sequences::pack_padded_sequence], "See torch.nn.utils.rnn.pack_padded_sequence.";
            "_pad_packed_sequence", F | G, ["(Tensor data, Tensor batch_sizes, bool batch_first, Number padding_value, int total_length)" => sequences::pad_packed_sequence], "See torch.nn.utils.rnn.pad_packed_sequence.";
            "pad_sequence", F | G, ["(Tensor[] sequences, bool batch_first=False, Number padding_value=0.0, str padding_side=\"right\")" => sequences::pad_sequence], "Sequences padded to the longest.";

            // Functions of statistics and signals.
            "i0", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => bessel::i0], "The modified Bessel function of order 0.";
            "special_i0", F | G, ["(Tensor input, *, *OUT)" => bessel::i0], "The modified Bessel function of order 0.";
            "special_i0e", F | G, ["(Tensor input, *, *OUT)" => bessel::i0e], "i0, scaled by e^-|input|.";
            "special_i1", F | G, ["(Tensor input, *, *OUT)" => bessel::i1], "The modified Bessel function of order 1.";
            "special_i1e", F | G, ["(Tensor input, *, *OUT)" => bessel::i1e], "i1, scaled by e^-|input|.";
            "igamma", F | M | I | D | G, ["(Tensor input, Tensor other, *, *OUT)" => bessel::igamma], "The lower incomplete gamma function.";
            "special_gammainc", F | G, ["(Tensor input, Tensor other, *, *OUT)" => bessel::igamma], "The lower incomplete gamma function.";
            "igammac", F | M | I | D | G, ["(Tensor input, Tensor other, *, *OUT)" => bessel::igammac], "The upper incomplete gamma function.";
            "special_gammaincc", F | G, ["(Tensor input, Tensor other, *, *OUT)" => bessel::igammac], "The upper incomplete gamma function.";
            "mvlgamma", F | M | I | G, ["(Tensor input, int p, *, *OUT)" => bessel::mvlgamma], "The multivariate log-gamma function.";
            "special_multigammaln", F | G, ["(Tensor input, int p, *, *OUT)" => bessel::mvlgamma], "The multivariate log-gamma function.";
            "special_ndtr", F | G, ["(Tensor input, *, *OUT)" => bessel::ndtr], "The area under the normal density left of the input.";
            "special_log_ndtr", F | G, ["(Tensor input, *, *OUT)" => bessel::log_ndtr], "The logarithm of ndtr.";
            "special_entr", F | G, ["(Tensor input, *, *OUT)" => bessel::entr], "-input log(input).";
            "hann_window", F, ["(int window_length, bool periodic=True, *, torch.dtype dtype=None, *OPT)" => tapers::hann_window], "The Hann window.";
            "hamming_window", F, ["(int window_length, bool periodic=True, float alpha=0.54, float beta=0.46, *, torch.dtype dtype=None, *OPT)" => tapers::hamming_window], "The Hamming window.";
            "blackman_window", F, ["(int window_length, bool periodic=True, *, torch.dtype dtype=None, *OPT)" => tapers::blackman_window], "The Blackman window.";
            "bartlett_window", F, ["(int window_length, bool periodic=True, *, torch.dtype dtype=None, *OPT)" => tapers::bartlett_window], "The Bartlett window.";
            "kaiser_window", F, ["(int window_length, bool periodic=True, float beta=12.0, *, torch.dtype dtype=None, *OPT)" => tapers::kaiser_window], "The Kaiser window.";
            "histogram", F | M, [
                "(Tensor input, int bins=100, *, float[] range=None, Tensor weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)" => histogram::histogram,
                "(Tensor input, Tensor bins, *, Tensor weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)" => histogram::histogram_edges
            ], "Counts between edges.";
            "cumulative_trapezoid", F | G, [
                "(Tensor y, Tensor x, *, int dim=-1)" => statistics::cumulative_trapezoid_x,
                "(Tensor y, *, Number dx=1, int dim=-1)" => statistics::cumulative_trapezoid
            ], "Running areas by trapezoids.";
            "renorm", F | M | I | G | Y, ["(Tensor input, Number p, int dim, float maxnorm, *, *OUT)" => moments::renorm], "Slices with norms held below a bound.";
            "index_reduce", F | M | I | G | A, ["(Tensor input, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True, *OUT)" => scatter_reduce::index_reduce], "Slices reduced at positions of a dimension.";
            "fill_diagonal_", M, ["(Tensor input, Number fill_value, bool wrap=False)" => rearrange::fill_diagonal_], "Overwrites the diagonal with a number.";
            "is_nonzero", F | M, ["(Tensor input)" => compare::is_true], "Is the one element not zero?";
            "empty_strided", F, ["(int[] size, int[] stride, *, torch.dtype dtype=None, *OPT)" => creation::empty_strided], "Undefined content under given strides.";
            "new_empty_strided", M, ["(Tensor input, int[] size, int[] stride, *, torch.dtype dtype=None, *OPT)" => creation::new_empty_strided], "Undefined content under given strides.";
            "bilinear", F | G, ["(Tensor input1, Tensor input2, Tensor weight, Tensor bias=None)" => distance::bilinear], "input1 @ weight @ input2 + bias.";
            "pdist", F | G, ["(Tensor input, float p=2)" => distance::pdist], "Distances of all pairs of rows.";
            "pixel_shuffle", F | G, ["(Tensor input, int upscale_factor)" => shuffle::pixel_shuffle], "Channels to pixels.";
            "pixel_unshuffle", F | G, ["(Tensor input, int downscale_factor)" => shuffle::pixel_unshuffle], "Pixels to channels.";
            "channel_shuffle", F | G, ["(Tensor input, int groups)" => shuffle::channel_shuffle], "Channels dealt out to groups.";
            "native_channel_shuffle", F, ["(Tensor input, int groups)" => shuffle::channel_shuffle], "Channels dealt out to groups.";

            // Matrices: factors, systems, determinants, spectra.
            "linalg_lu_factor_ex", F | G, ["(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)" => factor::linalg_lu_factor_ex], "LU factors in one matrix.";
            "linalg_lu_factor", F | G, ["(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)" => factor::linalg_lu_factor], "LU factors in one matrix.";
            "linalg_lu", F | G, ["(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)" => factor::linalg_lu], "A permutation, a lower and an upper factor.";
            "linalg_lu_solve", F | G, ["(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False)" => factor::linalg_lu_solve], "A linear system by LU factors.";
            "lu_solve", F | M | G, ["(Tensor input, Tensor LU_data, Tensor LU_pivots)" => factor::lu_solve], "A linear system by LU factors.";
            "lu_unpack", F | G, ["(Tensor LU_data, Tensor LU_pivots) -> (Tensor P, Tensor L, Tensor U)" => factor::lu_unpack], "A permutation, a lower and an upper factor.";
            "linalg_det", F | G, ["(Tensor A)" => factor::linalg_det], "The determinant.";
            "det", F | M | G, ["(Tensor input)" => factor::linalg_det], "The determinant.";
            "linalg_slogdet", F | G, ["(Tensor A) -> (Tensor sign, Tensor logabsdet)" => factor::linalg_slogdet], "Sign and logarithm of the determinant.";
            "slogdet", F | M | G, ["(Tensor input) -> (Tensor sign, Tensor logabsdet)" => factor::linalg_slogdet], "Sign and logarithm of the determinant.";
            "logdet", F | M | G, ["(Tensor input)" => factor::logdet], "The logarithm of the determinant.";
            "linalg_inv_ex", F | G, ["(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)" => solve::linalg_inv_ex], "The inverse, and whether there is one.";
            "linalg_inv", F | G, ["(Tensor A, *, *OUT)" => solve::linalg_inv], "The inverse.";
            "inverse", F | M | G, ["(Tensor input, *, *OUT)" => solve::linalg_inv], "The inverse.";
            "linalg_solve_ex", F | G, ["(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)" => solve::linalg_solve_ex], "A linear system, and whether it has a solution.";
            "linalg_solve", F | G, ["(Tensor A, Tensor B, *, bool left=True, *OUT)" => solve::linalg_solve], "A linear system.";
            "linalg_solve_triangular", F | G, ["(Tensor input, Tensor B, *, bool upper, bool left=True, bool unitriangular=False, *OUT)" => solve::linalg_solve_triangular], "A triangular linear system.";
            "triangular_solve", F | M | G, ["(Tensor input, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)" => solve::triangular_solve], "A triangular linear system.";
            "linalg_cholesky_ex", F | G, ["(Tensor input, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)" => solve::linalg_cholesky_ex], "The Cholesky factor, and whether there is one.";
            "linalg_cholesky", F | G, ["(Tensor input, *, bool upper=False, *OUT)" => solve::linalg_cholesky], "The Cholesky factor.";
            "cholesky", F | M | G, ["(Tensor input, bool upper=False, *, *OUT)" => solve::cholesky], "The Cholesky factor.";
            "cholesky_solve", F | M | G, ["(Tensor input, Tensor input2, bool upper=False, *, *OUT)" => solve::cholesky_solve], "A linear system by a Cholesky factor.";
            "cholesky_inverse", F | M | G, ["(Tensor input, bool upper=False, *, *OUT)" => solve::cholesky_inverse], "The inverse by a Cholesky factor.";
            "qr", F | M | G, ["(Tensor input, bool some=True) -> (Tensor Q, Tensor R)" => qr::qr], "The QR decomposition.";
            "linalg_eigh", F | G, ["(Tensor A, str UPLO=\"L\") -> (Tensor eigenvalues, Tensor eigenvectors)" => spectral::linalg_eigh], "Eigenvalues and eigenvectors of a symmetric matrix.";
            "linalg_eigvalsh", F | G, ["(Tensor A, str UPLO=\"L\")" => spectral::linalg_eigvalsh], "Eigenvalues of a symmetric matrix.";
            "linalg_svd", F | G, ["(Tensor A, bool full_matrices=True) -> (Tensor U, Tensor S, Tensor Vh)" => spectral::linalg_svd], "The singular value decomposition.";
            "linalg_svdvals", F | G, ["(Tensor A)" => spectral::linalg_svdvals], "The singular values.";
            "svd", F | M | G, ["(Tensor input, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)" => spectral::svd], "The singular value decomposition.";
            "linalg_pinv", F | G, ["(Tensor input, *, Tensor|Number atol=None, Tensor|Number rtol=None, bool hermitian=False)" => spectral::linalg_pinv, "(Tensor input, Tensor|Number rcond, bool hermitian=False)" => spectral::pinv_rcond], "The pseudo-inverse.";
            "pinverse", F | M | G, ["(Tensor input, float rcond=1e-15)" => spectral::pinverse], "The pseudo-inverse.";
            "linalg_matrix_rank", F, ["(Tensor input, *, Tensor|Number atol=None, Tensor|Number rtol=None, bool hermitian=False)" => spectral::linalg_matrix_rank, "(Tensor input, Tensor|Number tol, bool hermitian=False)" => spectral::matrix_rank_tol], "How many singular values count.";
            "linalg_multi_dot", F | G, ["(Tensor[] tensors, *, *OUT)" => matrix_functions::linalg_multi_dot], "The product of several matrices.";
            "linalg_vecdot", F | G, ["(Tensor x, Tensor y, *, int dim=-1, *OUT)" => matrix_functions::linalg_vecdot], "Dot products along a dimension.";
            "matrix_power", F | M | G, ["(Tensor input, int n, *, *OUT)" => matrix_functions::matrix_power], "An integer power of a matrix.";
            "linalg_vander", F | G, ["(Tensor x, *, int N=None)" => matrix_functions::linalg_vander], "Increasing powers of each element.";
            "vander", F | G, ["(Tensor x, int N=None, bool increasing=False)" => matrix_functions::vander], "Powers of each element, as rows of a matrix.";
            "linalg_matrix_power", F | G, ["(Tensor input, int n, *, *OUT)" => matrix_functions::matrix_power], "An integer power of a matrix.";
            "linalg_matrix_exp", F | G, ["(Tensor A)" => matrix_functions::linalg_matrix_exp], "The exponential of a matrix.";
            "matrix_exp", F | M | G, ["(Tensor input)" => matrix_functions::linalg_matrix_exp], "The exponential of a matrix.";
            "linalg_matrix_norm", F | G, [
                "(Tensor input, Number ord, int[] dim=(-2, -1), bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => matrix_functions::linalg_matrix_norm,
                "(Tensor input, str ord='fro', int[] dim=(-2, -1), bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => matrix_functions::matrix_norm_named
            ], "A norm of matrices.";
            "linalg_norm", F | G | Y, [
                "(Tensor input, Number ord=None, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => matrix_functions::linalg_norm,
                "(Tensor input, str ord, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => matrix_functions::linalg_norm_named
            ], "A norm of vectors or matrices.";
        }
    };
}
