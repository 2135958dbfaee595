//! What somebody types.

/// One line, understood.
pub(super) enum Word<'line> {
    Nothing,
    Help,
    Quit,
    List(&'line str),
    Number(usize),
    Text(&'line str),
    Rejected(&'line str),
    Why(&'line str),
    State(&'line str),
    Trace,
    Back(usize),
    Next(usize),
    Goto(usize),
    Save(&'line str),
    /// What is wrong with it.
    Wrong(String),
}

impl<'line> Word<'line> {
    pub(super) fn of(line: &'line str) -> Self {
        let (first, rest) =
            line.split_once(char::is_whitespace).map_or((line, ""), |(first, rest)| (first, rest.trim()));
        match first {
            "" => Self::Nothing,
            "help" | "h" | "?" => Self::Help,
            "quit" | "q" | "exit" => Self::Quit,
            "list" | "l" => Self::List(rest),
            "rejected" | "r" => Self::Rejected(rest),
            "state" | "s" => Self::State(rest),
            "trace" | "t" => Self::Trace,
            "back" | "b" => steps(first, rest, Some(1)).map_or_else(Self::Wrong, Self::Back),
            "next" | "n" => steps(first, rest, Some(1)).map_or_else(Self::Wrong, Self::Next),
            "goto" | "g" => steps(first, rest, None).map_or_else(Self::Wrong, Self::Goto),
            "why" | "w" if rest.is_empty() => Self::Wrong("why what? type why and an input, or its number".to_owned()),
            "why" | "w" => Self::Why(rest),
            "save" if rest.is_empty() => Self::Wrong("where to? type save and a file, such as save way.rs".to_owned()),
            "save" => Self::Save(rest),
            _ => line.parse().map_or(Self::Text(line), Self::Number),
        }
    }
}

fn steps(word: &str, text: &str, default: Option<usize>) -> Result<usize, String> {
    match (text, default) {
        ("", Some(default)) => Ok(default),
        _ => text.parse().map_err(|_| format!("{word} takes a number of steps, such as {word} 2")),
    }
}
