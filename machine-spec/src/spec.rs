//! A machine as constant data: what the macro read, for everything that shows, documents or judges a machine.
//!
//! The macro emits one [`MachineSpec`] per machine as plain constants, never as code that builds them, so it costs
//! nothing at run time and next to nothing at compile time. Nothing re-parses a machine file: diagrams, coverage and
//! reports read this value. Ordered as written in the machine file.

use crate::meaning::Meaning;

/// A place in a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file as the compiler was given it.
    pub file: &'static str,
    /// One-based line.
    pub line: u32,
    /// One-based column, in characters.
    pub column: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The whole machine.
#[derive(Clone, Copy, Debug)]
pub struct MachineSpec {
    /// The machine's name, as in `machine Meerkat;`.
    pub name: &'static str,
    /// Its doc comment, lines joined by a newline.
    pub doc: &'static str,
    /// Where it is declared.
    pub place: Place,
    /// Ids, epochs, enums, records, numbers and opaque types.
    pub types: &'static [TypeSpec],
    /// The events it may be offered.
    pub inputs: &'static [MessageSpec],
    /// What it may ask the shell to do.
    pub effects: &'static [MessageSpec],
    /// Its regions, in declaration order, which is also the order of commits and effects in a step.
    pub regions: &'static [RegionSpec],
    /// Every transition of every region. Index with the generated `Transition as usize`.
    pub transitions: &'static [TransitionSpec],
    /// What each region does with each input that it knows, taken together.
    pub handlers: &'static [HandlerSpec],
    /// Every property. Index with the number that [`Machine::evaluate`](crate::Machine::evaluate) takes.
    pub properties: &'static [PropertySpec],
    /// What `leads_to` may trust the environment to do.
    pub fairness: &'static [FairnessSpec],
    /// The expressions behind all of it, as trees.
    pub meaning: Meaning,
}

/// A declared type.
#[derive(Clone, Copy, Debug)]
pub struct TypeSpec {
    /// Its name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// What it is.
    pub kind: TypeKind,
    /// Where it is declared.
    pub place: Place,
}

/// The kinds of declared types.
#[derive(Clone, Copy, Debug)]
pub enum TypeKind {
    /// Compared with `==` only.
    Id,
    /// Only grows: `fresh()`, `==` and the order.
    Epoch,
    /// A sum of variants, each with named fields or none.
    Enum(&'static [MessageSpec]),
    /// A product of named fields.
    Record(&'static [MemberSpec]),
    /// The integers between two bounds, both included.
    Number {
        /// The least.
        least: i64,
        /// The greatest.
        greatest: i64,
    },
    /// A type of the host (as written) that the machine carries and never looks into.
    Opaque(&'static str),
}

/// A name with payload: an input, an effect or a variant.
#[derive(Clone, Copy, Debug)]
pub struct MessageSpec {
    /// Its name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its payload.
    pub payload: &'static [MemberSpec],
    /// Where it is declared.
    pub place: Place,
}

/// A named and typed member of a payload, a record or a phase.
#[derive(Clone, Copy, Debug)]
pub struct MemberSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type, as written.
    pub ty: &'static str,
}

/// A region: the only writer of its phase and fields.
#[derive(Clone, Copy, Debug)]
pub struct RegionSpec {
    /// Its name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// The type of the key if the region is keyed.
    pub key: Option<&'static str>,
    /// Its phases; empty for a region of fields alone.
    pub phases: &'static [PhaseSpec],
    /// Its fields (of each instance, if keyed).
    pub fields: &'static [FieldSpec],
    /// The named selections over its instances.
    pub selections: &'static [SelectionSpec],
    /// Where it is declared.
    pub place: Place,
}

/// A phase of a region.
#[derive(Clone, Copy, Debug)]
pub struct PhaseSpec {
    /// Its name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// The data it carries.
    pub data: &'static [MemberSpec],
    /// The machine starts here.
    pub initial: bool,
    /// Nothing leaves it.
    pub is_final: bool,
    /// Where it is declared.
    pub place: Place,
}

/// A field of a region.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its type, as written.
    pub ty: &'static str,
    /// Its first value, as written; empty where each creating transition gives one.
    pub initial: &'static str,
    /// Where it is declared.
    pub place: Place,
}

/// A named, maintained set of the instances whose phase matches a pattern.
#[derive(Clone, Copy, Debug)]
pub struct SelectionSpec {
    /// Its name.
    pub name: &'static str,
    /// The pattern, as written.
    pub pattern: &'static str,
    /// Where it is declared.
    pub place: Place,
}

/// Which instances a transition moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The region itself: it is not keyed.
    Region,
    /// A new instance under this key (source text).
    Create(&'static str),
    /// The one instance under this key (source text).
    At(&'static str),
    /// Every instance in this selection.
    Each(&'static str),
}

/// Where a transition leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The phase does not change.
    Stay,
    /// Accepted, and nothing changes.
    Ignore,
    /// The instance is taken out of the region.
    Remove,
    /// To this phase.
    Phase(&'static str),
}

/// One transition: one input, one region, some source phases, one destination.
#[derive(Clone, Copy, Debug)]
pub struct TransitionSpec {
    /// Its name, equal to the generated variant.
    pub name: &'static str,
    /// Index into [`MachineSpec::regions`].
    pub region: usize,
    /// Index into [`MachineSpec::inputs`].
    pub input: usize,
    /// Which instances it moves.
    pub target: Target,
    /// Names of the phases it may leave from; empty for a region without phases and for creation.
    pub sources: &'static [&'static str],
    /// The source pattern, as written.
    pub source_pattern: &'static str,
    /// Where it leads.
    pub destination: Destination,
    /// The conditions, in the order in which they are tested.
    pub guards: &'static [GuardSpec],
    /// The fields it writes.
    pub updates: &'static [UpdateSpec],
    /// The effects it emits, in order.
    pub effects: &'static [EmissionSpec],
    /// `region.field` paths that it reads; `region.phase` for a phase.
    pub reads: &'static [&'static str],
    /// `region.field` paths that it writes.
    pub writes: &'static [&'static str],
    /// Where it is written.
    pub place: Place,
}

