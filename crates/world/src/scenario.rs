//! Which clinics there are and how busy they are.

use povline_domain::{Day, OutPovId};

/// How many people a clinic has on an ordinary day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClinicSize {
    /// A village's clinic, some 40 a day.
    Village,
    /// A township's or a street's clinic, some 120 a day.
    Ordinary,
    /// A busy clinic of a city, more than one page of 200 a day.
    Busy,
    /// A temporary mass site, more than 1,000 a day.
    MassSite,
}

impl ClinicSize {
    /// The number of appointments on an ordinary day.
    #[must_use]
    pub fn rows_per_day(self) -> u32 {
        match self {
            Self::Village => 40,
            Self::Ordinary => 120,
            Self::Busy => 320,
            Self::MassSite => 1_150,
        }
    }

    fn of_place(place: usize) -> Self {
        // One mass site, a fifth of the clinics busy, a fifth small.
        match place % 10 {
            0 if place == 0 => Self::MassSite,
            3 | 7 => Self::Busy,
            5 | 9 => Self::Village,
            _ => Self::Ordinary,
        }
    }
}

/// A clinic (接种点).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clinic {
    /// The ISV's code for it.
    pub out_pov_id: OutPovId,
    /// What people call it.
    pub name: String,
    /// How busy it is.
    pub size: ClinicSize,
}

/// What a world is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// The clinics.
    pub clinics: Vec<Clinic>,
    /// The first day on which appointments stand.
    pub first_day: Day,
    /// How many days, from the first one on.
    pub days: u16,
}

impl Scenario {
    /// This many clinics of mixed sizes, the first of them a mass site, with codes from `00001`.
    #[must_use]
    pub fn new(seed: u64, clinics: usize, first_day: Day, days: u16) -> Self {
        const DISTRICTS: [&str; 6] = ["东城", "西河", "南湖", "北山", "新桥", "古塔"];
        let clinics = (0..clinics).filter_map(|place| {
            let size = ClinicSize::of_place(place);
            let kind = match size {
                ClinicSize::Village => "村卫生室",
                ClinicSize::Ordinary => "社区接种门诊",
                ClinicSize::Busy => "中心接种门诊",
                ClinicSize::MassSite => "临时接种点",
            };
            let district = DISTRICTS[place % DISTRICTS.len()];
            Some(Clinic {
                out_pov_id: OutPovId::new(format!("{:05}", place + 1)).ok()?,
                name: format!("测试{district}{kind}{}", place + 1),
                size,
            })
        });
        Self {
            seed,
            clinics: clinics.collect(),
            first_day,
            days,
        }
    }

    /// Every day on which appointments stand.
    #[must_use]
    pub fn days(&self) -> Vec<Day> {
        (0..i32::from(self.days))
            .filter_map(|ahead| self.first_day.plus_days(ahead).ok())
            .collect()
    }
}
