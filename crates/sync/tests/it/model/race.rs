//! Every method on lists that change under it: how many rows each loses, and how often it does
//! not know.

use std::fmt::Write;

use povline_domain::Verdict;
use povline_sync::chance::Chance;
use povline_sync::scan::ScanPolicy;

use super::churn::{BURSTS, Churn, HEAVY, LIGHT, MOVING};
use super::methods::{self, Told};
use super::reading::{lost_rows, read};
use super::server::{Manner, Server};
use super::truth::{DayNumber, Order};

const SCANS: u64 = 1000;

/// One kind of world.
#[derive(Debug, Clone, Copy)]
struct Course {
    order: Order,
    churn: Churn,
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Forward,
    ForwardChecked,
    TrustingTotal,
    Backward,
    SingleAnchor,
    OverlapChain,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    calls: u64,
    /// Scans that lost a row, whatever they said.
    lossy: u64,
    certified: u64,
    /// Scans that lost a row and said that they had not.
    wrong: u64,
    /// Of these, such as had a seam where every anchor had moved.
    wrong_within_limit: u64,
    changes: u64,
}

const METHODS: [(Method, &str); 6] = [
    (Method::Forward, "forward"),
    (Method::ForwardChecked, "forward, count checked"),
    (Method::TrustingTotal, "forward, trusting total"),
    (Method::Backward, "last page first"),
    (Method::SingleAnchor, "single anchor"),
    (Method::OverlapChain, "overlap chain"),
];

const fn course(order: Order, churn: Churn, length: usize) -> Course {
    Course {
        order,
        churn,
        length,
    }
}

const COURSES: [Course; 9] = [
    course(Order::Append, HEAVY, 1000),
    course(Order::Middle, HEAVY, 1000),
    course(Order::Append, HEAVY, 450),
    course(Order::Middle, HEAVY, 450),
    course(Order::Middle, LIGHT, 450),
    course(Order::Append, MOVING, 1000),
    course(Order::Middle, MOVING, 1000),
    course(Order::Append, BURSTS, 450),
    course(Order::Middle, BURSTS, 450),
];

fn run(method: Method, course: Course, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let mut server = None;
    for scan in 0..SCANS {
        // A fresh list now and then, so that none drifts far from its length.
        if scan % 20 == 0 {
            let manner = Manner {
                focused: true,
                ..Manner::plain(course.order, course.churn)
            };
            let chance = Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(scan));
            server = Some(Server::new(manner, &[course.length, 200], chance));
        }
        let server = server.as_mut().unwrap();
        let (calls, changes) = (server.calls, server.truth.changes);
        match method {
            Method::OverlapChain => {
                let reading = read(server, 0, None, ScanPolicy::default());
                let certified = reading.outcome.certificate.verdict == Verdict::Complete;
                let wrong = !reading.lost.is_empty();
                assert!(certified || !wrong);
                tally.add(wrong, certified);
                tally.wrong_within_limit += u64::from(wrong && reading.anchors_moved);
            }
            Method::Forward => tally.judge(server, methods::forward),
            Method::ForwardChecked => tally.judge(server, methods::forward_checked),
            Method::TrustingTotal => tally.judge(server, methods::trusting_total),
            Method::Backward => tally.judge(server, methods::backward),
            Method::SingleAnchor => tally.judge(server, methods::single_anchor),
        }
        tally.calls += server.calls - calls;
        tally.changes += server.truth.changes - changes;
    }
    tally
}

impl Tally {
    fn judge(&mut self, server: &mut Server, method: fn(&mut Server, DayNumber) -> Told) {
        let told = method(server, 0);
        let lost = lost_rows(&server.truth, 0, told.begun_at, told.shown);
        self.add(!lost.is_empty(), told.certified);
    }

    fn add(&mut self, lossy: bool, certified: bool) {
        self.lossy += u64::from(lossy);
        self.certified += u64::from(certified);
        self.wrong += u64::from(lossy && certified);
    }
}

/// Runs every method over every course, and returns the tallies and a table of them.
fn race(seed: u64) -> (Vec<(Course, Method, Tally)>, String) {
    let mut tallies = Vec::new();
    let mut table = format!(
        "{:<8} {:<7} {:>5}  {:<24} {:>6} {:>7} {:>10} {:>7} {:>11}\n",
        "order", "churn", "rows", "method", "scans", "lossy", "certified", "wrong", "calls/scan"
    );
    std::thread::scope(|scope| {
        let runs = COURSES.map(|course| {
            scope.spawn(move || {
                METHODS.map(|(method, _)| (course, method, run(method, course, seed)))
            })
        });
        for run in runs {
            tallies.extend(run.join().unwrap());
        }
    });
    for (course, method, tally) in &tallies {
        let name = METHODS.iter().find(|(known, _)| known == method).unwrap().1;
        let order = format!("{:?}", course.order).to_lowercase();
        let calls = tally.calls as f64 / SCANS as f64;
        writeln!(
            table,
            "{order:<8} {:<7} {:>5}  {name:<24} {SCANS:>6} {:>7} {:>10} {:>7} {calls:>11.2}",
            course.churn.name, course.length, tally.lossy, tally.certified, tally.wrong,
        )
        .unwrap();
    }
    (tallies, table)
}

#[test]
fn the_chain_holds_where_every_other_method_fails() {
    for seed in super::seeds() {
        let (tallies, table) = race(seed);
        println!("seed {seed}\n{table}");
        check(seed, &tallies);
    }
}

fn check(seed: u64, tallies: &[(Course, Method, Tally)]) {
    let wrong = |wanted: Method, of: fn(&Course) -> bool| -> u64 {
        let those = tallies
            .iter()
            .filter(|(course, method, _)| *method == wanted && of(course));
        those.map(|(_, _, tally)| tally.wrong).sum()
    };
    let any: fn(&Course) -> bool = |_| true;
    assert!(wrong(Method::Forward, |course| course.order == Order::Append) > 0);
    assert!(wrong(Method::Forward, |course| course.order == Order::Middle) > 0);
    assert!(wrong(Method::ForwardChecked, any) > 0);
    assert!(wrong(Method::TrustingTotal, any) > 0);
    assert!(wrong(Method::Backward, |course| course.order == Order::Middle) > 0);
    assert!(wrong(Method::SingleAnchor, any) > 0);

    for (course, method, tally) in tallies {
        if *method != Method::OverlapChain {
            continue;
        }
        assert_eq!(
            tally.wrong, tally.wrong_within_limit,
            "{course:?}, seed {seed}"
        );
        // Where rows only come and go, there is no limit, and nearly every scan is certified.
        if course.churn.shifts == 0.0 {
            assert_eq!(tally.wrong, 0, "{course:?}, seed {seed}");
            assert!(tally.certified * 100 >= SCANS * 99, "{course:?}: {tally:?}");
        }
        assert!(tally.certified * 100 >= SCANS * 90, "{course:?}: {tally:?}");
        assert!(tally.changes > 0);
    }
}
