//! The planner against the other policies, in worlds small enough for every build. The full sizes
//! are run by hand: `povline world plan-bench`.

#![expect(
    clippy::print_stdout,
    reason = "the figures are worth reading, whether they suffice or not"
)]

use std::sync::Arc;

use povline_world::plan_bench::{
    BenchWorld, Graded, Kind, PlanScenario, PolicyName, SCENARIOS, Score, Trial, grade, page,
};

/// What a scenario came to with one seed.
struct Compared {
    graded: Vec<Graded>,
}

impl Compared {
    fn of(scenario: &PlanScenario, seed: u64, policies: &[PolicyName]) -> Self {
        let world = Arc::new(BenchWorld::generate(scenario, seed));
        let grade = |policy: &PolicyName| grade(&world, *policy, &Trial::default(), seed);
        Self {
            graded: policies.iter().map(grade).collect(),
        }
    }

    fn mean(&self, policy: PolicyName) -> f64 {
        let of = self.graded.iter().find(|of| of.policy == policy);
        of.unwrap().weighted_mean()
    }

    fn times(&self, policy: PolicyName) -> f64 {
        self.mean(policy) / self.mean(PolicyName::Learned)
    }

    fn learned(&self) -> &Score {
        let of = |of: &&Graded| of.policy == PolicyName::Learned;
        &self.graded.iter().find(of).unwrap().scores[0]
    }

    /// How the planner does against the others, and that it kept budget and promises.
    fn assert(&self, bar: Bar) {
        let learned = self.learned();
        assert_eq!(learned.over_budget(), 0);
        assert_eq!(learned.late_by(), 0.0, "a list was older than promised");
        let ratio = 1.0 / self.times(PolicyName::TrueRate);
        let round_robin = self.times(PolicyName::RoundRobin);
        let tiers = self.times(PolicyName::Tiers);
        let class_root = self.times(PolicyName::ClassRoot);
        println!(
            "{ratio:.3} of the true rates, round-robin {round_robin:.2}, tiers {tiers:.2}, \
             class averages {class_root:.2}"
        );
        assert!(ratio <= bar.to_true, "to the true rates: {ratio}");
        assert!(round_robin >= bar.round_robin, "round-robin: {round_robin}");
        assert!(tiers >= bar.tiers, "tiers: {tiers}");
        assert!(class_root >= bar.class_root, "class averages: {class_root}");
    }
}

/// How well the planner does at least.
#[derive(Debug, Clone, Copy)]
struct Bar {
    /// Its mean delay over that of the true rates, at most.
    to_true: f64,
    /// The mean delay of round-robin over its own, at least.
    round_robin: f64,
    /// The mean delay of fixed tiers over its own, at least.
    tiers: f64,
    /// The mean delay of the true averages of all lists alike, at least; 0 where nothing is asked.
    class_root: f64,
}

/// What is due on an ordinary day.
const ORDINARY: Bar = Bar {
    to_true: 1.20,
    round_robin: 3.0,
    tiers: 2.0,
    class_root: 1.15,
};

/// What is due on the first day, on which nothing was learned yet.
const FIRST_DAY: Bar = Bar {
    to_true: 1.40,
    tiers: 1.7,
    round_robin: 0.0,
    class_root: 0.0,
};

const SEEDS: [u64; 3] = [1, 2, 3];

/// A scenario with each seed.
fn assert_each(scenario: &PlanScenario, bar: Bar) -> [Compared; 3] {
    SEEDS.map(|seed| {
        let compared = Compared::of(scenario, seed, &POLICIES);
        compared.assert(bar);
        compared
    })
}

const POLICIES: [PolicyName; 5] = [
    PolicyName::RoundRobin,
    PolicyName::Tiers,
    PolicyName::ClassRoot,
    PolicyName::TrueRate,
    PolicyName::Learned,
];

fn scenario(name: &str, scale: f64) -> PlanScenario {
    PlanScenario::named(name).unwrap().scaled(scale)
}

#[test]
fn an_ordinary_day() {
    assert_each(&scenario("S1", 0.4), ORDINARY);
}

#[test]
fn many_clinics() {
    assert_each(&scenario("S2", 0.06), ORDINARY);
}

/// A limit of a second alone, at a fifth of its size: each seed is a test, so that they run side by
/// side.
fn assert_a_limit_of_a_second(seed: u64) {
    Compared::of(&scenario("S3", 0.2), seed, &POLICIES).assert(ORDINARY);
}

#[test]
fn a_limit_of_a_second_alone() {
    assert_a_limit_of_a_second(SEEDS[0]);
}

#[test]
fn a_limit_of_a_second_alone_in_a_second_world() {
    assert_a_limit_of_a_second(SEEDS[1]);
}

#[test]
fn a_limit_of_a_second_alone_in_a_third_world() {
    assert_a_limit_of_a_second(SEEDS[2]);
}

#[test]
fn mass_sites() {
    assert_each(&scenario("S4", 0.2), ORDINARY);
}

/// Nothing is known to begin with but what clinics in general are like. S1 is whole here: in parts of
/// it the first day is 1.63 to 1.75 times as good as tiers, and in all of it 1.74 to 1.75.
#[test]
fn the_first_day() {
    for (name, scale) in [("S1", 1.0), ("S2", 0.06), ("S4", 0.2)] {
        let mut scenario = scenario(name, scale);
        scenario.warmup_days = 0;
        assert_each(&scenario, FIRST_DAY);
    }
}

