//! Real answers of every method in the response classes for the SDKs that have some: each member of
//! an answer is found again behind its getter.
//!
//! A stand-in of the SDK's own parser fills the classes, by their annotations.

use std::process::Command;

use povline_protocol::AnswerForm;
use povline_protocol::api::{ApiSpec, response_key};
use povline_protocol::methods;
use serde_json::Value;

use super::samples::{Clinic, arguments, comparable, succeeded};
use super::scene::{Scene, printed};
use super::sdk::{DOTNET, compile_dotnet, compile_java, unpacked, write, write_java};

/// Prints what stands in filled classes, an answer a line; told the classes' names and the files of
/// the answers.
const JAVA: &str = r#"
import com.taobao.api.TaobaoObject;
import com.taobao.api.TaobaoResponse;
import com.taobao.api.internal.mapping.ApiField;
import com.taobao.api.internal.mapping.ApiListField;
import com.taobao.api.internal.parser.json.ObjectJsonParser;
import com.taobao.api.internal.util.StringUtils;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

public class Filled {
    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (int at = 0; at < arguments.length; at += 2) {
            Class<?> type = Class.forName("com.taobao.api.response." + arguments[at] + "Response");
            String body = Files.readString(Path.of(arguments[at + 1]), StandardCharsets.UTF_8);
            out.println(told(new ObjectJsonParser<>((Class<TaobaoResponse>) type).parse(body)));
        }
    }

    static String told(Object value) throws Exception {
        if (value instanceof Date) return told(StringUtils.formatDateTime((Date) value));
        if (value instanceof String) {
            return '"' + ((String) value).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        }
        List<String> parts = new ArrayList<>();
        if (value instanceof List) {
            for (Object item : (List<?>) value) parts.add(told(item));
            return parts.toString();
        }
        if (!(value instanceof TaobaoObject || value instanceof TaobaoResponse)) return value.toString();
        for (Field field : value.getClass().getDeclaredFields()) {
            ApiField named = field.getAnnotation(ApiField.class);
            if (named == null) continue;
            String name = Character.toUpperCase(field.getName().charAt(0)) + field.getName().substring(1);
            Object inner = value.getClass().getMethod("get" + name).invoke(value);
            if (inner == null) continue;
            String member = '"' + named.value() + "\":" + told(inner);
            ApiListField list = field.getAnnotation(ApiListField.class);
            parts.add(list == null ? member : '"' + list.value() + "\":{" + member + '}');
        }
        return '{' + String.join(",", parts) + '}';
    }
}
"#;

/// The same for .NET, whose SDK reads XML. What is no object cannot be absent in its classes.
const C_SHARP: &str = r#"
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Xml.Serialization;
using Top.Api;

public static class Filled
{
    public static void Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        for (var at = 0; at < arguments.Length; at += 2)
        {
            var type = Type.GetType("Top.Api.Response." + arguments[at] + "Response");
            var body = File.ReadAllText(arguments[at + 1], Encoding.UTF8);
            Console.WriteLine(Told(DefaultTopClient.Parse(type, body)));
        }
    }

    static string Told(object value)
    {
        var text = value as string;
        if (text != null) return '"' + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + '"';
        if (value is bool) return (bool)value ? "true" : "false";
        var parts = new List<string>();
        var items = value as IEnumerable;
        if (items != null)
        {
            foreach (var item in items) parts.Add(Told(item));
            return '[' + string.Join(",", parts) + ']';
        }
        if (!(value is TopObject || value is TopResponse)) return value.ToString();
        foreach (var property in value.GetType().GetProperties())
        {
            if (property.DeclaringType != value.GetType()) continue;
            var element = (XmlElementAttribute)Attribute.GetCustomAttribute(property, typeof(XmlElementAttribute));
            var list = (XmlArrayAttribute)Attribute.GetCustomAttribute(property, typeof(XmlArrayAttribute));
            var inner = property.GetValue(value, null);
            if (inner == null) continue;
            if (list == null)
            {
                parts.Add('"' + element.ElementName + "\":" + Told(inner));
                continue;
            }
            var item = (XmlArrayItemAttribute)Attribute.GetCustomAttribute(property, typeof(XmlArrayItemAttribute));
            parts.Add('"' + list.ElementName + "\":{\"" + item.ElementName + "\":" + Told(inner) + '}');
        }
        return '{' + string.Join(",", parts) + '}';
    }
}
"#;

/// A good answer of every method, and the name that its classes begin with.
struct Answer {
    spec: &'static ApiSpec,
    class: String,
    body: String,
    /// The same in JSON, without what stands beside the answer's own fields.
    told: Value,
}

fn every_answer(scene: &Scene, form: AnswerForm) -> Vec<Answer> {
    let clinic = Clinic::open(scene);
    let mut specs = methods::ALL.to_vec();
    // What empties clinics comes after all that needs something in them.
    specs.sort_by_key(|spec| spec.method == methods::sandbox_reset::METHOD);
    // What is booked for a call is booked before any of them closes the day.
    let calls: Vec<_> = specs
        .into_iter()
        .map(|spec| (spec, arguments(spec, &clinic.values(spec))))
        .collect();
    let answers = calls.into_iter().map(|(spec, arguments)| {
        clinic.open_schedule();
        let body = scene.called_in(form, spec.method, &arguments);
        let json: Value = match form {
            AnswerForm::Json => serde_json::from_str(&body).unwrap(),
            _ => serde_json::from_str(&scene.called(spec.method, &arguments)).unwrap(),
        };
        assert!(succeeded(spec, &json), "{json}");
        let words = spec.method.split('.');
        let class = words.map(|word| word[..1].to_uppercase() + &word[1..]);
        Answer {
            spec,
            class: class.collect(),
            body,
            told: comparable(json[response_key(spec.method)].clone()),
        }
    });
    answers.collect()
}

/// Has a program read every answer, and compares what it finds in the classes.
#[track_caller]
fn check(scene: &Scene, run: &mut Command, folder: &std::path::Path, answers: &[Answer]) {
    for answer in answers {
        let file = folder.join(&answer.class);
        std::fs::write(&file, &answer.body).unwrap();
        run.arg(&answer.class).arg(file);
    }
    let printed = printed(scene.with_secret(run, folder));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), answers.len(), "{printed}");
    for (line, answer) in lines.iter().zip(answers) {
        let found: Value = serde_json::from_str(line).unwrap();
        assert_eq!(comparable(found), answer.told, "{}", answer.spec.method);
    }
}

#[test]
fn every_member_of_every_answer_is_in_its_java_class() {
    let scene = Scene::sandbox();
    let folder = unpacked(&scene, "java");
    write_java(&folder);
    write(&folder.join("Filled.java"), JAVA);
    compile_java(&scene, &folder);
    let answers = every_answer(&scene, AnswerForm::Json);
    let mut run = Command::new("java");
    run.args(["-XX:TieredStopAtLevel=1", "-cp", "out", "Filled"]);
    check(&scene, &mut run, &folder, &answers);
}

#[test]
fn every_member_of_every_answer_is_in_its_dotnet_class() {
    let scene = Scene::sandbox();
    let folder = unpacked(&scene, "dotnet");
    write(&folder.join("StandIn.cs"), DOTNET);
    write(&folder.join("Filled.cs"), C_SHARP);
    compile_dotnet(&scene, &folder, "Filled.exe");
    let answers = every_answer(&scene, AnswerForm::Xml);
    let mut run = Command::new("mono");
    run.arg("Filled.exe");
    check(&scene, &mut run, &folder, &answers);
}
