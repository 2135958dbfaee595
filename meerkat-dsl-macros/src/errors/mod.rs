//! Collects the mistakes of a machine file, so that all of them are reported at once.

mod codes;

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};

pub(crate) use codes::Code;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<syn::Error>,
    /// Places and messages: what stands in a handler of several inputs is read once for each of them.
    reported: HashSet<String>,
}

impl Errors {
    /// Adds a mistake at a place. The message says what is wrong and how to mend it.
    pub(crate) fn add(&mut self, code: Code, span: Span, message: impl std::fmt::Display) {
        self.report(code, span, &message.to_string(), None);
    }

    /// Adds a mistake that involves two places: the second gets a note of its own.
    pub(crate) fn add_pair(
        &mut self,
        code: Code,
        span: Span,
        message: impl std::fmt::Display,
        other: Span,
        note: &str,
    ) {
        self.report(code, span, &message.to_string(), Some((other, note)));
    }

    fn report(&mut self, code: Code, span: Span, message: &str, note: Option<(Span, &str)>) {
        // A span has no equality; what it shows to a person is the place.
        if !self.reported.insert(format!("{span:?} {:?} {message}", note.map(|(other, _)| other))) {
            return;
        }
        self.combine(code.error(span, message));
        if let Some((other, note)) = note {
            self.combine(syn::Error::new(other, format_args!("note: {note}")));
        }
    }

    /// Adds an error of the parser.
    pub(crate) fn push(&mut self, error: &syn::Error) {
        for error in error.clone() {
            self.combine(Code::Syntax.error(error.span(), &error));
        }
    }

    fn combine(&mut self, error: syn::Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    /// Whether no mistake was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_none()
    }

    /// The mistakes as `compile_error!` calls, if there are any.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        self.all.map(|error| error.to_compile_error())
    }
}

/// The text `, did you mean `x`?` for the known name nearest to a wrong one, or the list of all if none is near.
pub(crate) fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    match nearest {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::from("; none is declared"),
        None => format!("; known: {}", known.join(", ")),
    }
}
