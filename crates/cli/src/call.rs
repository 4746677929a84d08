//! `call`: signs and sends any TOP call, and shows what came back, byte for byte.

use std::io::Write as _;

use povline_client::{Client, HttpAnswer, HttpRequest};
use povline_protocol::api::AnswerShape;
use povline_protocol::catalogue::meaning_of;
use povline_protocol::decode::{self, Answer, DecodeError, FlatAnswer};
use povline_protocol::{BusinessFailure, methods};

use crate::args::CallArgs;
use crate::call_error::call_error;
use crate::config::CallerConfig;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Makes the call, or only prints it.
#[expect(clippy::print_stderr, reason = "what was sent goes to standard error")]
pub(crate) async fn run(config: &CallerConfig, args: &CallArgs) -> CliResult<()> {
    let params = params(&args.params)?;
    let client = config.client()?;
    let mut request = client
        .request(&args.method, &params)
        .map_err(|error| call_error("cannot sign the call", &error))?;
    if args.get {
        request = as_get(request)?;
    }
    let body = String::from_utf8_lossy(&request.body).into_owned();
    if args.print_request {
        writeln!(std::io::stdout(), "{}\n\n{body}", request.uri)?;
        return Ok(());
    }
    let verb = if args.get { "GET" } else { "POST" };
    eprintln!("> {verb} {}", shown(&request.uri.to_string()));
    if !body.is_empty() {
        eprintln!("> {body}");
    }
    let answer = send(&client, request).await?;
    eprintln!("< HTTP {}, {} bytes", answer.status, answer.body.len());
    let mut out = std::io::stdout().lock();
    out.write_all(&answer.body)?;
    if !answer.body.ends_with(b"\n") {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    judge(&args.method, &answer)
}

/// An address as a screen may show it: without a password, a session or a signature, each of which
/// lets somebody else call. `--print-request` is there for whoever wants them.
fn shown(uri: &str) -> String {
    let (address, query) = uri.split_once('?').unwrap_or((uri, ""));
    let address = match (address.split_once("://"), address.split_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => address.to_owned(),
    };
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name @ ("sign" | "session"), _)) => format!("{name}=***"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{address}?{}", pairs.join("&"))
}

async fn send(client: &Client, request: HttpRequest) -> CliResult<HttpAnswer> {
    client
        .send(request)
        .await
        .map(|answer| answer.http)
        .map_err(|error| call_error("the call failed", &error))
}

/// Parameters as `name=value`; a value may hold further `=`.
fn params(texts: &[String]) -> CliResult<Vec<(&str, &str)>> {
    let pair = |text: &'_ String| -> Option<(usize, usize)> {
        let at = text.find('=')?;
        (at > 0).then_some((at, at + 1))
    };
    texts
        .iter()
        .map(|text| match pair(text) {
            Some((end, begin)) => Ok((&text[..end], &text[begin..])),
            None => Err(
                CliError::new(Exit::Usage, format!("the parameter {text:?} has no name"))
                    .remedy("write parameters as name=value"),
            ),
        })
        .collect()
}

/// The same call with everything in the query.
fn as_get(request: HttpRequest) -> CliResult<HttpRequest> {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    if body.is_empty() {
        return Ok(request);
    }
    let uri = format!("{}&{body}", request.uri).parse();
    let uri = uri.map_err(|_| {
        CliError::new(Exit::Usage, "the call is too long for GET").remedy("send it without --get")
    })?;
    Ok(HttpRequest {
        uri,
        body: bytes::Bytes::new(),
        ..request
    })
}

/// An answer that says no is shown like any other, and told by the exit code.
#[expect(
    clippy::print_stderr,
    reason = "what an answer means goes to standard error"
)]
fn judge(method: &str, answer: &HttpAnswer) -> CliResult<()> {
    if let Ok(Some(error)) = decode::read_error(&answer.body) {
        eprintln!("{error} 平台拒绝");
        if let Some(told) = meaning_of(&error.code.to_string(), error.sub_code.as_deref()) {
            eprintln!("  {} {}", told.meaning.chinese, told.meaning.english);
            eprintln!(
                "  remedy 办法: {} {}",
                told.remedy.chinese, told.remedy.english
            );
        }
        return Err(CliError::silent(Exit::PlatformRefused));
    }
    // Of a method that is not known it is not known either where it would say that it failed.
    let Some(spec) = methods::find(method) else {
        return Ok(());
    };
    match failure(spec.shape, &answer.body) {
        Ok(Some(failure)) => {
            eprintln!("{failure} 业务失败");
            Err(CliError::silent(Exit::PlatformRefused))
        }
        Ok(None) => Ok(()),
        Err(error) => Err(
            CliError::new(Exit::Unreachable, "that is no answer of a TOP gateway")
                .caused_by(&error)
                .remedy("look at --url: it ends with /router/rest on most gateways"),
        ),
    }
}

/// The failure that a good answer tells of, if it does.
fn failure(shape: AnswerShape, body: &[u8]) -> Result<Option<BusinessFailure>, DecodeError> {
    match shape {
        AnswerShape::Result => decode::read_answer(body).map(|reply| match reply.answer {
            Answer::BusinessFailure(failure) => Some(failure),
            _ => None,
        }),
        AnswerShape::Flat => decode::read_flat(body).map(|reply| match reply.answer {
            FlatAnswer::BusinessFailure(failure) => Some(failure),
            _ => None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_lets_others_call_is_not_shown() {
        assert_eq!(
            shown("https://user:word@gw.example/router/rest?app_key=1&session=S&sign=AB"),
            "https://***@gw.example/router/rest?app_key=1&session=***&sign=***"
        );
    }
}
