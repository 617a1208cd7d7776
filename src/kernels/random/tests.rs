//! Replays the draws of torch in tests/golden (written by tests/golden_random.py, which holds the same calls) and
//! compares outputs and generator states bit for bit. The double formulas need torch's libm, so this runs on linux-gnu.

use half::bf16;
use half::f16;

use crate::kernels::random::DEFAULT_SEED;
use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Sample;
use crate::kernels::random::integers::remainder_by;
use crate::kernels::random::level::FORCED;
use crate::kernels::random::level::Level;
use crate::kernels::random::level::detect_cpu;

const SIZES: [usize; 17] = [0, 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 100, 1000, 3];
const PAYLOAD_SIZE: usize = 33;
const RATES: [f64; 9] = [0.0, 0.3, 1.0, 3.5, 9.75, 10.0, 12.5, 30.0, 90.0];
const SHAPES: [f64; 8] = [0.05, 0.3, 0.75, 1.0, 1.5, 2.0, 9.0, 30.0];
const EDGE_SHAPES: [f64; 3] = [0.0, -1.0, -0.5];
const CHANCES: [f64; 6] = [0.0, 0.125, 0.3, 0.5, 0.9, 1.0];
const COUNTS: [f64; 7] = [0.0, 1.0, 5.0, 20.0, 40.0, 100.0, 1000.0];

/// One line of a golden file and its payload.
struct Record<'a> {
    line: &'a str,
    call: &'a str,
    /// Every size is multiplied by this.
    factor: usize,
    dtype: &'a str,
    seed: u64,
    args: Vec<&'a str>,
    payload: &'a [u8],
    crc: u32,
}

fn records(mut data: &[u8]) -> Vec<Record<'_>> {
    let mut found = Vec::new();
    while !data.is_empty() {
        let end = data.iter().position(|&byte| byte == b'\n').expect("a line ends");
        let line = std::str::from_utf8(&data[..end]).expect("a line is text");
        let words: Vec<&str> = line.split(' ').collect();
        let (call, factor) = words[0].split_once('*').unwrap_or((words[0], "1"));
        let size: usize = words[4].parse().expect("a size");
        let (payload, rest) = data[end + 1..].split_at(size);
        found.push(Record {
            line,
            call,
            factor: factor.parse().expect("a factor"),
            dtype: words[1],
            seed: words[2].parse().expect("a seed"),
            args: words[3].split(',').collect(),
            payload,
            crc: words[5].parse().expect("a CRC"),
        });
        data = rest;
    }
    found
}

impl Record<'_> {
    fn real(&self, i: usize) -> f64 {
        self.args[i].parse().expect("a number")
    }

    fn integer(&self, i: usize) -> i64 {
        self.args[i].parse().expect("an integer")
    }
}

fn crc32(bytes: &[u8], start: u32) -> u32 {
    static TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut value = i as u32;
            let mut bit = 0;
            while bit < 8 {
                value = (value >> 1) ^ ((value & 1).wrapping_neg() & 0xEDB88320);
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    !bytes.iter().fold(!start, |crc, &byte| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)])
}

fn bytes_of<T: Sample>(values: &[T]) -> Vec<u8> {
    // SAFETY: the Sample types are plain numbers and bool, without padding.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) }.to_vec()
}

fn cycle<T: Sample>(values: &[f64], n: usize) -> Vec<T> {
    (0..n).map(|i| T::from_f64(values[i % values.len()])).collect()
}

fn draw<T: Sample>(n: usize, fill: impl FnOnce(&mut [T])) -> Vec<u8> {
    let mut out = vec![T::from_bool(true); n];
    fill(&mut out);
    bytes_of(&out)
}

/// The calls every dtype has.
fn replay_any<T: Sample>(g: &mut Generator, r: &Record, n: usize) -> Vec<u8> {
    match r.call {
        "randint" => draw::<T>(n, |out| g.randint(out, r.integer(0), Some(r.integer(1)))),
        "randint_open" => draw::<T>(n, |out| g.randint(out, r.integer(0), None)),
        "random" => draw::<T>(n, |out| g.random(out)),
        "randperm" => draw::<i64>(n, |out| g.randperm(out)),
        "bernoulli" => draw::<T>(n, |out| g.bernoulli(out, r.real(0))),
        "geometric" => draw::<T>(n, |out| g.geometric(out, r.real(0))),
        call => panic!("unknown call {call}"),
    }
}

