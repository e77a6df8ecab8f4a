//! Every pattern of findings and what is done about it: the table below is written by hand, the test visits all of it.

use ringfence_journal::recovery::{Decision, EndDecision, Finding, Findings, LogEnd, Refusal, decide};
use ringfence_journal::store::Tail;

const ALL: [Finding; 5] = [Finding::Unreadable, Finding::Foreign, Finding::Ahead, Finding::Differs, Finding::Fits];

/// The rows of the table: the worst of what is kept beside the log (watermark and snapshots), the end of the log, the kind of store.
fn row(worst: Worst, end: LogEnd, tail: Tail) -> Result<EndDecision, Refusal> {
    use EndDecision::{CutTornRow, Keep};
    use LogEnd::{DamagedInside, DamagedLast, Whole};
    use Tail::{Atomic, MayTear};
    match (worst, end, tail) {
        (Worst::Foreign, Whole | DamagedLast | DamagedInside, Atomic | MayTear) => Err(Refusal::Foreign),
        (Worst::Ahead, Whole | DamagedLast | DamagedInside, Atomic | MayTear) => Err(Refusal::Lost),
        (Worst::Differs, Whole | DamagedLast | DamagedInside, Atomic | MayTear) => Err(Refusal::Differs),
        (Worst::Harmless, Whole, Atomic | MayTear) => Ok(Keep),
        (Worst::Harmless, DamagedLast, MayTear) => Ok(CutTornRow),
        (Worst::Harmless, DamagedLast, Atomic) => Err(Refusal::Damaged),
        (Worst::Harmless, DamagedInside, Atomic | MayTear) => Err(Refusal::Damaged),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worst {
    Harmless,
    Differs,
    Ahead,
    Foreign,
}

fn worst(findings: &Findings) -> Worst {
    let one = |finding: &Finding| match finding {
        Finding::Unreadable | Finding::Fits => Worst::Harmless,
        Finding::Differs => Worst::Differs,
        Finding::Ahead => Worst::Ahead,
        Finding::Foreign => Worst::Foreign,
    };
    findings.snapshots.iter().map(one).max().unwrap_or(Worst::Harmless).max(one(&findings.watermark))
}

/// No snapshot, one, and two of every kind.
fn snapshots() -> Vec<Vec<Finding>> {
    let one = ALL.iter().map(|first| vec![*first]);
    let two = ALL.iter().flat_map(|first| ALL.iter().map(|second| vec![*first, *second]));
    std::iter::once(Vec::new()).chain(one).chain(two).collect()
}

#[test]
fn every_pattern_is_decided_as_the_table_says() {
    let mut visited = 0;
    for tail in [Tail::Atomic, Tail::MayTear] {
        for end in [LogEnd::Whole, LogEnd::DamagedLast, LogEnd::DamagedInside] {
            for watermark in ALL {
                for snapshots in snapshots() {
                    let findings = Findings { tail, end, watermark, snapshots };
                    let expected = match row(worst(&findings), end, tail) {
                        Err(refusal) => Decision::Refuse(refusal),
                        Ok(end) => {
                            let snapshot = match findings.snapshots.as_slice() {
                                [Finding::Fits, ..] => Some(0),
                                [_, Finding::Fits] => Some(1),
                                _ => None,
                            };
                            Decision::Start { snapshot, end }
                        }
                    };
                    assert_eq!(decide(&findings), expected, "{findings:?}");
                    visited += 1;
                }
            }
        }
    }
    assert_eq!(visited, 2 * 3 * 5 * 31);
}
