//! What was learned, written and read field by field.

use super::super::gamma::{Fading, Gamma};
use super::super::snapshot::{In, Out, SnapshotError};
use super::{Learned, ListModel, PovModel};

fn write_gamma(gamma: Gamma, out: &mut Out) {
    out.f32(gamma.counts);
    out.f32(gamma.exposure);
}

fn read_gamma(from: &mut In<'_>) -> Result<Gamma, SnapshotError> {
    Ok(Gamma {
        counts: from.f32()?,
        exposure: from.f32()?,
    })
}

fn write_fading(fading: &Fading, out: &mut Out) {
    write_gamma(fading.gamma, out);
    out.f64(fading.at);
}

fn read_fading(from: &mut In<'_>) -> Result<Fading, SnapshotError> {
    Ok(Fading {
        gamma: read_gamma(from)?,
        at: from.f64()?,
    })
}

impl Learned {
    /// What all POVs share. A surge is not written: it is over, or seen again within minutes.
    pub(in super::super) fn write(&self, out: &mut Out) {
        out.u32(self.horizon as u32);
        write_gamma(self.mean_size, out);
        for table in [&self.tables.book, &self.tables.leave, &self.tables.pick] {
            for cell in &table.cells {
                write_gamma(*cell, out);
            }
        }
    }

    /// Tells how many days the horizon had. Where it had another number, the shared tables would
    /// mean other days: the state is not one of this planner.
    pub(in super::super) fn read(&mut self, from: &mut In<'_>) -> Result<usize, SnapshotError> {
        let horizon = from.u32()? as usize;
        if horizon != self.horizon {
            return Err(SnapshotError);
        }
        self.mean_size = read_gamma(from)?;
        let tables = &mut self.tables;
        for table in [&mut tables.book, &mut tables.leave, &mut tables.pick] {
            for cell in &mut table.cells {
                *cell = read_gamma(from)?;
            }
        }
        tables.refresh();
        Ok(horizon)
    }

    pub(in super::super) fn write_pov(&self, pov: usize, out: &mut Out) {
        let model = &self.povs[pov];
        write_gamma(model.size, out);
        out.f32(model.first_rows);
        out.f32(model.first_part);
        write_gamma(model.leave, out);
        write_fading(&model.book, out);
        write_fading(&model.pick, out);
        let shapes = model.release_shape.iter().chain(&model.book_shape);
        for cell in shapes.chain(&model.pick_shape) {
            write_gamma(*cell, out);
        }
    }

    /// Reads a POV, and drops it if there is none of its code any more.
    pub(in super::super) fn read_pov(
        &mut self,
        pov: Option<usize>,
        from: &mut In<'_>,
    ) -> Result<(), SnapshotError> {
        let mut model = PovModel {
            size: read_gamma(from)?,
            first_rows: from.f32()?,
            first_part: from.f32()?,
            leave: read_gamma(from)?,
            book: read_fading(from)?,
            pick: read_fading(from)?,
            ..PovModel::default()
        };
        let shapes = model.release_shape.iter_mut().chain(&mut model.book_shape);
        for cell in shapes.chain(&mut model.pick_shape) {
            *cell = read_gamma(from)?;
        }
        if let Some(known) = pov.and_then(|pov| self.povs.get_mut(pov)) {
            *known = model;
        }
        Ok(())
    }

    pub(in super::super) fn write_list(&self, place: usize, out: &mut Out) {
        let list = &self.lists[place];
        write_gamma(list.busy, out);
        out.f32(list.first_part);
        out.f32(list.first_rows);
    }

    /// Reads a list, and drops it if it is not open any more.
    pub(in super::super) fn read_list(
        &mut self,
        place: Option<usize>,
        from: &mut In<'_>,
    ) -> Result<(), SnapshotError> {
        let model = ListModel {
            busy: read_gamma(from)?,
            first_part: from.f32()?,
            first_rows: from.f32()?,
            ..ListModel::default()
        };
        if let Some(known) = place.and_then(|place| self.lists.get_mut(place)) {
            *known = model;
        }
        Ok(())
    }
}
