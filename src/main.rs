//! Two small shells over the same core: the page on wasm32, the command `kubehop` elsewhere.

fn main() {
    println!("kubehop {}", env!("CARGO_PKG_VERSION"));
}
