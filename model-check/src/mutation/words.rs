//! Parts of a machine in its source words. Spaces and line breaks are not kept by constant data, everything else is.

use machine_spec::meaning::{
    ArmMeaning, Clause, DestinationMeaning, Expression, MatchArm, Pattern, SelectionMeaning, Sources, TargetMeaning,
};

/// How tightly an operator binds; what is no operator binds tightest.
fn tightness(expression: &Expression) -> u8 {
    match expression {
        Expression::Closure(..) => 0,
        Expression::Binary(_, sign, _) => match *sign {
            "||" => 2,
            "&&" => 3,
            "==" | "!=" | "<" | "<=" | ">" | ">=" => 5,
            "|" => 6,
            "+" | "-" => 8,
            _ => 9,
        },
        // A `let` stands among the parts of an `&&`.
        Expression::Let(..) => 4,
        Expression::Unary(..) => 10,
        _ => 11,
    }
}

fn within(expression: &Expression, least: u8) -> String {
    let text = self::expression(expression);
    if tightness(expression) < least { format!("({text})") } else { text }
}

fn list<'t, T: 't>(parts: impl IntoIterator<Item = &'t T>, text: impl Fn(&T) -> String) -> String {
    parts.into_iter().map(text).collect::<Vec<_>>().join(", ")
}

/// An expression.
pub(super) fn expression(expression: &Expression) -> String {
    match expression {
        Expression::Bool(value) => value.to_string(),
        Expression::Integer(number, _) => number.to_string(),
        Expression::Name(name) | Expression::Unknown(name) => (*name).to_owned(),
        Expression::Path(words) => words.join("::"),
        Expression::Member(of, name) => format!("{}.{name}", within(of, 11)),
        Expression::Method(receiver, method, arguments) => {
            format!("{}.{method}({})", within(receiver, 11), list(*arguments, self::expression))
        }
        Expression::Call(function, arguments) => {
            format!("{}({})", self::expression(function), list(*arguments, self::expression))
        }
        Expression::Unary(sign, operand) => format!("{sign}{}", within(operand, 10)),
        Expression::Binary(left, sign, right) => {
            let own = tightness(expression);
            format!("{} {sign} {}", within(left, own), within(right, own + 1))
        }
        Expression::Tuple(elements) => format!("({})", list(*elements, self::expression)),
        Expression::Structure(path, given) => format!("{}{}", path.join("::"), members(given)),
        Expression::Matches(value, pattern, condition) => {
            let condition = condition.map(|condition| format!(" if {}", self::expression(condition)));
            format!(
                "matches!({}, {}{})",
                self::expression(value),
                self::pattern(pattern),
                condition.unwrap_or_default()
            )
        }
        Expression::Let(pattern, value) => format!("let {} = {}", self::pattern(pattern), within(value, 5)),
        Expression::If(condition, then, otherwise) => format!(
            "if {} {{ {} }} else {{ {} }}",
            self::expression(condition),
            self::expression(then),
            self::expression(otherwise)
        ),
        Expression::Match(value, arms) => format!("match {} {{ {} }}", self::expression(value), list(*arms, arm)),
        Expression::Closure(parameters, body) => format!("|{}| {}", parameters.join(", "), self::expression(body)),
    }
}

fn arm(arm: &MatchArm) -> String {
    let condition = arm.condition.as_ref().map(|condition| format!(" if {}", expression(condition)));
    format!("{}{} => {}", pattern(&arm.pattern), condition.unwrap_or_default(), expression(&arm.value))
}

