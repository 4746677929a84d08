//! Whose call it is: the peer's, or whom trusted proxies name, and nobody else's word for it.

use std::net::IpAddr;

use povline_gateway::TrustedProxies;
use povline_store::book::AddressRange;

fn proxies(ranges: &[&str]) -> TrustedProxies {
    let ranges = ranges.iter().map(|range| range.parse::<AddressRange>());
    ranges.map(Result::unwrap).collect()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn check(trusted: &[&str], peer: &str, forwarded_for: &[&str], expected: &str) {
    let caller = proxies(trusted).caller(address(peer), forwarded_for);
    assert_eq!(caller, address(expected), "{peer} {forwarded_for:?}");
}

#[test]
fn nobody_is_believed_by_default() {
    check(&[], "10.0.0.1", &["1.2.3.4"], "10.0.0.1");
    check(&["10.0.0.0/8"], "11.0.0.1", &["1.2.3.4"], "11.0.0.1");
}

#[test]
fn a_trusted_proxy_names_its_caller() {
    let trusted = ["10.0.0.0/8", "2001:db8::1"];
    check(&trusted, "10.0.0.1", &["1.2.3.4"], "1.2.3.4");
    check(&trusted, "2001:db8::1", &["2001:db8::2"], "2001:db8::2");
    check(&trusted, "10.0.0.1", &[], "10.0.0.1");
    // Two lines are one list.
    check(&trusted, "10.0.0.1", &["1.2.3.4", "10.9.9.9"], "1.2.3.4");
    check(&trusted, "10.0.0.1", &["9.9.9.9", "1.2.3.4"], "1.2.3.4");
    check(
        &trusted,
        "10.0.0.1",
        &["1.2.3.4,10.9.9.9 , 10.8.8.8"],
        "1.2.3.4",
    );
}

#[test]
fn what_the_caller_itself_sent_is_not_believed() {
    // The caller 1.2.3.4 pretends to be 9.9.9.9; our proxy appended where the call came from.
    check(&["10.0.0.1"], "10.0.0.1", &["9.9.9.9, 1.2.3.4"], "1.2.3.4");
    check(&["10.0.0.1"], "10.0.0.1", &["10.0.0.1, 1.2.3.4"], "1.2.3.4");
    // It can make the list long, but not push its last entry out.
    let long = format!("{}1.2.3.4", "10.0.0.1,".repeat(10_000));
    check(&["10.0.0.1"], "10.0.0.1", &[&long], "1.2.3.4");
}

#[test]
fn what_is_no_address_ends_the_search_at_the_proxy_that_wrote_it() {
    for nonsense in [
        "unknown",
        "",
        "1.2.3",
        "1.2.3.4.5",
        "_hidden",
        "[::1",
        "a:b",
    ] {
        let line = format!("1.2.3.4, {nonsense}");
        check(&["10.0.0.1"], "10.0.0.1", &[&line], "10.0.0.1");
    }
}

#[test]
fn ports_and_ipv4_in_ipv6_clothes() {
    let trusted = ["10.0.0.0/8"];
    check(&trusted, "::ffff:10.0.0.1", &["1.2.3.4:5678"], "1.2.3.4");
    check(&trusted, "10.0.0.1", &["[2001:db8::2]:80"], "2001:db8::2");
    check(&trusted, "10.0.0.1", &["2001:db8::2"], "2001:db8::2");
    check(&trusted, "10.0.0.1", &["::ffff:1.2.3.4"], "1.2.3.4");
}
