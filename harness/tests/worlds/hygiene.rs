//! What is left when a harness is killed: nothing, or nothing after the next command.

use harness::world::lease::up;
use harness::world::{Options, Stage, World, down_all};
use harness_model::topology::{Kind, RedisSpec};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::lease::source;
use super::toy::{Toy, connect, postgres, processes_below, until};

/// A process that holds a world, and so stands for any harness.
async fn host(options: &Options) -> Pid {
    let (source, spec) = source();
    up(options, &source, &spec).await.unwrap();
    let state = std::fs::read_to_string(options.root.join(".harness/up.json")).unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    Pid::from_raw(i32::try_from(state["host"].as_i64().unwrap()).unwrap())
}

fn runs(options: &Options) -> usize {
    std::fs::read_dir(options.cache.join("runs")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_killed_harness_leaves_no_process_and_no_folder() {
    let toy = Toy::new();
    let options = toy.options();
    let host = host(&options).await;
    assert!(!processes_below(&options.cache).is_empty());
    kill(host, Signal::SIGKILL).unwrap();
    until("no process is left", || processes_below(&options.cache).is_empty()).await;
    until("no folder is left", || runs(&options) == 0).await;
}

#[tokio::test]
async fn a_killed_harness_leaves_no_database_in_a_cluster_others_use() {
    let toy = Toy::new();
    let options = toy.options();
    let host = host(&options).await;
    let (_, spec) = source();
    let stage = Stage::open(options.clone(), spec.topology.clone()).await.unwrap();
    let world = stage.world(&spec).await.unwrap();
    kill(host, Signal::SIGKILL).unwrap();
    let own = world.id().split('_').next().unwrap().to_owned();
    while databases(&world).await.iter().any(|name| name.starts_with("w_") && !name.contains(&own)) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(databases(&world).await.iter().any(|name| name.contains(&own)), "ours is still there");
    world.down().await.unwrap();
    stage.close().await.unwrap();
}

async fn databases(world: &World) -> Vec<String> {
    let mut connection = connect(world, "db").await;
    sqlx::query_scalar("select datname::text from pg_database").fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn what_a_killed_keeper_leaves_is_ended_by_the_next_command() {
    let toy = Toy::new();
    let options = toy.options();
    let host = host(&options).await;
    let both = [host, keeper(&options)];
    // Stopped first: neither may tidy up after the other.
    both.iter().for_each(|process| kill(*process, Signal::SIGSTOP).unwrap());
    until("both stand still", || both.iter().all(|process| is_in_state(*process, 'T'))).await;
    let started = both.iter().flat_map(|process| children(*process));
    let orphans: Vec<_> = started.filter(|process| !both.contains(process)).collect();
    assert!(orphans.len() > 1, "a database and a program: {orphans:?}");
    both.iter().for_each(|process| kill(*process, Signal::SIGKILL).unwrap());
    until("both are gone", || both.iter().all(|process| is_gone(*process))).await;
    assert!(orphans.iter().all(|process| !is_gone(*process)), "{orphans:?}");
    let report = down_all(&options).await.unwrap();
    assert_eq!(report.runs.len(), 1, "{report:?}");
    assert!(processes_below(&options.cache).is_empty());
    assert!(orphans.iter().all(|process| is_gone(*process)), "{orphans:?}");
    assert_eq!(runs(&options), 0);
}

#[tokio::test]
async fn down_all_ends_what_is_alive() {
    let toy = Toy::new();
    let options = toy.options();
    let host = host(&options).await;
    let report = down_all(&options).await.unwrap();
    assert_eq!(report.runs.len(), 1, "{report:?}");
    until("the host has ended", || is_gone(host)).await;
    assert!(processes_below(&options.cache).is_empty());
    assert_eq!(down_all(&options).await.unwrap().runs, Vec::<String>::new());
}

/// Whoever asks may have a run of its own, which is not meant to take its process along.
#[tokio::test]
async fn down_all_does_not_end_who_asks_for_it() {
    let toy = Toy::new().with("db", postgres(), &[], &[]);
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    let report = down_all(&toy.options()).await.unwrap();
    assert_eq!(report.runs.len(), 1, "{report:?}");
    assert!(processes_below(&toy.options().cache).is_empty());
    drop((world, stage));
}

/// The process that was started as the keeper of a cache.
fn keeper(options: &Options) -> Pid {
    let cache = options.cache.to_str().unwrap();
    let is_keeper = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).into_owned();
        line.contains("__keeper") && line.contains(cache)
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let found = processes.filter_map(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let pid = entry.file_name().to_str()?.parse::<i32>().ok()?;
        is_keeper(&line).then(|| Pid::from_raw(pid))
    });
    found.into_iter().next().expect("the keeper runs")
}

/// What a process has started and not waited for.
fn children(parent: Pid) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_child = |id: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // `id (name) state parent …`, where the name may hold anything.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(parent.to_string().as_str())
    };
    ids.filter(is_child).map(Pid::from_raw).collect()
}

fn is_in_state(pid: Pid, state: char) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.contains(&format!(") {state} ")))
}

/// Ended; a zombie whose parent has not looked yet counts.
fn is_gone(pid: Pid) -> bool {
    !std::path::Path::new(&format!("/proc/{pid}")).exists() || is_in_state(pid, 'Z')
}

#[tokio::test]
async fn a_keeper_whose_folder_was_removed_still_ends_what_it_runs() {
    let redis = Kind::Redis(RedisSpec { notify: None, image: None });
    let mut toy = Toy::new().with("db", postgres(), &[], &[]).with("redis", redis, &[], &[]);
    toy.topology.services["redis"].optional = true;
    let options = toy.options();
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    world.down().await.unwrap();
    stage.close().await.unwrap();
    drop((world, stage));
    assert!(!processes_below(&options.cache).is_empty());
    std::fs::remove_dir_all(&options.cache).unwrap();
    until("everything has ended", || processes_below(&options.cache).is_empty()).await;
}
