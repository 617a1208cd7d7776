"""A layer and the batch norm behind it as one layer, for evaluation."""
from __future__ import annotations

import copy

from ... import _C
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _fused(weight, bias, mean, var, eps, gamma, beta, shape):
    """w gamma / sqrt(var + eps), and (b - mean) gamma / sqrt(var + eps) + beta, in the dtypes of w and b."""
    bias = _C.zeros_like(mean) if bias is None else bias
    gamma = _C.ones_like(mean) if gamma is None else gamma
    beta = _C.zeros_like(mean) if beta is None else beta
    rstd = _C.rsqrt(var + eps)
    new_weight = (weight * (gamma * rstd).reshape(shape)).to(dtype=weight.dtype)
    new_bias = ((bias - mean) * rstd * gamma + beta).to(dtype=bias.dtype)
    return Parameter(new_weight, weight.requires_grad), Parameter(new_bias, bias.requires_grad)


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """Weight and bias of a convolution that does the batch norm behind it, too."""
    channels = 1 if transpose else 0
    shape = [-1 if d == channels else 1 for d in range(conv_w.dim())]
    return _fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """Weight and bias of a linear layer that does the batch norm behind it, too."""
    return _fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, (-1, 1))


def _with(layer, bn, fuse, *more):
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    fused = copy.deepcopy(layer)
    fused.weight, fused.bias = fuse(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, *more
    )
    return fused


def fuse_conv_bn_eval(conv, bn, transpose=False):
    """A copy of ``conv`` that does the batch norm ``bn``, too; both in evaluation."""
    return _with(conv, bn, fuse_conv_bn_weights, transpose)


def fuse_linear_bn_eval(linear, bn):
    """A copy of ``linear`` that does the batch norm ``bn``, too; both in evaluation."""
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError("To fuse, linear.out_features == bn.num_features or bn.num_features == 1")
    return _with(linear, bn, fuse_linear_bn_weights)
