"""Recurrent layers and cells."""
from __future__ import annotations

import math
import warnings

from ... import _C
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def _check_arguments(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size) -> None:
    if not isinstance(dropout, (int, float)) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=3,
        )
    wanted = (("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int),
              ("hidden_size", hidden_size, int))
    for name, value, kind in wanted:
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in _GATES:
        raise ValueError("Unrecognized RNN mode: " + mode)


class RNNBase(Module):
    """What RNN, LSTM and GRU share: weights named ``weight_ih_l0``, ``bias_hh_l1_reverse`` and so on."""

    __constants__ = ["mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
                     "bidirectional", "proj_size"]

    def __init__(
        self, mode, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, proj_size=0, device=None, dtype=None,
    ) -> None:
        super().__init__()
        _check_arguments(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights = []
        directions = 2 if bidirectional else 1
        rows, out = _GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            for direction in range(directions):
                suffix = f"l{layer}" + ("_reverse" if direction else "")
                shapes: dict[str, tuple] = {
                    "weight_ih_": (rows, input_size if layer == 0 else out * directions), "weight_hh_": (rows, out)
                }
                if bias:
                    shapes.update(bias_ih_=(rows,), bias_hh_=(rows,))
                if proj_size:
                    shapes.update(weight_hr_=(proj_size, hidden_size))
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(_C.empty(shape, device=device, dtype=dtype)))
                self._all_weights.append([name + suffix for name in shapes])
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self.reset_parameters()

    @property
    def _flat_weights(self) -> list:
        """The weights in the order in which the core takes them, as they are now."""
        attributes = self.__dict__
        return [attributes[name] if name in attributes else getattr(self, name) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list:
        """The weights, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing to do on the CPU."""

    def reset_parameters(self) -> None:
        """Draw every weight from U(-1/sqrt(hidden_size), 1/sqrt(hidden_size))."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        plain = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0,
                 "bidirectional": False}
        for name, usual in plain.items():
            value = getattr(self, name)
            if value != usual:
                text += f", {name}={value}"
        return text

    def check_input(self, input, batch_sizes) -> None:
        """Refuse an input of the wrong dtype, rank or size."""
        dtype = self._flat_weights[0].dtype
        if input.dtype != dtype and not _autocast():
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). "
                f"Convert input: input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        wanted = 2 if batch_sizes is not None else 3
        if input.dim() != wanted:
            raise RuntimeError(f"input must have {wanted} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def _hidden_shape(self, batch: int, size: int) -> tuple:
        return self.num_layers * (2 if self.bidirectional else 1), batch, size

    def check_hidden_size(self, hx, expected_hidden_size, msg="Expected hidden size {}, got {}") -> None:
        """Refuse a hidden state of the wrong shape."""
        if tuple(hx.size()) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def _sizes(self) -> list[int]:
        """The last dimension of each hidden state."""
        return [self.hidden_size]

    def _run(self, core, input, hx, batch_sizes):
        if batch_sizes is None:
            return core(input, hx, self._flat_weights, self.bias, self.num_layers, self.dropout, self.training,
                        self.bidirectional, self.batch_first)
        return core(input, batch_sizes, hx, self._flat_weights, self.bias, self.num_layers, self.dropout,
                    self.training, self.bidirectional)

    def _forward(self, input, states, core):
        """``states``: a list of hidden states, or None for zeros. Returns output and the list of new states."""
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, inverse = input
            batch = int(batch_sizes[0])
            states = self._zeros(data, batch) if states is None else [_permute(h, order) for h in states]
            self._check(data, states, batch_sizes, batch)
            out, *new = self._run(core, data, self._pass(states), batch_sizes)
            return PackedSequence(out, batch_sizes, order, inverse), [_permute(h, inverse) for h in new]
        ndim = input.dim()
        if ndim not in (2, 3):
            self._wrong_rank(ndim)
        batched, batch_dim = ndim == 3, 0 if self.batch_first else 1
        if states is not None:
            self._check_ranks(states, batched)
        if not batched:
            input = input.unsqueeze(batch_dim)
            states = None if states is None else [h.unsqueeze(1) for h in states]
        batch = input.size(batch_dim)
        if states is None:
            states = self._zeros(input, batch)
        self._check(input, states, None, batch)
        out, *new = self._run(core, input, self._pass(states), None)
        if not batched:
            out, new = out.squeeze(batch_dim), [h.squeeze(1) for h in new]
        return out, new

    def _wrong_rank(self, ndim) -> None:
        kind = "RNN" if self.mode.startswith("RNN") else self.mode
        tail = " tensor instead" if kind == "RNN" else " instead"
        raise ValueError(f"{kind}: Expected input to be 2D or 3D, got {ndim}D{tail}")

    def _check_ranks(self, states, batched) -> None:
        ndim = states[0].dim()
        if ndim != (3 if batched else 2):
            words = "batched 3-D input, hx should also be 3-D" if batched else (
                "unbatched 2-D input, hx should also be 2-D")
            raise RuntimeError(f"For {words} but got {ndim}-D tensor")

    @staticmethod
    def _pass(states):
        return states[0]

    def _zeros(self, input, batch):
        return [_C.zeros(self._hidden_shape(batch, size), dtype=input.dtype) for size in self._sizes()]

    def _check(self, input, states, batch_sizes, batch) -> None:
        self.check_input(input, batch_sizes)
        self.check_hidden_size(states[0], self._hidden_shape(batch, self._sizes()[0]))

    def __setstate__(self, state) -> None:
        state = dict(state)
        state.pop("_flat_weights", None)
        super().__setstate__(state)
        self.__dict__.setdefault("proj_size", 0)


def _autocast() -> bool:
    enabled = getattr(_C, "_is_any_autocast_enabled", None)
    return enabled is not None and enabled()


def _permute(hidden, order):
    return hidden if order is None else hidden.index_select(1, order)


class RNN(RNNBase):
    """Elman network: h = tanh(x W_ih^T + b_ih + h W_hh^T + b_hh), or relu.

    Input (L, N, input_size), or (N, L, input_size) with ``batch_first``; returns all outputs and the last state.
    """

    def __init__(self, *args, **kwargs) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__("RNN_" + nonlinearity.upper(), *args, **kwargs)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        core = _C.rnn_tanh if self.mode == "RNN_TANH" else _C.rnn_relu
        out, (hidden,) = self._forward(input, None if hx is None else [hx], core)
        return out, hidden


class GRU(RNNBase):
    """Gated recurrent units; input and output as for RNN."""

    def __init__(self, *args, **kwargs) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)

    def forward(self, input, hx=None):
        out, (hidden,) = self._forward(input, None if hx is None else [hx], _C.gru)
        return out, hidden


class LSTM(RNNBase):
    """Long short-term memory; the state is a pair (h, c)."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def _sizes(self) -> list[int]:
        return [self.proj_size or self.hidden_size, self.hidden_size]

    @staticmethod
    def _pass(states):
        return tuple(states)

    def _check_ranks(self, states, batched) -> None:
        dims = [h.dim() for h in states]
        wanted = 3 if batched else 2
        if dims != [wanted, wanted]:
            words = "batched 3-D" if batched else "unbatched 2-D"
            raise RuntimeError(
                f"For {words} input, hx and cx should also be {wanted}-D but got ({dims[0]}-D, {dims[1]}-D) tensors"
            )

    def _check(self, input, states, batch_sizes, batch) -> None:
        self.check_input(input, batch_sizes)
        for name, hidden, size in zip(("[0]", "[1]"), states, self._sizes()):
            self.check_hidden_size(
                hidden, self._hidden_shape(batch, size), f"Expected hidden{name} size {{}}, got {{}}"
            )

    def forward(self, input, hx=None):
        out, new = self._forward(input, None if hx is None else list(hx), _C.lstm)
        return out, tuple(new)


class RNNCellBase(Module):
    """What the cells share: ``weight_ih``, ``weight_hh`` and their biases."""

    __constants__ = ["input_size", "hidden_size", "bias"]

    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None) -> None:
        super().__init__()
        made = {"device": device, "dtype": dtype}
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(_C.empty((rows, input_size), **made))
        self.weight_hh = Parameter(_C.empty((rows, hidden_size), **made))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(_C.empty(rows, **made)) if bias else None)
        self.reset_parameters()

    reset_parameters = RNNBase.reset_parameters

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _step(self, core, input, states):
        """One step with a list of states (None for zeros), batched or not."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, hidden in enumerate(states or ()):
            if hidden.dim() not in (1, 2):
                what = f"hx[{i}]" if self._pair else "hidden"
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {hidden.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if states is None:
            zeros = _C.zeros((input.size(0), self.hidden_size), dtype=input.dtype)
            states = (zeros, zeros) if self._pair else (zeros,)
        elif not batched:
            states = tuple(hidden.unsqueeze(0) for hidden in states)
        out = core(
            input, tuple(states) if self._pair else states[0], self.weight_ih, self.weight_hh, self.bias_ih,
            self.bias_hh,
        )
        if batched:
            return out
        return tuple(h.squeeze(0) for h in out) if self._pair else out.squeeze(0)

    _pair = False


class RNNCell(RNNCellBase):
    """One step of an Elman network: (N, input_size) and (N, hidden_size) to (N, hidden_size)."""

    __constants__ = ["input_size", "hidden_size", "bias", "nonlinearity"]

    def __init__(
        self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        cores = {"tanh": "rnn_tanh_cell", "relu": "rnn_relu_cell"}
        if self.nonlinearity not in cores:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(getattr(_C, cores[self.nonlinearity]), input, None if hx is None else (hx,))


class LSTMCell(RNNCellBase):
    """One LSTM step; the state is a pair (h, c)."""

    _pair = True

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        return self._step(_C.lstm_cell, input, hx)


class GRUCell(RNNCellBase):
    """One GRU step."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        return self._step(_C.gru_cell, input, None if hx is None else (hx,))
