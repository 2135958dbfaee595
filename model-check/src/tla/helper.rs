//! Small operators that an export defines when it uses them.

/// An operator of the export's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    /// A map with one more entry.
    Put,
    /// A map without a key.
    Drop,
    /// The maps between two sets.
    PartialFunctions,
    /// The sequences of elements up to a length.
    Sequences,
    Least,
    Greatest,
    /// The quotient that is cut off towards zero.
    Quotient,
    /// What the quotient leaves, with the sign of the dividend.
    Remainder,
    /// The place of a key that is no number among the keys of its type, with all of them in order.
    Rank(&'static str, Vec<String>),
    /// The keys of a set in order, and what follows from it.
    First(Order),
    Last(Order),
    After(Order),
    InOrder(Order),
    /// Sequences one behind the other.
    Flatten,
}

/// How the keys of a type are ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Number,
    /// By [`Helper::Rank`] of this type.
    Rank(&'static str, Vec<String>),
}

impl Order {
    fn suffix(&self) -> &'static str {
        match self {
            Self::Number => "",
            Self::Rank(ty, _) => ty,
        }
    }

    fn of(&self, key: &str) -> String {
        match self {
            Self::Number => key.to_owned(),
            Self::Rank(ty, _) => format!("RankOf{ty}({key})"),
        }
    }
}

impl Helper {
    /// The name of the operator.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Put => "Put".to_owned(),
            Self::Drop => "Drop".to_owned(),
            Self::PartialFunctions => "PartialFunctions".to_owned(),
            Self::Sequences => "Sequences".to_owned(),
            Self::Least => "Least".to_owned(),
            Self::Greatest => "Greatest".to_owned(),
            Self::Quotient => "Quotient".to_owned(),
            Self::Remainder => "Remainder".to_owned(),
            Self::Rank(ty, _) => format!("RankOf{ty}"),
            Self::First(order) => format!("First{}", order.suffix()),
            Self::Last(order) => format!("Last{}", order.suffix()),
            Self::After(order) => format!("After{}", order.suffix()),
            Self::InOrder(order) => format!("InOrder{}", order.suffix()),
            Self::Flatten => "Flatten".to_owned(),
        }
    }

    /// The helpers that it is made of.
    pub(super) fn parts(&self) -> Vec<Self> {
        match self {
            Self::First(order) | Self::Last(order) | Self::InOrder(order) => order.helper().into_iter().collect(),
            Self::After(order) => order.helper().into_iter().chain([Self::First(order.clone())]).collect(),
            Self::Remainder => vec![Self::Quotient],
            _ => Vec::new(),
        }
    }

    /// Its definition with a line about it.
    pub(super) fn definition(&self) -> String {
        let name = self.name();
        match self {
            Self::Put => {
                format!("\\* The map with this value under the key.\n{name}(map, key, value) == (key :> value) @@ map")
            }
            Self::Drop => format!(
                "\\* The map without the key.\n{name}(map, key) == [other \\in DOMAIN map \\ {{key}} |-> map[other]]"
            ),
            Self::PartialFunctions => format!(
                "\\* The maps from some of the keys to values.\n{name}(keys, values) == UNION {{[some -> values] : some \\in SUBSET keys}}"
            ),
            Self::Sequences => format!(
                "\\* The sequences of elements up to a length.\n{name}(elements, longest) == UNION {{[1..length -> elements] : length \\in 0..longest}}"
            ),
            Self::Least => format!("{name}(one, other) == IF one <= other THEN one ELSE other"),
            Self::Greatest => format!("{name}(one, other) == IF one >= other THEN one ELSE other"),
            Self::Quotient => format!(
                "\\* The quotient, cut off towards zero.\n{name}(one, other) ==\n    LET Size(x) == IF x < 0 THEN -x ELSE x\n    IN  IF (one < 0) = (other < 0) THEN Size(one) \\div Size(other) ELSE -(Size(one) \\div Size(other))"
            ),
            Self::Remainder => {
                format!("\\* What the quotient leaves.\n{name}(one, other) == one - other * Quotient(one, other)")
            }
            Self::Rank(_, keys) => {
                let ranks: Vec<String> =
                    keys.iter().enumerate().map(|(rank, key)| format!("key = {key} -> {rank}")).collect();
                format!(
                    "\\* The place of a key in the order of declaration.\n{name}(key) == CASE {}",
                    ranks.join(" [] ")
                )
            }
            Self::First(order) => {
                let (key, other) = (order.of("key"), order.of("other"));
                format!(
                    "\\* The first key of a set that is not empty.\n{name}(keys) == CHOOSE key \\in keys : \\A other \\in keys : {key} <= {other}"
                )
            }
            Self::Last(order) => {
                let (key, other) = (order.of("key"), order.of("other"));
                format!(
                    "\\* The last key of a set that is not empty.\n{name}(keys) == CHOOSE key \\in keys : \\A other \\in keys : {key} >= {other}"
                )
            }
            Self::After(order) => {
                let (key, limit) = (order.of("key"), order.of("limit"));
                format!("\\* The keys behind this one.\n{name}(keys, limit) == {{key \\in keys : {key} > {limit}}}")
            }
            Self::InOrder(order) => {
                let (key, other) = (order.of("key"), order.of("other"));
                format!(
                    "\\* The keys of a set, one behind the other.\n{name}(keys) ==\n    [place \\in 1..Cardinality(keys) |->\n        CHOOSE key \\in keys : Cardinality({{other \\in keys : {other} < {key}}}) = place - 1]"
                )
            }
            Self::Flatten => format!(
                "\\* Sequences, one behind the other.\nRECURSIVE {name}(_)\n{name}(sequences) ==\n    IF sequences = <<>> THEN <<>> ELSE Head(sequences) \\o {name}(Tail(sequences))"
            ),
        }
    }
}

impl Order {
    fn helper(&self) -> Option<Helper> {
        match self {
            Self::Number => None,
            Self::Rank(ty, keys) => Some(Helper::Rank(ty, keys.clone())),
        }
    }
}
