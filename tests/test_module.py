"""Module finds, keeps, saves and converts its members, and runs its hooks, as PyTorch's does."""
import copy
import gc
import pickle
import weakref

import pytest

import rgrad as torch
from rgrad import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(4, 2, bias=False)
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x))) + self.mean


def param(*values):
    return nn.Parameter(torch.tensor(values or (1.0,)))


# ---- members -------------------------------------------------------------------------------------------------------


def test_parameters_are_found_in_order():
    assert [n for n, _ in Net().named_parameters()] == ["fc1.weight", "fc1.bias", "fc2.weight"]
    assert [n for n, _ in Net().named_modules()] == ["", "fc1", "act", "fc2"]
    assert [n for n, _ in Net().named_buffers()] == ["mean", "scratch"]


def test_shared_parameter_is_yielded_once():
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    assert len(list(net.parameters())) == 1
    assert len(list(net.named_parameters(remove_duplicate=False))) == 2


def test_attribute_and_table_are_one():
    m = nn.Linear(2, 2)
    assert m.weight is m._parameters["weight"]
    p = param()
    m._parameters["weight"] = p
    assert m.weight is p
    q = param()
    m.weight = q
    assert m._parameters["weight"] is q


def test_writing_none_keeps_the_place():
    m = nn.Linear(2, 2)
    m.bias = None
    assert m.bias is None and "bias" in m._parameters and list(dict(m.named_parameters())) == ["weight"]


@pytest.mark.parametrize("change", [
    lambda t: t.pop("bias"), lambda t: t.__delitem__("bias"), lambda t: t.popitem(),
])
def test_removal_from_the_table_removes_the_attribute(change):
    m = nn.Linear(2, 2)
    change(m._parameters)
    assert not hasattr(m, "bias") and hasattr(m, "weight")


def test_table_update_clear_setdefault_write_through():
    m = nn.Linear(2, 2)
    p = param()
    m._parameters.update({"extra": p})
    assert m.extra is p
    assert m._parameters.setdefault("more", p) is p and m.more is p
    m._parameters |= {"last": p}
    assert m.last is p
    m._parameters.clear()
    assert not hasattr(m, "weight") and not hasattr(m, "extra") and not list(m.parameters())


def test_table_can_be_replaced():
    m = nn.Linear(2, 2)
    p = param()
    m._parameters = {"only": p}
    assert m.only is p and not hasattr(m, "weight")
    m._parameters["next"] = p
    assert m.next is p


def test_copy_shares_and_deepcopy_does_not():
    m = nn.Linear(2, 2)
    shallow, deep = copy.copy(m), copy.deepcopy(m)
    assert shallow.weight is m.weight and deep.weight is not m.weight
    assert deep.weight is deep._parameters["weight"]
    deep.weight = param()
    assert deep._parameters["weight"] is deep.weight and m.weight is not deep.weight


def test_deepcopy_keeps_shared_parameters_shared():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    twin = copy.deepcopy(net)
    assert twin[0].weight is twin[1].weight and twin[0].weight is not net[0].weight


def test_pickle_round_trip():
    m = nn.Linear(2, 2)
    n = pickle.loads(pickle.dumps(m))
    assert torch.equal(m.weight, n.weight) and n.weight is n._parameters["weight"]
    n.weight = param()
    assert n._parameters["weight"] is n.weight


def test_getattr_that_calls_super():
    class Wrapper(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 3)

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    w = Wrapper()
    assert w.out_features == 3 and w.weight is w.inner.weight
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'nothing'"):
        w.nothing


def test_missing_attribute_names_the_class():
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'nothing'"):
        nn.Linear(1, 1).nothing


def test_members_before_init_raise():
    class Forgetful(nn.Module):
        def __init__(self, what):
            self.member = what

    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call"):
        Forgetful(nn.Linear(1, 1))
    with pytest.raises(AttributeError, match=r"cannot assign parameters before Module.__init__\(\) call"):
        Forgetful(param())


def test_assigning_something_else_to_a_member_raises():
    m = Net()
    with pytest.raises(TypeError, match=r"cannot assign 'int' as child module 'fc1' \(torch.nn.Module or None expected\)"):
        m.fc1 = 3
    with pytest.raises(TypeError, match="as parameter 'weight'"):
        m.fc1.weight = torch.ones(1)
    with pytest.raises(TypeError, match="cannot assign 'int' as buffer 'mean'"):
        m.mean = 1


def test_register_refuses_bad_names():
    m = Net()
    with pytest.raises(KeyError, match="attribute 'training' already exists"):
        m.register_parameter("training", param())
    with pytest.raises(KeyError, match="buffer name can"):
        m.register_buffer("a.b", torch.ones(1))
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        m.add_module("x", 3)


def test_kind_may_change():
    m = nn.Module()
    m.x = param()
    m.x = nn.ReLU() if m._parameters.pop("x") is not None else None
    assert "x" in m._modules and "x" not in m._parameters
    del m.x
    m.x = 3
    assert m.x == 3 and "x" not in m._modules


