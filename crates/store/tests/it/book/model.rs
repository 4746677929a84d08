//! A book so simple that it can be seen to be right: one list of rows in the order in which they
//! came to their days.

use std::collections::{BTreeSet, HashMap};

use povline_domain::{Appointment, Day, IsvId, PovId};
use povline_store::book::{ImportReport, Write, WriteOutcome};

type PovDay = (PovId, Day);

#[derive(Debug, Clone, Default)]
pub struct Model {
    rows: Vec<(PovId, Appointment)>,
    retired: BTreeSet<(PovDay, String)>,
}

/// What should become of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Done,
    Unchanged,
    Refused(&'static str),
}

impl Expected {
    pub fn of(outcome: &WriteOutcome) -> Self {
        match outcome {
            WriteOutcome::Done => Self::Done,
            WriteOutcome::Unchanged => Self::Unchanged,
            WriteOutcome::Refused(refusal) => Self::Refused(refusal.field),
        }
    }
}

impl Model {
    pub fn day(&self, (pov, day): PovDay) -> Vec<Appointment> {
        let rows = self.rows.iter();
        let here = rows.filter(|(at, row)| (*at, row.day) == (pov, day));
        here.map(|(_, row)| row.clone()).collect()
    }

    /// Applies a write and adds the days that it touches.
    pub fn apply(&mut self, write: &Write, touched: &mut BTreeSet<PovDay>) -> Expected {
        match write {
            Write::Book(pov, row) => {
                if self.find(row.appointment_id.as_str()).is_some() {
                    return Expected::Refused("appointment_id");
                }
                if self.is_taken((*pov, row.day), row.pick_code.as_str()) {
                    return Expected::Refused("pick_code");
                }
                self.rows.push((*pov, row.clone()));
                touched.insert((*pov, row.day));
            }
            Write::Reschedule {
                appointment_id,
                day,
                period,
                pick_code,
            } => {
                let Some(index) = self.find(appointment_id.as_str()) else {
                    return Expected::Refused("appointment_id");
                };
                let (pov, old) = self.rows[index].clone();
                let new = Appointment {
                    day: *day,
                    period: *period,
                    pick_code: pick_code.clone(),
                    ..old.clone()
                };
                if new == old {
                    return Expected::Unchanged;
                }
                if new.day == old.day {
                    if new.pick_code != old.pick_code {
                        return Expected::Refused("pick_code");
                    }
                    self.rows[index].1 = new;
                } else {
                    if self.is_taken((pov, *day), pick_code.as_str()) {
                        return Expected::Refused("pick_code");
                    }
                    self.leave(index, touched);
                    self.rows.push((pov, new));
                }
                touched.insert((pov, *day));
            }
            Write::Cancel(id) => {
                let Some(index) = self.find(id.as_str()) else {
                    return Expected::Refused("appointment_id");
                };
                self.leave(index, touched);
            }
            Write::SetPickStatus(id, status) => {
                let Some(index) = self.find(id.as_str()) else {
                    return Expected::Refused("appointment_id");
                };
                let (pov, row) = &mut self.rows[index];
                if row.pick_status == *status {
                    return Expected::Unchanged;
                }
                row.pick_status = *status;
                touched.insert((*pov, row.day));
            }
        }
        Expected::Done
    }

    /// Checks what an import made of the days, against what they were, and takes it over. `povs`
    /// says whose each POV is.
    pub fn adopt(
        &mut self,
        (isv, povs): (IsvId, &HashMap<PovId, (IsvId, String)>),
        file: &[Appointment],
        keep_good: bool,
        report: &ImportReport,
        after: &[(PovDay, Vec<Appointment>)],
    ) -> BTreeSet<PovDay> {
        let import = Import {
            before: self,
            isv,
            povs,
            file,
            report,
            after,
        };
        assert_eq!(report.lines, file.len() as u64);
        assert_eq!(report.refused, report.refusals.len() as u64);
        assert_eq!(report.kept, keep_good || report.refused == 0);
        if import.has_a_solution() {
            let codes = report
                .refusals
                .iter()
                .filter(|(_, refusal)| refusal.field == "pick_code");
            assert_eq!(
                codes.count(),
                0,
                "no two rows want the same code in the end"
            );
        }
        if report.kept {
            import.check();
        }
        let mut touched = BTreeSet::new();
        for (pov_day, rows) in after {
            if self.day(*pov_day) != *rows {
                assert!(report.kept);
                touched.insert(*pov_day);
            }
        }
        let held_before: Vec<_> = self.rows.iter().map(key).collect();
        self.rows.clear();
        for ((pov, _), rows) in after {
            self.rows.extend(rows.iter().map(|row| (*pov, row.clone())));
        }
        let held: BTreeSet<_> = self.rows.iter().map(key).collect();
        self.retired
            .extend(held_before.into_iter().filter(|key| !held.contains(key)));
        touched
    }

    fn find(&self, id: &str) -> Option<usize> {
        let same = |(_, row): &(PovId, Appointment)| row.appointment_id.as_str() == id;
        self.rows.iter().position(same)
    }

    fn is_taken(&self, pov_day: PovDay, code: &str) -> bool {
        let key = (pov_day, code.to_owned());
        self.retired.contains(&key) || self.rows.iter().any(|row| self::key(row) == key)
    }

    fn leave(&mut self, index: usize, touched: &mut BTreeSet<PovDay>) {
        let row = self.rows.remove(index);
        touched.insert((row.0, row.1.day));
        self.retired.insert(key(&row));
    }
}

