//! All checks of a lesson over one world, and the hint that fits its present state.

use crate::net::Trace;
use crate::world::World;

use super::{Hint, Lesson};

/// What one check found.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// Whether it holds.
    pub passed: bool,
    /// The packet that shows that it does not, where one does.
    pub counterexample: Option<Box<Trace>>,
}

/// Where a learner stands.
#[derive(Clone, Debug)]
pub struct Report {
    /// One result for each check of the lesson, in order.
    pub checks: Vec<CheckResult>,
    /// The hint that fits the present state, by its place in the lesson; `None` where all checks pass.
    pub hint: Option<usize>,
}

impl Report {
    /// Whether every check passes.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    /// How many checks pass.
    #[must_use]
    pub fn score(&self) -> usize {
        self.checks.iter().filter(|check| check.passed).count()
    }
}

/// Looks at every check. The world stays as it is.
#[must_use]
pub fn grade(lesson: &Lesson, world: &World) -> Report {
    let checks: Vec<CheckResult> = lesson
        .checks
        .iter()
        .map(|check| {
            let finding = check.holds.look(world);
            CheckResult {
                passed: finding.holds,
                counterexample: finding.counterexample,
            }
        })
        .collect();
    let failed = checks.iter().any(|check| !check.passed);
    let fits = |hint: &Hint| hint.when.look(world).holds;
    let hint = failed.then(|| lesson.hints.iter().position(fits)).flatten();
    Report { checks, hint }
}
