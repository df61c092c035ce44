//! How many sessions ended when, and of what; and how much went on meanwhile.

use crate::{
    inspection::Inspection,
    model::{Cause, Nanos, SessionId, TimeRange},
};

/// One slot of the overview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Endings by cause, in the order of [`Cause::ALL`], none of them zero.
    pub endings: Vec<(Cause, u32)>,
    /// Events.
    pub events: u32,
}

/// The whole range in slots of equal length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// What the slots cover.
    pub range: TimeRange,
    /// The slots, by time.
    pub slots: Vec<Slot>,
    /// The most endings in one slot.
    pub most_endings: u32,
    /// The most events in one slot.
    pub most_events: u32,
}

impl Overview {
    /// The slot that holds a time.
    pub fn slot_at(&self, at: Nanos) -> usize {
        slot_of(self.range, self.slots.len(), at)
    }

    /// The time that a slot covers.
    pub fn slot_range(&self, index: usize) -> TimeRange {
        let length = self.range.length() as f64 / self.slots.len().max(1) as f64;
        let edge = |n: usize| self.range.from.saturating_add((length * n as f64) as Nanos);
        TimeRange { from: edge(index), until: edge(index + 1) }
    }
}

/// Counts the endings of `sessions` and all events over `range`. An ending counts where its first refusal stands.
pub fn overview_from_inspection(
    inspection: &Inspection,
    sessions: &[SessionId],
    range: TimeRange,
    slots: usize,
) -> Overview {
    let count = slots.max(1);
    let mut counted = vec![[0_u32; Cause::ALL.len()]; count];
    for id in sessions {
        let index = id.0 as usize;
        let Some(dead) = inspection.sessions.get(index).and_then(|session| session.first_dead_at) else { continue };
        let cause = inspection.verdicts.get(index).and_then(Option::as_ref).map_or(Cause::Undetermined, |v| v.cause);
        counted[slot_of(range, count, dead)][cause as usize] += 1;
    }
    let mut slots: Vec<Slot> = counted
        .iter()
        .map(|row| Slot {
            endings: Cause::ALL.iter().map(|&cause| (cause, row[cause as usize])).filter(|(_, n)| *n > 0).collect(),
            events: 0,
        })
        .collect();
    // The store is sorted by time, so each slot's events are found by bisection.
    let times = inspection.events.times();
    let length = range.length() as f64 / count as f64;
    let mut before = times.partition_point(|&at| at < range.from);
    for (index, slot) in slots.iter_mut().enumerate() {
        let end = range.from.saturating_add((length * (index + 1) as f64) as Nanos);
        let until = before.max(times.partition_point(|&at| at <= end));
        slot.events = (until - before) as u32;
        before = until;
    }
    Overview {
        range,
        most_endings: slots.iter().map(|slot| slot.endings.iter().map(|(_, n)| n).sum()).max().unwrap_or(0),
        most_events: slots.iter().map(|slot| slot.events).max().unwrap_or(0),
        slots,
    }
}

fn slot_of(range: TimeRange, count: usize, at: Nanos) -> usize {
    let share = at.saturating_sub(range.from) as f64 / range.length().max(1) as f64;
    ((share * count as f64).max(0.0) as usize).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, EventStore};

    #[test]
    fn every_event_lies_in_one_slot() {
        let mut events = EventStore::default();
        for time in [0, 1, 9, 10, 55, 100] {
            events.push(Event { time, ..Event::default() });
        }
        let mut inspection = Inspection::default();
        inspection.events = events;
        let overview = overview_from_inspection(&inspection, &[], TimeRange { from: 0, until: 100 }, 10);
        assert_eq!(overview.slots.iter().map(|slot| slot.events).sum::<u32>(), 6);
        assert_eq!(overview.slot_at(100), 9);
        assert_eq!(overview.slot_range(9), TimeRange { from: 90, until: 100 });
    }
}