fn replay_float<T: Float>(g: &mut Generator, r: &Record, n: usize) -> Vec<u8> {
    match r.call {
        "uniform" => draw::<T>(n, |out| g.uniform(out, r.real(0), r.real(1))),
        "normal" => draw::<T>(n, |out| g.normal(out, r.real(0), r.real(1))),
        "normal_serial" => draw::<T>(n, |out| g.normal_serial(out, r.real(0), r.real(1))),
        "bernoulli_each" => draw::<T>(n, |out| g.bernoulli_each(out, &cycle::<T>(&CHANCES, n)).expect("chances")),
        "exponential" => draw::<T>(n, |out| g.exponential(out, r.real(0))),
        "cauchy" => draw::<T>(n, |out| g.cauchy(out, r.real(0), r.real(1))),
        "log_normal" => draw::<T>(n, |out| g.log_normal(out, r.real(0), r.real(1))),
        "poisson" => draw::<T>(n, |out| g.poisson(out, &cycle(&RATES, n)).expect("rates")),
        "gamma" => draw::<T>(n, |out| g.standard_gamma(out, &cycle(&SHAPES, n))),
        "gamma_edge" => draw::<T>(n, |out| g.standard_gamma(out, &cycle(&EDGE_SHAPES, n))),
        "multinomial" => replay_multinomial::<T>(g, r, n),
        "binomial" if r.dtype == "f32" => draw::<f32>(n, |out| g.binomial(out, &cycle(&COUNTS, n), &cycle(&CHANCES, n))),
        "binomial" => draw::<f64>(n, |out| g.binomial(out, &cycle(&COUNTS, n), &cycle(&CHANCES, n))),
        _ => replay_any::<T>(g, r, n),
    }
}

fn replay_multinomial<T: Float>(g: &mut Generator, r: &Record, n: usize) -> Vec<u8> {
    let (rows, categories) = (r.integer(0) as usize, r.integer(1) as usize);
    let replacement = r.integer(2) == 1;
    let samples = if replacement { n } else { n.min(categories) };
    let weights: Vec<f64> = (0..11).map(|i| f64::from(7 * i % 11 + i32::from(!replacement)) / 8.0).collect();
    let weights = cycle::<T>(&weights, rows * categories);
    draw(rows * samples, |out| {
        if replacement && samples > 1 {
            return g.multinomial(out, &weights, categories, samples).expect("weights");
        }
        let mut draws = vec![T::from_bool(false); if out.is_empty() { 0 } else { weights.len() }];
        g.exponential(&mut draws, 1.0);
        super::multinomial::race(out, &weights, &mut draws, categories, samples);
    })
}

fn replay(g: &mut Generator, r: &Record, n: usize) -> Vec<u8> {
    match r.dtype {
        "f32" => replay_float::<f32>(g, r, n),
        "f64" => replay_float::<f64>(g, r, n),
        "f16" => replay_float::<f16>(g, r, n),
        "bf16" => replay_float::<bf16>(g, r, n),
        "i64" => replay_any::<i64>(g, r, n),
        "i32" => replay_any::<i32>(g, r, n),
        "i16" => replay_any::<i16>(g, r, n),
        "i8" => replay_any::<i8>(g, r, n),
        "u8" => replay_any::<u8>(g, r, n),
        "bool" => replay_any::<bool>(g, r, n),
        dtype => panic!("unknown dtype {dtype}"),
    }
}

