//! The page: what the templates are given, and how it stays small.
//!
//! Every case has a line and, below it, what there is to know. A red case shows its evidence. A green one keeps a
//! line per exchange. When the page would grow beyond [`BYTES_MAX`], green cases lose their drawings, then their
//! steps; red ones their evidence beside the failure itself. The page says so where it happened.

use std::borrow::Cow;
use std::io;
use std::sync::LazyLock;

use harness_model::event::RunStarted;
use harness_model::verdict::{Missing, Verdict};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, escape_formatter};
use serde::Serialize;

use super::super::view::CaseView;
use super::clock::{self, Clock, Depth};
use super::drawing::{Drawing, Traffic};
use super::failed::Failed;
use super::ledger::Section;
use super::story::{CaseStory, Story};

/// The page stays below two million bytes; the frame around cases and ledger has its share.
const BYTES_MAX: usize = 1_850_000;
/// Of which red cases may take.
const RED_BYTES_MAX: usize = 1_200_000;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    templates.set_syntax(syntax.expect("the syntax is a constant"));
    templates.set_formatter(|out, state, value| {
        let is_html = matches!(state.auto_escape(), AutoEscape::Html);
        match value.as_str().filter(|_| is_html && !value.is_safe()) {
            Some(text) => Ok(out.write_str(&escaped(text))?),
            None => escape_formatter(out, state, value),
        }
    });
    let all = [
        ("page.html", include_str!("page.html")),
        ("case.html", include_str!("case.html")),
        ("failure.html", include_str!("failure.html")),
        ("ledger.html", include_str!("ledger.html")),
        ("style.css", include_str!("style.css")),
    ];
    for (name, source) in all {
        templates.add_template(name, source).expect("the templates are constants");
    }
    templates.add_filter("millis", clock::millis);
    templates
});

/// Text as HTML. The templates' own way also spells every slash as a reference, and a page is full of paths.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Cow::Owned(text.replace('"', "&quot;").replace('\'', "&#39;"))
}

/// How much of a case is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// The verdict and its reason.
    Name,
    /// The failure as well.
    Verdict,
    /// Steps, a line per exchange.
    Steps,
    /// The same with the tracks and the topology.
    Drawn,
    /// All evidence.
    Evidence,
}

#[derive(Serialize)]
struct Page<'a> {
    started: Option<&'a RunStarted>,
    summary_line: Option<String>,
    headline: String,
    exit_code: Option<u8>,
    took: Option<String>,
    red: bool,
    filters: Vec<Filter>,
    missing: &'a [Missing],
    not_run: &'a [String],
    leftovers: &'a [String],
    notes: &'a [String],
    boot_failures: Vec<Failed<'a>>,
    maps: &'a [Drawing],
    worlds: Vec<World<'a>>,
    cases: Value,
    ledger: Value,
    style: Value,
}

#[derive(Serialize)]
struct Context<'a> {
    case: Case<'a>,
}

#[derive(Serialize)]
struct Promised {
    ledger: Section,
}

#[derive(Serialize)]
struct Case<'a> {
    anchor: String,
    name: &'a str,
    verdict: &'static str,
    red: bool,
    open: bool,
    title: &'a str,
    file: &'a str,
    closes: &'a [String],
    because: &'a str,
    issue: Option<&'a str>,
    took: Option<String>,
    checks_passed: u32,
    checks_failed: u32,
    reproduce: &'a str,
    failures: Vec<Failed<'a>>,
    clock: Option<Clock>,
    drawing: Option<&'a Drawing>,
    traffic: Vec<Traffic>,
    rows: Vec<clock::Row>,
    lines_left_out: u32,
    cut: Option<&'static str>,
}

/// What the style depends on.
#[derive(Serialize)]
struct Style {
    /// Steps whose traffic can be picked.
    steps: usize,
}

#[derive(Serialize)]
struct Filter {
    word: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct World<'a> {
    name: &'a str,
    topology: &'a str,
    at_ms: u64,
    took_ms: Option<u64>,
    services: &'a [(String, u64)],
    leftovers: &'a [String],
}

