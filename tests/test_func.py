"""Transforms of functions nest, take trees, and give PyTorch's values and texts."""
import pytest

import rgrad as torch
from rgrad import nn
from rgrad.func import (
    functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, stack_module_state, vjp, vmap,
)
from rgrad.utils import _pytree as pytree


def data(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_vmap_moves_the_batch_where_asked():
    x, y = data(4, 3), data(3, 4, seed=1)
    assert torch.equal(vmap(torch.dot, in_dims=(0, 1))(x, y), (x * y.T).sum(1))
    assert torch.equal(vmap(lambda a: a * 2, in_dims=1, out_dims=1)(x), x * 2)
    assert torch.equal(torch.vmap(lambda a, b: a + b, in_dims=(0, None), out_dims=-1)(x, x[0]), (x + x[0]).T)


def test_vmap_takes_and_gives_trees():
    x = data(4, 3)
    out = vmap(lambda d, s: {"a": (d["x"] * s, d["x"].sum())}, in_dims=({"x": 0}, None))({"x": x}, 3.0)
    assert torch.equal(out["a"][0], x * 3) and torch.allclose(out["a"][1], x.sum(1))
    first, second = vmap(lambda a: (a, 7), out_dims=(0, None))(x)
    assert torch.equal(first, x) and second == 7


def test_vmap_nests():
    x, y = data(3, 2), data(4, 2, seed=1)
    outer = vmap(vmap(torch.dot, in_dims=(None, 0)), in_dims=(0, None))
    assert torch.allclose(outer(x, y), x @ y.T)


def test_vmap_of_an_empty_batch_has_its_shape():
    assert vmap(lambda a: a.sum())(torch.ones(0, 3)).shape == (0,)
    assert vmap(lambda a: a * 2, out_dims=1)(torch.ones(0, 3)).shape == (3, 0)


def test_gradients_flow_through_vmap():
    x = data(4, 3).requires_grad_()
    vmap(lambda a: a.pow(3).sum())(x).sum().backward()
    assert torch.allclose(x.grad, 3 * x.detach() ** 2)


def test_vmap_draws():
    x = torch.zeros(3)
    with pytest.raises(RuntimeError, match="vmap: called random operation while in randomness error mode"):
        vmap(lambda a: a + torch.rand(()))(x)
    same = vmap(lambda a: a + torch.rand(()), randomness="same")(x)
    different = vmap(lambda a: a + torch.rand(()), randomness="different")(x)
    assert len(set(same.tolist())) == 1 and len(set(different.tolist())) == 3


def test_gradients_per_sample():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x, y = data(5, 3), torch.tensor([0, 1, 0, 1, 1])
    params = {k: v.detach() for k, v in model.named_parameters()}

    def loss(params, x, y):
        return nn.functional.cross_entropy(functional_call(model, params, (x.unsqueeze(0),)), y.unsqueeze(0))

    got = vmap(grad(loss), in_dims=(None, 0, 0))(params, x, y)
    for i in range(5):
        model.zero_grad()
        nn.functional.cross_entropy(model(x[i : i + 1]), y[i : i + 1]).backward()
        for name, p in model.named_parameters():
            assert torch.allclose(got[name][i], p.grad)
    assert not any(v.requires_grad for v in got.values())


def test_ensembles():
    models = [nn.Linear(3, 2).double() for _ in range(4)]
    params, buffers = stack_module_state(models)
    x = data(5, 3)
    out = vmap(lambda p, b, x: functional_call(models[0], (p, b), (x,)), in_dims=(0, 0, None))(params, buffers, x)
    assert torch.allclose(out, torch.stack([m(x) for m in models]))


def test_jacobians_of_trees():
    x, w = data(3), data(2, 3, seed=1)

    def f(w, x):
        return {"y": w @ x, "s": (x.pow(2).sum(),)}

    for jac in (jacrev, jacfwd):
        got = jac(f, argnums=(0, 1))(w, x)
        assert torch.allclose(got["y"][1], w) and torch.allclose(got["s"][0][1], 2 * x)
        assert got["y"][0].shape == (2, 2, 3) and torch.allclose(got["y"][0][1, 1], x)
        assert got["s"][0][0].abs().sum() == 0
        value, aux = jac(lambda x: (x.sin(), x * 2), has_aux=True)(x)
        assert torch.allclose(value, torch.diag(x.cos())) and torch.equal(aux, x * 2)


def test_hessian_of_more_than_a_scalar():
    x = data(3)
    got = hessian(lambda x: x.pow(3))(x)
    assert got.shape == (3, 3, 3)
    assert torch.allclose(torch.stack([got[i, i, i] for i in range(3)]), 6 * x)
    assert not got.requires_grad
    both = hessian(lambda a, b: (a * b).sum(), argnums=(0, 1))(x, x)
    assert torch.equal(both[0][1], torch.eye(3, dtype=torch.float64)) and both[0][0].abs().sum() == 0


def test_vmap_of_hessian_and_hessian_of_vmap():
    x = data(4, 2)
    assert torch.allclose(vmap(hessian(lambda a: a.pow(3).sum()))(x)[1], torch.diag(6 * x[1]))
    assert torch.allclose(grad(lambda x: vmap(lambda a: a.pow(3).sum())(x).sum())(x), 3 * x**2)


def test_jvp_and_linearize():
    x, v = data(3), data(3, seed=1)
    out, tangent = jvp(lambda x: {"s": x.sin()}, (x,), (v,))
    assert torch.allclose(out["s"], x.sin()) and torch.allclose(tangent["s"], x.cos() * v)
    out, tangent, aux = jvp(lambda x: (x.sin(), x * 2), (x,), (v,), has_aux=True)
    assert torch.equal(aux, x * 2) and torch.allclose(tangent, x.cos() * v) and not tangent.requires_grad
    calls = []
    out, push = linearize(lambda x, y: (calls.append(1), x.exp() * y)[1], x, v)
    for seed in (2, 3):
        a, b = data(3, seed=seed), data(3, seed=seed + 2)
        assert torch.allclose(push(a, b), x.exp() * v * a + x.exp() * b)
    assert len(calls) == 1 and torch.allclose(out, x.exp() * v)
    assert torch.allclose(grad(lambda x: jvp(lambda y: y.pow(3), (x,), (v,))[1].sum())(x), 6 * x * v)


def test_vjp_of_trees():
    x, y = data(3), data(3, seed=1)
    out, pull = vjp(lambda d: {"p": d["x"] * d["y"]}, {"x": x, "y": y})
    (got,) = pull({"p": torch.ones(3, dtype=torch.float64)})
    assert torch.equal(out["p"], x * y) and torch.equal(got["x"], y) and torch.equal(got["y"], x)


def test_captured_tensors_keep_their_history():
    w = data(3).requires_grad_()
    x = data(3, seed=1)
    got = grad(lambda x: (w * x.pow(2)).sum())(x)
    got.sum().backward()
    assert torch.allclose(w.grad, 2 * x)
    inner = grad(lambda a: grad(lambda b: (a * b * b).sum())(x).sum())(w.detach())
    assert torch.allclose(inner, 2 * x)
    gradient, value = grad_and_value(lambda x: x.sum())(x)
    assert not gradient.requires_grad and not value.requires_grad


def test_wide_graphs_are_walked_once():
    x = torch.ones(1, dtype=torch.float64)

    def f(x):
        for _ in range(200):
            x = x * 0.5 + x * 0.5
        return x.sum()

    assert torch.allclose(grad(f)(x), torch.ones(1, dtype=torch.float64))


WRONG = [
    (lambda: vmap(abs, in_dims=[0])(torch.ones(2)), "expected `in_dims` to be int or a (potentially nested) tuple"),
    (lambda: vmap(abs)(), "vmap(abs)(<inputs>): got no inputs."),
    (lambda: vmap(abs, in_dims=(0, 1))(torch.ones(2)), "in_dims is not compatible with the structure of `inputs`."),
    (lambda: vmap(abs)(3), "We cannot vmap over non-Tensor arguments"),
    (lambda: vmap(abs, in_dims=3)(torch.ones(2)), "so expected in_dim to satisfy -1 <= in_dim < 1."),
    (lambda: vmap(abs, in_dims=("a",))(torch.ones(2)), "Got in_dim=a for an input but in_dim must be either an integer"),
    (lambda: vmap(abs, in_dims=(None,))(torch.ones(2)), "vmap: Expected at least one Tensor to vmap over"),
    (lambda: vmap(max)(torch.ones(2), torch.ones(3)), "in the mapped dimension, got sizes [2, 3]"),
    (lambda: vmap(float)(torch.ones(2)), "vmap(float, ...): `float` must only return Tensors, got type <class 'float'>."),
    (lambda: vmap(abs, out_dims="a")(torch.ones(2)), "`out_dims` must be an int, None or a python collection of ints"),
    (lambda: vmap(abs, out_dims=(0, 1))(torch.ones(2)), "out_dims is not compatible with the structure of `outputs`."),
    (lambda: vmap(abs, randomness="x"), "Only allowed values for randomness are 'error', 'different', or 'same'. Got x"),
    (lambda: vmap(abs, chunk_size=0), "vmap: chunk_size should be None or greater than 0. (got 0)"),
    (lambda: jacrev(abs, chunk_size=0), "jacrev: `chunk_size` should be greater than 0."),
    (lambda: grad(abs)(torch.ones(2)), "to return a scalar Tensor, got tensor with 1 dims. Maybe you wanted to use"),
    (lambda: grad(float)(torch.ones(())), "Expected f(*args) to return a Tensor, got <class 'float'>"),
    (lambda: grad(abs, argnums=3)(torch.ones(2)), "Got argnum=3, but only 1 positional inputs"),
    (lambda: grad(abs, argnums="a")(torch.ones(2)), "argnums must be int or Tuple[int, ...], got: <class 'str'>"),
    (lambda: jvp(abs, torch.ones(2), torch.ones(2)), "Expected primals to be a tuple."),
    (lambda: linearize(abs, torch.ones(2))[1](torch.ones(3)), "tangent:0 with shape torch.Size([3]) in flattened pytree"),
    (lambda: vjp(abs, torch.ones(2))[1]((torch.ones(2),)), "cotangents: (*,), primal output: *"),
]


@pytest.mark.parametrize("call,words", WRONG)
def test_mistakes_are_told_in_pytorchs_words(call, words):
    with pytest.raises((ValueError, RuntimeError)) as caught:
        call()
    assert words in str(caught.value)


def test_trees():
    tree = (1, [2, {"b": 3, "a": None}])
    leaves, spec = pytree.tree_flatten(tree)
    assert leaves == [1, 2, 3, None] and pytree.tree_unflatten(leaves, spec) == tree
    assert repr(spec) == "TreeSpec(tuple, None, [*,\n  TreeSpec(list, None, [*,\n    TreeSpec(dict, ['b', 'a'], [*,\n      *])])])"
    assert pytree.tree_map(lambda a, b: a + b, [1, (2,)], [10, (20,)]) == [11, (22,)]
    assert pytree.tree_map_only(int, lambda v: v + 1, {"x": 1, "y": "s"}) == {"x": 2, "y": "s"}
    assert pytree.tree_structure(tree) == pytree.tree_structure((5, [6, {"b": 7, "a": 8}]))
    assert pytree.tree_any(lambda v: v == 3, tree) and not pytree.tree_all(lambda v: v == 3, tree)
    with pytest.raises(ValueError, match="`leaves` has length 1 but the spec refers to a pytree that holds 4 items"):
        pytree.tree_unflatten([1], spec)


def test_users_register_trees():
    class Pair:
        def __init__(self, a, b):
            self.a, self.b = a, b

    pytree.register_pytree_node(Pair, lambda p: ([p.a, p.b], None), lambda children, _: Pair(*children))
    out = vmap(lambda p: Pair(p.a * 2, p.b))(Pair(torch.ones(2), torch.zeros(2)))
    assert out.a.tolist() == [2.0, 2.0]
