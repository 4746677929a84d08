//! Whatever bytes a file holds, it is read to its end: each line is a row or a refusal, and what
//! was written as a row is read as that row.

use encoding_rs::GB18030;
use povline_domain::Appointment;
use povline_protocol::rows::pick_status_digit;
use povline_store::book::Refusal;
use proptest::prelude::*;

use super::csv_lines::CsvLines;
use super::encoding::{MARK, guess};
use super::fields::{FIELDS, appointment};
use super::ndjson_lines::NdjsonLines;
use crate::args::Encoding;

type Line = (u64, Result<Appointment, Refusal>);

/// Pieces that readers of these formats trip over, between pieces that make rows.
const PIECES: [&[u8]; 24] = [
    b"appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
    "P0001,00001,2026-11-24,08:00-08:30,100001,1,测试\n".as_bytes(),
    "{\"appointment_id\":\"P0001\",\"out_pov_id\":\"00001\",\"appointment_time\":\"2026-11-24\",\"appointment_period\":\"08:00-08:30\",\"pick_code\":1,\"pick_status\":1,\"name\":\"测试\"}\n".as_bytes(),
    b"{\"name\":null,\"name\":1}",
    b",",
    b"\"",
    b"\"\"",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"{",
    b"}",
    b"[",
    b"\\u",
    b"\\ud83d",
    b"-1",
    b"1e999",
    b"\xef\xbb\xbf",
    b"\xb2\xe2",
    b"\x81\x30\x81",
    b"\xff",
    b"2026-02-30",
    b"name",
];

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::sample::select(PIECES.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    let pieces = prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
    // Most files begin as they should, so that what follows is looked at.
    (any::<bool>(), pieces).prop_map(|(begins_well, pieces)| match begins_well {
        true => [PIECES[0], &pieces].concat(),
        false => pieces,
    })
}

fn any_row() -> impl Strategy<Value = Option<Appointment>> {
    let text = "[^\\pC]{1,8}|[,\"'{}:\\\\ 𠮷测·]{1,6}";
    (text, text, 1..29_u8, 0..23_u8, text, any::<bool>(), text).prop_map(
        |(id, pov, day, hour, code, picked, name)| {
            let period = format!("{hour:02}:00-{:02}:30", hour + 1);
            let status = if picked { "0" } else { "1" };
            let day = format!("2026-02-{day:02}");
            appointment([&id, &pov, &day, &period, &code, status, &name]).ok()
        },
    )
}

fn texts(row: &Appointment) -> [String; FIELDS.len()] {
    [
        row.appointment_id.as_str().to_owned(),
        row.out_pov_id.as_str().to_owned(),
        row.day.to_string(),
        row.period.to_string(),
        row.pick_code.as_str().to_owned(),
        char::from(pick_status_digit(row.pick_status)).to_string(),
        row.name.as_str().to_owned(),
    ]
}

fn csv(rows: &[Appointment]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(FIELDS).unwrap();
    for row in rows {
        writer.write_record(texts(row)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn ndjson(rows: &[Appointment]) -> String {
    let object = |row| -> serde_json::Map<_, _> {
        let members = FIELDS.iter().zip(texts(row));
        members
            .map(|(field, text)| ((*field).to_owned(), text.into()))
            .collect()
    };
    rows.iter()
        .map(|row| serde_json::Value::Object(object(row)).to_string() + "\n")
        .collect()
}

fn read_csv(file: &[u8], encoding: Encoding) -> Vec<Line> {
    match CsvLines::open(file, encoding) {
        Ok((lines, _)) => lines.collect(),
        Err(refusal) => vec![(1, Err(refusal))],
    }
}

fn read_ndjson(file: &[u8], encoding: Encoding) -> Vec<Line> {
    NdjsonLines::open(file, encoding).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_to_their_end(file in any_file()) {
        let _ = guess(&file);
        let line_ends = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            for lines in [read_csv(&file, encoding), read_ndjson(&file, encoding)] {
                // In CSV a lone carriage return ends a row but not a line.
                prop_assert!(lines.is_sorted_by_key(|line| line.0), "{:?}", lines);
                for (line, row) in lines {
                    prop_assert!((1..=line_ends + 1).contains(&line), "line {}", line);
                    if let Err(refusal) = row {
                        prop_assert!(!refusal.reason.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec(any_row(), 0..8),
        marked in any::<bool>(),
    ) {
        let rows: Vec<Appointment> = rows.into_iter().flatten().collect();
        for (text, read) in [
            (csv(&rows), read_csv as fn(&[u8], Encoding) -> Vec<Line>),
            (ndjson(&rows), read_ndjson),
        ] {
            let mark = if marked { MARK } else { b"" };
            let utf8 = [mark, text.as_bytes()].concat();
            let (gb18030, _, is_lossy) = GB18030.encode(&text);
            let mut files = vec![(utf8, Encoding::Utf8)];
            // Some characters of private use have no place there.
            let decoded = GB18030.decode_without_bom_handling(&gb18030).0;
            if !is_lossy && decoded == text {
                files.push((gb18030.into_owned(), Encoding::Gb18030));
            }
            for (file, encoding) in files {
                let read: Result<Vec<Appointment>, Refusal> =
                    read(&file, encoding).into_iter().map(|(_, row)| row).collect();
                prop_assert_eq!(read.as_ref(), Ok(&rows), "{:?}", text);
            }
        }
    }
}
