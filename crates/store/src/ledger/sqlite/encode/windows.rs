//! The windows of a certificate.

use povline_domain::{Digest, PageNumber, PageRequest, PageSize, UnixMillis, Window};

use super::super::trouble::{Outcome, corrupt};
use crate::sqlite::{Put, Take};

/// Each instant is told as its distance from the one before it, which makes most of them short.
pub(crate) fn write_windows(windows: &[Window], bytes: &mut Vec<u8>) {
    bytes.put(windows.len() as u64);
    let mut before = 0;
    for window in windows {
        let Window {
            request,
            rows,
            total,
            digest,
            requested_at,
            answered_at,
        } = window;
        bytes.put(u64::from(request.number.get()));
        bytes.put(u64::from(request.size.get()));
        bytes.put(u64::from(*rows));
        bytes.push(u8::from(total.is_some()));
        bytes.put(total.unwrap_or_default());
        bytes.extend_from_slice(&digest.0.to_le_bytes());
        bytes.put_signed(requested_at.0.wrapping_sub(before));
        bytes.put_signed(answered_at.0.wrapping_sub(requested_at.0));
        before = requested_at.0;
    }
}

pub(crate) fn read_windows(bytes: &[u8]) -> Outcome<Vec<Window>> {
    take_windows(&mut Take(bytes))
}

pub(super) fn take_windows(take: &mut Take<'_>) -> Outcome<Vec<Window>> {
    let count: usize = take.small()?;
    let mut windows = Vec::with_capacity(count.min(1024));
    let mut before = 0_i64;
    for _ in 0..count {
        let number = PageNumber::new(take.small()?);
        let size = PageSize::new(take.small()?);
        let (Some(number), Some(size)) = (number, size) else {
            return Err(corrupt("window"));
        };
        let rows = take.small()?;
        let has_total = take.byte()? != 0;
        let total = take.number()?;
        let mut digest = [0; 16];
        digest.copy_from_slice(take.bytes(16)?);
        let requested_at = before.wrapping_add(take.signed()?);
        let answered_at = requested_at.wrapping_add(take.signed()?);
        before = requested_at;
        windows.push(Window {
            request: PageRequest { number, size },
            rows,
            total: has_total.then_some(total),
            digest: Digest(u128::from_le_bytes(digest)),
            requested_at: UnixMillis(requested_at),
            answered_at: UnixMillis(answered_at),
        });
    }
    Ok(windows)
}
