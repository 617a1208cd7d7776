"""Programs of a line that end in ``r``, a value or an error, by topic. tests/test_values.py holds them to PyTorch's.

They see ``torch``, ``inf``, ``nan``, ``t``, which is ``torch.tensor``, and ``whole``, a tensor in every integer dtype.
Add yours beside its kin, then run tests/golden_values.py.
"""
from __future__ import annotations

from errors import masked

TOPICS = {
    "numpy": """
import numpy as np; r = t([1., 2.]) == np.array([1., 3.]), np.array([1., 3.]) == t([1., 2.]), t([1., 2.]) != np.array([1., 3.])
import numpy as np; r = t([1, 2]) == np.array([1., 3.]), t([1, 2]) == np.array(2), t([[1], [2]]) == np.array([1, 2, 3])
import numpy as np; r = t([1., 2.]) == np.array([1., 2., 3.])
import numpy as np; r = t([1., 2.]) == np.array(["a", "b"]), t([1., 2.]) == np.array([None, 1]), t([1., 2.]) == [1., 2.]
import numpy as np; r = np.array([1., 3.]) / t([1., 2.]), np.array(6) / t([1, 2]), np.float64(3) / t([1., 2.]), np.ones((2, 1)) / t([1., 2.])
import numpy as np; r = [f(t([1., 2.])) for f in (lambda x: x * np.array(6), lambda x: x + np.array(6), lambda x: x - np.array(1), lambda x: x / np.array(2), lambda x: x ** np.array(2), lambda x: x // np.array(2))]
import numpy as np; r = t([1., 2.]) < np.array(2)
import numpy as np; r = t([1., 2.]).mul(np.array(6))
import numpy as np; r = torch.full((2,), np.array(6))
"a" / t([1., 2.]); r = 1
r = [1.] / t([1., 2.])
import numpy as np; r = t(np.asarray(t([1., 2.]), dtype=np.float64)), t(np.array(t([1, 2]), copy=True))
""",
    "real numbers": """
r = t([1., -2., 0., -0., nan, -inf]).angle(), t([1, -2, 0]).angle(), t([True, False]).angle(), t([-1.]).half().angle()
x = t([1., -2.]); r = [f(x) is x for f in (torch.conj, torch.conj_physical, torch.resolve_conj, torch.resolve_neg, torch.real)]
x = t([1, -2]); r = x.conj() is x, x.is_conj(), x.is_neg(), torch.is_conj(x), x.real is x
r = t([1.]).imag
r = torch.imag(t([1.]))
r = torch.ones(2, 3).adjoint(), torch.ones(4, 2, 3).mH, torch.ones(2, 3).H
r = torch.ones(3).adjoint()
r = torch.ones(3).H
r = torch.ones(2, 3, 4).H
x = torch.ones(2, 3, requires_grad=True); r = [y.grad_fn.name() for y in (x.H, x.mH, x.adjoint(), x.angle(), x.sgn(), x.sign())]
x = torch.ones(2, requires_grad=True); x._grad = t([3., 4.]); r = x.grad, x._grad, x[:1]._is_view(), x._is_view()
""",
    "far arguments": """
x = t([nan, 1., 0., -0., 2.]); r = [torch.func.grad(lambda x: f(x).sum())(x).isnan() for f in (torch.special.i1, torch.special.i1e, torch.digamma)]
r = torch.polygamma(1, t([-1., -2., 0., inf, -inf, nan])).isfinite(), torch.polygamma(1, t([-1., -3.]).double()) > 1e30
r = [[torch.igamma(t(a).double(), t(x).double()).mul(1e9).round(), torch.igammac(t(a).double(), t(x).double()).mul(1e9).round()] for a, x in [(1e10, 1e10), (1e12, 1e12), (1e5, 1.001e5), (1e5, .999e5), (1e20, 1e20), (1e300, 1e300), (2e4, 1e4), (2e4, 4e4), (1e4, 1e4), (500., 480.), (30., 40.)]]
r = torch.linalg.vander(t(2.), N=3), torch.linalg.vander(t([2.]), N=3)
r = torch.nn.functional.multi_margin_loss(t([1., 2., 3.]), t([1]), reduction="none"), torch.nn.functional.multi_margin_loss(t([1., 2., 3.]), t(1), reduction="none")
r = torch.gradient(torch.arange(5.) ** 2, spacing=None)
x = torch.arange(1., 13.).reshape(3, 4).requires_grad_(); y = x * 1; y.renorm_(1, 0, 2.); (y * torch.arange(4.)).sum().backward(); r = x.grad.mul(1e4).round()
""",
    "values from elsewhere": """
x = torch.arange(6.).view(2, 3); x.fill_(x[1, 1]); y = torch.arange(6.).view(2, 3); y.masked_fill_(y > 2, y[0, 1]); z = torch.arange(6.).view(2, 3); z.index_fill_(0, t([0]), z[1, 0]); r = x, y, z
y = torch.arange(6.).requires_grad_() * 1; y[y > 2] = y[1]; z = torch.arange(6.).requires_grad_() * 1; z.fill_(z[2]); r = y, z
x = torch.arange(6.); x.add_(x[2]); r = x
x = torch.zeros(3).half(); x[0] = 70000; x[1:2] = -1e6; y = torch.zeros(2).bfloat16(); y[0] = 1e39; r = x, y
x = torch.zeros(3).half(); x.fill_(70000); r = x
r = torch.ones(2, 3).t().mode(0), t([[1., 2., 2.], [3., 3., 1.]]).t().mode(0)
r = torch.round(t([-60000., 60000., 1.25, 123.46]).half(), decimals=1), torch.round(t([-60000., 1.25, 123.46]).bfloat16(), decimals=1)
import numpy as np; r = torch.stack([torch.as_tensor(np.float64(i)) for i in range(5)]), torch.stack([torch.as_tensor(np.full(3, float(i)).mean()) for i in range(4)]), [torch.asarray(np.arange(3)[i]) for i in range(3)]
import numpy as np; r = torch.from_numpy(np.float64(1))
r = torch.nn.functional.embedding_bag(t([[0, 1], [2, 1]]), torch.eye(3), include_last_offset=True)
r = torch._foreach_maximum_([t([1., 5.])], [t([2., 2.])]), torch._foreach_minimum_([t([1., 5.])], [t([2., 2.])])
m = torch.nn.Linear(1, 1); c = torch.compile(m, backend="eager"); seen = []; c.register_forward_hook(lambda *a: seen.append(1)); c(torch.ones(1, 1)); c.extra = torch.nn.Linear(1, 1); r = seen, list(c.state_dict()), hasattr(m, "extra"), m.eval().training, c.training
""",
    "lists": """
r = torch._foreach_add([t([1., 2.])], 1), torch._foreach_add([t([1., 2.])], [t([3., 4.])], alpha=2), torch._foreach_add([t([1.]), t([2.])], [2., 3.])
r = torch._foreach_mul([t([1., 2.])], t(3.)), torch._foreach_div((t([1., 2.]),), [t([2., 2.])]), torch._foreach_sub([t([1., 2.])], 1)
x = [t([1., 4.]), t([9.])]; r = torch._foreach_sqrt_(x) is x, x, torch._foreach_neg(x), torch._foreach_exp(x), torch._foreach_clone(x)
r = torch._foreach_norm([t([3., 4.]), t([-5.])]), torch._foreach_norm([t([3., 4.])], 1), torch._foreach_max([t([3., 4.])]), torch._foreach_pow(2, [t([3.])])
r = torch._foreach_maximum([t([3., 4.])], 3.5), torch._foreach_minimum([t([3., 4.])], [3.5]), torch._foreach_clamp_min([t([3., 4.])], 3.5)
r = torch._foreach_lerp([t([1.])], [t([2.])], .25), torch._foreach_lerp([t([1.])], [t([2.])], [t([.25])]), torch._foreach_lerp([t([1.])], [t([2.])], [.25])
x = [t([1.]), t([2.])]; torch._foreach_addcdiv_(x, x, x, [.5, 2.]); torch._foreach_addcmul_(x, x, x, value=.5); torch._foreach_addcdiv_(x, x, x, t([1., 2.])); r = x
x = [t([1.])]; torch._foreach_copy_(x, [t([5.])]); y = [t([2.])]; torch._foreach_zero_(y); r = x, y
torch._foreach_add([], 1)
torch._foreach_add([t([1.])], [t([1.]), t([1.])])
torch._foreach_add([t([1.])], [1., 2.])
""",
    "names": """
r = torch.__version__ >= (1, 10), torch.__version__ < "2.14", torch.__version__ > (2, 12, 5), torch.__version__ == "2.13", torch.__version__ >= "2.13.1"
r = list(torch.compile(torch.nn.Linear(1, 1)).state_dict()), torch.compile(torch.nn.Linear(1, 1))
m = torch.nn.Linear(1, 1); c = torch.compile(m); r = c._orig_mod is m, c.eval().training, m.training, c.in_features
torch.compile(torch.nn.Linear(1, 1), mode="default", options={})
m = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 8, batch_first=True), 2).eval().requires_grad_(False); r = (m(torch.ones(2, 3, 8), src_key_padding_mask=t([[False] * 3, [False, True, True]])) == 0).all(-1)
m = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 8, batch_first=True), 2).eval().requires_grad_(False); r = (m(torch.ones(2, 3, 8), src_key_padding_mask=t([[False] * 3, [True, False, True]])) == 0).all(-1)
m = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 8, batch_first=True), 2).eval(); r = (m(torch.ones(2, 3, 8), src_key_padding_mask=t([[False] * 3, [False, True, True]])) == 0).all(-1)
x = torch.ones(3, dtype=torch.double, requires_grad=True); torch.manual_seed(0); torch.autograd.gradgradcheck(torch.sin, x); r = torch.rand(1)
r = "Adam" in torch.optim.__dict__, "ReLU" in vars(torch.nn), len([k for k in torch.distributions.__dict__ if k == "Normal"])
d = torch.nn.modules.utils; s = {"module.a": 1, "b": 2}; d.consume_prefix_in_state_dict_if_present(s, "module."); r = sorted(s)
r = torch.nn.factory_kwargs({"device": "cpu", "factory_kwargs": {"dtype": torch.half}})
r = torch.nn.factory_kwargs({"device": "cpu", "factory_kwargs": {"device": "cpu"}})
r = torch.nn.factory_kwargs({"devices": "cpu"})
torch._assert(False, "message")
torch.distributed.init_process_group("gloo", rank=0); r = 1
torch.distributed.get_rank(); r = 1
torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1)); r = 1
""",
    "ties": """
r = torch.topk(torch.zeros(8), 3), torch.topk(torch.zeros(8), 3, largest=False), torch.topk(torch.zeros(8), 8), torch.zeros(8).topk(0)
r = torch.topk(t([1., 1, 1, 1, 2, 1]), 3), torch.topk(t([1, 1, 1, 1, 2, 1]), 3), torch.topk(t([1., nan, 1, 1, nan, 1]), 3)
r = torch.topk(torch.arange(100) % 3, 40), torch.topk(torch.arange(100) % 3, 40, sorted=False)
r = torch.topk(torch.arange(100) % 3, 40, largest=False), torch.topk(torch.arange(100) % 3, 40, largest=False, sorted=False)
r = torch.topk(torch.arange(1000) % 7, 10), torch.topk(torch.arange(1000) % 7, 15), torch.topk(torch.arange(1000) % 7, 16, sorted=False)
r = torch.topk(torch.arange(1000.) % 7, 500)[1], torch.topk(-torch.arange(1000.).double() % 2, 999)[1]
r = torch.topk((torch.arange(300) % 5).reshape(2, 50, 3).bfloat16(), 20, dim=1)
r = torch.topk((torch.arange(4000) * 7919 % 10).float(), 60)[1], torch.topk((torch.arange(4000) * 7919 % 10), 3000)[1]
r = torch.topk(torch.cat([torch.arange(200), torch.arange(200, 0, -1)]), 150)[1]
""",
    "limits": """
r = torch.arange(1, 5, 0.5, dtype=torch.int64)
r = torch.arange(0, 5, nan)
r = torch.arange(0, 1e30, dtype=torch.int64)
r = torch.arange(0., 5., 0.5, dtype=torch.int32)
r = torch.zeros(()).unflatten(0, (1, 1))
r = torch.bincount(t([2**63 - 1]))
r = torch.bincount(torch.empty(0, dtype=torch.int64), torch.ones(3))
r = torch.bincount(torch.empty(0, dtype=torch.int64), torch.ones(0), minlength=3)
r = torch.where(t([True]), 1e300, 0.)
r = torch.where(t([True]), 1e300, torch.ones(1).half())
r = torch.where(t([True]), 1e300, torch.ones(1))
r = torch.heaviside(t([nan, 0., -0., 2., -2.]), t([5.]))
r = torch.linspace(100, 1000, 0, dtype=torch.int8)
x = t([0., -0., 5e-324, 3e-310, 1., 1e200, 1.7e308, inf, -inf, nan]).double(); r = torch.hypot(x[:, None], x)
x = torch.arange(-1, 1.01, 0.125).double(); r = x.erfinv(), (x * 6.5).erf()
r = t([1 - 2**-53, 1 - 2**-20, 1e-300, -0., 1.5, nan]).double().erfinv()
r = torch.tril_indices(2**40, 0)
r = torch.tril_indices(3, 4, 1), torch.tril_indices(5, 2, -1), torch.tril_indices(2, 3, -4), torch.tril_indices(2, 3, 9)
r = torch.triu_indices(3, 4, 1), torch.triu_indices(5, 2, -1), torch.triu_indices(2, 3, -4), torch.triu_indices(2, 3, 9)
r = torch.tril_indices(0, 3, 1), torch.triu_indices(3, 0, 1)
r = torch.zeros(0, 1).expand(0, 5).add_(1)
r = 70000. * torch.full((2,), .5).half()
r = 1e10 * torch.full((4,), 1e-7).half(), 2**31 * torch.zeros(4).half()
x = torch.full((5,), -2.); r = x.clamp_(torch.ones(5), x)
x = torch.full((5,), -5.); y = torch.ones(5); r = torch.clamp(y, y * 3, x, out=x)
x = torch.full((5,), -5.); y = torch.ones(5); r = torch.clamp(y, x, y * 3, out=x)
r = t([1, 5, 9]).clamp(t([2, 2, 2]), t([4, 1, 20])), t([nan, 1.]).clamp(t([2., nan]), t([3., 3.]))
r = torch.nn.BatchNorm1d(3)(torch.ones(2, 3).double())
r = torch.nn.BatchNorm1d(3).double()(torch.ones(2, 3))
r = torch.nn.BatchNorm1d(3).eval()(torch.ones(2, 3).double())
r = torch.nn.BatchNorm1d(3).bfloat16()(torch.ones(2, 3).half())
r = torch.nn.BatchNorm1d(3).eval()(torch.ones(2, 3).half())
r = t([1, 2]) + 2**63
r = t([1, 2]) + (2**64 - 1)
r = t([1, 2]) + 2**64
r = t([1, 2]) + -2**63
r = t([1, 2]) + (-2**63 - 1)
r = t([1., 2]) + 2**63
r = t([1., 2]) + (2**64 - 1)
r = t([1., 2]) + 2**64
r = t([1., 2]) * (-2**64)
r = t([1., 2]) - 2**70
r = 2**63 - t([1., 2])
r = 2**64 - t([1., 2])
r = t([1, 2]) * 2**63
r = t([1, 2]) - 2**63
r = t([1, 2]) / 2**63
r = t([1, 2]) / 2**64
r = t([1, 2]) // 2**63
r = t([1, 2]) % 2**63
r = t([1., 2]) ** 2**63
r = t([1, 2]) < 2**63
r = t([1, 2]) == 2**63
r = t([1, 2]) == 2**64
r = t([1., 2]) == 2**64
r = t([1., 2]) < 2**64
r = t([1, 2]) & 2**63
r = t([1, 2]) | (2**64 - 1)
r = t([1, 2]) ^ 2**64
r = t([1, 2]) << 2**63
r = torch.add(t([1, 2]), 2**63)
r = torch.add(t([1, 2]), 2**64)
r = torch.add(t([1, 2]), t([1, 2]), alpha=2**63)
r = torch.add(t([1, 2]), t([1, 2]), alpha=2**64)
r = torch.add(t([1., 2]), t([1., 2]), alpha=2**63)
r = torch.add(t([1., 2]), t([1., 2]), alpha=2**64)
r = torch.mul(t([1., 2]), 2**64)
r = torch.clamp(t([1, 2]), 2**63)
r = torch.clamp(t([1, 2]), max=2**63)
r = torch.clamp(t([1, 2]), max=2**64)
r = torch.clamp(t([1., 2]), max=2**63)
r = torch.clamp(t([1., 2]), max=2**64)
r = torch.clamp(t([1, 2]), nan)
r = torch.clamp(t([1., 2]), nan)
r = torch.clamp(t([1., 2]), max=nan)
r = torch.clamp(t([1., 2]), nan, 1.)
r = torch.clamp(t([1., 2]), 0., nan)
r = torch.clamp(t([1, 2]), 0, nan)
r = torch.clamp(t([1., 2]), 1e300)
r = torch.clamp(t([1., 2]), -1e300, 1e300)
r = torch.clamp(t([1., 2]).half(), 1e300)
r = torch.clamp(t([1., 2]).half(), max=1e300)
r = torch.clamp(t([1, 2]), 1e300)
r = torch.clamp(t([1, 2]), max=1e300)
r = torch.clamp(t([1, 2], dtype=torch.uint8), max=300)
r = torch.clamp(t([1, 2], dtype=torch.uint8), -1)
r = t([1., 2]).clamp_(1e300)
r = t([1., 2]).clamp_(nan)
r = torch.nn.functional.hardtanh(t([1., 2]), -1e300, 1e300)
r = t([1, 2]).fill_(2**63)
r = t([1, 2]).fill_(2**64 - 1)
r = t([1, 2]).fill_(2**64)
r = t([1, 2], dtype=torch.int32).fill_(2**63)
r = t([1, 2], dtype=torch.uint8).fill_(2**63)
r = t([1, 2], dtype=torch.uint8).fill_(256)
r = t([1, 2], dtype=torch.uint8).fill_(-1)
r = t([1, 2], dtype=torch.bool).fill_(2**63)
r = t([1., 2]).fill_(2**63)
r = t([1., 2]).fill_(2**64 - 1)
r = t([1., 2]).fill_(2**64)
r = t([1., 2]).fill_(1e300)
r = t([1., 2]).half().fill_(1e300)
r = torch.full((2,), 2**63)
r = torch.full((2,), 2**64)
r = torch.full((2,), 2**63, dtype=torch.float32)
r = torch.full((2,), 2**64, dtype=torch.float32)
r = torch.full((2,), 2**63, dtype=torch.int64)
r = torch.full((2,), 2**64 - 1, dtype=torch.int64)
r = torch.full((2,), -2**63)
r = torch.full((2,), -2**63 - 1)
r = torch.full((2,), nan, dtype=torch.int64)
r = torch.full_like(t([1]), 2**63)
r = torch.full_like(t([1.]), 2**64)
r = t([1]).new_full((2,), 2**63)
r = torch.tensor(2**63)
r = torch.tensor(2**64 - 1)
r = torch.tensor(2**64)
r = torch.tensor([2**63])
r = torch.tensor([2**63], dtype=torch.float32)
r = torch.tensor([2**64], dtype=torch.float32)
r = torch.tensor([2**63], dtype=torch.uint8)
r = torch.tensor(2**63, dtype=torch.float32)
r = torch.scalar_tensor(2**63)
r = torch.where(t([True, False]), 2**63, t([1, 2]))
r = torch.where(t([True, False]), 2**64, t([1, 2]))
r = torch.where(t([True, False]), t([1., 2]), 2**63)
r = torch.where(t([True, False]), t([1., 2]), 2**64)
r = t([1, 2]).masked_fill(t([True, False]), 2**63)
r = t([1, 2]).masked_fill(t([True, False]), 2**64)
r = t([1., 2]).masked_fill(t([True, False]), 2**63)
r = t([1., 2]).masked_fill(t([True, False]), 2**64)
r = t([1, 2]).index_fill(0, t([0]), 2**63)
x = t([1, 2]); x[0] = 2**63; r = x
x = t([1, 2]); x[0] = 2**64; r = x
x = t([1., 2]); x[0] = 2**63; r = x
x = t([1., 2]); x[0] = 2**64; r = x
x = t([1, 2]); x[t([0])] = 2**63; r = x
x = t([1., 2]); x[t([0])] = 2**63; r = x
x = t([1, 2]); x.add_(2**63); r = x
x = t([1., 2]); x.add_(2**63); r = x
x = t([1., 2]); x.add_(2**64); r = x
x = t([1., 2]); x += 2**64; r = x
x = t([1, 2]); x *= 2**63; r = x
r = torch.pow(t([1., 2]), 2**63)
r = torch.pow(2**63, t([1., 2]))
r = torch.pow(2**64, t([1., 2]))
r = torch.pow(t([1, 2]), 2**63)
r = torch.pow(t([1., 2]), 2**64)
r = torch.eq(t([1, 2]), 2**63)
r = torch.lt(t([1, 2]), 2**64)
r = torch.gt(t([1., 2]), 2**63)
r = torch.remainder(t([1., 2]), 2**63)
r = torch.remainder(2**63, t([1., 2]))
r = torch.remainder(2**64, t([1., 2]))
r = torch.fmod(t([1., 2]), 2**63)
r = torch.div(t([1., 2]), 2**63)
r = torch.div(t([1., 2]), 2**64)
r = torch.div(t([1., 2]), 2**63, rounding_mode='floor')
r = torch.sub(t([1., 2]), 2**63)
r = torch.rsub(t([1., 2]), 2**63)
r = torch.arange(2**63, 2**63 + 2)
r = torch.arange(2**64)
r = torch.arange(2**63 - 2, 2**63 - 1)
r = torch.linspace(0, 2**63, 3)
r = torch.linspace(0, 2**64, 3)
r = torch.lerp(t([1., 2]), t([1., 2]), 2**63)
r = torch.addcmul(t([1., 2]), t([1., 2]), t([1., 2]), value=2**63)
r = torch.addcmul(t([1., 2]), t([1., 2]), t([1., 2]), value=2**64)
r = torch.bitwise_and(t([1, 2]), 2**63)
r = torch.bitwise_and(t([1, 2]), 2**64)
r = torch.threshold(t([1., 2]), 2**63, 0)
r = torch.nn.functional.leaky_relu(t([1., 2]), 2**63)
r = torch.nan_to_num(t([1., nan]), 2**63)
r = torch.nan_to_num(t([1., nan]), 2**64)
r = t([1, 2]).scatter(0, t([0]), 2**63)
r = t([1., 2]).scatter(0, t([0]), 2**63)
r = t([1., 2]).scatter(0, t([0]), 2**64)
r = t([1., 2]).sum(2**63)
r = t([1., 2]).sum(2**64)
r = torch.add(t([1, 2], dtype=torch.uint8), 2**63)
r = torch.add(t([1, 2], dtype=torch.uint8), 2**64 - 1)
r = torch.mul(t([1, 2], dtype=torch.int8), 2**63 + 3)
r = torch.xlogy(t([1.]), 2**63)
r = torch.xlogy(2**63, t([1.]))
r = torch.xlogy(2**64, t([1.]))
r = torch.float_power(t([1.]), 2**63)
r = torch.isin(t([1]), 2**63)
r = torch.searchsorted(t([1, 2]), 2**63)
r = torch.bucketize(2**63, t([1, 2]))
r = torch.result_type(t([1]), 2**63)
r = torch.result_type(t([1.]), 2**64)
r = torch.nn.functional.pad(t([1., 2]), (1, 1), value=2**63)
r = torch.tensor([1., 2**63])
r = torch.tensor([1, 2**63])
r = torch.tensor([2**64], dtype=torch.bool)
r = torch.tensor([1, 2**64], dtype=torch.half)
r = torch.tensor(2**1030, dtype=torch.float64)
r = torch.nan_to_num(t([nan]), 2**1030)
""",
    "memory": r"""
x = torch.ones(3, requires_grad=True); y = x * 2; y[:2].mul_(3); y.sum().backward(); r = x.grad, y.grad_fn.name()
x = torch.ones(3, requires_grad=True); y = x // 2; r = y.grad_fn.name()
x = torch.zeros(3).expand(2, 3); x.fill_(5); r = x
x = torch.zeros(1).expand(4); x.zero_(); r = x
x = torch.ones(1).expand(4); x.fill_(t(2.)); r = x
x = torch.ones(1, requires_grad=True); y = (x*2).expand(4); y.fill_(3.); y.sum().backward(); r = (y, x.grad)
x = torch.ones(4).unfold(0, 2, 1); x.fill_(3); r = x
x = torch.ones(1).expand(4); x.copy_(t([1., 2, 3, 4])); r = x
x = torch.ones(1).expand(4); x.add_(1); r = x
x = torch.ones(1).expand(4); x[0]=3; r = x
x = torch.ones(1).expand(4); x[:]=3; r = x
x = torch.ones(1).expand(4); x.uniform_(); r = x.shape
x = torch.ones(1).expand(4); x.scatter_(0, t([0]), 3.); r = x
x = torch.ones(1).expand(4); x.index_add_(0, t([0]), torch.ones(1)); r = x
x = torch.ones(1).expand(4); x.index_copy_(0, t([0]), torch.ones(1)); r = x
x = torch.ones(1).expand(4); x.zero_(); r = x
x = torch.ones(1).expand(2, 2); x.fill_diagonal_(4); r = x
x = torch.ones(1).expand(4); x.clamp_(0, 0.5); r = x
r = torch.softmax(torch.empty(0, dtype=torch.int64), 0)
r = torch.softmax(torch.empty(0, 3, dtype=torch.int64), 1)
r = torch.log_softmax(torch.empty(0, dtype=torch.int64), 0)
r = torch.softmax(t([1, 2]), 0)
r = torch.softmax(torch.empty(0, dtype=torch.bool), 0)
r = torch.nn.functional.softmin(torch.empty(0, dtype=torch.int64), 0)
r = torch.empty(0, 3).index_add(0, t([0]), torch.ones(1, 3))
r = torch.empty(0, 3).index_add(0, t([], dtype=torch.int64), torch.ones(0, 3))
r = torch.empty(0).index_add(0, t([0]), torch.ones(1))
r = torch.empty(3, 0).index_add(0, t([0]), torch.ones(1, 0))
r = torch.empty(3, 0).index_add(0, t([5]), torch.ones(1, 0))
r = torch.empty(3, 0).index_copy(0, t([5]), torch.ones(1, 0))
r = torch.empty(3, 0).index_fill(0, t([5]), 1.)
r = torch.empty(0, 3).index_select(0, t([0]))
r = torch.empty(3, 0).index_select(0, t([5]))
r = torch.empty(3, 0).index_select(0, t([1]))
r = torch.empty(0).index_select(0, t([0]))
r = torch.empty(3, 0).index_select(1, t([0]))
r = torch.empty(0).index_select(0, t([], dtype=torch.int64))
x = torch.arange(4.); x[1:].addcmul_(x[:-1], x[:-1]); r = x
x = torch.arange(4.); x[1:].addcdiv_(x[:-1], x[:-1]); r = x
x = torch.arange(4.); x[1:].lerp_(x[:-1], 0.5); r = x
x = torch.arange(4.); x[1:].add_(x[:-1]); r = x
x = torch.arange(4.); x.index_add_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x.index_copy_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x[1:].index_add_(0, t([0, 1, 2]), x[:-1]); r = x
x = torch.arange(4.); x[1:].index_copy_(0, t([0, 1, 2]), x[:-1]); r = x
x = torch.arange(4.); x.scatter_add_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x.scatter_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x[1:].scatter_(0, t([0, 1, 2]), x[:-1]); r = x
x = torch.arange(4.); x.index_put_((t([0, 1]),), x[1:3]); r = x
x = torch.arange(4.); x.index_put_((t([0, 1, 2, 3]),), x); r = x
x = torch.arange(4.); x[t([0, 1, 2, 3])]=x; r = x
x = torch.arange(4.); x[t([0, 1])]=x[1:3]; r = x
x = torch.arange(4); x.scatter_add_(0, x, x); r = x
x = torch.arange(4); x.index_add_(0, x, t([1, 1, 1, 1])); r = x
x = torch.arange(4); x.index_fill_(0, x, 7); r = x
x = torch.arange(4); x.index_copy_(0, x, t([1, 1, 1, 1])); r = x
x = torch.arange(4); x.index_put_((x,), t([1, 1, 1, 1])); r = x
x = torch.arange(4); x.scatter_(0, x, 7); r = x
x = torch.arange(4.); x.scatter_reduce_(0, t([0, 1, 2, 3]), x, 'sum'); r = x
x = torch.arange(4.); x.index_reduce_(0, t([0, 1, 2, 3]), x, 'prod'); r = x
x = torch.arange(4.); x.copy_(x.flip(0)); r = x
x = torch.arange(4.).view(2, 2); x.copy_(x.t()); r = x
x = torch.arange(4.).view(2, 2); x.add_(x.t()); r = x
x = torch.arange(4.).view(2, 2); x.addcmul_(x.t(), x); r = x
x = torch.arange(4.).view(2, 2); torch.add(x, 1, out=x.t()); r = x
x = torch.arange(4.); x.add_(x[0]); r = x
x = torch.arange(4.); x.mul_(x[1]); r = x
x = torch.arange(4.); x[0].add_(x[1]); r = x
x = torch.arange(4.); x.lerp_(x[1:], x[1:]); r = x
x = torch.arange(4.); x[1:].lerp_(x[:-1], torch.ones(3)); r = x
x = torch.arange(4.); x[1:].copy_(x[:-1]); r = x
x = torch.arange(4.); x.addcmul_(x, x); r = x
x = torch.arange(4.); x.put_(t([0, 1]), x[1:3]); r = x
x = torch.arange(4); x.put_(x, t([1, 2, 3, 4])); r = x
x = torch.arange(4.); x.masked_scatter_(x>1, x); r = x
x = torch.arange(4.); x.clamp_(x[1], x[2]); r = x
x = torch.arange(4.); x[1:].clamp_(x[:-1]); r = x
x = torch.arange(4.); x[1:].pow_(x[:-1]); r = x
x = torch.arange(4.); x[1:].atan2_(x[:-1]); r = x
x = torch.arange(4.); x[1:].copysign_(x[:-1]); r = x
x = torch.arange(4); x[1:].bitwise_and_(x[:-1]); r = x
x = torch.arange(4); x[1:].gcd_(x[:-1]); r = x
x = torch.arange(4.); x[1:].lt_(x[:-1]); r = x
x = torch.arange(4.); x[1:].logical_and_(x[:-1]); r = x
x = torch.arange(4.); x[1:].where(x[:-1]>1, x[1:]); r = x
x = torch.arange(4.); torch.add(x[1:], 1, out=x[:-1]); r = x
x = torch.arange(4.); torch.exp(x[1:], out=x[:-1]); r = x
x = torch.arange(4.); torch.addcmul(x[1:], x[1:], x[1:], out=x[:-1]); r = x
x = torch.arange(4.); torch.sum(x, 0, keepdim=True, out=x[:1]); r = x
x = torch.arange(4.); torch.gather(x, 0, t([1, 0]), out=x[:2]); r = x
x = torch.arange(4.); torch.index_select(x, 0, t([1, 0]), out=x[:2]); r = x
x = torch.arange(4.); torch.cat([x[:2], x[2:]], out=x); r = x
x = torch.arange(4.); torch.take(x, t([1, 0]), out=x[:2]); r = x
x = torch.arange(4.); torch.where(x>1, x, x.flip(0), out=x); r = x
x = torch.arange(4.); torch.sort(x, out=(x, torch.empty(4, dtype=torch.int64))); r = x
x = torch.arange(4.); x.cumsum_(0); r = x
x = torch.ones(1).expand(4); x.masked_fill_(t([True, False, False, True]), 3.); r = x
x = torch.ones(1).expand(4); x.index_fill_(0, t([1]), 3.); r = x
x = torch.ones(1).expand(4); x.masked_scatter_(t([True, False, False, True]), torch.ones(4)); r = x
x = torch.ones(1).expand(4, 4); x.tril_(); r = x
x = torch.ones(4).expand(4, 4); x.triu_(); r = x
x = torch.ones(1).expand(4); x[t([0, 1])] = 3.; r = x
x = torch.ones(1).expand(4); x[t([0, 1])] = t([3., 4.]); r = x
x = torch.ones(1).expand(4); x[t([True, False, False, True])] = 3.; r = x
x = torch.ones(1).expand(4); x[t([True, False, False, True])] = t([1., 2.]); r = x
x = torch.ones(1).expand(4); x.index_put_((t([0]),), t(3.)); r = x
x = torch.ones(1).expand(4); x.index_put_((t([0]),), t(3.), accumulate=True); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.masked_fill_(x > 2, 9.); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.index_fill_(1, t([0]), 9.); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.tril_(); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x[t([0])] = 7.; r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x[0] = 7.; r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x[:] = 7.; r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x[:] = torch.arange(6.).view(2, 3); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.copy_(torch.arange(6.).view(2, 3)); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.uniform_(); r = x.shape
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.scatter_(0, t([[0]]), 9.); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); x.relu_(); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); torch.add(torch.ones(2, 3), 1, out=x); r = x
x = torch.arange(6.).as_strided((2, 3), (2, 1)); torch.mm(torch.ones(2, 3), torch.ones(3, 3), out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.mm(torch.ones(2, 3), torch.ones(3, 3), out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.add(torch.ones(2, 3), 1, out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.cat((torch.ones(1, 3), torch.ones(1, 3)), out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.stack((torch.ones(3), torch.ones(3)), out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.cumsum(torch.ones(2, 3), 1, out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.index_select(torch.ones(2, 3), 1, t([0, 1, 2]), out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.gather(torch.ones(2, 3), 1, t([[0, 1, 2], [0, 1, 2]]), out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.where(torch.ones(2, 3) > 0, torch.ones(2, 3), torch.ones(2, 3), out=x); r = x
x = torch.arange(1.).expand(3); torch.arange(3., out=x); r = x
x = torch.arange(1.).expand(3); torch.linspace(0, 1, 3, out=x); r = x
x = torch.arange(3.).expand(2, 3); torch.matmul(torch.ones(2, 3), torch.ones(3, 3), out=x); r = x
x = torch.arange(3.).expand(3, 3); torch.linalg.inv(torch.eye(3), out=x); r = x
x = torch.arange(3.).expand(3, 3); torch.add(torch.ones(2, 3), 1, out=x); r = x
x = (torch.ones(1, requires_grad=True)*2).expand(4); x.add_(1); r = x
x = (torch.ones(1, requires_grad=True)*2).expand(4); x.masked_fill_(t([True, False, False, True]), 3.); r = x
x = (torch.ones(1, requires_grad=True)*2).expand(4); x[0] = 3; r = x
x = torch.arange(5., requires_grad=True) * 1; x[1:].add_(x[:-1]); r = x
x = torch.arange(5., requires_grad=True) * 1; x[1:].mul_(x[:-1]); r = x
x = torch.arange(5., requires_grad=True) * 1; x[1:].copy_(x[:-1]); r = x
x = torch.arange(5., requires_grad=True) * 1; x[1:].addcmul_(x[:-1], x[:-1]); r = x
x = torch.arange(4., requires_grad=True) * 1; y = x.view(2, 2); y.add_(y.t()); r = x
x = torch.arange(5.); r = torch.maximum(x[1:], x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.maximum(x[:-1], x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.minimum(x[:-1], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.fmin(x[:-1], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.fmax(x[:-1], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.where(t([True]), x[:-1], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.where(t([True]), x[1:], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.cumsum(x[:-1], 0, out=x[1:])
x = torch.arange(5.); r = torch.cumprod(x[:-1], 0, out=x[1:])
x = torch.arange(5.); r = torch.logcumsumexp(x[:-1], 0, out=x[1:])
x = torch.arange(5.); r = torch.cumsum(x, 0, out=x)
x = torch.arange(9.).view(3, 3); r = torch.stack((x[0], x[1]), out=x[:2])
x = torch.arange(9.).view(3, 3); r = torch.stack((x[0], x[1]), out=x[1:])
x = torch.arange(9.).view(3, 3); r = torch.cat((x[0], x[1]), out=x[1:])
x = torch.arange(9.).view(3, 3); r = torch.cat((x[:1], x[1:2]), out=x[:2])
x = torch.arange(9.).view(3, 3); r = x.addr_(x[0], x[1])
x = torch.arange(9.).view(3, 3); r = torch.addr(torch.ones(3, 3), x[0], x[1], out=x)
x = torch.arange(9.).view(3, 3); r = torch.addr(x, torch.ones(3), torch.ones(3), out=x)
x = torch.arange(9.).view(3, 3); r = torch.outer(x[0], x[1], out=x)
x = torch.arange(9.).view(3, 3); r = torch.ger(x[0], x[1], out=x)
x = torch.arange(9.).view(3, 3); r = x[0].addmv_(x, x[1])
x = torch.arange(5.); r = torch.sum(x, 0, out=x[0])
x = torch.arange(6.).view(2, 3); r = torch.amax(x, 0, out=x[0])
x = torch.arange(6.).view(2, 3); r = torch.var(x, 0, out=x[0])
x = torch.arange(6.).view(2, 3); r = torch.norm(x, dim=0, out=x[0])
x = torch.arange(6.).view(2, 3); r = torch.logsumexp(x, 0, out=x[0])
x = torch.arange(6.).view(2, 3); r = torch.max(x, 0, out=(x[0], torch.zeros(3).long()))
x = torch.arange(6.).view(2, 3); r = torch.index_select(x, 0, t([0, 1]), out=x)
x = torch.arange(6.).view(2, 3); r = torch.gather(x, 0, t([[0, 1, 0]]), out=x[:1])
x = torch.arange(6.).view(2, 3); r = torch.take(x, t([0, 1, 2]), out=x[0])
x = torch.arange(6.).view(2, 3); r = torch.tril(x, out=x)
x = torch.arange(5.); r = torch.sort(x[:-1], out=(x[1:], torch.zeros(4).long()))
x = torch.arange(5.); r = torch.add(x[:-1], 1, out=x[1:])
x = torch.arange(5.); r = torch.sin(x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.clamp(x[:-1], 0, 1, out=x[1:])
x = torch.arange(5.); r = torch.clamp(x[:-1], torch.ones(4), out=x[1:])
x = torch.arange(5.); r = torch.lerp(x[:-1], x[:-1], 0.5, out=x[1:])
x = torch.arange(5.); r = torch.addcdiv(x[:-1], x[:-1], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.pow(x[:-1], 2, out=x[1:])
x = torch.arange(5.); r = torch.pow(2, x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.eq(x[:-1], x[1:], out=x[1:])
x = torch.arange(5.); r = torch.nan_to_num(x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.round(x[:-1], decimals=1, out=x[1:])
x = torch.arange(5.); r = torch.heaviside(x[:-1], x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.logaddexp(x[:-1], x[:-1], out=x[1:])
x = torch.arange(5.); r = torch.diff(x[:-1], out=x[1:4])
x = torch.arange(5); r = torch.bitwise_and(x[:-1], x[:-1], out=x[1:])
x = torch.arange(5); r = torch.gcd(x[:-1], x[:-1], out=x[1:])
x = torch.arange(5.); r = x[1:].lerp_(x[:-1], 0.5)
x = torch.arange(5.); r = x[1:].masked_fill_(x[:-1] > 0, 2)
x = torch.arange(5.); r = x[1:].index_add_(0, t([0, 1, 2, 3]), x[:-1])
x = torch.arange(5.); r = x[1:].index_copy_(0, t([0, 1, 2, 3]), x[:-1])
x = torch.arange(5.); r = x[1:].scatter_(0, t([0, 1, 2, 3]), x[:-1])
x = torch.arange(5.); r = x[1:].scatter_add_(0, t([0, 1, 2, 3]), x[:-1])
x = torch.arange(5.); r = x[1:].index_put_((t([0, 1, 2, 3]),), x[:-1])
x = torch.arange(5.); x[1:][t([0, 1, 2, 3])] = x[:-1]; r = x
x = torch.arange(5); r = x[1:].index_fill_(0, x[:-1], 7)
x = torch.arange(5.); r = x[1:].put_(t([0, 1, 2, 3]), x[:-1])
x = torch.arange(5.); r = x[1:].maximum(x[:-1]).shape
x = torch.arange(4.); y = x[::2]; r = torch.add(x[1:3], 1, out=y)
x = torch.arange(4.); r = torch.add(x[::2], 1, out=x[:2])
x = torch.arange(4.); r = torch.add(x[::2], 1, out=x[1::2])
x = torch.arange(16.).view(4, 4); r = torch.add(x[:2, :2], 1, out=x[:2, 1:3])
x = torch.arange(16.).view(4, 4); r = x[:, :2].add_(x[:, 1:3])
x = torch.arange(4).float(); y = x.view(torch.int32); x.copy_(y); r = x
x = torch.arange(4).float(); y = x.view(torch.int32); y.copy_(x); r = x
x = torch.arange(4).double(); y = x.view(torch.int64); y.copy_(x); r = y
x = torch.arange(4).float(); y = x.view(torch.int32); x.add_(y); r = x
""",
    "assignment and conversion": r"""
x = torch.zeros(2, 3, dtype=torch.int64); x[True]=5.7; r = x
x = torch.zeros(2, 3, dtype=torch.int64); x[True]=t([1.5, 2, 3]); r = x
x = torch.zeros(2, 3, dtype=torch.int64); x[False]=t([1.5, 2, 3]); r = x
x = torch.zeros(2, 3, dtype=torch.int64); x[False]=t([1.5, 2, 3, 4, 5]); r = x
x = torch.zeros(2, 3); x[True]=t([1.5, 2, 3, 4]); r = x
x = torch.zeros(2, 3); x[True]=torch.ones(1, 1, 2, 3); r = x
x = torch.zeros(2, 3); x[True]=torch.ones(3, 2, 3); r = x
x = torch.zeros(2, 3); x[False]=7; r = x
x = torch.zeros(2, 3); x[True, 0]=t([1, 2, 3]); r = x
x = torch.zeros(2, 3); x[False, 0]=t([1, 2, 3]); r = x
x = torch.zeros(2, 3); x[0, True]=5; r = x
x = torch.zeros(2, 3); x[t(True)]=t([1, 2, 3]); r = x
x = torch.zeros(2, 3); x[t(True)]=t([1., 2, 3]); r = x
x = torch.zeros(2, 3); x[t(False)]=t([1., 2, 3]); r = x
x = torch.zeros(2, 3); x[t(False)]=t(1); r = x
x = torch.zeros(2, 3); x[None]=t([1, 2, 3]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t([1, 2]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t([1., 2]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t([1]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t(1); r = x
x = torch.zeros(3, dtype=torch.int8); x[t([True, False, True])]=t(300); r = x
x = torch.zeros(3, dtype=torch.int8); x[t([True, False, True])]=t(3.7); r = x
x = torch.zeros(3, dtype=torch.int8); x[t([True, False, True])]=t([3.7]); r = x
x = torch.zeros(3, 3, dtype=torch.int8); x[t([True, False, True]), t([True, False, True])]=t([3.7]); r = x
x = torch.zeros(3, 3, dtype=torch.int8); x[t([True, False, True]), :]=t([3.7]); r = x
x = torch.zeros(3, 3, dtype=torch.int8); x[:, t([True, False, True])]=t(300); r = x
x = torch.zeros(3, 3); x[t([True, False, True])]=t(3); r = x
x = torch.zeros(3, 3); x[t([True, False, True])]=t([3]); r = x
x = torch.zeros(3, 3); x[t([True, False, True])]=t([[3]]); r = x
x = torch.zeros(3, 3); x[t([True, False, True]), 0]=t([3]); r = x
x = torch.zeros(3, 3); x[t([True, False, True]), 0]=t([3, 4]); r = x
x = torch.zeros(3, 3); x[t([0, 1])]=t(3); r = x
x = torch.zeros(3, 3); x[t([0, 1])]=t([3]); r = x
x = torch.zeros(3, 3); x[t([0, 1])]=3; r = x
x = torch.zeros(3, 3); x[t([0, 1]), t([True, False, True])]=t(3); r = x
x = torch.zeros(3); x.index_put_((t([True, False, True]),), t([1, 2])); r = x
x = torch.zeros(3); x.index_put_((t([True, False, True]),), t(1)); r = x
x = torch.zeros(3); x.index_put_((t([True, False, True]),), t(1), accumulate=True); r = x
x = torch.zeros(3); x.index_put_((t([0, 1]),), t(1)); r = x
x = torch.zeros(3); r = x.index_put((t([0, 1]),), t(1.))
x = torch.zeros(3); x[t([True, False])]=1; r = x
x = torch.zeros(3); x[t([True, False, False, True])]=1.; r = x
x = torch.zeros(3); x[t([1, 0, 1], dtype=torch.uint8)]=t([1, 2]); r = x
x = torch.zeros(3); x.masked_scatter_(t([True, False, True]), t([1, 2])); r = x
r = torch.take_along_dim(t(5.), t(0), 0)
r = torch.take_along_dim(t(5.), t(0))
r = torch.take_along_dim(t([5., 6]), t(0))
r = torch.take_along_dim(t([5., 6]), t(1), 0)
r = torch.take_along_dim(t(5.), t([0]), 0)
r = torch.take_along_dim(t(5.), t([0]))
r = torch.take_along_dim(t([[5., 6]]), t([[1]]), 1)
r = t([True, False]).index_reduce(0, t([0]), t([True]), 'amax')
r = t([True, False]).index_reduce(0, t([0]), t([False]), 'prod')
r = t([True, False]).index_reduce(0, t([0]), t([False]), 'amin')
r = t([True, False]).index_reduce(0, t([0]), t([False]), 'mean')
r = t([True, True]).index_reduce(0, t([0, 1]), t([False, True]), 'amin', include_self=False)
r = t([1, 2]).index_reduce(0, t([0, 0]), t([3, 4]), 'mean')
x = t([1, 2]); x<<=1; r = x
x = t([1, 2]); x<<=t([1, 2]); r = x
x = t([8, -8]); x>>=1; r = x
x = t([1, 2]); r = x.__ilshift__(1)
x = t([1, 2]); r = x.__irshift__(t(1))
x = t([1, 2]); r = x.__lshift__(1)
x = t([1, 2]); r = x.__rshift__(1)
x = t([1, 2]); r = x.__rlshift__(1)
x = t([1, 2]); r = x.__rrshift__(1)
x = t([1., 2]); x<<=1; r = x
x = t([1., 2]); r = x<<1
x = t([True]); r = x<<1
x = t([1, 2]); r = 2<<x
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.uint8)
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.int8)
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.int16)
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.int32)
x = t([4294967301.]); r = x.to(torch.uint8)
x = t([4294967301.]); r = x.to(torch.int16)
x = t([4294967301.]); r = x.to(torch.int32)
x = t([65536*65536*3+512.]); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, 2147483648., -2147483649., 300.7, -300.7, nan, inf, -inf, 1e19, -1e19, 1e30]); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, 2147483648., -2147483649., 300.7, nan, inf, -inf, 1e19, -1e19, 1e30], dtype=torch.float64); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, nan, inf, 300., -300]*4).to(torch.bfloat16); r = whole(x)
x = t([3e4, -3e4, 6e4, nan, inf, 300., -300]*4).to(torch.float16); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, nan, inf, -300.], dtype=torch.float64)[::2]; r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, nan, inf, -300.])[::2]; r = whole(x)
r = torch.unique(t([[1., nan], [1., nan], [0., 1.]]), dim=0)
r = torch.unique(t([[1., nan], [1., nan], [0., 1.]]), dim=0, return_inverse=True, return_counts=True)
r = torch.unique(t([1., nan, nan, 0.]), dim=0, return_inverse=True, return_counts=True)
r = torch.unique(t([[1, 2, 1], [3, 4, 3]]), dim=1)
r = torch.unique(t([[1, 2, 1], [3, 4, 3]]), dim=0)
r = torch.unique(torch.arange(24).view(2, 3, 4), dim=1)
r = torch.unique(torch.arange(24).view(2, 3, 4), dim=2)
r = torch.unique(torch.arange(24).view(2, 3, 4), dim=0)
r = torch.unique_consecutive(torch.arange(24).view(2, 3, 4), dim=1)
r = torch.unique_consecutive(torch.arange(24).view(2, 3, 4), dim=2)
r = torch.unique_consecutive(t([[1, 2, 2], [3, 4, 4]]), dim=1, return_inverse=True, return_counts=True)
r = torch.unique_consecutive(t([[1., nan], [1., nan]]), dim=0)
r = torch.unique_consecutive(t([nan, nan, 1.]), return_counts=True)
r = torch.unique(torch.zeros(0, 3), dim=0)
r = torch.unique(torch.zeros(0, 3), dim=1)
r = torch.unique(torch.zeros(3, 0), dim=0)
r = torch.unique(torch.zeros(3, 0), dim=1)
r = torch.unique(torch.zeros(3, 0), dim=1, return_inverse=True, return_counts=True)
r = torch.unique(torch.zeros(0), dim=0, return_inverse=True, return_counts=True)
r = torch.unique(torch.zeros(0, 0), dim=0)
r = torch.unique(torch.zeros(2, 0, 3), dim=1, return_inverse=True, return_counts=True)
r = torch.unique(torch.zeros(2, 0, 0), dim=1)
r = torch.unique(torch.zeros(0, 3), return_inverse=True, return_counts=True)
r = torch.unique_consecutive(torch.zeros(0, 3), dim=0)
r = torch.unique_consecutive(torch.zeros(3, 0), dim=0)
r = torch.unique_consecutive(torch.zeros(3, 0), dim=1)
r = torch.unique_consecutive(torch.zeros(0, 3), return_inverse=True, return_counts=True)
r = torch.unique(t(3), dim=0)
r = torch.unique(t([[True, False], [True, False]]), dim=0)
r = torch.unique(t([[1., 2.], [1., 2.]]).half(), dim=0)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([0, 5]))
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[0, 5]]))
r = torch.take_along_dim(torch.arange(6).view(2, 3), t(3))
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([0, 5]).int())
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[0, 1, 0]]).int(), 0)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[0., 1, 0]]), 0)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[0, 1, 0]]), 0)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[1], [0]]), 1)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([1]), 1)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[7]]), 1)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([[-1]]), 1)
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([7]))
r = torch.take_along_dim(torch.arange(6).view(2, 3), t([0, 5]), None)
r = torch.arange(6).view(2, 3).take_along_dim(t([0, 5]))
r = torch.searchsorted(t([False, True]), t([True]))
r = torch.searchsorted(t([False, True]), True)
r = torch.searchsorted(t([False, True]), 1)
r = torch.searchsorted(t([False, True]), t([1]))
r = torch.searchsorted(t([0, 1]), t([True]))
r = torch.searchsorted(t([0, 1]), True)
r = torch.searchsorted(t([0., 1]), 1)
r = torch.searchsorted(t([0, 1]), 1.5)
r = torch.bucketize(t([True]), t([False, True]))
r = torch.bucketize(True, t([False, True]))
r = torch.searchsorted(t([0., 1]), t([1]))
w = torch.arange(12.).view(3, 4); torch.manual_seed(3); r = torch.multinomial(w.t() + 1, 3, False)
w = torch.arange(12.).view(3, 4); torch.manual_seed(3); r = torch.multinomial((w + 1).t(), 3, False)
w = torch.arange(12.).view(3, 4); torch.manual_seed(3); r = torch.multinomial((w + 1).t(), 1, False)
w = torch.arange(12.).view(3, 4); torch.manual_seed(3); r = torch.multinomial((w + 1).t(), 3, True)
w = torch.arange(12.).view(3, 4); torch.manual_seed(3); r = torch.multinomial((w + 1)[:, 1:3], 2, False)
w = torch.arange(12.).view(3, 4); torch.manual_seed(3); r = torch.multinomial((w + 1).t()[0], 2, False)
r = torch.zeros(0, 0).index_copy_(0, t([], dtype=torch.int64), torch.zeros(0, 0))
r = torch.zeros(0, 0).index_copy_(0, t([0]), torch.zeros(1, 0))
r = torch.zeros(3, 0).index_copy_(0, t([0]), torch.zeros(1, 0))
r = torch.zeros(3, 0).index_copy_(0, t([5]), torch.zeros(1, 0))
r = torch.zeros(0, 3).index_copy_(1, t([0]), torch.zeros(0, 1))
r = torch.zeros(0, 0).index_copy_(1, t([0]), torch.zeros(0, 1))
r = torch.zeros(0, 0).index_add_(0, t([0]), torch.zeros(1, 0))
r = torch.zeros(0, 0).index_fill_(0, t([0]), 1.)
r = torch.zeros(3, 0).index_fill_(0, t([7]), 1.)
r = torch.zeros(0, 0).index_select(0, t([0]))
r = torch.lerp(torch.ones(2), torch.zeros(2), t(0.5).double())
r = torch.lerp(torch.ones(2), torch.zeros(2), t(0.5).half())
r = torch.lerp(torch.ones(2).double(), torch.zeros(2).double(), t(0.5))
r = torch.lerp(torch.ones(2).half(), torch.zeros(2).half(), t(0.3))
r = torch.lerp(torch.ones(2), torch.zeros(2), t(1))
r = torch.lerp(torch.ones(2), torch.zeros(2), t([0.5, 0.5]).double())
r = torch.lerp(torch.ones(2), torch.zeros(2).double(), 0.5)
r = torch.lerp(torch.ones(2), t(0.), 0.5)
r = torch.lerp(torch.ones(2), t(0.).double(), 0.5)
r = torch.lerp(t(1.), torch.zeros(2), t([.1, .2]))
r = torch.ones(2).lerp_(torch.zeros(2), t(0.5).double())
r = torch.lerp(t(1.), t(0.), t(0.5).double())
r = torch.logspace(0, 1, 3, dtype=torch.bool)
r = torch.logspace(0, 3, 4, dtype=torch.uint8)
r = torch.logspace(0, 3, 4, dtype=torch.int8)
r = torch.logspace(0, 30, 4, dtype=torch.int64)
r = torch.logspace(0, 12, 4, dtype=torch.int32)
r = torch.logspace(0, 6, 4, dtype=torch.int16)
r = torch.logspace(0, 1, 3, base=-2.)
r = torch.logspace(0, 300, 2)
r = torch.logspace(0, 6, 4, dtype=torch.float16)
r = torch.linspace(0, 1, 3, dtype=torch.bool)
r = torch.linspace(0, 300, 4, dtype=torch.uint8)
r = torch.linspace(0, 300, 4, dtype=torch.int8)
r = torch.linspace(-5, 5, 4, dtype=torch.uint8)
r = torch.linspace(0, 1e20, 4, dtype=torch.int64)
r = torch.linspace(0, 1e10, 4, dtype=torch.int32)
r = torch.nn.functional.pixel_unshuffle(torch.zeros(0, 1, 4, 4), 2)
r = torch.nn.functional.pixel_shuffle(torch.zeros(0, 4, 4, 4), 2)
r = torch.nn.functional.pixel_unshuffle(torch.zeros(2, 0, 4, 4), 2)
r = torch.nn.functional.pixel_shuffle(torch.zeros(2, 0, 4, 4), 2)
r = torch.nn.functional.pixel_unshuffle(torch.zeros(2, 1, 0, 4), 2)
r = torch.nn.functional.channel_shuffle(torch.zeros(0, 4, 4, 4), 2)
r = torch.arange(0, 2**62, 1)
r = torch.arange(-2**63, 2**63 - 1, 1)
r = torch.arange(0., 1e19)
r = torch.arange(0., 1e19, dtype=torch.float32)
r = torch.arange(0., 1e30)
r = torch.arange(-2**62, 2**62, 2**61)
r = torch.arange(0, 2**63 - 1, 2**62)
r = torch.arange(-2**63, 2**63 - 1, 2**62)
r = torch.nn.functional.batch_norm(torch.ones(3, 2).t(), torch.zeros(3), torch.ones(3), training=True).stride()
r = torch.nn.functional.batch_norm(torch.ones(2, 1, 4, 4).expand(2, 3, 4, 4), torch.zeros(3), torch.ones(3)).stride()
r = torch.nn.functional.batch_norm(torch.ones(2, 3, 8, 8)[:, :, ::2, ::2], torch.zeros(3), torch.ones(3)).stride()
r = torch.nn.functional.batch_norm(torch.ones(4, 4, 3, 2).permute(3, 2, 1, 0), torch.zeros(3), torch.ones(3), training=True).stride()
r = torch.block_diag(t([1]), t([2.]))
r = torch.block_diag(t([1]), t([2.]).half(), t([[True]]))
r = torch.block_diag(t([1]), t([2]).int())
r = torch.block_diag(t([1.]), t([2.]).double())
r = torch.block_diag(t(1), t([2.]).double())
r = torch.block_diag()
r = torch.block_diag(torch.zeros(2, 2, 2))
torch.manual_seed(0); r = torch.normal(torch.zeros(3).double(), torch.ones(3))
torch.manual_seed(0); r = torch.normal(torch.zeros(3), torch.ones(3).double())
torch.manual_seed(0); r = torch.normal(torch.zeros(3).int(), torch.ones(3))
torch.manual_seed(0); r = torch.normal(torch.zeros(3), torch.ones(3).int())
torch.manual_seed(0); r = torch.normal(0, torch.ones(3).int())
torch.manual_seed(0); r = torch.normal(0., torch.ones(3).double())
torch.manual_seed(0); r = torch.normal(torch.zeros(3).half(), 1.)
torch.manual_seed(0); r = torch.normal(torch.zeros(3).half(), torch.ones(3))
torch.manual_seed(0); r = torch.normal(torch.zeros(3).bfloat16(), torch.ones(3).half())
torch.manual_seed(0); r = torch.normal(torch.zeros(3).long(), 1.)
torch.manual_seed(0); r = torch.normal(torch.zeros(3).bool(), 1.)
torch.manual_seed(0); r = torch.normal(0., 1., (3,), dtype=torch.int64)
torch.manual_seed(0); r = torch.normal(0., 1., (3,), dtype=torch.half)
r = torch.logit(t([.1, .5, .9]), .5)
r = torch.logit(t([.1, .5, .9]), 1.)
r = torch.logit(t([.1, .5, .9]), 2.)
r = torch.logit(t([.1, .5, .9]), -1.)
r = torch.logit(t([.1, .5, .9, 0., 1., 2.]), 0.)
r = torch.logit(t([.1, .5, .9, 0., 1., nan]).double(), .7)
r = torch.special.xlog1py(t([0., 1., 2., nan, 0.]), t([1., 2., -2., 0., nan]))
r = torch.special.xlog1py(t([0, 1, 2]), t([1., 2., -1.]))
r = torch.special.xlog1py(2, t([1., 2., -1.]))
r = torch.special.xlog1py(t([1., 2., -1.]), 2)
r = torch.special.xlog1py(t([1, 2]), 2)
r = torch.special.xlog1py(t([1., 2.]), t([1., 2.]), out=torch.zeros(2))
x = torch.arange(4).half(); y = x.view(torch.bfloat16); y.copy_(x); r = y
""",
    "indices": r"""
o = torch.empty(2, dtype=torch.int32); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.float32); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.bool); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.bitwise_not(t([1, 2], dtype=torch.int8), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.neg(t([1, 2], dtype=torch.int8), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.neg(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.logical_not(t([1, 0], dtype=torch.int8), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.abs(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.float64); torch.exp(t([1., 2]), out=o); r = o
o = torch.empty(2, dtype=torch.float16); torch.exp(t([1., 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.exp(t([1., 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.add(t([1, 2]), t([1, 2]), out=o); r = o
r = t([1., 2, 3])[t([1], dtype=torch.int8)]
r = t([1., 2, 3])[t([1], dtype=torch.int16)]
r = t([1., 2, 3])[t([1], dtype=torch.int32)]
r = t([1., 2, 3])[t(1, dtype=torch.int8)]
r = t([1., 2, 3])[t(1, dtype=torch.int16)]
r = t([1., 2, 3])[t(1, dtype=torch.uint8)]
r = t([1., 2, 3])[t([1.])]
x = t([1., 2, 3]); x[t([1], dtype=torch.int8)]=5; r = x
x = t([1., 2, 3]); x[t([1], dtype=torch.int16)]=5; r = x
x = t([1., 2, 3]); x.index_put_((t([1], dtype=torch.int16),), t(5.)); r = x
r = t([1., 2, 3]).index_select(0, t([1], dtype=torch.int16))
r = t([1., 2, 3]).index_add(0, t([1], dtype=torch.int16), torch.ones(1))
r = t([1., 2, 3]).index_copy(0, t([1], dtype=torch.int16), torch.ones(1))
r = t([1., 2, 3]).index_copy(0, t([1], dtype=torch.int32), torch.ones(1))
r = t([1., 2, 3]).index_fill(0, t([1], dtype=torch.int16), 1)
r = t([1., 2, 3]).index_fill(0, t([1], dtype=torch.int32), 1)
r = t([1., 2, 3]).gather(0, t([1], dtype=torch.int16))
r = t([1., 2, 3]).scatter(0, t([1], dtype=torch.int16), 1)
r = t([1., 2, 3]).scatter_add(0, t([1], dtype=torch.int16), torch.ones(1))
r = t([1., 2, 3]).scatter_reduce(0, t([1], dtype=torch.int16), torch.ones(1), 'sum')
r = t([1., 2, 3]).index_reduce(0, t([1], dtype=torch.int16), torch.ones(1), 'prod')
r = t([1., 2, 3]).take(t([1], dtype=torch.int32))
r = torch.take_along_dim(t([1., 2, 3]), t([1], dtype=torch.int32), 0)
r = torch.nn.functional.embedding(t([1], dtype=torch.int16), torch.ones(3, 3))
r = torch.nn.functional.one_hot(t([1], dtype=torch.int32))
r = torch.nn.functional.cross_entropy(torch.ones(1, 3), t([1], dtype=torch.int32))
r = torch.nn.functional.batch_norm(torch.ones(3), torch.zeros(3), torch.ones(3), training=True)
r = torch.nn.functional.batch_norm(torch.ones(3), torch.zeros(3), torch.ones(3))
r = torch.nn.functional.batch_norm(torch.ones(()), None, None, training=True)
r = torch.nn.BatchNorm1d(3)(torch.ones(3))
r = torch.batch_norm(torch.ones(3), None, None, None, None, True, 0.1, 1e-5, False)
r = torch.argmin(torch.empty(0, dtype=torch.bool))
r = torch.argmax(torch.empty(0, dtype=torch.bool))
r = torch.argmin(torch.empty(0))
r = torch.argmin(t([True, False]))
r = torch.argmin(torch.empty(0, 2), 0)
r = torch.argmin(torch.empty(0, 2, dtype=torch.bool), 1)
r = torch.empty(0).amax(-1)
r = torch.empty(2, 0).amax(-1)
r = torch.empty(0).amax()
r = torch.empty(0, 2).amax(1)
r = torch.empty(0, 2).amin(-2)
r = torch.empty(0, 2).amax((0, 1))
r = torch.empty(0, 2).aminmax(dim=-2)
r = torch.empty(0).max()
r = torch.empty(2, 0).max(-1)
r = torch.empty(2, 0).median(-1)
r = torch.empty(2, 0).mode(-1)
r = torch.empty(2, 0).kthvalue(1, -1)
r = torch.empty(2, 0).argmax(-1)
r = torch.empty(2, 0).cummax(-1)
r = torch.zeros(2, 3)[:, 5]
r = torch.zeros(2, 3)[0, 5]
r = torch.zeros(2, 3)[None, :, 5]
r = torch.zeros(2, 3)[..., 5]
r = torch.zeros(2, 3)[t([0]), 5]
r = torch.zeros(2, 3)[t([0]), t([5])]
r = torch.zeros(2, 3)[:, t([5])]
r = torch.zeros(2, 3)[None, t([5])]
r = torch.zeros(2, 3)[5]
r = torch.zeros(2, 3)[t(5)]
r = torch.zeros(2, 3)[0, t(5)]
r = torch.zeros(2, 3)[0, t([5])]
r = torch.zeros(2, 3)[0][5]
r = torch.zeros(2, 3)[True, :, 5]
r = torch.zeros(2, 3, 4)[0, :, 5]
r = torch.zeros(2, 3, 4)[0, 0, 5]
r = torch.zeros(2, 3, 4)[:, [0], 5]
r = torch.zeros(2, 3, 4)[..., 0, 5, :]
r = torch.zeros(2, 3).select(1, 7)
r = torch.zeros(2, 3)[t([True, False, True])]
r = torch.zeros(2, 3)[:, t([True, False])]
r = torch.zeros(2, 3)[None, t([True, False, True])]
x = torch.zeros(2, 3); x[:, 5]=1
x = torch.zeros(2, 3); x[0, 5]=1
x = torch.zeros(2, 3); x[None, :, 5]=1
x = torch.zeros(2, 3); x[t([5])]=1
x = torch.zeros(2, 3); x[:, t([5])]=1
x = torch.zeros(2, 3); x.index_put_((t([5]),), t(1.))
r = t([1., 2, 3]).scatter_reduce(0, t([1]), torch.ones(1), 'foo')
r = t([1., 2, 3]).scatter_reduce(0, t([7]), torch.ones(1), 'sum')
r = t([1., 2, 3]).scatter_reduce(0, t([1]), t([1]), 'sum')
r = t([1., 2, 3]).scatter_reduce(0, t([1, 1, 1, 1]), t([1.]), 'sum')
r = t([1., 2, 3]).scatter_add(0, t([1]), t([1]))
r = t([1., 2, 3]).scatter_add(0, t([1.]), t([1.]))
r = t([1., 2, 3]).scatter_reduce(0, t([1.]), torch.ones(1), 'sum')
r = t([1., 2, 3]).scatter(0, t([1]), t([1.]), reduce='foo')
r = t([1., 2, 3]).scatter(0, t([1]), t([1]))
r = t([1., 2, 3]).gather(0, t([7]))
r = t([1., 2, 3]).index_add(0, t([7]), torch.ones(1))
r = t([1., 2, 3]).index_copy(0, t([7]), torch.ones(1))
r = t([1., 2, 3]).index_fill(0, t([7]), 1)
r = t([1., 2, 3]).index_reduce(0, t([7]), torch.ones(1), 'prod')
""",
    "graph": r"""
x = t([2., 0., nan], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([2., 0., inf], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([0., nan, 3.], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([0., 0., nan], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([2., 0., nan, 3., 0.], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([2., 0., nan], requires_grad=True); x.prod().backward(); r = x.grad
x = t([2., 0., nan], requires_grad=True); x.prod(0).backward(); r = x.grad
x = torch.ones(2, 3, requires_grad=True); r = x.T.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = x.t().grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = x.mT.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = x.H.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = x.mH.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = x.adjoint().grad_fn.name()
x = torch.ones(3, requires_grad=True); r = x.t().grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (x * 1).t_().grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (x * 1).transpose_(0, 1).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (2 % x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (x % 2).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (x % x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (2 - x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (2 / x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (2 ** x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (2 // x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = (x // 2).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.heaviside(x, x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); y = torch.heaviside(x, torch.ones(2, 3)); y.sum().backward(); r = x.grad
x = torch.ones(2, 3, requires_grad=True) * 1; x.eq_(1); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True) * 1; x.lt_(1); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True) * 1; x.gt_(torch.ones(2, 3)); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True) * 1; x.ne_(torch.ones(2, 3)); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True) * 1; x.le_(1); r = x.grad_fn.name(), x.requires_grad
x = torch.ones(2, 3, requires_grad=True) * 1; x.ge_(1); r = x.grad_fn.name(), x.requires_grad
x = torch.ones(2, 3, requires_grad=True); y = x * 1; y.ge_(1); y.sum().backward(); r = x.grad
x = torch.ones(2, 3, requires_grad=True) * 1; x.logical_not_(); r = str(x.grad_fn)[:5], x.requires_grad
x = torch.ones(2, 3, requires_grad=True) * 1; x.logical_and_(x); r = str(x.grad_fn)[:5], x.requires_grad
x = torch.ones(2, 3, requires_grad=True) * 1; x.sign_(); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True) * 1; x.heaviside_(torch.ones(2, 3)); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True) * 1; x.floor_divide_(2); r = x.grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.aminmax(x)[0].grad_fn.name(), torch.aminmax(x, dim=0)[1].grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.kron(x, x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.block_diag(x, x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.block_diag(x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.max(x).grad_fn.name(), torch.max(x, 0)[0].grad_fn.name(), torch.amax(x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.median(x).grad_fn.name(), torch.median(x, 0)[0].grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); r = torch.cov(x).grad_fn.name(), torch.corrcoef(x).grad_fn.name()
x = torch.ones(2, 3, requires_grad=True); y = x * 1; y.retain_grad(); y.sum().backward(); r = y.grad.stride(), x.grad.stride()
x = torch.ones(2, 3, requires_grad=True); x.sum().backward(); r = x.grad.stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad(x.sum(1), x, torch.ones(2))[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad(x.mean(), x)[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad(x.t() * 2, x, torch.ones(3, 2))[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad((x.t() * 2).sum(), x)[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad(x.nansum(), x)[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad(x.prod(), x)[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad(x.expand(4, 2, 3).sum(), x)[0].stride()
x = torch.ones(2, 1, requires_grad=True); r = torch.autograd.grad((x + torch.ones(2, 3)).sum(), x)[0].stride()
x = torch.ones(2, 3, requires_grad=True); r = torch.autograd.grad((x @ torch.ones(3, 4)).sum(), x)[0].stride()
x = torch.ones(2, 3); w = torch.ones(3, 4, requires_grad=True); r = torch.autograd.grad((x @ w).sum(), w)[0].stride()
x = torch.ones(3, requires_grad=True); y = x * 2; y.mul_(y); r = y
x = torch.ones(3, requires_grad=True); y = x * 2; y.mul_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.add_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.sub_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.div_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y *= y; y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.mul_(y.clone()); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.mul_(x); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.pow_(2); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.square_(); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.sin_(); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.addcmul_(y, y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.addcmul_(x, y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.lerp_(y, 0.5); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.clamp_(0, 1); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.clamp_(y, y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.atan2_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.xlogy_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.hypot_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; z = y.view(3); y.mul_(z); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.copy_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y[0].mul_(y[0]); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y[0].mul_(y[1]); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y[0] = y[1] * y[0]; y.sum().backward(); r = x.grad
x = t([.1, .5, .9], requires_grad=True); torch.logit(x, .6).sum().backward(); r = x.grad
x = t([.1, .5, .9], requires_grad=True); torch.logit(x, .3).sum().backward(); r = x.grad
x = t([.1, 0.], requires_grad=True); y = t([.3, .4], requires_grad=True); torch.special.xlog1py(x, y).sum().backward(); r = x.grad, y.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.pow_(y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; y.lerp_(torch.ones(3), y); y.sum().backward(); r = x.grad
x = torch.ones(3, requires_grad=True); y = x * 2; z = y.view(3); z.mul_(y); y.sum().backward(); r = x.grad
""",
    "dtypes": r"""
r = 3 / t([1, 3, 7])
r = 3.7 / t([0.7, 0.11, 9.3])
r = 3.7 / t([0.7, 0.11, 9.3], dtype=torch.float64)
r = 3.7 / t([0.7, 0.11, 9.3], dtype=torch.float16)
x = t([1.0, 3, 7], requires_grad=True); y = 3 / x; y.sum().backward(); r = y.grad_fn.name(), x.grad
x = t([0, 200], dtype=torch.uint8); x += t(300); r = x
x = torch.ones(3, dtype=torch.float16); x += torch.ones(3); r = x
r = torch.clamp_min(t([1, 5]).to(torch.uint8), t(300))
r = torch.clamp_max(t([1, 5]).to(torch.uint8), t(300))
r = torch.clamp(t([1, 5]).to(torch.uint8), t(2.5))
r = torch.clamp(t([1, 5]), max=t(2.5))
r = torch.clamp(t([1, 5]), t(2), 4)
r = torch.clamp(t([1, 5]), 2, t(4))
r = torch.clamp(t([1, 5]), t(2), t(4))
r = torch.clamp(t([1, 5]))
r = torch.clamp(t([1, 5]), "a")
r = torch.clamp(t([1., 5], requires_grad=True), t(2), t(4)).grad_fn.name()
r = torch.clamp_min(t([1., 5], requires_grad=True), t(2)).grad_fn.name()
r = torch.isin(t([1, 5]).to(torch.uint8), t(257))
r = torch.lerp(t([1., 2]), t([1., 2]), t(1))
r = torch.lerp(t([1., 2]), t([1., 2]), t([1, 2]))
r = torch.lerp(t([1., 2]), t([1., 2]), t(1., dtype=torch.float64))
r = torch.lerp(t([1., 2]), t([1., 2]), t([1., 1.], dtype=torch.float64))
r = torch.lerp(t([1., 2]), t([1, 2]), t([1., 1.]))
r = torch.lerp(t([1., 2]), t(1,), 0.5)
r = torch.lerp(t([1., 2]), t(1., dtype=torch.float64), 0.5)
r = torch.lerp(t([1, 2]), t([1., 2]), 0.5)
r = torch.lerp(t([1, 2]), t([1, 2]), 0.5)
r = torch.lerp(t([1, 2]), t([1, 2]), t([1, 2]))
r = torch.lerp(t([1., 2]), t([1., 2]).double(), 0.5)
r = torch.lerp(t([1., 2]), t([1., 2]), True)
r = torch.lerp(t([1., 2]).half(), t([1., 2]).half(), t([1., 2]))
r = torch.lerp(t([1., 2]).half(), t([1., 2]).half(), t(0.3))
r = t([1., 2]).lerp_(t([1., 2]), t([1, 2]))
r = torch.addcdiv(t([1., 2]), t([1, 2]), t([1., 2]))
r = torch.addcdiv(t([1., 2]), t([1., 2]), t([1, 2]))
r = torch.addcdiv(t([1., 2]), t([1, 2]), t([1, 2]))
r = torch.addcdiv(t([1, 2]), t([1., 2]), t([1, 2]))
r = torch.addcdiv(t([1., 2]), t([1., 2]).double(), t([1., 2]))
r = torch.addcdiv(t([1., 2]), t([1., 2]), t([1., 2]).double())
r = torch.addcdiv(t([1., 2]).half(), t([1., 2]), t([1., 2]).double())
r = torch.addcdiv(t([1., 2]).half(), t([1., 2]).bfloat16(), t([1., 2]).bfloat16())
r = torch.addcdiv(t([1., 2]), t(1), t(2.))
r = torch.addcdiv(t([1., 2]), t(1), t(2))
r = torch.addcdiv(t([1., 2]), t([True, True]), t([1., 2]))
r = torch.addcmul(t([1., 2]), t([1, 2]), t([1., 2]))
r = torch.addcmul(t([1, 2]), t([1, 2]), t([1, 2]), value=2.7)
r = torch.addcmul(t([1, 2]), t([1, 2]), t([1, 2]), value=True)
r = torch.addcmul(t([1, 2]), t([1., 2]), t([1, 2]), value=2)
r = torch.addcmul(t([1., 2]), t([1., 2]).double(), t([1., 2]))
r = torch.addcmul(t([1., 2]).half(), t([1., 2]).bfloat16(), t([1., 2]).bfloat16())
r = torch.addcmul(t([True, False]), t([True, False]), t([True, False]))
r = torch.addcmul(t([1, 2]), t([1, 2]), t([True, False]))
r = t([1, 2]).addcmul_(t([1, 2]), t([1, 2]), value=2.7)
r = t([1, 2]).addcmul_(t([1., 2]), t([1, 2]), value=2.7)
r = t([1, 2]).addcdiv_(t([1., 2]), t([1, 2]), value=2.7)
r = torch.nan_to_num(torch.ones(2), out=torch.zeros(2).double())
r = torch.nan_to_num(torch.ones(2), out=torch.zeros(2).int())
r = torch.nan_to_num(torch.ones(2).double(), out=torch.zeros(2))
r = torch.signbit(torch.ones(2), out=torch.zeros(2))
r = torch.signbit(torch.ones(2), out=torch.zeros(2).int())
r = torch.signbit(torch.ones(2), out=torch.zeros(3).bool())
r = torch.isposinf(torch.ones(2), out=torch.zeros(2))
r = torch.isposinf(torch.ones(2), out=torch.zeros(2).int())
r = torch.isneginf(torch.ones(2), out=torch.zeros(2))
r = torch.isneginf(torch.ones(2).int(), out=torch.zeros(2))
r = torch.clamp(torch.ones(2), 0, 1, out=torch.zeros(2).double())
r = torch.clamp(torch.ones(2), 0, 1, out=torch.zeros(2).int())
r = torch.clamp(torch.ones(2).int(), 0, 1, out=torch.zeros(2).long())
r = torch.clamp(torch.ones(2).int(), 0.5, out=torch.zeros(2).int())
r = torch.clamp(torch.ones(2), torch.ones(2), out=torch.zeros(2).int())
r = torch.clamp_min(torch.ones(2), 0, out=torch.zeros(2).int())
r = torch.sum(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.sum(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.sum(torch.ones(2, 2), 0, dtype=torch.float64, out=torch.zeros(2))
r = torch.mean(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.mean(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.prod(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.prod(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.amax(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.amin(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.argmax(torch.ones(2, 2), 0, out=torch.zeros(2))
r = torch.argmax(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.all(torch.ones(2, 2), 0, out=torch.zeros(2))
r = torch.all(torch.ones(2, 2), 0, out=torch.zeros(2, dtype=torch.uint8))
r = torch.any(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.any(torch.ones(2, 2), out=torch.zeros(()).int())
r = torch.var(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.var(torch.ones(2, 2), 0, out=torch.zeros(2).int())
r = torch.std(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.norm(torch.ones(2, 2), dim=0, out=torch.zeros(2).double())
r = torch.norm(torch.ones(2, 2), dim=0, out=torch.zeros(2).int())
r = torch.linalg.vector_norm(torch.ones(2, 2), dim=0, out=torch.zeros(2).double())
r = torch.nansum(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.nanmean(torch.ones(2, 2), 0, out=torch.zeros(2).double())
r = torch.aminmax(torch.ones(2, 2), dim=0, out=(torch.zeros(2).double(), torch.zeros(2)))
r = torch.max(torch.ones(2, 2), 0, out=(torch.zeros(2).double(), torch.zeros(2).long()))
r = torch.max(torch.ones(2, 2), 0, out=(torch.zeros(2), torch.zeros(2).int()))
r = torch.max(torch.ones(2, 2), out=torch.zeros(()).double())
r = torch.cumsum(torch.ones(2, 2), 0, out=torch.zeros(2, 2).double())
r = torch.cumsum(torch.ones(2, 2), 0, out=torch.zeros(2, 2).int())
r = torch.cumsum(torch.ones(2, 2), 0, dtype=torch.float64, out=torch.zeros(2, 2))
r = torch.cumprod(torch.ones(2, 2), 0, out=torch.zeros(2, 2).int())
r = torch.sort(torch.ones(2, 2), out=(torch.zeros(2, 2).double(), torch.zeros(2, 2).long()))
r = torch.sort(torch.ones(2, 2), out=(torch.zeros(2, 2), torch.zeros(2, 2).int()))
r = torch.topk(torch.ones(2, 2), 1, out=(torch.zeros(2, 1).double(), torch.zeros(2, 1).long()))
r = torch.topk(torch.ones(2, 2), 1, out=(torch.zeros(2, 1), torch.zeros(2, 1).int()))
r = torch.float_power(torch.ones(2), 2, out=torch.zeros(2))
r = torch.float_power(torch.ones(2), 2, out=torch.zeros(2).double())
r = torch.float_power(torch.ones(2), torch.ones(2), out=torch.zeros(2))
r = torch.float_power(2, torch.ones(2), out=torch.zeros(2))
r = torch.float_power(torch.ones(2), 2, out=torch.zeros(2).int())
r = torch.ones(2, 2).gather(0, t([[0, 1]]), out=torch.zeros(1, 2))
r = torch.gather(torch.ones(2, 2), 0, t([[0, 1]]), out=torch.zeros(1, 2))
r = torch.gather(torch.ones(2, 2), 0, t([[0, 1]]), out=torch.zeros(1, 2).double())
r = torch.ones(2).add(1, out=torch.zeros(2))
r = torch.ones(2).sum(0, out=torch.zeros(()))
r = torch.ones(2, 2).index_select(0, t([0]), out=torch.zeros(1, 2))
r = torch.ones(2).cumsum(0, out=torch.zeros(2))
r = torch.ones(2).clamp(0, out=torch.zeros(2))
r = torch.mm(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.mm(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).int())
r = torch.matmul(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.dot(torch.ones(2), torch.ones(2), out=torch.zeros(()).double())
r = torch.bmm(torch.ones(2, 2, 2), torch.ones(2, 2, 2), out=torch.zeros(2, 2, 2).double())
r = torch.addmm(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.maximum(torch.ones(2), torch.ones(2), out=torch.zeros(2).int())
r = torch.where(t([True, False]), torch.ones(2), torch.ones(2), out=torch.zeros(2).double())
r = torch.where(t([True, False]), torch.ones(2), torch.ones(2), out=torch.zeros(2).int())
r = torch.eq(torch.ones(2), 1, out=torch.zeros(2))
r = torch.logical_and(torch.ones(2), torch.ones(2), out=torch.zeros(2))
r = torch.sin(torch.ones(2), out=torch.zeros(2).int())
r = torch.sin(torch.ones(2).int(), out=torch.zeros(2).int())
r = torch.floor(torch.ones(2), out=torch.zeros(2).double())
r = torch.sign(torch.ones(2), out=torch.zeros(2).int())
r = torch.stack((torch.ones(2), torch.ones(2)), out=torch.zeros(2, 2).int())
r = torch.cat((torch.ones(2), torch.ones(2)), out=torch.zeros(4).int())
r = torch.histc(torch.ones(2), 3, out=torch.zeros(3).double())
r = torch.linspace(0, 1, 3, out=torch.zeros(3).int())
r = torch.arange(3, out=torch.zeros(3))
r = torch.arange(3., out=torch.zeros(3).int())
r = torch.full((2,), 1.5, out=torch.zeros(2).int())
r = torch.eye(2, out=torch.zeros(2, 2).int())
r = torch.renorm(torch.ones(2, 2), 2, 0, 1., out=torch.zeros(2, 2).double())
r = torch.lerp(torch.ones(2), torch.ones(2), 0.5, out=torch.zeros(2).double())
r = torch.addcmul(torch.ones(2), torch.ones(2), torch.ones(2), out=torch.zeros(2).int())
r = torch.quantile(torch.ones(2), 0.5, out=torch.zeros(()).double())
r = torch.kron(torch.ones(2), torch.ones(2), out=torch.zeros(4).int())
r = torch.tril(torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.diag(torch.ones(2), out=torch.zeros(2, 2).double())
r = torch.cross(torch.ones(3), torch.ones(3), out=torch.zeros(3).double())
r = torch.searchsorted(t([1, 2]), t([1]), out=torch.zeros(1))
r = torch.searchsorted(t([1, 2]), t([1]), out=torch.zeros(1).int())
r = torch.baddbmm(torch.ones(2, 2, 2), torch.ones(2, 2, 2), torch.ones(2, 2, 2), out=torch.zeros(2, 2, 2).double())
r = torch.addr(torch.ones(2, 2), torch.ones(2), torch.ones(2), out=torch.zeros(2, 2).double())
r = torch.outer(torch.ones(2), torch.ones(2), out=torch.zeros(2, 2).double())
r = torch.triu(torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.triu(torch.ones(2, 2), out=torch.zeros(2, 2).int())
r = torch.linalg.cross(torch.ones(3), torch.ones(3), out=torch.zeros(3).double())
r = torch.msort(torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.argmin(torch.ones(2, 2), out=torch.zeros(()).int())
r = torch.min(torch.ones(2, 2), 0, out=(torch.zeros(2).double(), torch.zeros(2).long()))
r = torch.max(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.max(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).int())
r = torch.clip(torch.ones(2), 0, out=torch.zeros(2).double())
r = torch.clamp_max(torch.ones(2), 0, out=torch.zeros(2).double())
r = torch.clamp_max(torch.ones(2), torch.ones(2), out=torch.zeros(2).double())
r = torch.clamp(torch.ones(2), torch.ones(2), out=torch.zeros(2).double())
r = torch.all(torch.ones(2, 2), 0, out=torch.zeros(2).byte())
r = torch.all(torch.ones(2, 2).byte(), 0, out=torch.zeros(2).byte())
r = torch.bucketize(t([1]), t([1, 2]), out=torch.zeros(1))
r = torch.bucketize(t([1]), t([1, 2]), out_int32=True, out=torch.zeros(1).long())
r = torch.bucketize(t([1]), t([1, 2]), out_int32=True, out=torch.zeros(1).int())
r = torch.nanquantile(torch.ones(2), 0.5, out=torch.zeros(()).double())
r = torch.vdot(torch.ones(2), torch.ones(2), out=torch.zeros(()).double())
r = torch.linalg.norm(torch.ones(2), out=torch.zeros(()).double())
r = torch.matmul(torch.ones(2), torch.ones(2), out=torch.zeros(()).double())
r = torch.linalg.matmul(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2).double())
r = torch.isposinf(torch.ones(2), out=torch.zeros(2).byte())
r = torch.where(t([True]), torch.ones(1), torch.ones(1).double(), out=torch.zeros(1).double())
r = torch.float_power(t([1, 2]), 2, out=torch.zeros(2).half())
r = torch.amax(torch.ones(2, 2), (0, 1), out=torch.zeros(()).half())
r = torch.norm(torch.ones(2, 2), out=torch.zeros(()).double())
r = torch.norm(torch.ones(2, 2), 1, out=torch.zeros(()).double())
r = torch.norm(torch.ones(2, 2), dim=0, dtype=torch.float64, out=torch.zeros(2))
r = torch.sum(torch.ones(2, 2), 0, dtype=torch.int64, out=torch.zeros(2))
r = torch.cumprod(torch.ones(2, 2), 0, dtype=torch.float64, out=torch.zeros(2, 2))
r = torch.prod(torch.ones(2, 2), 0, dtype=torch.float64, out=torch.zeros(2))
r = torch.mean(torch.ones(2, 2), 0, dtype=torch.float64, out=torch.zeros(2))
r = torch.sum(t([.5, .5]), 0, out=torch.zeros(()).int())
r = torch.sum(t([.5, .5]), out=torch.zeros(()).double())
r = torch.sum(t([True, True]), out=torch.zeros(()).byte())
r = torch.prod(t([1.5, 2.5]), 0, out=torch.zeros(()).int())
r = torch.cumsum(t([1.5, 2.5]), 0, out=torch.zeros(2).int())
r = torch.cumprod(t([1.5, 2.5]), 0, out=torch.zeros(2).double())
r = torch.linspace(0, 1, 3, out=torch.zeros(3).int())
r = torch.linspace(0, 1, 3, out=torch.zeros(3).double())
r = torch.logspace(0, 1, 3, out=torch.zeros(3).int())
r = torch.arange(3., out=torch.zeros(3).int())
r = torch.arange(0, 3, 0.7, out=torch.zeros(5).double())
r = torch.full((2,), 1.5, out=torch.zeros(2).int())
r = torch.full((2,), 300, out=torch.zeros(2).byte())
r = torch.eye(2, out=torch.zeros(2, 2).int())
r = torch.zeros(2, out=torch.ones(2).int())
r = torch.ones(2, out=torch.zeros(2).bool())
r = torch.zeros(2, dtype=torch.float64, out=torch.ones(2).int())
r = torch.ones(2, dtype=torch.float64, out=torch.ones(2))
r = torch.full((2,), 1., dtype=torch.float64, out=torch.ones(2))
r = torch.arange(3, dtype=torch.float64, out=torch.ones(3))
r = torch.linspace(0, 1, 3, dtype=torch.float64, out=torch.ones(3))
r = torch.eye(2, dtype=torch.float64, out=torch.ones(2, 2))
""",
    "nan": r"""
x = t([1., nan, 3., nan], requires_grad=True); torch.amax(x, 0).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.amin(x, 0).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.max().backward(); r = x.grad
x = t([1., nan, nan], requires_grad=True); x.max().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.max(0)[0].backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); x.amax(1).sum().backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); x.amax((0, 1)).sum().backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); a, b = x.aminmax(); (a+b).backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); a, b = x.aminmax(dim=1); (a+b).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([1., -inf, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([-inf, -inf, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([1., inf, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([1., 2., 3.], requires_grad=True); torch.logcumsumexp(x, 0).backward(t([1., nan, 1.])); r = x.grad
x = t([1., 2., 3.], requires_grad=True); torch.logcumsumexp(x, 0).backward(t([1., -2, 0.])); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([1., nan, 0.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([0., nan, 0.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([0., inf, 2.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([2., inf, 3.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([[1., nan, 0.], [1, 2, 0]], requires_grad=True); x.prod(1).sum().backward(); r = x.grad
x = t([[1., nan, 3.], [0, 2, 0]], requires_grad=True); x.prod(1).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.cummax(0)[0].sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.median().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.nanmedian().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.logsumexp(0).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.norm().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.norm(inf).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.norm(1).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.std().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.nansum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.clamp(0, 2).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.maximum(x, t([1., 1., nan])).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.fmax(x, t([1., 1., nan])).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.relu(x).sum().backward(); r = x.grad
x = t([1., nan, -0.], requires_grad=True); x.abs().sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.leaky_relu(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.hardtanh(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.softshrink(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.elu(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.hardsigmoid(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.hardswish(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.threshold(x, 0., 5.).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nan_to_num(x).sum().backward(); r = x.grad
x = t([[1., nan, -3.]], requires_grad=True); torch.nn.functional.max_pool1d(x, 2, 1).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); x.pow(0).sum().backward(); r = x.grad
x = t([0., nan, inf], requires_grad=True); torch.xlogy(x, t(0.)).sum().backward(); r = x.grad
r = torch.searchsorted(t([1., 2., nan]), t([0., 1.5, nan, 3.]))
r = torch.searchsorted(t([1., nan, nan]), t([0., 1.5, nan, 3.]), right=True)
r = torch.searchsorted(t([1., nan, 2.]), t([0., 1.5, nan, 3.]), right=True)
r = torch.searchsorted(t([nan, 1., 2.]), t([0., 1.5, nan, 3.]))
r = torch.searchsorted(t([nan, nan, nan]), t([0., 1.5, nan, 3.]))
r = torch.bucketize(t([0., 1.5, nan, 3.]), t([1., 2., nan]))
r = torch.bucketize(t([0., 1.5, nan, 3.]), t([1., 2., nan]), right=True)
r = torch.bucketize(t([2, 1]), t([2, 1]))
r = torch.searchsorted(t([5, 3, 1]), t([1, 2, 3, 4, 5, 6]))
r = torch.searchsorted(t([5, 3, 1, 9, 2, 7]), t([1, 2, 3, 4, 5, 6]), right=True)
r = torch.searchsorted(t([False, True]), t([True, False]))
r = torch.searchsorted(t([1., 2., 3.]), 2)
r = torch.searchsorted(t([1, 2, 3]), 2.5)
r = torch.searchsorted(t([1., 2., 3.]), t([1, 2]))
""",
    "order": r"""
r = torch.arange(6).view(2, 3).t().sort(0)
r = torch.arange(24).view(2, 3, 4).transpose(0, 2).sort(1, descending=True)
r = torch.arange(24).view(2, 3, 4).transpose(0, 2).argsort(1)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.bernoulli(p)
torch.manual_seed(0); p = torch.rand(4, 3)[:, ::2]; r = torch.bernoulli(p)
torch.manual_seed(0); p = torch.rand(3).expand(4, 3); r = torch.bernoulli(p)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.empty(3, 4).bernoulli_(p)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.empty(4, 3).t().bernoulli_(p)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.bernoulli(p, 0.3)
torch.manual_seed(0); r = torch.empty(4, 3).t().bernoulli_(0.3)
torch.manual_seed(0); r = torch.empty(4, 3).t().uniform_()
torch.manual_seed(0); r = torch.empty(4, 3).t().normal_()
torch.manual_seed(0); r = torch.empty(4, 5).t().normal_()
torch.manual_seed(0); r = torch.normal(torch.rand(4, 5).t(), 1.)
torch.manual_seed(0); r = torch.normal(torch.rand(4, 5).t(), torch.rand(5, 4))
torch.manual_seed(0); r = torch.poisson(torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.rand_like(torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.randn_like(torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.randint_like(torch.rand(4, 3).t(), 0, 9)
torch.manual_seed(0); r = torch.nn.functional.dropout(torch.ones(4, 3).t())
torch.manual_seed(0); r = torch.binomial(torch.ones(4, 3).t()*5, torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.empty(4, 3).t().exponential_()
torch.manual_seed(0); r = torch.empty(4, 3).t().random_(10)
torch.manual_seed(0); r = torch.empty(4, 3).t().geometric_(0.3)
torch.manual_seed(0); r = torch.empty(4, 3)[:, :2].normal_()
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1).flip(0)
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1).flip(1, 2)
r = torch.arange(24).view(2, 3, 4).permute(1, 0, 2).flip(1)
r = torch.arange(24).view(2, 3, 4)[:, ::2].flip(1)
r = torch.arange(24).view(2, 3, 4).transpose(1, 2).flip(())
r = torch.arange(24).view(2, 3, 4).transpose(1, 2).roll(1, 1)
r = torch.arange(24).view(2, 3, 4).transpose(1, 2).rot90()
r = torch.arange(24).view(4, 6).t().fliplr()
r = torch.arange(24).view(4, 6).t().flipud()
r = torch.arange(3).expand(2, 3).flip(0)
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)[t([0, 1])]
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)[:, t([0, 1])]
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)[:, :, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[:, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[:, :, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[t([0, 1]), :, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[:, t([[0, 1], [1, 2]])]
r = torch.arange(24).view(2, 3, 4)[:, :, t([[0, 1], [1, 2]])]
r = torch.arange(24).view(2, 3, 4)[:, t([0, 1, 1]), t([0, 1, 1])]
r = torch.arange(24).view(2, 3, 4)[t([[0, 1], [1, 0]]).t()]
r = torch.arange(24).view(2, 3, 4).transpose(0, 1)[t([[0, 1], [1, 0]]).t()]
r = torch.arange(24).view(2, 3, 4)[t([0, 1]), t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[t([True, False])]
r = torch.arange(24).view(2, 3, 4)[:, t([True, False, True])]
r = torch.arange(24).view(2, 3, 4)[:, :, t([True, False, True, True])]
r = torch.arange(24).view(4, 6).t()[torch.arange(24).view(4, 6).t()>3]
r = torch.arange(6).view(2, 3)[:, t([0, 2])]
r = torch.arange(6).view(2, 3)[:, [0, 2]]
r = torch.arange(6).view(2, 3).t()[[0, 2]]
r = torch.arange(6).view(2, 3).t()[:, [0, 1]]
r = torch.arange(6).view(2, 3).index_select(1, t([0, 2]))
r = torch.arange(6).view(2, 3).t().index_select(0, t([0, 2]))
r = torch.arange(6).view(2, 3).t().take_along_dim(t([[0], [1], [0]]), 1)
r = torch.arange(6).view(2, 3).t().gather(1, t([[0], [1], [0]]))
r = torch.arange(6).view(2, 3).t().scatter(1, t([[0], [1], [0]]), 9)
r = torch.arange(6).view(2, 3).t().index_add(1, t([0]), torch.ones(3, 1, dtype=torch.int64))
r = torch.arange(6).view(2, 3).t().index_fill(1, t([0]), 3)
r = torch.arange(6).view(2, 3).t().masked_fill(t([True, False]), 3)
r = torch.arange(6).view(2, 3).t().cumsum(0)
r = torch.arange(6.).view(2, 3).t().tril()
r = torch.arange(6.).view(2, 3).t().clone()
r = torch.arange(6.).view(2, 3).t().repeat(2, 1)
r = torch.arange(6.).view(2, 3).t().to(torch.float64)
r = torch.cat([torch.arange(6.).view(2, 3).t(), torch.arange(6.).view(2, 3).t()])
r = torch.stack([torch.arange(6.).view(2, 3).t(), torch.arange(6.).view(2, 3).t()])
r = torch.where(torch.arange(6.).view(2, 3).t()>2, torch.arange(6.).view(2, 3).t(), 0.)
r = torch.nn.functional.pad(torch.arange(6.).view(2, 3).t(), (1, 1))
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(x.cumprod(0).sum(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(torch.logcumsumexp(x, 0).sum(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(x.prod(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(x.cumsum(0).sum(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad((x*x).sum(), x, create_graph=True); r = g.requires_grad
x = torch.ones(2, requires_grad=True); g, = torch.autograd.grad(x.cumprod(0).sum(), x, create_graph=True); r = (g.requires_grad, g)
r = [1/torch.fmax(t([-0., 0.]), t([0., -0.])), 1/torch.fmin(t([-0., 0.]), t([0., -0.]))]
r = torch.vander(t([1., 2, 3]))
r = torch.vander(t([1, 2, 3]), N=2, increasing=True)
r = torch.vander(t([1, 2, 3]), increasing=True)
r = torch.vander(t([1, 2, 3]), N=0)
r = torch.vander(t([1, 2, 3]), N=-1)
r = torch.vander(t([[1, 2, 3]]))
r = torch.vander(t([True, False]))
r = torch.vander(t([1, 2]).to(torch.int8), 3)
r = torch.linalg.vander(t([1, 2, 3]))
r = torch.Size('a')
r = torch.Size(['a'])
r = torch.Size([1.5])
r = torch.Size(3)
r = torch.Size([1, True])
r = torch.Size(t([1, 2]))
r = torch.Size([t(1), t(2)])
r = torch.Size((1, 2))+(3,)
r = torch.Size([None])
""",
}

