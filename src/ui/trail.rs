//! Back and forward through what was looked at.

use crate::model::{EventId, SessionId, TimeRange};

/// Something that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The session.
    pub session: Option<SessionId>,
    /// The event.
    pub event: Option<EventId>,
    /// The stretch of time in view.
    pub view: TimeRange,
}

/// The places in order, and which of them is the present one.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    places: Vec<Place>,
    at: usize,
}

impl Trail {
    /// Goes to a place. The same session and event again only moves the view of the present place.
    pub fn go(&mut self, place: Place) {
        const MOST: usize = 200;
        if let Some(here) = self.places.get_mut(self.at)
            && (here.session, here.event) == (place.session, place.event)
        {
            here.view = place.view;
            return;
        }
        self.places.truncate(self.at + 1);
        self.places.push(place);
        if self.places.len() > MOST {
            self.places.remove(0);
        }
        self.at = self.places.len() - 1;
    }

    /// The place before, which becomes the present one.
    pub fn back(&mut self) -> Option<Place> {
        self.at = self.at.checked_sub(1)?;
        self.places.get(self.at).copied()
    }

    /// The place after, which becomes the present one.
    pub fn forward(&mut self) -> Option<Place> {
        let place = self.places.get(self.at + 1).copied()?;
        self.at += 1;
        Some(place)
    }

    /// Whether there is a place before and one after.
    pub fn ways(&self) -> (bool, bool) {
        (self.at > 0, self.at + 1 < self.places.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(session: u32) -> Place {
        Place { session: Some(SessionId(session)), event: None, view: TimeRange { from: 0, until: 1 } }
    }

    #[test]
    fn what_was_looked_at_is_walked_back_and_forward() {
        let mut trail = Trail::default();
        assert_eq!(trail.back(), None);
        for session in [1, 2, 3] {
            trail.go(place(session));
        }
        assert_eq!(trail.back(), Some(place(2)));
        assert_eq!(trail.back(), Some(place(1)));
        assert_eq!(trail.back(), None);
        assert_eq!(trail.forward(), Some(place(2)));
        trail.go(place(9));
        assert_eq!(trail.forward(), None);
        assert_eq!(trail.back(), Some(place(2)));
    }

    #[test]
    fn looking_at_the_same_twice_is_one_place() {
        let mut trail = Trail::default();
        trail.go(place(1));
        trail.go(place(1));
        assert_eq!(trail.ways(), (false, false));
    }
}
