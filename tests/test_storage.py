"""Storages, copies that share memory as their originals do, and tensors of inference mode."""
import io
import pickle
import subprocess
import sys
import warnings
from copy import deepcopy

import golden_files
import pytest

import rgrad as torch


def test_tensors_share_memory_when_they_share_a_storage():
    x = torch.arange(6.0).view(2, 3)
    s = x.untyped_storage()
    assert s is x[1].untyped_storage() and s.data_ptr() == x.data_ptr() and s.nbytes() == len(s) == s.size() == 24
    assert s.data_ptr() != x.clone().untyped_storage().data_ptr()
    assert s.tolist()[4:8] == [0, 0, 128, 63] and s[6] == 128 and s[:2].tolist() == [0, 0]
    assert str(s.device) == "cpu" and s.element_size() == 1 and torch.is_storage(s) and not torch.is_storage(x)
    assert s.clone().tolist() == s.tolist() and s.clone() != s and s == x.t().untyped_storage()
    s[2], s[3] = 128, 63
    assert x[0, 0] == 1.0
    with pytest.raises(IndexError):
        s[24]


def test_a_typed_storage_reads_elements():
    x = torch.arange(6.0).view(2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        s = x[1:].storage()
        assert s.tolist() == list(s) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] and s[4] == 4.0 and s.dtype == torch.float32
        assert len(s) == s.size() == 6 and s.nbytes() == 24 and s.type() == "torch.FloatStorage"
        assert s.long().tolist() == [0, 1, 2, 3, 4, 5] and torch.FloatStorage([1, 2]).tolist() == [1.0, 2.0]
        assert torch.TypedStorage(3, dtype=torch.int64).fill_(7).tolist() == [7, 7, 7]
        assert x.storage_type() is torch.FloatStorage


def test_set_takes_over_memory():
    x = torch.arange(6.0)
    assert torch.empty(0).set_(x).data_ptr() == x.data_ptr()
    assert torch.empty(0).set_(x.untyped_storage(), 1, (2, 2), (1, 2)).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert torch.empty(0).set_(x.untyped_storage()).tolist() == x.tolist()
    assert torch.empty(3).set_().shape == (0,)
    y = torch.empty(0).set_(x.untyped_storage(), 0, (30,), (1,))
    assert y.shape == (30,) and y[:6].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] and x.untyped_storage().nbytes() == 120


def test_copies_share_memory_as_the_originals_do():
    z = torch.arange(6.0).view(2, 3)
    a, b, c = deepcopy([z, z[1], z.t()])
    assert a.untyped_storage() == b.untyped_storage() == c.untyped_storage() != z.untyped_storage()
    assert b.storage_offset() == 3 and c.stride() == (1, 3) and b._base is None
    a[1] = 9
    assert b.tolist() == [9.0] * 3 and z[1].tolist() == [3.0, 4.0, 5.0]
    layer = torch.nn.Linear(2, 2)
    layer.again = layer.weight
    copied = deepcopy(layer)
    assert copied.again is copied.weight and copied.weight.requires_grad and type(copied.weight) is torch.nn.Parameter
    assert deepcopy(torch.ones(1).expand(3)).stride() == (0,)
    assert deepcopy(torch.empty(0)).shape == (0,)


def test_saved_tensors_share_memory_as_the_originals_do():
    z, file = torch.arange(6.0).view(2, 3), io.BytesIO()
    torch.save([z[1], z, z.t()], file)
    file.seek(0)
    row, whole, turned = torch.load(file)
    row[0] = 9
    assert whole[1].tolist() == turned[:, 1].tolist() == [9.0, 4.0, 5.0] and z[1, 0] == 3
    assert row.storage_offset() == 3 and turned.stride() == (1, 3)


def test_pickles_of_computed_tensors_and_generators():
    w = torch.ones(2, requires_grad=True)
    assert pickle.loads(pickle.dumps(w * 2)).requires_grad
    g = torch.Generator().manual_seed(3)
    want = torch.rand(3, generator=deepcopy(g))
    assert torch.equal(torch.rand(3, generator=pickle.loads(pickle.dumps(g))), want)


def test_tensors_of_inference_mode_stay_out_of_recording():
    w = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        q, n = torch.ones(2), (w * 2)
        assert q.is_inference() and n.is_inference() and not n.requires_grad and not w.detach().is_inference()
        q.add_(1)
        with torch.inference_mode(False):
            assert not torch.ones(2).is_inference() and (w * 2).requires_grad
    assert q.is_inference() and q.view(2).is_inference() and q.detach().is_inference() and q.tolist() == [2.0, 2.0]
    assert not q.clone().is_inference() and not (q + 1).is_inference() and (q + w).requires_grad
    for write in (lambda: q.add_(1), lambda: q.zero_(), lambda: q[0].fill_(1), lambda: torch.add(w.detach(), 1, out=q)):
        with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode is not allowed"):
            write()
    for use in (lambda: q * w, lambda: w * q, lambda: q @ w):
        with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
            use()
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        q.requires_grad_()
    with torch.no_grad():
        assert (q * w).tolist() == [2.0, 2.0]
    plain = torch.zeros(2)
    plain.copy_(q)
    with torch.inference_mode():
        plain.add_(1)
    assert plain.tolist() == [3.0, 3.0] and not plain.is_inference() and plain._version == 2


def test_files_of_old_pytorch_are_read():
    tensors, model = golden_files.contents(torch)
    loaded = torch.load(golden_files.GOLDEN / "before_zip.pt")
    with open(golden_files.GOLDEN / "before_zip.pt", "rb") as file:
        again = torch.load(file)
    for read in (loaded, again):
        for name in ("x", "view", "empty", "half"):
            assert read[name].dtype == tensors[name].dtype and read[name].equal(tensors[name])
        assert read["list"][0].tolist() == [0, 1, 2] and read["list"][1:] == [1, "a"]
        assert model.load_state_dict(read["state"]) and read["state"]["0.weight"].equal(model[0].weight)
    loaded["x"][1, 0] = 100.0
    assert loaded["view"][0, 0] == 100.0


def test_what_is_no_saved_file_is_refused(tmp_path):
    data = (golden_files.GOLDEN / "before_zip.pt").read_bytes()
    for name, content, error in [
        ("empty", b"", EOFError), ("text", b"hello world", pickle.UnpicklingError), ("cut", data[:-10], EOFError),
        ("magic", pickle.dumps(7, 2), RuntimeError),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(error):
            torch.load(tmp_path / name)


def test_pickles_of_pytorch_tensors_are_read(tmp_path):
    (tmp_path / "program.py").write_text(
        "import pickle, sys, torch\nd = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(d['x'].sum(), d['t'].stride(), type(d['p']).__name__, d['p'].tolist())\n"
    )
    command = [sys.executable, "-m", "rgrad", tmp_path / "program.py", golden_files.GOLDEN / "pickled.pkl"]
    out = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert out.stdout == "tensor(66.) (1, 4) Parameter [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]\n", out.stderr
