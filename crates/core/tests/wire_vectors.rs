//! The golden frames in `wire_vectors/`, which the Python tests read as well.
#![expect(clippy::unwrap_used, reason = "a panic here is the failing test")]
#![expect(clippy::disallowed_methods, reason = "the vectors are files")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use pool_core::failure::{Advice, Failure};
use pool_core::wire::{
    Credit, Decoder, Encoding, Init, LogRecord, Message, Output, ProjectFile, Request, ResultForm,
    Script, cancel, credit, ping,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const PREAMBLE: [u8; 16] = [7; 16];
const LIMIT: u64 = 1000;

#[derive(Deserialize)]
struct Vector {
    name: String,
    direction: String,
    kind: String,
    call: u64,
    fields: Map<String, Value>,
    frame: String,
}

impl Vector {
    fn text(&self, field: &str) -> &str {
        self.fields[field].as_str().unwrap()
    }

    fn number(&self, field: &str) -> i64 {
        self.fields[field].as_i64().unwrap()
    }

    fn bytes(&self, field: &str) -> Vec<u8> {
        bytes(self.text(field))
    }

    fn buffers(&self) -> Vec<(Encoding, Vec<u8>)> {
        self.fields["buffers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|buffer| {
                let encoding = match buffer["encoding"].as_str().unwrap() {
                    "latin-1" => Encoding::Latin1,
                    "utf-16" => Encoding::Utf16,
                    "bytes" => Encoding::Bytes,
                    other => panic!("no such encoding: {other}"),
                };
                (encoding, bytes(buffer["hex"].as_str().unwrap()))
            })
            .collect()
    }
}

fn vectors(direction: &str) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire_vectors");
    let mut vectors: Vec<Vector> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .flat_map(|path| serde_json::from_slice::<Vec<Vector>>(&fs::read(path).unwrap()).unwrap())
        .collect();
    vectors.retain(|vector| vector.direction == direction);
    assert!(!vectors.is_empty());
    vectors
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn what_the_host_sends_is_encoded() {
    for vector in vectors("host_to_worker") {
        let frame = match vector.kind.as_str() {
            "INIT" => init(&vector),
            "PING" => ping(),
            "CANCEL" => cancel(vector.call),
            "CREDIT" => credit(vector.call, taken(&vector)),
            "BATCH" => batch(&vector),
            "CALL" | "CALL_WITH_BUFFERS" | "CALL_WITH_KEYWORDS" => request(&vector),
            other => panic!("no such kind: {other}"),
        };
        assert_eq!(frame, bytes(&vector.frame), "{}", vector.name);
    }
}

fn init(vector: &Vector) -> Vec<u8> {
    let name = vector.bytes("script_hex");
    let script = match vector.text("script_kind") {
        "file" => Script::File(&name),
        "module" => Script::Module(str::from_utf8(&name).unwrap()),
        other => panic!("no such kind of script: {other}"),
    };
    Init {
        preamble: vector.bytes("preamble_hex").try_into().unwrap(),
        script,
        max_payload: vector.fields["max_payload"].as_u64().unwrap(),
        stdout_log: vector.number("stdout_log"),
        trace: vector.number("trace"),
        start_tokens: vector.number("tokens"),
        tracing: vector.fields["tracing"].as_bool(),
        plugin: vector.text("plugin"),
        function: vector.text("function"),
        concurrency: vector.fields["concurrency"].as_u64().unwrap(),
        threads: vector.fields["threads"].as_u64().unwrap(),
        cancels: vector.number("cancels"),
        reports_files: vector.fields["reports_files"].as_bool().unwrap(),
    }
    .into_frame()
}

fn taken(vector: &Vector) -> Credit {
    let count = |field| vector.fields[field].as_u64().unwrap();
    Credit {
        items: count("items"),
        bytes: count("bytes"),
    }
}

fn batch(vector: &Vector) -> Vec<u8> {
    let calls = vector.fields["calls"].as_array().unwrap().iter();
    let requests: Vec<_> = calls
        .map(|call| {
            let mut request =
                Request::new(vector.text("function"), call["arguments"].as_str().unwrap());
            request.number(call["call"].as_u64().unwrap());
            request
        })
        .collect();
    Request::batch(vector.call, requests.iter())
        .into_frame()
        .to_vec()
}

fn request(vector: &Vector) -> Vec<u8> {
    let (function, arguments) = (vector.text("function"), vector.text("arguments"));
    let mut request = if vector.kind == "CALL" {
        Request::new(function, arguments)
    } else {
        let mut request = Request::with_capacity(function.as_bytes(), 0);
        if vector.kind == "CALL_WITH_KEYWORDS" {
            request.with_keywords();
        } else {
            request.with_buffers();
        }
        let start = request.begin_field();
        request.buffer().extend_from_slice(arguments.as_bytes());
        request.end_field(start);
        for (encoding, data) in vector.buffers() {
            let start = request.begin_buffer(encoding);
            request.buffer().extend_from_slice(&data);
            request.end_field(start);
        }
        request
    };
    request.result_form(ResultForm {
        arrays_as_lists: vector
            .fields
            .get("arrays")
            .is_some_and(|word| word == "list"),
        nan_as_null: vector.fields.get("nan").is_some_and(|word| word == "null"),
    });
    let window = vector.fields.get("window").and_then(Value::as_u64);
    if let Some(window) = window {
        request.stream(u16::try_from(window).unwrap().try_into().unwrap());
    }
    request.number(vector.call);
    request.into_frame().to_vec()
}

