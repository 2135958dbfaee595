//! The proc macro behind `machine_spec::machine!`: a declarative machine file in, ordinary Rust out.
//!
//! Four steps, each a module with a type of its own:
//!
//! 1. `parse`: tokens to what was written (`parse::Machine`, every span kept);
//! 2. `analyze`: the names a machine declares (`analyze::Symbols`) and the rules it must keep;
//! 3. `lower`: expressions resolved, reads and writes known (`lower::Machine`);
//! 4. `emit`: the generated code.
//!
//! Mistakes are collected in `errors::Errors` and reported together, each at its narrowest place.

// Syntax trees are few and live for one expansion: boxing their larger variants would only add noise.
#![allow(clippy::large_enum_variant)]

mod analyze;
mod emit;
mod errors;
#[cfg(test)]
mod fuzz;
mod imports;
mod lower;
mod naming;
mod parse;

use proc_macro2::TokenStream;

/// Compiles a machine declaration; see the crate `machine-spec` for the language.
#[proc_macro]
pub fn machine(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = input.into();
    imports::next(&input).unwrap_or_else(|| compile(input)).into()
}

/// Keeps a region in a file of its own, for a machine to take in with `use path::name;`.
#[proc_macro]
pub fn region(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    imports::region(input.into()).into()
}

fn compile(input: TokenStream) -> TokenStream {
    let mut errors = errors::Errors::default();
    // What could not be read would only look like something missing to the rules.
    let written = parse::machine(input, &mut errors).filter(|_| errors.is_empty());
    let emitted = written.map(|written| {
        let symbols = analyze::symbols(&written, &mut errors);
        analyze::check_declarations(&written, &mut errors);
        analyze::check_types(&written, &symbols, &mut errors);
        let declared = errors.is_empty();
        analyze::check(&written, &symbols, &mut errors);
        let machine = lower::machine(&written, &symbols, &mut errors);
        analyze::check_unused(&written, &mut errors);
        match (errors.is_empty(), declared) {
            (true, _) => emit::machine(&machine),
            // The types all the same, so that the code around the machine does not light up as well.
            (false, true) => emit::skeleton(&machine),
            (false, false) => TokenStream::new(),
        }
    });
    let mut tokens = errors.into_tokens().unwrap_or_default();
    tokens.extend(emitted);
    tokens
}
