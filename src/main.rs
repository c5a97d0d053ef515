//! The program `drydock`: natively the command line; in the browser the page.
//! It must know nothing but how to hand the machine's arguments, files and screen to the library.

fn main() {
    println!("drydock {}", env!("CARGO_PKG_VERSION"));
}
