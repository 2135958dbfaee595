//! What crosses crates: the workloads that several tests and benches share, and the example host as a process.

pub mod host;
pub mod hosting;
pub mod job;
pub mod rounds;
pub mod session_mix;

/// The code of the readme, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The code of the guide, compiled and run.
#[cfg(doctest)]
pub mod guide {
    #[doc = include_str!("../../docs/guide/first-machine.md")]
    pub struct FirstMachine;
    #[doc = include_str!("../../docs/guide/types.md")]
    pub struct Types;
    #[doc = include_str!("../../docs/guide/regions.md")]
    pub struct Regions;
    #[doc = include_str!("../../docs/guide/transitions.md")]
    pub struct Transitions;
    #[doc = include_str!("../../docs/guide/guards.md")]
    pub struct Guards;
    #[doc = include_str!("../../docs/guide/effects.md")]
    pub struct Effects;
    #[doc = include_str!("../../docs/guide/keyed-regions.md")]
    pub struct KeyedRegions;
    #[doc = include_str!("../../docs/guide/many-regions.md")]
    pub struct ManyRegions;
    #[doc = include_str!("../../docs/guide/region-files.md")]
    pub struct RegionFiles;
    #[doc = include_str!("../../docs/guide/properties.md")]
    pub struct Properties;
    #[doc = include_str!("../../docs/guide/bounds.md")]
    pub struct Bounds;
    #[doc = include_str!("../../docs/guide/names.md")]
    pub struct NamesThatDoNotMatter;
    #[doc = include_str!("../../docs/guide/seeing.md")]
    pub struct Seeing;
    #[doc = include_str!("../../docs/guide/hosting.md")]
    pub struct Hosting;
    #[doc = include_str!("../../docs/guide/testing.md")]
    pub struct Testing;
    #[doc = include_str!("../../docs/guide/mutants.md")]
    pub struct Mutants;
}
