//! Limits in the terminal: what the servers enforce, where they state something else, and how that compares with a standard.

use super::text::{DIM, clean, plural, section};
use crate::{
    inspection::Inspection,
    model::{Comparison, Fit, Limit, Policy, duration_words},
};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Writes the sections that have something to say.
pub fn write(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    if !inspection.policies.is_empty() {
        section(out, "Limits seen")?;
        for policy in &inspection.policies {
            write_policy(policy, out)?;
        }
    }
    if !inspection.contradictions.is_empty() {
        section(out, "Stated, and not what happens")?;
        for contradiction in &inspection.contradictions {
            let app = clean(&contradiction.app);
            writeln!(out, "  {}{DIM}  on {app}{DIM:#}", clean(&contradiction.headline))?;
        }
    }
    if let Some(first) = inspection.comparisons.first() {
        section(out, &format!("Compared with {}", first.standard))?;
        for comparison in &inspection.comparisons {
            write_comparison(comparison, out)?;
        }
    }
    Ok(())
}

fn write_policy(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    let words = |value: f64| match policy.limit {
        Limit::SessionsPerUser => format!("{value:.0}"),
        _ => duration_words((value * 1e9) as i64),
    };
    let likely = policy.likely.map_or(String::new(), |likely| format!(" {}", words(likely)));
    let bounds = match (policy.at_least, policy.at_most) {
        (Some(low), Some(high)) if (high - low).abs() >= 1.0 => format!("  between {} and {}", words(low), words(high)),
        (None, Some(high)) => format!("  at most {}", words(high)),
        (Some(low), None) => format!("  at least {}", words(low)),
        _ => String::new(),
    };
    let stated = if policy.stated { ", stated" } else { "" };
    let by = plural(policy.sessions as usize, "session");
    let app = clean(&policy.app);
    writeln!(out, "  {}{likely}{DIM}{bounds}{stated}, by {by} on {app}{DIM:#}", policy.limit.label())?;
    if !policy.headline.is_empty() && policy.limit != Limit::AccessTokenTtl {
        writeln!(out, "    {DIM}{}{DIM:#}", clean(&policy.headline))?;
    }
    Ok(())
}

fn write_comparison(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let style = match comparison.fit {
        Fit::Within => AnsiColor::Green.on_default(),
        Fit::Exceeds => AnsiColor::Red.on_default(),
        Fit::CantTell => Style::new().dimmed(),
    };
    let (fit, app) = (comparison.fit.label(), clean(&comparison.app));
    writeln!(out, "  {style}{fit:<10}{style:#} {}{DIM}  on {app}{DIM:#}", clean(&comparison.headline))
}