def test_delete_forgets():
    m = nn.Linear(2, 2)
    del m.bias
    assert "bias" not in m._parameters and not hasattr(m, "bias")


def test_dir_lists_members():
    assert {"fc1", "mean", "forward", "training"} <= set(dir(Net()))


def test_get_by_dotted_path():
    m = nn.Sequential(Net())
    assert m.get_submodule("0.fc1") is m[0].fc1
    assert m.get_parameter("0.fc1.weight") is m[0].fc1.weight
    assert m.get_buffer("0.mean") is m[0].mean
    with pytest.raises(AttributeError, match="Net has no attribute `nope`"):
        m.get_submodule("0.nope")


def test_module_dies_with_its_last_reference():
    gc.disable()
    try:
        m = Net()
        ref = weakref.ref(m)
        del m
        assert ref() is None
    finally:
        gc.enable()


# ---- calling and hooks -----------------------------------------------------------------------------------------------


def test_missing_forward_says_so():
    with pytest.raises(NotImplementedError, match=r'Module \[Empty\] is missing the required "forward" function'):
        type("Empty", (nn.Module,), {})()(1)


def test_hooks_see_and_change_arguments_and_results():
    m = nn.Identity()
    m.register_forward_pre_hook(lambda mod, args: (args[0] + 1,))
    handle = m.register_forward_hook(lambda mod, args, out: out * 10)
    assert m(torch.tensor(1.0)).item() == 20.0
    handle.remove()
    assert m(torch.tensor(1.0)).item() == 2.0


def test_hooks_run_in_order_and_prepend_goes_first():
    m, calls = nn.Identity(), []
    m.register_forward_hook(lambda *a: calls.append("a"))
    m.register_forward_hook(lambda *a: calls.append("b"))
    m.register_forward_hook(lambda *a: calls.append("c"), prepend=True)
    m(torch.ones(1))
    assert calls == ["c", "a", "b"]


def test_keyword_hooks():
    class Scale(nn.Module):
        def forward(self, x, *, by):
            return x * by

    m = Scale()
    m.register_forward_pre_hook(lambda mod, a, k: (a, {"by": k["by"] + 1}), with_kwargs=True)
    seen = []
    m.register_forward_hook(lambda mod, a, k, out: seen.append(k), with_kwargs=True)
    assert m(torch.tensor(2.0), by=1).item() == 4.0 and seen == [{"by": 2}]


def test_always_called_hook_runs_after_an_error():
    class Broken(nn.Module):
        def forward(self, x):
            raise ValueError("no")

    m, calls = Broken(), []
    m.register_forward_hook(lambda *a: calls.append(1), always_call=True)
    with pytest.raises(ValueError):
        m(torch.ones(1))
    assert calls == [1]


def test_full_backward_hook_sees_and_replaces_gradients():
    m = nn.Linear(2, 1, bias=False)
    seen = []

    def hook(module, grad_input, grad_output):
        seen.append((grad_input[0].tolist(), grad_output[0].tolist()))
        return (grad_input[0] * 2,)

    m.register_full_backward_hook(hook)
    x = torch.ones(1, 2, requires_grad=True)
    m(x).sum().backward()
    assert seen == [(m.weight.tolist(), [[1.0]])]
    assert torch.allclose(x.grad, m.weight * 2)


def test_global_hook_runs_for_every_module_and_goes():
    calls = []
    handle = nn.modules.module.register_module_forward_hook(lambda m, a, o: calls.append(type(m).__name__))
    net = nn.Sequential(nn.Identity(), nn.ReLU())
    net(torch.ones(1))
    handle.remove()
    net(torch.ones(1))
    assert calls == ["Identity", "ReLU", "Sequential"]


def test_hooks_survive_deepcopy():
    m = nn.Identity()
    m.register_forward_hook(_double)
    assert copy.deepcopy(m)(torch.tensor(1.0)).item() == 2.0


def _double(module, args, out):
    return out * 2


# ---- state -----------------------------------------------------------------------------------------------------------


def test_state_dict_holds_parameters_and_persistent_buffers():
    state = Net().state_dict()
    assert list(state) == ["mean", "fc1.weight", "fc1.bias", "fc2.weight"]
    assert not state["fc1.weight"].requires_grad and state._metadata["fc1"] == {"version": 1}
    assert list(Net().state_dict(prefix="a.", keep_vars=True))[1] == "a.fc1.weight"


def test_load_copies_in_place():
    a, b = Net(), Net()
    weight = b.fc1.weight
    assert str(b.load_state_dict(a.state_dict())) == "<All keys matched successfully>"
    assert b.fc1.weight is weight and torch.equal(a.fc1.weight, weight)


def test_load_with_assign_takes_the_tensors():
    m = nn.Linear(2, 2)
    new = torch.ones(2, 2)
    m.load_state_dict({"weight": new, "bias": torch.zeros(2)}, assign=True)
    assert isinstance(m.weight, nn.Parameter) and m.weight.data_ptr() == new.data_ptr()


