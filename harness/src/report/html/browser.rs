//! The page in a real browser. Its own script does not run here: everything asked of it must do without.
//!
//! Needs a Chromium; a machine without one says so and proves nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::tests::page;

/// What the script says stands between these in the document.
const MARK: &str = "probe:";

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        crate::errln!("not run: this machine has no chromium");
    }
    found
}

/// A browser and a folder for its files.
struct Browser {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Browser {
    fn new() -> Option<Self> {
        Some(Self { program: chromium()?, folder: tempfile::tempdir().unwrap() })
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    fn run(&self, flags: &[&str], file: &Path) -> Vec<u8> {
        let profile = format!("--user-data-dir={}", self.folder.path().join("profile").display());
        let output = Command::new(&self.program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--allow-file-access-from-files",
                "--timeout=60000",
            ])
            .arg(profile)
            .args(flags)
            .arg(format!("file://{}", file.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// What a script answers that looks into a page, which is shown as wide as a device.
    fn ask(&self, page: &str, width: u32, script: &str) -> Value {
        let page = self.write("page.html", page);
        let frame = self.write(
            "frame.html",
            &format!(
                "<!doctype html><body><iframe sandbox=\"allow-same-origin\" src=\"file://{}\" width=\"{width}\" height=\"800\"></iframe><script>\
                 addEventListener('load', () => {{ const page = document.querySelector('iframe').contentWindow; \
                 const document_ = page.document; const answer = ((window, document) => {{ {script} }})(page, document_); \
                 document.body.textContent = '{MARK}' + encodeURIComponent(JSON.stringify(answer)) + ':'; }});</script>",
                page.display()
            ),
        );
        let dom = String::from_utf8(self.run(&["--dump-dom"], &frame)).unwrap();
        let answer = dom.split(MARK).nth(1).and_then(|rest| rest.split(':').next());
        let answer = answer.unwrap_or_else(|| panic!("the script gave no answer: {dom}"));
        serde_json::from_str(&percent_decode_str(answer).decode_utf8().unwrap()).unwrap()
    }
}

#[test]
fn a_filter_shows_its_class_alone_and_nothing_is_loaded() {
    let Some(browser) = Browser::new() else { return };
    let script = "
        const shown = () => [...document.querySelectorAll('.case')].filter(row => row.getClientRects().length)
            .map(row => row.querySelector('.badge').textContent);
        const pick = word => { document.querySelector(`input[value=${word}]`).checked = true; return shown(); };
        return { all: shown().length, failed: pick('failed'), broken: pick('broken'), red: pick('red'),
                 again: pick('all').length, search: document.getElementById('find').getClientRects().length, open: document.querySelectorAll('.case > details[open]').length,
                 loaded: window.performance.getEntriesByType('resource').length };";
    let expected = json!({
        "all": 6, "failed": ["failed"], "broken": ["broken"], "red": ["failed", "xpassed", "broken"],
        "again": 6, "search": 0, "open": 1, "loaded": 0,
    });
    assert_eq!(browser.ask(&page("every-class"), 1000, script), expected);
}

#[test]
fn a_step_picks_its_traffic_and_a_phone_needs_no_sideways_scrolling() {
    let Some(browser) = Browser::new() else { return };
    let script = "
        document.querySelectorAll('.case > details').forEach(row => row.open = true);
        const ways = () => [...document.querySelectorAll('.case.red g.t')].filter(way => way.getClientRects().length).length;
        const whole = ways();
        document.querySelector('.case.red .p0').checked = true;
        const first = ways();
        const marks = [...document.querySelectorAll('.case.red .clock i')];
        const track = document.querySelector('.clock > div > div').getBoundingClientRect();
        return { whole: whole > 3, first, sideways: document.documentElement.scrollWidth > window.innerWidth,
                 outside: marks.filter(mark => mark.getBoundingClientRect().left < track.left - 1).length,
                 marks: marks.length > 20 };";
    let expected = json!({ "whole": true, "first": 1, "sideways": false, "outside": 0, "marks": true });
    for width in [360, 1000] {
        assert_eq!(browser.ask(&page("in-a-world"), width, script), expected, "{width} pixels wide");
    }
}

/// Every text against what is behind it, in both modes: 4.5 to 1 is what WCAG 2 asks for.
#[test]
fn every_text_has_enough_contrast_in_light_and_in_dark_mode() {
    let Some(browser) = Browser::new() else { return };
    let script = "
        const light = colour => { const part = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(value => value / 255)
            .map(value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
            return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]; };
        const behind = node => { for (; node; node = node.parentElement) { const colour = window.getComputedStyle(node).backgroundColor;
            if (colour !== 'rgba(0, 0, 0, 0)') return colour; } return 'rgb(255, 255, 255)'; };
        document.querySelectorAll('details').forEach(row => row.open = true);
        const poor = new Set();
        for (const node of document.querySelectorAll('body *:not(svg *):not(script):not(style)')) {
            if (![...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())) continue;
            const both = [light(window.getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
            if ((both[0] + 0.05) / (both[1] + 0.05) < 4.5) poor.add(node.tagName + '.' + node.className);
        }
        return [...poor];";
    let light = page("every-class");
    // The query is all that tells the modes apart.
    let dark = light.replace("(prefers-color-scheme: dark)", "all");
    for (mode, page) in [("light", light), ("dark", dark)] {
        assert_eq!(browser.ask(&page, 1000, script), json!([]), "{mode}");
    }
}
