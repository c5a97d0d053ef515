//! The program `drydock`: natively the command line; in the browser the page.
//! It must know nothing but how to hand the machine's arguments, files and screen to the library.

#[cfg(target_arch = "wasm32")]
fn main() {
    drydock::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
use drydock::command_line::Terminal;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let code = drydock::command_line::run(&arguments, &mut Terminal { out: &mut out, err: &mut err });
    std::process::ExitCode::from(u8::try_from(code).unwrap_or(1))
}
