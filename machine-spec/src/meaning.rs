//! What a machine means, as constant data: the expressions of the machine file as trees.
//!
//! A translation of the written words and nothing more: no name is resolved, no phase told from a local name, no
//! arithmetic made safe. Generated code is made from the same words on another way, so whoever executes this tree in the
//! plainest manner has an independent account of what the generated code should do.

/// The whole machine.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// In the order of [`MachineSpec::types`](crate::spec::MachineSpec::types).
    pub types: &'static [&'static [Form]],
    /// The constants that are declared.
    pub constants: &'static [ConstantMeaning],
    /// The functions that are declared.
    pub functions: &'static [FunctionMeaning],
    /// The forms of payloads, in the order of [`MachineSpec::inputs`](crate::spec::MachineSpec::inputs).
    pub inputs: &'static [Form],
    /// The forms of payloads, in the order of [`MachineSpec::effects`](crate::spec::MachineSpec::effects).
    pub effects: &'static [Form],
    /// In the order of [`MachineSpec::regions`](crate::spec::MachineSpec::regions).
    pub regions: &'static [RegionMeaning],
    /// In the order of [`MachineSpec::properties`](crate::spec::MachineSpec::properties).
    pub properties: &'static [PropertyMeaning],
}

impl Meaning {
    /// Of a machine that is written by hand and says nothing about itself.
    pub const UNTOLD: Self =
        Self { types: &[], constants: &[], functions: &[], inputs: &[], effects: &[], regions: &[], properties: &[] };
}

/// `const NAME: Type = value;`
#[derive(Clone, Copy, Debug)]
pub struct ConstantMeaning {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub shape: Shape,
    /// Its value.
    pub value: Expression,
}

/// `fn name(parameter: Type) -> Type { body }`
#[derive(Clone, Copy, Debug)]
pub struct FunctionMeaning {
    /// Its name.
    pub name: &'static str,
    /// Its parameters with their types.
    pub parameters: &'static [(&'static str, Shape)],
    /// The type of its value.
    pub shape: Shape,
    /// Its value.
    pub body: Expression,
}

