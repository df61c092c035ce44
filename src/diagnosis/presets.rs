//! Published standards on how long a session may last, and how an app's limits compare with them.
//!
//! The table holds the figures of each standard at the version named, with the clause that gives them. A standard that gives
//! no figure for a limit has no row for it.

use crate::model::{Comparison, Fit, Limit, Policy, duration_words, time::SECOND};

/// One figure of a standard.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The limit.
    pub limit: Limit,
    /// The most that it may be, in seconds.
    pub at_most_secs: u32,
    /// Where it stands, and how strongly it is put.
    pub source: &'static str,
}

/// A published standard.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    /// The id on the command line.
    pub id: &'static str,
    /// Its name, for a person.
    pub title: &'static str,
    /// Its figures.
    pub figures: &'static [Figure],
}

const fn idle(at_most_secs: u32, source: &'static str) -> Figure {
    Figure { limit: Limit::IdleTimeout, at_most_secs, source }
}

const fn age(at_most_secs: u32, source: &'static str) -> Figure {
    Figure { limit: Limit::AbsoluteTimeout, at_most_secs, source }
}

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// Every standard that limits can be compared with.
pub const STANDARDS: &[Standard] = &[
    Standard {
        id: "owasp",
        title: "OWASP Session Management Cheat Sheet, low-risk applications",
        figures: &[
            idle(
                30 * MINUTE,
                "OWASP Session Management Cheat Sheet, idle timeout: 15 to 30 min for low-risk applications",
            ),
            age(8 * HOUR, "OWASP Session Management Cheat Sheet, absolute timeout: 4 to 8 h for a day at the office"),
        ],
    },
    Standard {
        id: "owasp-high-value",
        title: "OWASP Session Management Cheat Sheet, high-value applications",
        figures: &[
            idle(
                5 * MINUTE,
                "OWASP Session Management Cheat Sheet, idle timeout: 2 to 5 min for high-value applications",
            ),
            age(8 * HOUR, "OWASP Session Management Cheat Sheet, absolute timeout: 4 to 8 h for a day at the office"),
        ],
    },
    Standard {
        id: "nist-800-63b:aal1",
        title: "NIST SP 800-63B revision 3, AAL1",
        figures: &[age(30 * DAY, "NIST SP 800-63B rev. 3, 4.1.3 (SHOULD)")],
    },
    Standard {
        id: "nist-800-63b:aal2",
        title: "NIST SP 800-63B revision 3, AAL2",
        figures: &[
            idle(30 * MINUTE, "NIST SP 800-63B rev. 3, 4.2.3 (SHALL)"),
            age(12 * HOUR, "NIST SP 800-63B rev. 3, 4.2.3 (SHALL)"),
        ],
    },
    Standard {
        id: "nist-800-63b:aal3",
        title: "NIST SP 800-63B revision 3, AAL3",
        figures: &[
            idle(15 * MINUTE, "NIST SP 800-63B rev. 3, 4.3.3 (SHALL)"),
            age(12 * HOUR, "NIST SP 800-63B rev. 3, 4.3.3 (SHALL)"),
        ],
    },
    Standard {
        id: "nist-800-63b-4:aal1",
        title: "NIST SP 800-63B-4 (2025), AAL1",
        figures: &[age(30 * DAY, "NIST SP 800-63B-4, 2.1.3 (a limit SHALL exist, SHOULD be 30 days at most)")],
    },
    Standard {
        id: "nist-800-63b-4:aal2",
        title: "NIST SP 800-63B-4 (2025), AAL2",
        figures: &[
            idle(HOUR, "NIST SP 800-63B-4, 2.2.3 (SHOULD)"),
            age(24 * HOUR, "NIST SP 800-63B-4, 2.2.3 (a limit SHALL exist, SHOULD be 24 h at most)"),
        ],
    },
    Standard {
        id: "nist-800-63b-4:aal3",
        title: "NIST SP 800-63B-4 (2025), AAL3",
        figures: &[
            idle(15 * MINUTE, "NIST SP 800-63B-4, 2.3.3 (SHOULD)"),
            age(12 * HOUR, "NIST SP 800-63B-4, 2.3.3 (SHALL)"),
        ],
    },
    Standard {
        id: "pci-dss-4",
        title: "PCI DSS 4.0.1",
        figures: &[idle(15 * MINUTE, "PCI DSS 4.0.1, 8.2.8 (required)")],
    },
    Standard {
        id: "asvs-4.0.3:l1",
        title: "OWASP ASVS 4.0.3, level 1",
        figures: &[age(30 * DAY, "OWASP ASVS 4.0.3, 3.3.2, level 1")],
    },
    Standard {
        id: "asvs-4.0.3:l2",
        title: "OWASP ASVS 4.0.3, level 2",
        figures: &[
            idle(30 * MINUTE, "OWASP ASVS 4.0.3, 3.3.2, level 2"),
            age(12 * HOUR, "OWASP ASVS 4.0.3, 3.3.2, level 2"),
        ],
    },
    Standard {
        id: "asvs-4.0.3:l3",
        title: "OWASP ASVS 4.0.3, level 3",
        figures: &[
            idle(15 * MINUTE, "OWASP ASVS 4.0.3, 3.3.2, level 3 (with two factors)"),
            age(12 * HOUR, "OWASP ASVS 4.0.3, 3.3.2, level 3"),
        ],
    },
];

