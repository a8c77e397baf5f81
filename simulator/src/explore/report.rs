//! An exploration as text and as JSON.

use comfy_table::CellAlignment;
use serde_json::json;

use super::Explored;
use crate::invariants::Property;
use crate::quantity::grouped;
use crate::status::{Style, draw, table};

impl Explored {
    /// The report for people.
    pub fn text(&self, style: Style) -> String {
        let mut text = format!("World {}: all that can happen, by turns.\n\n", self.size);
        let mut levels = table(style);
        levels.set_header(["TURNS", "STATES", "EXPANDED", "TRANSITIONS", "REFUSED"]);
        for (depth, level) in self.levels.iter().enumerate() {
            let cells = [
                depth.to_string(),
                grouped(level.points as u64),
                grouped(level.expanded as u64),
                grouped(level.transitions),
                grouped(level.refused),
            ];
            levels.add_row(cells);
        }
        for column in levels.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        draw(&mut text, &levels);
        let mut sights = table(style);
        sights.set_header(["AFTER", "SIGHT"]);
        for sight in &self.sights {
            let after = sight.first_seen.map_or("never".to_owned(), |turns| turns.to_string());
            sights.add_row([after, sight.name.clone()]);
        }
        if let Some(column) = sights.column_mut(0) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text.push_str("\nWhat must happen somewhere, and after how many turns it did:\n\n");
        draw(&mut text, &sights);
        text.push_str(&format!("\n{}\n", self.summary()));
        text
    }

    /// The result in a sentence or two.
    fn summary(&self) -> String {
        let never = self.never_seen().count();
        let seen = self.sights.len() - never;
        let extent = if self.is_complete { ": there are no others" } else { "" };
        let mut summary = format!(
            "{} states and {} transitions{extent}; {} properties, and a way out for every node of \
             every state; {seen} of {} sights seen",
            grouped(self.states() as u64),
            grouped(self.transitions()),
            Property::ALL.len(),
            self.sights.len(),
        );
        match &self.broken {
            None => summary.push_str("; no violation."),
            Some(broken) => {
                summary.push_str(&format!("; a violation after {} turns:", broken.turns));
                for line in &broken.what {
                    summary.push_str(&format!("\n  {line}"));
                }
            }
        }
        summary
    }

    /// The report for programs: one JSON object, and a line end.
    pub fn json(&self) -> String {
        let levels = self.levels.iter().enumerate().map(|(depth, level)| {
            json!({
                "turns": depth,
                "states": level.points,
                "expanded": level.expanded,
                "transitions": level.transitions,
                "refused": level.refused,
            })
        });
        let sights = self.sights.iter();
        let sights =
            sights.map(|sight| json!({ "name": sight.name, "firstSeen": sight.first_seen }));
        let properties = Property::ALL.iter().map(|property| property.id());
        let broken = self.broken.as_ref().map(|broken| {
            json!({
                "turns": broken.turns,
                "what": broken.what,
                "scenario": broken.scenario.to_string(),
                "scenarioFails": broken.scenario_fails,
            })
        });
        let report = json!({
            "world": self.size.to_string(),
            "states": self.states(),
            "transitions": self.transitions(),
            "complete": self.is_complete,
            "levels": levels.collect::<Vec<_>>(),
            "properties": properties.collect::<Vec<_>>(),
            "sights": sights.collect::<Vec<_>>(),
            "violation": broken,
        });
        format!("{report}\n")
    }
}
