//! The codes of the mistakes, each with the rule that the mistake breaks.
//!
//! A code never changes its meaning and is never used again. `docs/guide/errors.md` has a section for each.

use proc_macro2::Span;

/// Declares the codes, each with the rule behind it.
macro_rules! codes {
    ($($name:ident $code:literal $rule:literal),* $(,)?) => {
        /// What kind of mistake it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $rule] $name),*
        }

        impl Code {
            /// All of them, in the order of their codes.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code, as it stands in front of the message.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The rule that is broken, as a sentence.
            #[cfg(test)]
            pub(crate) const fn rule(self) -> &'static str {
                match self { $(Self::$name => $rule),* }
            }
        }
    };
}

codes! {
    // What is written.
    Syntax "M0101" "A machine is written in the grammar of machines.",
    RegionFile "M0102" "A `region!` holds one region.",

    // Names.
    DeclaredTwice "M0201" "A name is declared once.",
    UnknownInput "M0202" "An input is declared before a region handles it.",
    UnknownEffect "M0203" "An effect is declared before a transition emits it.",
    UnknownRegion "M0204" "A region that is read is declared.",
    UnknownPhase "M0205" "A phase is one of its region.",
    UnknownField "M0206" "A field or a selection is one of its region.",
    UnknownMember "M0207" "A member is one of its payload, record or phase.",
    UnknownName "M0208" "A name in an expression stands for something.",
    UnknownType "M0209" "A type is declared, or one of the language.",
    UnknownVariant "M0210" "A variant is one of its enumeration.",
    UnknownFunction "M0211" "A function that is called is declared.",
    UnknownMethod "M0212" "A method is one of the language.",
    UnknownSelection "M0213" "A selection is one of its region.",
    ReservedName "M0214" "A field or a selection is not called like a word of the language.",
    HiddenName "M0215" "A name does not hide another that is read beside it.",
    SelfWithoutMeaning "M0216" "`self` stands in transitions and selections.",
    NextWithoutMeaning "M0217" "`next` stands in `always` and in the payload of effects.",

    // Declarations.
    NoFirstValue "M0301" "A field of a plain region has a first value.",
    InitialTwice "M0302" "A region starts in one phase.",
    NoInitialPhase "M0303" "A region with phases starts in one of them.",
    InitialData "M0304" "The initial phase carries no data.",
    InitialInstance "M0305" "An instance starts where its creation puts it.",
    NoPhases "M0306" "A keyed region has phases.",
    SentenceTwice "M0307" "A sentence names one property.",
    CollectionInPhase "M0308" "A phase carries no collection.",
    ConstantArithmetic "M0309" "A constant is a value that is written down.",
    SelectionArithmetic "M0310" "A selection does no arithmetic.",
    FairTwice "M0311" "An input is fair in one way.",

    // Transitions.
    HandlerTwice "M0401" "A region answers an input in one place.",
    TargetMissing "M0402" "A keyed region says which instances move.",
    TargetWithoutInstances "M0403" "Instances move in keyed regions only.",
    SourcesMissing "M0404" "A transition says which phases it leaves.",
    SourcesWithoutPhases "M0405" "Where there is no phase, none is left.",
    SourcesWithoutNames "M0406" "The phases to leave are named.",
    FinalPhaseLeft "M0407" "Nothing leaves a final phase.",
    WrittenTwice "M0408" "A transition writes a field once.",
    IgnoredInputChanges "M0409" "An ignored input changes nothing and emits nothing.",
    CreationWithoutPhase "M0410" "A creation says where the instance starts.",
    CreationInserts "M0411" "A new instance is given its fields whole.",
    CreationIncomplete "M0412" "A new instance is given every field that has no first value.",
    DataIncomplete "M0413" "Data is given in full.",
    EachLet "M0414" "In front of the arms of an `each`, names are bound with their types.",
    EachGuard "M0415" "An `each` tests one instance at a time.",
    ChangedInPlace "M0416" "A collection that is changed in place has no value after the step yet.",
    Overlap "M0417" "An input is accepted by one transition of a region.",

    ForeignField "M0418" "A region writes its own fields only.",

    // Expressions.
    NotAnExpression "M0501" "An expression is one of the language.",
    NotAPattern "M0502" "A pattern is one of the language.",
    RegionAsValue "M0503" "A region is not a value.",
    ReadOutside "M0504" "What is computed apart from the state reads only what it is given.",
    ArithmeticInQuantifier "M0505" "Arithmetic stands where an overflow can reject the input.",
    MembersFromElsewhere "M0506" "Every member of a value is written.",
    IfWithoutElse "M0507" "Every expression has a value.",
    BlockOfOne "M0508" "A block holds one expression.",
    IsWithoutPhases "M0509" "`is` takes phases.",
    KeyedRegionPhase "M0510" "A keyed region has no phase of its own.",
    ForeignCall "M0511" "A machine calls its own functions only.",
    LaterFunction "M0512" "A function calls those in front of it.",
    ClosureParameter "M0513" "The parameter of a condition has a name.",

    // Types.
    OpaqueCompared "M0601" "What is opaque is never compared.",
    OpaqueInspected "M0602" "What is opaque is never looked into.",
    OpaqueKey "M0603" "What is opaque is no key.",
    NumberRange "M0604" "A bounded number has more than one value.",
    LiteralOutOfRange "M0605" "A literal lies in the range of its type.",
    NoSequence "M0606" "Only a sequence is appended to and taken from.",

    // What is there for nothing.
    InputUnhandled "M0701" "An input is handled by some region.",
    EffectUnemitted "M0702" "An effect is emitted by some transition.",
    PhaseUnentered "M0703" "A phase is entered by some transition.",
    PhaseUnleft "M0704" "A phase that is not final is left by some transition.",
    FieldUnread "M0705" "A field is read somewhere.",
    GuardConstant "M0706" "A guard can hold and can fail.",
    PhaseDataUnread "M0707" "The data of a phase that is not final is read somewhere.",
    VariantUnused "M0708" "A variant is made by somebody.",
    ConstantUnused "M0709" "A constant is used.",
    FunctionUnused "M0710" "A function is called.",
    SelectionUnread "M0711" "A selection is read somewhere.",
    TypeUnused "M0712" "Something has each declared type.",
    FairnessUnused "M0713" "Some property rests on each fairness.",
}

