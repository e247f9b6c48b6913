//! Starts with another environment, and refusals.

use std::collections::BTreeSet;
use std::fs;

use harness::world::{Boot, Control, Position, Reboot, Service, Stream};

use super::toy::{Toy, postgres};

/// As the toy, and it refuses a bad greeting, in which it may be asked to be gentle.
const CHOOSY: &str = "#!/bin/sh
echo \"greeting $GREETING\"
case \"$GREETING\" in
  bad) echo \"no $GREETING greeting\" >&2; exit 3 ;;
  bye) exit 0 ;;
esac
echo ready
exec /bin/sleep 1000
";

fn choosy() -> Toy {
    let toy = Toy::new().program("toy", &[("GREETING", "hello"), ("OTHER", "kept")]);
    fs::write(toy.folder.path().join("bin/toy"), CHOOSY).unwrap();
    toy
}

fn reboot(greeting: Option<&str>, refuses: bool) -> Reboot {
    Reboot { env: [("GREETING".to_owned(), greeting.map(str::to_owned))].into(), refuses }
}

fn said(service: &Service, from: Position) -> Vec<String> {
    let lines = service.logs().since(from).into_iter();
    lines.filter(|line| line.stream == Stream::Out).map(|line| line.text).collect()
}

#[tokio::test]
async fn another_environment_is_for_one_start_alone() {
    let toy = choosy();
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    let service = world.service("toy").unwrap();
    for (start, greeting) in [
        (Some(reboot(Some("moin"), false)), "greeting moin"),
        (Some(reboot(None, false)), "greeting "),
        (None, "greeting hello"),
    ] {
        let from = service.logs().position();
        match start {
            Some(start) => assert_eq!(service.reboot(&start).await.unwrap(), Boot::Ready),
            None => service.control(Control::Restart).await.unwrap(),
        }
        assert_eq!(said(service, from), [greeting, "ready"]);
    }
    world.down().await.unwrap();
    stage.close().await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_told_with_its_words_and_a_plain_restart_brings_the_program_back() {
    let toy = choosy();
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    let service = world.service("toy").unwrap();
    let Boot::Ended(words) = service.reboot(&reboot(Some("bad"), true)).await.unwrap() else {
        panic!("it refuses")
    };
    assert_eq!((words.code, words.how.as_str()), (Some(3), "exit code 3"));
    assert_eq!((words.stdout.as_str(), words.stderr.as_str()), ("greeting bad\n", "no bad greeting\n"));
    let Boot::Ended(words) = service.reboot(&reboot(Some("bye"), true)).await.unwrap() else {
        panic!("it ends")
    };
    assert_eq!((words.code, words.stdout.as_str()), (Some(0), "greeting bye\n"));
    assert_eq!(service.reboot(&reboot(Some("moin"), true)).await.unwrap(), Boot::Ready);
    let unexpected = service.reboot(&reboot(Some("bad"), false)).await.unwrap_err().to_string();
    assert!(unexpected.contains("ended with exit code 3"), "{unexpected}");
    let from = service.logs().position();
    service.control(Control::Restart).await.unwrap();
    assert_eq!(said(service, from), ["greeting hello", "ready"]);
    world.down().await.unwrap();
    stage.close().await.unwrap();
}

#[tokio::test]
async fn what_is_no_program_has_no_other_environment() {
    let toy = Toy::new().with("db", postgres(), &[], &[]);
    let (stage, mut spec) = toy.stage().await;
    spec.disturbs = BTreeSet::from(["db".to_owned()]);
    let world = stage.world(&spec).await.unwrap();
    let refused = world.service("db").unwrap().reboot(&reboot(None, false)).await.unwrap_err().to_string();
    assert!(refused.contains("no program"), "{refused}");
    world.down().await.unwrap();
    stage.close().await.unwrap();
}