/// What one region does with one input, all its transitions taken together: how others depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlerSpec {
    /// Index into [`MachineSpec::regions`].
    pub region: usize,
    /// Index into [`MachineSpec::inputs`].
    pub input: usize,
    /// The other regions whose state decides whether it accepts and what it writes. What only the payload of an effect
    /// reads does not count.
    pub decisive: &'static [usize],
    /// There may be a state in which it refuses the input. If not, it follows whatever the others accept.
    pub may_refuse: bool,
}

/// A named condition of a transition.
#[derive(Clone, Copy, Debug)]
pub struct GuardSpec {
    /// The sentence that names it.
    pub sentence: &'static str,
    /// The condition, as written.
    pub text: &'static str,
    /// Where it is written.
    pub place: Place,
}

/// One write of a transition.
#[derive(Clone, Copy, Debug)]
pub struct UpdateSpec {
    /// The field.
    pub field: &'static str,
    /// The right-hand side, as written.
    pub text: &'static str,
    /// Where it is written.
    pub place: Place,
}

/// One effect of a transition.
#[derive(Clone, Copy, Debug)]
pub struct EmissionSpec {
    /// The effect.
    pub effect: &'static str,
    /// The payload, as written.
    pub text: &'static str,
    /// Where it is written.
    pub place: Place,
}

/// What a property claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PropertyKind {
    /// Holds in every reachable state.
    Invariant,
    /// Holds over every step from a reachable state.
    Always,
    /// Holds in some reachable state.
    Reachable,
    /// From every reachable state in which the premise holds, a state in which the conclusion holds can be reached.
    Possible,
    /// On every fair run, a state in which the premise holds is or is followed by one in which the conclusion holds.
    LeadsTo,
}

impl PropertyKind {
    /// Whether the claim is asked of states in which the premise need not hold.
    #[must_use]
    pub fn claims_of_other_states(self) -> bool {
        matches!(self, Self::Possible | Self::LeadsTo)
    }
}

impl std::fmt::Display for PropertyKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Invariant => "invariant",
            Self::Always => "always",
            Self::Reachable => "reachable",
            Self::Possible => "possible",
            Self::LeadsTo => "leads_to",
        })
    }
}

/// A property of the machine.
#[derive(Clone, Copy, Debug)]
pub struct PropertySpec {
    /// A stable identifier, made from the sentence.
    pub id: &'static str,
    /// What it claims, in words.
    pub sentence: &'static str,
    /// What kind of claim it is.
    pub kind: PropertyKind,
    /// The premise as written; empty if there is none.
    pub premise: &'static str,
    /// The claim as written.
    pub text: &'static str,
    /// `region.field` paths that it reads.
    pub reads: &'static [&'static str],
    /// Indices of the regions that it reads.
    pub regions: &'static [usize],
    /// Where it is written.
    pub place: Place,
}

/// How much an input is trusted to occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strength {
    /// It occurs again and again, unless it is impossible again and again.
    Weak,
    /// It occurs again and again, unless it is impossible from some point on.
    Strong,
}

impl std::fmt::Display for Strength {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Weak => "fair",
            Self::Strong => "strongly fair",
        })
    }
}

/// An input that is trusted to occur. To occur is to be accepted, with any payload, and to change the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FairnessSpec {
    /// Index into [`MachineSpec::inputs`].
    pub input: usize,
    /// How much it is trusted.
    pub strength: Strength,
    /// Where it is written.
    pub place: Place,
}
