//! The records of wrong signatures, within bounds. An app key is public, so one app's may be a flood:
//! it pushes out its own records. Those of all apps have a bound too; at it, whoever has the most gives
//! up its oldest.

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
        // Room is made first, so that what comes is never what goes.
        let own = self.apps.get_mut(&app);
        match own.filter(|own| own.len() == OF_APP_MAX) {
            Some(own) => {
                own.pop_front();
                self.count -= 1;
            }
            None if self.count == ALL_MAX => self.take_of_the_most(),
            None => {}
        }
        self.apps.entry(app).or_default().push_back(kept);
        self.count += 1;
    }

    fn take_of_the_most(&mut self) {
        if let Some(most) = self.apps.values_mut().max_by_key(|kept| kept.len()) {
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

    fn key(app: usize) -> Arc<AppKey> {
        Arc::new(AppKey::new(app.to_string()).unwrap())
    }

    /// Keeps one more of an app's, and tells which.
    fn keep(records: &mut Records<()>, ids: &RequestIds, app: usize) -> String {
        let request_id = ids.next();
        let kept = Kept {
            request_id,
            at: UnixMillis(0),
            record: (),
        };
        records.keep_of(key(app), kept);
        request_id.as_str().to_owned()
    }

    #[test]
    fn what_was_kept_just_now_is_there_though_no_app_has_more() {
        let ids = RequestIds::new(0);
        let mut records = Records::default();
        for app in 0..10 * ALL_MAX {
            keep(&mut records, &ids, app);
            assert!(records.apps.contains_key(&key(app)), "{app}");
        }
        assert_eq!(records.count, ALL_MAX);
    }

    #[test]
    fn where_an_app_has_the_most_it_gives_up_its_own() {
        const FLOOD: usize = 100;
        let ids = RequestIds::new(0);
        let mut records = Records::default();
        let flood = keep(&mut records, &ids, 0);
        for _ in 1..FLOOD {
            keep(&mut records, &ids, 0);
        }
        for app in FLOOD..ALL_MAX {
            keep(&mut records, &ids, app);
        }
        assert!(records.find(&flood).is_some());
        keep(&mut records, &ids, 0);
        assert!(records.find(&flood).is_none());
        assert!((FLOOD..ALL_MAX).all(|app| records.apps.contains_key(&key(app))));
    }

    #[test]
    fn an_app_pushes_out_its_own_records_and_all_have_a_bound() {
        let ids = RequestIds::new(0);
        let mut records = Records::default();
        let keep = |records: &mut Records<()>, app: usize| keep(records, &ids, app);
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
