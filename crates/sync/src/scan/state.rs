//! How a scan goes on: recognition, one chain after another, the end.

use std::collections::VecDeque;

use povline_domain::{Day, Digest, IncompleteReason, OutPovId, PageRequest, Verdict, Window};

use super::chain::{Chain, List, Next, ReadWindow};
use super::machine::{Decode, DecodedPage, Fetch, Step};
use super::manner::Manner;
use super::outcome::Outcome;
use super::passes::Passes;
use super::policy::{Method, ScanPolicy};

/// All that a scan remembers between two steps.
pub(super) struct State<B> {
    policy: ScanPolicy,
    list: List,
    /// The windows to compare answers with; none, once an answer differed.
    standing: Vec<Window>,
    /// Answers not decoded yet.
    kept: VecDeque<(Window, B)>,
    chain: Chain,
    /// The windows of chains that did not hold.
    earlier: Vec<ReadWindow>,
    manner: Manner,
    passes: Passes,
    /// The windows of the last pass over a list without order.
    last_pass: Vec<ReadWindow>,
    restarts: u32,
    /// How many of the restarts asked for more overlap.
    widened: u32,
}

impl<B> State<B> {
    pub(super) fn begin(
        policy: ScanPolicy,
        pov: OutPovId,
        day: Day,
        standing: Vec<Window>,
    ) -> Step<B> {
        let chain = Chain::new(policy.overlap_rows_after(0), policy.page_most);
        // Pages without order do not come again in the same order.
        let standing = match policy.method {
            Method::TwoPasses if standing.len() > 1 => Vec::new(),
            Method::Chain | Method::TwoPasses => standing,
        };
        let first = standing.first().map(|window| window.request);
        let request = first.unwrap_or_else(|| chain.first());
        let state = Self {
            policy,
            list: List { pov, day },
            standing,
            kept: VecDeque::new(),
            chain,
            earlier: Vec::new(),
            manner: Manner::default(),
            passes: Passes::default(),
            last_pass: Vec::new(),
            restarts: 0,
            widened: 0,
        };
        Box::new(state).fetch(request)
    }

    pub(super) fn answered(mut self: Box<Self>, window: Window, body: B) -> Step<B> {
        let place = self.kept.len();
        match self.standing.get(place) {
            None => self.decode(window, body),
            Some(standing) if standing.digest == window.digest => {
                // Equal bytes tell equal numbers.
                let window = Window {
                    rows: standing.rows,
                    total: standing.total,
                    ..window
                };
                match self.standing.get(place + 1) {
                    Some(next) => {
                        let request = next.request;
                        self.kept.push_back((window, body));
                        self.fetch(request)
                    }
                    None => {
                        let mut windows = self.standing;
                        let kept = self.kept.into_iter().map(|(window, _)| window);
                        for (place, window) in windows.iter_mut().zip(kept.chain([window])) {
                            *place = window;
                        }
                        Step::Done(Outcome::unchanged(windows))
                    }
                }
            }
            Some(_) => {
                // News: all that came so far is part of it, in order.
                self.standing.clear();
                self.kept.push_back((window, body));
                match self.kept.pop_front() {
                    Some((window, body)) => self.decode(window, body),
                    None => self.end(IncompleteReason::CallFailed),
                }
            }
        }
    }

    pub(super) fn decoded(mut self: Box<Self>, window: Window, decoded: DecodedPage) -> Step<B> {
        let next = self.chain.take(&self.policy, &self.list, window, decoded);
        if let Next::Broken(reason) = next {
            return self.broken(reason);
        }
        // Further pages may be here already, because the standing chain had them.
        if let Some((window, body)) = self.kept.pop_front() {
            return self.decode(window, body);
        }
        match next {
            Next::Ask(request) => self.fetch(request),
            Next::Broken(reason) => self.broken(reason),
            Next::Whole if self.policy.method == Method::TwoPasses && !self.chain.is_one_page() => {
                self.pass_ended()
            }
            Next::Whole => {
                let (manner, read) = self.chain.into_parts();
                self.manner.add(manner);
                let verdict = Verdict::Complete;
                Step::Done(Outcome::read(self.manner, read, verdict, self.restarts))
            }
        }
    }

    /// A pass over a list without order has come to its end.
    fn pass_ended(mut self: Box<Self>) -> Step<B> {
        let agree = self.passes.agree(&self.chain);
        let next = Chain::new(self.policy.overlap_rows_after(0), self.chain.size_max());
        let (manner, read) = std::mem::replace(&mut self.chain, next).into_parts();
        self.manner.add(manner);
        if agree {
            // Both passes are the evidence; what passes before them showed is older.
            let mut both = std::mem::take(&mut self.last_pass);
            both.extend(read);
            let verdict = Verdict::Agreed;
            return Step::Done(Outcome::read(self.manner, both, verdict, self.restarts));
        }
        self.earlier.append(&mut self.last_pass);
        self.last_pass = read;
        if self.passes.made() > self.policy.restarts_max + 1 {
            return self.end(IncompleteReason::PassesDiffer);
        }
        self.restarts += u32::from(self.passes.made() > 1);
        let request = self.chain.first();
        self.fetch(request)
    }

    /// Ends the scan with no proof. Answers that were kept undecoded show nothing new.
    pub(super) fn end(mut self: Box<Self>, reason: IncompleteReason) -> Step<B> {
        let (manner, last) = self.chain.into_parts();
        self.manner.add(manner);
        let mut read = self.earlier;
        read.extend(self.last_pass);
        read.extend(last);
        let verdict = Verdict::Incomplete(reason);
        Step::Done(Outcome::read(self.manner, read, verdict, self.restarts))
    }

    /// The chain did not hold: begins anew, where another one may.
    fn broken(mut self: Box<Self>, reason: IncompleteReason) -> Step<B> {
        let (may_hold, widen) = match reason {
            IncompleteReason::RepeatedId(_)
            | IncompleteReason::NoAnchor
            | IncompleteReason::OrderChanged
            | IncompleteReason::Moved(_) => (true, true),
            IncompleteReason::OtherPage => (self.chain.was_told_a_smaller_size(), false),
            IncompleteReason::TooManyRows
            | IncompleteReason::EndInDoubt
            | IncompleteReason::NoProgress
            | IncompleteReason::TooLong
            | IncompleteReason::UnreadableRow
            | IncompleteReason::ForeignRow(_)
            | IncompleteReason::CallFailed
            | IncompleteReason::PassesDiffer => (false, false),
        };
        if !may_hold || self.restarts >= self.policy.restarts_max {
            return self.end(reason);
        }
        self.restarts += 1;
        self.widened += u32::from(widen);
        self.kept.clear();
        let overlap_rows = self.policy.overlap_rows_after(self.widened);
        let next = Chain::new(overlap_rows, self.chain.size_max());
        let broken = std::mem::replace(&mut self.chain, next);
        let (manner, read) = broken.into_parts();
        self.manner.add(manner);
        self.earlier.extend(read);
        let request = self.chain.first();
        self.fetch(request)
    }

    /// The digest of the answer that would show nothing new.
    pub(super) fn expected(&self) -> Option<Digest> {
        let standing = self.standing.get(self.kept.len())?;
        Some(standing.digest)
    }

    fn fetch(self: Box<Self>, request: PageRequest) -> Step<B> {
        Step::Fetch(Fetch {
            request,
            state: self,
        })
    }

    fn decode(self: Box<Self>, window: Window, body: B) -> Step<B> {
        Step::Decode(Decode {
            window,
            body,
            state: self,
        })
    }
}
