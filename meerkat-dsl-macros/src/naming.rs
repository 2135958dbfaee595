//! Names: between `CamelCase`, `snake_case` and sentences, and the text of tokens.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::Ident;

/// `StartRun` to `start_run`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, character) in name.chars().enumerate() {
        if character.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// `start_run`, or a sentence, to `StartRun`.
pub(crate) fn camel(name: &str) -> String {
    let words = name.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut camel: String = words.map(capitalized).collect();
    if camel.starts_with(|first: char| first.is_ascii_digit()) {
        camel.insert(0, 'N');
    }
    camel
}

/// A sentence to `a_snake_case_identifier`.
pub(crate) fn identifier(sentence: &str) -> String {
    let words: Vec<String> = sentence
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// An identifier that cannot meet one of the user's: for the locals of generated functions.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The same, shown by the compiler at the user's place.
pub(crate) fn local_at(name: &str, span: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(span))
}

/// Tokens as a person would write them on one line.
pub(crate) fn text(tokens: impl quote::ToTokens) -> String {
    let mut text = String::new();
    let mut tight = true;
    write_text(tokens.to_token_stream(), &mut text, &mut tight);
    text
}

fn write_text(tokens: TokenStream, text: &mut String, tight: &mut bool) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => write_group(&group, text, tight),
            TokenTree::Punct(mark) => write_mark(&mark, text, tight),
            other => {
                separate(text, *tight);
                text.push_str(&other.to_string());
                *tight = false;
            }
        }
    }
}

fn separate(text: &mut String, tight: bool) {
    if !tight && !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

fn write_group(group: &proc_macro2::Group, text: &mut String, tight: &mut bool) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{ ", " }"),
        Delimiter::None => ("", ""),
    };
    let call = text.ends_with(|last: char| last.is_alphanumeric() || "_!>)".contains(last));
    let word = text.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    if group.delimiter() == Delimiter::Brace || !call || matches!(word, "if" | "match" | "in" | "else" | "let") {
        separate(text, *tight);
    }
    text.push_str(open);
    *tight = true;
    write_text(group.stream(), text, tight);
    text.truncate(text.trim_end().len());
    text.push_str(if open == "{ " && text.ends_with('{') { "}" } else { close });
    *tight = false;
}

fn write_mark(mark: &proc_macro2::Punct, text: &mut String, tight: &mut bool) {
    let joined = mark.spacing() == proc_macro2::Spacing::Joint;
    match mark.as_char() {
        ',' | ';' | '?' => {
            text.push(mark.as_char());
            *tight = false;
        }
        '.' => {
            if text.ends_with(' ') || text.ends_with('{') || text.ends_with(',') {
                separate(text, false);
            }
            text.push('.');
            *tight = true;
        }
        ':' => {
            text.push(':');
            *tight = joined || text.ends_with("::");
        }
        '!' if !joined => {
            let call = text.ends_with("matches");
            if !call {
                separate(text, *tight);
            }
            text.push('!');
            *tight = true;
        }
        '|' if *tight && !joined && text.ends_with('(') => {
            text.push('|');
            *tight = true;
        }
        '|' if closes_parameters(text) => {
            text.push('|');
            *tight = false;
        }
        other => {
            if !text.ends_with(['=', '<', '>', '!', '&', '|', '-']) || text.ends_with(' ') {
                separate(text, *tight);
            }
            text.push(other);
            *tight = joined;
        }
    }
}

/// Whether the text ends with the parameters of a closure, as in `any(|i`.
fn closes_parameters(text: &str) -> bool {
    let parameters = text.rfind("(|").map(|open| &text[open + 2..]);
    parameters
        .is_some_and(|names| names.chars().all(|character| character.is_alphanumeric() || "_, ".contains(character)))
}

#[cfg(test)]
mod tests {
    use super::{camel, identifier, snake, text};

    #[test]
    fn names_go_both_ways() {
        assert_eq!(snake("StartRun"), "start_run");
        assert_eq!(camel("start_run"), "StartRun");
        assert_eq!(camel("the run's id is 2 big"), "TheRunSIdIs2Big");
        assert_eq!(identifier("The door, when shut, is locked"), "the_door_when_shut_is_locked");
    }

    #[test]
    fn tokens_read_as_they_were_written() {
        for written in [
            "run == current && self.attempts + 1 <= admission.limit",
            "!ingress.waiting.is_empty()",
            "matches!(lifecycle.phase, Running { then: Then::Stop | Then::Destroy, .. })",
            "Some(input)",
            "guests.all(|guest| !guest.is(Gone | Lost) || guest.tired > 0)",
            "if a { b } else { c }",
        ] {
            let tokens: proc_macro2::TokenStream = written.parse().expect("tokens");
            assert_eq!(text(tokens), written);
        }
    }
}