/// The lines of the records that differ, with what differs.
fn differences(data: &[u8], level: Level) -> Vec<String> {
    FORCED.set(Some(level));
    let mut wrong = Vec::new();
    for r in records(data) {
        let mut g = Generator::new(r.seed);
        let (mut crc, mut payload) = (0, Vec::new());
        for n in SIZES {
            let output = replay(&mut g, &r, n * r.factor);
            crc = crc32(&g.get_state(), crc32(&output, crc));
            if n <= PAYLOAD_SIZE {
                payload.extend(output);
            }
        }
        if !r.payload.is_empty() && payload != r.payload {
            let first = payload.iter().zip(r.payload).position(|(a, b)| a != b);
            wrong.push(format!("{}: {level:?}, byte {first:?}", r.line));
        } else if crc != r.crc {
            wrong.push(format!("{}: {level:?}, CRC", r.line));
        }
    }
    FORCED.set(None);
    wrong
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn assert_equal(data: &[u8], level: Level) {
    let wrong = differences(data, level);
    assert!(wrong.is_empty(), "{} records differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn test_draws_equal_torch_with_fused_formulas() {
    let data = include_bytes!("../../../tests/golden/random_fused.bin");
    assert_equal(data, Level::Fused);
    #[cfg(target_arch = "x86_64")]
    for level in [Level::Avx2, Level::Avx512] {
        let can_run = detect_cpu() == level || detect_cpu() == Level::Avx512;
        if can_run {
            assert_equal(data, level);
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn test_draws_equal_torch_with_plain_formulas() {
    assert_equal(include_bytes!("../../../tests/golden/random_plain.bin"), Level::Plain);
}

#[test]
fn test_parts_have_the_bits_of_one_draw() {
    fn check<T: Sample + std::fmt::Debug>(words: usize, fill: impl Fn(&mut Generator, &mut [T]) + Sync) {
        for n in [0, 1, 16, 40_000, 100_003] {
            let (mut one, mut many) = (Generator::new(3), Generator::new(3));
            // Parts begin anywhere in the engine's words.
            (0..n % 7).for_each(|_| assert_eq!(one.next32(), many.next32()));
            let (mut whole, mut parted) = (vec![T::from_bool(false); n], vec![T::from_bool(false); n]);
            fill(&mut one, &mut whole);
            many.begin(&mut parted, Some(words), &fill).finish(&fill);
            assert!(whole == parted && one.get_state() == many.get_state(), "{n} elements");
        }
    }
    crate::par::set_num_threads(3);
    check::<f32>(1, |g, out| g.normal(out, 0.5, 2.0));
    check::<f64>(2, |g, out| g.normal(out, 0.5, 2.0));
    check::<bf16>(1, |g, out| g.normal(out, 0.5, 2.0));
    check::<f32>(2, |g, out| g.exponential(out, 1.5));
    check::<i64>(2, |g, out| g.geometric(out, 0.25));
}

#[test]
fn test_remainders_by_products_are_exact() {
    let numbers = [0u32, 1, 2, 9, 10, 99, 1 << 27, (1 << 28) - 1, 1 << 31, u32::MAX - 1, u32::MAX];
    for divisor in [1u32, 2, 3, 5, 7, 10, 255, 1 << 16, 641, 6_700_417, (1 << 28) - 1] {
        let remainder = remainder_by(divisor);
        for n in numbers.into_iter().chain((0..1000).map(|i: u32| i.wrapping_mul(0x9e37_79b9))) {
            assert_eq!(remainder(n), n % divisor, "{n} by {divisor}");
        }
    }
}

#[test]
fn test_state_survives_a_round_trip() {
    let mut g = Generator::new(5);
    g.normal_serial(&mut [0f32; 1001], 0.0, 1.0);
    let mut state = g.get_state();
    state[5048..5052].copy_from_slice(&1.5f32.to_le_bytes());
    state[5052] = 1;
    let mut other = Generator::default();
    other.set_state(&state).expect("a valid state");
    assert_eq!(other.get_state(), state);
    assert_eq!(other.initial_seed(), 5);
    let (mut a, mut b) = ([0f64; 3], [0f64; 3]);
    g.normal(&mut a, 0.0, 1.0);
    other.normal(&mut b, 0.0, 1.0);
    assert_eq!(a, b);
}

#[test]
fn test_set_state_refuses_in_the_words_of_torch() {
    let mut g = Generator::default();
    let before = g.get_state();
    let size = "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 5048";
    assert_eq!(g.set_state(&before[..5048]), Err(size.to_string()));
    for (at, value) in [(8, 0), (8, -1), (8, 625), (12, 0), (16, 625)] {
        let mut state = before;
        state[at..at + 4].copy_from_slice(&i32::to_le_bytes(value));
        assert_eq!(g.set_state(&state), Err("Invalid mt19937 state".to_string()), "byte {at} = {value}");
    }
    assert_eq!(g.get_state(), before);
}

#[test]
fn test_a_state_with_odd_positions_never_reads_outside() {
    let mut g = Generator::default();
    for (left, next) in [(624u32, 624u32), (1, 624), (624, 0), (3, 100)] {
        let mut state = g.get_state();
        state[8..12].copy_from_slice(&left.to_le_bytes());
        state[16..20].copy_from_slice(&next.to_le_bytes());
        g.set_state(&state).expect("a valid state");
        g.random(&mut [0i64; 1001]);
    }
}

#[test]
fn test_only_the_low_half_of_a_seed_reaches_the_engine() {
    assert_eq!(Generator::default().initial_seed(), DEFAULT_SEED);
    for seed in [0, 7, 1 << 63, u64::MAX, 1 << 32] {
        let (mut whole, mut low) = (Generator::new(seed), Generator::new(seed & 0xFFFF_FFFF));
        assert_eq!(whole.initial_seed(), seed);
        assert_eq!((whole.next64(), whole.next32()), (low.next64(), low.next32()));
        whole.manual_seed(3);
        assert_eq!(whole.get_state(), Generator::new(3).get_state());
    }
}

#[test]
fn test_long_permutations_use_the_inside_out_shuffle() {
    let mut p = [0; 1000];
    Generator::new(1).randperm_long(&mut p);
    p.sort_unstable();
    assert!((0..1000).eq(p));
}

#[test]
fn test_wrong_probabilities_are_refused() {
    let mut g = Generator::default();
    let text = |result: crate::error::Result<()>| result.expect_err("an error").text().to_string();
    assert!(text(g.bernoulli_each(&mut [0f32; 2], &[0.5f64, 2.0])).starts_with("Expected p_in >= 0 && p_in <= 1"));
    assert!(text(g.bernoulli_each(&mut [0f32; 1], &[f32::NAN])).starts_with("Expected p_in >= 0 && p_in <= 1"));
    let rate = "invalid Poisson rate, expected rate to be non-negative";
    assert_eq!(text(g.poisson(&mut [0f32], &[-1.0])), rate);
    let sum = "invalid multinomial distribution (sum of probabilities <= 0)";
    assert_eq!(text(g.multinomial(&mut [0; 3], &[0f32, 0.0], 2, 3)), sum);
    let entry = "invalid multinomial distribution (encountering probability entry < 0)";
    assert_eq!(text(g.multinomial(&mut [0; 3], &[-1f32, 1.0], 2, 3)), entry);
}

/// Throughput, by hand: cargo test --release --no-default-features bench_random -- --ignored --nocapture
#[test]
#[ignore = "a measurement"]
fn bench_random() {
    fn time<T: Copy>(name: &str, zero: T, mut fill: impl FnMut(&mut Generator, &mut [T])) {
        let (mut g, mut out) = (Generator::new(1), vec![zero; 1 << 20]);
        let mut best = f64::MAX;
        for _ in 0..40 {
            let start = std::time::Instant::now();
            fill(&mut g, &mut out);
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{name}: {:.3} ms per 2^20", best * 1e3);
    }
    time("uniform f32", 0f32, |g, out| g.uniform(out, 0.0, 1.0));
    time("uniform f64", 0f64, |g, out| g.uniform(out, 0.0, 1.0));
    time("uniform f16", f16::ZERO, |g, out| g.uniform(out, 0.0, 1.0));
    time("uniform bf16", bf16::ZERO, |g, out| g.uniform(out, 0.0, 1.0));
    time("normal f32", 0f32, |g, out| g.normal(out, 0.0, 1.0));
    time("normal f64", 0f64, |g, out| g.normal(out, 0.0, 1.0));
    time("normal f16", f16::ZERO, |g, out| g.normal(out, 0.0, 1.0));
    time("normal bf16", bf16::ZERO, |g, out| g.normal(out, 0.0, 1.0));
    time("normal_serial f32", 0f32, |g, out| g.normal_serial(out, 0.0, 1.0));
    time("bernoulli f32", 0f32, |g, out| g.bernoulli(out, 0.3));
    time("bernoulli bool", false, |g, out| g.bernoulli(out, 0.3));
    time("randint i64", 0i64, |g, out| g.randint(out, 0, Some(10)));
    time("randperm", 0i64, |g, out| g.randperm(out));
    time("exponential f32", 0f32, |g, out| g.exponential(out, 1.0));
}
