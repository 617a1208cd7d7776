"""Every mistake is an exception of PyTorch's class with PyTorch's text, and every place that raises is visited."""
import os
import re
import warnings

import pytest

import errors
import rgrad as torch
import rgrad.utils.checkpoint
import rgrad.utils.data
from golden_errors import golden

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def reasons(groups):
    """Program: reason, of reason: programs."""
    return {program: reason for reason, programs in groups.items() for program in programs}


# Programs that rgrad takes, by why. PyTorch refuses them.
ACCEPTED = reasons({
    "a legacy constructor of another dtype converts": [
        'torch.LongTensor(torch.ones(2))',
    ],
    "a gradient for an argument that is no tensor is ignored": [
        'class G(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x, n): return x * n\n'
        '    @staticmethod\n    def backward(ctx, g): return g, g\n'
        'x = torch.ones(3, requires_grad=True); G.apply(x, 2).sum().backward()',
    ],
    "an uninitialised parameter has no elements": [
        'nn.UninitializedParameter() + 1',
    ],
    "one process is a group of one": [
        'torch.utils.data.DistributedSampler([1])',
    ],
    "memory formats are accepted and change nothing": [
        'torch.ones(2).contiguous(memory_format=torch.channels_last)',
    ],
})

# Programs whose class differs: rgrad's, and why.
OTHER_CLASS = {
    'torch.ones(2, device="cuda")': ("AssertionError", "the oracle looks for a driver; builds without CUDA say this"),
    'torch.Generator("cuda")': ("AssertionError", "the oracle looks for a driver; builds without CUDA say this"),
    'nn.Linear(2, 3).cuda()': ("AssertionError", "the oracle looks for a driver; builds without CUDA say this"),
    'torch.ones(2).to("cuda")': ("AssertionError", "the oracle looks for a driver; builds without CUDA say this"),
    'torch.ones(2).cuda()': ("AssertionError", "the oracle looks for a driver; builds without CUDA say this"),
    'torch.ones(2, 3).movedim(0, (0, 1))': ("RuntimeError", "ints stand for lists of one"),
    'torch.norm(1)': ("TypeError", "PyTorch trips over its own Python here"),
    'torch.add(torch.ones(2), 1, out=1)': ("TypeError", "PyTorch makes a tensor of the number first"),
    'nn.Linear(2, 3).to(1, 2, 3, 4)': ("AssertionError", "the first argument is read as a device number"),
    'torch.set_num_threads("a")': ("TypeError", "an argument error like any other"),
    'torch.ones(2, 2).permute(dims=1)': ("RuntimeError", "ints stand for lists of one"),
}

# Programs whose text differs, by why; the class is PyTorch's.
KNOWN = reasons({
    "PyTorch's allocator or its lists give up first": [
        'torch.tensor_split(torch.ones(2), 2 ** 60)',
        'torch.chunk(torch.ones(0), 2 ** 60)',
    ],
    "PyTorch prints a list after it": [
        'F.embedding_bag(torch.tensor([1, 1]), torch.ones(3, 2), torch.tensor([1]))',
    ],
    "legacy constructor": [
        'torch.Tensor([1, "a"])',
    ],
    "PyTorch prints the elements": [
        'torch.meshgrid(torch.ones(2, 2), indexing="ij")',
    ],
    "PyTorch multiplies before it looks": [
        'torch.ones(2).resize_(-1)',
    ],
    "PyTorch folds from the largest float": [
        'torch.histc(torch.tensor([inf]))',
    ],
    "the mask is checked before its dimensions": [
        'torch.ones(2).index_put_((torch.ones(2, 2).bool(),), torch.ones(1))',
    ],
    "the view is made in the no_grad mode of forward": [
        'class G(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return x.view(3)\n'
        '    @staticmethod\n    def backward(ctx, g): return g\n'
        'x = torch.ones(3, requires_grad=True); y = G.apply(x); y.add_(1)',
    ],
    "the name of the core function": [
        'torch.set_grad_enabled("a")',
    ],
    "the name of the parameter in the documentation": [
        'x = torch.ones(2); x.copy_("a")',
    ],
    "PyTorch calls a method": [
        'F.softmax(torch.ones(2), "a")',
    ],
    "without the slip in the text": [
        'F.rms_norm(torch.ones(2, 3), (2,))',
    ],
    "the class is not abstract": [
        'len(torch.utils.data.DataLoader(torch.utils.data.IterableDataset()))',
    ],
    "PyTorch calls another function": [
        'torch.norm(torch.ones(2), 2, "a")',
    ],
    "PyTorch reads a string as a sequence": [
        'F.unfold(torch.ones(1, 3, 5, 5), "a")',
        'F.fold(torch.ones(1, 12, 16), "a", 2)',
    ],
    "Python's own words": [
    ],
    "the list of signatures, or which one is meant, is told differently": [
        'torch.full(2)',
        'torch.arange()',
        'torch.linspace(0, 1)',
        'torch.device(1.5)',
        'torch.add(1)',
        'torch.ones(2).add(1, 2, 3)',
        'torch.sub(torch.ones(2))',
        'torch.div(torch.ones(2), 2, rounding_mode=1)',
        'torch.copysign(torch.ones(2), "a")',
        'torch.float_power(torch.ones(2), "a")',
        'torch.true_divide(torch.ones(2), "a")',
        'torch.ones(2, 3).squeeze("a")',
        'torch.max(torch.ones(2), "a")',
        'torch.all(1)',
        'torch.ones(2).masked_fill(1, 2)',
        'x = torch.ones(3, requires_grad=True); x.exp().grad_fn.__class__()',
        'torch.max(torch.ones(2, 2), 0, out=1)',
        'x = torch.ones(2); x.T = 1',
        'x = torch.ones(2); x.shape = (1, 2)',
        'x = torch.ones(2); x.is_leaf = False',
        'torch.rand(2, generator=1)',
        'torch.randint(3)',
        'torch.ones(2).double(1, 2)',
        'torch.ones(2).contiguous("a")',
        'torch.ones(2).clone(1)',
        'torch.where(torch.ones(2).bool(), "a", 1)',
        'torch.Tensor.add(1, 2)',
        'torch.Tensor.add()',
        'torch.Tensor.sum("a")',
        'torch.ones(2).masked_fill(torch.ones(2).bool())',
        'torch.ones(2).masked_fill(torch.ones(2).bool(), "a")',
        'torch.ones(2).sort(descending="a")',
        'torch.ones(2).sort(stable=True, foo=1)',
        'torch.ones(2).std(unbiased="a")',
        'torch.ones(2).eq()',
        'torch.ones(2).pow("a")',
        'torch.pow(2, 3)',
        'torch.pow("a", torch.ones(2))',
        'torch.randint(0, 3, "a")',
        'torch.arange(0, 1, 1, 1)',
        'torch.ones(2).backward(1, 2, 3, 4, 5)',
        'torch.ones(2).numpy(1)',
        'torch.Tensor.__new__(int)',
    ],
})

