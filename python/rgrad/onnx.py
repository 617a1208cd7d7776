"""There is no exporter: programs that only import this go on, those that export are told."""
from __future__ import annotations


def is_in_onnx_export() -> bool:
    """False."""
    return False


def export(*args, **kwargs):
    """Raises: rgrad records no graph of operators."""
    raise RuntimeError("torch.onnx.export is not available in rgrad: save the state_dict and export it with PyTorch")


dynamo_export = export
