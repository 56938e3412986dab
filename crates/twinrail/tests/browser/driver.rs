//! A headless Chromium, driven by its DevTools protocol over a pipe: no port, no web driver, no crate. Not here: what is looked at.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser that ends with this value.
pub struct Browser {
    child: Child,
    pipe: Pipe,
    /// Of its tab; empty until there is one.
    session: String,
    profile: PathBuf,
}

/// Messages are JSON, each ended by a zero byte.
struct Pipe {
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    calls: u64,
    /// What was not an answer.
    events: Vec<Value>,
}

/// One page.
pub struct Tab<'b> {
    pipe: &'b mut Pipe,
    session: &'b str,
}

impl Browser {
    pub fn start(chromium: &Path) -> Self {
        let profile = std::env::temp_dir().join(
            format!("twinrail-browser-{}-{:?}", std::process::id(), std::thread::current().id())
                .replace(['(', ')'], ""),
        );
        // The browser reads file descriptor 3 and writes 4; a shell puts our pipes there.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"])
            .arg(chromium)
            .args([
                "--headless",
                "--remote-debugging-pipe",
                "--no-first-run",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-sandbox",
            ])
            .args(["--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while out.read_until(0, &mut message).is_ok_and(|bytes| bytes > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("the browser writes JSON");
                if sender.send(value).is_err() {
                    return;
                }
                message.clear();
            }
        });
        let to = child.stdin.take();
        Self { child, pipe: Pipe { to, from, calls: 0, events: Vec::new() }, session: String::new(), profile }
    }

    /// Its one tab, as wide as a desk's screen, with nothing left of what was there before.
    pub fn tab(&mut self) -> Tab<'_> {
        if self.session.is_empty() {
            let target = self.pipe.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
            let wanted = json!({"targetId": target["targetId"], "flatten": true});
            let session = self.pipe.call(None, "Target.attachToTarget", &wanted);
            session["sessionId"].as_str().expect("a session has an id").clone_into(&mut self.session);
            for domain in ["Page", "Runtime", "Log"] {
                self.pipe.call(Some(&self.session), &format!("{domain}.enable"), &json!({}));
            }
        }
        self.pipe.events.clear();
        let mut tab = Tab { pipe: &mut self.pipe, session: &self.session };
        tab.wide(1280, 900);
        tab
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of its pipe ends the browser; a browser that does not heed it is ended.
        drop(self.pipe.to.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

impl Pipe {
    fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let to = self.to.as_mut().expect("it is open until the browser ends");
        to.write_all(message.to_string().as_bytes()).and_then(|()| to.write_all(&[0])).expect("the browser reads");
        to.flush().expect("the browser reads");
        loop {
            let answer = self.next(method);
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn next(&mut self, awaited: &str) -> Value {
        self.from
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|error| panic!("the browser does not answer {awaited}: {error}"))
    }
}

impl Tab<'_> {
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        self.pipe.call(Some(self.session), method, params)
    }

    /// Loads a page, and waits until it is there.
    pub fn go(&mut self, page: &Path) {
        let page = std::path::absolute(page).expect("the page has a path");
        let is_loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        self.pipe.events.retain(|event| !is_loaded(event));
        self.call("Page.navigate", &json!({"url": format!("file://{}", page.display())}));
        while !self.pipe.events.iter().any(is_loaded) {
            let event = self.pipe.next("Page.navigate");
            self.pipe.events.push(event);
        }
    }

    /// The value of an expression; a promise is awaited.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let wanted = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", &wanted);
        assert!(result["exceptionDetails"].is_null(), "{expression:.200}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    pub fn wide(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Keeps a picture: of the whole page, or of what is seen first.
    pub fn picture(&mut self, path: &Path, whole: bool) {
        let mut wanted = json!({"format": "png", "optimizeForSpeed": true});
        if whole {
            let size = self.call("Page.getLayoutMetrics", &json!({}))["cssContentSize"].clone();
            let (width, height) = (size["width"].clone(), size["height"].as_f64().unwrap_or(0.0).min(12_000.0));
            wanted["captureBeyondViewport"] = true.into();
            wanted["clip"] = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        }
        let shot = self.call("Page.captureScreenshot", &wanted);
        std::fs::write(path, bytes(&shot["data"])).expect("the picture can be written");
    }

    /// Keeps the page as it is printed.
    pub fn print(&mut self, path: &Path) {
        let printed = self.call("Page.printToPDF", &json!({"printBackground": true, "preferCSSPageSize": true}));
        std::fs::write(path, bytes(&printed["data"])).expect("the print can be written");
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: &str) {
        let (code, number, text) = match key {
            "Enter" => ("Enter", 13, "\r"),
            " " => ("Space", 32, " "),
            "Tab" => ("Tab", 9, ""),
            "End" => ("End", 35, ""),
            "ArrowLeft" => ("ArrowLeft", 37, ""),
            other => panic!("no key {other}"),
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let down = json!({"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "text": text});
        self.call("Input.dispatchKeyEvent", &down);
        let up = json!({"type": "keyUp", "key": key, "code": code, "windowsVirtualKeyCode": number});
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// What the page complained of.
    pub fn errors(&mut self) -> Vec<String> {
        let complaints = self.pipe.events.drain(..).filter_map(|event| {
            let params = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" => Some(format!("an exception: {}", params["exceptionDetails"])),
                "Runtime.consoleAPICalled" if params["type"] == "error" => Some(format!("console: {}", params["args"])),
                "Log.entryAdded" if params["entry"]["level"] == "error" => {
                    Some(format!("console: {}", params["entry"]))
                }
                _ => None,
            }
        });
        complaints.collect()
    }
}

/// Reads base64.
fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("the browser sends a file");
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for c in text.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("eight bits"));
        }
    }
    bytes
}
