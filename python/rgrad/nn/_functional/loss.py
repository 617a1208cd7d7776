"""Losses."""
from __future__ import annotations

import warnings

from ... import _C
from .._reduction import CODES, legacy_get_string


def _is_legacy(size_average, reduce) -> bool:
    return size_average is not None or reduce is not None


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
    label_smoothing=0.0,
):
    """Cross entropy of logits (N, C, ...) with class indices (N, ...) or class probabilities (N, C, ...)."""
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    return _C.cross_entropy_loss(input, target, weight, CODES[reduction], ignore_index, label_smoothing)


def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    """-input[target] for log-probabilities (N, C, ...) and class indices (N, ...), weighted by class."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    return _C.nll_loss_nd(input, target, weight, CODES[reduction], ignore_index)


def _warn_sizes(input, target, stacklevel=3) -> None:
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=stacklevel,
    )


def _same_shape(input, target):
    return (input, target) if input.shape == target.shape else _C.broadcast_tensors([input, target])


def _weighted(errors, weight, reduction):
    errors = errors * weight
    if reduction == "none":
        return errors
    if reduction == "sum":
        return _C.sum(errors)
    if reduction == "mean":
        return _C.sum(errors) / _C.sum(weight)
    raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")


def _check_weight(weight, input) -> None:
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """(input - target)^2, averaged, summed or not."""
    same = target.size() == input.size()
    if not same:
        _warn_sizes(input, target)
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    if same and weight is None:
        return _C.mse_loss(input, target, CODES[reduction])
    input_, target = _same_shape(input, target)
    if weight is not None:
        _check_weight(weight, input)
        return _weighted(_C.pow(input_ - target, 2), weight, reduction)
    return _C.mse_loss(input_, target, CODES[reduction])


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """|input - target|, averaged, summed or not."""
    if target.size() != input.size():
        _warn_sizes(input, target)
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    input_, target = _same_shape(input, target)
    if weight is not None:
        _check_weight(weight, input)
        return _weighted(_C.abs(input_ - target), weight, reduction)
    return _C.l1_loss(input_, target, CODES[reduction])


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """Squared error below ``beta``, absolute error above."""
    if target.size() != input.size():
        _warn_sizes(input, target)
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    input, target = _same_shape(input, target)
    if beta == 0.0:
        return _C.l1_loss(input, target, CODES[reduction])
    return _C.smooth_l1_loss(input, target, CODES[reduction], beta)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Half squared error below ``delta``, linear above."""
    if target.size() != input.size():
        _warn_sizes(input, target)
    input_, target = _same_shape(input, target)
    if weight is None:
        return _C.huber_loss(input_, target, CODES[reduction], delta)
    _check_weight(weight, input)
    return _weighted(_C.huber_loss(input_, target, 0, delta), weight, reduction)


