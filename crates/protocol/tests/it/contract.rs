//! The method's table renders the contract's own page.

use povline_protocol::api::FieldSpec;
use povline_protocol::frame;
use povline_protocol::methods::appointment_query::{REQUEST_PARAM, RESPONSE_KEY, SPEC};
use povline_protocol::{AnswerForm, PlatformError, RequestId, api};

const CONTRACT: &str = include_str!("contract.txt");

/// What stands between two lines of the contract.
fn between(begin: &str, end: &str) -> &'static str {
    let (_, rest) = CONTRACT.split_once(begin).unwrap();
    rest.split_once(end).unwrap().0.trim()
}

#[test]
fn the_title_and_purpose_are_the_contracts() {
    let mut lines = CONTRACT.lines().filter(|line| !line.trim().is_empty());
    let path = format!("文档中心 > API类目 > {}", SPEC.category.chinese);
    assert_eq!(lines.next().unwrap().trim(), path);
    let title = format!("{} ({})", SPEC.method, SPEC.title.chinese);
    assert_eq!(lines.next().unwrap().trim(), title);
    assert_eq!(lines.next().unwrap().trim(), SPEC.summary.chinese);
}

#[test]
fn the_request_table_is_the_contracts() {
    let mut table = String::from("名称 类型 是否必须 示例值 更多限制 描述\n");
    for field in SPEC.request {
        top_line(field, Some(required(field)), &mut table);
        bullets(field.children, true, &mut table);
    }
    assert_eq!(table.trim(), between("请求参数\n", "响应参数\n"));
}

#[test]
fn the_response_table_is_the_contracts() {
    let mut table = String::from("名称 类型 示例值 描述\n");
    for field in SPEC.response {
        top_line(field, None, &mut table);
        bullets(field.children, false, &mut table);
    }
    assert_eq!(table.trim(), between("响应参数\n", "请求示例\n"));
}

#[test]
fn the_xml_sample_is_the_contracts() {
    let mut sample = format!("<{RESPONSE_KEY}>\n");
    for field in SPEC.response {
        xml_sample(field, 1, &mut sample);
    }
    sample.push_str(&format!("</{RESPONSE_KEY}>"));
    let examples = between("响应示例\n", "异常示例\n");
    let (_, contract) = examples.split_once("JSON示例\n").unwrap();
    assert_eq!(sample, contract.trim());
}

#[test]
fn the_error_sample_is_the_contracts() {
    let error = PlatformError::of_code(50).with_sub("isv.invalid-parameter", "非法参数");
    let id = RequestId::from_number(0);
    let document = String::from_utf8(frame::error_response(AnswerForm::Xml, &error, &id)).unwrap();
    let bare = document
        .replace("<?xml version=\"1.0\" encoding=\"utf-8\" ?>", "")
        .replace(&format!("<request_id>{id}</request_id>"), "");
    let examples = between("异常示例\n", "错误码解释\n");
    let (_, contract) = examples.split_once("JSON示例\n").unwrap();
    let contract: String = contract.lines().map(str::trim).collect();
    assert_eq!(bare, contract);

    let named = PlatformError::invalid_parameter("day");
    assert_eq!(named.code, error.code);
    assert_eq!(named.msg, error.msg);
    assert_eq!(named.sub_code, error.sub_code);
    assert_eq!(named.sub_msg.as_deref(), Some("非法参数:day"));
}

#[test]
fn names_follow_from_the_method_and_the_types() {
    assert_eq!(api::response_key(SPEC.method), RESPONSE_KEY);
    assert!(CONTRACT.contains(REQUEST_PARAM));
    let list = SPEC.response.first().unwrap().children.first().unwrap();
    let list = list.children.iter().find(|field| field.is_list()).unwrap();
    assert_eq!(list.element_name(), povline_protocol::rows::ROW_NAME);
    assert_eq!(
        api::response_key("taobao.item.seller.get"),
        "item_seller_get_response"
    );
}

#[test]
fn the_samples_of_the_table_are_accepted_and_written_by_the_code() {
    use povline_protocol::Params;
    use povline_protocol::methods::appointment_query::AppointmentQuery;

    let request = SPEC.request.first().unwrap();
    let members: Vec<String> = request
        .children
        .iter()
        .map(|field| match field.kind {
            "Number" => format!("\"{}\":{}", field.name, field.sample),
            _ => format!("\"{}\":\"{}\"", field.name, field.sample),
        })
        .collect();
    let value = format!("{{{}}}", members.join(","));
    let params = Params::from_pairs([(REQUEST_PARAM, value.as_str())]).unwrap();
    let query = AppointmentQuery::from_params(&params).unwrap();
    assert_eq!(query.to_param(), value);
}

fn required(field: &FieldSpec) -> &'static str {
    if field.required { "必须" } else { "可选" }
}

/// A field of the top level stands in one line, its values separated by blanks.
fn top_line(field: &FieldSpec, required: Option<&str>, table: &mut String) {
    let cells = [
        Some(field.name),
        Some(field.kind),
        required,
        Some(field.sample),
        Some(field.description.chinese),
    ];
    let cells: Vec<&str> = cells
        .into_iter()
        .flatten()
        .filter(|cell| !cell.is_empty())
        .collect();
    table.push_str(&cells.join(" "));
    table.push('\n');
}

/// A field below stands in bullets; a leaf is marked with a branch.
fn bullets(fields: &[FieldSpec], with_required: bool, table: &mut String) {
    for field in fields {
        let branch = if field.children.is_empty() {
            "└ "
        } else {
            ""
        };
        table.push_str(&format!("  • {branch}{}\n", field.name));
        let cells = [
            field.kind,
            if with_required { required(field) } else { "" },
            field.sample,
            field.description.chinese,
        ];
        for cell in cells.into_iter().filter(|cell| !cell.is_empty()) {
            table.push_str(&format!("  • {cell}\n"));
        }
        bullets(field.children, with_required, table);
    }
}

fn xml_sample(field: &FieldSpec, depth: usize, sample: &mut String) {
    let indent = "    ".repeat(depth);
    let name = field.name;
    if field.children.is_empty() {
        sample.push_str(&format!("{indent}<{name}>{}</{name}>\n", field.sample));
        return;
    }
    sample.push_str(&format!("{indent}<{name}>\n"));
    if field.is_list() {
        let element = field.element_name();
        sample.push_str(&format!("{indent}    <{element}>\n"));
        for child in field.children {
            xml_sample(child, depth + 2, sample);
        }
        sample.push_str(&format!("{indent}    </{element}>\n"));
    } else {
        for child in field.children {
            xml_sample(child, depth + 1, sample);
        }
    }
    sample.push_str(&format!("{indent}</{name}>\n"));
}
