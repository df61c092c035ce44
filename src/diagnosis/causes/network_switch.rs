//! `network_switch`: the device moved to another address, and the server ties the session to it.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::case::Subject,
    model::{Cause, Evidence, Stated},
};

/// The device moved to another address.
pub struct NetworkSwitch;

impl CauseRule for NetworkSwitch {
    fn cause(&self) -> Cause {
        Cause::NetworkSwitch
    }

    fn explanation(&self) -> &'static str {
        "The device moved to another network (Wi-Fi to mobile, a VPN switched on or off), and the server accepts a \
         session only from the address where it began."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again on the new network; on the move, stay with one connection where you can.",
            qa: "Switch between two networks in the middle of a session and see whether the next request is refused; \
             compare the client's address in the server's log before and after.",
            developer: "Do not tie sessions to addresses where people are mobile, or ask for a second factor instead of ending \
             them.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The server's access log: the client's address on the refused request against the ones before."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::AddressChanged], STATED, evidence);
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "The device changed its network address, and the server tied the session to the old one".to_owned()
    }
}
