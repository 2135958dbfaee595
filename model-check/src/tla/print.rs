//! Lays a tree out: in one line if there is room, and otherwise by its structure.

use super::tree::{Spot, Tree};

/// How long a line may be before it is broken.
const WIDTH: usize = 100;

/// How strongly a form holds together, from the weakest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Open,
    Implication,
    Junction,
    Negation,
    Comparison,
    Operation,
    Prefix,
    Word,
}

impl Tree {
    fn strength(&self) -> Strength {
        match self {
            Self::If(..) | Self::Bound(..) | Self::Let(..) => Strength::Open,
            Self::Noted(_, inner) => inner.strength(),
            Self::Binary(_, "=>", _) => Strength::Implication,
            Self::All(_) | Self::Any(_) => Strength::Junction,
            Self::Prefix("~", _) => Strength::Negation,
            Self::Binary(_, "=" | "#" | "<" | "<=" | ">" | ">=" | "\\in" | "\\notin" | "\\subseteq" | "<=>", _) => {
                Strength::Comparison
            }
            Self::Binary(..) => Strength::Operation,
            Self::Prefix(..) => Strength::Prefix,
            _ => Strength::Word,
        }
    }

    /// What a part has to be stronger than to stand without brackets.
    fn holds_parts(&self) -> Strength {
        match self {
            Self::Binary(_, "=>", _) => Strength::Implication,
            Self::All(_) | Self::Any(_) => Strength::Junction,
            Self::Prefix("~", _) => Strength::Operation,
            Self::Binary(_, "=" | "#" | "<" | "<=" | ">" | ">=" | "\\in" | "\\notin" | "\\subseteq", _) => {
                Strength::Comparison
            }
            Self::Binary(..) => Strength::Operation,
            Self::Prefix(..) | Self::Prime(_) | Self::Member(..) | Self::Index(..) => Strength::Prefix,
            _ => Strength::Open,
        }
    }

    fn line(&self) -> String {
        let part = |part: &Self| part.line_within(self.holds_parts());
        match self {
            Self::Word(word) => word.clone(),
            Self::Apply(operator, arguments) if arguments.is_empty() => operator.clone(),
            Self::Apply(operator, arguments) => format!("{operator}({})", lines(arguments)),
            Self::Prefix("~", operand) => format!("~{}", part(operand)),
            Self::Prefix(sign, operand) => format!("{sign} {}", part(operand)),
            Self::Prime(operand) => format!("{}'", part(operand)),
            Self::Binary(left, "..", right) => format!("{}..{}", part(left), part(right)),
            Self::Binary(left, sign, right) => format!("{} {sign} {}", part(left), part(right)),
            Self::All(parts) => parts.iter().map(part).collect::<Vec<_>>().join(" /\\ "),
            Self::Any(parts) => parts.iter().map(part).collect::<Vec<_>>().join(" \\/ "),
            Self::Noted(_, inner) => inner.line(),
            Self::If(condition, then, otherwise) => {
                format!("IF {} THEN {} ELSE {}", condition.line(), then.line(), otherwise.line())
            }
            Self::Bound(quantifier, names, body) => {
                format!("{quantifier} {} : {}", pairs(names, " \\in "), body.line())
            }
            Self::Let(names, body) => {
                let names: Vec<String> =
                    names.iter().map(|(name, value)| format!("{name} == {}", value.line())).collect();
                format!("LET {} IN {}", names.join(" "), body.line())
            }
            Self::Record(members) => format!("[{}]", pairs(members, " |-> ")),
            Self::Records(members) => format!("[{}]", pairs(members, ": ")),
            Self::Function(name, set, value) => format!("[{name} \\in {} |-> {}]", set.line(), value.line()),
            Self::Except(base, changes) => {
                let changes: Vec<String> =
                    changes.iter().map(|(spot, value)| format!("!{} = {}", spot.line(), value.line())).collect();
                format!("[{} EXCEPT {}]", base.line(), changes.join(", "))
            }
            Self::Filter(name, set, condition) => format!("{{{name} \\in {} : {}}}", set.line(), condition.line()),
            Self::Set(elements) => format!("{{{}}}", lines(elements)),
            Self::Tuple(elements) => format!("<<{}>>", lines(elements)),
            Self::Index(function, key) => format!("{}[{}]", part(function), key.line()),
            Self::Member(record, name) => {
                // A prime binds weaker than a dot.
                let record =
                    if matches!(**record, Self::Prime(_)) { format!("({})", record.line()) } else { part(record) };
                format!("{record}.{name}")
            }
        }
    }

