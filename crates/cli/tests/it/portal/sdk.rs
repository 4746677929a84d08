//! The classes for the official SDKs, taken from the portal, compiled and run against the platform.
//!
//! The SDKs' own types are not ours to ship: stand-ins of their public names take their places,
//! written from the public documentation. Python's is the package `topsdk` of PyPI itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use povline_protocol::methods;

use super::pages::escaped;
use super::scene::{POV, Row, Scene, get, printed, rows_of};
use crate::binary::Place;

const JAVA: &str = include_str!("standin/java.txt");
pub(super) const DOTNET: &str = include_str!("standin/dotnet.cs");
const PHP: &str = include_str!("standin/php.php");

/// The version of the package whose classes ours stand beside.
const TOPSDK: &str = "topsdk==20.4.21.40";

/// Takes the archive from the portal and unpacks it.
pub(super) fn unpacked(scene: &Scene, language: &str) -> PathBuf {
    let (head, archive) = get(&scene.serving.portal, &format!("/docs/sdk/{language}.zip"));
    assert!(head.contains("application/zip"), "{head}");
    let zip = scene.place.write("sdk.zip", archive);
    let folder = scene.place.path().join(language);
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(zip).arg(&folder);
    printed(scene.with_secret(&mut unzip, scene.place.path()));
    folder
}

/// Every file with this ending below a folder.
pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|is| is == ending) {
            found.push(path);
        }
    }
    found
}

pub(super) fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Puts the stand-ins beside the classes.
pub(super) fn write_java(folder: &Path) {
    for part in JAVA.split("// FILE ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap();
        write(&folder.join(path), text);
    }
}

/// Compiles everything in a folder into its folder `out`.
pub(super) fn compile_java(scene: &Scene, folder: &Path) {
    let mut compile = Command::new("javac");
    compile.args([
        "-J-XX:TieredStopAtLevel=1",
        "-encoding",
        "UTF-8",
        "-d",
        "out",
    ]);
    compile.args(files(folder, "java"));
    printed(scene.with_secret(&mut compile, folder));
}

/// Compiles everything in a folder into a program.
pub(super) fn compile_dotnet(scene: &Scene, folder: &Path, program: &str) {
    let mut compile = Command::new("mcs");
    compile.args(["-codepage:utf8", "-r:System.Net.Http"]);
    compile.arg(format!("-out:{program}"));
    compile.args(files(folder, "cs"));
    printed(scene.with_secret(&mut compile, folder));
}

/// The fields of a row as programs print them: one a line.
fn read_lines(printed: &str) -> Vec<Row> {
    let lines: Vec<&str> = printed.lines().collect();
    lines
        .chunks(7)
        .map(|row| std::array::from_fn(|at| row[at].to_owned()))
        .collect()
}

#[test]
fn the_java_classes_compile_and_the_contracts_sample_runs_as_it_stands() {
    let scene = Scene::new();
    let folder = unpacked(&scene, "java");
    write_java(&folder);
    // The sample of every method compiles; the contract's is run, with the list's own values.
    let mut body = String::new();
    for spec in methods::ALL {
        let usage = povline_portal::sdk::java_usage(spec);
        body += &format!(
            "    static void {}() throws Exception {{\n{usage}\n    }}\n",
            spec.method.replace('.', "_")
        );
    }
    let quoted = POV.replace('\\', "\\\\").replace('"', "\\\"");
    let body = body
        .replace("\"2020-01-18\"", &format!("\"{}\"", scene.day))
        .replace(
            "setOutPovId(\"00001\")",
            &format!("setOutPovId(\"{quoted}\")"),
        );
    let program = format!(
        "import com.taobao.api.*;\nimport com.taobao.api.internal.util.StringUtils;\n\
         import com.taobao.api.request.*;\nimport com.taobao.api.response.*;\n\
         public class Sample {{\n    static String url = {:?}, appkey = {:?}, \
         secret = System.getenv(\"APP_SECRET\");\n{body}    public static void main(String[] args) \
         throws Exception {{\n        System.setOut(new java.io.PrintStream(System.out, true, \
         \"UTF-8\"));\n        alibaba_health_vaccin_appointment_query();\n    }}\n}}\n",
        scene.serving.url, scene.app_key
    );
    write(&folder.join("Sample.java"), &program);
    compile_java(&scene, &folder);
    let mut run = Command::new("java");
    run.args(["-cp", "out", "Sample"]);
    let answer = printed(scene.with_secret(&mut run, &folder));
    assert_eq!(rows_of(&answer), scene.rows());
}

