"""Classes take part in our functions by ``__torch_function__`` as they do in PyTorch's."""
import gc
import pickle
from copy import deepcopy

import pytest

import rgrad as torch


class Plain(torch.Tensor):
    pass


class Finer(Plain):
    pass


class Recording(torch.Tensor):
    seen: list = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append((func, types, args, kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs)


class Duck:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func.__name__, [t.__name__ for t in types], len(args), kwargs


def plain(*shape):
    return torch.ones(shape).as_subclass(Plain)


def test_results_are_of_the_class():
    x, y = plain(2, 2), torch.ones(2, 2)
    results = [
        x + 1, 1 + x, 1 - x, y - x, y @ x, 2 / x, 2**x, -x, abs(x), x == y, x < 1, x[0], y + x, x.T, x.data, x.sum(0),
        torch.add(y, x), torch.stack([y, x]), torch.cat((x, y)), torch.zeros_like(x), torch.relu(x), x.view(-1),
        x.clone(), x.detach(), x.to(torch.float64), torch.nn.functional.linear(x, y), torch.nn.Linear(2, 2)(x),
        torch.where(x > 0, x, y), x.split(1)[0], torch.max(x, 0).values, deepcopy(x), next(iter(x)), x.add_(1),
    ]
    assert [type(r) for r in results] == [Plain] * len(results)
    assert type(x.max(0)).__name__ == "max"


def test_results_that_are_no_tensors_stay_what_they_are():
    x = plain(2, 3)
    assert type(x.shape) is torch.Size and x.shape == (2, 3) and len(x) == 2 and x.tolist() == [[1.0] * 3] * 2
    assert x.dtype == torch.float32 and float(x.sum()) == 6.0 and bool(x[0, 0]) and x.grad is None


def test_a_subclass_wins_over_its_base_and_strangers_refuse():
    x, y = plain(2), torch.ones(2).as_subclass(Finer)
    assert type(x + y) is type(y + x) is type(torch.add(x, y)) is Finer
    with pytest.raises(TypeError, match="unsupported operand"):
        x + torch.ones(2).as_subclass(Recording)
    with pytest.raises(TypeError, match=r"Multiple dispatch failed for 'torch.add'; all __torch_function__ handlers returned"):
        torch.add(x, torch.ones(2).as_subclass(Recording))


def test_plain_tensors_and_parameters_stay_as_they_are():
    plain(2)
    p = torch.nn.Parameter(torch.ones(2))
    assert type(p + 1) is torch.Tensor and type(torch.ones(2) + 1) is torch.Tensor
    assert type(plain(2).as_subclass(torch.Tensor)) is torch.Tensor

    class Own(torch.nn.Parameter):
        pass

    assert type(Own(torch.ones(2)) + 1) is torch.Tensor


def test_the_override_sees_function_types_and_arguments():
    x, y = torch.ones(2, 2).as_subclass(Recording), torch.ones(2, 2)

    def last(result):
        func, types, args, kwargs = Recording.seen[-1]
        assert types == (Recording,)
        return func, len(args), kwargs

    assert last(torch.add(y, x, alpha=2)) == (torch.add, 2, {"alpha": 2})
    assert last(x.add(1)) == (torch.Tensor.add, 2, {})
    assert last(x + 1) == (torch.Tensor.add, 2, {})
    assert last(y - x) == (torch.Tensor.sub, 2, {})
    assert last(x.add_(1)) == (torch.Tensor.add_, 2, {})
    assert last(x @ y) == (torch.Tensor.matmul, 2, {})
    assert last(x[0]) == (torch.Tensor.__getitem__, 2, {})
    assert last(x.shape) == (torch.Tensor.shape.__get__, 1, {})
    assert last(torch.stack([y, x])) == (torch.stack, 1, {})
    assert last(repr(x))[1] == 1
    x[0] = 1
    assert last(None) == (torch.Tensor.__setitem__, 3, {})
    with torch._C.DisableTorchFunctionSubclass():
        count = len(Recording.seen)
        assert type(x + 1) is torch.Tensor and len(Recording.seen) == count


def test_other_classes_take_part():
    d, y = Duck(), torch.ones(2)
    assert torch.add(d, y) == torch.add(y, d) == y + d == d + y == ("add", ["Duck"], 2, None)
    assert torch.stack([d, y]) == ("stack", ["Duck"], 1, None)
    assert torch.sum(d, dim=0) == ("sum", ["Duck"], 1, {"dim": 0})
    assert y.add_(d) == ("add_", ["Duck"], 2, None)
    assert y @ d == ("matmul", ["Duck"], 2, None)
    assert y[d] == ("__getitem__", ["Duck"], 2, None)


def test_gradients_pass_through_a_subclass():
    w = torch.ones(2, requires_grad=True)
    y = (w.as_subclass(Plain) * 3).sum()
    assert type(y) is Plain and y.requires_grad
    y.backward()
    assert w.grad.tolist() == [3.0, 3.0]


def test_a_class_may_switch_it_off():
    class Off(torch.Tensor):
        __torch_function__ = torch._C._disabled_torch_function_impl

    assert type(torch.ones(2).as_subclass(Off) + 1) is torch.Tensor


def test_the_helpers_of_overrides():
    from rgrad import overrides

    @overrides.wrap_torch_function(lambda x: (x,))
    def double(x):
        return x * 2

    assert overrides.has_torch_function((plain(2),)) and not overrides.has_torch_function((torch.ones(2), 1))
    assert double(Duck()) == ("double", ["Duck"], 1, {})
    assert double(torch.ones(1)).tolist() == [2.0]
    assert overrides.resolve_name(torch.add) == "torch.add" and overrides.is_tensor_method_or_property(torch.Tensor.add)


def test_subclass_objects_are_freed_and_pickled():
    import weakref

    x = plain(2)
    assert pickle.loads(pickle.dumps(x)).tolist() == [1.0, 1.0]
    gone = weakref.ref(x)
    del x
    gc.collect()
    assert gone() is None