    fn line_within(&self, outer: Strength) -> String {
        if self.strength() > outer { self.line() } else { format!("({})", self.line()) }
    }

    fn is_noted(&self) -> bool {
        match self {
            Self::Noted(..) => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::is_noted),
            Self::Let(_, body) => body.is_noted(),
            _ => false,
        }
    }

    /// The text of the tree when it begins in this column. Every further line begins in that column or behind it.
    pub(super) fn laid_out(&self, column: usize) -> String {
        let line = self.line();
        if column + line.chars().count() <= WIDTH && !self.is_noted() {
            return line;
        }
        let next_line = |indent: usize| format!("\n{}", " ".repeat(indent));
        match self {
            Self::All(parts) => junction("/\\", parts, column),
            Self::Any(parts) => junction("\\/", parts, column),
            Self::Noted(_, inner) => inner.laid_out(column),
            Self::If(..) => self.ladder(column, column),
            Self::Binary(left, "=", right) if right.strength() == Strength::Open => {
                format!(
                    "{} ={}{}",
                    left.line_within(self.holds_parts()),
                    next_line(column + 4),
                    right.laid_out(column + 4)
                )
            }
            Self::Binary(left, sign, right) => {
                // What follows a list of bullets would belong to the last of them.
                let of_left = if left.line().chars().count() + column > WIDTH || left.is_noted() {
                    self.holds_parts().max(Strength::Junction)
                } else {
                    self.holds_parts()
                };
                let first = left.laid_out_within(of_left, column);
                let second = right.laid_out_within(self.holds_parts(), column + 4 + sign.len() + 1);
                format!("{first}{}{sign} {second}", next_line(column + 4))
            }
            Self::Bound(quantifier, names, body) => {
                format!(
                    "{quantifier} {} :{}{}",
                    pairs(names, " \\in "),
                    next_line(column + 4),
                    body.laid_out(column + 4)
                )
            }
            Self::Let(names, body) => {
                let mut text = "LET ".to_owned();
                for (position, (name, value)) in names.iter().enumerate() {
                    let separator = if position == 0 { String::new() } else { next_line(column + 4) };
                    text += &format!("{separator}{name} == {}", value.laid_out(column + 4 + name.len() + 4));
                }
                format!("{text}{}IN {}", next_line(column), body.laid_out(column + 3))
            }
            Self::Record(members) => {
                list("[", members.iter().map(|(name, value)| (format!("{name} |-> "), value)), "]", column)
            }
            Self::Records(members) => {
                list("[", members.iter().map(|(name, value)| (format!("{name}: "), value)), "]", column)
            }
            Self::Tuple(elements) => list("<<", elements.iter().map(|value| (String::new(), value)), ">>", column),
            Self::Set(elements) => list("{", elements.iter().map(|value| (String::new(), value)), "}", column),
            Self::Apply(operator, arguments) if !arguments.is_empty() => {
                let indent = column + 4;
                let arguments: Vec<String> = arguments.iter().map(|argument| argument.laid_out(indent)).collect();
                let separator = format!(",{}", next_line(indent));
                format!("{operator}({}{})", next_line(indent), arguments.join(&separator))
            }
            Self::Function(name, set, value) => {
                format!("[{name} \\in {} |->{}{}]", set.line(), next_line(column + 4), value.laid_out(column + 4))
            }
            Self::Except(base, changes) => {
                let changes: Vec<String> = changes
                    .iter()
                    .map(|(spot, value)| {
                        let front = format!("!{} = ", spot.line());
                        let value = value.laid_out(column + 4 + front.len());
                        format!("{}{front}{value}", next_line(column + 4))
                    })
                    .collect();
                format!("[{} EXCEPT{}]", base.line(), changes.join(","))
            }
            Self::Filter(name, set, condition) => {
                format!("{{{name} \\in {} :{}{}}}", set.line(), next_line(column + 4), condition.laid_out(column + 4))
            }
            Self::Prefix("~", operand) => format!("~{}", operand.laid_out_within(self.holds_parts(), column + 1)),
            _ => line,
        }
    }

    /// `IF`, `THEN` and `ELSE` below each other, also where one choice follows another. It begins in the first column;
    /// its further lines in the second.
    fn ladder(&self, begin: usize, column: usize) -> String {
        let Self::If(condition, then, otherwise) = self else { return self.laid_out(begin) };
        let next_line = format!("\n{}", " ".repeat(column));
        format!(
            "IF {}{next_line}THEN {}{next_line}ELSE {}",
            condition.laid_out(begin + 3),
            then.laid_out(column + 5),
            otherwise.ladder(column + 5, column)
        )
    }

    fn laid_out_within(&self, outer: Strength, column: usize) -> String {
        if self.strength() > outer { self.laid_out(column) } else { format!("({})", self.laid_out(column + 1)) }
    }
}