/// The page of a run.
///
/// # Errors
/// When a template cannot be rendered, which no run can bring about.
pub(super) fn render(story: &Story) -> io::Result<String> {
    let maps: Vec<_> = story.maps.values().map(Drawing::of).collect();
    let view = &story.view;
    let ledger = match Section::of(view) {
        Some(ledger) => template("ledger.html", &Promised { ledger })?,
        None => String::new(),
    };
    let cases = cases(story, &maps, BYTES_MAX.saturating_sub(ledger.len()))?;
    let summary = view.summary.as_ref();
    let page = Page {
        started: view.started.as_ref(),
        summary_line: summary.map(ToString::to_string),
        headline: headline(story),
        exit_code: summary.map(|summary| summary.exit().code()),
        took: view.took_ms.map(clock::millis),
        red: is_red_run(story),
        filters: filters(story),
        missing: summary.map_or(&[], |summary| &summary.missing),
        not_run: summary.map_or(&[], |summary| &summary.not_run),
        leftovers: summary.map_or(&[], |summary| &summary.leftovers),
        notes: &view.notes,
        boot_failures: view.boot_failures.iter().map(|failure| Failed::of("", failure)).collect(),
        maps: &maps,
        worlds: worlds(story),
        cases: Value::from_safe_string(cases),
        ledger: Value::from_safe_string(ledger),
        style: Value::from_safe_string(template("style.css", &Style { steps: steps_max(story) })?),
    };
    template("page.html", &page)
}

fn template(name: &str, context: &impl Serialize) -> io::Result<String> {
    let rendered = TEMPLATES.get_template(name).and_then(|page| page.render(Serde(context)));
    rendered.map_err(io::Error::other)
}

fn headline(story: &Story) -> String {
    let Some(summary) = &story.view.summary else { return "The run was cut off: it is not green".to_owned() };
    let red: Vec<_> = [Verdict::Failed, Verdict::Broken, Verdict::Xpassed]
        .into_iter()
        .filter(|verdict| summary.of(*verdict) > 0)
        .map(|verdict| format!("{} {}", summary.of(verdict), verdict.word()))
        .collect();
    match (red.is_empty(), summary.leftovers.is_empty()) {
        (false, _) => red.join(", "),
        (true, false) => "Something was left behind".to_owned(),
        (true, true) => format!("All green: {} passed", summary.passed),
    }
}

fn is_red_run(story: &Story) -> bool {
    story.view.summary.as_ref().is_none_or(|summary| summary.exit().code() != 0)
}

/// The word of a case's verdict as a class of the style.
fn word(case: &CaseView) -> &'static str {
    case.finished.as_ref().map_or("cut-off", |_| case.word())
}

/// The most steps of a red case: each can be picked, to see its traffic alone.
fn steps_max(story: &Story) -> usize {
    let red = story.view.cases.iter().filter(|case| case.is_red());
    red.filter_map(|case| story.cases.get(&case.id)).map(|case| case.steps.len()).max().unwrap_or_default()
}

fn filters(story: &Story) -> Vec<Filter> {
    let words = Verdict::ALL.map(Verdict::word).into_iter().chain(["cut-off"]);
    let count = |word| story.view.cases.iter().filter(|case| self::word(case) == word).count();
    let all = words.map(|word| Filter { word, count: count(word) });
    all.filter(|filter| filter.count > 0).collect()
}

fn worlds(story: &Story) -> Vec<World<'_>> {
    let worlds = story.worlds.iter().map(|(name, world)| World {
        name,
        topology: &world.topology,
        at_ms: world.booting_ms,
        took_ms: world.took_ms,
        services: &world.services,
        leftovers: &world.leftovers,
    });
    worlds.collect()
}

