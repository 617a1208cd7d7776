"""Operations that PyTorch has and the core does not have yet: functions that say so when they are called.

A wrapper of such an operation takes ``_C`` from here: ``from .._unimplemented import core as _C``. It is the core with
a stub for each operation that is not there, and a plain module, so that those that are there cost what they did.
"""
from __future__ import annotations

from . import _C

# Where the public function lives: its name, then what the core calls it where that is another name. A row is without
# effect once the operation is there.
_PUBLIC = {
    "torch": "istft stft",
    "torch.nn": (
        "GRU=gru GRUCell=gru_cell LSTM=lstm LSTMCell=lstm_cell RNN=rnn_relu RNN=rnn_tanh RNNCell=rnn_relu_cell "
        "RNNCell=rnn_tanh_cell"
    ),
    "torch.nn.functional": "fold=col2im scaled_dot_product_attention unfold=im2col",
}


def not_implemented(public: str):
    """A function in the place of ``public`` that raises NotImplementedError with its name."""

    def missing(*args, **kwargs):
        raise NotImplementedError(f"{public} is not implemented in rgrad yet")

    missing.__name__ = missing.__qualname__ = public.rpartition(".")[2]
    return missing


core = type(_C)(_C.__name__)
for _home, _names in _PUBLIC.items():
    for _pair in _names.split():
        _name, _, _operation = _pair.partition("=")
        setattr(core, _operation or _name, not_implemented(f"{_home}.{_name}"))
vars(core).update(vars(_C))