# What is visited in the core only, where the Python above it checks first: program and text.
CORE = [
    ("torch._C.einsum('i', [])", "einsum(): must provide at least one operand"),
    ("torch._C.glu(torch.tensor(1.0))", "glu does not support 0-dimensional tensors"),
    ("torch._C.adaptive_avg_pool2d(torch.ones(2, 3, 3), (2, 2, 2))", "adaptive_avg_pool2d: output_size must be 2"),
    (
        "torch._C.adaptive_max_pool2d(torch.ones(2, 3, 3), (2, 2, 2))",
        "adaptive_max_pool2d(): internal error: output_size.size() must be 2",
    ),
    ("torch.ctc_loss(torch.ones(3, 1, 4), torch.tensor([9]), (3,), (1,))", "Label 9 is out of bounds."),
]

# (file, words of the place): why no program comes there.
UNVISITED = {
    ("src/ops/recurrent.rs", "batch_sizes must fall"): "PyTorch computes something",
    ("src/ops/complex.rs", "the derivative for 'sgn'"): "a feature without Python",
    ("src/ops/nll.rs", "input tensor should be 1D or 2D"): "nll_loss_nd, the only caller, checks first",
    ("src/ops/nll.rs", "size mismatch (got input: {}, target: {})"): "nll_loss_nd, the only caller, checks first",
}


@pytest.fixture(scope="session")
def outcomes():
    """What rgrad says of each program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {program: errors.outcome(torch, program) for _, program in errors.programs()}


@pytest.mark.parametrize("topic", errors.TOPICS)
def test_class_and_text_are_pytorchs(topic, outcomes):
    wanted, wrong = golden(), []
    for program in (p for t, p in errors.programs() if t == topic):
        theirs, ours = wanted[program], outcomes[program]
        if program in ACCEPTED:
            same = ours is None
        elif program in OTHER_CLASS:
            same = ours is not None and ours[0] == OTHER_CLASS[program][0]
        elif program in KNOWN:
            same = ours is not None and ours[0] == theirs[0] and ours[1] != theirs[1]
        else:
            same = ours == theirs
        if not same:
            wrong.append(f"{program}\n    PyTorch: {theirs}\n    rgrad:   {ours}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong)


def test_nothing_panics(outcomes):
    assert not [p for p, ours in outcomes.items() if ours and ("panicked" in ours[1] or "Panic" in ours[0])]


def sites():
    """(file, line) of every ``fail!`` in src/, tests apart: the line where the macro's name stands."""
    out = set()
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in (n for n in names if n.endswith(".rs") and n not in ("error.rs", "tests.rs")):
            path = os.path.join(folder, name)
            with open(path) as f:
                for number, line in enumerate(f, 1):
                    if re.search(r"\bfail!\s*[(\[{]", line.split("//")[0]):
                        out.add((os.path.relpath(path, ROOT).replace(os.sep, "/"), number))
    return out


def test_every_place_that_raises_is_visited(outcomes):
    for program, text in CORE:
        assert errors.outcome(torch, program)[1] == text
    visited = {(file, line) for file, line in torch._C._error_sites()}
    missed = []
    for file, line in sorted(sites() - visited):
        with open(os.path.join(ROOT, file)) as f:
            text = " ".join(part.strip() for part in f.read().splitlines()[line - 1 : line + 2])
        if not any(file == where and words in text for where, words in UNVISITED):
            missed.append(f"{file}:{line}: {text[:120]}")
    assert not missed, "no program of errors.py raises here:\n" + "\n".join(missed)