impl Spot {
    fn line(&self) -> String {
        match self {
            Self::Member(name) => format!(".{name}"),
            Self::Key(key) => format!("[{}]", key.line()),
        }
    }
}

/// One line per part, each behind a bullet; a sentence about a part stands above it.
fn junction(bullet: &str, parts: &[Tree], column: usize) -> String {
    let indent = " ".repeat(column);
    let mut text = String::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            text += &format!("\n{indent}");
        }
        text += &format!("{bullet} ");
        if let Tree::Noted(sentence, _) = part {
            text += &format!("\\* {sentence}\n{indent}   ");
        }
        // Needs no brackets, whatever it is: the column ends it.
        text += &part.laid_out(column + 3);
    }
    text
}

fn list<'t>(open: &str, parts: impl Iterator<Item = (String, &'t Tree)>, close: &str, column: usize) -> String {
    let indent = column + open.len() + 1;
    let parts: Vec<String> =
        parts.map(|(front, value)| format!("{front}{}", value.laid_out(indent + front.len()))).collect();
    format!("{open} {} {close}", parts.join(&format!(",\n{}", " ".repeat(indent))))
}

fn lines(parts: &[Tree]) -> String {
    parts.iter().map(Tree::line).collect::<Vec<_>>().join(", ")
}

fn pairs(parts: &[(String, Tree)], sign: &str) -> String {
    parts.iter().map(|(name, value)| format!("{name}{sign}{}", value.line())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_list_of_bullets_does_not_belong_to_it() {
        let long = |name: &str| Tree::word(name.repeat(40));
        let list = Tree::all([long("a"), long("b"), long("c")]);
        let text = list.implies(long("d")).laid_out(4);
        let begins: Vec<&str> = text.lines().map(|line| &line.trim_start()[..4]).collect();
        assert_eq!(begins, ["(/\\ ", "/\\ b", "/\\ c", "=> d"]);
        assert!(text.contains(&format!("{})", "c".repeat(40))), "{text}");
    }

    #[test]
    fn a_choice_behind_another_stands_below_it() {
        let long = |name: &str| Tree::word(name.repeat(40));
        let inner = Tree::choice(long("c"), long("d"), long("e"));
        let text = Tree::choice(long("a"), long("b"), inner).laid_out(0);
        let begins: Vec<&str> =
            text.lines().map(|line| line.split(['a', 'b', 'c', 'd', 'e']).next().unwrap_or("")).collect();
        assert_eq!(begins, ["IF ", "THEN ", "ELSE IF ", "THEN ", "ELSE "]);
    }
}