#[test]
fn the_dotnet_classes_compile_and_read_the_rows() {
    let scene = Scene::new();
    let folder = unpacked(&scene, "dotnet");
    write(&folder.join("StandIn.cs"), DOTNET);
    let program = r#"
using System;
using System.Text;
using Top.Api;
using Top.Api.Request;

public static class Sample
{
    public static void Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        var client = new DefaultTopClient(args[0], args[1], Environment.GetEnvironmentVariable("APP_SECRET"));
        var req = new AlibabaHealthVaccinAppointmentQueryRequest();
        var obj1 = new AlibabaHealthVaccinAppointmentQueryRequest.QueryPovAppointmentRecordByDateReqDomain();
        obj1.Day = args[2];
        obj1.OutPovId = Encoding.UTF8.GetString(Convert.FromBase64String(args[3]));
        obj1.PageNum = 1L;
        obj1.PageSize = 200L;
        req.ParamQueryPovAppointmentRecordByDateReq_ = obj1;
        var rsp = client.Execute(req);
        if (!rsp.Result.Success) throw new Exception(rsp.Body);
        if (rsp.Result.Model.Total != rsp.Result.Model.DataList.Count) throw new Exception(rsp.Body);
        foreach (var row in rsp.Result.Model.DataList)
        {
            Console.WriteLine(row.AppointmentId);
            Console.WriteLine(row.OutPovId);
            Console.WriteLine(row.PickStatus);
            Console.WriteLine(row.AppointmentPeriod);
            Console.WriteLine(row.AppointmentTime);
            Console.WriteLine(row.PickCode);
            Console.WriteLine(row.Name);
        }
    }
}
"#;
    write(&folder.join("Sample.cs"), program);
    compile_dotnet(&scene, &folder, "Sample.exe");
    let mut run = Command::new("mono");
    run.args(["Sample.exe", &scene.serving.url, &scene.app_key, &scene.day]);
    // What a program's arguments are read as depends on the machine's language.
    let pov = Command::new("python3")
        .args([
            "-c",
            "import base64, sys; print(base64.b64encode(sys.stdin.buffer.read()).decode())",
        ])
        .stdin(std::fs::File::open(scene.place.write("pov", POV)).unwrap())
        .output()
        .unwrap();
    run.arg(printed(pov).trim());
    let rows = printed(scene.with_secret(&mut run, &folder));
    assert_eq!(read_lines(&rows), scene.rows());
}

#[test]
fn the_php_classes_are_sound_and_read_the_rows() {
    let scene = Scene::new();
    let folder = unpacked(&scene, "php");
    write(&folder.join("standin.php"), PHP);
    let program = r#"<?php
require 'standin.php';
foreach (array_merge(glob('top/request/*.php'), glob('top/domain/*.php')) as $file) require $file;
$client = new TopClient;
[, $client->gatewayUrl, $client->appkey, $day, $pov] = $argv;
$client->secretKey = getenv('APP_SECRET');
$req = new AlibabaHealthVaccinAppointmentQueryRequest;
try {
    (new PovlineAppointmentBookRequest)->check();
    exit('a missing argument was not found');
} catch (Exception $missing) {
}
$query = new QueryPovAppointmentRecordByDateReq;
$query->day = $day;
$query->out_pov_id = $pov;
$query->page_num = '1';
$query->page_size = '200';
$req->setParamQueryPovAppointmentRecordByDateReq(json_encode($query));
echo json_encode($client->execute($req));
"#;
    write(&folder.join("sample.php"), program);
    let mut run = Command::new("php");
    run.args(["-d", "error_reporting=-1", "-d", "display_errors=stderr"]);
    run.args([
        "sample.php",
        &scene.serving.url,
        &scene.app_key,
        &scene.day,
        POV,
    ]);
    let answer = printed(scene.with_secret(&mut run, &folder));
    assert_eq!(rows_of(&answer), scene.rows());
}

