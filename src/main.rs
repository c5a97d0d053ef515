//! The program `drydock`: natively the command line; in the browser the page.
//! It must know nothing but how to hand the machine's arguments, files and screen to the library.

#[cfg(target_arch = "wasm32")]
fn main() {
    drydock::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("drydock {}", env!("CARGO_PKG_VERSION"));
}
