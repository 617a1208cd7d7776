//! The table of operations: name, forms, signatures in PyTorch's notation with their functions, help text.
//! `op_table!(macro)` hands every row to a macro; src/py makes the Python face of it, the tests their lists.
//! `*OUT` stands for `Tensor out=None`, `*OPT` for the options of factories, `int...` for sizes given one by one.

#[macro_export]
macro_rules! op_table {
    ($use:ident) => {
        $use! {
            // Creation.
            "empty", F, ["(int[]... size, *, torch.dtype dtype=None, *OPT, torch.memory_format memory_format=None)" => creation::empty], "Undefined content.";
            "zeros", F, ["(int[]... size, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::zeros_of], "Filled with 0.";
            "ones", F, ["(int[]... size, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::ones], "Filled with 1.";
            "full", F, ["(int[] size, Number fill_value, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::full], "Filled with a number.";
            "arange", F, [
                "(Number end, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::arange_to,
                "(Number start, Number end, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::arange_from,
                "(Number start, Number end, Number step=1, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::arange
            ], "Numbers in steps, the end not included.";
            "linspace", F, ["(Number start, Number end, int steps, *, torch.dtype dtype=None, *OPT, *OUT)" => creation::linspace], "Points at equal distances, both ends included.";
            "eye", F, [
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
            "add", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, Number alpha=1, *OUT)" => arithmetic::add], "input + alpha * other.";
            "sub", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, Number alpha=1, *OUT)" => arithmetic::sub], "input - alpha * other.";
            "subtract", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, Number alpha=1, *OUT)" => arithmetic::sub], "input - alpha * other.";
            "rsub", F | G, ["(Tensor input, Tensor|Number other, *, Number alpha=1)" => arithmetic::rsub], "other - alpha * input.";
            "__rsub__", M, ["(Tensor input, Tensor|Number other, *, Number alpha=1)" => arithmetic::rsub], "other - input.";
            "mul", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::mul], "input * other.";
            "multiply", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::mul], "input * other.";
            "div", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, str rounding_mode=None, *OUT)" => arithmetic::div], "input / other.";
            "divide", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, str rounding_mode=None, *OUT)" => arithmetic::div], "input / other.";
            "true_divide", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::true_divide], "input / other.";
            "floor_divide", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::floor_divide], "floor(input / other).";
            "remainder", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => arithmetic::remainder], "input mod other, with other's sign.";
            "fmod", F | M | I | D | G, ["(Tensor input, Tensor|Number other, *, *OUT)" => arithmetic::fmod], "input mod other, with input's sign.";
            "pow", F | M | I | D | G, ["(Tensor|Number input, Tensor|Number exponent, *, *OUT)" => arithmetic::pow], "input to a power.";
            "neg", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::neg], "-input.";
            "negative", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::neg], "-input.";
            "positive", F | M | G, ["(Tensor input)" => transcendental::positive], "+input.";
            "abs", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::abs], "The absolute value.";
            "absolute", F | M | I | D | G, ["(Tensor input, *, *OUT)" => arithmetic::abs], "The absolute value.";
            "square", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::square], "input * input.";
            "reciprocal", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => arithmetic::reciprocal], "1 / input.";
            "lerp", F | M | I | D | G, ["(Tensor input, Tensor end, Tensor|Number weight, *, *OUT)" => select::lerp], "input + weight * (end - input).";
            "addcmul", F | M | I | G, ["(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1, *OUT)" => select::addcmul], "input + value * tensor1 * tensor2.";
            "addcdiv", F | M | I | G, ["(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1, *OUT)" => select::addcdiv], "input + value * tensor1 / tensor2.";

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
            "floor", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::floor], "Rounded down.";
            "ceil", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::ceil], "Rounded up.";
            "trunc", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::trunc], "Rounded toward zero.";
            "fix", F | M | I | IF | D | G, ["(Tensor input, *, *OUT)" => transcendental::trunc], "Rounded toward zero.";
            "frac", F | M | I | IF | G, ["(Tensor input, *, *OUT)" => transcendental::frac], "The fraction.";
            "round", F | M | I | IF | G, ["(Tensor input, *, int decimals=0, *OUT)" => transcendental::round], "Rounded, ties to even.";
            "sign", F | M | I | D | G, ["(Tensor input, *, *OUT)" => transcendental::sign], "-1, 0 or 1.";
            "sgn", F | M | I | D | G, ["(Tensor input, *, *OUT)" => transcendental::sgn], "-1, 0 or 1.";

            // Comparison and logic.
            "eq", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::eq], "input = other.";
            "ne", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ne], "input differs from other.";
            "not_equal", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ne], "input differs from other.";
            "lt", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::lt], "input < other.";
            "less", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::lt], "input < other.";
            "le", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::le], "input <= other.";
            "less_equal", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::le], "input <= other.";
            "gt", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::gt], "input > other.";
            "greater", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::gt], "input > other.";
            "ge", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ge], "input >= other.";
            "greater_equal", F | M | I, ["(Tensor input, Tensor|Number other, *, *OUT)" => compare::ge], "input >= other.";
            "logical_and", F | M | I, ["(Tensor input, Tensor other, *, *OUT)" => compare::logical_and], "Both non-zero.";
            "logical_or", F | M | I, ["(Tensor input, Tensor other, *, *OUT)" => compare::logical_or], "Either non-zero.";
            "logical_xor", F | M | I, ["(Tensor input, Tensor other, *, *OUT)" => compare::logical_xor], "Exactly one non-zero.";
            "logical_not", F | M | I, ["(Tensor input, *, *OUT)" => compare::logical_not], "Zero?";
            "bitwise_and", F | M | I | D, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => compare::bitwise_and], "Bitwise and.";
            "bitwise_or", F | M | I | D, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => compare::bitwise_or], "Bitwise or.";
            "bitwise_xor", F | M | I | D, ["(Tensor|Number input, Tensor|Number other, *, *OUT)" => compare::bitwise_xor], "Bitwise exclusive or.";
            "bitwise_not", F | M | I | D, ["(Tensor input, *, *OUT)" => compare::bitwise_not], "Bitwise not.";
            "isnan", F | M, ["(Tensor input)" => compare::isnan], "Not a number?";
            "isinf", F | M, ["(Tensor input)" => compare::isinf], "Infinite?";
            "isfinite", F | M, ["(Tensor input)" => compare::isfinite], "Neither infinite nor nan?";
            "isclose", F | M, ["(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)" => compare::isclose], "Close, element by element?";
            "allclose", F | M, ["(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)" => compare::allclose], "All elements close?";
            "equal", F | M, ["(Tensor input, Tensor other)" => compare::equal], "Same sizes and elements?";

            // Choice.
            "where", F, [
                "(Tensor condition)" => index::nonzero_columns,
                "(Tensor condition, Tensor|Number input, Tensor|Number other, *, *OUT)" => select::where_
            ], "input where the condition holds, else other.";
            "where", M | G, ["(Tensor input, Tensor condition, Tensor|Number other)" => select::where_method], "The tensor where the condition holds, else other.";
            "masked_fill", F | M | I | D | G, ["(Tensor input, Tensor mask, Tensor|Number value)" => select::masked_fill], "value where the mask holds.";
            "maximum", F | M | G, ["(Tensor input, Tensor other, *, *OUT)" => select::maximum], "The larger of two.";
            "minimum", F | M | G, ["(Tensor input, Tensor other, *, *OUT)" => select::minimum], "The smaller of two.";
            "clamp", F | M | I | IF | D | G, [
                "(Tensor input, Number min=None, Number max=None, *, *OUT)" => select::clamp,
                "(Tensor input, Tensor min=None, Tensor max=None, *, *OUT)" => select::clamp_tensor
            ], "Held between min and max.";
            "clip", F | M | I | IF | D | G, [
                "(Tensor input, Number min=None, Number max=None, *, *OUT)" => select::clamp,
                "(Tensor input, Tensor min=None, Tensor max=None, *, *OUT)" => select::clamp_tensor
            ], "Held between min and max.";
            "clamp_min", F | M | I | IF | D | G, ["(Tensor input, Number min, *, *OUT)" => select::clamp_min, "(Tensor input, Tensor min, *, *OUT)" => select::clamp_min_tensor], "At least min.";
            "clamp_max", F | M | I | IF | D | G, ["(Tensor input, Number max, *, *OUT)" => select::clamp_max, "(Tensor input, Tensor max, *, *OUT)" => select::clamp_max_tensor], "At most max.";
            "relu", F | M | I | IF | D | G, ["(Tensor input)" => select::relu], "max(input, 0).";

            // Reductions.
            "sum", F | M | G, [
                "(Tensor input, *, torch.dtype dtype=None)" => reduce::sum_everything,
                "(Tensor input, int[] dim, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::sum
            ], "The sum.";
            "mean", F | M | G, [
                "(Tensor input, *, torch.dtype dtype=None)" => reduce::mean_everything,
                "(Tensor input, int[] dim, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::mean
            ], "The mean.";
            "prod", F | M | G, [
                "(Tensor input, *, torch.dtype dtype=None)" => reduce::prod_everything,
                "(Tensor input, int dim, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::prod
            ], "The product.";
            "max", F | M | G, [
                "(Tensor input, *, *OUT)" => reduce::max_everything,
                "(Tensor input, int dim, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => reduce::max_along,
                "(Tensor input, Tensor other, *, *OUT)" => select::maximum
            ], "The largest element.";
            "min", F | M | G, [
                "(Tensor input, *, *OUT)" => reduce::min_everything,
                "(Tensor input, int dim, bool keepdim=False, *, *OUT) -> (Tensor values, Tensor indices)" => reduce::min_along,
                "(Tensor input, Tensor other, *, *OUT)" => select::minimum
            ], "The smallest element.";
            "amax", F | M | G, ["(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::amax], "The largest elements.";
            "amin", F | M | G, ["(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::amin], "The smallest elements.";
            "argmax", F | M, ["(Tensor input, int dim=None, bool keepdim=False, *, *OUT)" => reduce::argmax], "Where the largest element is.";
            "argmin", F | M, ["(Tensor input, int dim=None, bool keepdim=False, *, *OUT)" => reduce::argmin], "Where the smallest element is.";
            "any", F | M, [
                "(Tensor input, *, *OUT)" => reduce::any_everything,
                "(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::any
            ], "Any non-zero?";
            "all", F | M, [
                "(Tensor input, *, *OUT)" => reduce::all_everything,
                "(Tensor input, int[] dim=None, bool keepdim=False, *, *OUT)" => reduce::all
            ], "All non-zero?";
            "var", F | M | G, [
                "(Tensor input, int[] dim=None, *, Number correction=1, bool keepdim=False, *OUT)" => reduce::var,
                "(Tensor input, bool unbiased)" => reduce::var_all,
                "(Tensor input, int[] dim, bool unbiased=True, bool keepdim=False, *, *OUT)" => reduce::var_unbiased
            ], "The variance.";
            "std", F | M | G, [
                "(Tensor input, int[] dim=None, *, Number correction=1, bool keepdim=False, *OUT)" => reduce::std,
                "(Tensor input, bool unbiased)" => reduce::std_all,
                "(Tensor input, int[] dim, bool unbiased=True, bool keepdim=False, *, *OUT)" => reduce::std_unbiased
            ], "The standard deviation.";
            "linalg_vector_norm", F | G, ["(Tensor input, Number ord=2, int[] dim=None, bool keepdim=False, *, torch.dtype dtype=None, *OUT)" => reduce::vector_norm], "The p-norm of a vector.";
            "logsumexp", F | M | G, ["(Tensor input, int[] dim, bool keepdim=False, *, *OUT)" => reduce::logsumexp], "log of the sum of e^input.";

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
            "narrow", F | M | G, ["(Tensor input, int dim, int start, int length)" => view::narrow], "A range of a dimension.";
            "select", F | M | G, ["(Tensor input, int dim, int index)" => view::select], "One index of a dimension.";
            "diagonal", F | M | G, ["(Tensor input, int offset=0, int dim1=0, int dim2=1)" => view::diagonal], "A diagonal.";
            "as_strided", F | M | G, ["(Tensor input, int[] size, int[] stride, int storage_offset=None)" => rebase::as_strided], "Any view of the storage.";
            "cat", F | G, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::cat], "Joined along a dimension.";
            "concat", F | G, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::cat], "Joined along a dimension.";
            "concatenate", F | G, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::cat], "Joined along a dimension.";
            "stack", F | G, ["(Tensor[] tensors, int dim=0, *, *OUT)" => join::stack], "Joined along a new dimension.";
            "split", F | M | G, ["(Tensor input, int split_size, int dim=0)" => join::split, "(Tensor input, int[] split_size, int dim=0)" => join::split_with_sizes], "Cut into pieces of a size.";
            "split_with_sizes", F | M | G, ["(Tensor input, int[] split_sizes, int dim=0)" => join::split_with_sizes], "Cut into pieces of given sizes.";
            "chunk", F | M | G, ["(Tensor input, int chunks, int dim=0)" => join::chunk], "Cut into a number of pieces.";
            "unbind", F | M | G, ["(Tensor input, int dim=0)" => join::unbind], "Every index of a dimension.";
            "repeat", M | G, ["(Tensor input, int[]... repeats)" => join::repeat], "Repeated along its dimensions.";
            "clone", F | M | G, ["(Tensor input, *, torch.memory_format memory_format=None)" => copy::clone], "A copy.";
            "contiguous", M | G, ["(Tensor input, *, torch.memory_format memory_format=None)" => copy::contiguous], "Row-major, copied if it is not.";

            // Positions.
            "gather", F | M | G, ["(Tensor input, int dim, Tensor index, *, bool sparse_grad=False, *OUT)" => index::gather_method], "Elements by position along a dimension.";
            "index_select", F | M | G, ["(Tensor input, int dim, Tensor index, *, *OUT)" => index::index_select], "Rows by position.";

            // Products.
            "matmul", F | M | G, ["(Tensor input, Tensor other, *, *OUT)" => linalg::matmul], "The matrix product.";
            "mm", F | M | G, ["(Tensor input, Tensor mat2, *, *OUT)" => linalg::mm], "The product of two matrices.";
            "bmm", F | M | G, ["(Tensor input, Tensor mat2, *, *OUT)" => linalg::bmm], "Products of matrices, stack by stack.";
            "mv", F | M | G, ["(Tensor input, Tensor vec, *, *OUT)" => linalg::mv], "Matrix times vector.";
            "dot", F | M | G, ["(Tensor input, Tensor tensor, *, *OUT)" => linalg::dot], "The inner product of two vectors.";
            "outer", F | M | G, ["(Tensor input, Tensor vec2, *, *OUT)" => linalg::outer], "The outer product of two vectors.";
            "ger", F | M | G, ["(Tensor input, Tensor vec2, *, *OUT)" => linalg::outer], "The outer product of two vectors.";
            "addmm", F | M | I | G, ["(Tensor input, Tensor mat1, Tensor mat2, *, Number beta=1, Number alpha=1, *OUT)" => linalg::addmm], "beta * input + alpha * mat1 @ mat2.";
            "baddbmm", F | M | I | G, ["(Tensor input, Tensor batch1, Tensor batch2, *, Number beta=1, Number alpha=1, *OUT)" => linalg::baddbmm], "beta * input + alpha * batch1 @ batch2.";
            "linear", F | G, ["(Tensor input, Tensor weight, Tensor bias=None)" => linalg::linear], "input @ weight.T + bias.";

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
            "multinomial", F | M, ["(Tensor input, int num_samples, bool replacement=False, *, torch.Generator generator=None, *OUT)" => random::multinomial], "Categories by weight.";
            "poisson", F, ["(Tensor input, torch.Generator generator=None)" => random::poisson], "Poisson with the input's rates.";
            "dropout", F | G, ["(Tensor input, float p, bool train)" => random::dropout], "Elements zeroed at random, the rest scaled.";
            "feature_dropout", F | G, ["(Tensor input, float p, bool train)" => random::feature_dropout], "Channels zeroed at random, the rest scaled.";

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

            // Neural networks: losses; reduction is 0 for none, 1 for the mean, 2 for the sum.
            "nll_loss", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, int ignore_index=-100, *, *OUT)" => nll::nll_loss], "-input[target].";
            "nll_loss_nd", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, int ignore_index=-100)" => nll::nll_loss_nd], "-input[target] with any number of dimensions.";
            "cross_entropy_loss", F | G, ["(Tensor input, Tensor target, Tensor weight=None, int reduction=1, int ignore_index=-100, float label_smoothing=0.0)" => nll::cross_entropy_loss], "The negative log-likelihood of softmax.";
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
        }
    };
}
