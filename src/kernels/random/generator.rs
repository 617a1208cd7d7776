//! torch.Generator on the CPU: the engine, the 64-bit seed and the second halves of normal pairs kept for later.
//! `get_state` and `set_state` speak torch's 5056 bytes, so states can be exchanged with it.

use crate::kernels::random::level::Level;
use crate::kernels::random::mt19937::Mt19937;
use crate::kernels::random::mt19937::WORDS;

/// The seed of a new `torch.Generator()`.
pub const DEFAULT_SEED: u64 = 67280421310721;

/// Size of `get_state()`.
pub const STATE_BYTES: usize = 5056;

#[derive(Clone, Debug)]
pub struct Generator {
    pub(super) engine: Mt19937,
    seed: u64,
    /// Unscaled second normal of a serial pair.
    pub(super) cached_normal: Option<f64>,
    /// Never set by a draw; carried for states that have one.
    cached_normal_f32: Option<f32>,
}

impl Default for Generator {
    fn default() -> Generator {
        Generator::new(DEFAULT_SEED)
    }
}

impl Generator {
    /// Only the low 32 bits of the seed reach the engine.
    pub fn new(seed: u64) -> Generator {
        Generator { engine: Mt19937::new(seed as u32), seed, cached_normal: None, cached_normal_f32: None }
    }

    pub fn manual_seed(&mut self, seed: u64) {
        *self = Generator::new(seed);
    }

    pub fn initial_seed(&self) -> u64 {
        self.seed
    }

    #[inline]
    pub fn next32(&mut self) -> u32 {
        self.engine.next32()
    }

    /// Two outputs; the first is the high half.
    #[inline]
    pub fn next64(&mut self) -> u64 {
        let high = self.next32();
        let low = self.next32();
        (u64::from(high) << 32) | u64::from(low)
    }

    /// Uniform double in [0, 1) from the low 53 bits of `next64`.
    #[inline]
    pub(super) fn unit_f64(&mut self) -> f64 {
        (self.next64() & ((1 << 53) - 1)) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    pub(super) fn fill_words(&mut self, level: Level, out: &mut [u32]) {
        self.engine.fill(level, out);
    }

    pub fn get_state(&self) -> [u8; STATE_BYTES] {
        let mut bytes = [0; STATE_BYTES];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &self.seed.to_le_bytes());
        put(8, &self.engine.left.to_le_bytes());
        put(12, &1u32.to_le_bytes());
        put(16, &u64::from(self.engine.next).to_le_bytes());
        for (i, &word) in self.engine.words.iter().enumerate() {
            put(24 + 8 * i, &u64::from(word).to_le_bytes());
        }
        if let Some(value) = self.cached_normal {
            put(5024, &value.to_le_bytes());
            put(5040, &1u32.to_le_bytes());
        }
        if let Some(value) = self.cached_normal_f32 {
            put(5048, &value.to_le_bytes());
            put(5052, &[1]);
        }
        bytes
    }

    pub fn set_state(&mut self, bytes: &[u8]) -> std::result::Result<(), String> {
        if bytes.len() != STATE_BYTES {
            let found = bytes.len();
            return Err(format!("Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG state size to be {found}"));
        }
        let left = u32::from_le_bytes(field(bytes, 8));
        let seeded = u32::from_le_bytes(field(bytes, 12));
        let next = u64::from_le_bytes(field(bytes, 16));
        if seeded == 0 || left == 0 || left > WORDS as u32 || next > WORDS as u64 {
            return Err("Invalid mt19937 state".to_string());
        }
        let words = std::array::from_fn(|i| u64::from_le_bytes(field(bytes, 24 + 8 * i)) as u32);
        self.engine = Mt19937 { words, left, next: next as u32 };
        self.seed = u64::from_le_bytes(field(bytes, 0));
        self.cached_normal = (field(bytes, 5040) != [0; 4]).then(|| f64::from_le_bytes(field(bytes, 5024)));
        self.cached_normal_f32 = (bytes[5052] != 0).then(|| f32::from_le_bytes(field(bytes, 5048)));
        Ok(())
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("a slice of N bytes")
}
