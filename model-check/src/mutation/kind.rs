//! The kinds of small mistakes.

use std::fmt;

use clap::ValueEnum;

/// A kind of small mistake in a machine file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum MutationKind {
    /// A guard, or a part of one that stands between `&&`, is left out.
    GuardDropped,
    /// A guard, or a part of one that stands between `&&`, says the opposite.
    GuardNegated,
    /// Inside of a condition: a part of it is left out, or says the opposite; all for any; one branch for the other.
    ConditionChanged,
    /// A comparison accepts its limit and should not, or the other way round; or equal for unequal.
    ComparisonShifted,
    /// A number is one too high or one too low; plus for minus.
    NumberShifted,
    /// Another variant, nothing in the place of something, false for true, the last for the first.
    ValueChanged,
    /// An epoch is used again where a fresh one should be.
    EpochKept,
    /// A write is left out.
    UpdateDropped,
    /// A transition leads to another phase.
    DestinationSwapped,
    /// A transition also leaves another phase.
    SourceAdded,
    /// A transition does not leave one of its phases.
    SourceDropped,
    /// An instance is not created.
    InstanceDropped,
    /// An instance is not taken out.
    InstanceKept,
    /// The instances of another selection are moved.
    SelectionSwapped,
    /// An effect is not emitted.
    EffectDropped,
    /// An effect is emitted with something else.
    EffectChanged,
    /// An effect is emitted twice.
    EffectDuplicated,
    /// A property claims the same without its premise.
    PremiseDropped,
}

impl MutationKind {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 18] = [
        Self::GuardDropped,
        Self::GuardNegated,
        Self::ConditionChanged,
        Self::ComparisonShifted,
        Self::NumberShifted,
        Self::ValueChanged,
        Self::EpochKept,
        Self::UpdateDropped,
        Self::DestinationSwapped,
        Self::SourceAdded,
        Self::SourceDropped,
        Self::InstanceDropped,
        Self::InstanceKept,
        Self::SelectionSwapped,
        Self::EffectDropped,
        Self::EffectChanged,
        Self::EffectDuplicated,
        Self::PremiseDropped,
    ];

    /// Whether a check could notice a mistake of this kind at all. No property reads an effect, so what an effect carries
    /// and how often it is emitted is nothing that a check can tell. Such mistakes are made only if they are asked for.
    #[must_use]
    pub fn is_noticeable(self) -> bool {
        !matches!(self, Self::EffectChanged | Self::EffectDuplicated)
    }

    /// Its name in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GuardDropped => "guard dropped",
            Self::GuardNegated => "guard negated",
            Self::ConditionChanged => "condition changed",
            Self::ComparisonShifted => "comparison shifted",
            Self::NumberShifted => "number shifted",
            Self::ValueChanged => "value changed",
            Self::EpochKept => "epoch kept",
            Self::UpdateDropped => "update dropped",
            Self::DestinationSwapped => "destination swapped",
            Self::SourceAdded => "source added",
            Self::SourceDropped => "source dropped",
            Self::InstanceDropped => "instance dropped",
            Self::InstanceKept => "instance kept",
            Self::SelectionSwapped => "selection swapped",
            Self::EffectDropped => "effect dropped",
            Self::EffectChanged => "effect changed",
            Self::EffectDuplicated => "effect duplicated",
            Self::PremiseDropped => "premise dropped",
        }
    }
}

impl fmt::Display for MutationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