def test_load_reports_what_does_not_match():
    m = nn.Linear(2, 2)
    with pytest.raises(RuntimeError) as error:
        m.load_state_dict({"weight": torch.ones(3, 2), "other": torch.ones(1)})
    assert str(error.value) == (
        "Error(s) in loading state_dict for Linear:\n"
        '\tMissing key(s) in state_dict: "bias". \n'
        '\tUnexpected key(s) in state_dict: "other". \n'
        "\tsize mismatch for weight: copying a param with shape torch.Size([3, 2]) from checkpoint, the shape in "
        "current model is torch.Size([2, 2])."
    )
    keys = m.load_state_dict({"weight": torch.ones(2, 2)}, strict=False)
    assert keys.missing_keys == ["bias"] and keys.unexpected_keys == []


def test_extra_state_travels():
    class Counter(nn.Module):
        count = 0

        def get_extra_state(self):
            return self.count

        def set_extra_state(self, state):
            self.count = state

    a, b = Counter(), Counter()
    a.count = 5
    assert list(a.state_dict()) == ["_extra_state"]
    b.load_state_dict(a.state_dict())
    assert b.count == 5


# ---- modes and conversion --------------------------------------------------------------------------------------------


def test_train_and_eval_reach_everything():
    net = nn.Sequential(Net())
    assert net.eval() is net and not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())
    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        net.train(1)


def test_conversion_keeps_the_objects():
    net = Net()
    weight = net.fc1.weight
    assert net.double() is net and net.fc1.weight is weight
    assert weight.dtype == torch.float64 and net.mean.dtype == torch.float64 and net.mean is net._buffers["mean"]
    assert net.to(torch.float32).fc1.weight.dtype == torch.float32
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes, but got desired dtype=torch.int64"):
        net.to(torch.int64)


def test_cuda_raises():
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        Net().cuda()


def test_requires_grad_and_zero_grad():
    net = Net().requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    net.requires_grad_()
    net(torch.ones(1, 3)).sum().backward()
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_apply_visits_children_first():
    names = []
    nn.Sequential(nn.Identity(), nn.ReLU()).apply(lambda m: names.append(type(m).__name__))
    assert names == ["Identity", "ReLU", "Sequential"]


# ---- printing and containers -----------------------------------------------------------------------------------------


def test_repr_is_a_tree():
    assert repr(nn.Sequential(Net(), nn.Dropout(0.1))) == (
        "Sequential(\n"
        "  (0): Net(\n"
        "    (fc1): Linear(in_features=3, out_features=4, bias=True)\n"
        "    (act): ReLU()\n"
        "    (fc2): Linear(in_features=4, out_features=2, bias=False)\n"
        "  )\n"
        "  (1): Dropout(p=0.1, inplace=False)\n"
        ")"
    )


def test_type_prints_pytorchs_name():
    assert str(nn.Linear) == "<class 'torch.nn.modules.linear.Linear'>"


def test_sequential_is_a_list():
    net = nn.Sequential(nn.Identity(), nn.ReLU(), nn.Tanh())
    assert len(net) == 3 and net[-1] is net[2] and len(net[:2]) == 2
    del net[0]
    assert [type(m).__name__ for m in net] == ["ReLU", "Tanh"] and list(net._modules) == ["0", "1"]
    net.append(nn.Sigmoid()).insert(0, nn.GELU())
    assert [type(m).__name__ for m in net] == ["GELU", "ReLU", "Tanh", "Sigmoid"]
    with pytest.raises(IndexError, match="index 9 is out of range"):
        net[9]


def test_module_list_groups_equal_lines_in_repr():
    assert repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])) == (
        "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"
    )


def test_module_dict_and_parameter_containers():
    d = nn.ModuleDict({"a": nn.ReLU()})
    d["b"] = nn.Linear(1, 1)
    assert list(d) == ["a", "b"] and "b" in d and len(list(d.parameters())) == 2
    assert type(d.pop("a")).__name__ == "ReLU" and len(d) == 1
    params = nn.ParameterList([torch.ones(1), param()])
    assert isinstance(params[0], nn.Parameter) and len(list(params.parameters())) == 2
    named = nn.ParameterDict({"x": param()})
    named["y"] = torch.ones(2)
    assert set(named) == {"x", "y"} and isinstance(named.y, nn.Parameter)


def test_lazy_layer_takes_its_size_from_the_input():
    layer = nn.LazyLinear(3)
    assert layer(torch.ones(2, 5)).shape == (2, 3)
    assert type(layer) is nn.Linear and layer.in_features == 5


def test_batch_norm_gives_its_inputs_dtype_beside_float32_statistics():
    for shape in ((4, 3), (4, 3, 5, 7)):
        x = torch.randn(shape).bfloat16()
        mean, var, weight, bias = torch.zeros(3), torch.ones(3), torch.ones(3), torch.zeros(3)
        for training in (True, False):
            assert torch.nn.functional.batch_norm(x, mean, var, weight, bias, training).dtype == torch.bfloat16
