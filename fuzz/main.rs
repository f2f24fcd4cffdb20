//! `make fuzz SECS=60`: inputs without end, made of what the project has, thrown at the engine.
//!
//!     cargo test --profile fuzz --test fuzz -- [SECONDS] [SEED] [TARGET]
//!     cargo test --profile fuzz --test fuzz -- replay FILE
//!
//! A panic, a broken invariant, an input that takes too long or too much memory ends the run with status 1; the input
//! lies in `target/fuzz/` then, to be given to `replay`, and belongs into `tests/bombs.rs` once it is understood.

#![expect(clippy::disallowed_methods, reason = "a watchdog reads the real clock")]

mod cases;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cases::{Case, Corpus, TARGETS, Target};

/// How long one input may take.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 10 });
/// How much memory the process may hold.
const MOST_BYTES: u64 = 3 << 30;

/// What is being tried, and since when.
type Now = Arc<Mutex<Option<(Case, Instant)>>>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    if let [first, file] = &words[..]
        && first == "replay"
    {
        let text = fs::read_to_string(file).expect("the saved input can be read");
        let case = Case::parse(&text).expect("a saved input");
        finish(watched(vec![case].into_iter(), "replay"));
    }
    let number = |idx: usize| words.get(idx).and_then(|it| it.parse::<u64>().ok());
    let seconds = number(0).unwrap_or(60);
    let seed = number(1).unwrap_or(1);
    let wanted = words.get(2).map(String::as_str);
    let corpus = Corpus::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    let targets: Vec<Target> = TARGETS
        .into_iter()
        .filter(|it| wanted.is_none_or(|wanted| wanted == it.name()))
        .collect();
    assert!(!targets.is_empty(), "no such target");
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut n = 0_u64;
    let cases = std::iter::from_fn(move || {
        let target = targets[n as usize % targets.len()];
        n += 1;
        (Instant::now() < end).then(|| corpus.case(target, seed.wrapping_mul(1 << 40).wrapping_add(n)))
    });
    finish(watched(cases, &format!("seed {seed}")));
}

fn finish(found: Result<[u64; TARGETS.len()], PathBuf>) -> ! {
    match found {
        Ok(counts) => {
            for (target, count) in TARGETS.iter().zip(counts) {
                println!("{count:9} {}", target.name());
            }
            exit(0)
        }
        Err(file) => {
            println!("the input is in {}", file.display());
            exit(1)
        }
    }
}

/// Runs cases one after the other on a thread of their own, and watches it.
fn watched(cases: impl Iterator<Item = Case> + Send + 'static, what: &str) -> Result<[u64; TARGETS.len()], PathBuf> {
    println!("fuzzing, {what}");
    let now: Now = Arc::default();
    let theirs = Arc::clone(&now);
    let worker = thread::Builder::new().stack_size(16 << 20).spawn(move || {
        let mut counts = [0; TARGETS.len()];
        for case in cases {
            counts[case.target as usize] += 1;
            *theirs.lock().unwrap() = Some((case.clone(), Instant::now()));
            let outcome = std::panic::catch_unwind(|| case.run());
            let problem = match outcome {
                Ok(Ok(())) => continue,
                Ok(Err(problem)) => problem,
                Err(panic) => {
                    let said = panic.downcast_ref::<String>().cloned();
                    said.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()))
                        .unwrap_or_else(|| "a panic".to_owned())
                }
            };
            return Err((case, problem));
        }
        Ok(counts)
    });
    let worker = worker.expect("a thread");
    while !worker.is_finished() {
        thread::sleep(Duration::from_millis(50));
        let held = now.lock().unwrap().clone();
        let Some((case, since)) = held else { continue };
        if since.elapsed() > LONGEST {
            return Err(save(&case, &format!("took longer than {LONGEST:?}")));
        }
        if resident() > MOST_BYTES {
            return Err(save(&case, &format!("holds more than {MOST_BYTES} bytes")));
        }
    }
    match worker.join().expect("the thread ends") {
        Ok(counts) => Ok(counts),
        Err((case, problem)) => Err(save(&case, &problem)),
    }
}

/// Bytes of memory that the process holds, as Linux says; 0 elsewhere.
fn resident() -> u64 {
    let told = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    told.split(' ')
        .nth(1)
        .and_then(|it| it.parse::<u64>().ok())
        .unwrap_or(0)
        * 4096
}

fn save(case: &Case, problem: &str) -> PathBuf {
    println!("{}: {problem}", case.target.name());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    fs::create_dir_all(&folder).expect("a folder for what was found");
    let file = folder.join(format!("{}-{}.txt", case.target.name(), case.seed));
    fs::write(&file, case.print()).expect("the input can be saved");
    file
}
