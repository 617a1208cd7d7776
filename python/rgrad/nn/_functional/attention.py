"""Multi-head attention as one function."""
from __future__ import annotations

import warnings

from ... import _C


def canonical_mask(mask, mask_name, other_type, other_name, target_type, check_other=True):
    """A boolean mask as -inf where True; a float mask as it is."""
    if mask is None:
        return None
    is_float = mask.is_floating_point()
    if mask.dtype != _C.bool and not is_float:
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if is_float:
        return mask
    return _C.zeros_like(mask, dtype=target_type).masked_fill_(mask, float("-inf"))


def _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads) -> bool:
    """Whether the input has a batch dimension."""
    ndim = query.dim()
    if ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {ndim}-D query tensor"
        )
    words = f"For {'batched' if ndim == 3 else 'unbatched'} ({ndim}-D) `query`, expected"
    if key.dim() != ndim or value.dim() != ndim:
        raise AssertionError(
            f"{words} `key` and `value` to be {ndim}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != ndim - 1:
        raise AssertionError(
            f"{words} `key_padding_mask` to be `None` or {ndim - 1}-D but found {key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"{words} `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor instead"
            )
        if ndim == 2 and attn_mask.dim() == 3:
            wanted = (num_heads, query.shape[0], key.shape[0])
            if tuple(attn_mask.shape) != wanted:
                raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}")
    return ndim == 3


def _parts(x, count):
    """``x`` cut along its last dimension into contiguous parts."""
    return x.unflatten(-1, (count, x.size(-1) // count)).movedim(-2, 0).contiguous().unbind(0)


def _project_packed(q, k, v, weight, bias):
    """q, k, v through the three parts of one (3 E, E) matrix; one product where inputs are shared."""
    if k is v and q is k:
        return _parts(_C.linear(q, weight, bias), 3)
    dim = q.size(-1)
    if k is v:
        q_weight, kv_weight = weight.split([dim, 2 * dim])
        q_bias, kv_bias = (None, None) if bias is None else bias.split([dim, 2 * dim])
        return (_C.linear(q, q_weight, q_bias), *_parts(_C.linear(k, kv_weight, kv_bias), 2))
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(_C.linear(x, w, b) for x, w, b in zip((q, k, v), weight.chunk(3), biases))


def _check_attn_mask(mask, bsz, heads, tgt_len, src_len):
    """The mask with a leading dimension for batch * heads."""
    if mask.dim() == 2:
        if tuple(mask.shape) != (tgt_len, src_len):
            raise RuntimeError(
                f"The shape of the 2D attn_mask is {mask.shape}, but should be {(tgt_len, src_len)}."
            )
        return mask.unsqueeze(0)
    if mask.dim() == 3:
        wanted = (bsz * heads, tgt_len, src_len)
        if tuple(mask.shape) != wanted:
            raise RuntimeError(f"The shape of the 3D attn_mask is {mask.shape}, but should be {wanted}.")
        return mask
    raise RuntimeError(f"attn_mask's dimension {mask.dim()} is not supported")


def _split_heads(x, bsz, heads, head_dim):
    return x.view(x.shape[0], bsz * heads, head_dim).transpose(0, 1)


def _check_static(static, name, bsz, heads, head_dim):
    if static.size(0) != bsz * heads:
        raise AssertionError(f"expecting {name}.size(0) of {bsz * heads}, but got {static.size(0)}")
    if static.size(2) != head_dim:
        raise AssertionError(f"expecting {name}.size(2) of {head_dim}, but got {static.size(2)}")
    return static


def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
    dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True,
    attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None,
    static_k=None, static_v=None, average_attn_weights=True, is_causal=False,
):
    """Attention of ``query`` (L, N, E) to ``key`` and ``value`` (S, N, E) in ``num_heads`` heads.

    Returns the output (L, N, E) and, if ``need_weights``, the attention weights (N, L, S).
    """
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same = key is value, query is key
        query = query.unsqueeze(1)
        key = query if same[1] else key.unsqueeze(1)
        value = key if same[0] else value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    tgt_len, bsz, embed_dim = query.shape
    src_len = key.shape[0]

    attn_type = None if attn_mask is None else attn_mask.dtype
    key_padding_mask = canonical_mask(key_padding_mask, "key_padding_mask", attn_type, "attn_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
        if key_padding_mask is not None:
            is_causal = False

    if embed_dim != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}")
    head_dim = embed_dim // num_heads
    if head_dim * num_heads != embed_dim:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
        biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = (_C.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        q, k, v = _project_packed(query, key, value, in_proj_weight, in_proj_bias)

    if attn_mask is not None:
        attn_mask = _check_attn_mask(attn_mask, bsz, num_heads, tgt_len, src_len)
    grow = 0
    if bias_k is not None and bias_v is not None:
        if static_k is not None:
            raise AssertionError("bias cannot be added to static key.")
        if static_v is not None:
            raise AssertionError("bias cannot be added to static value.")
        k = _C.cat([k, bias_k.repeat(1, bsz, 1)])
        v = _C.cat([v, bias_v.repeat(1, bsz, 1)])
        grow += 1
    q = _split_heads(q, bsz, num_heads, head_dim)
    k = _split_heads(k, bsz, num_heads, head_dim) if static_k is None else _check_static(
        static_k, "static_k", bsz, num_heads, head_dim)
    v = _split_heads(v, bsz, num_heads, head_dim) if static_v is None else _check_static(
        static_v, "static_v", bsz, num_heads, head_dim)
    if add_zero_attn:
        zeros = _C.zeros((bsz * num_heads, 1, head_dim), dtype=k.dtype)
        k, v = _C.cat([k, zeros], 1), _C.cat([v, zeros], 1)
        grow += 1
    if grow:
        attn_mask = None if attn_mask is None else _C.pad(attn_mask, (0, grow))
        key_padding_mask = None if key_padding_mask is None else _C.pad(key_padding_mask, (0, grow))

    src_len = k.size(1)
    if key_padding_mask is not None:
        if tuple(key_padding_mask.shape) != (bsz, src_len):
            which = 0 if key_padding_mask.shape[0] != bsz else 1
            raise AssertionError(
                f"Expected key_padded_mask.shape[{which}] to be {(bsz, src_len)[which]}, "
                f"but got {key_padding_mask.shape[which]}"
            )
        key_padding_mask = (
            key_padding_mask.view(bsz, 1, 1, src_len).expand(-1, num_heads, -1, -1)
            .reshape(bsz * num_heads, 1, src_len)
        )
        attn_mask = key_padding_mask if attn_mask is None else attn_mask + key_padding_mask
    if not training:
        dropout_p = 0.0

    if need_weights:
        q = q * (1.0 / float(head_dim)) ** 0.5
        scores = _C.bmm(q, k.transpose(-2, -1)) if attn_mask is None else _C.baddbmm(
            attn_mask, q, k.transpose(-2, -1))
        weights = _C.softmax(scores, -1)
        if dropout_p > 0.0:
            weights = _C.dropout(weights, dropout_p, True)
        out = _C.bmm(weights, v).transpose(0, 1).contiguous().view(tgt_len * bsz, embed_dim)
        weights = weights.view(bsz, num_heads, tgt_len, src_len)
        if average_attn_weights:
            weights = weights.mean(dim=1)
    else:
        if attn_mask is not None:
            if attn_mask.size(0) == 1:
                attn_mask = attn_mask.unsqueeze(0)
            else:
                attn_mask = attn_mask.view(bsz, num_heads, -1, src_len)
        q = q.view(bsz, num_heads, tgt_len, head_dim)
        k = k.view(bsz, num_heads, src_len, head_dim)
        v = v.view(bsz, num_heads, src_len, head_dim)
        out = _C.scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
        out = out.permute(2, 0, 1, 3).contiguous().view(bsz * tgt_len, embed_dim)
        weights = None
    out = _C.linear(out, out_proj_weight, out_proj_bias).view(tgt_len, bsz, -1)
    if not batched:
        out = out.squeeze(1)
        weights = None if weights is None else weights.squeeze(0)
    return out, weights