#[test]
fn an_unannounced_release() {
    let bar = Bar {
        to_true: 1.5,
        round_robin: 4.0,
        tiers: 3.0,
        class_root: 0.0,
    };
    assert_each(&scenario("S5", 0.4), bar);
}

#[test]
fn clinics_that_change_at_noon() {
    let bar = Bar {
        to_true: 1.35,
        class_root: 1.2,
        ..ORDINARY
    };
    assert_each(&scenario("S6", 0.4), bar);
}

#[test]
fn failures_and_a_ban() {
    let bar = Bar {
        class_root: 0.0,
        ..ORDINARY
    };
    for compared in assert_each(&scenario("S7", 0.4), bar) {
        let learned = compared.learned();
        assert!(learned.failed_calls() > 0);
        // One call finds the ban out, and none is made while it lasts.
        let failed = learned.failed_calls() as f64 / learned.calls() as f64;
        assert!((0.01..0.035).contains(&failed), "{failed}");
    }
}

#[test]
fn promises_that_take_most_of_the_calls_are_kept() {
    let mut scenario = scenario("S1", 0.4);
    (scenario.today_minutes, scenario.other_minutes) = (15.0, 240.0);
    let compared = Compared::of(&scenario, 1, &[PolicyName::Learned]);
    let learned = compared.learned();
    assert_eq!((learned.over_budget(), learned.late_by()), (0, 0.0));
    let p99 = learned.today_open().p99;
    assert!(p99 <= 900.0, "today's tail is the promise's: {p99} s");
}

#[test]
fn a_release_at_an_odd_time() {
    let mut scenario = scenario("S5", 0.4);
    scenario.release.as_mut().unwrap().hour = 11.333;
    let policies = [PolicyName::TrueRate, PolicyName::Learned];
    let compared = Compared::of(&scenario, 4, &policies);
    let ratio = 1.0 / compared.times(PolicyName::TrueRate);
    assert!(ratio <= 1.6, "{ratio}");
    assert_eq!(compared.learned().over_budget(), 0);
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let scenario = scenario("S1", 0.05);
    let run = || {
        let compared = Compared::of(&scenario, 7, &POLICIES);
        POLICIES.map(|policy| compared.mean(policy).to_bits())
    };
    assert_eq!(run(), run());
    let other = Compared::of(&scenario, 8, &[PolicyName::Learned]);
    assert_ne!(other.mean(PolicyName::Learned).to_bits(), run()[4]);
}

#[test]
fn every_shipped_scenario_makes_a_world_that_holds_together() {
    for (name, _) in SCENARIOS {
        let world = BenchWorld::generate(&scenario(name, 0.02), 3);
        assert!(!world.is_empty(), "{name}");
        let mut last = (0, 0, 0);
        let mut kinds = [0; 3];
        for (pov, date, event) in world.each() {
            assert!((pov, date, event.at) >= last, "{name}: in order");
            last = (pov, date, event.at);
            let day = event.at as usize / 86_400_000;
            assert!(date >= day, "{name}: nothing happens to the past");
            if event.kind == Kind::Pick {
                assert_eq!(date, day, "{name}: numbers are taken on the day");
            }
            kinds[event.kind as usize] += 1;
        }
        assert!(kinds.iter().all(|count| *count > 0), "{name}: {kinds:?}");
    }
}

#[test]
fn a_scenario_that_cannot_be_used_says_why() {
    let fault = |text: &str| PlanScenario::parse(text).unwrap_err().to_string();
    let (_, whole) = SCENARIOS[0];
    assert!(fault("name = 1").contains("name"));
    assert!(fault(&whole.replace("povs = 200", "povs = 0")).contains("povs"));
    assert!(fault(&whole.replace("povs = 200", "povs = 200\nnonsense = 1")).contains("nonsense"));
    assert!(
        PlanScenario::named("S9")
            .unwrap_err()
            .to_string()
            .contains("S7")
    );
}

#[test]
fn the_page_of_a_part_of_a_scenario_says_what_part_its_figures_are_of() {
    let scenario = scenario("S1", 0.1);
    let page = page(&scenario, 1, &[]);
    let told = "20,000 calls a day; here 10 % of it 此处为其10%. 20 POV × 7 天 days; 2000 次/天";
    assert!(page.contains(told), "{page}");
    let whole = self::page(&self::scenario("S1", 1.0), 1, &[]);
    assert!(whole.contains("20,000 calls a day. 200 POV"), "{whole}");
}

#[test]
fn the_page_stands_alone_and_shows_every_policy() {
    let mut scenario = scenario("S1", 0.03);
    scenario.about = "A <b> & \"quotes\"".to_owned();
    let compared = Compared::of(&scenario, 1, &PolicyName::ALL);
    let page = page(&scenario, 1, &compared.graded);
    assert_eq!(page.matches("<svg").count(), 4);
    // Five curves of ages in three charts, and three of prices.
    assert_eq!(page.matches("<polyline").count(), 3 * 5 + 3);
    assert!(page.contains("prefers-color-scheme:dark"));
    assert!(page.contains("今天的清单 Today's lists"));
    assert!(page.contains("A &lt;b> &amp; &quot;quotes&quot;"));
    assert!(!page.contains("http"), "it loads nothing");
    assert!(!page.contains("NaN"));
}
