//! What was read.

use std::{
    hint::cold_path,
    io, mem,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use memchr::memchr;
use tokio::io::AsyncRead;

use super::{super::connection::Session, room};
use crate::protocol::h1::{Fault, Head, Limits, Reader};

/// What was read and is not used yet: the head of a request, or as much of a body as was read at once or ahead.
pub(super) struct Inbox {
    pub(super) octets: Bytes,
    reader: Reader,
    /// A line has ended since that was last looked at.
    has_line: bool,
}

/// What comes next on a connection.
pub(super) enum Next {
    Head(Head),
    Fault(Fault),
    Closed,
    /// A request that asks for something else than HTTP. It stays where it is.
    Upgrade,
}

impl Inbox {
    pub(super) fn new(octets: Bytes, session: &Session) -> Self {
        let has_line = !octets.is_empty();
        if has_line {
            session.pace.read();
        }
        Self { octets, reader: Reader::default(), has_line }
    }

    /// Whether [`next`](Self::next) has anything to look at.
    pub(super) fn has_line(&self) -> bool {
        self.has_line
    }

    /// After a head and its body: what is left may be the next head.
    pub(super) fn begin_anew(&mut self) {
        self.has_line = !self.octets.is_empty();
    }

    /// Reads what there is; how many octets that are.
    pub(super) fn poll_fill<T: AsyncRead + Unpin>(
        &mut self,
        stream: &mut T,
        session: &Session,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let fresh = ready!(room::poll_read(stream, cx))?;
        if !fresh.is_empty() {
            session.pace.read();
            self.has_line |= fresh.last() == Some(&b'\n') || memchr(b'\n', &fresh).is_some();
            self.keep(&fresh);
        }
        Poll::Ready(Ok(fresh.len()))
    }

    /// Adds to what was read, in the room behind it where nobody else has a part of it: octets that come one by one are not all
    /// moved with each.
    #[inline(never)]
    fn keep(&mut self, octets: &[u8]) {
        self.octets = match mem::take(&mut self.octets).try_into_mut() {
            Ok(mut all) => {
                all.extend_from_slice(octets);
                all.freeze()
            }
            Err(before) => [&before, octets].concat().into(),
        };
    }

    /// Looks at what was read, if that has not been done.
    #[inline]
    pub(super) fn next(&mut self, session: &Session) -> Option<Next> {
        if mem::take(&mut self.has_line) { self.look(session) } else { None }
    }

    #[inline(never)]
    fn look(&mut self, session: &Session) -> Option<Next> {
        let all = mem::take(&mut self.octets);
        let mut rest = &*all;
        let next = self.head(&mut rest, session);
        let left = rest.len();
        if left > 0 {
            self.octets = all;
            self.octets.advance(self.octets.len() - left);
        }
        self.looked(next.is_some(), session);
        next
    }

    /// What one more read brings where nothing was read before: most heads come whole, and are not moved on their way.
    #[inline(always)]
    pub(super) fn poll_fresh<T: AsyncRead + Unpin>(
        &mut self,
        stream: &mut T,
        session: &Session,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Next>>> {
        let fresh = ready!(room::poll_read(stream, cx))?;
        if fresh.is_empty() {
            cold_path();
            return Poll::Ready(Ok(Some(Next::Closed)));
        }
        session.pace.read();
        let mut rest = &*fresh;
        let next = self.head(&mut rest, session);
        if !rest.is_empty() {
            self.keep(rest);
        }
        self.looked(next.is_some(), session);
        Poll::Ready(Ok(next))
    }

    /// What one more read brings to a part of a head: nothing to look at maybe, or the end of the connection.
    pub(super) fn poll_more<T: AsyncRead + Unpin>(
        &mut self,
        stream: &mut T,
        session: &Session,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Next>>> {
        if ready!(self.poll_fill(stream, session, cx))? == 0 {
            return Poll::Ready(Ok(Some(Next::Closed)));
        }
        // A head without the end of a line is none, however long.
        self.has_line |= self.octets.len() >= session.plan.config.max_header_bytes;
        Poll::Ready(Ok(None))
    }

    /// What stands at the front, if its end has come.
    #[inline(always)]
    fn head(&mut self, octets: &mut &[u8], session: &Session) -> Option<Next> {
        let before = *octets;
        let limits = Limits { octets: session.plan.config.max_header_bytes };
        match self.reader.read(octets, limits) {
            Ok(Some(head)) if head.upgrades => {
                cold_path();
                drop(head);
                // Nobody may send more before the answer (RFC 6455 §4.1): it would be taken for what it is not.
                if !octets.is_empty() {
                    return Some(Next::Fault(Fault::Early));
                }
                *octets = before;
                Some(Next::Upgrade)
            }
            Ok(Some(head)) => Some(Next::Head(head)),
            Ok(None) => None,
            Err(fault) => {
                cold_path();
                Some(Next::Fault(fault))
            }
        }
    }

    /// What is left may have another head in it; or it is a part of one, whose time runs.
    #[inline(always)]
    fn looked(&mut self, has_found: bool, session: &Session) {
        match (self.octets.is_empty(), has_found) {
            (true, _) => self.has_line = false,
            (false, true) => self.has_line = true,
            (false, false) => session.pace.read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_that_come_one_by_one_are_seldom_moved() {
        let mut inbox = Inbox { octets: Bytes::new(), reader: Reader::default(), has_line: false };
        let all: Vec<u8> = (0..=u8::MAX).cycle().take(64 << 10).collect();
        let mut moves = 0;
        for octet in &all {
            let before = inbox.octets.as_ptr();
            inbox.keep(&[*octet]);
            moves += usize::from(inbox.octets.as_ptr() != before);
        }
        assert_eq!(inbox.octets, all);
        assert!(moves < 32, "{moves}");
    }

    #[test]
    fn what_somebody_else_has_a_part_of_is_left_to_him() {
        let mut inbox = Inbox { octets: Bytes::new(), reader: Reader::default(), has_line: false };
        inbox.keep(b"body head");
        let body = inbox.octets.split_to(4);
        inbox.keep(b" more");
        assert_eq!((&body[..], &inbox.octets[..]), (&b"body"[..], &b" head more"[..]));
    }
}