def _kind(tensor) -> str:
    return tensor.type().removeprefix("torch.").removesuffix("Tensor")


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Cross entropy of probabilities in [0, 1] with targets of the same size."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    code = CODES[reduction]
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please ensure they have the same size."
        )
    if target.dtype != input.dtype:
        raise RuntimeError(f"Found dtype {_kind(target)} but expected {_kind(input)}")
    if weight is not None:
        from ...functional import broadcast_shapes

        weight = weight.expand(broadcast_shapes(target.size(), weight.size()))
    return _C.binary_cross_entropy(input, target, weight, code)


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """Binary cross entropy of sigmoid(input), without overflow."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    code = CODES[reduction]
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    if target.dtype == _C.bool:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
        )
    if not target.is_floating_point():
        raise RuntimeError(f"result type {_kind(input)} can't be cast to the desired output type {_kind(target)}")
    return _C.binary_cross_entropy_with_logits(input, target, weight, pos_weight, code)


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """target (log target - input), for ``input`` in log space; "batchmean" divides the sum by the batch size."""
    if _is_legacy(size_average, reduce):
        code = CODES[legacy_get_string(size_average, reduce)]
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                stacklevel=2,
            )
        code = CODES["sum" if reduction == "batchmean" else reduction]
    loss = _C.kl_div(input, target, code, log_target=log_target)
    if reduction == "batchmean" and input.dim() != 0:
        loss = loss / input.size()[0]
    return loss


def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"
):
    """Negative log likelihood of Poisson counts ``target`` with (log) rate ``input``."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    return _C.poisson_nll_loss(input, target, log_input, full, eps, CODES[reduction])


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Negative log likelihood of ``target`` under normal distributions with mean ``input`` and variance ``var``."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * _C.ones_like(input)
    elif _C.any(var < 0):
        raise ValueError("var has negative entry/entries")
    if var.size() != input.size():
        if input.size()[:-1] == var.size():
            var = _C.unsqueeze(var, -1)
        elif not (
            input.ndim == var.ndim
            and sum(a != b for a, b in zip(input.size(), var.size())) == 1
            and any(a != 1 and b == 1 for a, b in zip(input.size(), var.size()))
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    from ..._grad_mode import no_grad

    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (_C.log(var) + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * 1.8378770664093453  # log(2 pi)
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Connectionist temporal classification: log-probabilities (T, N, C), targets (N, S) or concatenated."""
    return _C.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, CODES[reduction], zero_infinity
    )


def _simple(name, doc):
    """A loss of (input, target) with the old and the new reduction flags and nothing else."""
    def loss(input, target, size_average=None, reduce=None, reduction="mean"):
        if _is_legacy(size_average, reduce):
            reduction = legacy_get_string(size_average, reduce)
        return getattr(_C, name)(input, target, CODES[reduction])

    loss.__name__ = loss.__qualname__ = name
    loss.__doc__ = doc
    return loss


soft_margin_loss = _simple("soft_margin_loss", "log(1 + exp(-target input)) for targets 1 and -1.")
multilabel_margin_loss = _simple(
    "multilabel_margin_loss", "Margin loss of (N, C) scores with several true classes, listed before the first -1."
)


def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    """input where target is 1, max(0, margin - input) where it is -1."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    return _C.hinge_embedding_loss(input, target, margin, CODES[reduction])


def margin_ranking_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """max(0, -target (input1 - input2) + margin)."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    code = CODES[reduction]
    if not (input1.dim() == input2.dim() == target.dim()):
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return _C.margin_ranking_loss(input1, input2, target, margin, code)


def cosine_embedding_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """1 - cos where target is 1, max(0, cos - margin) where it is -1."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    return _C.cosine_embedding_loss(input1, input2, target, margin, CODES[reduction])


def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Multi-class hinge loss of (N, C) scores, with exponent ``p`` 1 or 2."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    code = CODES[reduction]
    if p != 1 and p != 2:
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    return _C.multi_margin_loss(input, target, p, margin, weight, code)


def multilabel_soft_margin_loss(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Mean over the classes of binary cross entropy with logits."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    loss = -(target * _C.log_sigmoid(input) + (1 - target) * _C.log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    loss = loss.sum(dim=input.dim() - 1) / input.size(input.dim() - 1)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None,
    reduction="mean",
):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) with the p-norm as distance."""
    if _is_legacy(size_average, reduce):
        reduction = legacy_get_string(size_average, reduce)
    code = CODES[reduction]
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return _C.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, code)


def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    """The triplet margin loss with any distance."""
    CODES[reduction]
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not (anchor.ndim == positive.ndim == negative.ndim):
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    distance = _C.pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = _C.minimum(far, distance(positive, negative))
    loss = _C.clamp_min(margin + near - far, 0)
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def linear_cross_entropy(
    input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean", ignore_index=None,
    label_smoothing=0.0, options=None,
):
    """Cross entropy of ``linear(input, linear_weight, linear_bias)``; classes are the weight's first dimension."""
    _check_linear(input, linear_weight, linear_bias)
    classes, *features = linear_weight.shape[:-1]
    shape = (*input.shape[:-1], classes, *features)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if features:
        linear_weight = linear_weight.reshape(-1, linear_weight.shape[-1])
        linear_bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = _C.linear(input, linear_weight, linear_bias).reshape(shape)
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        logits, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing
    )


def _check_linear(input, weight, bias) -> None:
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {weight.dim()}")
    if input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), "
            f"got {input.shape[-1]} and {weight.shape[-1]}, respectively"
        )
    wanted = tuple(weight.shape[:-1])
    if bias is not None and tuple(bias.shape) != wanted:
        raise RuntimeError(f"expected linear_bias shape {wanted}, got {tuple(bias.shape)}")
    if len(wanted) > 1 and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires batched input, "
            f"(N, {input.shape[-1]}), got unbatched input with shape {tuple(input.shape)}"
        )