fn key((pov, row): &(PovId, Appointment)) -> (PovDay, String) {
    ((*pov, row.day), row.pick_code.as_str().to_owned())
}

/// What there is to judge an import by.
struct Import<'run> {
    before: &'run Model,
    isv: IsvId,
    povs: &'run HashMap<PovId, (IsvId, String)>,
    file: &'run [Appointment],
    report: &'run ImportReport,
    after: &'run [(PovDay, Vec<Appointment>)],
}

impl Import<'_> {
    /// Each line was taken as it is, or refused for a reason that holds; nothing else changed.
    fn check(&self) {
        let (mut added, mut updated, mut unchanged) = (0, 0, 0);
        for (index, row) in self.file.iter().enumerate() {
            match self.refusal(index) {
                Some(field) => self.check_refusal(index, row, field),
                None => {
                    let now = self.now(row).unwrap_or_else(|| panic!("{row:?} was taken"));
                    assert_eq!(now, (self.pov(row).unwrap(), row.clone()));
                    match self.stood(row) {
                        None => added += 1,
                        Some(stood) if stood == now => unchanged += 1,
                        Some(_) => updated += 1,
                    }
                }
            }
        }
        let report = self.report;
        assert_eq!(
            (report.added, report.updated, report.unchanged),
            (added, updated, unchanged)
        );
        for (pov, row) in &self.before.rows {
            if !self.is_taken_over(row) {
                assert_eq!(
                    self.now(row),
                    Some((*pov, row.clone())),
                    "nobody told of it"
                );
            }
        }
        for (pov_day, rows) in self.after {
            self.check_order(self.before.day(*pov_day), rows);
        }
    }

    fn check_refusal(&self, index: usize, row: &Appointment, field: &str) {
        let same_id = |other: &Appointment| other.appointment_id == row.appointment_id;
        match field {
            "appointment_id" => {
                let foreign = self
                    .stood(row)
                    .is_some_and(|(pov, _)| self.povs[&pov].0 != self.isv);
                assert!(foreign || self.file[..index].iter().any(same_id));
            }
            "out_pov_id" => assert_eq!(self.pov(row), None),
            "pick_code" => {
                let pov_day = (self.pov(row).unwrap(), row.day);
                let code = row.pick_code.as_str();
                let retired = self.before.retired.contains(&(pov_day, code.to_owned()));
                let mut rows = self.after.iter().filter(|(at, _)| *at == pov_day);
                let rows = &rows.next().unwrap().1;
                let held = rows
                    .iter()
                    .any(|other| !same_id(other) && other.pick_code.as_str() == code);
                assert!(retired || held, "line {} was refused its code", index + 1);
            }
            other => panic!("refused for {other}"),
        }
    }

    /// Who stood there before stands first and as it stood; who came is behind.
    fn check_order(&self, before: Vec<Appointment>, after: &[Appointment]) {
        let ids = |rows: &[Appointment]| -> Vec<_> {
            rows.iter().map(|row| row.appointment_id.clone()).collect()
        };
        let (before, after) = (ids(&before), ids(after));
        let stayed: Vec<_> = before.into_iter().filter(|id| after.contains(id)).collect();
        assert_eq!(after[..stayed.len()], stayed);
    }

    /// Whether every line with a known POV and an id of one's own could be taken, each id by the
    /// first such line.
    fn has_a_solution(&self) -> bool {
        let mut rows = self.before.rows.clone();
        let mut taken = BTreeSet::new();
        for row in self.file {
            let foreign = self
                .stood(row)
                .is_some_and(|(pov, _)| self.povs[&pov].0 != self.isv);
            let Some(pov) = self.pov(row).filter(|_| !foreign) else {
                continue;
            };
            if taken.insert(&row.appointment_id) {
                rows.retain(|(_, other)| other.appointment_id != row.appointment_id);
                rows.push((pov, row.clone()));
            }
        }
        let keys: BTreeSet<_> = rows.iter().map(key).collect();
        keys.len() == rows.len() && keys.is_disjoint(&self.before.retired)
    }

    fn refusal(&self, index: usize) -> Option<&'static str> {
        let line = index as u64 + 1;
        let mut refusals = self.report.refusals.iter();
        let refusal = refusals.find(|(refused, _)| *refused == line);
        refusal.map(|(_, refusal)| refusal.field)
    }

    fn is_taken_over(&self, row: &Appointment) -> bool {
        let mut file = self.file.iter().enumerate();
        file.any(|(index, other)| {
            other.appointment_id == row.appointment_id && self.refusal(index).is_none()
        })
    }

    fn pov(&self, row: &Appointment) -> Option<PovId> {
        let mut povs = self.povs.iter();
        let pov = povs.find(|(_, (isv, code))| *isv == self.isv && code == row.out_pov_id.as_str());
        pov.map(|(pov, _)| *pov)
    }

    fn stood(&self, row: &Appointment) -> Option<(PovId, Appointment)> {
        let index = self.before.find(row.appointment_id.as_str())?;
        Some(self.before.rows[index].clone())
    }

    fn now(&self, row: &Appointment) -> Option<(PovId, Appointment)> {
        let mut all = self
            .after
            .iter()
            .flat_map(|((pov, _), rows)| rows.iter().map(|row| (*pov, row.clone())))
            .filter(|(_, other)| other.appointment_id == row.appointment_id);
        let found = all.next();
        assert_eq!(all.next(), None, "an id stands once");
        found
    }
}
