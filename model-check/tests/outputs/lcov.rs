//! Line coverage of a machine file, held against the file itself and against the report.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use model_check::Check;

use crate::machines::Shop;
use crate::{bounds, check};

/// The lines of a record, by what they begin with.
struct Record {
    lines: Vec<(String, String)>,
}

impl Record {
    fn of(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lcov.info");
        check(&[options, &["--lcov", file.to_str().expect("text")]].concat());
        let text = fs::read_to_string(&file).expect("coverage");
        assert_eq!(text.matches("end_of_record\n").count(), 1, "one file, one record");
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        Self { lines: lines.map(|(kind, rest)| (kind.to_owned(), rest.to_owned())).collect() }
    }

    fn all(&self, kind: &str) -> Vec<Vec<&str>> {
        let own = self.lines.iter().filter(|(other, _)| other == kind);
        own.map(|(_, rest)| rest.split(',').collect()).collect()
    }

    fn one(&self, kind: &str) -> usize {
        let all = self.all(kind);
        assert_eq!(all.len(), 1, "{kind}");
        all[0][0].parse().expect("a number")
    }

    fn source(&self) -> Vec<String> {
        let file = self.all("SF").concat().concat();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
        fs::read_to_string(workspace.join(file)).expect("the machine file").lines().map(str::to_owned).collect()
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

#[test]
fn a_transition_stands_on_its_line_with_its_count() {
    let (record, source) = (Record::of(&[]), Record::of(&[]).source());
    let report = Check::<Shop>::new().bounds(bounds()).run().expect("a report");
    let counts: BTreeMap<&str, u64> =
        Shop::SPEC.transitions.iter().map(|one| one.name).zip(report.coverage.fired).collect();
    let lines: BTreeMap<&str, usize> = record.all("FN").iter().map(|one| (one[1], number(one[0]))).collect();
    assert_eq!(lines.len(), Shop::SPEC.transitions.len());
    assert!(source[lines["DoorWall"] - 1].contains("on Wall from"));
    assert!(source[lines["BellRingFromQuietStay"] - 1].contains("from Quiet stay"));
    assert!(source[lines["OrdersTake"] - 1].contains("on Take"));
    for function in record.all("FNDA") {
        assert_eq!(number(function[0]) as u64, counts[function[1]], "{function:?}");
    }
    let lamp: u64 = counts["LampBlinkFromOffToOn"] + counts["LampBlinkFromOnToOff"];
    let both = lines["LampBlinkFromOffToOn"].to_string();
    assert!(record.all("DA").contains(&vec![both.as_str(), lamp.to_string().as_str()]), "two transitions on one line");
}

#[test]
fn a_guard_is_a_branch_on_its_line() {
    let (record, source) = (Record::of(&[]), Record::of(&[]).source());
    let branches = record.all("BRDA");
    assert_eq!(branches.len(), 2 * 4, "two ways of each guard");
    let covered: Vec<&str> = record.all("DA").iter().map(|line| line[0]).collect();
    for branch in &branches {
        let line = &source[number(branch[0]) - 1];
        assert!(line.contains("require"), "{line}");
        assert!(covered.contains(&branch[0]), "an editor shows branches of covered lines only");
        assert_ne!((branch[2], branch[3]), ("0", "-"), "every transition fires");
    }
    assert_eq!((record.one("BRF"), record.one("BRH")), (8, 8), "every guard fails somewhere");
    let hit = record.all("DA").iter().filter(|line| line[1] != "0").count();
    assert_eq!((record.one("LF"), record.one("LH")), (covered.len(), hit));
}

#[test]
fn what_was_not_looked_at_is_not_called_covered() {
    let cut_off = Record::of(&["--max-states", "1", "--threads", "1"]);
    assert!(cut_off.one("FNH") < cut_off.one("FNF"), "some transition has not fired yet");
    let slice = Record::of(&["--slice", "door"]);
    let names: Vec<String> = slice.all("FN").iter().map(|one| one[1].to_owned()).collect();
    assert_eq!(names, ["DoorClose", "DoorReopen", "DoorWall"], "other regions are no part of the slice");
}

#[test]
fn slices_cover_what_the_whole_covers() {
    let names = |record: &Record| record.all("FN").iter().map(|one| one.concat()).collect::<Vec<_>>();
    let (whole, sliced) = (Record::of(&[]), Record::of(&["--sliced"]));
    assert_eq!(names(&whole), names(&sliced));
    assert_eq!(whole.one("FNH"), sliced.one("FNH"));
    assert_eq!(whole.one("BRH"), sliced.one("BRH"));
}
