//! Walks the steps in the order in which they run.

use std::collections::HashMap;

use super::scope::{Origin, Scope};
use super::{Surroundings, places, rules};
use crate::form::Form;
use crate::replay::action::{Repeat, StubAct, UsePart};
use crate::replay::{Action, Part, Replay, Step, Wait};
use crate::rule::Rule;
use crate::yaml::{Diagnostic, Diagnostics, Span};

/// The walk through one file.
pub(super) struct Walk<'a, 'd> {
    pub(super) around: Surroundings<'a>,
    pub(super) diagnostics: &'d mut Diagnostics,
    pub(super) scope: Scope<'a>,
    /// Values that a key can have, where they are written out: how `${tenant}_admin` is checked.
    pub(super) values: HashMap<String, Vec<String>>,
    /// Names of the steps so far.
    named: HashMap<String, Span>,
    /// The names that `logs: { since: … }` refers to, checked at the end.
    wanted: Vec<(String, Span)>,
}

/// Walks a replay.
pub(super) fn replay(replay: &Replay, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    let mut walk = Walk::new(around, diagnostics);
    for name in replay.matrix.keys() {
        walk.bind(name, replay.span, Origin::Key);
        let values = replay.matrix.rows().into_iter().flatten().filter(|(key, _)| key == name);
        let values = values.map(|(_, value)| crate::template::as_text(&value)).collect();
        walk.values.insert(name.to_owned(), values);
    }
    for (name, span, value) in replay.lets.spanned() {
        walk.templates(value);
        walk.bind(name, span, Origin::Let);
    }
    for step in replay.all_steps() {
        walk.step(step);
    }
    walk.finish();
}

/// Walks a part.
pub(super) fn part(part: &Part, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    let mut walk = Walk::new(around, diagnostics);
    for name in &part.inputs {
        walk.bind(name, part.span, Origin::Input);
    }
    for (name, span, value) in part.defaults.spanned() {
        walk.templates(value);
        walk.bind(name, span, Origin::Input);
    }
    part.steps.iter().for_each(|step| walk.step(step));
    for output in &part.outputs {
        if !walk.scope.uses(output) && !walk.diagnostics.lost_word(output) {
            let message = format!("the output `{output}` has no value");
            walk.diagnostics.push(Diagnostic::error(part.span, message));
        }
    }
    walk.finish();
}

impl<'a, 'd> Walk<'a, 'd> {
    fn new(around: Surroundings<'a>, diagnostics: &'d mut Diagnostics) -> Self {
        let scope = Scope::new(around.topology);
        Self { around, diagnostics, scope, values: HashMap::new(), named: HashMap::new(), wanted: Vec::new() }
    }

    fn finish(self) {
        for (name, span) in &self.wanted {
            if !self.named.contains_key(name) && !self.diagnostics.lost_word(name) {
                let finding = Diagnostic::error(*span, format!("no step is named `{name}`"));
                self.diagnostics.push(finding.did_you_mean(name, self.named.keys().map(String::as_str)));
            }
        }
        self.scope.report_unused(self.diagnostics);
    }

    fn bind(&mut self, name: &str, span: Span, origin: Origin) {
        self.scope.bind(name, span, origin, self.diagnostics);
    }

    /// Judges every template of a value.
    fn templates<T: Form>(&mut self, value: &T) {
        let (scope, diagnostics) = (&mut self.scope, &mut *self.diagnostics);
        value.names(&mut |path, span| scope.refer(path, span, diagnostics));
    }

    fn step(&mut self, step: &Step) {
        self.step_name(step);
        let mark = self.scope.mark();
        if let Some(rows) = &step.for_each {
            self.templates(rows);
            for key in rows.keys() {
                self.bind(key, step.span, Origin::Key);
                self.values.insert(key.to_owned(), rows.literals(key));
            }
        }
        let keys = self.scope.mark();
        self.action(step);
        if let Some(wait) = &step.wait {
            self.wait(wait);
        }
        if let Some(expect) = &step.expect {
            self.templates(expect);
        }
        rules::step(step, self.diagnostics);
        places::step(step, self);
        self.captures(step);
        if step.for_each.is_some() {
            self.scope.hide_range(mark, keys);
        }
    }

