//! Mermaid's `stateDiagram-v2`.
//!
//! It cannot colour single arrows, so what a check found out about a transition stands in the arrow's text.

use std::fmt::{self, Formatter};

use super::{Cluster, Diagram, Edge, End, Node};

pub(super) fn write(formatter: &mut Formatter<'_>, diagram: &Diagram<'_>) -> fmt::Result {
    writeln!(formatter, "---\ntitle: \"{}\"\n---", diagram.title().replace(['"', '\\'], "'"))?;
    writeln!(formatter, "stateDiagram-v2")?;
    let clusters = diagram.clusters();
    if diagram.region.is_some() {
        clusters.iter().try_for_each(|cluster| region(formatter, cluster, "    "))?;
    } else {
        for cluster in &clusters {
            let name = cluster.region.name;
            writeln!(formatter, "    state \"{}\" as {name} {{", escaped(&heading(cluster)))?;
            region(formatter, cluster, "        ")?;
            writeln!(formatter, "    }}")?;
        }
    }
    classes(formatter, &clusters)
}

fn heading(cluster: &Cluster) -> String {
    match cluster.region.key {
        Some(key) => format!("{}[{key}]", cluster.region.name),
        None => cluster.region.name.to_owned(),
    }
}

fn region(formatter: &mut Formatter<'_>, cluster: &Cluster, indent: &str) -> fmt::Result {
    for node in &cluster.nodes {
        let id = id(cluster, node);
        writeln!(formatter, "{indent}state \"{}\" as {id}", escaped(node.name))?;
        for line in &node.data {
            writeln!(formatter, "{indent}{id} : {}", escaped(line))?;
        }
    }
    cluster.edges.iter().try_for_each(|edge| arrow(formatter, cluster, edge, indent))
}

fn arrow(formatter: &mut Formatter<'_>, cluster: &Cluster, edge: &Edge, indent: &str) -> fmt::Result {
    let end = |end: End| match end {
        End::Outside => "[*]".to_owned(),
        End::Node(index) => id(cluster, &cluster.nodes[index]),
    };
    write!(formatter, "{indent}{} --> {}", end(edge.from), end(edge.to))?;
    let lines: Vec<String> = edge.lines().iter().map(|line| escaped(line)).collect();
    if lines.is_empty() { writeln!(formatter) } else { writeln!(formatter, " : {}", lines.join("<br/>")) }
}

/// The looks of phases that nothing leaves, and of those that a check never entered.
fn classes(formatter: &mut Formatter<'_>, clusters: &[Cluster]) -> fmt::Result {
    let looks = [("final", "stroke-width:4px"), ("never", "stroke:#c00,stroke-dasharray:4")];
    for (class, style) in looks {
        let applies = |node: &Node| if class == "final" { node.is_final } else { node.never_entered };
        let nodes = clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (cluster, node)));
        let ids: Vec<String> =
            nodes.filter(|(_, node)| applies(node)).map(|(cluster, node)| id(cluster, node)).collect();
        if !ids.is_empty() {
            writeln!(formatter, "    classDef {class} {style}\n    class {} {class}", ids.join(","))?;
        }
    }
    Ok(())
}

/// Phases of two regions may share a name.
fn id(cluster: &Cluster, node: &Node) -> String {
    format!("{}_{}", cluster.region.name, node.name).replace("r#", "")
}

/// Text as Mermaid takes it: what its grammar or HTML would read as something else becomes an entity.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // Two colons in a row, or one at the end, end the text.
            ':' if characters.peek() == Some(&' ') => safe.push(':'),
            // Within a word it is no Markdown.
            '_' if safe.ends_with(char::is_alphanumeric)
                && characters.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                safe.push('_');
            }
            '<' => safe.push_str("#lt;"),
            '>' => safe.push_str("#gt;"),
            '&' => safe.push_str("#amp;"),
            '"' => safe.push_str("#quot;"),
            ':' | '#' | ';' | '%' | '{' | '}' | '`' | '\\' | '*' | '_' | '~' => {
                safe.push_str(&format!("#{};", u32::from(character)));
            }
            '\n' => safe.push(' '),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_text_is_grammar() {
        assert_eq!(escaped("run: Option<RunId>"), "run: Option#lt;RunId#gt;");
        assert_eq!(escaped("a::b; \"c\" {d} #1 50%"), "a#58;#58;b#59; #quot;c#quot; #123;d#125; #35;1 50#37;");
        assert_eq!(escaped("end:"), "end#58;");
        assert_eq!(escaped("last_input _a_"), "last_input #95;a#95;");
    }
}
