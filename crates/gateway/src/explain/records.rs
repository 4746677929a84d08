//! The records of wrong signatures, within bounds. An app key is public, so one app's may be a flood:
//! it pushes out its own records and no other app's.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use povline_domain::{AppKey, UnixMillis};
use povline_protocol::RequestId;

use super::SignatureRecord;

/// Records of one app; its oldest goes first.
const OF_APP_MAX: usize = 256;

/// Records of all apps. When there are so many, whichever app has the most gives up its oldest.
const ALL_MAX: usize = 2_048;

/// A record and the answer that it belongs to.
#[derive(Debug)]
pub(super) struct Kept<R> {
    pub(super) request_id: RequestId,
    pub(super) at: UnixMillis,
    pub(super) record: R,
}

/// The records that are kept, oldest first.
#[derive(Debug)]
pub(super) struct Records<R = SignatureRecord> {
    apps: HashMap<Arc<AppKey>, VecDeque<Kept<R>>>,
    count: usize,
}

impl<R> Default for Records<R> {
    fn default() -> Self {
        Self {
            apps: HashMap::new(),
            count: 0,
        }
    }
}

impl Records {
    pub(super) fn keep(&mut self, request_id: RequestId, at: UnixMillis, record: SignatureRecord) {
        let app = Arc::clone(record.app());
        let kept = Kept {
            request_id,
            at,
            record,
        };
        self.keep_of(app, kept);
    }
}

impl<R> Records<R> {
    fn keep_of(&mut self, app: Arc<AppKey>, kept: Kept<R>) {
        let of_app = self.apps.entry(app).or_default();
        of_app.push_back(kept);
        self.count += 1;
        if of_app.len() > OF_APP_MAX {
            of_app.pop_front();
            self.count -= 1;
        }
        if self.count > ALL_MAX
            && let Some(most) = self.apps.values_mut().max_by_key(|kept| kept.len())
        {
            most.pop_front();
            self.count -= 1;
            self.apps.retain(|_, kept| !kept.is_empty());
        }
    }

    /// The record of an answer.
    pub(super) fn find(&self, request_id: &str) -> Option<&Kept<R>> {
        let mut all = self.apps.values().flatten();
        all.find(|kept| kept.request_id.as_str() == request_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_ids::RequestIds;

    #[test]
    fn an_app_pushes_out_its_own_records_and_all_have_a_bound() {
        let ids = RequestIds::new(0);
        let mut records = Records::default();
        let keep = |records: &mut Records<()>, app: usize| {
            let request_id = ids.next();
            let app = Arc::new(AppKey::new(app.to_string()).unwrap());
            let kept = Kept {
                request_id,
                at: UnixMillis(0),
                record: (),
            };
            records.keep_of(app, kept);
            request_id.as_str().to_owned()
        };
        let quiet = keep(&mut records, 0);
        let flood: Vec<_> = (0..=OF_APP_MAX).map(|_| keep(&mut records, 1)).collect();
        assert!(records.find(&flood[0]).is_none());
        assert!(flood[1..].iter().all(|id| records.find(id).is_some()));
        // Many apps at once: each keeps as many as any other may.
        for app in 2..20 {
            for _ in 0..OF_APP_MAX {
                keep(&mut records, app);
            }
        }
        assert_eq!(records.count, ALL_MAX);
        let counted = records.apps.values().map(VecDeque::len).sum::<usize>();
        assert_eq!(counted, ALL_MAX);
        assert!(records.find(&quiet).is_some());
        assert!(records.find(&flood[OF_APP_MAX]).is_some());
    }
}