    fn step_name(&mut self, step: &Step) {
        let Some(name) = &step.name else { return };
        if let Some(first) = self.named.insert(name.clone(), step.span) {
            let finding = Diagnostic::error(step.span, format!("two steps are named `{name}`"));
            self.diagnostics.push(finding.rule(Rule::DuplicateName).label(first, "the other one"));
        }
    }

    fn action(&mut self, step: &Step) {
        match &step.action {
            Action::Parallel(parallel) => {
                for (_, steps) in parallel.branches.iter() {
                    steps.iter().for_each(|step| self.step(step));
                }
            }
            Action::Repeat(repeat) => self.repeat(repeat),
            Action::Use(part) => self.use_part(part),
            Action::Let(lets) => {
                for (name, span, value) in lets.values.spanned() {
                    self.templates(value);
                    self.bind(name, span, Origin::Let);
                }
            }
            Action::Logs(logs) => {
                self.templates(&logs.of);
                if let crate::replay::action::Since::Step(name) = &logs.since {
                    self.wanted.push((name.clone(), logs.span));
                }
            }
            action => {
                let (scope, diagnostics) = (&mut self.scope, &mut *self.diagnostics);
                crate::form::Fragment::names(action, &mut |path, span| scope.refer(path, span, diagnostics));
            }
        }
    }

    fn wait(&mut self, wait: &Wait) {
        match wait {
            Wait::Eventually(eventually) => self.templates(eventually),
            Wait::Never(never) => self.templates(never),
            Wait::Stays(stays) => self.templates(stays),
        }
    }

    fn captures(&mut self, step: &Step) {
        for capture in &step.capture.0 {
            self.bind(&capture.name, capture.span, Origin::Capture);
        }
        if let Action::Stub(stub) = &step.action
            && let StubAct::State(name) = &stub.act
        {
            let judged = step.expect.is_some() || step.wait.is_some();
            self.bind(name, stub.span, if judged { Origin::Extra } else { Origin::Capture });
        }
    }

    fn repeat(&mut self, repeat: &Repeat) {
        self.templates(&repeat.times);
        if let Some(concurrency) = &repeat.concurrency {
            self.templates(concurrency);
        }
        let mark = self.scope.mark();
        if let Some(counter) = &repeat.counter {
            self.bind(counter, repeat.span, Origin::Key);
        }
        repeat.steps.iter().for_each(|step| self.step(step));
        self.templates(&repeat.collect);
        let at_once = repeat.concurrency.as_ref().is_some_and(|concurrency| concurrency.known() != Some(&1));
        if at_once {
            self.scope.hide_since(mark);
        }
        for (name, span, _) in repeat.collect.spanned() {
            self.bind(name, span, Origin::Capture);
        }
    }

    fn use_part(&mut self, used: &UsePart) {
        self.templates(&used.with);
        let Some(parts) = self.around.parts else {
            return self.scope.open();
        };
        let Some(part) = parts.get(&used.part) else {
            let finding = Diagnostic::error(used.span, format!("there is no part `{}`", used.part));
            let finding = finding.rule(Rule::Reference);
            return self.diagnostics.push(finding.did_you_mean(&used.part, parts.keys().map(String::as_str)));
        };
        self.inputs(used, part);
        for output in &part.outputs {
            let name = used.rename.get(output).unwrap_or(output);
            self.bind(name, used.span, Origin::Extra);
        }
        for (output, span, _) in
            used.rename.spanned().filter(|(output, ..)| !part.outputs.iter().any(|o| o == output))
        {
            let finding = Diagnostic::error(span, format!("the part has no output `{output}`"));
            self.diagnostics.push(finding.did_you_mean(output, part.outputs.iter().map(String::as_str)));
        }
    }

    fn inputs(&mut self, used: &UsePart, part: &Part) {
        let known =
            || part.inputs.iter().map(String::as_str).chain(part.defaults.iter().map(|(name, _)| name));
        for (name, span, _) in used.with.spanned() {
            if !known().any(|input| input == name) {
                let finding = Diagnostic::error(span, format!("the part has no input `{name}`"));
                self.diagnostics.push(finding.did_you_mean(name, known()));
            }
        }
        let lost = self.diagnostics.lost_in(used.span);
        for input in part.inputs.iter().filter(|input| !lost && used.with.get(input).is_none()) {
            let message = format!("the input `{input}` of the part is missing");
            self.diagnostics.push(Diagnostic::error(used.span, message));
        }
    }
}
