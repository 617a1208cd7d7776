//! Replays golden draws of torch.
