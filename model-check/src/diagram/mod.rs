//! A machine as a picture: phases as nodes, transitions as edges.
//!
//! A [`Diagram`] is made from the constant data of a machine alone; with a [`Coverage`] it also shows what a check has
//! exercised. It is not the graph of states that a check explores: fields and the data of phases are left out, so a
//! path through a picture need not be a path of the machine.
//!
//! What to draw is decided here, once, and drawn by [`mermaid`] and [`dot`] alike.

mod dot;
mod label;
mod markdown;
mod mermaid;

use std::fmt;

use machine_spec::spec::{Destination, MachineSpec, MemberSpec, RegionSpec, Target, TransitionSpec};

use crate::coverage::{Coverage, GapKind};
use crate::display;
use label::Label;

/// How a diagram is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A Mermaid `stateDiagram-v2`, which code forges render in Markdown files.
    Mermaid,
    /// The language of Graphviz: `dot -Tsvg`.
    Dot,
    /// A Markdown file with a Mermaid diagram per region.
    Markdown,
}

/// A machine, or one region of it, as a picture.
///
/// ```
/// # fn show<Light: machine_spec::Machine>() {
/// use model_check::{Diagram, Format};
/// println!("{}", Diagram::of(Light::SPEC).in_format(Format::Mermaid));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Diagram<'run> {
    spec: &'static MachineSpec,
    region: Option<usize>,
    all: bool,
    coverage: Option<Painted<'run>>,
}

#[derive(Clone, Copy, Debug)]
struct Painted<'run> {
    coverage: &'run Coverage,
    remark: &'run str,
}

impl<'run> Diagram<'run> {
    /// The whole machine, without the transitions that stay in their phase.
    #[must_use]
    pub fn of(spec: &'static MachineSpec) -> Self {
        Self { spec, region: None, all: false, coverage: None }
    }

    /// Draws one region only, by its index in [`MachineSpec::regions`]. An index that is none draws nothing.
    #[must_use]
    pub fn region(self, index: usize) -> Self {
        Self { region: Some(index), ..self }
    }

    /// Also draws the transitions that `stay` or `ignore`.
    #[must_use]
    pub fn all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// Paints what a check has exercised; the remark says within which bounds.
    #[must_use]
    pub fn painted(self, coverage: &'run Coverage, remark: &'run str) -> Self {
        Self { coverage: Some(Painted { coverage, remark }), ..self }
    }

