"""Optimizers step as PyTorch's do; their state is interchangeable; schedules give its rates."""
import copy
import warnings

import pytest

import rgrad as torch
from golden_python import golden, optimizer_path, schedule_rates
from test_init import close


@pytest.mark.parametrize("case,expected", golden("optimizer"), ids=str)
def test_optimizer_follows_pytorchs_path(case, expected):
    path, text, names = optimizer_path(torch, *case)
    tolerance = 1e-6 if case[0] in ("LBFGS", "ASGD", "NAdam") else 1e-9
    assert close(path, expected[0], tolerance)
    assert text == expected[1]
    assert names == expected[2]


@pytest.mark.parametrize("case,expected", golden("schedule"), ids=str)
def test_schedule_gives_pytorchs_rates(case, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert close(schedule_rates(torch, *case), expected, 1e-12)


def param(value=1.0):
    return torch.nn.Parameter(torch.tensor([value]))


def stepped(cls=torch.optim.Adam, **options):
    p = param()
    optimizer = cls([p], **options)
    (p * 2).sum().backward()
    optimizer.step()
    return p, optimizer


def test_empty_parameter_list_raises():
    with pytest.raises(ValueError, match="optimizer got an empty parameter list"):
        torch.optim.SGD([], lr=0.1)


def test_a_tensor_is_no_list_of_parameters():
    with pytest.raises(TypeError, match="should be an iterable of Tensors or dicts, but got torch.FloatTensor"):
        torch.optim.SGD(param(), lr=0.1)


def test_non_leaf_raises():
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        torch.optim.SGD([param() * 2], lr=0.1)


def test_parameter_in_two_groups_raises():
    p = param()
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        torch.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1)


def test_set_of_parameters_raises():
    with pytest.raises(TypeError, match="ordered collections"):
        torch.optim.SGD([{"params": {param()}}], lr=0.1)


@pytest.mark.parametrize("options,message", [
    ({"lr": -1.0}, "Invalid learning rate: -1.0"), ({"betas": (1.0, 0.9)}, "Invalid beta parameter at index 0: 1.0"),
    ({"eps": -1e-8}, "Invalid epsilon value"), ({"weight_decay": -1.0}, "Invalid weight_decay value"),
])
def test_bad_option_raises(options, message):
    with pytest.raises(ValueError, match=message):
        torch.optim.Adam([param()], **options)


def test_groups_keep_their_own_options():
    a, b = param(), param()
    optimizer = torch.optim.SGD([{"params": a}, {"params": [b], "lr": 1.0}], lr=0.1)
    (a + b).sum().backward()
    optimizer.step()
    assert a.item() == pytest.approx(0.9) and b.item() == 0.0


def test_zero_grad_drops_or_clears():
    p = param()
    optimizer = torch.optim.SGD([p], lr=0.1)
    p.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.item() == 0.0
    optimizer.zero_grad()
    assert p.grad is None


def test_step_returns_the_closures_loss():
    p = param()
    optimizer = torch.optim.SGD([p], lr=0.1)

    def closure():
        assert torch.is_grad_enabled()
        optimizer.zero_grad()
        loss = (p * 3).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 3.0
    assert p.item() == pytest.approx(0.7)


def test_state_moves_to_another_optimizer():
    p, optimizer = stepped()
    q = torch.nn.Parameter(p.detach().clone())
    other = torch.optim.Adam([q])
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for x, o in ((p, optimizer), (q, other)):
        o.zero_grad()
        (x * x).sum().backward()
        o.step()
    assert torch.equal(p, q)
    assert other.state[q]["step"].item() == 2


def test_state_dict_has_pytorchs_layout():
    _, optimizer = stepped()
    state = optimizer.state_dict()
    assert list(state) == ["state", "param_groups"]
    assert set(state["state"][0]) == {"step", "exp_avg", "exp_avg_sq"}
    assert state["state"][0]["step"].dtype == torch.float32 and state["state"][0]["step"].dim() == 0
    assert state["param_groups"][0]["params"] == [0]


def test_loading_another_number_of_groups_raises():
    _, optimizer = stepped()
    other = torch.optim.Adam([{"params": [param()]}, {"params": [param()]}])
    with pytest.raises(ValueError, match="different number of parameter groups"):
        other.load_state_dict(optimizer.state_dict())


def test_step_hooks_run_once_in_order():
    calls = []
    p, optimizer = stepped(torch.optim.AdamW)
    optimizer.register_step_pre_hook(lambda o, a, k: calls.append("pre"))
    handle = optimizer.register_step_post_hook(lambda o, a, k: calls.append("post"))
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert calls == ["pre", "post", "pre"]


def test_own_optimizer_gets_hooks_and_groups():
    class Mine(torch.optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            with torch.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        p.add_(p.grad, alpha=-group["lr"])

    p = param()
    optimizer = Mine([p], lr=0.5)
    calls = []
    optimizer.register_step_post_hook(lambda *a: calls.append(1))
    p.sum().backward()
    optimizer.step()
    assert p.item() == 0.5 and calls == [1]


def test_schedule_before_optimizer_warns():
    optimizer = torch.optim.SGD([param()], lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        schedule.step()


def test_plateau_lowers_the_rate_after_patience():
    optimizer = torch.optim.SGD([param()], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    for metric in (1.0, 1.0, 1.0, 1.0, 1.0):
        schedule.step(metric)
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_schedule_state_resumes():
    optimizer = torch.optim.SGD([param()], lr=1.0)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    other = torch.optim.lr_scheduler.ExponentialLR(torch.optim.SGD([param()], lr=1.0), 0.9)
    other.load_state_dict(schedule.state_dict())
    assert other.last_epoch == 1 and other.gamma == 0.5
