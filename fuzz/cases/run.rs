//! What is done with an input, and what must hold whatever it was.

use std::collections::BTreeSet;

use kubehop::api::types::core::{Pod, Service};
use kubehop::api::{Kind, Release};
use kubehop::cluster::Preset;
use kubehop::diag::Diagnostic;
use kubehop::lesson::{self, LessonFiles};
use kubehop::net::compose::compose;
use kubehop::net::suggest;
use kubehop::net::{Source, Trace};
use kubehop::scene::draw::StageState;
use kubehop::scene::geometry::Size;
use kubehop::scene::itinerary::Itinerary;
use kubehop::scene::layout::{Focus, Layout};
use kubehop::scene::route::Routes;
use kubehop::scene::timeline::Timeline;
use kubehop::shell::{Output, Shell};
use kubehop::sim::{Duration, Rng};
use kubehop::text::{FileId, Lang, Span};
use kubehop::world::cause::cause;
use kubehop::world::{Options, World, actions};

use super::{Case, Target};

/// What the shell prints of everything.
const PRINT_ALL: &str = "kubectl get all,ing,ep,endpointslices,nodes,cm,netpol -A -o wide; kubectl get all -o yaml; kubectl describe all,ing,nodes";

impl Case {
    /// Runs it.
    ///
    /// # Errors
    /// What does not hold.
    pub fn run(&self) -> Result<(), String> {
        let first = self.once()?;
        // One seed, one story; now and then it is told again.
        if self.seed.is_multiple_of(16) && self.once()? != first {
            return Err("the same input ended differently".to_owned());
        }
        Ok(())
    }

    fn release(&self) -> Release {
        Release::ALL[(self.seed / 3) as usize % Release::ALL.len()]
    }

    /// What is left at the end, as a text.
    fn once(&self) -> Result<String, String> {
        let mut world = World::new(Options {
            preset: Preset::ALL[(self.seed % 3) as usize],
            seed: self.seed,
            release: self.release(),
            as_stored: self.target != Target::Lesson && self.seed.is_multiple_of(7),
            ..Options::default()
        });
        let mut shell = Shell::new();
        match self.target {
            Target::Manifest => {
                for text in &self.parts {
                    sync(&mut world, text)?;
                    holds(&mut world)?;
                }
                world.advance(Duration::from_secs(60));
                send_around(&mut world, self.seed)?;
                run_line(&mut world, &mut shell, PRINT_ALL)?;
            }
            Target::Shell => {
                for (idx, part) in self.parts.iter().enumerate() {
                    if idx == 0 {
                        sync(&mut world, part)?;
                    } else {
                        run_line(&mut world, &mut shell, part)?;
                    }
                    holds(&mut world)?;
                }
            }
            Target::Operations => {
                for part in &self.parts {
                    operate(&mut world, &mut shell, part)?;
                    holds(&mut world)?;
                }
                send_around(&mut world, self.seed)?;
            }
            Target::Trace => self.trace(&mut world)?,
            Target::Lesson => self.lesson()?,
        }
        holds(&mut world)?;
        let all = run_line(
            &mut world,
            &mut shell,
            "kubectl get all,ing,ep,endpointslices,nodes -A -o yaml",
        )?;
        Ok(all.stdout + &all.stderr)
    }

    fn trace(&self, world: &mut World) -> Result<(), String> {
        let [text, from, to] = &self.parts[..] else {
            return Err("three parts".to_owned());
        };
        sync(world, text)?;
        let _ = from.parse::<Source>();
        if let Ok(request) = compose(from, to) {
            let trace = world.send(&request);
            draw(world, &trace);
        }
        Ok(())
    }

    fn lesson(&self) -> Result<(), String> {
        let files = [("lesson.yaml", self.parts[0].as_str()), ("start.yaml", "kind: A\n")];
        let files = LessonFiles {
            name: "01-fuzz".to_owned(),
            files: files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        };
        match lesson::load(&files) {
            Ok(lesson) => {
                if let Ok(world) = lesson::prove::world_of(
                    &lesson,
                    self.release(),
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
                ) {
                    let _ = lesson::grade(&lesson, &world);
                }
            }
            Err(error) if error.to_string().is_empty() => return Err("an error without words".to_owned()),
            Err(_) => {}
        }
        let _ = lesson::markdown::blocks(&self.parts[0]);
        Ok(())
    }
}

fn inside(text: &str, span: Span) -> Result<(), String> {
    match span.file {
        FileId(0) if text.get(span.start as usize..span.end as usize).is_none() => {
            Err(format!("{span:?} is no part of the text"))
        }
        _ => Ok(()),
    }
}

/// A command line.
fn run_line(world: &mut World, shell: &mut Shell, line: &str) -> Result<Output, String> {
    let output = shell.run(world, line);
    if output.stderr.contains("did not come to rest") {
        return Err("the controllers did not come to rest".to_owned());
    }
    Ok(output)
}

