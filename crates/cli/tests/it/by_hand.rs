//! What people read by `pull` and `reconcile` is counted in the day's budget that the agent keeps.

use std::fs::File;

use povline_domain::{AppKey, Day};
use povline_store::ledger::{BudgetPart, CallsTaken, CallsWanted, Ledger as _, SqliteLedger};

use crate::binary::{Place, Run};
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

/// Two clinics with 450 rows today, which take three calls each. A copy has the first one's.
pub(crate) struct Scene {
    pub(crate) place: Place,
    serving: Serving,
    pub(crate) app_key: String,
}

impl Scene {
    /// `calls_per_day` of the agent, a fiftieth of which is for reading by hand.
    pub(crate) fn new(calls_per_day: u64) -> Self {
        let place = Place::new();
        let mut csv = String::from(
            "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
        );
        for (pov, n) in ["00001", "00002"]
            .into_iter()
            .flat_map(|pov| (0..450).map(move |n| (pov, n)))
        {
            csv += &format!(
                "{pov}P{n:03},{pov},{},08:00-08:30,{n:06},1,张小三\n",
                today()
            );
        }
        place.write("a.csv", csv);
        place
            .run("import --data platform --isv test --create-povs a.csv")
            .ends_with(0);
        let app_key = make_app(&place);
        let serving = Serving::start(&place);
        place.write(
            "povline.toml",
            format!("[agent]\ndata = \"agent\"\ncalls_per_day = {calls_per_day}\nfirst_day = 0\nlast_day = 0\n"),
        );
        let scene = Self {
            place,
            serving,
            app_key,
        };
        scene.call("sync --once --povs 00001").ends_with(0);
        scene
    }

    pub(crate) fn call(&self, args: &str) -> Run {
        calling(&self.place, &self.serving.url, &self.app_key, args, &[])
    }