/// ` { member: value }`, or nothing.
fn members(given: &[(&'static str, Expression)]) -> String {
    let member = |(name, value): &(&'static str, Expression)| match value {
        Expression::Name(same) if same == name => (*name).to_owned(),
        value => format!("{name}: {}", expression(value)),
    };
    if given.is_empty() { String::new() } else { format!(" {{ {} }}", list(given, member)) }
}

/// A pattern.
pub(super) fn pattern(pattern: &Pattern) -> String {
    let bound = |end: &Option<i128>| end.map(|end| end.to_string()).unwrap_or_default();
    match pattern {
        Pattern::Any => "_".to_owned(),
        Pattern::Rest => "..".to_owned(),
        Pattern::Bool(value) => value.to_string(),
        Pattern::Integer(number) => number.to_string(),
        Pattern::Range { low, high, inclusive } => {
            format!("{}..{}{}", bound(low), if *inclusive { "=" } else { "" }, bound(high))
        }
        Pattern::Name(name) | Pattern::Unknown(name) => (*name).to_owned(),
        Pattern::Path(words) => words.join("::"),
        Pattern::Structure(path, parts) => {
            let part = |(name, part): &(&'static str, Pattern)| match part {
                Pattern::Name(same) if same == name => (*name).to_owned(),
                part => format!("{name}: {}", self::pattern(part)),
            };
            // Whether `..` is written is not kept; it never does harm.
            let parts = list(*parts, part);
            let rest = if parts.is_empty() { ".." } else { ", .." };
            format!("{} {{ {parts}{rest} }}", path.join("::"))
        }
        Pattern::Call(path, parts) => format!("{}({})", path.join("::"), list(*parts, self::pattern)),
        Pattern::Tuple(parts) => format!("({})", list(*parts, self::pattern)),
        Pattern::Either(cases) => cases.iter().map(self::pattern).collect::<Vec<_>>().join(" | "),
    }
}

/// A clause, without its semicolon.
pub(super) fn clause(clause: &Clause) -> String {
    match clause {
        Clause::Require(sentence, condition) => format!("require \"{sentence}\": {}", expression(condition)),
        Clause::Let(pattern, _, value) => format!("let {} = {}", self::pattern(pattern), expression(value)),
        Clause::Set(field, value) => format!("set {field} = {}", expression(value)),
        Clause::Insert { field, key, value: None } => format!("insert {} into {field}", expression(key)),
        Clause::Insert { field, key, value: Some(value) } => {
            format!("insert {} => {} into {field}", expression(key), expression(value))
        }
        Clause::Remove { field, key } => format!("remove {} from {field}", expression(key)),
        Clause::Append { field, value } => format!("append {} to {field}", expression(value)),
        Clause::TakeFirst { field } => format!("take first from {field}"),
        Clause::Emit(effect, given) => format!("emit {effect}{}", members(given)),
    }
}

/// `from SOURCES DESTINATION`.
pub(super) fn way(arm: &ArmMeaning) -> String {
    let from = match &arm.sources {
        Sources::Unwritten => String::new(),
        Sources::Any([]) => "from any ".to_owned(),
        Sources::Any(except) => format!("from any except {} ", except.join(" | ")),
        Sources::Pattern(sources) => format!("from {} ", pattern(sources)),
    };
    match &arm.destination {
        DestinationMeaning::Stay => format!("{from}stay"),
        DestinationMeaning::Ignore => format!("ignore {from}").trim_end().to_owned(),
        DestinationMeaning::Remove => format!("{from}remove"),
        DestinationMeaning::Phase(phase, data) => format!("{from}to {phase}{}", members(data)),
    }
}

/// Which instances a handler moves.
pub(super) fn target(target: &TargetMeaning) -> String {
    match target {
        TargetMeaning::Region => String::new(),
        TargetMeaning::Create(key) => format!("create {}", expression(key)),
        TargetMeaning::At(key) => format!("at {}", expression(key)),
        TargetMeaning::Each(selection) => format!("each {selection}"),
    }
}

/// What a selection holds.
pub(super) fn selection(name: &str, selection: &SelectionMeaning) -> String {
    let condition = selection.condition.as_ref().map(|condition| format!(" where {}", expression(condition)));
    format!("select {name} = {}{}", pattern(&selection.pattern), condition.unwrap_or_default())
}