/// The text of the editor; every finding must stand in it.
fn sync(world: &mut World, text: &str) -> Result<(), String> {
    let outcome = world.sync(FileId(0), text);
    let applied = outcome.applied.iter().flat_map(|it| &it.diagnostics);
    let all: Vec<&Diagnostic> = outcome.diagnostics.iter().chain(applied).collect();
    if all.iter().any(|it| it.code == "limit/work") {
        return Err("the controllers did not come to rest".to_owned());
    }
    for found in &all {
        let edits = found.hints.iter().filter_map(|it| it.edit.as_ref()).map(|it| it.0);
        for span in found.span.into_iter().chain(edits) {
            inside(text, span).map_err(|error| format!("{}: {error}", found.code))?;
        }
    }
    Ok(())
}

/// What holds of every cluster that an API server has allocated.
fn holds(world: &mut World) -> Result<(), String> {
    if world.take_stopped() {
        return Err("the controllers did not come to rest".to_owned());
    }
    let cluster = world.cluster();
    if cluster.next_due().is_some_and(|due| due < world.now()) {
        return Err("a timer lies in the past".to_owned());
    }
    if cluster.as_stored() {
        return Ok(());
    }
    let snapshot = world.snapshot();
    let (mut addresses, mut ports) = (BTreeSet::new(), BTreeSet::new());
    for service in snapshot.list::<Service>() {
        let name = &service.metadata.name;
        for ip in service
            .spec
            .cluster_ips
            .iter()
            .filter(|it| *it != "None" && !it.is_empty())
        {
            if !addresses.insert(ip.clone()) {
                return Err(format!("{name} shares the cluster IP {ip}"));
            }
        }
        let own: BTreeSet<_> = service
            .spec
            .ports
            .iter()
            .filter(|it| it.node_port > 0)
            .map(|it| (it.node_port, it.protocol.clone()))
            .collect();
        for port in own {
            if !ports.insert(port.clone()) {
                return Err(format!("{name} shares the node port {port:?}"));
            }
        }
    }
    let mut held = BTreeSet::new();
    for pod in snapshot.list::<Pod>() {
        let holds_address = !pod.spec.host_network && !pod.is_terminal() && pod.metadata.deletion_timestamp.is_none();
        if holds_address && !pod.status.pod_ip.is_empty() && !held.insert(pod.status.pod_ip.clone()) {
            return Err(format!(
                "{} shares the address {}",
                pod.metadata.name, pod.status.pod_ip
            ));
        }
    }
    Ok(())
}

/// Sends from some senders to some destinations that the page would offer, and draws what happened.
fn send_around(world: &mut World, seed: u64) -> Result<(), String> {
    let rng = &mut Rng::new(seed);
    let snapshot = world.snapshot();
    let sources = suggest::sources(&snapshot);
    for _ in 0..2 {
        let Some(from) = sources.get(rng.below(sources.len() as u64) as usize) else {
            break;
        };
        let Ok(source) = from.text.parse::<Source>() else {
            continue;
        };
        let all = suggest::destinations(&snapshot, &source);
        for _ in 0..2 {
            let Some(to) = all.get(rng.below(all.len() as u64) as usize) else {
                break;
            };
            let Ok(request) = compose(&from.text, &to.text) else {
                continue;
            };
            let trace = world.send(&request);
            draw(world, &trace);
        }
    }
    Ok(())
}

fn draw(world: &World, trace: &Trace) {
    let snapshot = world.snapshot();
    let focus = Focus::new(&snapshot, [trace]);
    let layout = Layout::new(&snapshot, &focus, Size { w: 900.0, h: 500.0 });
    let routes = Routes::new(&layout, trace);
    let timeline = Timeline::new(trace, &Itinerary::new(trace, false), Lang::Ko);
    let _ = cause(&snapshot, trace);
    let _ = timeline.at(timeline.duration() / 2.0);
    for hop in [0, trace.hops.len() / 2] {
        let stage = StageState {
            layout: &layout,
            routes: &routes,
            trace: Some(trace),
            hop,
            burst: None,
            arrived: 0,
            lang: Lang::Ko,
        };
        let _ = stage.picture();
    }
}

/// One operation: `text …`, `line …`, `wait SECONDS`, `act NUMBER`.
fn operate(world: &mut World, shell: &mut Shell, operation: &str) -> Result<(), String> {
    match operation.split_once(' ') {
        Some(("text", text)) => sync(world, text)?,
        Some(("line", line)) => drop(run_line(world, shell, line)?),
        Some(("wait", seconds)) => world.advance(Duration::from_secs(seconds.parse().unwrap_or(1))),
        Some(("act", number)) => {
            let rng = &mut Rng::new(number.parse().unwrap_or(0));
            let snapshot = world.snapshot();
            let kinds = [Kind::Pod, Kind::Node];
            let things: Vec<_> = kinds
                .iter()
                .flat_map(|kind| snapshot.objects(*kind))
                .map(|it| it.reference())
                .filter(|it| !actions::offers(&snapshot, it).is_empty())
                .collect();
            let Some(thing) = things.get(rng.below(things.len() as u64) as usize) else {
                return Ok(());
            };
            let offers = actions::offers(&snapshot, thing);
            let offer = &offers[rng.below(offers.len() as u64) as usize];
            world.perform(thing, &offer.action);
        }
        _ => {}
    }
    Ok(())
}
