"""There is no writer for TensorBoard here; importing this says what to use."""
raise ImportError(
    "torch.utils.tensorboard is not part of rgrad. The tensorboardX package writes the same files: "
    "'from tensorboardX import SummaryWriter', with tensors given as numbers or as tensor.numpy()."
)
