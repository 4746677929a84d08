//! Names of people who do not exist.

use povline_domain::Name;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾",
    "肖", "田", "董", "欧阳", "上官", "司马", "诸葛", "慕容",
];

/// Given names begin with one of these, so that nobody takes them for a patient's.
const MARKS: [&str; 6] = ["测", "试", "样", "例", "虚", "拟"];

const STEMS: [&str; 22] = [
    "甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑", "寅", "卯", "辰", "巳",
    "午", "未", "申", "酉", "戌", "亥",
];

/// Outside the basic plane, as some real surnames and given names are.
const RARE: [&str; 4] = ["𠮷", "𡈽", "𤭢", "𪚥"];

/// A name: mostly a surname and two characters, now and then one, a rare character, or a name
/// with a middle dot.
pub(crate) fn name(chance: &mut ChaCha8Rng) -> Option<Name> {
    let surname = pick(chance, &SURNAMES);
    let mark = pick(chance, &MARKS);
    let stem = pick(chance, &STEMS);
    let text = match chance.random_range(0..100) {
        0 => format!("{}{mark}{stem}", pick(chance, &RARE)),
        1 => format!("{surname}{mark}{}", pick(chance, &RARE)),
        2..4 => format!("阿{mark}{stem}·买{}提", pick(chance, &MARKS)),
        4..14 => format!("{surname}{mark}"),
        _ => format!("{surname}{mark}{stem}"),
    };
    Name::new(text).ok()
}

fn pick<'a>(chance: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from[chance.random_range(0..from.len())]
}