#[test]
fn what_a_worker_sends_is_decoded() {
    for vector in vectors("worker_to_host") {
        let stream = [&PREAMBLE[..], &bytes(&vector.frame)].concat();
        let mut decoder = Decoder::new(PREAMBLE, stream.len());
        let frame = decoder.next_frame(&mut &stream[..]).unwrap().unwrap();
        assert_eq!(frame.call, vector.call, "{}", vector.name);
        let message = Message::parse(frame, LIMIT).unwrap();
        if let Message::Reply(call, _)
        | Message::Item(call, _)
        | Message::IsAsync(call)
        | Message::BatchEnded(call)
        | Message::Cancelling(call, _) = &message
        {
            assert_eq!(call.0, vector.call, "{}", vector.name);
        }
        let (kind, fields) = described(message, &vector);
        assert_eq!(kind, vector.kind, "{}", vector.name);
        assert_eq!(fields, Value::from(vector.fields), "{}", vector.name);
    }
}

/// A message as the vectors spell it.
fn described(message: Message, vector: &Vector) -> (&'static str, Value) {
    match message {
        Message::Hello => ("HELLO", json!({})),
        Message::Pong => ("PONG", json!({})),
        Message::Ready { warning, is_async } => {
            ("READY", json!({ "warning": warning, "async": is_async }))
        }
        Message::IsAsync(_) => ("KIND", json!({})),
        Message::BatchEnded(_) => ("BATCH_ENDED", json!({})),
        Message::Cancelling(_, stack) => ("CANCELLING", json!({ "stack": stack })),
        Message::LoadFailed(error) => (
            "LOAD_FAILED",
            json!({
                "type": error.kind,
                "message": error.message,
                "traceback": error.traceback,
                "advice": advised(error.advice),
            }),
        ),
        Message::Loads(ProjectFile { path, stamp }) => {
            ("LOADS", json!({ "path": path, "stamp": stamp }))
        }
        Message::Log(record) => {
            let call = record.call.map_or(0, |call| call.0);
            assert_eq!(call, vector.call, "{}", vector.name);
            ("LOG", logged(&record))
        }
        Message::Printed { call, stream, text } => {
            assert_eq!(call.0, vector.call, "{}", vector.name);
            let fields = json!({ "stream": stream.as_str(), "text_hex": hex(&text) });
            ("PRINTED", fields)
        }
        Message::Reply(_, Ok(output)) => returned(["RESULT", "RESULT_WITH_BUFFERS"], &output),
        Message::Item(_, Ok(output)) => returned(["ITEM", "ITEM_WITH_BUFFERS"], &output),
        Message::Item(_, Err(failure)) => panic!("{failure}"),
        Message::Reply(_, Err(failure)) => failed(failure),
    }
}

fn advised(advice: Option<Box<Advice>>) -> Value {
    advice.map_or(
        Value::Null,
        |advice| json!({ "text": advice.text, "package": advice.package }),
    )
}

fn logged(record: &LogRecord) -> Value {
    let mut fields = json!({
        "level": record.level.as_str(),
        "logger": record.logger,
        "message": record.message,
        "time": record.time,
    });
    if let Some(details) = &record.details {
        fields["details"] = serde_json::from_str(details).unwrap();
    }
    fields
}

fn returned([plain, with_buffers]: [&'static str; 2], output: &Output) -> (&'static str, Value) {
    let json = String::from_utf8(output.json().to_vec()).unwrap();
    if output.placeholder_prefix().is_empty() {
        return (plain, json!({ "json": json }));
    }
    let buffers: Vec<Value> = output
        .buffers()
        .map(|buffer| {
            let encoding = match buffer.encoding {
                Encoding::Latin1 => "latin-1",
                Encoding::Utf16 => "utf-16",
                Encoding::Bytes => "bytes",
            };
            json!({ "encoding": encoding, "hex": hex(buffer.data) })
        })
        .collect();
    let prefix = String::from_utf8(output.placeholder_prefix().to_vec()).unwrap();
    (
        with_buffers,
        json!({ "json": json, "placeholder_prefix": prefix, "buffers": buffers }),
    )
}

fn failed(failure: Failure) -> (&'static str, Value) {
    match failure {
        Failure::Exception(error) => {
            let mut fields = json!({
                "type": error.kind,
                "message": error.message,
                "traceback": error.traceback,
            });
            if error.advice.is_some() {
                fields["advice"] = advised(error.advice);
            }
            ("RAISED", fields)
        }
        Failure::FunctionNotFound { message, available } => (
            "FUNCTION_NOT_FOUND",
            json!({ "message": message, "available": available }),
        ),
        Failure::NotSerializable { path, message } => (
            "NOT_SERIALIZABLE",
            json!({ "path": path, "message": message }),
        ),
        Failure::PayloadTooLarge { size, limit, .. } => {
            assert_eq!(limit, LIMIT);
            ("TOO_LARGE", json!({ "size": size }))
        }
        other => panic!("no reply of a worker: {other:?}"),
    }
}