#[test]
fn the_python_classes_run_with_topsdk() {
    let scene = Scene::new();
    let python = topsdk();
    let folder = unpacked(&scene, "python");
    // As the page says: the folder stands in PYTHONPATH, beside the package from PyPI.
    let usage = povline_portal::sdk::python_usage(&methods::appointment_query::SPEC);
    assert!(scene.page("/docs/sdk").contains(&escaped(&usage)));
    let quoted = serde_json::Value::from(POV).to_string();
    let usage = usage
        .replace("\"2020-01-18\"", &format!("\"{}\"", scene.day))
        .replace("\"00001\"", &quoted);
    let mut program =
        "import os, sys\nhost, port, appkey, day, pov = sys.argv[1:]\nport = int(port)\n\
        secret = os.environ[\"APP_SECRET\"]\n"
            .to_owned();
    program += &usage;
    program += r#"
digest = top.api.PovlineAppointmentDigestRequest(host, port)
digest.set_app_info(top.appinfo(appkey, secret))
digest.out_pov_id = pov
digest.appointment_time = day
print(digest.getResponse()["povline_appointment_digest_response"]["model"]["total"])
"#;
    // Each method's lines make a request that the SDK's own check finds whole.
    for spec in methods::ALL {
        let usage = povline_portal::sdk::python_usage(spec);
        let (made, _) = usage.rsplit_once('\n').unwrap();
        program += &format!("{made}\nassert req.getapiname() == {:?}\n", spec.method);
    }
    let program = scene.place.write("sample.py", program);
    let (host, port) = scene
        .serving
        .url
        .strip_prefix("http://")
        .and_then(|url| url.strip_suffix("/router/rest"))
        .and_then(|address| address.split_once(':'))
        .unwrap();
    let mut run = Command::new(python);
    run.env("PYTHONPATH", &folder).args(["-W", "ignore"]);
    run.arg(program);
    run.args([host, port, &scene.app_key, &scene.day, POV]);
    let told = printed(scene.with_secret(&mut run, scene.place.path()));
    let (answer, total) = told.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(rows_of(answer), scene.rows());
    assert_eq!(total, scene.rows().len().to_string());
}

/// A Python with the package, in an environment of the tests' own.
fn topsdk() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("topsdk");
    let python = folder.join("bin/python3");
    let works = |python: &Path| {
        let mut look = Command::new(python);
        let look = look.args(["-W", "ignore", "-c", "import top.api"]).output();
        look.is_ok_and(|output| output.status.success())
    };
    if !works(&python) {
        let mut make = Command::new("python3");
        let made = make.args(["-m", "venv", "--clear"]).arg(&folder).output();
        printed(made.unwrap());
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        printed(pip.arg(TOPSDK).output().unwrap());
        assert!(works(&python), "{TOPSDK} cannot be imported");
    }
    python
}

#[test]
fn the_command_writes_what_the_portal_offers() {
    let scene = Scene::new();
    for language in ["java", "dotnet", "php", "python"] {
        let folder = unpacked(&scene, language);
        let place = Place::new();
        place
            .run(&format!("portal sdk --language {language} --out out"))
            .ends_with(0);
        let out = place.path().join("out");
        let ending = match language {
            "dotnet" => "cs",
            "python" => "py",
            other => other,
        };
        let offered = files(&folder, ending);
        assert!(offered.len() >= methods::ALL.len(), "{language}");
        assert_eq!(files(&out, ending).len(), offered.len());
        for file in offered {
            let name = file.strip_prefix(&folder).unwrap();
            let text = std::fs::read(&file).unwrap();
            assert_eq!(std::fs::read(out.join(name)).unwrap(), text, "{name:?}");
        }
    }
}