/// The standard of this id.
pub fn standard(id: &str) -> Option<&'static Standard> {
    STANDARDS.iter().find(|standard| standard.id == id)
}

/// The limits of every app of `policies` beside the figures of a standard, in the order of the apps.
pub fn compare(policies: &[Policy], standard: &Standard) -> Vec<Comparison> {
    let mut apps: Vec<&str> = policies.iter().map(|policy| &*policy.app).collect();
    apps.dedup();
    let mut comparisons = Vec::new();
    for app in apps {
        for figure in standard.figures {
            let policy = policies.iter().find(|policy| *policy.app == *app && policy.limit == figure.limit);
            comparisons.push(compared(app, policy, standard, figure));
        }
    }
    comparisons
}

fn compared(app: &str, policy: Option<&Policy>, standard: &Standard, figure: &Figure) -> Comparison {
    let allowed = f64::from(figure.at_most_secs);
    // A server that notices a few seconds late still has the limit that it is meant to have.
    let slack = (allowed / 100.0).clamp(5.0, 60.0);
    let fit = policy.map_or(Fit::CantTell, |policy| match (policy.likely, policy.at_least, policy.at_most) {
        // What was survived counts whatever is stated.
        (_, Some(least), _) if least > allowed + slack => Fit::Exceeds,
        (Some(likely), ..) if likely <= allowed => Fit::Within,
        (Some(_), ..) => Fit::Exceeds,
        (None, _, Some(most)) if most <= allowed + slack => Fit::Within,
        _ => Fit::CantTell,
    });
    let words = |secs: f64| duration_words((secs * SECOND as f64) as i64);
    let seen = match policy.map(|policy| (policy.likely, policy.at_least, policy.at_most)) {
        Some((Some(likely), ..)) => words(likely),
        Some((None, Some(least), Some(most))) => format!("between {} and {}", words(least), words(most)),
        Some((None, Some(least), None)) => format!("at least {}", words(least)),
        Some((None, None, Some(most))) => format!("at most {}", words(most)),
        _ => "not seen".to_owned(),
    };
    Comparison {
        app: app.into(),
        limit: figure.limit,
        standard: standard.id,
        allowed,
        source: figure.source,
        fit,
        headline: format!("{} {seen}; allowed are {} by {}", figure.limit.label(), words(allowed), figure.source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle_policy(at_least: Option<f64>, at_most: Option<f64>, likely: Option<f64>) -> Policy {
        Policy { at_least, at_most, likely, ..Policy::new("shop.example", Limit::IdleTimeout) }
    }

    #[test]
    fn a_bracket_is_within_beyond_or_across_what_a_standard_allows() {
        let pci = standard("pci-dss-4").unwrap();
        for (policy, fit) in [
            (idle_policy(Some(846.0), Some(905.0), Some(900.0)), Fit::Within),
            (idle_policy(Some(1_749.0), Some(1_809.0), Some(1_800.0)), Fit::Exceeds),
            // Neither bound nor a likely value decides.
            (idle_policy(Some(84.0), Some(1_745.0), None), Fit::CantTell),
            (idle_policy(None, Some(700.0), None), Fit::Within),
            // The cookie says 15 min, but someone was let in after 40.
            (idle_policy(Some(2_400.0), None, Some(900.0)), Fit::Exceeds),
        ] {
            assert_eq!(compare(std::slice::from_ref(&policy), pci)[0].fit, fit, "{policy:?}");
        }
    }

    #[test]
    fn a_limit_that_was_not_seen_cannot_be_told() {
        let policy = idle_policy(None, Some(700.0), Some(600.0));
        let compared = compare(&[policy], standard("nist-800-63b:aal2").unwrap());
        let fits: Vec<(Limit, Fit)> = compared.iter().map(|one| (one.limit, one.fit)).collect();
        assert_eq!(fits, [(Limit::IdleTimeout, Fit::Within), (Limit::AbsoluteTimeout, Fit::CantTell)]);
    }

    #[test]
    fn every_standard_has_an_id_of_its_own_and_names_its_clauses() {
        let mut ids: Vec<&str> = STANDARDS.iter().map(|standard| standard.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), STANDARDS.len());
        for standard in STANDARDS {
            assert!(!standard.figures.is_empty() && standard.figures.iter().all(|figure| figure.source.len() > 10));
        }
    }
}
