//! PyTorch's CPU random numbers, bit for bit: one `Generator` (mt19937) and every draw as a loop over a slice.
//! Elements are written in the order of the slice; the caller passes memory order, as torch does. Draws are serial,
//! or have the bits of serial ones (`parts.rs`), so the thread count never matters. What a dtype changes is in `sample.rs`, what the CPU changes in `level.rs`.
//! Arguments are checked by the caller, except where torch itself checks per element (these return `Result`).

mod bernoulli;
mod binomial;
mod box_muller;
mod distributions;
mod generator;
mod integers;
mod level;
mod mt19937;
pub mod multinomial;
mod normal;
mod parts;
mod rejection;
mod sample;
mod uniform;

pub use generator::DEFAULT_SEED;
pub use generator::Generator;
pub use generator::STATE_BYTES;
pub use sample::Float;
pub use sample::Real;
pub use sample::Sample;

#[cfg(test)]
mod tests;