# Numbers and 0-d tensors that the other operand's dtype does not hold: they wrap or round, or are an error.
OPERATIONS = """a + b|a - b|a * b|a // b|a % b|a == b|a < b|a >= b|b - a|b < a|b // a|b % a|torch.fmod(a, b)|a.sub_(b)|a.lt_(b)
torch.div(a, b, rounding_mode="floor")|torch.div(a, b, rounding_mode="trunc")|torch.where(a > 2, a, b)|torch.clamp(a, b)
torch.clamp(a, max=b)|a.masked_fill(a > 2, b)|a.mul_(b)|a.floor_divide_(b)""".replace("\n", "|").split("|")
ON_INTEGERS = ["a & b", "a | b", "a << b", "a >> b"]
ON_TENSORS = ["torch.maximum(a, b)", "torch.fmax(a, b)", "torch.logical_and(a, b)", "torch.maximum(b, a)", "a ** b"]
ON_NUMBERS = """a ** b|torch.add(a, a, alpha=b)|torch.sub(a, a, alpha=b)|torch.addcmul(a, a, a, value=b)|torch.full_like(a, b)
a.new_full((2,), b)|a.fill_(b)|torch.threshold(a, 3, b)|a.scatter(0, t([0]), b)|a.index_fill(0, t([0]), b)
torch.scalar_tensor(b, dtype=a.dtype)|t(b, dtype=a.dtype)
a[t([0])].add_(b)|a.index_add(0, t([0]), a[:1], alpha=b)""".replace("\n", "|").split("|")
INTEGERS = ["256", "-256", "300", "-1", "2**31", "2**32 + 5", "3"]
FLOATS = ["70000", "70000.0", "2049", "2049.5", "257.3", "1e39", "-0.7"]


