//! Two small shells over the same core: the page on wasm32, the command `kubehop` elsewhere.

#[cfg(target_arch = "wasm32")]
fn main() {
    kubehop::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use std::io::{Read as _, Write as _};

    use kubehop::cli::{Host, run};

    /// The machine the command runs on.
    struct Machine;

    impl Host for Machine {
        fn read(&self, path: &str) -> Result<Vec<u8>, String> {
            std::fs::read(path).map_err(|error| error.to_string())
        }

        fn files(&self, folder: &str) -> Result<Vec<String>, String> {
            let root = std::path::Path::new(folder);
            let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
            while let Some(at) = open.pop() {
                for entry in std::fs::read_dir(&at).map_err(|error| error.to_string())? {
                    let path = entry.map_err(|error| error.to_string())?.path();
                    if path.is_dir() {
                        open.push(path);
                    } else if let Ok(below) = path.strip_prefix(root) {
                        found.push(below.to_string_lossy().replace('\\', "/"));
                    }
                }
            }
            Ok(found)
        }

        fn stdin(&self) -> Result<Vec<u8>, String> {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| error.to_string())?;
            Ok(bytes)
        }
    }

    let words: Vec<String> = std::env::args_os()
        .map(|it| it.to_string_lossy().into_owned())
        .collect();
    let outcome = run(&words, &Machine);
    // A reader that went away (`| head`) is no failure of ours.
    let _ = std::io::stdout().write_all(outcome.stdout.as_bytes());
    let _ = std::io::stderr().write_all(outcome.stderr.as_bytes());
    std::process::ExitCode::from(outcome.code)
}
