//! TLA+ as a tree, so that it is laid out by its structure and put in brackets only where it must be.

/// A TLA+ expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// A name, a number, a string, and whatever else holds together by itself.
    Word(String),
    /// `operator(argument, argument)`; the bare name without arguments.
    Apply(String, Vec<Self>),
    /// `~x`, `DOMAIN x` and the like.
    Prefix(&'static str, Box<Self>),
    /// `x'`.
    Prime(Box<Self>),
    /// `x + y` and the like.
    Binary(Box<Self>, &'static str, Box<Self>),
    /// `x /\ y`.
    All(Vec<Self>),
    /// `x \/ y`.
    Any(Vec<Self>),
    /// A condition with a sentence about it.
    Noted(String, Box<Self>),
    /// `IF x THEN y ELSE z`.
    If(Box<Self>, Box<Self>, Box<Self>),
    /// `\A x \in S : y`, and so `\E` and `CHOOSE`.
    Bound(&'static str, Vec<(String, Self)>, Box<Self>),
    /// `LET x == y IN z`.
    Let(Vec<(String, Self)>, Box<Self>),
    /// `[name |-> x]`.
    Record(Vec<(String, Self)>),
    /// `[name : S]`, the set of such records.
    Records(Vec<(String, Self)>),
    /// `[x \in S |-> y]`.
    Function(String, Box<Self>, Box<Self>),
    /// `[x EXCEPT !.name = y]`.
    Except(Box<Self>, Vec<(Spot, Self)>),
    /// `{x \in S : y}`.
    Filter(String, Box<Self>, Box<Self>),
    /// `{x, y}`.
    Set(Vec<Self>),
    /// `<<x, y>>`.
    Tuple(Vec<Self>),
    /// `x[y]`.
    Index(Box<Self>, Box<Self>),
    /// `x.name`.
    Member(Box<Self>, String),
}

/// What `EXCEPT` changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// `!.name`.
    Member(String),
    /// `![key]`.
    Key(Tree),
}

impl Tree {
    pub(super) fn word(word: impl Into<String>) -> Self {
        Self::Word(word.into())
    }

    pub(super) fn string(text: &str) -> Self {
        Self::Word(format!("\"{text}\""))
    }

    pub(super) fn number(number: impl Into<i128>) -> Self {
        let number: i128 = number.into();
        if number < 0 { Self::Word(format!("(-{})", -number)) } else { Self::Word(number.to_string()) }
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::word(if value { "TRUE" } else { "FALSE" })
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Word(word) if word == "TRUE")
    }

    pub(super) fn is_false(&self) -> bool {
        matches!(self, Self::Word(word) if word == "FALSE")
    }

    /// `operator(arguments)`.
    pub(super) fn apply(operator: impl Into<String>, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Apply(operator.into(), arguments.into_iter().collect())
    }

    pub(super) fn binary(self, sign: &'static str, other: Self) -> Self {
        Self::Binary(Box::new(self), sign, Box::new(other))
    }

    pub(super) fn equals(self, other: Self) -> Self {
        self.binary("=", other)
    }

    pub(super) fn element_of(self, set: Self) -> Self {
        self.binary("\\in", set)
    }

    pub(super) fn member(self, name: &str) -> Self {
        Self::Member(Box::new(self), name.to_owned())
    }

    pub(super) fn index(self, key: Self) -> Self {
        Self::Index(Box::new(self), Box::new(key))
    }

    pub(super) fn prefix(self, sign: &'static str) -> Self {
        Self::Prefix(sign, Box::new(self))
    }

    pub(super) fn domain(self) -> Self {
        self.prefix("DOMAIN")
    }

    pub(super) fn prime(self) -> Self {
        Self::Prime(Box::new(self))
    }

    pub(super) fn except(self, changes: Vec<(Spot, Self)>) -> Self {
        Self::Except(Box::new(self), changes)
    }

    /// `quantifier name \in set : body`.
    pub(super) fn bound(quantifier: &'static str, name: &str, set: Self, body: Self) -> Self {
        Self::Bound(quantifier, vec![(name.to_owned(), set)], Box::new(body))
    }

    pub(super) fn filter(name: &str, set: Self, condition: Self) -> Self {
        Self::Filter(name.to_owned(), Box::new(set), Box::new(condition))
    }

    pub(super) fn function(name: &str, set: Self, value: Self) -> Self {
        Self::Function(name.to_owned(), Box::new(set), Box::new(value))
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Word(word) if word == "TRUE" => Self::bool(false),
            Self::Word(word) if word == "FALSE" => Self::bool(true),
            Self::Binary(left, "=", right) => Self::Binary(left, "#", right),
            Self::Binary(left, "#", right) => Self::Binary(left, "=", right),
            Self::Binary(left, "\\in", right) => Self::Binary(left, "\\notin", right),
            Self::Prefix("~", operand) => *operand,
            other => other.prefix("~"),
        }
    }

    /// The conjunction, without what says nothing.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                other if other.is_true() => {}
                other => flat.push(other),
            }
        }
        if let Some(never) = flat.iter().find(|part| part.is_false()) {
            return never.clone();
        }
        if flat.len() == 1 {
            flat.swap_remove(0)
        } else if flat.is_empty() {
            Self::bool(true)
        } else {
            Self::All(flat)
        }
    }

    /// The disjunction, without what says nothing; names of one thing become a set.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                other if other.is_false() => {}
                other => flat.push(other),
            }
        }
        if let Some(always) = flat.iter().find(|part| part.is_true()) {
            return always.clone();
        }
        if flat.is_empty() {
            return Self::bool(false);
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { one_of(&flat).unwrap_or(Self::Any(flat)) }
    }

    pub(super) fn choice(condition: Self, then: Self, otherwise: Self) -> Self {
        if condition.is_true() || then == otherwise {
            then
        } else if condition.is_false() {
            otherwise
        } else {
            Self::If(Box::new(condition), Box::new(then), Box::new(otherwise))
        }
    }

    /// What must hold of two things, of which a condition says which one is asked for.
    pub(super) fn either_holds(condition: Self, then: Self, otherwise: Self) -> Self {
        if otherwise.is_true() {
            condition.implies(then)
        } else if then.is_true() {
            Self::any([condition, otherwise])
        } else {
            Self::choice(condition, then, otherwise)
        }
    }

    pub(super) fn implies(self, other: Self) -> Self {
        if self.is_true() || other.is_true() { other } else { self.binary("=>", other) }
    }

    /// Around what is behind them, those of these names that are mentioned.
    pub(super) fn with_locals(self, locals: &[(String, Self)]) -> Self {
        let mut needed: Vec<(String, Self)> = Vec::new();
        for (name, value) in locals.iter().rev() {
            if self.mentions(name) || needed.iter().any(|(_, other)| other.mentions(name)) {
                needed.insert(0, (name.clone(), value.clone()));
            }
        }
        if needed.is_empty() { self } else { Self::Let(needed, Box::new(self)) }
    }

    /// Whether the name stands somewhere in it. Local names are chosen so that none hides another.
    pub(super) fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Word(word) => word == name,
            Self::Apply(operator, arguments) => {
                operator == name || arguments.iter().any(|argument| argument.mentions(name))
            }
            Self::Prefix(_, inner) | Self::Prime(inner) | Self::Noted(_, inner) | Self::Member(inner, _) => {
                inner.mentions(name)
            }
            Self::Binary(left, _, right) | Self::Index(left, right) => left.mentions(name) || right.mentions(name),
            Self::All(parts) | Self::Any(parts) | Self::Set(parts) | Self::Tuple(parts) => {
                parts.iter().any(|part| part.mentions(name))
            }
            Self::If(condition, then, otherwise) => {
                condition.mentions(name) || then.mentions(name) || otherwise.mentions(name)
            }
            Self::Bound(_, parts, body) | Self::Let(parts, body) => {
                parts.iter().any(|(_, part)| part.mentions(name)) || body.mentions(name)
            }
            Self::Record(parts) | Self::Records(parts) => parts.iter().any(|(_, part)| part.mentions(name)),
            Self::Function(_, set, body) | Self::Filter(_, set, body) => set.mentions(name) || body.mentions(name),
            Self::Except(base, changes) => {
                let in_change = |(spot, value): &(Spot, Self)| {
                    value.mentions(name) || matches!(spot, Spot::Key(key) if key.mentions(name))
                };
                base.mentions(name) || changes.iter().any(in_change)
            }
        }
    }
}

/// `x \in {a, b}` for `x = a \/ x = b`.
fn one_of(parts: &[Tree]) -> Option<Tree> {
    let mut subject: Option<&Tree> = None;
    let mut values = Vec::new();
    for part in parts {
        let Tree::Binary(left, sign, right) = part else { return None };
        match (*sign, &**right) {
            ("=", value @ Tree::Word(_)) => values.push(value.clone()),
            ("\\in", Tree::Set(more)) => values.extend(more.iter().cloned()),
            _ => return None,
        }
        if *subject.get_or_insert(left) != &**left {
            return None;
        }
    }
    Some(subject?.clone().element_of(Tree::Set(values)))
}
