"""A wrapper of an operation that the core does not have yet says so when it is called."""
import pytest

import rgrad as torch
from rgrad import nn
from rgrad.nn import functional as F

IMAGE = torch.ones(1, 1, 4, 4)
# The core's name of the operation, the public name, a call.
CASES = [
    ("max_pool2d", "torch.nn.functional.max_pool2d", lambda: F.max_pool2d(IMAGE, 2)),
    ("max_pool2d_with_indices", "torch.nn.functional.max_pool2d_with_indices",
     lambda: F.max_pool2d(IMAGE, 2, return_indices=True)),
    ("pad", "torch.nn.functional.pad", lambda: F.pad(IMAGE, (1, 1))),
    ("conv2d", "torch.nn.functional.conv2d", lambda: nn.Conv2d(1, 2, 3)(IMAGE)),
    ("lstm", "torch.nn.LSTM", lambda: nn.LSTM(4, 2)(torch.ones(3, 1, 4))),
    ("upsample_nearest2d", "torch.nn.functional.interpolate", lambda: F.interpolate(IMAGE, scale_factor=2)),
    ("scaled_dot_product_attention", "torch.nn.functional.scaled_dot_product_attention",
     lambda: F.scaled_dot_product_attention(IMAGE, IMAGE, IMAGE)),
    ("stft", "torch.stft", lambda: torch.stft(torch.ones(8), 4, center=False)),
    ("linalg_multi_dot", "torch.linalg.multi_dot", lambda: torch.chain_matmul(torch.ones(2, 2), torch.ones(2, 2))),
]


@pytest.mark.parametrize("operation, name, call", CASES, ids=[case[0] for case in CASES])
def test_call_names_the_function(operation, name, call):
    if hasattr(torch._C, operation):
        pytest.skip("the core has it now")
    with pytest.raises(NotImplementedError) as raised:
        call()
    assert str(raised.value) == f"{name} is not implemented in rgrad yet"


def test_operations_that_are_there_are_the_cores_own():
    from rgrad._unimplemented import core

    assert all(getattr(core, name) is value for name, value in vars(torch._C).items())
    assert F.linear is torch._C.linear and type(core) is type(torch._C)
