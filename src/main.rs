//! Two small shells over the same core: the page on wasm32, the command `kubehop` elsewhere.

#[cfg(target_arch = "wasm32")]
fn main() {
    kubehop::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("kubehop {}", env!("CARGO_PKG_VERSION"));
}
