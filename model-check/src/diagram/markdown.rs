//! A Markdown file with a Mermaid diagram per region.

use std::fmt::{self, Formatter};

use super::{Diagram, mermaid};

pub(super) fn write(formatter: &mut Formatter<'_>, diagram: &Diagram<'_>) -> fmt::Result {
    let spec = diagram.spec;
    writeln!(formatter, "# {}\n\n{}\n", spec.name, spec.doc.trim())?;
    writeln!(formatter, "Made by `meerkat graph {} --format markdown`; not to be edited.", spec.name)?;
    writeln!(
        formatter,
        "An arrow reads `Input [conditions] / effects`; `…` stands for guards that all transitions of the input share."
    )?;
    if !diagram.all {
        writeln!(formatter, "Transitions that stay in their phase are left out.")?;
    }
    let drawn = (0..spec.regions.len()).filter(|number| diagram.region.is_none_or(|only| only == *number));
    for number in drawn {
        let region = &spec.regions[number];
        let key = region.key.map(|key| format!("[{key}]")).unwrap_or_default();
        writeln!(formatter, "\n## {}{key}\n\n{}\n\n```mermaid", region.name, region.doc.trim())?;
        mermaid::write(formatter, &diagram.region(number))?;
        writeln!(formatter, "```")?;
        table(formatter, diagram, number)?;
    }
    Ok(())
}

/// What every phase means, in the words of its author.
fn table(formatter: &mut Formatter<'_>, diagram: &Diagram<'_>, region: usize) -> fmt::Result {
    let phases = diagram.spec.regions[region].phases;
    if phases.iter().all(|phase| phase.doc.trim().is_empty()) {
        return Ok(());
    }
    writeln!(formatter, "\n| phase | meaning |\n| --- | --- |")?;
    for phase in phases {
        let kind = if phase.initial {
            ", initial"
        } else if phase.is_final {
            ", final"
        } else {
            ""
        };
        writeln!(formatter, "| {}{kind} | {} |", phase.name, phase.doc.trim().replace('\n', " ").replace('|', "\\|"))?;
    }
    Ok(())
}
