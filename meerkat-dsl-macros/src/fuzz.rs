//! Whatever is between the braces, the macro answers with code or with errors, and never panics.
//!
//! Machines of this workspace are cut up and put together wrongly. Proptest prints what failed and how to run it again;
//! `PROPTEST_CASES=1000000 cargo test -p meerkat-dsl-macros --release fuzz` looks for longer.

use std::sync::LazyLock;

use proc_macro2::{Group, TokenStream, TokenTree};
use proptest::prelude::*;

/// Files whose machines are cut up.
const SOURCES: [&str; 7] = [
    include_str!("../../machine-spec/tests/semantics.rs"),
    include_str!("../../machine-spec/tests/door.rs"),
    include_str!("../../machine-spec/tests/ui/names.rs"),
    include_str!("../../machine-spec/tests/ui/rules.rs"),
    include_str!("../../machine-spec/tests/ui/dead.rs"),
    include_str!("../../tests/tests/literature/lock_service.rs"),
    include_str!("../../tests/tests/literature/die_hard.rs"),
];

/// The text of every machine in the files.
static MACHINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut machines = Vec::new();
    for source in SOURCES {
        collect(source.parse().expect("a file of this workspace is made of tokens"), &mut machines);
    }
    machines
});

/// Finds the bodies of `machine! { ... }`, modules included.
fn collect(tokens: TokenStream, machines: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (position, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let named = position >= 2 && tokens[position - 2].to_string() == "machine";
        if named && tokens[position - 1].to_string() == "!" {
            machines.push(group.stream().to_string());
        } else {
            collect(group.stream(), machines);
        }
    }
}

/// What happens at one place.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Delete,
    Double,
    Swap,
    Unwrap,
    Replace(usize),
}

fn cuts() -> impl Strategy<Value = Vec<(usize, Cut)>> {
    let cut = prop_oneof![
        Just(Cut::Delete),
        Just(Cut::Double),
        Just(Cut::Swap),
        Just(Cut::Unwrap),
        any::<usize>().prop_map(Cut::Replace),
    ];
    prop::collection::vec((any::<usize>(), cut), 1..6)
}

fn count(tokens: &TokenStream) -> usize {
    let inside = |token: TokenTree| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(inside).sum()
}

/// Applies a cut at the token with this number, counted in depth-first order.
fn cut(tokens: TokenStream, place: &mut usize, what: Cut, pool: &[TokenTree]) -> TokenStream {
    let mut result: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let here = *place == 0;
        *place = place.wrapping_sub(1);
        match (here, what, token) {
            (true, Cut::Delete, _) => {}
            (true, Cut::Double, token) => result.extend([token.clone(), token]),
            (true, Cut::Swap, token) => {
                let at = result.len().saturating_sub(1);
                result.insert(at, token);
            }
            (true, Cut::Unwrap, TokenTree::Group(group)) => result.extend(group.stream()),
            (true, Cut::Replace(with), _) => result.push(pool[with % pool.len()].clone()),
            (_, _, TokenTree::Group(group)) => {
                let inside = cut(group.stream(), place, what, pool);
                result.push(TokenTree::Group(Group::new(group.delimiter(), inside)));
            }
            (_, _, token) => result.push(token),
        }
    }
    result.into_iter().collect()
}

fn flatten(tokens: TokenStream, pool: &mut Vec<TokenTree>) {
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            flatten(group.stream(), pool);
        }
        pool.push(token);
    }
}

#[test]
fn a_machine_as_written_compiles_without_errors() {
    let compiled = crate::compile(MACHINES[0].parse().expect("tokens"));
    assert!(!compiled.to_string().contains("compile_error"), "{compiled}");
}

proptest! {
    #[test]
    fn whatever_is_written_the_macro_answers(which in any::<prop::sample::Index>(), cuts in cuts()) {
        let mut tokens: TokenStream = which.get(&MACHINES).parse().expect("tokens");
        let mut pool = Vec::new();
        flatten(tokens.clone(), &mut pool);
        for (place, what) in cuts {
            let mut place = place % count(&tokens).max(1);
            tokens = cut(tokens, &mut place, what, &pool);
        }
        let imported = crate::imports::next(&tokens);
        let compiled = imported.unwrap_or_else(|| crate::compile(tokens.clone()));
        prop_assert!(!compiled.is_empty(), "neither code nor an error for {tokens}");
        crate::imports::region(tokens);
    }
}
