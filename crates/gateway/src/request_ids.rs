//! Ids of answers, by which a caller and the platform's log speak of the same call.

use std::sync::atomic::{AtomicU64, Ordering};

use povline_protocol::RequestId;

/// Makes ids that look like chance: a counter that begins somewhere, well mixed.
#[derive(Debug)]
pub(crate) struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            next: AtomicU64::new(mix(seed)),
        }
    }

    pub(crate) fn next(&self) -> RequestId {
        RequestId::from_number(mix(self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

/// The finaliser of splitmix64, a bijection of 64 bits.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
