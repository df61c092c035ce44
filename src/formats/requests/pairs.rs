//! Requests that are told of twice: once when they come, once when they are answered.
//!
//! Fastify, Rails and others write what was asked in one record and what was answered in another, tied by an id. The request
//! is an event when both are known, also where the two stand in different chunks of the source.

use super::{Asked, Request, Requests};
use crate::{
    formats::{lines::Line, timestamp::Stamp},
    model::{EventBatch, SourceId},
};
use hashbrown::HashMap;

/// Beyond so many requests that were never answered, further ones are not waited for.
const MOST: usize = 100_000;

/// What was asked and is not answered yet, and what was answered and is not known yet.
#[derive(Debug, Default)]
pub(in crate::formats) struct Pairs {
    asked: HashMap<Vec<u8>, Waiting>,
    answered: Vec<(Vec<u8>, Answer)>,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Waiting {
    stamp: Stamp,
    offset: u64,
    len: u32,
    line: Vec<u8>,
    client: Vec<u8>,
    agent: Vec<u8>,
    user: Vec<u8>,
    host: Vec<u8>,
    session: Option<Vec<u8>>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(in crate::formats) struct Answer {
    /// Its status.
    pub(in crate::formats) status: u16,
    /// Where it sends the client.
    pub(in crate::formats) location: Vec<u8>,
    /// The user, where only now known.
    pub(in crate::formats) user: Vec<u8>,
    /// The session, where only now known.
    pub(in crate::formats) session: Option<Vec<u8>>,
}

impl Pairs {
    /// Takes note of a request.
    pub(in crate::formats) fn ask(&mut self, id: &[u8], request: &Request<'_>, line: Line<'_>) {
        if self.asked.len() >= MOST {
            return;
        }
        let text = match request.asked {
            Asked::Line(text) => text.to_vec(),
            Asked::Parts(method, target, b"") => [method, b" ", target].concat(),
            Asked::Parts(method, target, query) => [method, b" ", target, b"?", query].concat(),
        };
        let waiting = Waiting {
            stamp: request.stamp,
            offset: line.offset,
            len: line.len,
            line: text,
            client: request.client.to_vec(),
            agent: request.agent.to_vec(),
            user: request.user.to_vec(),
            host: request.host.to_vec(),
            session: request.session.map(<[u8]>::to_vec),
        };
        self.asked.insert(id.to_vec(), waiting);
    }

    /// Takes note of an answer.
    pub(in crate::formats) fn answer(
        &mut self,
        id: &[u8],
        answer: Answer,
        requests: &mut Requests,
        source: SourceId,
        events: &mut EventBatch,
    ) {
        match self.asked.remove(id) {
            Some(waiting) => push(&waiting, &answer, requests, source, events),
            None if self.answered.len() < MOST => self.answered.push((id.to_vec(), answer)),
            None => {}
        }
    }

    /// Adds what a later chunk saw.
    pub(in crate::formats) fn join(
        &mut self,
        later: Self,
        requests: &mut Requests,
        source: SourceId,
        events: &mut EventBatch,
    ) {
        for (id, answer) in later.answered {
            if let Some(waiting) = self.asked.remove(&id) {
                push(&waiting, &answer, requests, source, events);
            }
        }
        self.asked.extend(later.asked);
    }
}

fn push(waiting: &Waiting, answer: &Answer, requests: &mut Requests, source: SourceId, events: &mut EventBatch) {
    let request = Request {
        stamp: waiting.stamp,
        asked: Asked::Line(&waiting.line),
        status: answer.status,
        client: &waiting.client,
        agent: &waiting.agent,
        user: if waiting.user.is_empty() { &answer.user } else { &waiting.user },
        host: &waiting.host,
        session: waiting.session.as_deref().or(answer.session.as_deref()),
        location: &answer.location,
    };
    requests.push_at(&request, (waiting.offset, waiting.len), source, events);
}