    pub(crate) fn on_ledger<T>(
        &self,
        with: impl AsyncFnOnce(&SqliteLedger, &AppKey, Day) -> T,
    ) -> T {
        let ledger = SqliteLedger::open(self.place.path().join("agent")).unwrap();
        let app = AppKey::new(self.app_key.as_str()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(with(&ledger, &app, today()))
    }

    pub(crate) fn taken(&self) -> CallsTaken {
        self.on_ledger(async |ledger, app, day| ledger.calls_taken(app, day).await.unwrap())
    }
}

#[test]
fn what_is_read_by_hand_is_counted_and_refused_beyond_its_share() {
    // Ten calls are for reading by hand.
    let scene = Scene::new(500);
    assert_eq!(scene.taken().by_hand, 0);
    let pull = format!("pull --pov 00001 --day {} --format csv", today());
    let reconcile = format!("reconcile --pov 00001 --day {} --every-row", today());
    scene.call(&pull).ends_with(0);
    assert_eq!(scene.taken().by_hand, 3);
    scene.call(&reconcile).ends_with(0);
    scene.call(&pull).ends_with(0);
    assert_eq!(scene.taken().by_hand, 9);

    // One is left, and three are needed: nothing is begun.
    for command in [&pull, &reconcile] {
        let refused = scene.call(command).ends_with(2);
        for told in [
            "1 lists take 3 calls, and 1 are left",
            "calls of a day 每日调用: 500",
            "10 (2 %), of which 9 were taken",
            "add --beyond-reserve",
        ] {
            assert!(refused.stderr.contains(told), "{refused:#?}");
        }
    }
    assert_eq!(scene.taken().by_hand, 9);
    for command in [pull, reconcile] {
        scene
            .call(&format!("{command} --beyond-reserve"))
            .ends_with(0);
    }
    assert_eq!(scene.taken().by_hand, 15);

    // Nobody may go beyond the day.
    scene.on_ledger(async |ledger, app, day| {
        let rest = CallsWanted {
            calls_max: u64::MAX,
            part: BudgetPart::Polls,
            of_part: u64::MAX,
            of_day: 498,
        };
        ledger.reserve_calls(app, day, rest).await.unwrap();
    });
    let last = format!("pull --pov 00001 --day {} --beyond-reserve", today());
    let refused = scene.call(&last).ends_with(2);
    assert!(refused.stderr.contains("2 are left"), "{refused:#?}");
    assert!(!refused.stderr.contains("add --beyond"), "{refused:#?}");
}

#[test]
fn a_list_that_turns_out_longer_than_the_calls_left_ends_the_command() {
    let scene = Scene::new(500);
    scene.on_ledger(async |ledger, app, day| {
        let most = CallsWanted {
            calls_max: 8,
            part: BudgetPart::ByHand,
            of_part: 10,
            of_day: 500,
        };
        ledger.reserve_calls(app, day, most).await.unwrap();
    });
    // The copy does not know 00002, whose list takes three calls; two are left.
    for command in ["pull", "reconcile --every-row"] {
        let command = format!("{command} --pov 00002,00003 --day {}", today());
        let ended = scene.call(&command);
        match command.starts_with("pull") {
            true => {
                let told = ended.ends_with(5).stderr;
                assert!(told.contains("calls for it are used up"), "{told}");
                assert!(told.contains("by hand: --beyond-reserve"), "{told}");
                assert!(told.contains("1 lists 清单, 0 complete"), "{told}");
            }
            false => drop(ended.ends_with(2)),
        }
        assert_eq!(scene.taken().by_hand, 10);
    }
}

#[test]
fn beside_an_agent_a_command_leaves_it_most_calls_of_a_second() {
    let scene = Scene::new(5_000);
    let day = today();
    let beside = "an agent is at work here: at most 2 calls a second";
    let reconcile = format!("reconcile --pov 00001 --day {day} --every-row");
    let commands = [format!("pull --pov 00001 --day {day}"), reconcile.clone()];
    let lock = File::create(scene.place.path().join("agent/agent.lock")).unwrap();
    lock.lock().unwrap(); // as by an agent
    for command in &commands {
        // Twenty calls a second are the agent's.
        let run = scene.call(command).ends_with(0);
        assert!(run.stderr.contains(beside), "{run:#?}");
    }
    assert_eq!(scene.taken().by_hand, 6);

    // With no agent there all of them are the command's. A repair keeps the ledger itself.
    drop(lock);
    for command in commands.into_iter().chain([reconcile + " --repair"]) {
        let run = scene.call(&command).ends_with(0);
        assert!(!run.stderr.contains("an agent is at work"), "{run:#?}");
    }
    assert_eq!(scene.taken().by_hand, 15);
}

#[test]
fn a_command_counts_in_as_many_calls_a_day_as_it_is_told() {
    let scene = Scene::new(500);
    let settings = "[agent]\ndata = \"agent\"\nfirst_day = 0\nlast_day = 0\n";
    scene.place.write("povline.toml", settings);
    let assumed = "counted in 100,000 calls a day, which nobody has set";
    // Of 400 calls eight are for reading by hand.
    let pull = format!("pull --pov 00001 --day {}", today());
    let unsaid = scene.call(&pull).ends_with(0);
    assert!(unsaid.stderr.contains(assumed), "{unsaid:#?}");
    let said = scene.call(&format!("{pull} --calls-per-day 400"));
    assert!(!said.ends_with(0).stderr.contains("which nobody has set"));
    let reconcile = format!("reconcile --pov 00001 --day {} --every-row", today());
    let unsaid = scene.call(&reconcile).ends_with(0);
    assert!(unsaid.stderr.contains(assumed), "{unsaid:#?}");
    assert_eq!(scene.taken().by_hand, 9);
    for command in [&pull, &reconcile] {
        let refused = scene.call(&format!("{command} --calls-per-day 400"));
        let told = refused.ends_with(2).stderr;
        assert!(told.contains("calls of a day 每日调用: 400"), "{told}");
    }
    let unsaid = scene.call("doctor --povs 00001 --format csv");
    assert!(unsaid.stderr.contains(assumed), "{unsaid:#?}");
    let said = scene.call("doctor --povs 00001 --format csv --calls-per-day 400");
    assert!(said.stdout.contains("of 400 calls left"), "{said:#?}");
    assert!(!said.stderr.contains("which nobody has set"), "{said:#?}");
}

#[test]
fn what_a_doctor_calls_is_read_by_hand() {
    let scene = Scene::new(500);
    let before = scene.taken();
    scene.call("doctor --povs 00001 --format csv");
    // One for the clinic, and two in case that a signature is refused.
    let after = CallsTaken {
        by_hand: before.by_hand + 3,
        ..before
    };
    assert_eq!(scene.taken(), after);
}

#[test]
fn without_a_ledger_nothing_is_counted() {
    let scene = Scene::new(500);
    let before = scene.taken();
    scene.place.write("povline.toml", "");
    let pull = format!("pull --pov 00001 --day {}", today());
    let run = scene.call(&pull).ends_with(0);
    assert!(!run.stderr.contains("calls a day"), "{run:#?}");
    let refused = scene.call(&format!("{pull} --calls-per-day 400"));
    assert!(refused.ends_with(2).stderr.contains("none is named"));
    assert_eq!(scene.taken(), before);
}
