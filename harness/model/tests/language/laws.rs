//! Laws that every matcher obeys, over random values and demands.

use harness_model::matcher::{Field, FieldKey, Kind, Matcher, TypeName, judge, judge_absent};
use harness_model::yaml::Span;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn of(kind: Kind) -> Matcher {
    Matcher { kind, span: Span::NOWHERE }
}

fn holds(matcher: &Matcher, value: &Value) -> bool {
    judge(matcher, value).is_empty()
}

/// Any JSON value, not deep.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5_i64..5).prop_map(Value::from),
        (-2.0_f64..2.0).prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
        Just(json!("2026-06-14T10:00:00Z")),
        Just(json!("2026-06-14T12:00:00.5+02:00")),
        Just(json!("7f9c24e5-2f8a-4b1c-9d3e-5a6b7c8d9e0f")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Any demand, over the same values.
fn any_matcher() -> impl Strategy<Value = Matcher> {
    let leaf = prop_oneof![
        any_value().prop_map(Kind::Equals),
        any_value().prop_map(Kind::AtLeast),
        any_value().prop_map(Kind::LessThan),
        (any_value(), any_value()).prop_map(|(low, high)| Kind::Between(low, high)),
        prop::collection::vec(any_value(), 0..3).prop_map(Kind::OneOf),
        prop::sample::select(TypeName::ALL).prop_map(Kind::Type),
        Just(Kind::Absent),
        Just(Kind::Present),
        Just(Kind::Empty),
        Just(Kind::Uuid),
        Just(Kind::Rfc3339),
        Just(Kind::Base64),
        "[a-c]{1,2}".prop_map(|text| Kind::Matches(Value::from(text))),
        "[a-c]{0,2}".prop_map(|text| Kind::StartsWith(Value::from(text))),
        "[a-c]{0,2}".prop_map(|text| Kind::EndsWith(Value::from(text))),
        Just(Kind::JsonSchema(json!({ "type": ["string", "array"] }))),
    ]
    .prop_map(of);
    leaf.prop_recursive(3, 24, 3, |inner| {
        let many = || prop::collection::vec(inner.clone(), 0..3);
        let boxed = || inner.clone().prop_map(Box::new);
        let fields = prop::collection::btree_map("[a-d]", inner.clone(), 0..3).prop_map(|map| {
            map.into_iter()
                .map(|(name, value)| Field {
                    key: FieldKey::Name(Value::from(name)),
                    value,
                    span: Span::NOWHERE,
                })
                .collect()
        });
        prop_oneof![
            many().prop_map(Kind::AllOf),
            many().prop_map(Kind::AnyOf),
            many().prop_map(Kind::Items),
            many().prop_map(Kind::Unordered),
            many().prop_map(Kind::Contains),
            boxed().prop_map(Kind::Not),
            boxed().prop_map(Kind::Each),
            boxed().prop_map(Kind::Any),
            boxed().prop_map(Kind::Length),
            fields.prop_map(Kind::Fields),
        ]
        .prop_map(of)
    })
}

proptest! {
    #[test]
    fn a_value_equals_itself(value in any_value()) {
        prop_assert!(holds(&of(Kind::Equals(value.clone())), &value));
        prop_assert!(holds(&of(Kind::OneOf(vec![value.clone()])), &value));
    }

    #[test]
    fn not_inverts(matcher in any_matcher(), value in any_value()) {
        let not = of(Kind::Not(Box::new(matcher.clone())));
        prop_assert_ne!(holds(&matcher, &value), holds(&not, &value));
        prop_assert_ne!(judge_absent(&matcher).is_empty(), judge_absent(&not).is_empty());
    }

    #[test]
    fn each_over_nothing_holds(matcher in any_matcher()) {
        let each = of(Kind::Each(Box::new(matcher.clone())));
        prop_assert!(holds(&each, &json!([])));
        prop_assert!(holds(&each, &Value::Object(Map::new())));
        prop_assert!(!holds(&of(Kind::Any(Box::new(matcher))), &json!([])));
    }

    #[test]
    fn each_is_the_dual_of_any(matcher in any_matcher(), items in prop::collection::vec(any_value(), 0..4)) {
        let items = Value::from(items);
        let each = of(Kind::Each(Box::new(matcher.clone())));
        let none_fails = of(Kind::Not(Box::new(of(Kind::Any(Box::new(of(Kind::Not(Box::new(matcher)))))))));
        prop_assert_eq!(holds(&each, &items), holds(&none_fails, &items));
    }

    #[test]
    fn what_holds_exactly_holds_partially(value in any_value(), extra in any_value()) {
        let fields = as_fields(&value);
        prop_assert!(holds(&of(Kind::Exact(Box::new(fields.clone()))), &value));
        prop_assert!(holds(&fields, &value));
        if let Value::Object(map) = &value {
            let mut more = map.clone();
            more.insert("zz".to_owned(), extra);
            let more = Value::Object(more);
            prop_assert!(holds(&fields, &more), "a partial demand ignores further fields");
            prop_assert!(!holds(&of(Kind::Exact(Box::new(fields))), &more), "an exact one does not");
        }
    }

    #[test]
    fn all_of_is_and_and_any_of_is_or(left in any_matcher(), right in any_matcher(), value in any_value()) {
        let both = vec![left.clone(), right.clone()];
        let (left, right) = (holds(&left, &value), holds(&right, &value));
        prop_assert_eq!(holds(&of(Kind::AllOf(both.clone())), &value), left && right);
        prop_assert_eq!(holds(&of(Kind::Together(both.clone())), &value), left && right);
        prop_assert_eq!(holds(&of(Kind::AnyOf(both)), &value), left || right);
    }

    #[test]
    fn unordered_does_not_mind_the_order(
        items in prop::collection::vec(any_value(), 0..5),
        shuffled in any::<u64>(),
    ) {
        let wanted = items.iter().cloned().map(|item| of(Kind::Equals(item))).collect();
        let mut other = items.clone();
        let turn = usize::try_from(shuffled % 7).unwrap_or(0) % items.len().max(1);
        other.rotate_left(turn);
        prop_assert!(holds(&of(Kind::Unordered(wanted)), &Value::from(other)));
    }

    #[test]
    fn items_in_order_are_items_in_any_order(
        matchers in prop::collection::vec(any_matcher(), 0..4),
        items in prop::collection::vec(any_value(), 0..4),
    ) {
        let items = Value::from(items);
        if holds(&of(Kind::Items(matchers.clone())), &items) {
            prop_assert!(holds(&of(Kind::Unordered(matchers)), &items));
        }
    }

    #[test]
    fn the_orders_agree(left in any_value(), right in any_value()) {
        let at_least = holds(&of(Kind::AtLeast(right.clone())), &left);
        let less = holds(&of(Kind::LessThan(right.clone())), &left);
        let more = holds(&of(Kind::MoreThan(right.clone())), &left);
        let at_most = holds(&of(Kind::AtMost(right.clone())), &left);
        prop_assert!(!(at_least && less || at_most && more), "opposites never both hold");
        prop_assert_eq!(at_least || less, at_most || more, "either both orders are defined or none");
        prop_assert_eq!(holds(&of(Kind::Between(right.clone(), right)), &left), at_least && at_most);
    }

    #[test]
    fn absent_is_not_present(value in any_value()) {
        prop_assert!(holds(&of(Kind::Present), &value) && !holds(&of(Kind::Absent), &value));
        prop_assert!(!judge_absent(&of(Kind::Present)).is_empty() && judge_absent(&of(Kind::Absent)).is_empty());
    }

    #[test]
    fn a_bound_matcher_survives_being_written(matcher in any_matcher(), value in any_value()) {
        use harness_model::form::Form;
        use harness_model::matcher::Pattern;
        use harness_model::yaml::{Diagnostics, Source};
        let mut findings = Diagnostics::new(Source::new("", ""));
        let again = Pattern::read(&matcher.to_pattern().write(), &mut findings);
        prop_assert!(findings.is_empty(), "{:?}", findings.lines());
        let again = again.expect("no findings").bind(&NoScope).expect("only literals");
        prop_assert_eq!(holds(&again, &value), holds(&matcher, &value));
    }
}

struct NoScope;

impl harness_model::template::Scope for NoScope {
    fn variable(&self, _: &str) -> Option<Value> {
        None
    }

    fn generate(&self, _: harness_model::template::Generator) -> Value {
        Value::Null
    }
}

/// The value as a demand for its fields, all the way down.
fn as_fields(value: &Value) -> Matcher {
    of(match value {
        Value::Object(map) => Kind::Fields(
            map.iter()
                .map(|(name, value)| Field {
                    key: FieldKey::Name(Value::from(name.clone())),
                    value: as_fields(value),
                    span: Span::NOWHERE,
                })
                .collect(),
        ),
        Value::Array(items) => Kind::Items(items.iter().map(as_fields).collect()),
        other => Kind::Equals(other.clone()),
    })
}