    /// The diagram in a format; print it with `{}`.
    #[must_use]
    pub fn in_format(self, format: Format) -> impl fmt::Display + 'run {
        Written { diagram: self, format }
    }

    fn title(&self) -> String {
        let region = self.region.and_then(|index| self.spec.regions.get(index));
        let region = region.map(|region| format!(" {}", region.name)).unwrap_or_default();
        let remark = self.coverage.map(|painted| format!(", {}", painted.remark)).unwrap_or_default();
        format!("{}{region}{remark}", self.spec.name)
    }

    fn clusters(&self) -> Vec<Cluster> {
        let drawn = |number: &usize| self.region.is_none_or(|only| only == *number);
        (0..self.spec.regions.len()).filter(drawn).map(|number| self.cluster(number)).collect()
    }

    fn cluster(&self, number: usize) -> Cluster {
        let region = &self.spec.regions[number];
        let mut cluster = Cluster { region, nodes: self.nodes(region), edges: Vec::new() };
        let entries = region.phases.iter().enumerate().filter(|(_, phase)| phase.initial && region.key.is_none());
        cluster.edges.extend(entries.map(|(index, _)| Edge::plain(End::Outside, End::Node(index))));
        for (index, transition) in self.spec.transitions.iter().enumerate() {
            if transition.region == number && self.is_drawn(region, transition) {
                self.draw(&mut cluster, index, transition);
            }
        }
        if region.key.is_none() {
            let ends = cluster.nodes.iter().enumerate().filter(|(_, node)| node.is_final).map(|(index, _)| index);
            let ends: Vec<Edge> = ends.map(|index| Edge::plain(End::Node(index), End::Outside)).collect();
            cluster.edges.extend(ends);
        }
        cluster
    }

    fn nodes(&self, region: &RegionSpec) -> Vec<Node> {
        let never = |name: &str| {
            let name = format!("{}.{name}", region.name);
            let is_gap =
                |coverage: &Coverage| coverage.gaps.iter().any(|gap| gap.kind == GapKind::Phase && gap.name == name);
            self.coverage.is_some_and(|painted| is_gap(painted.coverage))
        };
        if region.phases.is_empty() {
            let data = region.fields.iter().map(|field| format!("{}: {}", field.name, display::ty(field.ty))).collect();
            return vec![Node { name: region.name, data, is_final: false, never_entered: false }];
        }
        let node = |phase: &machine_spec::spec::PhaseSpec| Node {
            name: phase.name,
            data: phase.data.iter().map(member).collect(),
            is_final: phase.is_final,
            never_entered: never(phase.name),
        };
        region.phases.iter().map(node).collect()
    }

    /// In a region without phases nothing ever moves: there the transitions that stay are all there is to see.
    fn is_drawn(&self, region: &RegionSpec, transition: &TransitionSpec) -> bool {
        let stays = matches!(transition.destination, Destination::Stay | Destination::Ignore);
        self.all || !stays || region.phases.is_empty()
    }

    fn draw(&self, cluster: &mut Cluster, index: usize, transition: &TransitionSpec) {
        let position = |name: &str| cluster.nodes.iter().position(|node| node.name == name);
        let mut sources: Vec<(End, &str)> = transition
            .sources
            .iter()
            .filter_map(|name| position(name).map(|source| (End::Node(source), *name)))
            .collect();
        if sources.is_empty() {
            let is_created = matches!(transition.target, Target::Create(_));
            sources.push((if is_created { End::Outside } else { End::Node(0) }, ""));
        }
        let destination = match transition.destination {
            Destination::Stay | Destination::Ignore => None,
            Destination::Remove => Some(End::Outside),
            Destination::Phase(name) => position(name).map(End::Node),
        };
        for (from, name) in sources {
            let to = destination.unwrap_or(from);
            // Where there is nothing that could change, to lead into the same phase is to stay.
            let is_idle = from == to && matches!(from, End::Node(index) if cluster.nodes[index].data.is_empty());
            if self.all || !is_idle || cluster.region.phases.is_empty() {
                let never_false = |place| self.never_false(place);
                let label = Label::new(self.spec, transition, name, self.fired(index), &never_false);
                cluster.add(from, to, self.fate(index), label);
            }
        }
    }

    fn fired(&self, transition: usize) -> Option<u64> {
        self.coverage.and_then(|painted| painted.coverage.fired.get(transition).copied())
    }

    fn fate(&self, transition: usize) -> Fate {
        match self.fired(transition) {
            None => Fate::Unknown,
            Some(0) => Fate::Never,
            Some(_) => Fate::Fired,
        }
    }

    fn never_false(&self, guard: machine_spec::spec::Place) -> bool {
        let is_gap =
            |coverage: &Coverage| coverage.gaps.iter().any(|gap| gap.kind == GapKind::Guard && gap.place == guard);
        self.coverage.is_some_and(|painted| is_gap(painted.coverage))
    }
}

fn member(member: &MemberSpec) -> String {
    format!("{}: {}", member.name, display::ty(member.ty))
}

struct Written<'run> {
    diagram: Diagram<'run>,
    format: Format,
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            Format::Mermaid => mermaid::write(formatter, &self.diagram),
            Format::Dot => dot::write(formatter, &self.diagram),
            Format::Markdown => markdown::write(formatter, &self.diagram),
        }
    }
}

/// One region, ready to be drawn.
struct Cluster {
    region: &'static RegionSpec,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

struct Node {
    name: &'static str,
    data: Vec<String>,
    is_final: bool,
    never_entered: bool,
}

/// All transitions between two ends that share a fate: one arrow with a line per label.
struct Edge {
    from: End,
    to: End,
    fate: Fate,
    labels: Vec<Label>,
}

/// Where an edge begins or ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Where instances come from and where they go; the start of a region, and the end of one that has ended.
    Outside,
    /// A phase, by its index in the cluster.
    Node(usize),
}

/// What a check says of a transition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unknown,
    Fired,
    Never,
}

impl Edge {
    fn plain(from: End, to: End) -> Self {
        Self { from, to, fate: Fate::Unknown, labels: Vec::new() }
    }

    /// The lines to write at the arrow.
    fn lines(&self) -> Vec<String> {
        label::lines(&self.labels)
    }
}

impl Cluster {
    fn add(&mut self, from: End, to: End, fate: Fate, label: Label) {
        let is_parallel =
            |edge: &&mut Edge| edge.from == from && edge.to == to && edge.fate == fate && !edge.labels.is_empty();
        match self.edges.iter_mut().find(is_parallel) {
            Some(edge) => edge.labels.push(label),
            None => self.edges.push(Edge { from, to, fate, labels: vec![label] }),
        }
    }
}
