//! The language of Graphviz.

use std::fmt::{self, Formatter};

use super::{Cluster, Diagram, Edge, End, Fate, Node};

const NEVER: &str = "#cc0000";
const FIRED: &str = "#1a7f37";

pub(super) fn write(formatter: &mut Formatter<'_>, diagram: &Diagram<'_>) -> fmt::Result {
    writeln!(formatter, "digraph \"{}\" {{", quoted(diagram.spec.name))?;
    writeln!(
        formatter,
        "    label=<<b>{}</b>>; labelloc=t; fontname=\"Helvetica\"; nodesep=0.5; ranksep=0.7;",
        escaped(&diagram.title())
    )?;
    writeln!(
        formatter,
        "    node [shape=box, style=\"rounded,filled\", fillcolor=\"#f6f8fa\", fontname=\"Helvetica\", fontsize=12];"
    )?;
    writeln!(formatter, "    edge [fontname=\"Helvetica\", fontsize=10];")?;
    let is_single = diagram.region.is_some();
    for cluster in diagram.clusters() {
        region(formatter, &cluster, is_single)?;
    }
    writeln!(formatter, "}}")
}

fn region(formatter: &mut Formatter<'_>, cluster: &Cluster, is_single: bool) -> fmt::Result {
    let spec = cluster.region;
    // The whole of a diagram of one region is that region: a frame around it would say nothing.
    let name = if is_single { spec.name.to_owned() } else { format!("cluster_{}", spec.name) };
    let key = spec.key.map(|key| format!("[{key}]")).unwrap_or_default();
    writeln!(formatter, "    subgraph \"{}\" {{", quoted(&name))?;
    if !is_single {
        writeln!(
            formatter,
            "        label=<<b>{}</b>>; style=rounded; color=\"#8c959f\";",
            escaped(&format!("{}{key}", spec.name))
        )?;
    }
    cluster.nodes.iter().try_for_each(|node| phase(formatter, cluster, node))?;
    let begins = cluster.edges.iter().any(|edge| edge.from == End::Outside);
    let ends = cluster.edges.iter().any(|edge| edge.to == End::Outside);
    if begins {
        writeln!(
            formatter,
            "        \"{}.\" [shape=point, width=0.16, style=filled, fillcolor=black];",
            quoted(spec.name)
        )?;
    }
    if ends {
        let look = "shape=doublecircle, label=\"\", width=0.12, fillcolor=black, style=filled";
        writeln!(formatter, "        \"{}..\" [{look}];", quoted(spec.name))?;
    }
    cluster.edges.iter().try_for_each(|edge| arrow(formatter, cluster, edge))?;
    writeln!(formatter, "    }}")
}

fn phase(formatter: &mut Formatter<'_>, cluster: &Cluster, node: &Node) -> fmt::Result {
    let data: String =
        node.data.iter().map(|line| format!("<br/><font point-size=\"10\">{}</font>", escaped(line))).collect();
    let border = if node.is_final { ", penwidth=3" } else { "" };
    let never = if node.never_entered { format!(", color=\"{NEVER}\"") } else { String::new() };
    let id = id(cluster, node);
    writeln!(formatter, "        \"{id}\" [label=<<b>{}</b>{data}>{border}{never}];", escaped(node.name))
}

fn arrow(formatter: &mut Formatter<'_>, cluster: &Cluster, edge: &Edge) -> fmt::Result {
    let end = |end: End, outside: &str| match end {
        End::Outside => quoted(&format!("{}{outside}", cluster.region.name)),
        End::Node(index) => id(cluster, &cluster.nodes[index]),
    };
    let lines: String = edge.lines().iter().map(|line| format!("{}<br align=\"left\"/>", line_of(line))).collect();
    let label = if lines.is_empty() { String::new() } else { format!("label=<{lines}>") };
    let look = match edge.fate {
        Fate::Unknown => String::new(),
        Fate::Fired => format!(", color=\"{FIRED}\""),
        Fate::Never => format!(", color=\"{NEVER}\", fontcolor=\"{NEVER}\", style=dashed"),
    };
    writeln!(formatter, "        \"{}\" -> \"{}\" [{label}{look}];", end(edge.from, "."), end(edge.to, ".."))
}

/// A line at an arrow; one with a guard that is never false stands out.
fn line_of(line: &str) -> String {
    let text = escaped(line);
    if line.contains("NEVER FALSE") { format!("<font color=\"{NEVER}\">{text}</font>") } else { text }
}

/// Phases of two regions may share a name.
fn id(cluster: &Cluster, node: &Node) -> String {
    quoted(&format!("{}.{}", cluster.region.name, node.name))
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
