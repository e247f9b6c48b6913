//! The orders in force.

use std::collections::{BTreeMap, VecDeque};

use super::{Behaviour, Manner, Order};

/// Key of the orders for every method.
const ANY: &str = "*";

/// What is ordered for one method.
#[derive(Debug, Default)]
struct Orders {
    standing: Option<Behaviour>,
    next: VecDeque<(Behaviour, u64)>,
}

/// All orders of one agent.
#[derive(Debug, Default)]
pub(in crate::agent) struct Book {
    door: Option<Manner>,
    by_method: BTreeMap<String, Orders>,
    imposed: Option<Imposed>,
}

/// A behaviour that no order changes: how a bug is brought back for a whole world.
#[derive(Clone, Debug)]
pub(in crate::agent) struct Imposed {
    on: Option<String>,
    behaviour: Behaviour,
}

impl Imposed {
    /// Reads an order as one for every agent and all time.
    pub(in crate::agent) fn of(order: Order) -> Result<Self, &'static str> {
        let (on, times, behaviour) = order.behaviour()?;
        if times.is_some() || behaviour.manner.is_of_the_door() {
            return Err("what is imposed on every agent stands, and is an answer");
        }
        Ok(Self { on, behaviour })
    }

    fn is_for(&self, method: &str) -> bool {
        self.on.as_deref().is_none_or(|on| on == method)
    }
}

impl Book {
    /// Answers so from now on, whatever is ordered.
    pub(in crate::agent) fn impose(&mut self, imposed: Option<Imposed>) {
        self.imposed = imposed;
    }

    /// Takes an order. Any order but one for the door opens the door again.
    pub(in crate::agent) fn take(&mut self, order: Order) -> Result<(), &'static str> {
        let (on, times, behaviour) = order.behaviour()?;
        if behaviour.manner.is_of_the_door() {
            self.door = Some(behaviour.manner);
            return Ok(());
        }
        self.door = None;
        let orders = self.by_method.entry(on.unwrap_or_else(|| ANY.to_owned())).or_default();
        match times {
            Some(times) => orders.next.push_back((behaviour, times)),
            None => *orders = Orders { standing: Some(behaviour), next: VecDeque::new() },
        }
        Ok(())
    }

    /// Forgets every order.
    pub(in crate::agent) fn clear(&mut self) {
        *self = Self { imposed: self.imposed.take(), ..Self::default() };
    }

    /// What is ordered for the listening socket.
    pub(in crate::agent) fn door(&self) -> Option<&Manner> {
        self.door.as_ref()
    }

    /// The behaviour for the next call of a method; none when nothing was ordered. An order for the
    /// method itself goes before one for every method, a counted one before a standing one.
    pub(in crate::agent) fn next(&mut self, method: &str) -> Option<Behaviour> {
        if let Some(imposed) = self.imposed.as_ref().filter(|imposed| imposed.is_for(method)) {
            return Some(imposed.behaviour.clone());
        }
        let counted = [method, ANY].into_iter().find_map(|key| self.counted(key));
        counted.or_else(|| [method, ANY].into_iter().find_map(|key| self.standing(key)))
    }

    /// Whether anything was ordered for exactly this method.
    pub(in crate::agent) fn names(&self, method: &str) -> bool {
        self.imposed.as_ref().is_some_and(|imposed| imposed.on.as_deref() == Some(method))
            || self
                .by_method
                .get(method)
                .is_some_and(|orders| orders.standing.is_some() || !orders.next.is_empty())
    }

    fn counted(&mut self, key: &str) -> Option<Behaviour> {
        let next = &mut self.by_method.get_mut(key)?.next;
        let (behaviour, left) = next.front_mut()?;
        let behaviour = behaviour.clone();
        *left -= 1;
        if *left == 0 {
            next.pop_front();
        }
        Some(behaviour)
    }

    fn standing(&self, key: &str) -> Option<Behaviour> {
        self.by_method.get(key)?.standing.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn book(orders: &[Value]) -> Book {
        let mut book = Book::default();
        for order in orders {
            book.take(serde_json::from_value(order.clone()).unwrap()).unwrap();
        }
        book
    }

    fn names(book: &mut Book, method: &str, calls: usize) -> Vec<&'static str> {
        (0..calls).map(|_| book.next(method).map_or("none", |behaviour| behaviour.manner.name())).collect()
    }

    #[test]
    fn what_is_imposed_wins_over_every_order() {
        let mut book = Book::default();
        let order = |value| serde_json::from_value(value).unwrap();
        book.impose(Some(Imposed::of(order(json!({"on": "message/send", "reply": "PING"}))).unwrap()));
        book.take(order(json!({"on": "message/send", "reply": "PONG"}))).unwrap();
        book.clear();
        let told = book.next("message/send").unwrap().manner;
        assert_eq!(told, Manner::Reply { texts: vec!["PING".into()], metadata: None, usage: None });
        assert!(book.next("tasks/get").is_none());
        assert!(Imposed::of(order(json!({"refuse": true}))).is_err());
    }

    #[test]
    fn counted_orders_run_out_one_after_the_other_and_the_standing_one_remains() {
        let mut book = book(&[
            json!({"reply": "later"}),
            json!({"on": "message/send", "busy": true, "times": 1}),
            json!({"on": "message/send", "status": 502, "times": 2}),
        ]);
        assert_eq!(names(&mut book, "message/send", 4), ["busy", "status", "status", "reply"]);
        assert_eq!(names(&mut book, "tasks/get", 1), ["reply"]);
    }

    #[test]
    fn a_standing_order_replaces_what_was_ordered_for_its_method() {
        let mut book = book(&[
            json!({"on": "message/send", "hang": true, "times": 9}),
            json!({"on": "message/send", "echo": true}),
        ]);
        assert_eq!(names(&mut book, "message/send", 2), ["echo", "echo"]);
        assert!(book.names("message/send") && !book.names("tasks/get"));
        book.clear();
        assert_eq!(names(&mut book, "message/send", 1), ["none"]);
    }

    #[test]
    fn the_next_order_opens_a_shut_door() {
        let mut shut = book(&[json!({"refuse": true})]);
        assert_eq!(shut.door(), Some(&Manner::Refuse));
        shut.take(serde_json::from_value(json!({"reply": "back"})).unwrap()).unwrap();
        assert_eq!(shut.door(), None);
    }

    #[test]
    fn orders_that_contradict_themselves_are_refused() {
        for order in [
            json!({}),
            json!({"reply": "a", "echo": true}),
            json!({"refuse": true, "times": 1}),
            json!({"reply": 3}),
            json!({"status": 99}),
            json!({"body": "x"}),
            json!({"reply": "a", "times": 0}),
        ] {
            let order: Order = serde_json::from_value(order).unwrap();
            assert!(Book::default().take(order).is_err());
        }
        assert!(serde_json::from_value::<Order>(json!({"repyl": "a"})).is_err());
    }
}