/// Every case as HTML, red ones first, within the bounds of the page.
fn cases(story: &Story, maps: &[Drawing], bytes_max: usize) -> io::Result<String> {
    let mut order: Vec<_> = story.view.cases.iter().collect();
    order.sort_by_key(|case| rank(word(case)));
    let (red, green): (Vec<_>, Vec<_>) = order.into_iter().partition(|case| case.is_red());
    let mut out = String::new();
    for (position, view) in red.into_iter().enumerate() {
        let open = position == 0;
        let left = RED_BYTES_MAX.saturating_sub(out.len());
        out += &fitting(
            story,
            maps,
            view,
            open,
            &[Level::Evidence, Level::Steps, Level::Verdict, Level::Name],
            left,
        )?;
    }
    let left = bytes_max.saturating_sub(out.len());
    let mut told = String::new();
    for level in [Level::Drawn, Level::Steps, Level::Name] {
        told.clear();
        for view in &green {
            told += &case(story, maps, view, false, level, level < Level::Drawn)?;
        }
        if told.len() <= left {
            break;
        }
    }
    Ok(out + &told)
}

/// The most detailed form that fits; the last one in any case.
fn fitting(
    story: &Story,
    maps: &[Drawing],
    view: &CaseView,
    open: bool,
    levels: &[Level],
    bytes: usize,
) -> io::Result<String> {
    let mut html = String::new();
    // With no room at all only the last form is worth trying.
    let skip = if bytes == 0 { levels.len() - 1 } else { 0 };
    for (attempt, level) in levels.iter().enumerate().skip(skip) {
        html = case(story, maps, view, open, *level, attempt > 0)?;
        if html.len() <= bytes {
            break;
        }
    }
    Ok(html)
}

/// Red before what is expected, and that before what is simply green.
fn rank(word: &str) -> usize {
    let order = ["failed", "xpassed", "broken", "cut-off", "xfailed", "skipped", "passed"];
    order.iter().position(|known| *known == word).unwrap_or(order.len())
}

fn case(
    story: &Story,
    maps: &[Drawing],
    view: &CaseView,
    open: bool,
    level: Level,
    is_cut: bool,
) -> io::Result<String> {
    let empty = CaseStory::default();
    let told = story.cases.get(&view.id).unwrap_or(&empty);
    let drawn = level >= Level::Drawn;
    let map = story.map(told).map(|map| map.topology.as_str()).filter(|_| drawn);
    let drawing = map.and_then(|name| maps.iter().find(|drawing| drawing.is_of(name)));
    let (started, finished) = (view.started.as_ref(), view.finished.as_ref());
    let depth = if level == Level::Evidence { Depth::Evidence } else { Depth::Line };
    let case = Case {
        anchor: anchor(&view.id.0),
        name: &view.id.0,
        verdict: word(view),
        red: view.is_red(),
        open,
        title: started.map_or("", |started| &started.title),
        file: started.map_or("", |started| &started.file),
        closes: started.map_or(&[], |started| &started.closes),
        because: finished.map_or("the run ended before this case did", |finished| &finished.because),
        issue: finished.and_then(|finished| finished.issue.as_deref()),
        took: finished.map(|finished| clock::millis(finished.took_ms)),
        checks_passed: finished.map_or(0, |finished| finished.checks_passed),
        checks_failed: finished.map_or(0, |finished| finished.checks_failed),
        reproduce: finished.map_or("", |finished| &finished.reproduce),
        failures: failures(view, level),
        clock: (drawn && !told.steps.is_empty()).then(|| Clock::of(told)),
        traffic: drawing.map(|drawing| drawing.traffic(told, view.is_red())).unwrap_or_default(),
        drawing,
        rows: if level <= Level::Verdict { Vec::new() } else { clock::rows(told, depth) },
        lines_left_out: told.lines_left_out,
        cut: is_cut.then_some("Left out to keep the page small: "),
    };
    template("case.html", &Context { case })
}

fn anchor(id: &str) -> String {
    id.chars().map(|char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' }).collect()
}

fn failures(view: &CaseView, level: Level) -> Vec<Failed<'_>> {
    let most = match level {
        Level::Name => 0,
        Level::Verdict => 1,
        Level::Steps | Level::Drawn | Level::Evidence => usize::MAX,
    };
    view.failures.iter().take(most).map(|at| Failed::of(&at.step.to_string(), &at.failure)).collect()
}
