//! The desks of all clinics on SQLite.

mod access;
mod list;
mod picks;

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};
use rusqlite::Connection;

use super::SqliteLedger;
use crate::StoreError;
use crate::ledger::{
    AccessToken, ClashKind, Desk, DeskList, DeskMark, DeskRow, Device, Guess, GuessLimits, NewPick,
    NewStaff, Pairing, Pick, PickNow, PickState, Session, Staff, TokenDigest, Waiting,
};

impl Desk for SqliteLedger {
    async fn add_token(
        &self,
        digest: TokenDigest,
        pov: Option<OutPovId>,
        label: String,
        made_at: UnixMillis,
    ) -> Result<(), StoreError> {
        let add = move |connection: &Connection| {
            access::add_token(connection, &digest, pov.as_ref(), &label, made_at)
        };
        self.database.write("keep a token", add).await
    }

    fn token(&self, digest: &TokenDigest) -> Result<Option<AccessToken>, StoreError> {
        let find = |connection: &Connection| access::token(connection, digest);
        self.database.read("find a token", find)
    }

    fn tokens(&self) -> Result<Vec<AccessToken>, StoreError> {
        self.database.read("list the tokens", access::tokens)
    }

    async fn revoke_token(&self, number: i64) -> Result<bool, StoreError> {
        let revoke = move |connection: &Connection| access::revoke_token(connection, number);
        self.database.write("take a token back", revoke).await
    }

    async fn add_pairing(&self, pairing: Pairing) -> Result<(), StoreError> {
        let add = move |connection: &Connection| access::add_pairing(connection, &pairing);
        self.database.write("keep a pairing code", add).await
    }

    async fn pair(
        &self,
        code: TokenDigest,
        device: TokenDigest,
        now: UnixMillis,
    ) -> Result<Option<Device>, StoreError> {
        let pair = move |connection: &Connection| access::pair(connection, &code, &device, now);
        self.database.write("pair a device", pair).await
    }

    fn device(&self, digest: &TokenDigest) -> Result<Option<Device>, StoreError> {
        let find = |connection: &Connection| access::device(connection, digest);
        self.database.read("find a device", find)
    }

    fn devices(&self, pov: &OutPovId) -> Result<Vec<Device>, StoreError> {
        let list = |connection: &Connection| access::devices(connection, pov);
        self.database.read("list the devices", list)
    }

    async fn remove_device(&self, number: i64) -> Result<bool, StoreError> {
        let remove = move |connection: &Connection| access::remove_device(connection, number);
        self.database.write("remove a device", remove).await
    }

    async fn put_staff(&self, staff: NewStaff) -> Result<(), StoreError> {
        let put = move |connection: &Connection| access::put_staff(connection, &staff);
        self.database.write("keep a person", put).await
    }

    fn staff(&self, pov: &OutPovId) -> Result<Vec<Staff>, StoreError> {
        let list = |connection: &Connection| access::staff(connection, pov);
        self.database.read("list the staff", list)
    }

    async fn remove_staff(&self, pov: OutPovId, name: String) -> Result<bool, StoreError> {
        let remove = move |connection: &Connection| access::remove_staff(connection, &pov, &name);
        self.database.write("remove a person", remove).await
    }

    async fn begin_guess(
        &self,
        device: i64,
        staff: i64,
        now: UnixMillis,
        limits: GuessLimits,
    ) -> Result<Guess, StoreError> {
        let begin = move |connection: &Connection| {
            access::begin_guess(connection, device, staff, now, limits)
        };
        self.database.write_quietly("count a guess", begin).await
    }

    async fn begin_session(
        &self,
        digest: TokenDigest,
        device: i64,
        staff: i64,
        expires_at: UnixMillis,
    ) -> Result<(), StoreError> {
        let begin = move |connection: &Connection| {
            access::begin_session(connection, &digest, device, staff, expires_at)
        };
        self.database.write_quietly("begin a session", begin).await
    }

    fn session(
        &self,
        digest: &TokenDigest,
        now: UnixMillis,
    ) -> Result<Option<Session>, StoreError> {
        let find = |connection: &Connection| access::session(connection, digest, now);
        self.database.read("find a session", find)
    }

    async fn end_session(&self, digest: TokenDigest) -> Result<(), StoreError> {
        let end = move |connection: &Connection| access::end_session(connection, &digest);
        self.database.write_quietly("end a session", end).await
    }

    async fn desk_list(&self, pov: &OutPovId, day: Day) -> Result<DeskList, StoreError> {
        let pov = pov.clone();
        let read = move |connection: &Connection| list::read(connection, &pov, day);
        self.database.read_long("read a desk's list", read).await
    }

    async fn desk_marks(&self, places: Vec<(OutPovId, Day)>) -> Result<Vec<DeskMark>, StoreError> {
        let read = move |connection: &Connection| list::marks(connection, &places);
        self.database.read_long("look at desks' lists", read).await
    }

    async fn act<D>(
        &self,
        pov: &OutPovId,
        day: Day,
        id: &AppointmentId,
        decide: D,
    ) -> Result<Option<(DeskRow, Option<Pick>)>, StoreError>
    where
        D: FnOnce(&DeskRow) -> Option<NewPick> + Send + 'static,
    {
        let (pov, id) = (pov.clone(), id.clone());
        let act = move |connection: &Connection| picks::act(connection, &pov, day, &id, decide);
        self.database.write("keep a pick", act).await
    }

    fn due_picks(&self, now: UnixMillis) -> Result<Vec<Pick>, StoreError> {
        let list = |connection: &Connection| picks::due(connection, now);
        self.database.read("list the picks to be told", list)
    }

    fn next_due(&self) -> Result<Option<UnixMillis>, StoreError> {
        self.database
            .read("look at the picks to be told", picks::next_due)
    }

    async fn pick_told(&self, number: i64, state: PickState) -> Result<(), StoreError> {
        let told = move |connection: &Connection| picks::told(connection, number, &state);
        self.database.write("note what was told", told).await
    }

    async fn pick_seen<J>(
        &self,
        pov: OutPovId,
        number: i64,
        shown: ClashKind,
        judge: J,
    ) -> Result<Option<ClashKind>, StoreError>
    where
        J: FnOnce(&PickNow) -> Option<ClashKind> + Send + 'static,
    {
        let seen =
            move |connection: &Connection| picks::seen(connection, &pov, number, shown, judge);
        self.database.write("note what was seen", seen).await
    }

    fn waiting(&self) -> Result<Waiting, StoreError> {
        self.database
            .read("count the picks to be told", picks::waiting)
    }
}
