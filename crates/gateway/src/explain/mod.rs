//! Wrong signatures: why, as far as can be told, and to whom.
//!
//! In a sandbox the caller itself is told, with the text that it should have signed. In production
//! the answer stays what it is on the wire; its `request_id` is the look-up id of a record that the
//! operator can open, and which holds no values: names and lengths of parameters and the likeliest
//! cause. An app key is public, so anybody can send wrong signatures: how many are looked into is
//! limited, for each app and altogether.

mod allowance;
mod record;
mod records;
mod retired;

use parking_lot::Mutex;
use povline_domain::UnixMillis;
use povline_protocol::explain::{Explanation, Secrets, explain};
use povline_protocol::{PlatformError, PublicParams, RequestId, SignMethod};
use tokio::time::Instant;

use crate::directory::{App, Directory};
use crate::site::WrongSignature;
use allowance::Allowances;
pub(crate) use record::SignatureRecord;
use records::Records;
use retired::Retired;

/// What was seen of a wrong signature.
#[derive(Debug)]
pub(crate) struct Examined {
    record: SignatureRecord,
    /// The caller's own values stand in it: for the caller alone.
    explanation: Option<Explanation>,
}

impl Examined {
    /// The error that tells the caller why. Only for a sandbox.
    pub(crate) fn told_error(&self, error: PlatformError) -> PlatformError {
        const SUB_CODE: &str = "isv.invalid-signature";
        let Some(explanation) = &self.explanation else {
            let crowded = "签名解释次数过多,请稍后再试 too many wrong signatures at once: try again \
                           later for the reason";
            return error.with_sub(SUB_CODE, crowded);
        };
        let canonical = &explanation.canonical;
        let Some(cause) = explanation.causes.first() else {
            let text = format!(
                "未找到原因,多半是密钥不对 no known mistake makes this signature: most likely it is \
                 another app's secret; 待签名串 text to sign (***=secret): {canonical}"
            );
            return error.with_sub(SUB_CODE, text);
        };
        let mistake = &cause.mistake;
        let place = match &cause.first_difference {
            None => String::new(),
            Some(place) => {
                let character = place.character + 1;
                let parameter = place.parameter.as_deref().unwrap_or("-");
                format!(
                    "; 首个不同处 the signed text differs first at character {character} \
                     ({parameter})"
                )
            }
        };
        let (chinese, english) = (mistake.chinese(), mistake.english());
        let text =
            format!("{chinese} {english}{place}; 待签名串 text to sign (***=secret): {canonical}");
        error.with_sub(format!("{SUB_CODE}:{}", mistake.word()), text)
    }
}

/// Looks into wrong signatures.
#[derive(Debug, Default)]
pub(crate) struct Explainer {
    allowances: Mutex<Allowances>,
    retired: Mutex<Retired>,
    records: Mutex<Records>,
}

impl Explainer {
    /// Looks into a signature that does not hold.
    pub(crate) fn examine(&self, public: PublicParams<'_>, app: &App, now: Instant) -> Examined {
        let method = public.sign_method().unwrap_or(SignMethod::Md5);
        let explanation = self.allowances.lock().take(&app.key, now).then(|| {
            let retired = self.retired.lock().of(&app.key);
            let secrets = Secrets {
                live: &app.secrets,
                retired: &retired,
            };
            let signature = public.signature().unwrap_or_default();
            explain(method, secrets, public.params(), signature)
        });
        Examined {
            record: SignatureRecord::new(public, app, explanation.as_ref()),
            explanation,
        }
    }

    /// Keeps what was seen for whoever asks by the answer's id.
    pub(crate) fn keep(&self, request_id: RequestId, at: UnixMillis, examined: Examined) {
        self.records.lock().keep(request_id, at, examined.record);
    }

    /// The record of an answer, as JSON.
    pub(crate) fn find(&self, request_id: &str) -> Option<String> {
        let records = self.records.lock();
        let found = records.find(request_id);
        found.map(|kept| kept.record.json(&kept.request_id, kept.at))
    }

    /// The record of an answer, for the platform's own site.
    pub(crate) fn wrong_signature(&self, request_id: &str) -> Option<WrongSignature> {
        let records = self.records.lock();
        let found = records.find(request_id);
        found.map(|kept| kept.record.wrong_signature(kept.at))
    }

    /// Remembers the secrets that an app has no longer.
    pub(crate) fn learn(&self, directory: &std::sync::Arc<Directory>) {
        self.retired.lock().learn(directory);
    }
}