def _beyond():
    for dtype in ("uint8", "int8", "int16", "int32", "bool"):
        for number in INTEGERS:
            for f in OPERATIONS + ON_INTEGERS + ON_NUMBERS:
                yield f"a = t([1, 5, 100, 0], dtype=torch.{dtype}); b = {number}; r = {f}"
            for f in OPERATIONS + ON_INTEGERS + ON_TENSORS:
                yield f"a = t([1, 5, 100, 0], dtype=torch.{dtype}); b = t({number}); r = {f}"
    # Not what PyTorch rounds in other places at the end of a tensor than inside.
    half = [f for f in OPERATIONS + ON_NUMBERS if f != "b // a" and "alpha" not in f]
    for dtype in ("float16", "bfloat16"):
        for number in FLOATS:
            for f in half:
                yield f"a = t([1.5, 2.25, 100.3, -0.7], dtype=torch.{dtype}); b = {number}; r = {f}"
            for f in [f for f in OPERATIONS if f != "b // a"] + ON_TENSORS:
                yield f"a = t([1.5, 2.25, 100.3, -0.7], dtype=torch.{dtype}); b = t({number}); r = {f}"
        for f in [f for f in OPERATIONS if "_(" not in f and f != "b // a"] + ON_TENSORS:
            yield f"a = t([1.5, 2.25, 100.3, -0.7], dtype=torch.{dtype}); b = t([2049, 257, 65536, 70001]); r = {f}"


def programs():
    """(topic, program) of every snippet."""
    lines = [(topic, line) for topic, text in TOPICS.items() for line in text.strip().splitlines()]
    return lines + [("numbers", program) for program in _beyond()]


def outcome(torch, program):
    """What a program ends in, as JSON."""
    integers = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
    names = {"torch": torch, "t": torch.tensor, "inf": torch.inf, "nan": torch.nan, "whole": lambda x: [x.to(d) for d in integers]}
    try:
        exec(program, names)
    except Exception as error:
        return {"error": [type(error).__name__, masked(error)]}
    return plain(torch, names["r"])


def plain(torch, value):
    """Tensors as dtype, shape, strides and elements; sequences of them; the text of the rest."""
    if isinstance(value, torch.Tensor):
        elements = [repr(x) for x in value.detach().reshape(-1).tolist()]
        strides = list(value.stride()) if value.numel() > 1 else []
        return {"dtype": str(value.dtype)[6:], "shape": list(value.shape), "strides": strides, "elements": elements}
    if isinstance(value, (tuple, list)):
        return [plain(torch, v) for v in value]
    return repr(value)
