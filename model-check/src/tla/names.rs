//! Names that TLA+ accepts: it knows one space of names for everything, and none may be declared again inside another.

use std::collections::BTreeSet;

/// Words of the language, and operators of the modules that every export extends.
const TAKEN: &[&str] = &[
    "ACTION",
    "ASSUME",
    "ASSUMPTION",
    "AXIOM",
    "BOOLEAN",
    "BY",
    "CASE",
    "CHOOSE",
    "CONSTANT",
    "CONSTANTS",
    "COROLLARY",
    "DEF",
    "DEFINE",
    "DEFS",
    "DOMAIN",
    "ELSE",
    "ENABLED",
    "EXCEPT",
    "EXTENDS",
    "FALSE",
    "HAVE",
    "HIDE",
    "IF",
    "IN",
    "INSTANCE",
    "LAMBDA",
    "LEMMA",
    "LET",
    "LOCAL",
    "MODULE",
    "NEW",
    "OBVIOUS",
    "OMITTED",
    "ONLY",
    "OTHER",
    "PICK",
    "PROOF",
    "PROPOSITION",
    "PROVE",
    "QED",
    "RECURSIVE",
    "SF_",
    "STATE",
    "STRING",
    "SUBSET",
    "SUFFICES",
    "TAKE",
    "TEMPORAL",
    "THEN",
    "THEOREM",
    "TRUE",
    "UNCHANGED",
    "UNION",
    "USE",
    "VARIABLE",
    "VARIABLES",
    "WF_",
    "WITH",
    "WITNESS", //
    "Nat",
    "Int",
    "Seq",
    "Len",
    "Append",
    "Head",
    "Tail",
    "SubSeq",
    "SelectSeq",
    "Cardinality",
    "IsFiniteSet",
    "Print",
    "PrintT",
    "Assert",
    "JavaTime",
    "TLCGet",
    "TLCSet",
    "TLCEval",
    "Permutations",
    "SortSeq",
    "RandomElement",
    "Any",
    "ToString", //
    "None",
    "Init",
    "Next",
    "Spec",
    "TypeOK",
    "vars",
];

/// What the parameters of the export's own operators are called. Nothing that is declared outside may have their names.
pub(super) const PARAMETERS: [&str; 17] = [
    "key",
    "map",
    "value",
    "other",
    "keys",
    "values",
    "some",
    "one",
    "x",
    "Size",
    "limit",
    "place",
    "sequences",
    "after",
    "elements",
    "longest",
    "length",
];

/// The names that are taken where something is to be named.
#[derive(Clone, Debug)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Those of the language and of every export.
    pub(super) fn of_the_language() -> Self {
        Self(TAKEN.iter().map(|name| (*name).to_owned()).collect())
    }

    /// Gives names back, for use inside of operators.
    pub(super) fn release(&mut self, names: &[&str]) {
        self.0.retain(|name| !names.contains(&name.as_str()));
    }

    /// This name, or one like it if it is taken.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let wanted = &ascii(wanted);
        let wanted = if wanted.starts_with("WF_") || wanted.starts_with("SF_") || wanted.starts_with('_') {
            format!("the{wanted}")
        } else {
            wanted.to_owned()
        };
        let free = |name: &String| !self.0.contains(name);
        let name = std::iter::once(wanted.clone())
            .chain((2_u32..).map(|number| format!("{wanted}_{number}")))
            .find(free)
            .unwrap_or(wanted);
        self.0.insert(name.clone());
        name
    }
}

/// The name of a member of a record: any, but for the one that tells variants apart.
pub(super) fn member(name: &str) -> String {
    let name = ascii(name);
    if name == TAG || TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The name in the letters of TLA+.
fn ascii(name: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => letter.to_string(),
        other => format!("u{:x}", u32::from(other)),
    };
    name.chars().map(letter).collect()
}

/// The member that says which variant or phase a record is.
pub(super) const TAG: &str = "is";

/// `two_words` as `TwoWords`.
pub(super) fn capitalized(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.split('_').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let mut names = Names::of_the_language();
        assert_eq!(names.take("Append"), "Append_2");
        assert_eq!(["door", "door", "door"].map(|name| names.take(name)), ["door", "door_2", "door_3"]);
        assert_eq!(names.take("_marks"), "the_marks");
    }
}