/// The types of the members of a message, a variant, a record or a phase, in the order of the members.
pub type Form = &'static [Shape];

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `bool`.
    Bool,
    /// An integer.
    Integer(IntegerType),
    /// A declared type.
    Declared(&'static str),
    /// `Option<T>`.
    Option(&'static Self),
    /// `Set<K>`.
    Set(&'static Self),
    /// `Map<K, V>`.
    Map(&'static Self, &'static Self),
    /// `Seq<T>`.
    Seq(&'static Self),
    /// `(A, B)`.
    Tuple(&'static [Self]),
    /// Something else, as written.
    Unknown(&'static str),
}

/// The integers of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntegerType {
    /// `u8`.
    U8,
    /// `u16`.
    U16,
    /// `u32`.
    U32,
    /// `u64`.
    U64,
    /// `i8`.
    I8,
    /// `i16`.
    I16,
    /// `i32`.
    I32,
    /// `i64`.
    I64,
    /// A declared number: the integers between two bounds, both included.
    Range {
        /// The least.
        least: i64,
        /// The greatest.
        greatest: i64,
    },
}

/// What a region does.
#[derive(Clone, Copy, Debug)]
pub struct RegionMeaning {
    /// The type of the key if the region is keyed.
    pub key: Option<Shape>,
    /// The data of each phase, in the order of [`RegionSpec::phases`](crate::spec::RegionSpec::phases).
    pub phases: &'static [Form],
    /// In the order of [`RegionSpec::fields`](crate::spec::RegionSpec::fields).
    pub fields: &'static [FieldMeaning],
    /// In the order of [`RegionSpec::selections`](crate::spec::RegionSpec::selections).
    pub selections: &'static [SelectionMeaning],
    /// One per input that the region knows, in the order written.
    pub handlers: &'static [HandlerMeaning],
}

/// A field's type and first value.
#[derive(Clone, Copy, Debug)]
pub struct FieldMeaning {
    /// Its type.
    pub shape: Shape,
    /// Its first value; none where each creating transition gives one.
    pub initial: Option<Expression>,
}

/// Which instances a selection holds.
#[derive(Clone, Copy, Debug)]
pub struct SelectionMeaning {
    /// The pattern that the phase matches.
    pub pattern: Pattern,
    /// The condition behind `where`.
    pub condition: Option<Expression>,
}

/// `on Input ...`: what a region does with an input.
#[derive(Clone, Copy, Debug)]
pub struct HandlerMeaning {
    /// Index into [`MachineSpec::inputs`](crate::spec::MachineSpec::inputs).
    pub input: usize,
    /// The members of the payload, each with the name that it is given.
    pub bindings: &'static [(&'static str, &'static str)],
    /// Which instances it moves.
    pub target: TargetMeaning,
    /// What stands in front of the arms.
    pub prelude: &'static [Clause],
    /// Its transitions, in the order written.
    pub arms: &'static [ArmMeaning],
}

/// Which instances a handler moves.
#[derive(Clone, Copy, Debug)]
pub enum TargetMeaning {
    /// The region, which is not keyed.
    Region,
    /// A new instance under this key.
    Create(Expression),
    /// The instance under this key.
    At(Expression),
    /// Every instance in the selection.
    Each(&'static str),
}

/// One transition.
#[derive(Clone, Copy, Debug)]
pub struct ArmMeaning {
    /// Index into [`MachineSpec::transitions`](crate::spec::MachineSpec::transitions).
    pub transition: usize,
    /// Where it leaves from.
    pub sources: Sources,
    /// Where it leads.
    pub destination: DestinationMeaning,
    /// What is written in its braces, in the order written.
    pub clauses: &'static [Clause],
}

/// The phases that a transition leaves.
#[derive(Clone, Copy, Debug)]
pub enum Sources {
    /// Nothing is written: a creation, or a region without phases.
    Unwritten,
    /// Every phase that is not final, but for these.
    Any(&'static [&'static str]),
    /// The phases that match.
    Pattern(Pattern),
}

/// Where a transition leads.
#[derive(Clone, Copy, Debug)]
pub enum DestinationMeaning {
    /// The phase does not change.
    Stay,
    /// Nothing changes.
    Ignore,
    /// The instance is taken out.
    Remove,
    /// To this phase, with this data.
    Phase(&'static str, &'static [(&'static str, Expression)]),
}

/// A clause of a transition.
#[derive(Clone, Copy, Debug)]
pub enum Clause {
    /// `require "sentence": condition;`
    Require(&'static str, Expression),
    /// `let pattern: Type = value;`
    Let(Pattern, Option<Shape>, Expression),
    /// `set field = value;`
    Set(&'static str, Expression),
    /// `insert key => value into field;`
    Insert {
        /// The set or map.
        field: &'static str,
        /// The key.
        key: Expression,
        /// The value, if the field is a map.
        value: Option<Expression>,
    },
    /// `remove key from field;`
    Remove {
        /// The set or map.
        field: &'static str,
        /// The key.
        key: Expression,
    },
    /// `append value to field;`
    Append {
        /// The sequence.
        field: &'static str,
        /// What becomes its last element.
        value: Expression,
    },
    /// `take first from field;`
    TakeFirst {
        /// The sequence.
        field: &'static str,
    },
    /// `emit Effect { member: value };`
    Emit(&'static str, &'static [(&'static str, Expression)]),
}

/// What a property claims.
#[derive(Clone, Copy, Debug)]
pub struct PropertyMeaning {
    /// In front of `=>`.
    pub premise: Option<Expression>,
    /// The claim.
    pub claim: Expression,
}

/// An expression, as written.
#[derive(Clone, Copy, Debug)]
pub enum Expression {
    /// `true` or `false`.
    Bool(bool),
    /// An integer literal, with the type behind it if there is one.
    Integer(u64, Option<IntegerType>),
    /// One word: a local name, a region, `self`, `next`, `None`.
    Name(&'static str),
    /// Words with `::` between them.
    Path(&'static [&'static str]),
    /// `value.name`, also with a number for the name.
    Member(&'static Self, &'static str),
    /// `receiver.method(arguments)`.
    Method(&'static Self, &'static str, &'static [Self]),
    /// `function(arguments)`.
    Call(&'static Self, &'static [Self]),
    /// `!x`, `-x`, `*x` or `&x`.
    Unary(&'static str, &'static Self),
    /// `x + y` and the like.
    Binary(&'static Self, &'static str, &'static Self),
    /// `(a, b)`.
    Tuple(&'static [Self]),
    /// `Path { member: value }`.
    Structure(&'static [&'static str], &'static [(&'static str, Self)]),
    /// `matches!(value, pattern if condition)`.
    Matches(&'static Self, &'static Pattern, Option<&'static Self>),
    /// `let pattern = value`, as a condition.
    Let(&'static Pattern, &'static Self),
    /// `if condition { value } else { value }`.
    If(&'static Self, &'static Self, &'static Self),
    /// `match value { ... }`.
    Match(&'static Self, &'static [MatchArm]),
    /// `|parameter| value`.
    Closure(&'static [&'static str], &'static Self),
    /// Something that is no part of the language, as written.
    Unknown(&'static str),
}

/// `pattern if condition => value`.
#[derive(Clone, Copy, Debug)]
pub struct MatchArm {
    /// What the value matches.
    pub pattern: Pattern,
    /// The condition behind `if`.
    pub condition: Option<Expression>,
    /// What the match is worth then.
    pub value: Expression,
}

/// A pattern, as written.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// `_`.
    Any,
    /// `..`, for the rest of a tuple.
    Rest,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i128),
    /// `low..=high`; without the upper end if it is written `low..high`.
    Range {
        /// The lower end.
        low: Option<i128>,
        /// The upper end.
        high: Option<i128>,
        /// The upper end belongs to it.
        inclusive: bool,
    },
    /// One word: a phase, `None`, or a name to bind.
    Name(&'static str),
    /// Words with `::` between them.
    Path(&'static [&'static str]),
    /// `Path { member: pattern, .. }`.
    Structure(&'static [&'static str], &'static [(&'static str, Self)]),
    /// `Path(pattern, ...)`.
    Call(&'static [&'static str], &'static [Self]),
    /// `(a, b)`.
    Tuple(&'static [Self]),
    /// `a | b`.
    Either(&'static [Self]),
    /// Something that is no part of the language, as written.
    Unknown(&'static str),
}