impl Code {
    /// The error at a place.
    pub(crate) fn error(self, span: Span, message: impl std::fmt::Display) -> syn::Error {
        syn::Error::new(span, format_args!("[{}] {message}", self.text()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Code;

    const GUIDE: &str = include_str!("../../../docs/guide/errors.md");

    /// What the compiler says of each file of mistakes.
    const SHOWN: [&str; 15] = [
        include_str!("../../../machine-spec/tests/ui/dead.stderr"),
        include_str!("../../../machine-spec/tests/ui/fairness.stderr"),
        include_str!("../../../machine-spec/tests/ui/host_stays_dark.stderr"),
        include_str!("../../../machine-spec/tests/ui/names.stderr"),
        include_str!("../../../machine-spec/tests/ui/no_machine.stderr"),
        include_str!("../../../machine-spec/tests/ui/numbers.stderr"),
        include_str!("../../../machine-spec/tests/ui/opaque.stderr"),
        include_str!("../../../machine-spec/tests/ui/owners.stderr"),
        include_str!("../../../machine-spec/tests/ui/payload.stderr"),
        include_str!("../../../machine-spec/tests/ui/refused.stderr"),
        include_str!("../../../machine-spec/tests/ui/region_files.stderr"),
        include_str!("../../../machine-spec/tests/ui/rules.stderr"),
        include_str!("../../../machine-spec/tests/ui/sequences.stderr"),
        include_str!("../../../machine-spec/tests/ui/syntax.stderr"),
        include_str!("../../../machine-spec/tests/ui/unused.stderr"),
    ];

    #[test]
    fn every_code_has_its_section_in_the_guide_and_no_other_has() {
        let sections: Vec<(&str, &str)> =
            GUIDE.split("\n### ").skip(1).filter_map(|part| part.split_once('\n')).collect();
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(sections.iter().map(|(code, _)| *code).collect::<Vec<_>>(), codes);
        assert!(codes.is_sorted_by(|one, next| one < next), "each code is given once, in order");
        for (code, (_, section)) in Code::ALL.iter().zip(sections) {
            assert!(section.trim_start().starts_with(code.rule()), "{} begins with its rule", code.text());
            assert_eq!(section.matches("```").count(), 2, "{} has one snippet", code.text());
            let cure = section.rsplit("```").next().unwrap_or_default();
            assert!(cure.trim().len() > 20, "{} says how it is mended", code.text());
        }
    }

    #[test]
    fn every_code_is_shown_by_a_test_and_every_shown_code_exists() {
        let shown: BTreeSet<&str> = SHOWN
            .iter()
            .flat_map(|text| text.split("error: [").skip(1))
            .filter_map(|rest| rest.split_once(']').map(|(code, _)| code))
            .collect();
        let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(shown, known);
    }
}
